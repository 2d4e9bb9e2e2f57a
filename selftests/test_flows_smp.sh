#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Flows on two CPUs: one flow's figures are whole when both ends and both paths
# count at once; the table stands a storm of new flows while it is read.
# Topology: lib.sh.
#
# Guest: --smp 2
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/flows.sh
. "$here/flows.sh"

# As in kmod/flows.h.
TABLE=16384

# storm FROM TO_ADDRESS OWN_ADDRESS FIRST: 9,000 new flows
storm()
{
	ip netns exec "$1" "$PROGS/echo" -c "$2" -B "$3" -p $ECHO_PORT -x -s 20 \
		-q "$4" -N 9000 -r 2000 > "$TMP/storm-$1-$4"
}

few_flows()
{
	local i pids=()

	switch_both bicast || die "no bicast"
	full_traffic_start
	for i in 1 2; do
		ip netns exec "$UE_A" "$PROGS/echo" -c $B4 -B $A4 -p $ECHO_PORT \
			-q $((6000 + i)) -n 1000 -r 400 > "$TMP/echo-$i" &
		pids+=($!)
	done
	sleep 2
	busywait 10000 switch_both infra || test_fail "no infra"
	wait "${pids[@]}"
	full_traffic_check "while flows are counted"
	sleep 0.5
	sums_check
}

# read_while PID...: the table, again and again, at both ends
read_while()
{
	while kill -0 "$@" 2> /dev/null; do
		flows "$UE_A" > "$TMP/flows" || return
		flows "$UE_B" > "$TMP/flows" || return
		[ "$(grep -o '"proto"' "$TMP/flows" | wc -l)" -le "$TABLE" ] || return
		sleep 0.1
	done
}

storms()
{
	local first ns pids=()

	for first in 10000 20000; do
		storm "$UE_A" $B4 $A4 $first &
		pids+=($!)
		storm "$UE_B" $A6 $B6 $first &
		pids+=($!)
	done
	test_ok "the table can be read in a storm" read_while "${pids[@]}"
	wait "${pids[@]}"
	for ns in "$UE_A" "$UE_B"; do
		flows "$ns" > "$TMP/flows"
		test_eq "${ns%-*}: the table is full, and not more" \
			"$(grep -o '"proto"' "$TMP/flows" | wc -l)" $TABLE
		test_eq "${ns%-*}: no flow is there twice" \
			"$(tr '{' '\n' < "$TMP/flows" | grep -o '"proto":.*"remote_port":[0-9]*' | sort | uniq -d)" ""
		test_ok "${ns%-*}: evictions were counted" [ "$(counter "$ns" flows_evicted)" -gt 1000 ]
	done
}

# The table goes while packets come.
down()
{
	storm "$UE_A" $B4 $A4 10000 &
	sleep 1
	test_ok "the device goes down in a storm" ip -n "$UE_A" link set p2p0 down
	test_ok "and comes up" ip -n "$UE_A" link set p2p0 up
	wait $!
}

ktap_header
topo_up 2 25
session_up
server_up "$UE_B" $B4
server_up "$UE_A" $A6
few_flows
storms
down
ktap_plan "$KTAP_COUNT"
ktap_end
