#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A session ends at one end under full traffic, in every state: the other end
# goes home by itself, connections go on. Topology: lib.sh.
#
# Guest: --smp 2
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# one_end_check STATE
one_end_check()
{
	session_up
	full_traffic_start
	[ "$1" = direct ] || busywait 20000 switch_both "$1" || test_fail "$1: switch"
	test_ok "$1: link del at one end" ip -n "$UE_B" link del p2p0
	test_ok "$1: the other end sends direct" busywait 5000 state_is "$UE_A" direct
	full_traffic_check "$1"
	test_ok "$1: link del at the other end" ip -n "$UE_A" link del p2p0
}

ktap_header
topo_up 2 25
for state in direct bicast infra; do
	one_end_check $state
done
ktap_plan "$KTAP_COUNT"
ktap_end
