#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The direct link is a radio's, and the rules are the defaults. On a walk the
# session prepares, executes and releases by itself, and nothing is lost; round a
# corner no signal warns, and no more is lost than was sent until the cut was
# known. Topology: radio.sh.
#
# Guest: --icount
# Takes: 350
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/radio.sh
. "$here/radio.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

TRACEFS=/sys/kernel/tracing
# From one end to the other of the walk, and how fast.
FAR_DBM=-90
MS_A_DB=250
# How soon a cut must be known, with traffic and without, and how often it is tried.
BUSY_MS=100
IDLE_MS=300
CORNERS=3

# station_dbm A|B
station_dbm()
{
	local ns=UE_$1

	radio_station "${!ns}" signal | sed 's/ .*//'
}

# heard_by A|B DBM: by its radio
heard_by()
{
	[ "$(station_dbm "$1")" = "$2" ]
}

# The last measurements of the feeders: "A B", mBm
fed()
{
	tail -qn 1 "$TMP/feeder.a" "$TMP/feeder.b" | cut -d ' ' -f 2 | paste -s -d ' '
}

fed_is()
{
	[ "$(fed)" = "$*" ]
}

feeders()
{
	local side

	for side in A B; do
		"feeder_$1" $side "${@:2}"
	done
}

# Each radio hears what the script says, and the feeder reads what it hears.
signals_test()
{
	local dbm

	feeders start
	for dbm in -1 -55 -82 -100; do
		radio_signal $dbm
		test_ok "signal: A hears $dbm dBm" busywait 1000 heard_by A $dbm
		test_ok "signal: B hears $dbm dBm" busywait 1000 heard_by B $dbm
		test_ok "signal: both feeders read it" busywait 1000 fed_is ${dbm}00 ${dbm}00
	done
	radio_hears A -60
	radio_hears B -75
	test_ok "signal: each has its own" busywait 1000 fed_is -6000 -7500
	radio_signal $RADIO_GOOD_DBM
	busywait 1000 fed_is -5000 -5000
}

# lines_of FILE
lines_of()
{
	wc -l < "$1"
}

carrier()
{
	in_ns "$1" cat /sys/class/net/direct0/carrier
}

answered()
{
	in_ns "$UE_A" ping -q -c 3 -i 0.2 -W 1 "$B4" > /dev/null
}

cut_test()
{
	local before after

	before=$(lines_of "$TMP/feeder.a")
	sleep 2
	after=$(lines_of "$TMP/feeder.a")
	test_ok "in reach: the feeder measures" [ $((after - before)) -ge 10 ]
	direct_cut
	sleep 1
	before=$(lines_of "$TMP/feeder.a")
	test_ok "out of reach: nothing comes" cmd_fail answered
	test_eq "out of reach: nothing is measured" "$(lines_of "$TMP/feeder.a")" "$before"
	test_eq "out of reach: no device says so" "$(carrier "$UE_A") $(carrier "$UE_B")" "1 1"
	direct_restore
	test_ok "in reach again: it comes" answered
	feeders stop
	test_ok "the feeder was silent out of reach" [ "$(feeder_says A silent)" -ge 10 ]
}

# --- the session ------------------------------------------------------------

# Both ends write into the same buffer.
trace_begin()
{
	echo 0 > $TRACEFS/tracing_on
	: > $TRACEFS/trace
	echo 1 > $TRACEFS/tracing_on
}

# decisions: what was decided since trace_begin, by either end, without the reason
decisions()
{
	sed -n 's/.*: sidestep_decided: dev=p2p0 \([a-z]*\):.*/\1/p' $TRACEFS/trace
}

# session_file A|B FILE
session_file()
{
	local ns=UE_$1

	in_ns "${!ns}" cat "/sys/class/net/p2p0/sidestep/$2"
}

# rule_set FILE VALUE: at both ends
rule_set()
{
	set_files "$UE_A" "/sys/class/net/p2p0/sidestep/trigger/$1=$2" &&
		set_files "$UE_B" "/sys/class/net/p2p0/sidestep/trigger/$1=$2"
}

