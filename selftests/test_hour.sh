#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A path is silent for an hour and comes back. In this guest an hour in which
# little happens costs little. Topology: lib.sh.
#
# Guest: --icount
# Takes: 250
# shellcheck disable=SC2317 # called by test_ok and run_busy
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

HOUR=3600

# slow SIGNAL: to the slow streams
slow()
{
	kill "-$1" "${STREAM_A[slow4]}" "${STREAM_B[slow4]}" \
		"${STREAM_A[slow6]}" "${STREAM_B[slow6]}"
}

slow_go_home()
{
	slow CONT && go_home
}

# The search has slowed down to twice a second, as the tunnel carries; the path
# that comes back is a slower one.
direct_gone()
{
	local name

	switch_both infra || test_fail "direct path: switch"
	direct_cut
	udp_start slow4 4 5030 -r 1
	udp_start slow6 6 5031 -r 1
	sleep $HOUR
	test_ok "direct path: it is not ready" [ "$(path_stat "$UE_A" direct ready)" = false ]
	DIRECT_DELAY_MS=10
	direct_restore
	test_ok "direct path: it is found again soon" busywait 1000 paths_ready "$UE_A"
	session_wait_ready
	# nothing is under way as the counting begins
	slow STOP
	sleep 0.2
	run_busy "direct path: home again" 1 slow_go_home
	for name in slow4 slow6; do
		test_ok "direct path: $name goes on" stream_stop $name
		udp_check "direct path: $name" $name $HOUR 1
	done
}

# The search has slowed down to one probe in 5 seconds, and the tunnel must shake
# hands first.
infra_gone()
{
	path_netem infra loss 100%
	sleep $HOUR
	test_ok "infra path: it is not ready" [ "$(path_stat "$UE_A" infra ready)" = false ]
	path_netem infra
	test_ok "infra path: it is found again" busywait 30000 paths_ready "$UE_A"
	session_wait_ready
	run_busy "infra path: a switch" 3 journey_clean
}

ktap_header
topo_up 2 25
session_up
direct_gone
infra_gone
ktap_plan "$KTAP_COUNT"
ktap_end
