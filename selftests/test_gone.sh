#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Devices and whole namespaces go away under full traffic: nothing crashes,
# nothing is left behind, and a session outlives its paths. Topology: lib.sh.
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
	sleep 0.5
}

# Nobody asks these streams how it was: their hosts vanish.
traffic_abandon()
{
	local name

	for name in udp4 udp6 tcp4; do
		kill -KILL "${STREAM_A[$name]}" "${STREAM_B[$name]}"
		wait "${STREAM_A[$name]}" "${STREAM_B[$name]}"
	done 2> /dev/null
}

path_is()
{
	[ "$(path_stat "$1" "$2" "$3")" = "$4" ]
}

session_there()
{
	session_show "$1" > /dev/null
}

# device_check STATE PATH DEVICE
device_check()
{
	topo_up 2 25
	session_up
	traffic_start
	[ "$1" = direct ] || switch_both "$1" || test_fail "$1: switch"
	test_ok "$1: $3 is deleted" ip -n "$UE_A" link del "$3"
	test_ok "$1: the session says so" busywait 2000 path_is "$UE_A" "$2" present false
	test_ok "$1: the session is there" session_there "$UE_A"
	sleep 0.5
	traffic_abandon
	topo_down
}

# netns_check STATE
netns_check()
{
	topo_up 2 25
	session_up
	traffic_start
	[ "$1" = direct ] || switch_both "$1" || test_fail "$1: switch"
	# The processes hold the namespace: without its name it dies with them.
	ip netns del "$UE_B"
	traffic_abandon
	test_ok "$1: A is there after the end of B's namespace" session_there "$UE_A"
	topo_down
}

module_idle()
{
	[ "$(cat /sys/module/sidestep/refcnt)" = 0 ]
}

ktap_header
for state in direct bicast infra; do
	netns_check $state
done
device_check bicast direct direct0
device_check bicast infra wg0
device_check infra direct direct0
device_check infra infra wg0
test_ok "nobody uses the module" busywait 10000 module_idle
test_ok "unload" module_unload
test_eq "unload leaves nothing" "$(module_left)" ""
ktap_plan "$KTAP_COUNT"
ktap_end