# known A|B FILE: of the direct path
known()
{
	[ "$(session_file "$1" "paths/direct/$2")" != unknown ]
}

unknown()
{
	! known "$@"
}

session_auto()
{
	session_up
	mode_set "$UE_A" auto
	mode_set "$UE_B" auto
	feeders start -s p2p0
	busywait 2000 known A signal_mbm || die "A knows of no signal"
	busywait 2000 known B signal_mbm || die "B knows of no signal"
}

# reason_check POINT REGEX: at both ends
reason_check()
{
	local side reason

	for side in A B; do
		reason=$(session_file "$side" reason)
		diag "$side: $reason"
		test_ok "$1, says $side" grep -qxE "$2" <<< "$reason"
	done
}

# Each stage waits until the session has followed.
stage_out()
{
	radio_walk "$RADIO_GOOD_DBM" -78 "$MS_A_DB"
	test_ok "walk: prepared" busywait 2000 both_are bicast
	reason_check "walk: prepared for the signal" \
		'prepare: signal -7[4-8]\.[0-9] dBm < -74\.0 dBm for 1[0-9]{2} ms'
	radio_walk -79 "$FAR_DBM" "$MS_A_DB"
	test_ok "walk: executed" busywait 2000 both_are infra
	reason_check "walk: executed for the signal" \
		'execute: signal -(8[3-9]|90)\.[0-9] dBm < -83\.0 dBm for 1[0-9]{2} ms'
}

stage_back()
{
	radio_walk "$FAR_DBM" "$RADIO_GOOD_DBM" "$MS_A_DB"
	test_ok "walk: not released before the minimum stay" both_are infra
	test_ok "walk: released" busywait 40000 both_are direct
	reason_check "walk: released for the signal" \
		'release: signal -[56][0-9]\.[0-9] dBm > -66\.0 dBm for [0-9]+ ms'
	sleep 1
}

journey_walk()
{
	stage_out
	direct_cut
	sleep 3
	direct_restore
	stage_back
}

walk_test()
{
	trace_begin
	run_busy "walk" 30 journey_walk
	test_eq "walk: what was decided at the two ends" "$(decisions | paste -s -d ' ')" \
		"prepare prepare execute execute release release"
}

quiet_test()
{
	trace_begin
	sleep 30
	streams_start
	sleep 10
	streams_stop udp4 udp6 tcp4 tcp6
	test_eq "all is well: nothing is decided" "$(decisions)" ""
	test_ok "all is well: direct" both_are direct
	feeders stop
	test_ok "nobody reports: the signal is unknown" busywait 3000 unknown A signal_mbm
	test_ok "... at both ends" busywait 3000 unknown B signal_mbm
	sleep 5
	test_eq "... and nothing is decided" "$(decisions)" ""
	feeders start -s p2p0
}

# --- the corner -------------------------------------------------------------

# known_after: ms from the cut until both ends knew
known_after()
{
	awk '{
		for (i = 1; i < NF; i++)
			if ($i ~ /^[0-9]+\.[0-9]+:$/)
				break
		at = $i + 0
	}
	/tracing_mark_write: cut/ { cut = at }
	/sidestep_decided: .* execute: / { n++; known = at }
	END { print n == 2 ? int((known - cut) * 1000) + 1 : "never" }' $TRACEFS/trace
}

# corner: the direct link is gone, all at once, and comes back later
corner()
{
	trace_begin
	echo cut > $TRACEFS/trace_marker
	direct_cut
	test_ok "$CASE: executed" busywait 3000 both_are infra
	reason_check "$CASE: executed for losses" 'execute: 4 losses in a row'
	sleep 1
	direct_restore
	test_ok "$CASE: released" busywait 20000 both_are direct
}

