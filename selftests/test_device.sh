#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The device of a path is deleted under full traffic: the session outlives it
# and says so, nothing is left behind. Topology: lib.sh.
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

ktap_header
device_check bicast infra wg0
device_check bicast direct direct0
device_check infra direct direct0
device_check infra infra wg0

test_ok "nobody uses the module" busywait 10000 module_idle
test_ok "unload" module_unload
test_eq "nothing is left" "$(module_left)" ""
ktap_plan "$KTAP_COUNT"
ktap_end
