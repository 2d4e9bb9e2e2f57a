#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the stack is spared: packets of the tunnel are taken before IP sees them,
# unless somebody looks; what is delivered is merged if the direct device says
# so; TCP makes segments that fit. Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2016,SC2317 # awk's, called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

PINGS=300
BULK_BYTES=2000000
# Those that are sent before the socket has learnt.
FEW=12

# ip_received 4|6: packets that B's IP has seen
ip_received()
{
	if [ "$1" = 4 ]; then
		in_ns "$UE_B" awk '$1 == "Ip:" && $3 != "DefaultTTL" {print $4}' /proc/net/snmp
	else
		in_ns "$UE_B" awk '$1 == "Ip6InReceives" {print $2}' /proc/net/snmp6
	fi
}

# ping_all ADDRESS
ping_all()
{
	in_ns "$UE_A" ping -q -c $PINGS -i 0.005 "$1" | grep -q " 0% packet loss"
}

# seen_by_ip 4|6 ADDRESS: how often B's IP saw an echo request, rounded down. For
# IPv4 that includes the tunnel's own packet; probes come too, but are few.
seen_by_ip()
{
	local before

	before=$(ip_received "$1")
	ping_all "$2" || return
	echo $((($(ip_received "$1") - before) / PINGS))
}

taken_early()
{
	test_eq "nobody looks, IPv4: received once in the tunnel, once as it is" \
		"$(seen_by_ip 4 $B4)" 2
	test_eq "nobody looks, IPv6: received once" "$(seen_by_ip 6 $B6)" 1
}

captured()
{
	local pid

	ip netns exec "$UE_B" tcpdump -n -i wg0 proto 253 > /dev/null 2> "$TMP/capture" &
	pid=$!
	busywait 5000 grep -q listening "$TMP/capture"
	test_eq "a capture of the tunnel, IPv4: received once more" \
		"$(seen_by_ip 4 $B4)" 3
	kill -INT $pid
	wait $pid
	test_ok "the capture has all" \
		[ "$(sed -n 's/ packets captured//p' "$TMP/capture")" -ge $PINGS ]
	test_eq "the capture has ended" "$(seen_by_ip 4 $B4)" 2
}

filter_count()
{
	in_ns "$UE_B" nft list table netdev watch | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'
}

filtered()
{
	in_ns "$UE_B" nft -f - <<- END
		table netdev watch {
			chain ingress {
				type filter hook ingress device wg0 priority 0;
				meta l4proto 253 counter
			}
		}
	END
	test_ok "pings past a filter of the tunnel" ping_all $B4
	test_ok "the filter has seen all" [ "$(filter_count)" -ge $PINGS ]
	in_ns "$UE_B" nft delete table netdev watch
	direct_cut
	tc -n "$UE_B" qdisc add dev wg0 clsact
	tc -n "$UE_B" filter add dev wg0 ingress matchall action gact drop
	test_eq "a filter that drops the tunnel's packets" \
		"$(in_ns "$UE_A" ping -q -c 3 -i 0.2 -W 1 $B4 | grep -c "100% packet loss")" 1
	tc -n "$UE_B" qdisc del dev wg0 clsact
	direct_restore
	session_wait_ready
	test_ok "it is gone" ping_all $B4
}

# bulk NAME: BULK_BYTES from A to B, and as many back
bulk()
{
	PORT=$((PORT + 1))
	tcp_start "$1" 4 "$PORT" -b "$BULK_BYTES"
	stream_wait "$1" && stream_intact "$1"
}

big_segments()
{
	in_ns "$UE_B" nft list table ip big | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'
}

# merged NAME on|off
merged()
{
	in_ns "$UE_B" ethtool -K p2p0 gro "$2"
	in_ns "$UE_B" nft -f - <<- END
		table ip big {
			chain input {
				type filter hook input priority 0;
				iifname direct0 meta l4proto tcp meta length > 1500 counter
			}
		}
	END
	test_ok "bulk TCP in bicast, GRO $2" bulk "$1"
	if [ "$2" = on ]; then
		test_ok "segments are merged" [ "$(big_segments)" -gt 10 ]
	else
		test_eq "segments are not merged" "$(big_segments)" 0
	fi
	in_ns "$UE_B" nft delete table ip big
}

# What is merged came by veth: the sender's queue still has its data.
sent_again()
{
	local path

	PORT=$((PORT + 1))
	in_ns "$UE_B" ethtool -K p2p0 gro on
	tcp_start again 4 $PORT -b $((2 * BULK_BYTES))
	for path in direct infra; do
		path_netem $path loss 20%
	done
	test_ok "bulk TCP that loses both copies of some segments" stream_wait again
	test_ok "it is intact" stream_intact again
	test_ok "some were sent again" [ "$(result again.a retransmits)" -gt 10 ]
	for path in direct infra; do
		path_netem $path
	done
}

# sizes STATE
sizes()
{
	local before

	switch_both "$1"
	before=$(counter "$UE_A" tx_resized)
	test_ok "bulk TCP in $1" bulk "size-$1"
	test_ok "in $1 few segments did not fit" \
		[ $(($(counter "$UE_A" tx_resized) - before)) -le $FEW ]
}

PORT=5300
ktap_header
topo_up 2 5
session_up
switch_both infra
taken_early
captured
filtered
switch_both bicast
merged plain off
merged gro on
sent_again
sizes bicast
sizes infra
ktap_plan "$KTAP_COUNT"
ktap_end
