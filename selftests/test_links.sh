#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every way that a link goes, and comes back: nothing is lost, doubled, reordered
# or sent again, new connections are made meanwhile, none is reset. Topology:
# lib.sh.
#
# Guest: --icount
# Takes: 250
# shellcheck disable=SC2317 # called by test_ok and run_busy
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

# path_is NS PATH true|false
path_is()
{
	[ "$(path_stat "$1" "$2" ready)" = "$3" ]
}

# lost_at_once POINT PATH NS...: long before a probe would be missed
lost_at_once()
{
	local point=$1 path=$2 ns

	shift 2
	for ns; do
		test_ok "$point: ${ns%-*} knows at once" busywait 150 path_is "$ns" "$path" false
	done
}

# path_back POINT PATH NS: it is found again, the address being there or not
path_back()
{
	test_ok "$1: it is found again soon" busywait 2000 path_is "$3" "$2" true
}

# IPv6 addresses go when their device is set down.
direct_back()
{
	ip -n "$UE_A" link set direct0 up
	ip -n "$UE_A" addr add "$A6/64" dev direct0 nodad
}

# journey_down STATE: A's direct device is set down, so that B's has no carrier
journey_down()
{
	switch_both "$1" && dwell || return
	ip -n "$UE_A" link set direct0 down
	lost_at_once "direct0 down in $1" direct "$UE_A" "$UE_B"
	dwell 500
	test_ok "direct0 down in $1: new connections" connect_both
	direct_back
	path_back "direct0 down in $1" direct "$UE_A"
	session_wait_ready
	go_home
}

# journey_deleted STATE: and comes back under the same name, at first without an
# address
journey_deleted()
{
	switch_both "$1" && dwell || return
	ip -n "$UE_A" link del direct0
	lost_at_once "direct0 deleted in $1" direct "$UE_A" "$UE_B"
	dwell 500
	test_ok "direct0 deleted in $1: new connections" connect_both
	ip link add direct0 netns "$UE_A" type veth peer name direct0 netns "$UE_B"
	ip -n "$UE_A" link set direct0 up
	ip -n "$UE_B" link set direct0 up
	dwell 2000
	ip -n "$UE_A" link del direct0
	dwell 500
	direct_up
	path_back "direct0 deleted in $1" direct "$UE_A"
	session_wait_ready
	go_home
}

tunnel_back()
{
	wg_up "$UE_A" "$TMP/wg_a" "$(wg pubkey < "$TMP/wg_b")" 203.0.113.2 "$B4/32,$B6/128"
}

# journey_tunnel STATE: A's tunnel device is set down, and deleted
journey_tunnel()
{
	switch_both bicast && dwell || return
	ip -n "$UE_A" link set wg0 down
	lost_at_once "wg0 down" infra "$UE_A"
	dwell 2000
	ip -n "$UE_A" link set wg0 up
	path_back "wg0 down" infra "$UE_A"
	ip -n "$UE_A" link del wg0
	lost_at_once "wg0 deleted" infra "$UE_A"
	dwell 2000
	tunnel_back
	path_back "wg0 deleted" infra "$UE_A"
	session_wait_ready
	switch_both infra && dwell && go_home
}

# The device under A's tunnel loses its carrier, is set down, and deleted.
journey_modem()
{
	switch_both bicast && dwell || return
	ip -n "$NAT_A" link set lan down
	dwell 2000
	test_ok "modem0 without carrier: the tunnel is not ready" path_is "$UE_A" infra false
	ip -n "$NAT_A" link set lan up
	path_back "modem0 without carrier" infra "$UE_A"
	ip -n "$UE_A" link set modem0 down
	dwell 2000
	test_ok "modem0 down: the tunnel is not ready" path_is "$UE_A" infra false
	ip -n "$UE_A" link set modem0 up
	ip -n "$UE_A" route add default via 192.168.10.1
	path_back "modem0 down" infra "$UE_A"
	ip -n "$UE_A" link del modem0
	dwell 2000
	test_ok "modem0 deleted: the tunnel is not ready" path_is "$UE_A" infra false
	modem_up "$UE_A" "$NAT_A" 192.168.10
	path_back "modem0 deleted" infra "$UE_A"
	session_wait_ready
	switch_both infra && dwell && go_home
}

# One direction of a path eats all.
journey_one_way()
{
	switch_both bicast && dwell || return
	set_netem "$UE_A" direct0 "$DIRECT_DELAY_MS" loss 100%
	dwell 2000
	switch_both infra && dwell || return
	path_netem direct
	session_wait_ready
	switch_both bicast && dwell || return
	set_netem "$NET" to_a "$INFRA_DELAY_MS" loss 100%
	dwell 2000
	path_netem infra
	session_wait_ready
	switch_both direct && dwell
}

