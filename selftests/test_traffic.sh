#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every kind of local traffic walks direct, bicast, infra, bicast, direct:
# nothing is lost, doubled, reordered or altered. Topology: lib.sh.
#
# Usage: test_traffic.sh [PART...]
#
# Guest: --icount
# Takes: 150
# shellcheck disable=SC2317,SC2086,SC1081 # called by test_ok; constants; a mode's name
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

port=6000

# listens PORT: a refused SYN would be sent again where it has a signature, for the
# refusal has none
listens()
{
	[ -n "$(in_ns "$UE_B" ss -Hltn "sport = :$1")" ]
}

# streams PROGRAM NAME FAMILIES [ARGS...]: FAMILIES are of 4, 6, LL; the name of
# each ends in its family
streams()
{
	local prog=$1 name=$2 family families=$3

	shift 3
	for family in $families; do
		stream_listen "$prog" "$name$family" "$family" $port "$@"
		[ "$prog" = udpstream ] || busywait 5000 listens $port
		stream_connect "$prog" "$name$family" "$family" $((port++)) "$@"
	done
}

# walk POINT
walk()
{
	local state

	sleep 1
	for state in bicast infra bicast direct; do
		test_ok "$1: to $state" switch_both "$state"
		sleep 1
	done
}

# The results of the stream looked at: R[a.received], R[b.received]...
declare -A R

# results NAME: reads them
results()
{
	local side key value

	R=()
	for side in a b; do
		while read -r key value; do
			R[$side.$key]=$value
		done < <("$PROGS/jget" -l '' < "$TMP/$1.$side")
	done
}

