#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two hosts behind NATs of all kinds, of two operators and of one, are connected by the
# relay, and go on without it where the NATs allow that; nothing is lost. And how long the
# relay takes, from the decision on, with 50 ms round trips. Topology: mno.sh.
#
# Environment: MNO_RUNS=N   each so often, and so often with loss, instead of once
#
# Guest: --icount
# Takes: 400
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"
# shellcheck source=selftests/mno_times.sh
. "$here/mno_times.sh"

MNO_RUNS=${MNO_RUNS:-1}
UDP_RATE=100

# may_be_direct KIND_A KIND_B: do these NATs let a hole be punched?
may_be_direct()
{
	case $1/$2 in
	eim/eim | double/eim) return 0 ;;
	*) return 1 ;;
	esac
}

# case_run NAME KIND_A KIND_B
case_run()
{
	local name=$1

	MNO_NAT_A=$2 MNO_NAT_B=$3
	mno_start
	# Until then something of the start may still be on its way.
	sleep 2
	udp_start udp4 4 5000 -r $UDP_RATE
	sleep 0.5
	mno_decide A prepare
	test_ok "$name: both have the infra path" busywait 5000 both_ready
	test_ok "$name: by the relay" busywait 5000 function_says "by the relay"
	if may_be_direct "$2" "$3"; then
		test_ok "$name: then without it" busywait 10000 function_says direct
	else
		sleep 8
		test_ok "$name: not without it" cmd_fail function_says direct
	fi
	mno_decide A execute
	test_ok "$name: execute" busywait 5000 both_are infra
	sleep 2
	mno_decide A release
	mno_decide B release
	test_ok "$name: home" busywait 20000 both_are direct
	stream_stop udp4 || diag "$name: udp4 did not end as it should"
	stream_clean udp4 $UDP_RATE || stream_report udp4
	test_ok "$name: nothing lost, nothing twice" stream_clean udp4 $UDP_RATE
	test_ok "$name: the session is over" busywait 20000 mno_is_over
	runs "$name" $LIMIT_MS none
	runs "$name, 5 % loss on the signalling" $LOSSY_LIMIT_MS signalling
	[ "$KTAP_FAILED" -eq 0 ] || mno_logs
	mno_stop
}

ktap_header
times_begin
case_run "endpoint-independent" eim eim
case_run "one symmetric" eim symmetric
case_run "both symmetric" symmetric symmetric
case_run "two NATs in a row" double eim
case_run "IPv6 only and a firewall" ipv6 eim
MNO_GUARD=1
case_run "hosts that let nobody in" eim eim
MNO_GUARD=
mno_one
case_run "one operator" eim eim
case_run "one operator, symmetric" symmetric symmetric
ktap_plan "$KTAP_COUNT"
ktap_end
