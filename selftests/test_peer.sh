#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The peer has no module, or no session: a switch is refused, no packet is
# tagged, traffic is as it was. Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# switch_refused STATE: with a text that says why
switch_refused()
{
	local text

	text=$(cmd_fail in_ns "$UE_A" "$SIDESTEP" switch p2p0 "$1") || return
	diag "$text"
	grep -q 'answered' <<< "$text"
}

ktap_header
topo_up 2 25
module_load || die "cannot load $SIDESTEP_KO"
new_key key_ab
new_key key_ba
session_add "$UE_A" $B4 $B6 "$TMP/key_ab" "$TMP/key_ba"
udp_start udp4 4 5000 -r 250
udp_start udp6 6 5001 -r 250
tcp_start tcp4 4 5002 -R 50000
tcp_start tcp6 6 5003 -R 50000
sleep 1.5
test_ok "bicast is refused" switch_refused bicast
test_ok "infra is refused" switch_refused infra
test_eq "the state is direct" "$(session_field "$UE_A" state)" direct
test_eq "direct is what is wanted" "$(session_field "$UE_A" wanted)" direct
test_ok "probes were sent" [ "$(path_stat "$UE_A" direct probes_sent)" -gt 0 ]
test_eq "none was answered" "$(path_stat "$UE_A" direct probes_answered)" 0
sleep 0.5
for name in udp4 udp6 tcp4 tcp6; do
	test_ok "$name ends as it should" stream_stop $name
done
test_ok "udp4 lost nothing" stream_clean udp4 250
test_ok "udp6 lost nothing" stream_clean udp6 250
test_ok "tcp4 is intact" stream_intact tcp4
test_ok "tcp6 is intact" stream_intact tcp6
test_eq "no packet was tagged" "$(counter "$UE_A" tx_tagged)" 0

session_add "$UE_B" $A4 $A6 "$TMP/key_ba" "$TMP/key_ab"
test_ok "the peer comes: its paths are ready" session_wait_ready
test_ok "and the switch is done" switch_both bicast
ktap_plan "$KTAP_COUNT"
ktap_end
