#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Losses of one path do not show in bicast. Topology: lib.sh.
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

for loss in 20 5; do
	for path in direct infra; do
		name="$loss % loss on $path"
		run_case "$name" 3 journey_netem $path loss $loss%
		path_check "$name" $path less
	done
done

ktap_plan "$KTAP_COUNT"
ktap_end
