#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Both hosts are routers: what their LANs say to each other is protected, of any
# size, also in fragments that nobody puts together on the way. Topology: lib.sh,
# and
#
#   lan_a  10.66.0.2 fd66::2 ---- ue_a  lan0 10.66.0.1 fd66::1
#   lan_b  10.88.0.2 fd88::2 ---- ue_b  lan0 10.88.0.1 fd88::1
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

LAN_A=lan_a-$$ LAN_B=lan_b-$$
LAN_A4=10.66.0.2 LAN_A6=fd66::2 LAN_B4=10.88.0.2 LAN_B6=fd88::2
SECONDS_AWAY=5
SMALL_RATE=60
BULK_RATE=100000

# --- topology ---------------------------------------------------------------

# lan_up UE LAN PREFIX4 PREFIX6 OTHER4 GATEWAY4 OTHER6 GATEWAY6
lan_up()
{
	ip netns add "$2"
	ip link add lan0 netns "$1" type veth peer name eth0 netns "$2"
	ip -n "$1" -batch - <<- END
		addr add $3.1/24 dev lan0
		addr add $4::1/64 dev lan0 nodad
		link set lan0 up
		route add $5 via $6
		route add $7 via $8
	END
	ip -n "$2" -batch - <<- END
		addr add $3.2/24 dev eth0
		addr add $4::2/64 dev eth0 nodad
		link set lo up
		link set eth0 up
		route add default via $3.1
		route add default via $4::1
	END
	set_files "$1" "$(rx_cpu lan0)" /proc/sys/net/ipv4/ip_forward=1 \
		/proc/sys/net/ipv6/conf/all/forwarding=1
	set_files "$2" "$(rx_cpu eth0)"
}

lans_up()
{
	defer ns_del "$LAN_A" "$LAN_B"
	lan_up "$UE_A" "$LAN_A" 10.66.0 fd66 10.88.0.0/16 $B4 fd88::/64 $B6
	lan_up "$UE_B" "$LAN_B" 10.88.0 fd88 10.66.0.0/16 $A4 fd66::/64 $A6
}

# prefixes_add UE PEER4 PEER6 PREFIX4 PREFIX6: to the tunnel and to the session
prefixes_add()
{
	local ns=$1

	in_ns "$ns" wg set wg0 peer "$(in_ns "$ns" wg show wg0 peers)" \
		allowed-ips "$2,$3,$4,$5"
	in_ns "$ns" "$SIDESTEP" set p2p0 peer "$2" peer "$3" peer "$4" peer "$5"
}

# --- streams ----------------------------------------------------------------

UDP_STREAMS=() TCP_STREAMS=()

# start udp|tcp NAME NS_A ADDR_A TO NS_B ADDR_B PORT [ARGS...]
start()
{
	local kind=$1

	shift
	stream_between "${kind}stream" "$@"
	if [ "$kind" = udp ]; then
		UDP_STREAMS+=("$1")
	else
		TCP_STREAMS+=("$1")
	fi
}

# start_pair NAME NS_A ADDR_A TO NS_B ADDR_B PORT: some of UDP and of TCP
start_pair()
{
	local name=$1 ns_a=$2 addr_a=$3 to=$4 ns_b=$5 addr_b=$6 port=$7

	start udp "$name, UDP" "$ns_a" "$addr_a" "$to" "$ns_b" "$addr_b" "$port" -r $SMALL_RATE
	start tcp "$name, TCP" "$ns_a" "$addr_a" "$to" "$ns_b" "$addr_b" "$((port + 1))" -R $BULK_RATE
}

# start_sizes NAME NS_A ADDR_A TO NS_B ADDR_B PORT: what does not fit the session
start_sizes()
{
	local name=$1 ns_a=$2 addr_a=$3 to=$4 ns_b=$5 addr_b=$6 port=$7

	start udp "$name, 1440" "$ns_a" "$addr_a" "$to" "$ns_b" "$addr_b" "$port" -s 1440 -r 10
	start udp "$name, 65000" "$ns_a" "$addr_a" "$to" "$ns_b" "$addr_b" "$((port + 1))" -s 65000 -r 1
}

# whole STREAM LEAST: UDP; nothing is lost or doubled. Order is not looked at:
# see the limits in docs/architecture.md.
whole()
{
	local side

	for side in a b; do
		[ "$(result "$1.$side" complete lost duplicated corrupted send_errors |
			tr '\n' ' ')" = "true 0 0 0 0 " ] &&
			[ "$(result "$1.$side" received)" -ge "$2" ] || return
	done
}

# whole_check STREAM LEAST
whole_check()
{
	if whole "$@"; then
		test_pass "$CASE: $1"
	else
		stream_report "$1"
		test_fail "$CASE: $1" "not all came, and once"
	fi
}

streams_check()
{
	local name

	for name in "${UDP_STREAMS[@]}" "${TCP_STREAMS[@]}"; do
		stream_stop "$name" || diag "$name did not end as it should"
	done
	account_end
	for name in "${UDP_STREAMS[@]}"; do
		case $name in
		*65000) whole_check "$name" $SECONDS_AWAY ;;
		*1440) whole_check "$name" $((10 * SECONDS_AWAY)) ;;
		*) whole_check "$name" $((SMALL_RATE * SECONDS_AWAY)) ;;
		esac
	done
	for name in "${TCP_STREAMS[@]}"; do
		test_ok "$CASE: $name" stream_intact "$name"
	done
	path_check direct less
}

# --- cases ------------------------------------------------------------------

conntrack_count()
{
	in_ns "$1" cat /proc/sys/net/netfilter/nf_conntrack_count
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
	journey_cut || test_fail "routed: journey"
	streams_check
	test_eq "routed: without conntrack" \
		"$(conntrack_count "$UE_A") $(conntrack_count "$UE_B")" "0 0"
	tags_check "routed: " "$UE_A" "$UE_B" "$LAN_A" "$LAN_B"
}

ktap_header
topo_up 2 25
lans_up
session_up
prefixes_add "$UE_A" $B4 $B6 10.88.0.0/16 fd88::/64 || die "A has no prefixes"
prefixes_add "$UE_B" $A4 $A6 10.66.0.0/16 fd66::/64 || die "B has no prefixes"
tag_rules_up "$UE_A" "$UE_B" "$LAN_A" "$LAN_B"
routed
ktap_plan "$KTAP_COUNT"
ktap_end
