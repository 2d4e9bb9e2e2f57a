# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by story.sh: the real programs between the UEs' direct addresses.

# 160 bytes each: of ten calls, to see short gaps; and of one, with IPv6.
UDP_PPS=500 UDP6_PPS=50 PING_EVERY_S=0.1 SCP_KBITS=3200
SCP_PATIENCE_S=30
# Enough for scp to be at it from before the control period to the end.
# shellcheck disable=SC2034 # for story.sh
FILE_BYTES=$((SCP_KBITS * 125 * (WARM_UP_S + CONTROL_S + STORY_S)))
UDP_PORT=4000 CHAT_PORT=4001
declare -A UDP

# Writes the log "scp" when it is over.
scp_run()
{
	local started ended rc=0 ok=0 bytes=0

	now_us
	started=$NOW_US
	scp_copy "$TMP/file" "$TMP/copy" $SCP_KBITS 2> "$LOG/scp.err" || rc=$?
	now_us
	ended=$NOW_US
	! cmp -s <(sha256sum < "$TMP/file") <(sha256sum < "$TMP/copy") || ok=1
	[ ! -e "$TMP/copy" ] || bytes=$(stat -c %s "$TMP/copy")
	cat > "$LOG/scp" <<- END
		started_ns ${started}000
		ended_ns ${ended}000
		exit $rc
		sha256_ok $ok
		bytes $bytes
	END
}

ping_run()
{
	local count=$((10 * (WARM_UP_S + CONTROL_S + STORY_S)))

	# Lost echoes are what is to be shown, not a failure of the demo.
	ip netns exec "$UE_A" ping -D -n -i $PING_EVERY_S -c $count "$B4" > "$LOG/ping.log" || :
}

# udp_start_logged NAME 4|6 PPS
udp_start_logged()
{
	local a=A$2 b=B$2

	ip netns exec "$UE_B" "$PROGS/udpstream" -l -B "${!b}" -p $UDP_PORT -r "$3" \
		-w "$LOG/${1}_b.log" > "$LOG/${1}_b.json" &
	UDP[$1.b]=$!
	ip netns exec "$UE_A" "$PROGS/udpstream" -c "${!b}" -B "${!a}" -p $UDP_PORT -r "$3" \
		-w "$LOG/${1}_a.log" > "$LOG/${1}_a.json" &
	UDP[$1.a]=$!
}

udp_stop_logged()
{
	kill "${UDP[$1.a]}"
	wait "${UDP[$1.a]}" || note "$1 at A did not hear the end of B's stream"
	wait "${UDP[$1.b]}" || note "$1 at B did not hear the end of A's stream"
}

chat_start()
{
	ip netns exec "$UE_B" "$BIN/chat" listen "$B4" "$A4" $CHAT_PORT "$LOG/chat_b.log" \
		> "$LOG/chat_b.json" &
	CHAT_B=$!
	ip netns exec "$UE_A" "$BIN/chat" connect "$A4" "$B4" $CHAT_PORT "$LOG/chat_a.log" \
		> "$LOG/chat_a.json" &
	CHAT_A=$!
}

chat_stop()
{
	kill "$CHAT_A"
	wait "$CHAT_A" "$CHAT_B"
}

programs_start()
{
	chat_start
	scp_run &
	SCP=$!
	[ "$TCP_ONLY" = 0 ] || return 0
	udp_start_logged udp 4 $UDP_PPS
	udp_start_logged udp6 6 $UDP6_PPS
	ping_run &
	PING=$!
}

scp_stop()
{
	note "scp did not finish within $SCP_PATIENCE_S s after the story: given up"
	ip netns pids "$UE_A" | xargs -r kill
}

programs_stop()
{
	chat_stop
	if [ "$TCP_ONLY" = 0 ]; then
		udp_stop_logged udp
		udp_stop_logged udp6
		wait "$PING"
	fi
	busywait $((SCP_PATIENCE_S * 1000)) test -e "$LOG/scp" || scp_stop
	wait "$SCP"
}
