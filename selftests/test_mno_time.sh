#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# From the decision to a path over the infrastructure that both hosts' kernels call ready,
# through the relay, with 50 ms round trips between any two hosts: without loss, with 5 %
# of it on the signalling, and with as much on what is relayed, too; and where both hosts
# decide, under traffic. By the kernel's tracepoints.
# Topology: mno.sh.
#
# Environment: MNO_RUNS=N   so many of each kind, instead of 3
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"
# shellcheck source=selftests/mno_times.sh
. "$here/mno_times.sh"

MNO_RUNS=${MNO_RUNS:-3}
UDP_RATE=100
# Nothing was promised for that: WireGuard's handshake is lost once or twice.
ALL_LOSSY_LIMIT_MS=3000

ktap_header
times_begin
mno_start
sleep 2
runs "no loss" $LIMIT_MS none A
runs "5 % loss on the signalling" $LOSSY_LIMIT_MS signalling A
runs "5 % loss on all at the functions" $ALL_LOSSY_LIMIT_MS all A
udp_start udp4 4 5000 -r $UDP_RATE
runs "both decide, with packets both ways" $LIMIT_MS none A B
stream_stop udp4 || diag "udp4 did not end as it should"
test_ok "nothing lost, nothing twice" stream_clean udp4 $UDP_RATE
ktap_plan "$KTAP_COUNT"
ktap_end
