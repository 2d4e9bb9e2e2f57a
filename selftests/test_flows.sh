#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "sidestep flows": all flows are there, with what the programs sent and got on
# each path; memory has a bound, and a switch costs the same with many flows.
# Topology: lib.sh.
#
# Guest: --icount
# Takes: 100
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/flows.sh
. "$here/flows.sh"

# As in kmod/flows.h.
TABLE=16384
# IP and UDP or ICMP header, and the tag.
HEAD4=$((28 + 16)) HEAD6=$((48 + 16))

# flow NS KEY=VALUE FIELD...: of the first flow with KEY=VALUE, in one line
flow()
{
	local ns=$1 which=$2 field paths=()

	shift 2
	for field; do
		paths+=("$which.${field/#@/paths.path=}")
	done
	flows "$ns" | "$PROGS/jget" "${paths[@]}" | xargs
}

# On both paths: sent and first received, packets and bytes; then later copies.
FIGURES=(@direct.tx_packets @direct.tx_bytes @infra.tx_packets @infra.tx_bytes
	@direct.rx_packets @direct.rx_bytes @infra.rx_packets @infra.rx_bytes
	eliminated)

# flow_is POINT NS KEY=VALUE FIGURE...
flow_is()
{
	test_eq "$1" "$(flow "$2" "$3" "${FIGURES[@]}")" "${*:4}"
}

# Programs' figures: 20 datagrams of 100 bytes and their echoes.
figures()
{
	local b4=$((20 * (100 + HEAD4))) b6=$((20 * (100 + HEAD6))) got

	test_ok "echoes in direct" talk 4 -q 6000 -n 20
	switch_both infra || die "no infra"
	test_ok "echoes in infra, IPv4" talk 4 -q 6001 -n 20
	test_ok "echoes in infra, IPv6" talk 6 -q 6002 -n 20
	flow_is "infra, IPv4, at A" "$UE_A" local_port=6001 0 0 20 $b4 0 0 20 $b4 0
	flow_is "infra, IPv4, at B" "$UE_B" remote_port=6001 0 0 20 $b4 0 0 20 $b4 0
	flow_is "infra, IPv6, at A" "$UE_A" local_port=6002 0 0 20 $b6 0 0 20 $b6 0
	flow_is "infra, IPv6, at B" "$UE_B" remote_port=6002 0 0 20 $b6 0 0 20 $b6 0
	test_eq "nothing of state direct" "$(flows "$UE_A" | grep -c '"local_port":6000')" 0
	switch_both bicast || die "no bicast"
	test_ok "echoes in bicast" talk 4 -q 6003 -n 20
	# The later copies come last.
	sleep 0.2
	flow_is "bicast, at A: the direct path is faster" "$UE_A" local_port=6003 \
		20 $b4 20 $b4 20 $b4 0 0 20
	flow_is "bicast, at B: the direct path is faster" "$UE_B" remote_port=6003 \
		20 $b4 20 $b4 20 $b4 0 0 20
	in_ns "$UE_A" ping -q -i 0.05 -c 5 -e 4711 $B4 > "$TMP/ping"
	sleep 0.2
	got=$((5 * (84 + 16)))
	flow_is "ping" "$UE_A" proto=1 5 $got 5 $got 5 $got 0 0 5
	test_eq "ping: its id" "$(flow "$UE_A" proto=1 local_port remote_port)" "4711 0"
}

# Both families, trains of segments, and what is fragmented.
sums()
{
	tcp_start tcp4 4 5002 -R 200000
	tcp_start tcp6 6 5003 -R 200000
	sleep 1
	test_ok "fragments" talk 4 -q 6004 -n 5 -s 4000
	test_ok "fragments, IPv6" talk 6 -q 6005 -n 5 -s 4000
	stream_stop tcp4 || test_fail "TCP ends"
	stream_stop tcp6 || test_fail "TCP ends, IPv6"
	sleep 0.3
	sums_check
	test_eq "a datagram's fragments are one flow" \
		"$(flow "$UE_A" local_port=6004 @infra.tx_packets)" 15
	test_eq "a datagram's fragments are one flow, IPv6" \
		"$(flow "$UE_A" local_port=6005 @infra.tx_packets)" 15
}

# The inode of the program's socket, by what the kernel says of its files.
inode_of()
{
	readlink "/proc/$1/fd/"* | sed -n 's/^socket:\[\(.*\)\]$/\1/p' | head -n 1
}

sockets()
{
	talk setpriv --reuid=1234 --regid=100 --clear-groups 4 -q 6006 -m 0 &&
		test_eq "uid" "$(flow "$UE_A" local_port=6006 uid)" 1234
	server_up "$UE_A" $A4 -m 77
	in_ns "$UE_B" "$PROGS/echo" -c $A4 -B $B4 -q 6008 -p $ECHO_PORT > "$TMP/talk"
	test_eq "uid, mark and inode of one who answers" \
		"$(flow "$UE_A" remote_port=6008 uid socket_mark inode)" \
		"0 77 $(inode_of "$SERVER")"
}

