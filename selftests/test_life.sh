#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sessions and the module itself go away under full traffic, in every state:
# connections go on over the direct link, nothing is left behind.
# Topology: lib.sh.
#
# Guest: --smp 2
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

traffic_start()
{
	udp_start udp4 4 5000 -r 500
	udp_start udp6 6 5001 -r 500
	tcp_start tcp4 4 5002
	tcp_start tcp6 6 5003
	sleep 0.5
}

# traffic_check POINT: TCP lives and is intact, UDP goes on
traffic_check()
{
	local name

	sleep 1
	for name in udp4 udp6 tcp4 tcp6; do
		test_ok "$1: $name goes on" stream_stop $name
	done
	test_ok "$1: tcp4 is intact" stream_intact tcp4
	test_ok "$1: tcp6 is intact" stream_intact tcp6
}

# enter STATE: it is the state already after session_up if it is direct
enter()
{
	[ "$1" = direct ] || switch_both "$1"
}

# A session ends at B alone, as when its host goes home.
one_end_check()
{
	session_up
	traffic_start
	enter "$1" || test_fail "$1: switch"
	test_ok "$1: link del at one end" ip -n "$UE_B" link del p2p0
	test_ok "$1: the other end sends direct" busywait 5000 state_is "$UE_A" direct
	traffic_check "$1, link del at one end"
	test_ok "$1: link del at the other end" ip -n "$UE_A" link del p2p0
}

unload_check()
{
	session_up
	traffic_start
	enter "$1" || test_fail "$1: switch"
	test_ok "$1: unload" module_unload
	test_eq "$1: unload leaves nothing" "$(module_left)" ""
	traffic_check "$1, unload"
}

ktap_header
topo_up 2 25
for state in direct bicast infra; do
	one_end_check $state
	unload_check $state
done
ktap_plan "$KTAP_COUNT"
ktap_end
