#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo's story, told in a guest: real programs between two UEs on their direct
# addresses while the radios part, lose each other, and meet again.
#
# Usage: story.sh sidestep|without|mptcp
#   sidestep  a helper at each UE, a function at each operator; nobody gives a command
#   without   the same, but for those and the module: nothing switches anything
#   mptcp     scp and chat only, by kernel MPTCP, with a tunnel that is there from the begin
# Environment: CASE=NAME, see cases.sh
# Logs go to $OUT; docs/demo.md says what they are.
set -eu

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/../lib.sh"
# shellcheck source=selftests/radio.sh
. "$here/../radio.sh"
# shellcheck source=selftests/ssh.sh
. "$here/../ssh.sh"

# Written to memory and copied at the end: no program may wait for the host.
readonly MODE=$1 LOG=$TMP/$1

# MPTCP has lib.sh's topology, where the NATs map the tunnel's port.
if [ "$MODE" != mptcp ]; then
	# shellcheck source=selftests/helpers.sh
	. "$here/../helpers.sh"
	# shellcheck source=selftests/mno.sh
	. "$here/../mno.sh"
fi

readonly BIN=$LIB_DIR/demo/bin
readonly WARM_UP_S=2 CONTROL_S=18 STORY_S=26
# What the script does with the radios, in milliseconds since they part.
readonly FAR_DBM=-92 MS_A_DB=150 CUT_MS=8000 RESTORE_MS=11000 BACK_MS=11500
readonly CORNER_DBM=-80 CORNER_MS=100 CORNER_BACK_MS=8000
# The default is 30 s; nobody wants to wait for that here.
readonly MIN_STAY_MS=10000

# shellcheck source=selftests/demo/cases.sh
. "$here/cases.sh"
# shellcheck source=selftests/demo/programs.sh
. "$here/programs.sh"
# shellcheck source=selftests/demo/witness.sh
. "$here/witness.sh"
# shellcheck source=selftests/demo/mptcp.sh
. "$here/mptcp.sh"

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

# --- what is told -----------------------------------------------------------

# note TEXT: for the reader
note()
{
	echo "note $*" >> "$TMP/world"
}

# teller_start: of the programs' own logs, some of which come later
teller_start()
{
	local side sources=("world=$TMP/world" "signal_a=$TMP/feeder.a")

	for side in a b; do
		sources+=("helper_$side=$TMP/helper.$side/log"
			"function_$side=$TMP/prosefd.$side/log" "watch_$side=$TMP/watch.$side")
	done
	"$BIN/teller" "$LOG/told" "$TMP/copy" $FILE_BYTES "${sources[@]}" &
	TELLER=$!
}

teller_stop()
{
	kill "$TELLER"
	wait "$TELLER"
}

WATCHES=()
# watches_start: the kernel's events of both sessions
watches_start()
{
	local side ns

	for side in A B; do
		ns=UE_$side
		ip netns exec "${!ns}" "$SIDESTEP" watch p2p0 > "$TMP/watch.${side,}" &
		WATCHES+=($!)
	done
}

