#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo's story, told in a guest: real programs between two UEs on their
# direct addresses while the radios part, lose each other, and meet again.
#
# Usage: story.sh sidestep|without
#   sidestep  a helper at each UE; nobody gives a command
#   without   the same, but for helpers and module: nothing switches anything
# Logs go to $OUT; docs/demo.md says what they are.
set -eu

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/radio.sh
. "$(dirname "$0")/../radio.sh"
# shellcheck source=selftests/ssh.sh
. "$(dirname "$0")/../ssh.sh"

readonly BIN=$LIB_DIR/demo/bin
readonly STORY_S=26 CONTROL_S=18 WARM_UP_S=2
# What the script does with the radios, in milliseconds since they part.
readonly FAR_DBM=-92 MS_A_DB=150 CUT_MS=8000 RESTORE_MS=11000 BACK_MS=11500
# The default is 30 s; nobody wants to wait for that here.
readonly MIN_STAY_MS=10000
readonly RATE_PPS=500 PING_EVERY_S=0.1 SCP_KBITS=3200
readonly SCP_PATIENCE_S=30
# Enough for scp to be at it from before the control period to the end.
readonly FILE_BYTES=$((SCP_KBITS * 125 * (WARM_UP_S + CONTROL_S + STORY_S)))
readonly UDP_PORT=4000

# Written to memory and copied at the end: no program may wait for the host.
readonly MODE=$1 LOG=$TMP/$1

# --- time -------------------------------------------------------------------

# bash knows CLOCK_REALTIME; the logs are in CLOCK_MONOTONIC.
clock_init()
{

	read -r uptime _ < /proc/uptime
	CLOCK_OFFSET_US=$((${EPOCHREALTIME/./} - 10000 * ${uptime/./}))
	now_us
}

now_us()
{
	NOW_US=$((${EPOCHREALTIME/./} - CLOCK_OFFSET_US))
}

# sleep_until MICROSECONDS
sleep_until()
{
	now_us
	[ $(($1 - NOW_US)) -gt 0 ] || return 0
	nap $(($1 - NOW_US))
	now_us
}

# say TEXT: with the seconds since the radios part
say()
{
	local us sign=+ ds

	now_us
	us=$((NOW_US - STORY_US))
	[ "$us" -ge 0 ] || { sign=-; us=$((-us)); }
	ds=$(((us + 50000) / 100000))
	printf 't = %5s s  %s\n' "$sign$((ds / 10)).$((ds % 10))" "$*"
}

# --- programs ---------------------------------------------------------------

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

programs_start()
{
	ip netns exec "$UE_B" "$PROGS/udpstream" -l -B "$B4" -p $UDP_PORT -r $RATE_PPS \
		-w "$LOG/udp_b.log" > "$LOG/udp_b.json" &
	UDP_B=$!
	ip netns exec "$UE_A" "$PROGS/udpstream" -c "$B4" -B "$A4" -p $UDP_PORT -r $RATE_PPS \
		-w "$LOG/udp_a.log" > "$LOG/udp_a.json" &
	UDP_A=$!
	ping_run &
	PING=$!
	scp_run &
	SCP=$!
}

scp_stop()
{
	say "scp did not finish within $SCP_PATIENCE_S s after the story: given up"
	ip netns pids "$UE_A" | xargs -r kill
}

programs_stop()
{
	kill "$UDP_A"
	wait "$UDP_A" || say "udpstream at A did not hear the end of B's stream"
	wait "$UDP_B" || say "udpstream at B did not hear the end of A's stream"
	wait "$PING"
	busywait $((SCP_PATIENCE_S * 1000)) test -e "$LOG/scp" || scp_stop
	wait "$SCP"
}

# --- story ------------------------------------------------------------------

logs_begin()
{
	mkdir "$LOG"
	defer cp -r "$LOG/." "$OUT"
	cat > "$LOG/params" <<- END
		rate_pps $RATE_PPS
		direct_delay_us $((DIRECT_DELAY_MS * 1000))
		infra_delay_us $((INFRA_DELAY_MS * 1000))
		file_bytes $FILE_BYTES
	END
	head -c $FILE_BYTES /dev/urandom > "$TMP/file"
	sshd_start "$LOG/sshd.log"
	"$BIN/sampler" "$LOG/samples" "$TMP/copy" a="$UE_A" b="$UE_B" &
	SAMPLER=$!
}

