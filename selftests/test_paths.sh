#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A session switches, loses its direct link and gets it back. Topology: lib.sh.
#
# Guest: --icount
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

ktap_header
topo_up 2 25
session_up

run_case "clean" 4 journey_clean
path_check "clean" direct same
path_check "clean" infra same

run_case "silent cut" 5 journey_cut
path_check "silent cut" direct less

run_case "ten switches" 3 journey_switches

run_case "tunnel deleted in bicast" 4 journey_tunnel_gone

ktap_plan "$KTAP_COUNT"
ktap_end
