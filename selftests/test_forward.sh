#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Both hosts are routers: what their LANs say to each other is protected like
# their own packets, of any size, also in fragments that nobody puts together on
# the way. Topology: lans.sh.
#
# Guest: --icount
# Takes: 100
# shellcheck disable=SC2317 # called by run_journey
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"
# shellcheck source=selftests/lans.sh
. "$here/lans.sh"

conntrack_count()
{
	in_ns "$1" cat /proc/sys/net/netfilter/nf_conntrack_count
}

# Copies go by both paths: the tunnel falls silent, and later the direct path.
journey_either()
{
	switch_both bicast && dwell || return
	path_netem infra loss 100%
	dwell 500
	path_netem infra
	journey_cut
}

# No rule of A or B needs conntrack: fragments are forwarded as they come.
routed()
{
	CASE=routed
	account_begin
	start_pair "LAN to LAN, IPv4" "$LAN_A" $LAN_A4 $LAN_B4 "$LAN_B" $LAN_B4 5300
	start_pair "LAN to LAN, IPv6" "$LAN_A" $LAN_A6 $LAN_B6 "$LAN_B" $LAN_B6 5302
	start_sizes "LAN to LAN, IPv4" "$LAN_A" $LAN_A4 $LAN_B4 "$LAN_B" $LAN_B4 5304
	start_sizes "LAN to LAN, IPv6" "$LAN_A" $LAN_A6 $LAN_B6 "$LAN_B" $LAN_B6 5306
	start_pair "LAN to peer, IPv4" "$LAN_A" $LAN_A4 $B4 "$UE_B" $B4 5308
	start_pair "host to LAN, IPv6" "$UE_A" $A6 $LAN_B6 "$LAN_B" $LAN_B6 5310
	dwell
	run_journey journey_either
	streams_check
	path_check direct less
	test_eq "routed: without conntrack" \
		"$(conntrack_count "$UE_A") $(conntrack_count "$UE_B")" "0 0"
	tags_check "routed: " "$UE_A" "$UE_B" "$LAN_A" "$LAN_B"
}

ktap_header
topo_up 2 25
session_lans_up
tag_rules_up "$UE_A" "$UE_B" "$LAN_A" "$LAN_B"
routed
ktap_plan "$KTAP_COUNT"
ktap_end
