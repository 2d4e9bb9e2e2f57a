#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The device of a path is deleted, or set down, under traffic: the session
# outlives it and says so, nothing is left behind. Topology: lib.sh.
#
# Guest: --smp 2
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

session_there()
{
	session_show "$1" > /dev/null
}

module_idle()
{
	[ "$(cat /sys/module/sidestep/refcnt)" = 0 ]
}

path_is()
{
	[ "$(path_stat "$1" "$2" "$3")" = "$4" ]
}

# device_check STATE PATH DEVICE
device_check()
{
	topo_up 2 25
	session_up
	full_traffic_start
	[ "$1" = direct ] || busywait 20000 switch_both "$1" || test_fail "$1: switch"
	test_ok "$1: $3 is deleted" ip -n "$UE_A" link del "$3"
	test_ok "$1: $3: the session says so" busywait 2000 path_is "$UE_A" "$2" present false
	sleep 0.5
	full_traffic_abandon
	test_ok "$1: $3: the session is there" session_there "$UE_A"
	topo_down
}

# flap_check STATE: the direct device is set down and up under traffic
flap_check()
{
	local name _

	topo_up 2 25
	session_up
	fallback_up
	udp_start udp4 4 5000 -r 100
	udp_start udp6 6 5001 -r 100
	tcp_start tcp4 4 5002 -R 50000
	tcp_start tcp6 6 5003 -R 50000
	busywait 20000 switch_both "$1" || test_fail "$1: switch"
	for _ in 1 2 3 4 5; do
		ip -n "$UE_A" link set direct0 down
		sleep 0.3
		ip -n "$UE_A" link set direct0 up
		ip -n "$UE_A" addr add $A6/64 dev direct0 nodad
		sleep 0.3
	done
	full_traffic_check "$1, direct0 flaps"
	for name in udp4.a udp4.b udp6.a udp6.b; do
		test_eq "$1, direct0 flaps: $name lost nothing" \
			"$(result $name lost duplicated | tr '\n' ' ')" "0 0 "
	done
	topo_down
}

ktap_header
device_check bicast infra wg0
device_check bicast direct direct0
device_check infra direct direct0
device_check infra infra wg0
flap_check bicast
flap_check infra

test_ok "nobody uses the module" busywait 10000 module_idle
test_ok "unload" module_unload
test_eq "nothing is left" "$(module_left)" ""
ktap_plan "$KTAP_COUNT"
ktap_end
