#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every way that a link goes, and comes back: nothing is lost, doubled, reordered
# or sent again, new connections are made meanwhile, no connection is reset.
# Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok and run_case
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

# What README tells those whose direct device may go: its addresses and routes,
# once more.
fallback_add()
{
	ip -n "$1" -batch - <<- END
		addr add $2/32 dev p2p0
		route add 10.77.0.0/24 dev p2p0 metric 5000
		addr add $3/128 dev p2p0 nodad
		route add fd77::/64 dev p2p0 metric 5000
	END
}

# path_is NS PATH true|false
path_is()
{
	[ "$(path_stat "$1" "$2" ready)" = "$3" ]
}

# lost_at_once PATH NS...: long before the first probe would be missed
lost_at_once()
{
	local path=$1 ns

	shift
	for ns; do
		test_ok "$path: ${ns%-*} knows at once" busywait 150 path_is "$ns" "$path" false
	done
}

# connect_both NAME: TCP and UDP, to either end, with data both ways
NEXT_PORT=6000
connect_both()
{
	local family from to local_from local_to pid

	for family in 4 6; do
		for from in A B; do
			to=$(tr AB BA <<< $from)
			from_ns=UE_$from to_ns=UE_$to local_from=$from$family local_to=$to$family
			NEXT_PORT=$((NEXT_PORT + 1))
			ip netns exec "${!to_ns}" "$PROGS/tcpstream" -l -B "${!local_to}" \
				-p $NEXT_PORT -b 20000 > "$TMP/new.b" &
			pid=$!
			ip netns exec "${!from_ns}" "$PROGS/tcpstream" -c "${!local_to}" \
				-p $NEXT_PORT -b 20000 > "$TMP/new.a" &
			wait $! && wait $pid && stream_intact new || return
		done
	done
}

# IPv6 addresses go when their device is set down.
direct_down()
{
	ip -n "$1" link set direct0 down
}

direct_back()
{
	ip -n "$1" link set direct0 up
	ip -n "$1" addr add "$2/64" dev direct0 nodad
}

# journey_down STATE: A's direct device is set down, so that B's loses its carrier
journey_down()
{
	switch_both "$1" && dwell || return
	direct_down "$UE_A"
	lost_at_once direct "$UE_A" "$UE_B"
	dwell 0.5
	test_ok "$1, direct0 down: new connections" connect_both
	direct_back "$UE_A" $A6
	test_ok "$1, direct0 up: it is ready soon" busywait 1000 paths_ready "$UE_A"
	session_wait_ready
	go_home
}

ktap_header
topo_up 2 25
session_up
fallback_add "$UE_A" $A4 $A6
fallback_add "$UE_B" $B4 $B6
run_case "direct0 down in bicast" 4 journey_down bicast
run_case "direct0 down in infra" 4 journey_down infra
ktap_plan "$KTAP_COUNT"
ktap_end
