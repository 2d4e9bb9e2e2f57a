#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The matrix, second half: a path loses, reorders, doubles, or is much slower
# than the other. Topology and flows: lib.sh, journeys.sh.
#
# Guest: --icount
# Takes: 100
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

# delay_case MS: so much later is what comes by the tunnel; the hosts measure
# anew. As much traffic as the guest can encrypt without its CPU being the limit.
delay_case()
{
	local UDP_RATE=400 TCP_RATE=150000

	INFRA_DELAY_MS=$((DIRECT_DELAY_MS + $1))
	path_netem infra
	session_down
	session_up
	# TCP that speaks once a second cannot follow 300 ms by its smoothed delay.
	MAY_RESEND=$(($1 > 200))
	run_idle "delay $1 ms" 4 journey_clean 2500
	MAY_RESEND=0
	run_busy "delay $1 ms" 4 journey_clean 2500
	path_check direct same
	path_check infra same
}

ktap_header
topo_up 2 25
session_up

for loss in 5 20 80; do
	run_case "$loss % loss" 5 journey_netem "loss $loss%" "loss $loss%"
	path_check direct less
	path_check infra less
done

run_case "reordering" 5 journey_netem "delay 2ms 1ms" "delay 25ms 12ms"

# WireGuard itself drops the tunnel's.
run_case "duplicates" 5 journey_netem "duplicate 20%" "duplicate 20%"
path_check direct more

for delay in 2 25 300; do
	delay_case $delay
done

ktap_plan "$KTAP_COUNT"
ktap_end
