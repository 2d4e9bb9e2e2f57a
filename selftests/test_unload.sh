#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module is unloaded under full traffic, in every state: connections go on
# over the direct link, nothing is left behind. Topology: lib.sh.
#
# Guest: --smp 2
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# unload_check STATE
unload_check()
{
	session_up
	full_traffic_start
	[ "$1" = direct ] || busywait 20000 switch_both "$1" || test_fail "$1: switch"
	test_ok "$1: unload" module_unload
	test_eq "$1: nothing is left" "$(module_left)" ""
	full_traffic_check "$1"
}

ktap_header
topo_up 2 25
for state in direct bicast infra; do
	unload_check $state
done
ktap_plan "$KTAP_COUNT"
ktap_end
