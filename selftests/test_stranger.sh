#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A stranger within reach of the direct link hears all that A sends there and
# sends what he likes to B: he does not stop, move or delay the session
# (docs/security.md). What each packet is counted as: test_wire.sh.
# Topology: lib.sh, but on the direct link there are three:
#
#   ue_a  direct0 ---- a [stranger's hub] b ---- direct0  ue_b
#
# Guest: --icount
# Takes: 120
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

STRANGER=stranger-$$
RATE=100
# Between two datagrams: their interval, the paths' difference, and the guest's
# own load.
GAP_MAX_US=60000
FLOOD=20000

hub_port()
{
	ip -n "$1" link del direct0 2> /dev/null
	ip link add direct0 netns "$1" type veth peer name "$2" netns "$STRANGER"
	ip -n "$STRANGER" link set dev "$2" master hub up
	ip -n "$1" -batch - <<- END
		addr add $3/24 dev direct0
		addr add $4/64 dev direct0 nodad
		link set direct0 up
	END
}

hub_up()
{
	modprobe -qa bridge
	ns_add "$STRANGER"
	defer ns_del "$STRANGER"
	ip -n "$STRANGER" link add hub up type bridge || die "no bridge"
	hub_port "$UE_A" a $A4 $A6
	hub_port "$UE_B" b $B4 $B6
	path_netem direct
}

stranger()
{
	in_ns "$STRANGER" "$PROGS/inject" "$@"
}

# What a stranger must not move.
stand()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		session_show "$ns" | "$PROGS/jget" 0.state 0.wanted 0.peer_wanted \
			0.paths.0.ready 0.paths.1.ready 0.counters.switches \
			0.counters.peer_epoch 0.counters.rx_skipped 0.counters.rx_late
	done | tr '\n' ' '
}

streams_start()
{
	udp_start udp4 4 5000 -r $RATE
	udp_start udp6 6 5001 -r $RATE
	tcp_start tcp4 4 5002 -R 20000
	sleep 0.5
}

gap_of()
{
	result "$1" longest_gap_us
}

streams_undisturbed()
{
	local name

	for name in udp4 udp6; do
		stream_clean $name $RATE &&
			[ "$(gap_of $name.a)" -lt $GAP_MAX_US ] &&
			[ "$(gap_of $name.b)" -lt $GAP_MAX_US ] || return
	done
	stream_intact tcp4 &&
		[ "$(result tcp4.a retransmits) $(result tcp4.b retransmits)" = "0 0" ]
}

# attack POINT COUNTER LEAST COMMAND...: while streams run; COUNTER of B moves by
# LEAST or more, so that it is known that the command did something
attack()
{
	local point=$1 counter=$2 least=$3 before moved name

	shift 3
	streams_start
	before=$(stand)
	moved=$(counter "$UE_B" "$counter")
	"$@" || test_fail "$point: the attack" "failed: $*"
	sleep 1
	moved=$(($(counter "$UE_B" "$counter") - moved))
	for name in udp4 udp6 tcp4; do
		stream_stop $name || diag "$name did not end as it should"
	done
	diag "$point: $counter +$moved, longest gaps $(gap_of udp4.a) $(gap_of udp4.b) us"
	test_ok "$point: B has seen it" [ $moved -ge "$least" ]
	test_eq "$point: nothing has moved" "$(stand)" "$before"
	if streams_undisturbed; then
		test_pass "$point: the streams are undisturbed"
	else
		for name in udp4 udp6 tcp4; do
			stream_report $name
		done
		test_fail "$point: the streams are undisturbed"
	fi
}

# Behind each packet of A's another one, for a while
shadow()
{
	local pid

	# Not in_ns: its process must be the program itself, to be told to stop.
	ip netns exec "$STRANGER" "$PROGS/inject" shadow b "$1" > "$TMP/shadow" &
	pid=$!
	sleep 2
	kill "$pid"
	wait "$pid"
	[ "$(cat "$TMP/shadow")" -gt "$(scaled 300)" ]
}

