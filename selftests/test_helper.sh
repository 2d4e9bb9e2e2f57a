#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two helpers make a session over a radio's link: it fades, the session moves; it is
# back, the session returns; an scp copy and a UDP stream see nothing of it, and nothing
# of a helper that is killed at a random moment and started again, either. Without the
# modem the session stays at home and says so. Topology: radio.sh; sessions: helpers.sh.
#
# Guest: --icount
# Takes: 450
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/radio.sh
. "$here/radio.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/ssh.sh
. "$here/ssh.sh"

ROUNDS=${ROUNDS:-20}
# A walk takes so long for each dB between the two.
MS_A_DB=40 FAR_DBM=-92
UDP_RATE=100 SCP_KBITS=400
# Enough for a copy to last from the beginning of a walk to its end.
FILE_BYTES=$((SCP_KBITS * 125 * 9))
# systemd waits as long before it starts a helper again.
RESTART_S=1
# What an idle helper with one session may take.
IDLE_PPM=5000 MEMORY_KIB=8192
# A round ends in so many milliseconds, by and large.
ROUND_MS=8000

# file_of A|B FILE: of its session
file_of()
{
	in_ns "$(helper_ns "$1")" cat "/sys/class/net/p2p0/sidestep/$2"
}

# known A|B: how strong its radio hears the other
known()
{
	[ "$(file_of "$1" paths/direct/signal_mbm)" != unknown ]
}

# decided A|B DECISION
decided()
{
	[ "$(session_field "$(helper_ns "$1")" decision)" = "$2" ]
}

# rule_set FILE VALUE: at both ends
rule_set()
{
	set_files "$UE_A" "/sys/class/net/p2p0/sidestep/trigger/$1=$2" &&
		set_files "$UE_B" "/sys/class/net/p2p0/sidestep/trigger/$1=$2"
}

# devices A|B: their numbers: they are the same as long as they were not made anew
devices()
{
	in_ns "$(helper_ns "$1")" cat /sys/class/net/p2p0/ifindex /sys/class/net/wg-p2p0/ifindex
}

# --- first contact ----------------------------------------------------------

first_test()
{
	helpers_up
	test_ok "both have met" busywait 5000 met
	test_eq "A says who the peer is" "$(helper_says A peer)" ue-b
	test_ok "A's standby is ready" busywait 5000 helper_is A standby ready
	test_ok "B's standby is ready" busywait 5000 helper_is B standby ready
	test_eq "nothing is wrong" "$(helper_says A problem)$(helper_says B problem)" ""
	test_ok "A's radio is measured" busywait 3000 known A
	test_ok "B's radio is measured" busywait 3000 known B
	test_ok "the session is at home" both_are direct
}

# --- cost -------------------------------------------------------------------

cost_test()
{
	local side

	sleep 5
	for side in A B; do
		helper_cost $side 30
		diag "$side's helper, idle: $COST_PPM millionths of a CPU, $COST_KIB KiB resident"
		test_ok "$side's helper, idle: under $IDLE_PPM millionths of a CPU" \
			[ "$COST_PPM" -lt $IDLE_PPM ]
		test_ok "$side's helper, idle: under $MEMORY_KIB KiB" [ "$COST_KIB" -lt $MEMORY_KIB ]
	done
}

# --- rounds -----------------------------------------------------------------

# stage WHAT COMMAND...
stage()
{
	local what=$1

	shift
	"$@" || { diag "$CASE: not $what: $(file_of A state)/$(file_of B state) $(file_of A reason)/$(file_of B reason)"; return 1; }
}

# Out of reach, all at once, when both rely on it no more.
journey()
{
	radio_walk $RADIO_GOOD_DBM $FAR_DBM $MS_A_DB
	stage "moved" busywait 8000 both_are infra || return
	direct_cut
	sleep 1
	direct_restore
	radio_walk $FAR_DBM $RADIO_GOOD_DBM $MS_A_DB
	stage "returned" busywait 15000 both_are direct
}

copy()
{
	scp_copy "$TMP/file" "$TMP/copy" $SCP_KBITS 2> "$TMP/scp.err"
}

copy_is_whole()
{
	cmp "$TMP/file" "$TMP/copy"
}

