#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo's story, told in a guest: real programs between two UEs on their
# direct addresses while the direct link dies and comes back.
#
# Usage: story.sh sidestep|without
#   sidestep  the session is switched by hand
#   without   the same, but for the module: nothing switches anything
# Logs go to $OUT/sidestep or $OUT/without; docs/demo.md says what they are.
set -eu

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

readonly BIN=$LIB_DIR/demo/bin
readonly STEP_S=3 CONTROL_S=18 WARM_UP_S=2
readonly RATE_PPS=500 PING_EVERY_S=0.1 SCP_KBITS=3200 SCP_REQUEST_BYTES=4096
readonly SCP_PATIENCE_S=30
# Enough for scp to be at it from before the control period to the end.
readonly FILE_BYTES=$((SCP_KBITS * 125 * (WARM_UP_S + CONTROL_S + 6 * STEP_S)))
readonly UDP_PORT=4000 SSH_PORT=2222

# Written to memory and copied at the end: no program may wait for the host.
readonly MODE=$1 LOG=$TMP/$1

# --- time -------------------------------------------------------------------

# bash knows CLOCK_REALTIME; the logs are in CLOCK_MONOTONIC.
clock_init()
{

	read -r uptime _ < /proc/uptime
	exec {SILENCE}<> <(:)
	CLOCK_OFFSET_US=$((${EPOCHREALTIME/./} - 10000 * ${uptime/./}))
}

now_us()
{
	NOW_US=$((${EPOCHREALTIME/./} - CLOCK_OFFSET_US))
}

# sleep_until MICROSECONDS: with no process to start, which takes long here
sleep_until()
{
	local left text

	now_us
	left=$(($1 - NOW_US))
	[ "$left" -gt 0 ] || return 0
	printf -v text '%d.%06d' $((left / 1000000)) $((left % 1000000))
	read -r -t "$text" -u "$SILENCE" || now_us
}

# say TEXT: with the seconds since the first switch
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

background()
{
	"$@" &
	defer kill "$!"
}

sshd_start()
{
	ssh-keygen -q -t ed25519 -N '' -f "$TMP/host_key"
	ssh-keygen -q -t ed25519 -N '' -f "$TMP/user_key"
	echo "[$B4]:$SSH_PORT $(< "$TMP/host_key.pub")" > "$TMP/known_hosts"
	cat > "$TMP/sshd_config" <<- END
		ListenAddress $B4:$SSH_PORT
		HostKey $TMP/host_key
		AuthorizedKeysFile $TMP/user_key.pub
		PidFile none
		StrictModes no
		UsePAM no
		Subsystem sftp internal-sftp
	END
	background ip netns exec "$UE_B" "$(command -v sshd)" -D -e -f "$TMP/sshd_config" 2> "$LOG/sshd.log"
	busywait 20000 grep -q "Server listening" "$LOG/sshd.log" || die "sshd does not listen"
}

# Small requests make for a steady stream; with large ones scp's limit lets it
# send for a moment and pause for most of a second.
scp_copy()
{
	ip netns exec "$UE_A" scp -q -F none -P $SSH_PORT -i "$TMP/user_key" \
		-l $SCP_KBITS -X buffer=$SCP_REQUEST_BYTES \
		-o UserKnownHostsFile="$TMP/known_hosts" -o GlobalKnownHostsFile=/dev/null \
		-o StrictHostKeyChecking=yes -o BatchMode=yes \
		"$TMP/file" "root@$B4:$TMP/copy"
}

# Writes the log "scp" when it is over.
scp_run()
{
	local started ended rc=0 ok=0 bytes=0

	now_us
	started=$NOW_US
	scp_copy 2> "$LOG/scp.err" || rc=$?
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
	local count=$((10 * (WARM_UP_S + CONTROL_S + 6 * STEP_S)))

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

prepare()
{
	mkdir "$LOG"
	defer cp -r "$LOG" "$OUT"
	clock_init
	STORY_US=0
	cat > "$LOG/params" <<- END
		rate_pps $RATE_PPS
		direct_delay_us $((DIRECT_DELAY_MS * 1000))
		infra_delay_us $((INFRA_DELAY_MS * 1000))
		file_bytes $FILE_BYTES
	END
	head -c $FILE_BYTES /dev/urandom > "$TMP/file"
	sshd_start
	"$BIN/sampler" "$LOG/samples" "$TMP/copy" a="$UE_A" b="$UE_B" &
	SAMPLER=$!
}

# What the module is told; without it, nobody is there to be told.
switch_to()
{
	[ "$MODE" = without ] || switch_both "$1" || die "cannot switch to $1"
}

state_word()
{
	[ "$MODE" = without ] && echo direct || echo "$1"
}

# step NUMBER NAME STATE up|cut TEXT COMMAND...
step()
{
	local number=$1 name=$2 state=$3 link=$4 text=$5

	shift 5
	sleep_until $((STORY_US + number * STEP_S * 1000000))
	if [ "$MODE" = without ] && [ "$1" = switch_to ]; then
		text="(nothing can switch)"
	fi
	say "$text"
	echo "${NOW_US}000 step $name $(state_word "$state") $link" >> "$LOG/events"
	"$@"
}

story()
{
	now_us
	STORY_US=$((NOW_US + CONTROL_S * 1000000))
	say "plain direct link: control period"
	echo "${NOW_US}000 step control direct up" >> "$LOG/events"
	step 0 bicast bicast up "switch: bicast, a copy on each path" switch_to bicast
	step 1 cut bicast cut "the direct link dies silently (netem loss 100 %)" direct_cut
	step 2 infra infra cut "switch: infra" switch_to infra
	step 3 restored infra up "the direct link is back" direct_restore
	step 4 bicast-again bicast up "switch: bicast" switch_to bicast
	step 5 direct-again direct up "switch: direct" switch_to direct
	sleep_until $((STORY_US + 6 * STEP_S * 1000000))
	say "the end"
	echo "${NOW_US}000 end" >> "$LOG/events"
}

case $MODE in
sidestep)
	echo "With Sidestep:"
	topo_up 2 25
	session_up
	;;
without)
	echo "Without Sidestep:"
	[ ! -d /sys/module/sidestep ] || rmmod sidestep
	topo_up 2 25
	;;
esac
prepare
programs_start
sleep $WARM_UP_S
story
programs_stop
kill "$SAMPLER"
wait "$SAMPLER"
if [ "$MODE" = sidestep ]; then
	session_show "$UE_A" > "$LOG/show_a.json"
	session_show "$UE_B" > "$LOG/show_b.json"
fi
