# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh and journeys.sh, by the tests of what is forwarded: both
# hosts are routers. Topology: lib.sh, and
#
#   lan_a  10.66.0.2 fd66::2 ---- ue_a  lan0 10.66.0.1 fd66::1
#          10.66.0.3 fd66::3
#   lan_b  10.88.0.2 fd88::2 ---- ue_b  lan0 10.88.0.1 fd88::1
#          10.88.0.3 fd88::3

# Names below are for those who source this file.
# shellcheck disable=SC2034

LAN_A=lan_a-$$ LAN_B=lan_b-$$
LAN_A4=10.66.0.2 LAN_A6=fd66::2 LAN_B4=10.88.0.2 LAN_B6=fd88::2
# A second host behind A, on the first one's device.
OTHER_A4=10.66.0.3 OTHER_A6=fd66::3
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
		addr add $3.3/24 dev eth0
		addr add $4::2/64 dev eth0 nodad
		addr add $4::3/64 dev eth0 nodad
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
	lan_up "$UE_A" "$LAN_A" 10.66.0 fd66 10.88.0.0/16 "$B4" fd88::/64 "$B6"
	lan_up "$UE_B" "$LAN_B" 10.88.0 fd88 10.66.0.0/16 "$A4" fd66::/64 "$A6"
	links_wait "$UE_A" "$UE_B" "$LAN_A" "$LAN_B"
}

# prefixes_add UE PEER4 PEER6 PREFIX4 PREFIX6: to the tunnel and to the session
prefixes_add()
{
	local ns=$1

	in_ns "$ns" wg set wg0 peer "$(in_ns "$ns" wg show wg0 peers)" \
		allowed-ips "$2,$3,$4,$5"
	in_ns "$ns" "$SIDESTEP" set p2p0 peer "$2" peer "$3" peer "$4" peer "$5"
}

# session_lans_up: a session that carries what the LANs say to each other
session_lans_up()
{
	lans_up
	session_up
	prefixes_add "$UE_A" "$B4" "$B6" 10.88.0.0/16 fd88::/64 || die "A has no prefixes"
	prefixes_add "$UE_B" "$A4" "$A6" 10.66.0.0/16 fd66::/64 || die "B has no prefixes"
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

# streams_check: ends them all; nothing was lost, doubled, reordered or sent again
streams_check()
{
	local name rate

	for name in "${UDP_STREAMS[@]}" "${TCP_STREAMS[@]}"; do
		stream_stop "$name" || diag "$name did not end as it should"
	done
	for name in "${UDP_STREAMS[@]}"; do
		case $name in
		*65000) rate=1 ;;
		*1440) rate=10 ;;
		*) rate=$(scaled $SMALL_RATE) ;;
		esac
		udp_check "$CASE: $name" "$name" $((rate * SECONDS_AWAY)) "$rate"
	done
	for name in "${TCP_STREAMS[@]}"; do
		tcp_check "$CASE: $name" "$name" $(($(scaled $BULK_RATE) * SECONDS_AWAY))
	done
	account_check "$CASE: counters"
	UDP_STREAMS=() TCP_STREAMS=()
}