# radio NAME up|cut TEXT COMMAND...: what is done to the radios
radio()
{
	local name=$1 link=$2 text=$3

	shift 3
	say "$text"
	echo "${NOW_US}000 radio $name $link" >> "$LOG/happened"
	"$@"
}

# heed A|B: what the session says, until its watch ends. Where packets go is A's word.
heed()
{
	local ns=UE_$1 event state rest last=direct

	while read -r _ _ event state rest; do
		case $event in
		decision:)
			[[ $rest =~ \;\ ([a-z]+:\ [^\;]*) ]] && say "UE $1: ${BASH_REMATCH[1]}"
			;;
		state:)
			[ "${state%,}" != "$last" ] || continue
			last=${state%,}
			say "UE $1: packets take: ${state%,}"
			[ "$1" = B ] || echo "${NOW_US}000 state ${state%,}" >> "$LOG/happened"
			;;
		esac
	done < <(ip netns exec "${!ns}" stdbuf -oL "$SIDESTEP" watch p2p0)
}

HEEDS=()
heeds_start()
{
	[ "$MODE" = sidestep ] || return 0
	heed A &
	HEEDS+=($!)
	heed B &
	HEEDS+=($!)
}

heeds_stop()
{
	[ ${#HEEDS[@]} -eq 0 ] || kill "${HEEDS[@]}"
}

# A real radio's frames take their time; these would take none.
radio_delay()
{
	DIRECT_DELAY_MS=2
	path_netem direct
}

# The log "events", from what has happened: a step begins with each change.
events_write()
{
	sort -n "$LOG/happened" | awk '
		BEGIN { state = "direct"; link = "up" }
		$2 == "radio" { name = $3; link = $4 }
		$2 == "state" { name = $3; state = $3 }
		$2 == "end" { print $1, "end"; next }
		{ print $1, "step", name, state, link }' > "$LOG/events"
}

story()
{
	now_us
	STORY_US=$((NOW_US + CONTROL_S * 1000000))
	heeds_start
	radio control up "in reach: control period" true
	sleep_until $STORY_US
	radio parting up "the radios part: $RADIO_GOOD_DBM dBm, and less by the moment" \
		radio_walk "$RADIO_GOOD_DBM" $FAR_DBM $MS_A_DB
	sleep_until $((STORY_US + CUT_MS * 1000))
	radio lost cut "out of reach: nothing arrives any more, and no device says so" direct_cut
	sleep_until $((STORY_US + RESTORE_MS * 1000))
	radio found up "in reach again" direct_restore
	sleep_until $((STORY_US + BACK_MS * 1000))
	radio nearing up "the radios near each other: $FAR_DBM dBm, and more by the moment" \
		radio_walk $FAR_DBM "$RADIO_GOOD_DBM" $MS_A_DB
	sleep_until $((STORY_US + STORY_S * 1000000))
	say "the end"
	echo "${NOW_US}000 end" >> "$LOG/happened"
	heeds_stop
}

# The helpers make tunnel and session.
session_begin()
{
	# shellcheck source=selftests/helpers.sh
	. "$LIB_DIR/helpers.sh"
	# The report knows the tunnel by this name.
	HELPER_LINES=(Tunnel=wg0)
	topo_up 0 25
	radio_delay
	helpers_up
	set_files "$UE_A" /sys/class/net/p2p0/sidestep/trigger/release/min_stay_ms=$MIN_STAY_MS
	set_files "$UE_B" /sys/class/net/p2p0/sidestep/trigger/release/min_stay_ms=$MIN_STAY_MS
	echo "two helpers have met on the radio link and made a session"
}

# The tunnel is there, too, but nobody uses it.
tunnel_begin()
{
	[ ! -d /sys/module/sidestep ] || rmmod sidestep
	topo_up 0 25
	radio_delay
}

clock_init
STORY_US=$NOW_US
case $MODE in
sidestep)
	echo "With Sidestep:"
	session_begin
	;;
without)
	echo "Without Sidestep:"
	tunnel_begin
	;;
esac
logs_begin
programs_start
sleep $WARM_UP_S
story
programs_stop
events_write
kill "$SAMPLER"
wait "$SAMPLER"
if [ "$MODE" = sidestep ]; then
	session_show "$UE_A" > "$LOG/show_a.json"
	session_show "$UE_B" > "$LOG/show_b.json"
fi
