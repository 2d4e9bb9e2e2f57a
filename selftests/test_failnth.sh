#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whatever is asked of the module, each of the kernel's allocations on the way
# fails in its turn: who is refused is told why and nothing has changed, who is not
# has it all, and the session works. Topology: lib.sh.
#
# Guest: --icount
# Kernel: debug
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# By number, as in the uapi header.
A_ID=3 A_PEER=4 A_TX_KEY=5 A_RX_KEY=6 A_DIRECT=7 A_INFRA=8
DIRECT=0 BICAST=1 INFRA=2

hex()
{
	od -An -v -tx1 | tr -d ' \n'
}

# Also for allocations that may wait, and of whole pages.
faults_allowed()
{
	echo N > /sys/kernel/debug/failslab/ignore-gfp-wait
	echo N > /sys/kernel/debug/fail_page_alloc/ignore-gfp-wait
	echo 0 > /sys/kernel/debug/fail_page_alloc/min-order
	echo 0 | tee /sys/kernel/debug/fail{slab,_page_alloc}/verbose > /dev/null
}

# fails POINT LEAST [-l N] DEVICE OPERATION [UNDO...]: at A; it is refused LEAST
# times, or more
fails()
{
	local point=$1 least=$2 refused

	shift 2
	if in_ns "$UE_A" "$PROGS/failnth" "$@" > "$TMP/failnth" 2> "$TMP/failnth.err"; then
		refused=$(tail -n 1 "$TMP/failnth" | "$PROGS/jget" refused)
		diag "$point: $(tail -n 1 "$TMP/failnth")"
		test_ok "$point" [ "$refused" -ge "$least" ]
	else
		cat "$TMP/failnth"
		test_fail "$point" "$(< "$TMP/failnth.err")"
	fi
}

# settings ID: all that a session must be told, for failnth
settings()
{
	printf '%s' "set:$A_ID=$(printf '%02x00' "$1"),$A_PEER=0a4d0002," \
		"$A_PEER=fd770000000000000000000000000002," \
		"$A_TX_KEY=$(base64 -d < "$TMP/key_ab" | hex)," \
		"$A_RX_KEY=$(base64 -d < "$TMP/key_ba" | hex)," \
		"$A_DIRECT=$(printf 'direct0\0' | hex),$A_INFRA=$(printf 'wg0\0' | hex)"
}

setup()
{
	local first another

	first=$(settings $SESSION_ID) another=$(settings 9)
	fails "ip link add" 20 p2p0 add del
	fails "the first set" 2 p2p0 "$first" del add
	fails "ip link set up, with an IPv6 address of its own to come" 4 p2p0 up down
	fails "a set while it is up" 2 p2p0 "$another" "$first"
	fails "a set back" 2 p2p0 "$first" "$another"
}

operation()
{
	fails "get" 2 p2p0 get
	fails "dump" 2 p2p0 dump
	fails "switch to bicast" 3 p2p0 switch:$BICAST switch:$DIRECT rest
	fails "switch to infra" 1 p2p0 switch:$INFRA switch:$BICAST
	udp_start udp4 4 5000 -r 100
	sleep 1
	stream_stop udp4
	fails "dump of flows" 2 p2p0 flows
	fails "the direct device goes down" 1 direct0 down up
	ip -n "$UE_A" link set direct0 up
	ip -n "$UE_A" addr add "$A6/64" dev direct0 nodad
	session_wait_ready
	fails "switch home" 1 p2p0 switch:$DIRECT switch:$INFRA
}

# bicast_again: A has its session back
bicast_again()
{
	session_wait_ready
	switch_both bicast || test_fail "switch before the end"
}

teardown()
{
	local first

	first=$(settings $SESSION_ID)
	bicast_again
	fails "ip link set down, in bicast" 1 p2p0 down up rest switch:$BICAST
	ip -n "$UE_A" link set p2p0 up
	bicast_again
	fails "ip link del, in bicast" 1 p2p0 del add "$first" up rest switch:$BICAST
	session_add "$UE_A" $B4 $B6 "$TMP/key_ab" "$TMP/key_ba"
	fails "rmmod, with a session that is up" 0 p2p0 \
		unload "load:$SIDESTEP_KO" add "$first" up
	# Before the module's own come those of what the kernel makes for any module.
	fails "insmod" 5 -l 120 p2p0 "load:$SIDESTEP_KO" unload
}

# There and back with traffic: nothing is lost, nothing comes twice.
works()
{
	session_wait_ready
	udp_start udp4 4 5000 -r 100
	udp_start udp6 6 5001 -r 100
	tcp_start tcp4 4 5002 -R 50000
	sleep 1
	switch_both bicast && sleep 1 && switch_both infra && sleep 1 &&
		switch_both bicast && sleep 0.5 && switch_both direct && sleep 0.5
	test_eq "$1: switches" $? 0
	stream_stop udp4 && stream_stop udp6 && stream_stop tcp4
	test_ok "$1: IPv4" stream_clean udp4 200
	test_ok "$1: IPv6" stream_clean udp6 200
	test_ok "$1: TCP" stream_intact tcp4
}

ktap_header
[ -e /sys/kernel/debug/failslab ] ||
	ktap_skip_all "allocations fail" "the kernel has no FAILSLAB"
topo_up 2 25
new_key key_ab
new_key key_ba
module_load || die "cannot load $SIDESTEP_KO"
faults_allowed
setup
session_add "$UE_B" $A4 $A6 "$TMP/key_ba" "$TMP/key_ab"
session_wait_ready
# So that there is somebody to tell.
ip netns exec "$UE_A" "$SIDESTEP" watch > "$TMP/watch" &
watch=$!
operation
test_ok "who watches goes on" kill -0 $watch
test_ok "and has seen the switches" grep -q "infra, wanted infra" "$TMP/watch"
works "after set-up"
kill $watch
teardown
session_up
works "after tear-down"
ktap_plan "$KTAP_COUNT"
ktap_end
