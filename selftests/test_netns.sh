#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A host, its whole network namespace, vanishes under full traffic, in every
# state: the other one stays, nothing is left behind. Topology: lib.sh.
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

# netns_check STATE
netns_check()
{
	topo_up 2 25
	session_up
	full_traffic_start
	[ "$1" = direct ] || busywait 20000 switch_both "$1" || test_fail "$1: switch"
	# Processes hold the namespace: without its name it dies with them.
	ip netns del "$UE_B"
	full_traffic_abandon
	test_ok "$1: A outlives B's namespace" session_there "$UE_A"
	topo_down
}

ktap_header
for state in direct bicast infra; do
	netns_check $state
done

test_ok "nobody uses the module" busywait 10000 module_idle
test_ok "unload" module_unload
test_eq "nothing is left" "$(module_left)" ""
ktap_plan "$KTAP_COUNT"
ktap_end