# check POINT NAME SIDES FIELD=VALUE|FIELD=@FIELD...: the results of a stream
check()
{
	local point=$1 name=$2 sides=$3 field value side wrong=''

	shift 3
	results "$name"
	for field; do
		for side in $sides; do
			value=${field#*=}
			[ "${value#@}" = "$value" ] || value=${R[$side.${value#@}]:-}
			[ "${R[$side.${field%%=*}]:-}" = "$value" ] || wrong+="$side: not $field; "
		done
	done
	[ -z "$wrong" ] || stream_report "$name"
	test_eq "$point" "$wrong" ''
}

# udp_check POINT NAME [FIELD=...]: all datagrams came, once and in order, and
# both ends have these results
udp_check()
{
	local point=$1 name=$2

	shift 2
	check "$point" "$name" "a b" complete=true lost=0 duplicated=0 reordered=0 \
		corrupted=0 send_errors=0 "$@"
	if [ "${R[a.received]:-0}" -lt 5 ] || [ "${R[b.received]:-0}" -lt 5 ]; then
		test_fail "$point" "too few"
	fi
}

# tcp_check POINT NAME [FIELD=...]: what was sent came, and was sent once; A has
# these results
tcp_check()
{
	local point=$1 name=$2

	shift 2
	check "$point" "$name" "a b" corrupted=0 retransmits=0
	check "$point: at A" "$name" a "$@" \
		bytes_sent="${R[b.bytes_received]:-none}" bytes_received="${R[b.bytes_sent]:-none}"
}

# refused_check POINT NAME: nothing was sent, and the program was told so
refused_check()
{
	check "$1" "$2" "a b" send_error=EMSGSIZE send_errors=@sent received=0 path_mtu=1500
}

# stop NAME...
stop()
{
	local name

	for name; do
		stream_stop "$name" || diag "$name did not end as it should"
	done
	STREAM_A=() STREAM_B=()
}

# --- datagrams --------------------------------------------------------------

# Of SO_TIMESTAMPING: software, when sent, when received; not the packet again.
readonly STAMPS=$((1 << 1 | 1 << 3 | 1 << 4 | 1 << 11))
# Expedited forwarding, ECN-capable.
readonly TOS=0xba
# As bytes. The IPv6 ones begin with the protocol that follows, filled in later;
# their only option is one that is skipped by who does not know it. The routing
# header is of segment routing, with B as the only segment.
readonly ROUTER_ALERT=94040000
readonly HOP_BY_HOP=00001e041234abcd DESTINATION=00001e045678cdef
readonly ROUTING=0002040000000000fd770000000000000000000000000002
readonly UDP=11

# count_rule NS TABLE HOOK RULE...
count_rule()
{
	local ns=$1 table=$2 hook=$3

	shift 3
	in_ns "$ns" nft -f - <<- END
		table inet $table {
			chain count {
				type filter hook $hook priority 0;
				$* counter
			}
		}
	END
}

# rule_counts NS TABLE: packets and bytes of its counter
rule_counts()
{
	in_ns "$1" nft list table inet "$2" |
		sed -n 's/.*packets \([0-9]*\) bytes \([0-9]*\).*/\1 \2/p'
}

# A's have a routing header.
routed_start()
{
	set_files "$UE_B" /proc/sys/net/ipv6/conf/all/seg6_enabled=1 \
		/proc/sys/net/ipv6/conf/direct0/seg6_enabled=1
	stream_listen udpstream routed6 6 "$port" -r 20 -o recvrthdr=1
	stream_connect udpstream routed6 6 $((port++)) -r 20 -o rthdr="$ROUTING"
}

datagrams_start()
{
	streams udpstream segments "4 6" -r 100 -s 1200 -g 10 -o gso=1200
	streams udpstream gro "4 6" -r 100 -s 1200 -g 10 -o gso=1200 -o gro=1
	streams udpstream bigsegments "4 6" -r 20 -s 1452 -g 10 -o gso=1452
	streams udpstream zerocopy "4 6" -r 20 -s 1400 -o zerocopy=1
	streams udpstream stamps "4 6" -r 20 -o timestamping="$STAMPS"
	streams udpstream tos "4 6" -r 20 -o tos="$TOS" -o recvtos=1
	streams udpstream mark "4 6" -r 20 -o mark=7
	streams udpstream fragments "4 6" -r 10 -s 4000 -F 1500 -o nocheck=1
	streams udpstream raw "4 6" -P 200 -r 20
	streams udpstream bigraw "4 6" -P 201 -r 5 -s 4000
	streams udpstream sctp "4 6" -P sctp -r 20
	streams udpstream bigsctp "4 6" -P sctp -r 20 -s 4000
	streams udpstream options 4 -r 20 -o options="$ROUTER_ALERT" -o recvopts=1
	streams udpstream bigoptions 4 -r 5 -s 4000 -o options="$ROUTER_ALERT" -o recvopts=1
	streams udpstream hopopts 6 -r 20 -o hopopts="$HOP_BY_HOP" -o recvhopopts=1
	streams udpstream bighopopts 6 -r 5 -s 4000 -o hopopts="$HOP_BY_HOP" -o recvhopopts=1
	streams udpstream dstopts 6 -r 20 -o dstopts="$DESTINATION" -o recvdstopts=1
	routed_start
	streams udpstream flow 6 -r 20 -o recvflow=1
	streams udpstream linklocal LL -r 20
	streams udpstream biglinklocal LL -r 5 -s 4000
}

# of_both_families 4|6
of_both_families()
{
	udp_check "UDP_SEGMENT, IPv$1" "segments$1"
	udp_check "UDP_SEGMENT, too big, IPv$1" "bigsegments$1"
	udp_check "UDP_GRO, IPv$1" "gro$1"
	udp_check "MSG_ZEROCOPY, IPv$1" "zerocopy$1" zerocopied=@sent
	udp_check "SO_TIMESTAMPING, IPv$1" "stamps$1" sends_stamped=@sends receives_stamped=@receives
	udp_check "SO_MARK, IPv$1" "mark$1"
	udp_check "fragments of a program, IPv$1" "fragments$1"
	udp_check "raw sockets, IPv$1" "raw$1"
	udp_check "raw sockets, too big, IPv$1" "bigraw$1"
	udp_check "SCTP, IPv$1" "sctp$1" retransmits=0
	udp_check "SCTP, too big, IPv$1" "bigsctp$1" retransmits=0
}

flow_has_label()
{
	[[ ${R[a.ancillary]} =~ ^41/11:000[0-9a-f]{5}$ ]] && [ "${R[a.ancillary]}" != 41/11:00000000 ]
}

# told LEVEL/TYPE:BYTES: of each packet the receiver was told this, besides
told()
{
	echo "ancillary=$1" ancillary_changed=0
}

# shellcheck disable=SC2046 # told has two words
datagrams()
{
	modprobe sctp || die "no SCTP"
	count_rule "$UE_A" marks postrouting meta mark 7
	datagrams_start
	walk "datagrams"
	stop "${!STREAM_A[@]}"
	of_both_families 4
	of_both_families 6
	test_eq "SO_MARK: rules see it" "$(rule_counts "$UE_A" marks | cut -d " " -f 1)" \
		$(($(result mark4.a sends) + $(result mark6.a sends)))
	udp_check "DSCP and ECN, IPv4" tos4 $(told 0/1:ba)
	udp_check "DSCP and ECN, IPv6" tos6 $(told 41/67:ba000000)
	udp_check "IPv4 options" options4 $(told 0/6:$ROUTER_ALERT)
	udp_check "IPv4 options, too big" bigoptions4 $(told 0/6:$ROUTER_ALERT)
	udp_check "hop-by-hop options" hopopts6 $(told 41/54:$UDP${HOP_BY_HOP#00})
	udp_check "hop-by-hop options, too big" bighopopts6 $(told 41/54:$UDP${HOP_BY_HOP#00})
	udp_check "destination options" dstopts6 $(told 41/59:$UDP${DESTINATION#00})
	udp_check "routing header" routed6 ancillary_changed=0
	test_eq "routing header: as sent" "${R[b.ancillary]}" 41/57:$UDP${ROUTING#00}
	udp_check "flow label" flow6 ancillary_changed=0
	test_ok "flow label: there is one" flow_has_label
	udp_check "link-local" linklocalLL
	udp_check "link-local, too big" biglinklocalLL
}

# --- PMTU discovery ---------------------------------------------------------

# IP_MTU_DISCOVER; IPv6 has the same figures.
declare -rA MODES=([DONT]=0 [WANT]=1 [DO]=2 [PROBE]=3 [INTERFACE]=4 [OMIT]=5)

# Whatever the state, sockets may send what the direct device takes: 1452 bytes
# are the most in IPv6. What it does not take is refused as always.
pmtu()
{
	local mode family

	for mode in "${!MODES[@]}"; do
		streams udpstream "$mode" "4 6" -r 5 -s 1452 -o pmtu="${MODES[$mode]}"
		streams udpstream "big$mode" "4 6" -r 5 -s 4000 -o pmtu="${MODES[$mode]}"
	done
	walk "PMTU discovery"
	stop "${!STREAM_A[@]}"
	for family in 4 6; do
		for mode in "${!MODES[@]}"; do
			udp_check "PMTU discovery $mode, IPv$family" "$mode$family" path_mtu=1500
		done
		for mode in DONT WANT OMIT; do
			udp_check "PMTU discovery $mode, too big, IPv$family" "big$mode$family" path_mtu=1500
		done
		for mode in DO PROBE INTERFACE; do
			refused_check "PMTU discovery $mode, too big, IPv$family" "big$mode$family"
		done
	done
}

# --- TCP --------------------------------------------------------------------

# As much as the guest can encrypt at ease: two kinds at a time, full segments.
segments_of()
{
	streams tcpstream "$1" "4 6" -R 150000 "$2"
	streams tcpstream "$3" "4 6" -R 150000 "$4"
	walk "TCP, $1 and $3"
	stop "${!STREAM_A[@]}"
}

# Its ciphers are modules, too: to verify their signatures takes the guest's only CPU for so
# long that TCP streams which are on their way send again.
tls_ready()
{
	local args=(tcpstream ciphers 4 $((port++)) -b 20000 -otls)

	modprobe tls || die "no kernel TLS"
	stream_listen "${args[@]}"
	busywait 5000 listens "${args[3]}" || die "no stream for kernel TLS"
	stream_connect "${args[@]}"
	stream_wait ciphers
	unset "STREAM_A[ciphers]"
}

segments()
{
	local family

	tls_ready
	segments_of tls -otls zerocopy -ozerocopy=1
	segments_of md5 -omd5 urgent -u
	for family in 4 6; do
		tcp_check "kernel TLS, IPv$family" "tls$family"
		tcp_check "TCP, MSG_ZEROCOPY, IPv$family" "zerocopy$family"
		test_ok "TCP, MSG_ZEROCOPY, IPv$family: used" [ "${R[a.zerocopied]}" -gt 0 ]
		tcp_check "TCP with MD5 signatures, IPv$family" "md5$family"
		tcp_check "TCP, urgent data, IPv$family" "urgent$family" marks_wrong=0
		test_ok "TCP, urgent data, IPv$family: seen" [ "${R[a.marks]}" -gt 0 ]
	done
}

# --- single events ----------------------------------------------------------

# fast_open NAME FAMILY: a connection whose first data fill the SYN
fast_open()
{
	local args=(tcpstream "$1" "$2" $((port++)) -b 20000 -o fastopen=4 -o fastopen_connect=1)

	stream_listen "${args[@]}"
	busywait 5000 listens "${args[3]}" || return
	stream_connect "${args[@]}"
	stream_wait "$1"
	unset "STREAM_A[$1]"
}

answered()
{
	in_ns "$UE_A" ping -q -c 3 -i 0.2 "$@" > "$TMP/ping" 2>&1
}

# left_alone POINT PING_ARGS...: answered, and none of it is the session's
left_alone()
{
	local point=$1 before

	shift
	before=$(counter "$UE_A" tx_tagged)
	test_ok "$point is answered" answered "$@"
	test_eq "$point is left alone" "$(counter "$UE_A" tx_tagged)" "$before"
}

events()
{
	local state family

	set_files "$UE_A" /proc/sys/net/ipv4/tcp_fastopen=3
	set_files "$UE_B" /proc/sys/net/ipv4/tcp_fastopen=3 \
		/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts=0
	test_ok "fast open: a cookie, IPv4" fast_open cookie4 4
	test_ok "fast open: a cookie, IPv6" fast_open cookie6 6
	for state in direct bicast infra bicast direct; do
		switch_both "$state"
		sleep 0.5
		for family in 4 6; do
			fast_open "fastopen$family" "$family"
			tcp_check "fast open, $state, IPv$family" "fastopen$family" syn_data=true
		done
		left_alone "broadcast, $state" -b 10.77.0.255
		left_alone "multicast, $state, IPv4" -I direct0 224.0.0.1
		left_alone "multicast, $state, IPv6" ff02::1%direct0
	done
}

# --- congestion marks -------------------------------------------------------

# Whatever way a packet takes from A to B, the network marks it.
mark_congestion()
{
	in_ns "$UE_A" nft -f - <<- END
		table netdev congestion {
			chain out {
				type filter hook egress device direct0 priority 0;
				ip ecn ect0 ip ecn set ce
				ip6 ecn ect0 ip6 ecn set ce
			}
		}
	END
	in_ns "$NET" nft -f - <<- END
		table ip congestion {
			chain forward {
				type filter hook forward priority 0;
				oifname "to_b" ip ecn ect0 ip ecn set ce
			}
		}
	END
}

congestion()
{
	mark_congestion
	streams udpstream ecn "4 6" -r 50 -o tos="$TOS" -o recvtos=1
	walk "congestion"
	stop "${!STREAM_A[@]}"
	udp_check "congestion, IPv4" ecn4 ancillary_changed=0
	udp_check "congestion, IPv6" ecn6 ancillary_changed=0
	test_eq "congestion, IPv4: B is told" "$(result ecn4.b ancillary)" 0/1:bb
	test_eq "congestion, IPv6: B is told" "$(result ecn6.b ancillary)" 41/67:bb000000
	test_eq "no congestion, IPv4: A is told" "$(result ecn4.a ancillary)" 0/1:ba
	test_eq "no congestion, IPv6: A is told" "$(result ecn6.a ancillary)" 41/67:ba000000
}

# link_local_up UE ADDRESS PEER4 PEER6 PEER_LL PEER_KEY
link_local_up()
{
	ip -n "$1" addr add "$2/64" dev direct0 nodad
	in_ns "$1" "$SIDESTEP" set p2p0 peer "$3" peer "$4" peer "$5"
	in_ns "$1" wg set wg0 peer "$(wg pubkey < "$6")" allowed-ips "$3/32,$4/128,$5/128"
}

ktap_header
topo_up 2 25
session_up
link_local_up "$UE_A" fe80::a $B4 $B6 fe80::b "$TMP/wg_b"
link_local_up "$UE_B" fe80::b $A4 $A6 fe80::a "$TMP/wg_a"
[ $# -gt 0 ] || set -- datagrams pmtu segments events congestion
for part; do
	"$part"
done
ktap_plan "$KTAP_COUNT"
ktap_end
