#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What else a host has: strict rp_filter, a firewall, policy routing, a VPN that takes
# all traffic, a VRF, a bridge of containers. Beside each the helpers keep the session,
# it moves to infra and back under traffic, nothing is lost, and what is the other's
# works as before and is not touched. Topology: lib.sh; sessions: helpers.sh.
#
# Guest: --icount
# Takes: 60
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/beside.sh
. "$here/beside.sh"

VRF=vrf-$$ BOX=box-$$

# --- strict rp_filter -------------------------------------------------------

rp_filter_test()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		set_files "$ns" /proc/sys/net/ipv4/conf/{all,default,direct0,modem0,p2p0,wg-p2p0}/rp_filter=1
	done
	beside "strict rp_filter" reach "$INTERNET4"
	for ns in "$UE_A" "$UE_B"; do
		set_files "$ns" /proc/sys/net/ipv4/conf/{all,default,direct0,modem0,p2p0,wg-p2p0}/rp_filter=0
	done
}

# --- a firewall -------------------------------------------------------------

# As a workstation has it; what man sidestepd says of firewalls, and the stream's ports.
firewall()
{
	cat <<- END
		table inet filter {
			chain input {
				type filter hook input priority filter; policy drop;
				ct state established,related accept
				ct state invalid drop
				iifname "lo" accept
				icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, mld-listener-query } accept
				iifname "direct0" meta nfproto ipv6 udp dport 22807 accept
				iifname "direct0" meta nfproto ipv6 tcp dport 22807 accept
				iifname "modem0" udp dport $WG_PORT accept
				iifname "direct0" meta l4proto { tcp, udp } th dport 5000-5002 accept
			}
			chain forward {
				type filter hook forward priority filter; policy drop;
			}
			chain output {
				type filter hook output priority filter; policy accept;
				ct state invalid drop
			}
		}
	END
}

firewall_test()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		firewall | in_ns "$ns" nft -f - || die "rules are refused"
	done
	test_ok "firewall: the helpers begin beside it" again
	beside "firewall" reach "$INTERNET4"
	for ns in "$UE_A" "$UE_B"; do
		in_ns "$ns" nft delete table inet filter
	done
}

# --- policy routing ---------------------------------------------------------

policy_test()
{
	ip -n "$UE_A" -batch - <<- END
		addr add 192.168.10.77/24 dev modem0
		route add default via 192.168.10.1 dev modem0 src 192.168.10.77 table 100
		rule add from 192.168.10.77 lookup 100 pref 100
		rule add fwmark 0x77 lookup 100 pref 101
		rule add to 10.77.0.0/24 lookup main pref 102
	END
	beside "policy routing" in_ns "$UE_A" ping -q -c 1 -W 2 -m 119 $INTERNET4
	ip -n "$UE_A" -batch - <<- END
		rule del pref 100
		rule del pref 101
		rule del pref 102
		addr del 192.168.10.77/24 dev modem0
	END
}

# --- a VPN for all ----------------------------------------------------------

# As wg-quick does it for AllowedIPs=0.0.0.0/0: all goes into it but its own packets,
# and what the main table knows better than by its default route.
vpn_up()
{
	local key_here=$TMP/vpn_here key_there=$TMP/vpn_there

	(umask 077; wg genkey > "$key_here"; wg genkey > "$key_there")
	ip -n "$NET" link add vpn0 mtu 1420 type wireguard
	in_ns "$NET" wg set vpn0 listen-port 51900 private-key "$key_there" \
		peer "$(wg pubkey < "$key_here")" allowed-ips 10.66.0.2/32
	ip -n "$NET" addr add 10.66.0.1/24 dev vpn0
	ip -n "$NET" link set vpn0 up
	ip -n "$UE_A" link add vpn0 mtu 1420 type wireguard
	in_ns "$UE_A" wg set vpn0 fwmark 51900 private-key "$key_here" \
		peer "$(wg pubkey < "$key_there")" allowed-ips 0.0.0.0/0 endpoint 198.51.100.1:51900
	ip -n "$UE_A" -batch - <<- END
		addr add 10.66.0.2/24 dev vpn0
		link set vpn0 up
		route add default dev vpn0 table 51900
		rule add not fwmark 51900 table 51900
		rule add table main suppress_prefixlength 0
	END
	ip -n "$UE_A" -6 rule add not fwmark 51900 table 51900
}

# tunnel_beside_vpn: the session's own leaves by the modem, not through the VPN
tunnel_beside_vpn()
{
	local before after

	before=$(in_ns "$UE_A" wg show vpn0 transfer | cut -f 3)
	move infra
	sleep 1
	move direct
	after=$(in_ns "$UE_A" wg show vpn0 transfer | cut -f 3)
	[ $((after - before)) -lt 2000 ]
}

# The rules of such a VPN come before all that are there.
vpn_test()
{
	vpn_up
	udp_start udp4 4 5000 -r "$UDP_RATE"
	test_ok "VPN: the helper's rule is before its rules" busywait 5000 rule_is_first
	test_ok "VPN: the session does not go through it" tunnel_beside_vpn
	stream_stop udp4
	test_ok "VPN: the helper begins beside it" again
	beside "VPN" reach 10.66.0.1
	vpn_down
	test_ok "VPN: gone, the helper's rule is where it was" busywait 5000 rule_is_usual
}

