#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a path reorders or doubles is put right in bicast. Topology: lib.sh.
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

# The jitter leaves the mean delay as it is.
run_case "reordering on direct" 3 journey_netem direct delay 2ms 1ms

run_case "duplicates on direct" 3 journey_netem direct duplicate 20%
path_check "duplicates on direct" direct more

# WireGuard itself drops these.
run_case "duplicates on infra" 3 journey_netem infra duplicate 20%

ktap_plan "$KTAP_COUNT"
ktap_end
