#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The matrix, first half: a session switches, loses paths, devices and its peer,
# and gets them back. Topology and flows: lib.sh, journeys.sh.
#
# Guest: --icount
# Takes: 300
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

ktap_header
topo_up 2 25
session_up

run_case "clean" 3 journey_clean
path_check direct same
path_check infra same

run_case "silent cut" 3 journey_cut
path_check direct less

run_case "a switch every 50 ms" 1 journey_switches

run_case "peer unloaded" 3 journey_peer_unloaded
MAY_LOSE_MS=0

fallback_up
run_case "device down" 3 journey_device_down
run_case "device deleted" 3 journey_device_deleted
run_busy "tunnel deleted" 2 journey_tunnel_deleted

ktap_plan "$KTAP_COUNT"
ktap_end