# Behind the one for the host's own addresses.
rule_is_first()
{
	ip -n "$UE_A" rule show | sed -n 2p | grep -q "proto 83" &&
		ip -n "$UE_A" -6 rule show | sed -n 2p | grep -q "proto 83"
}

rule_is_usual()
{
	ip -n "$UE_A" rule show | grep -q "^990:.*proto 83" &&
		ip -n "$UE_A" -6 rule show | grep -q "^990:.*proto 83"
}

vpn_down()
{
	ip -n "$UE_A" rule del not fwmark 51900 table 51900
	ip -n "$UE_A" rule del table main suppress_prefixlength 0
	ip -n "$UE_A" -6 rule del not fwmark 51900 table 51900
	ip -n "$UE_A" link del vpn0
	ip -n "$NET" link del vpn0
}

# --- a VRF ------------------------------------------------------------------

vrf_test()
{
	modprobe -q vrf || { test_skip "VRF" "no vrf"; return; }
	ip netns add "$VRF"
	ip link add mgmt0 netns "$UE_A" type veth peer name eth0 netns "$VRF"
	ip -n "$VRF" addr add 10.55.0.2/24 dev eth0
	ip -n "$VRF" link set eth0 up
	ip -n "$UE_A" -batch - <<- END
		link add mgmt type vrf table 55
		link set mgmt up
		link set mgmt0 master mgmt
		addr add 10.55.0.1/24 dev mgmt0
		link set mgmt0 up
		route add unreachable default metric 4278198272 table 55
	END
	test_ok "VRF: the helper begins beside it" again
	beside "VRF" in_ns "$UE_A" ip vrf exec mgmt ping -q -c 1 -W 2 10.55.0.2
	ip -n "$UE_A" link del mgmt0
	ip -n "$UE_A" link del mgmt
	ip netns del "$VRF"
}

# --- a bridge of containers -------------------------------------------------

# The rules that Docker 20.10 makes, in nftables' words. That is not Docker itself.
docker_rules()
{
	cat <<- END
		table ip nat {
			chain DOCKER {
				iifname "docker0" return
				iifname != "docker0" tcp dport 8080 dnat to 172.17.0.2:80
			}
			chain POSTROUTING {
				type nat hook postrouting priority srcnat; policy accept;
				oifname != "docker0" ip saddr 172.17.0.0/16 masquerade
			}
			chain PREROUTING {
				type nat hook prerouting priority dstnat; policy accept;
				fib daddr type local jump DOCKER
			}
			chain OUTPUT {
				type nat hook output priority -100; policy accept;
				ip daddr != 127.0.0.0/8 fib daddr type local jump DOCKER
			}
		}
		table ip filter {
			chain DOCKER {
				iifname != "docker0" oifname "docker0" ip daddr 172.17.0.2 tcp dport 80 accept
			}
			chain DOCKER-ISOLATION-STAGE-1 {
				iifname "docker0" oifname != "docker0" jump DOCKER-ISOLATION-STAGE-2
				return
			}
			chain DOCKER-ISOLATION-STAGE-2 {
				oifname "docker0" drop
				return
			}
			chain DOCKER-USER {
				return
			}
			chain FORWARD {
				type filter hook forward priority filter; policy drop;
				jump DOCKER-USER
				jump DOCKER-ISOLATION-STAGE-1
				oifname "docker0" ct state related,established accept
				oifname "docker0" jump DOCKER
				iifname "docker0" oifname != "docker0" accept
				iifname "docker0" oifname "docker0" accept
			}
		}
	END
}

docker_up()
{
	modprobe -qa bridge br_netfilter nft_fib_ipv4 || return
	ip netns add "$BOX"
	set_files "$UE_A" /proc/sys/net/ipv4/ip_forward=1
	docker_rules | in_ns "$UE_A" nft -f - || die "rules are refused"
	ip link add veth0 netns "$UE_A" type veth peer name eth0 netns "$BOX"
	ip -n "$UE_A" -batch - <<- END
		link add docker0 type bridge
		addr add 172.17.0.1/16 dev docker0
		link set docker0 up
		link set veth0 master docker0
		link set veth0 up
	END
	ip -n "$BOX" -batch - <<- END
		addr add 172.17.0.2/16 dev eth0
		link set lo up
		link set eth0 up
		route add default via 172.17.0.1
	END
}

# The container reaches the internet, and the peer through the session.
docker_works()
{
	reach "$INTERNET4" "$BOX" && reach "$B4" "$BOX"
}

docker_test()
{
	docker_up || { test_skip "containers" "no bridge"; return; }
	test_ok "containers: the helper begins beside them" again
	beside "containers" docker_works
	ip -n "$UE_A" link del docker0
	ip netns del "$BOX"
	in_ns "$UE_A" nft flush ruleset
	set_files "$UE_A" /proc/sys/net/ipv4/ip_forward=0
}

ktap_header
topo_up 2 25
helpers_up
defer ip netns del "$VRF" 2> /dev/null
defer ip netns del "$BOX" 2> /dev/null
rp_filter_test
firewall_test
policy_test
vpn_test
vrf_test
docker_test
ktap_plan "$KTAP_COUNT"
ktap_end
