#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is too big for a tagged packet still arrives: UDP of all sizes, ping and
# bulk TCP in every state and over every switch. Topology: lib.sh.
#
# Guest: --icount
# Takes: 120
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# Around what fits the tunnel's MTU and the direct device's, and far above.
SIZES=(1300 1376 1377 1404 1405 1472 4000 9000 65000)
BYTES_PER_SECOND=20000
# Each way and family; half of what the guest can encrypt.
BULK_RATE=300000

# rate_of SIZE: big datagrams come less often, 1/s at least
rate_of()
{
	local rate=$((BYTES_PER_SECOND / $1))

	echo $((rate > 1 ? rate : 1))
}

streams_start()
{
	local size port=5100

	for size in "${SIZES[@]}"; do
		udp_start "udp4-$size" 4 $((port++)) -r "$(rate_of "$size")" -s "$size"
		udp_start "udp6-$size" 6 $((port++)) -r "$(rate_of "$size")" -s "$size"
	done
}

pings_start()
{
	ip netns exec "$UE_A" ping -i 0.2 -s 3000 $B4 > "$TMP/ping4" &
	PING4=$!
	ip netns exec "$UE_A" ping -i 0.2 -s 3000 $B6 > "$TMP/ping6" &
	PING6=$!
}

# ping_check POINT FILE PID: each echo once, in order, and all but one that may
# be on its way when ping is stopped
ping_check()
{
	local sent echoes

	kill -INT "$3"
	wait "$3"
	sent=$(sed -n 's/ packets transmitted.*//p' "$2")
	echoes=$(sed -n 's/.*icmp_seq=\([0-9]*\) .*/\1/p' "$2")
	if [ "${sent:-0}" -gt 5 ] && ! grep -q wrong "$2" &&
		{ [ "$echoes" = "$(seq $((sent - 1)))" ] || [ "$echoes" = "$(seq "$sent")" ]; }; then
		test_pass "$1"
	else
		test_fail "$1" "$(tail -n 3 "$2" | tr '\n' ' ')"
	fi
}

# stream_check POINT STREAM
stream_check()
{
	if stream_stop "$2" && stream_clean "$2" 5; then
		test_pass "$1"
	else
		stream_report "$2"
		test_fail "$1" "not all came, once and in order"
	fi
}

# journey DWELL STATE...
journey()
{
	local dwell=$1 state

	shift
	for state; do
		switch_both "$state" || return
		sleep "$dwell"
	done
}

datagrams()
{
	local size

	streams_start
	pings_start
	sleep 1
	test_ok "switches among datagrams of all sizes" \
		journey 1 bicast infra bicast direct infra direct
	# The answer to the last echo is still on its way.
	sleep 0.2
	ping_check "ping -s 3000, IPv4" "$TMP/ping4" "$PING4"
	ping_check "ping -s 3000, IPv6" "$TMP/ping6" "$PING6"
	for size in "${SIZES[@]}"; do
		stream_check "UDP $size, IPv4" "udp4-$size"
		stream_check "UDP $size, IPv6" "udp6-$size"
	done
}

# bulk_check POINT STREAM
bulk_check()
{
	local resent

	test_ok "$1: it ends" stream_stop "$2"
	test_ok "$1: it is intact" stream_intact "$2"
	resent="$(result "$2.a" retransmits) $(result "$2.b" retransmits)"
	[ "$resent" = "0 0" ] || stream_report "$2"
	test_eq "$1: nothing was sent again" "$resent" "0 0"
}

bulk_start()
{
	tcp_start "$1"4 4 "$2" -R $BULK_RATE
	tcp_start "$1"6 6 $(($2 + 1)) -R $BULK_RATE
	sleep 1
}

# Trains of big segments are under way at every switch.
bulk()
{
	bulk_start tcp 5200
	test_ok "switches under bulk TCP" \
		journey 1.5 bicast infra bicast direct
	bulk_check "bulk TCP, IPv4" tcp4
	bulk_check "bulk TCP, IPv6" tcp6
	bulk_start straight 5202
	test_ok "straight switches under bulk TCP" journey 1 infra direct
	bulk_check "bulk TCP, straight, IPv4" straight4
	bulk_check "bulk TCP, straight, IPv6" straight6
}

ktap_header
topo_up 2 25
session_up
datagrams
bulk
ktap_plan "$KTAP_COUNT"
ktap_end
