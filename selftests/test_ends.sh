#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The two ends do not do the same, or do it at the same time; one of them starts
# anew, with and without a word. Topology: lib.sh.
#
# Guest: --icount
# Takes: 200
# shellcheck disable=SC2317 # called by test_ok and run_busy
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

# How long the two ends differ.
DIFFER=60

# switch_two STATE_A STATE_B: both at once; they must be where they are at last
switch_two()
{
	local one two

	in_ns "$UE_A" "$SIDESTEP" switch p2p0 "$1" &
	one=$!
	in_ns "$UE_B" "$SIDESTEP" switch p2p0 "$2" &
	two=$!
	wait "$one" && wait "$two"
}

journey_together()
{
	local state

	for state in bicast infra direct infra bicast direct; do
		switch_two "$state" "$state" &&
			busywait 5000 state_is "$UE_A" "$state" &&
			busywait 5000 state_is "$UE_B" "$state" || return
		dwell 300
	done
}

# Each wish is taken back before it is fulfilled.
journey_crosswise()
{
	local state

	for state in infra direct bicast; do
		switch_two "$state" direct && switch_two direct "$state" &&
			switch_two bicast infra && switch_two infra bicast || return
	done
	switch_both direct && dwell
}

# journey_differ STATE_A STATE_B SEEN_A SEEN_B: what each asks for, and what comes
# of it, for the peer's wish adds a path
journey_differ()
{
	switch_two "$1" "$2" &&
		busywait 5000 state_is "$UE_A" "$3" &&
		busywait 5000 state_is "$UE_B" "$4" || return
	dwell $((DIFFER * 1000))
	state_is "$UE_A" "$3" && state_is "$UE_B" "$4" &&
		switch_two direct direct &&
		busywait 5000 state_is "$UE_A" direct &&
		busywait 5000 state_is "$UE_B" direct && dwell
}

differ()
{
	UDP_RATE=20 TCP_RATE=1000
	run_busy "infra and direct" $DIFFER journey_differ infra direct infra bicast
	run_busy "bicast and infra" $DIFFER journey_differ bicast infra bicast bicast
	UDP_RATE=250 TCP_RATE=60000
}

# B hears of it first by the direct path, while packets that say otherwise are still
# in the tunnel.
journey_follow()
{
	local before

	switch_both infra && dwell || return
	before=$(counter "$UE_B" switches)
	in_ns "$UE_A" "$SIDESTEP" switch p2p0 bicast &&
		busywait 5000 state_is "$UE_B" bicast && dwell 300 || return
	test_eq "$CASE: B switched" "$(($(counter "$UE_B" switches) - before))" 1
	switch_both direct && dwell
}

# Nothing that B says arrives.
b_mute()
{
	set_netem "$UE_B" direct0 "$DIRECT_DELAY_MS" loss 100%
	set_netem "$NET" to_b "$INFRA_DELAY_MS" loss 100%
	set_netem "$NET" to_a "$INFRA_DELAY_MS" loss 100%
}

b_heard()
{
	path_netem direct
	path_netem infra
}

b_session_add()
{
	session_add "$UE_B" $A4 $A6 "$TMP/key_ba" "$TMP/key_ab"
	fallback_add "$UE_B" $B4 $B6
}

# restart_check POINT SECONDS: A goes on where it was; connections live
restart_check()
{
	local name

	test_ok "$1: A is in bicast again by itself" busywait 5000 state_is "$UE_A" bicast
	test_ok "$1: B sends so, too" busywait 5000 state_is "$UE_B" bicast
	dwell
	for name in udp4 udp6 tcp4 tcp6; do
		test_ok "$1: $name goes on" stream_stop $name
	done
	test_ok "$1: tcp4 is intact" stream_intact tcp4
	test_ok "$1: tcp6 is intact" stream_intact tcp6
	test_eq "$1: nobody saw a reset" "$(resets)" "$RESET"
}

# What is lost is what was on its way.
restart()
{
	local name

	switch_both bicast || test_fail "restart: switch"
	streams_start
	RESET=$(resets)
	ip -n "$UE_B" link del p2p0
	test_ok "restart: A leaves packets alone" busywait 1000 state_is "$UE_A" direct
	dwell 500
	b_session_add
	restart_check "restart"
	for name in udp4 udp6; do
		test_ok "restart: $name lost little" [ \
			"$(($(result $name.a lost) + $(result $name.b lost)))" -le 5 ]
	done
	switch_both direct || test_fail "restart: switch"
}

# A believes for a while that B knows it.
restart_mute()
{
	switch_both bicast || test_fail "restart without a word: switch"
	streams_start
	RESET=$(resets)
	b_mute
	ip -n "$UE_B" link del p2p0
	b_session_add
	b_heard
	restart_check "restart without a word"
	switch_both direct || test_fail "restart without a word: switch"
}

# The whole host is another; nothing of the old one is left.
reboot()
{
	switch_both bicast || test_fail "reboot: switch"
	b_mute
	ns_del "$UE_B"
	dwell
	ns_add "$UE_B"
	direct_up
	fallback_add "$UE_A" $A4 $A6 2> /dev/null
	modem_up "$UE_B" "$NAT_B" 192.168.20
	wg_up "$UE_B" "$TMP/wg_b" "$(wg pubkey < "$TMP/wg_a")" 198.51.100.2 "$A4/32,$A6/128"
	path_netem infra
	b_session_add
	session_wait_ready
	test_ok "reboot: A is in bicast again by itself" busywait 5000 state_is "$UE_A" bicast
	test_ok "reboot: new connections" connect_both
	run_busy "reboot" 3 journey_clean
}

ktap_header
topo_up 2 25
session_up
fallback_up
run_busy "both at once" 3 journey_together
run_busy "crosswise" 1 journey_crosswise
run_busy "one follows" 3 journey_follow
differ
restart
restart_mute
reboot
ktap_plan "$KTAP_COUNT"
ktap_end