# local_ports: of the flows in $TMP/flows, once for each
local_ports()
{
	grep -o '"local_port":[0-9]*' "$TMP/flows" | cut -d: -f 2 | sort -n
}

# all_there POINT FIRST LAST: each port once
all_there()
{
	local found

	found=$(local_ports | awk -v a="$2" -v b="$3" '$1 >= a && $1 <= b')
	if [ "$found" = "$(seq "$2" "$3")" ]; then
		test_pass "$1"
	else
		test_fail "$1" "$(wc -l <<< "$found") ports, not $(($3 - $2 + 1))"
	fi
}

# many FIRST COUNT: flows of one datagram each, without an answer
many()
{
	talk 4 -x -q "$1" -N "$2" -s 20 -r 2500
}

evicted()
{
	counter "$UE_A" flows_evicted
}

many_flows()
{
	local before came pid

	came=$(path_stat "$UE_B" infra rx_packets)
	before=$(flows "$UE_A" | grep -o '"proto"' | wc -l)
	test_ok "10,000 flows" many 10000 10000
	flows "$UE_A" > "$TMP/flows"
	all_there "all are listed" 10000 19999
	test_eq "and no more" "$(grep -o '"proto"' "$TMP/flows" | wc -l)" $((before + 10000))
	test_eq "each has sent one" \
		"$(grep -o '"path":"infra","tx_packets":1,"tx_bytes":64,' "$TMP/flows" | wc -l)" 10000
	test_eq "in the table too" \
		"$(in_ns "$UE_A" "$SIDESTEP" flows p2p0 | wc -l)" $((before + 10001))
	# The tunnel may lose some.
	came=$(($(path_stat "$UE_B" infra rx_packets) - came))
	test_ok "nearly all came to B" [ $came -gt 9000 ]
	test_eq "and B has those" \
		"$(flows "$UE_B" | grep -o '"path":"infra","tx_packets":0,"tx_bytes":0,"rx_packets":1,' | wc -l)" $came
	many 20000 3000 &
	pid=$!
	flows "$UE_A" > "$TMP/flows"
	all_there "all are listed while others come" 10000 19999
	wait $pid
	test_eq "none was evicted" "$(evicted)" 0
}

# More than fit. A stream goes on meanwhile.
too_many()
{
	local listed first

	udp_start busy 4 5004 -r 5
	sleep 0.5
	test_ok "9,000 more" many 23000 9000
	flows "$UE_A" > "$TMP/flows"
	listed=$(grep -o '"proto"' "$TMP/flows" | wc -l)
	test_eq "the table is full, and not more" "$listed" $TABLE
	test_ok "and what went was counted" [ "$(evicted)" -gt $((22000 - TABLE)) ]
	all_there "the new ones are there" 23000 31999
	all_there "those before them too" 20000 22999
	first=$(local_ports | awk '$1 >= 10000' | head -n 1)
	test_ok "the oldest have gone" [ "$first" -gt $((10000 + 22000 - TABLE)) ]
	all_there "all younger ones are left" "$first" 19999
	test_ok "one that is in use is there" grep -q '"remote_port":5004' "$TMP/flows"
	stream_stop busy || test_fail "the stream ends"
}

at_home()
{
	state_is "$UE_A" direct && state_is "$UE_B" direct
}

# switch_time FLOWS: the median of five, nanoseconds
switch_time()
{
	local i

	for i in 1 2 3 4 5; do
		in_ns "$UE_A" "$PROGS/switchtime" p2p0 $B4 "$1"
		busywait 5000 at_home || die "no way home"
	done | sort -n | sed -n 3p
}

switches()
{
	local one all

	switch_both direct || die "no direct"
	busywait 5000 at_home || die "no way home"
	all=$(switch_time 10000)
	# An empty table, and one socket.
	ip -n "$UE_A" link set p2p0 down
	ip -n "$UE_A" link set p2p0 up
	session_wait_ready
	test_eq "a device that was down has no flows" "$(flows "$UE_A")" "[]"
	one=$(switch_time 1)
	diag "a switch: $one ns with 1 flow, $all ns with 10,000 and a full table"
	test_ok "a switch costs the same" [ "$all" -le $((one + one / 10)) ]
}

# refused POINT TEXT COMMAND...
refused()
{
	local text

	if ! text=$(in_ns "$UE_A" "${@:3}" 2>&1) && [[ $text == *"$2"* ]]; then
		test_pass "$1"
	else
		test_fail "$1" "the text is '$text', without '$2'"
	fi
}

ktap_header
topo_up 2 25
session_up
server_up "$UE_B" $B4
server_up "$UE_B" $B6
figures
sums
sockets
switch_both infra || die "no infra"
many_flows
too_many
switches
refused "flows without CAP_NET_ADMIN" "not permitted" \
	setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$SIDESTEP" flows p2p0
refused "flows of an unknown device" "no such device" "$SIDESTEP" flows nope
refused "flows of a device of another kind" "not a sidestep device" "$SIDESTEP" flows wg0
ktap_plan "$KTAP_COUNT"
ktap_end