streams_begin()
{
	rm -f "$TMP/copy"
	udp_start udp4 4 5000 -r $UDP_RATE
	udp_start udp6 6 5001 -r $UDP_RATE
	sleep 0.3
	copy &
	COPY=$!
}

streams_end()
{
	test_ok "$CASE: scp ended well" wait $COPY
	test_ok "$CASE: the copy is whole" copy_is_whole
	for name in udp4 udp6; do
		stream_stop $name || diag "$CASE: $name did not end as it should"
		stream_clean $name $UDP_RATE || stream_report $name
		test_ok "$CASE: $name: nothing lost, nothing twice" stream_clean $name $UDP_RATE
	done
}

# kill_one: at a random moment of the round
kill_one()
{
	local side=A ms=$((RANDOM % ROUND_MS))

	[ $((RANDOM % 2)) -eq 0 ] || side=B
	diag "$CASE: $side's helper is killed after $ms ms"
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
	helper_end "$side" KILL
	sleep "$RESTART_S"
	helper_start "$side"
}

# The journey goes on in the background; its points are those of its end.
round()
{
	local walk before

	before=$(devices A; devices B)
	streams_begin
	journey &
	walk=$!
	"$@"
	test_ok "$CASE: it moved, and returned" wait $walk
	streams_end
	test_ok "$CASE: both have met" busywait 20000 met
	test_eq "$CASE: the devices are the same" "$(devices A; devices B)" "$before"
	test_ok "$CASE: both paths are ready" helpers_ready
}

rounds_test()
{
	local i

	# Home again soon, for the next round; that is no part of what is tested here.
	rule_set release/hold_ms 500
	rule_set release/min_stay_ms 1000
	CASE="a walk"
	round true
	for ((i = 1; i <= ROUNDS; i++)); do
		CASE="round $i"
		round kill_one
	done
}

# --- the end of a helper ----------------------------------------------------

end_test()
{
	local before

	CASE="helpers that end"
	before=$(devices A; devices B)
	streams_begin
	test_ok "$CASE: A's as it should" helper_end A TERM
	test_ok "$CASE: B's as it should" helper_end B TERM
	streams_end
	test_eq "$CASE: the devices stay" "$(devices A; devices B)" "$before"
	helper_start A
	helper_start B
	test_ok "$CASE: and begin: they meet" busywait 20000 met
	test_eq "$CASE: and begin: the devices are the same" "$(devices A; devices B)" "$before"
}

# --- the modem --------------------------------------------------------------

# What a DHCP client would do, too.
modem_back()
{
	ip -n "$UE_A" link set modem0 up
	ip -n "$UE_A" route add default via 192.168.10.1
}

infra_ready()
{
	[ "$(path_stat "$UE_A" infra ready)" = "$1" ]
}

modem_test()
{
	CASE="no modem"
	udp_start udp4 4 5000 -r $UDP_RATE
	ip -n "$UE_A" link set modem0 down
	test_ok "$CASE: the helper says so" busywait 3000 helper_is A standby "no route"
	test_ok "$CASE: the path is not ready" busywait 5000 infra_ready false
	radio_walk $RADIO_GOOD_DBM -78 $MS_A_DB
	test_ok "$CASE: prepared for" busywait 3000 decided A prepare
	sleep 1
	test_ok "$CASE: the session stays" state_is "$UE_A" direct
	test_eq "$CASE: and says why" "$(session_field "$UE_A" decision) $(helper_says A standby)" "prepare no route"
	modem_back
	test_ok "modem again: the standby is ready" busywait 10000 helper_is A standby ready
	test_ok "modem again: both paths are used" busywait 10000 both_are bicast
	radio_walk -78 $RADIO_GOOD_DBM $MS_A_DB
	test_ok "modem again: the session is at home" busywait 15000 both_are direct
	stream_stop udp4
	stream_clean udp4 || stream_report udp4
	test_ok "$CASE: nothing was lost" stream_clean udp4
}

# SEED=N repeats what is random.
SEED=${SEED:-$RANDOM}
RANDOM=$SEED

ktap_header
diag "seed $SEED"
topo_up 0 25
head -c $FILE_BYTES /dev/urandom > "$TMP/file"
sshd_start "$TMP/sshd.log"
first_test
cost_test
rounds_test
end_test
modem_test
[ "$KTAP_FAILED" -eq 0 ] || helper_logs
ktap_plan "$KTAP_COUNT"
ktap_end