watches_stop()
{
	[ ${#WATCHES[@]} -eq 0 ] || kill "${WATCHES[@]}"
}

logs_begin()
{
	cat > "$LOG/params" <<- END
		udp_pps $UDP_PPS
		udp6_pps $UDP6_PPS
		direct_delay_us $((DIRECT_DELAY_MS * 1000))
		infra_delay_us $((INFRA_DELAY_MS * 1000))
		file_bytes $FILE_BYTES
		blind_us $((BLIND_MS * 1000))
		tcp_only $TCP_ONLY
	END
	head -c $FILE_BYTES /dev/urandom > "$TMP/file"
	LD_PRELOAD=$PRELOAD sshd_start "$LOG/sshd.log"
	feeder_start A
	feeder_start B
	"$BIN/sampler" "$LOG/samples" "$TMP/copy" a="$UE_A" b="$UE_B" &
	SAMPLER=$!
}

logs_end()
{
	local side

	kill "$SAMPLER"
	wait "$SAMPLER"
	feeder_stop A
	feeder_stop B
	watches_stop
	teller_stop
	events_write
	for side in a b; do
		cp "$TMP/feeder.$side" "$LOG/signal_$side"
	done
	[ "$MODE" = sidestep ] || return 0
	case_check
	witness_end
	# They are killed at the end, and nobody is to be told.
	disown "${HELPER[@]}" "${PROSEF[@]}"
	session_show "$UE_A" > "$LOG/show_a.json"
	session_show "$UE_B" > "$LOG/show_b.json"
}

# The log "events": a step begins with each change of the radios, or of where A sends.
events_write()
{
	awk 'BEGIN { state = "direct" }
		$2 == "world" && $3 == "radio" { name = $4; link = $5; print_step() }
		$2 == "world" && $3 == "end" { print $1, "end" }
		link && $2 == "watch_a" && $5 == "state:" {
			sub(",", "", $6)
			if ($6 != state) {
				name = state = $6
				print_step()
			}
		}
		function print_step() { print $1, "step", name, state, link }' \
		"$LOG/told" > "$LOG/events"
}

# --- story ------------------------------------------------------------------

# radio_at MILLISECONDS NAME up|cut TEXT COMMAND...: what is done to the radios, and when
radio_at()
{
	sleep_until $((STORY_US + $1 * 1000))
	echo "radio $2 $3 $4" >> "$TMP/world"
	"${@:5}"
}

story_walk()
{
	radio_at 0 parting up "the radios part: $RADIO_GOOD_DBM dBm, and less by the moment" \
		radio_walk "$RADIO_GOOD_DBM" $FAR_DBM $MS_A_DB
	radio_at $CUT_MS lost cut "out of reach: nothing arrives any more, and no device says so" \
		direct_cut
	radio_at $RESTORE_MS found up "in reach again" direct_restore
	radio_at $BACK_MS nearing up "the radios near each other: $FAR_DBM dBm, and more by the moment" \
		radio_walk $FAR_DBM "$RADIO_GOOD_DBM" $MS_A_DB
}

story_corner()
{
	radio_at 0 corner up "one radio turns a corner: $CORNER_DBM dBm at once" \
		radio_signal $CORNER_DBM
	radio_at $CORNER_MS lost cut "out of reach: nothing arrives any more, and no device says so" \
		direct_cut
	radio_at $CORNER_BACK_MS found up "round the corner again: $RADIO_GOOD_DBM dBm at once" \
		corner_back
}

corner_back()
{
	radio_signal "$RADIO_GOOD_DBM"
	direct_restore
}

story()
{
	sleep_until $((STORY_US - CONTROL_S * 1000000))
	echo "radio control up the control period: all is well" >> "$TMP/world"
	"story_$RADIO_STORY"
	sleep_until $((STORY_US + STORY_S * 1000000))
	echo "end the end" >> "$TMP/world"
}

# The operators connect the hosts; the helpers make tunnel and session.
sidestep_begin()
{
	[ "$OPERATORS" = 2 ] || mno_one
	# The report knows the tunnel by this name.
	HELPER_LINES+=(Tunnel=wg0)
	mno_up
	path_netem direct
	witness_start
	mno_run
	set_files "$UE_A" /sys/class/net/p2p0/sidestep/trigger/release/min_stay_ms=$MIN_STAY_MS
	set_files "$UE_B" /sys/class/net/p2p0/sidestep/trigger/release/min_stay_ms=$MIN_STAY_MS
	watches_start
}

# The same hosts and networks; nobody connects them but the radios.
without_begin()
{
	mno_up
	path_netem direct
}

clock_init
mkdir "$LOG"
defer cp -r "$LOG/." "$OUT"
: > "$TMP/world"
teller_start
TCP_ONLY=0 PRELOAD=
# shellcheck disable=SC2153 # the environment's
case_begin "$CASE"
"${MODE}_begin"
logs_begin
now_us
STORY_US=$((NOW_US + (WARM_UP_S + CONTROL_S) * 1000000))
echo "zero ${STORY_US}000" >> "$TMP/world"
LD_PRELOAD=$PRELOAD programs_start
story
programs_stop
[ "$MODE" != mptcp ] || mptcp_check
logs_end