# Sockets bound to the direct device hear while it is down; the kernel gives them
# no route to speak by until it is up again.
bound()
{
	local reset

	switch_both bicast || test_fail "bound: switch"
	tcp_start bound_tcp4 4 5010 -R $TCP_RATE -o device=direct0
	tcp_start bound_tcp6 6 5011 -R $TCP_RATE -o device=direct0
	udp_start bound_udp4 4 5012 -r 50 -o device=direct0
	udp_start bound_udp6 6 5013 -r 50 -o device=direct0
	dwell
	reset=$(resets)
	ip -n "$UE_A" link set direct0 down
	dwell 2000
	direct_back
	session_wait_ready
	dwell
	for name in bound_tcp4 bound_tcp6 bound_udp4 bound_udp6; do
		test_ok "bound: $name goes on" stream_stop $name
	done
	for name in bound_tcp4 bound_tcp6; do
		test_ok "bound: $name is intact" stream_intact $name
	done
	for name in bound_udp4 bound_udp6; do
		test_eq "bound: $name heard all" "$(result $name.b send_errors)$(result $name.a lost)" 00
		test_ok "bound: $name could not speak" [ "$(result $name.a send_errors)" -gt "$(scaled 50)" ]
	done
	test_eq "bound: nobody saw a reset" "$(resets)" "$reset"
	switch_both direct || test_fail "bound: switch"
}

# A socket bound to a device that is gone is lost; its peer may wait for ever, but
# is not told that the connection is no more.
bound_gone()
{
	local reset

	switch_both infra || test_fail "bound, deleted: switch"
	tcp_start bound_tcp4 4 5020 -R $TCP_RATE -o device=direct0
	tcp_start bound_tcp6 6 5021 -R $TCP_RATE -o device=direct0
	dwell
	reset=$(resets)
	ip -n "$UE_A" link del direct0
	dwell 3000
	test_eq "bound, deleted: nobody saw a reset" "$(resets)" "$reset"
	test_ok "bound, deleted: it is counted" [ "$(counter "$UE_A" rx_bound)" -gt 0 ]
	kill -KILL "${STREAM_A[bound_tcp4]}" "${STREAM_B[bound_tcp4]}" \
		"${STREAM_A[bound_tcp6]}" "${STREAM_B[bound_tcp6]}"
	wait "${STREAM_A[bound_tcp4]}" "${STREAM_B[bound_tcp4]}" \
		"${STREAM_A[bound_tcp6]}" "${STREAM_B[bound_tcp6]}" 2> /dev/null
}

# tagged6: packets that are tagged when IPv6 has 3 echos
tagged6()
{
	local before

	before=$(counter "$UE_A" tx_tagged)
	in_ns "$UE_A" ping -q -c 3 -i 0.2 -W 1 $B6 > "$TMP/ping6" || return
	echo $(($(counter "$UE_A" tx_tagged) - before))
}

# Where the session device has no IPv6, packets are left alone.
ipv6()
{
	switch_both bicast || test_fail "IPv6: switch"
	test_eq "IPv6 is steered" "$(tagged6)" 3
	set_files "$UE_A" /proc/sys/net/ipv6/conf/p2p0/disable_ipv6=1
	test_eq "IPv6 is disabled: it is left alone" "$(tagged6)" 0
	set_files "$UE_A" /proc/sys/net/ipv6/conf/p2p0/disable_ipv6=0
	test_eq "IPv6 is enabled: it is steered" "$(tagged6)" 3
	ip -n "$UE_A" link set p2p0 mtu 1200
	test_eq "no MTU for IPv6: it is left alone" "$(tagged6)" 0
	ip -n "$UE_A" link set p2p0 mtu 1300
	test_eq "an MTU for IPv6: it is steered" "$(tagged6)" 3
	switch_both direct || test_fail "IPv6: switch"
}

ktap_header
topo_up 2 25
session_up
ipv6
fallback_up
run_busy "direct0 down in bicast" 3 journey_down bicast
run_busy "direct0 down in infra" 3 journey_down infra
run_busy "direct0 deleted in bicast" 3 journey_deleted bicast
run_busy "direct0 deleted in infra" 3 journey_deleted infra
run_busy "tunnel" 4 journey_tunnel
run_busy "modem" 4 journey_modem
run_busy "one way" 4 journey_one_way
bound
bound_gone
ktap_plan "$KTAP_COUNT"
ktap_end
