#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A's direct device is a bridge, and bridged packets pass its IP rules
# (br_netfilter). What A forwards is protected; what a third host on the bridge
# says to B is none of the session's. Topology: lans.sh, but
#
#   third  10.77.0.3 fd77::3 ---- port1 |
#                                       | direct0 (a bridge at ue_a)
#   ue_b   direct0 ------ netem - port0 |
#
# Guest: --icount
# shellcheck disable=SC2317 # called by lib.sh
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"
# shellcheck source=selftests/lans.sh
. "$here/lans.sh"

THIRD=third-$$
THIRD4=10.77.0.3 THIRD6=fd77::3

# In place of lib.sh's.
direct_up()
{
	modprobe -qa bridge br_netfilter || ktap_skip_all "bridge" "no br_netfilter"
	ip netns add "$THIRD"
	defer ns_del "$THIRD"
	ip -n "$UE_A" link add direct0 type bridge mcast_snooping 0
	ip link add port0 netns "$UE_A" type veth peer name direct0 netns "$UE_B"
	ip link add port1 netns "$UE_A" type veth peer name eth0 netns "$THIRD"
	ip -n "$UE_A" -batch - <<- END
		link set port0 master direct0 up
		link set port1 master direct0 up
	END
	address_up "$UE_A" direct0 $A4 $A6
	address_up "$UE_B" direct0 $B4 $B6
	address_up "$THIRD" eth0 $THIRD4 $THIRD6
	set_files "$UE_A" /proc/sys/net/bridge/bridge-nf-call-iptables=1 \
		/proc/sys/net/bridge/bridge-nf-call-ip6tables=1 \
		"$(rx_cpu port0)" "$(rx_cpu port1)"
	set_files "$UE_B" "$(rx_cpu direct0)"
	path_netem direct
}

# What the third host says, as A's rules see it.
rules()
{
	cat <<- END
		table inet watch {
			counter forward { }
			counter postrouting { }
			chain forward {
				type filter hook forward priority 0;
				ip saddr $THIRD4 meta l4proto { tcp, udp } counter name forward
				ip6 saddr $THIRD6 meta l4proto { tcp, udp } counter name forward
			}
			chain postrouting {
				type filter hook postrouting priority 0;
				ip saddr $THIRD4 meta l4proto { tcp, udp } counter name postrouting
				ip6 saddr $THIRD6 meta l4proto { tcp, udp } counter name postrouting
			}
		}
	END
}

# flows_of ADDRESS: how many of them the session covers at A
flows_of()
{
	in_ns "$UE_A" "$SIDESTEP" flows p2p0 | grep -cF "$1"
}

ktap_header
topo_up 2 25
session_lans_up
rules | in_ns "$UE_A" nft -f - || die "rules are refused"
tag_rules_up "$UE_A" "$UE_B" "$LAN_A" "$LAN_B"
CASE='bridge'
account_begin
start_pair "third host to peer, IPv4" "$THIRD" $THIRD4 $B4 "$UE_B" $B4 5300
start_pair "third host to peer, IPv6" "$THIRD" $THIRD6 $B6 "$UE_B" $B6 5302
start_sizes "third host to peer, IPv4" "$THIRD" $THIRD4 $B4 "$UE_B" $B4 5304
start_pair "LAN to peer, IPv4" "$LAN_A" $LAN_A4 $B4 "$UE_B" $B4 5306
start_pair "LAN to LAN, IPv6" "$LAN_A" $LAN_A6 $LAN_B6 "$LAN_B" $LAN_B6 5308
dwell
run_journey journey_clean 2000
test_eq "bridge: no flow of the third host is covered" \
	"$(flows_of $THIRD4) $(flows_of $THIRD6)" "0 0"
test_ok "bridge: flows of the LAN are" [ "$(flows_of $LAN_A4)" -ge 2 ]
streams_check
path_check direct same
seen=$(nft_count "$UE_A" watch forward)
test_ok "bridge: rules see what the third host says ($seen)" [ "$seen" -gt "$(scaled 1000)" ]
test_eq "bridge: once on its way" "$(nft_count "$UE_A" watch postrouting)" "$seen"
tags_check "bridge: " "$UE_A" "$UE_B" "$LAN_A" "$LAN_B"
ktap_plan "$KTAP_COUNT"
ktap_end
