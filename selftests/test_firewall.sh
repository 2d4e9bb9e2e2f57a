#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A firewall, conntrack and tcpdump see plain packets of the original flows on
# the direct device in every state, and never the tag. Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

PACKETS=300

# The established counters are per direction and device, as a person writes it.
rules()
{
	cat <<- END
		table inet watch {
			counter est_in { }
			counter est_out { }
			counter new_in { }
			counter new_out { }
			counter invalid { }
			chain in {
				type filter hook input priority 10;
				iifname "direct0" ct state established meta l4proto { tcp, udp } counter name est_in
				ct state new meta l4proto { tcp, udp } th dport 5000-5003 counter name new_in
				ct state invalid counter name invalid
			}
			chain out {
				type filter hook output priority 10;
				oifname "direct0" ct state established meta l4proto { tcp, udp } counter name est_out
				ct state new meta l4proto { tcp, udp } th dport 5000-5003 counter name new_out
				ct state invalid counter name invalid
			}
		}
	END
}

# counts_on NS COUNTER: it moves within a second
counts_on()
{
	local before

	before=$(nft_count "$1" watch "$2")
	sleep 0.5
	[ "$(nft_count "$1" watch "$2")" -gt $((before + $(scaled 50))) ]
}

# established_check STATE
established_check()
{
	local ns name

	for ns in "$UE_A" "$UE_B"; do
		name=${ns%-*}
		test_ok "$1: established packets come in on direct0 at $name" \
			counts_on "$ns" est_in
		test_ok "$1: established packets leave by direct0 at $name" \
			counts_on "$ns" est_out
	done
}

# capture NS DEVICE: the next PACKETS packets, into $TMP/pcap
capture()
{
	in_ns "$1" timeout 20 tcpdump -Z root -nn -i "$2" -c $PACKETS -w "$TMP/pcap" \
		2> "$TMP/tcpdump" || diag "$(cat "$TMP/tcpdump")"
}

# captured FILTER: how many packets of the capture are so
captured()
{
	tcpdump -nn -r "$TMP/pcap" "$1" 2> /dev/null | wc -l
}

TAGGED="ip[9] = 253 or ip6[6] = 253"
# Probes are protocol 253 too.
TAGGED_DATA="(ip[9] = 253 and ip[21] & 16 = 0) or (ip6[6] = 253 and ip6[41] & 16 = 0)"

direct_wire_check()
{
	capture "$UE_B" direct0
	test_ok "direct: packets are plain on the wire" \
		[ "$(captured "udp portrange 5000-5001")" -gt $((PACKETS / 4)) ]
	test_eq "direct: no packet is tagged" "$(captured "$TAGGED_DATA")" 0
}

# tunnel_wire_check STATE: only tagged packets go through the tunnel
tunnel_wire_check()
{
	capture "$UE_A" wg0
	test_eq "$1: wg0 carries tagged packets only" "$(captured "$TAGGED")" $PACKETS
}

# What arrives through the tunnel is seen on direct0, plain.
infra_direct_check()
{
	capture "$UE_B" direct0
	test_ok "infra: tcpdump on direct0 sees what arrives" \
		[ "$(captured "udp portrange 5000-5001 and dst host ($B4 or $B6)")" -gt $((PACKETS / 4)) ]
	test_eq "infra: and no tag on it" "$(captured "$TAGGED_DATA")" 0
}

# How often a flow was new at either end.
flows_new()
{
	echo "$(nft_count "$UE_A" watch new_in) $(nft_count "$UE_A" watch new_out)" \
		"$(nft_count "$UE_B" watch new_in) $(nft_count "$UE_B" watch new_out)"
}

ktap_header
topo_up 2 25
session_up
modprobe -qa nf_conntrack nft_ct nf_conntrack_netlink
for ns in "$UE_A" "$UE_B"; do
	rules | in_ns "$ns" nft -f - || die "rules are refused"
done
tag_rules_up "$UE_A" "$UE_B"
udp_start udp4 4 5000 -r 200
udp_start udp6 6 5001 -r 200
tcp_start tcp4 4 5002 -R 50000
tcp_start tcp6 6 5003 -R 50000
sleep 1
new=$(flows_new)

direct_wire_check
established_check direct
for state in bicast infra; do
	switch_both $state || test_fail "switch to $state"
	established_check $state
	tunnel_wire_check $state
done
infra_direct_check
switch_both bicast || test_fail "switch back to bicast"
sleep 0.5
switch_both direct || test_fail "switch back to direct"
sleep 1
established_check "direct again"
direct_wire_check
for name in udp4 udp6 tcp4 tcp6; do
	test_ok "$name ends as it should" stream_stop $name
done
test_eq "no flow was new a second time" "$(flows_new)" "$new"
for ns in "$UE_A" "$UE_B"; do
	test_eq "no packet was invalid at ${ns%-*}" "$(nft_count "$ns" watch invalid)" 0
done
tags_check "" "$UE_A" "$UE_B"
ktap_plan "$KTAP_COUNT"
ktap_end