flood()
{
	stranger send b "$TMP/$1" "$2" "$FLOOD"
}

capture()
{
	stranger capture b "$1" "$2" "$TMP/$3" || die "nothing to capture"
}

# Records A's good-bye.
bye_record()
{
	stranger capture b 4 bye "$TMP/bye" &
	sleep 0.2
	ip -n "$UE_A" link set p2p0 down
	wait $!
	ip -n "$UE_A" link set p2p0 up
	session_wait_ready
	switch_both bicast
}

replays_of_old_epochs()
{
	stranger send b "$TMP/bye" replay 20 &&
		stranger send b "$TMP/request" replay 20 &&
		stranger send b "$TMP/answer" replay 20 &&
		stranger send b "$TMP/data4" replay 200 &&
		stranger send b "$TMP/data6" replay 200
}

# A's numbers go on by more than B's window has, and none of them comes.
numbers_advance()
{
	tc -n "$UE_A" qdisc add dev wg0 root netem loss 100%
	in_ns "$UE_A" "$PROGS/trains" "$B4" 9 1100
	tc -n "$UE_A" qdisc del dev wg0 root
	in_ns "$UE_A" ping -q -c 1 -w 5 "$B4" > /dev/null
}

# The station that a packet from the tunnel seems to come from.
station_seen()
{
	local pid

	in_ns "$UE_B" tcpdump -Z root -l -e -n -c 1 -i direct0 "icmp and src $A4" \
		> "$TMP/tcpdump" 2> "$TMP/tcpdump.log" &
	pid=$!
	busywait 20000 grep -q listening "$TMP/tcpdump.log"
	in_ns "$UE_A" ping -q -c 1 -w 5 "$B4" > /dev/null
	wait "$pid"
	cut -d ' ' -f 2 "$TMP/tcpdump"
}

ktap_header
topo_up 2 25
hub_up
session_up
switch_both bicast || die "no bicast"
streams_start
capture 4 data data4
capture 6 data data6
capture 4 request request
capture 4 answer answer
for name in udp4 udp6 tcp4; do
	stream_stop $name
done

attack "replays behind each packet" rx_repeated 200 shadow replay
attack "altered payload behind each packet" rx_repeated 200 shadow payload
attack "forged MAC behind each packet" rx_mac 300 shadow mac
attack "another wish behind each packet" rx_mac 300 shadow wants
attack "flood of forged packets" rx_mac $FLOOD flood data4 mac
attack "flood of replays" rx_repeated $FLOOD flood data6 replay
attack "flood of requests" probe_limited 100 flood request replay

before=$(counter "$UE_A" rx_mac)
stranger send -d "$(in_ns "$UE_A" cat /sys/class/net/direct0/address)" a "$TMP/data4" replay 20
test_ok "what A has sent, back to A: it is forged" \
	busywait 2000 counter_is "$UE_A" rx_mac $((before + 20))

switch_both infra || die "no infra"
test_eq "packets from the tunnel seem to come from A's station" "$(station_seen)" \
	"$(in_ns "$UE_A" cat /sys/class/net/direct0/address)"
attack "in infra: replays behind each probe, flood of replays" rx_repeated $FLOOD flood data4 replay
test_ok "an old number: A has gone on" numbers_advance
before=$(stand)
stranger send b "$TMP/data4" replay 50
test_ok "an old number: rx_old counts it" busywait 2000 counter_is "$UE_B" rx_old 50
test_eq "an old number: nothing has moved" "$(stand)" "$before"

test_ok "A says good-bye and comes back" bye_record
test_ok "both begin anew" session_restart bicast
attack "replays from old epochs" rx_mac 400 replays_of_old_epochs
test_ok "the session switches" switch_both direct
ktap_plan "$KTAP_COUNT"
ktap_end