# corner_lost a|b STREAM MS RATE: no more than was sent in that time is lost
corner_lost()
{
	local lost gap

	lost=$(result "$2.$1" lost)
	gap=$(result "$2.$1" longest_gap_us)
	[ "$lost" -le "${WORST_LOST[$4]}" ] || WORST_LOST[$4]=$lost
	diag "$CASE: $2 at $1: $lost datagrams lost, $((lost * 1000 / $4)) ms of them; none came for $((gap / 1000)) ms"
	udp_side_clean "$2" "$1" 1 $(($3 * $4 / 1000 + 1))
}

# corner_flows MS RATE STREAM...: at both ends of each
corner_flows()
{
	local ms=$1 rate=$2 name side

	shift 2
	for name; do
		for side in a b; do
			test_ok "$CASE: $name at $side lost no more than was sent until then" \
				corner_lost $side "$name" "$ms" "$rate"
		done
	done
}

# By limit, how late it was known; by rate, how many were lost.
WORST_MS=() WORST_LOST=()

# corner_known LIMIT_MS: the last corner; how late is in KNOWN_MS
corner_known()
{
	KNOWN_MS=$(known_after)
	diag "$CASE: the cut was known after $KNOWN_MS ms"
	if [ "$KNOWN_MS" = never ]; then
		test_fail "$CASE: known at both ends"
		KNOWN_MS=0
		return
	fi
	test_ok "$CASE: known in $1 ms" [ "$KNOWN_MS" -le "$1" ]
	[ "$KNOWN_MS" -le "${WORST_MS[$1]}" ] || WORST_MS[$1]=$KNOWN_MS
}

corner_busy()
{
	local udp

	udp=$(scaled $UDP_RATE)
	streams_start
	sleep 3
	corner
	streams_stop udp4 udp6 tcp4 tcp6
	corner_known $BUSY_MS
	corner_flows "$KNOWN_MS" "$udp" udp4 udp6
	test_ok "$CASE: TCP IPv4 is intact" stream_intact tcp4
	test_ok "$CASE: TCP IPv6 is intact" stream_intact tcp6
}

corner_idle()
{
	idle_start
	sleep "3.$1"
	corner
	streams_stop idle4 idle6 idle_tcp4 idle_tcp6
	corner_known $IDLE_MS
	corner_flows "$KNOWN_MS" $IDLE_RATE idle4 idle6
	test_ok "$CASE: TCP IPv4 is intact" stream_intact idle_tcp4
	test_ok "$CASE: TCP IPv6 is intact" stream_intact idle_tcp6
}

# Home again soon, for the next corner; that is no part of what is tested here.
corner_test()
{
	local i

	WORST_MS=([BUSY_MS]=0 [IDLE_MS]=0)
	WORST_LOST=([IDLE_RATE]=0 [$(scaled $UDP_RATE)]=0)
	rule_set release/hold_ms 500
	rule_set release/min_stay_ms 1000
	for ((i = 1; i <= CORNERS; i++)); do
		CASE="corner $i"
		corner_busy
		CASE="corner $i, idle"
		corner_idle $((i * 137 % 1000))
	done
	diag "a silent cut: known after ${WORST_MS[BUSY_MS]} ms at most with traffic, ${WORST_MS[IDLE_MS]} ms idle"
	diag "a silent cut: ${WORST_LOST[$(scaled $UDP_RATE)]} of $(scaled $UDP_RATE) datagrams a second lost at most, ${WORST_LOST[IDLE_RATE]} of $IDLE_RATE idle"
}

mountpoint -q $TRACEFS || mount -t tracefs tracefs $TRACEFS

ktap_header
topo_up 0 25
signals_test
cut_test
session_auto
echo 1 > $TRACEFS/events/sidestep/sidestep_decided/enable || die "no events"
quiet_test
walk_test
corner_test
feeders stop
test_eq "no measurement was refused" "$(feeder_says A refused) $(feeder_says B refused)" "0 0"
ktap_plan "$KTAP_COUNT"
ktap_end
