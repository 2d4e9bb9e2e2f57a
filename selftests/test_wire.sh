#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a stranger on the direct link can send to B in A's name: each packet is
# counted by name, moves no state, and the streams do not notice.
# Topology: lib.sh.
#
# Guest: --icount
# Takes: 120
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

COUNT=20

# Counters that ordinary traffic does not move while A sends on infra only.
counters_now()
{
	session_show "$UE_B" | "$PROGS/jget" -l 0.counters |
		grep -E '^(rx_|probe_|peer_|switches)' | grep -vE '^rx_(delivered|held) '
}

counters_changed()
{
	counters_now > "$TMP/after"
	join "$TMP/before" "$TMP/after" | awk '$2 != $3 { print $1 "+" $3 - $2 }' | tr '\n' ' '
}

changed_is()
{
	[ "$(counters_changed)" = "$1" ]
}

# send_check POINT EXPECTED ARGS...: B counts EXPECTED and nothing else
send_check()
{
	local point=$1 expected=$2

	shift 2
	counters_now > "$TMP/before"
	in_ns "$UE_A" "$PROGS/inject" send "$@" || { test_fail "$point" "not sent"; return; }
	busywait 2000 changed_is "$expected"
	# What comes too much comes late.
	sleep 0.1
	test_eq "$point" "$(counters_changed)" "$expected"
}

# capture FAMILY data|request|answer FILE
capture()
{
	in_ns "$UE_A" "$PROGS/inject" capture direct0 "$1" "$2" "$TMP/$3" ||
		die "nothing to capture"
}

# faults_check NAME FILE: every fault of one packet
faults_check()
{
	send_check "$1: replayed" "rx_eliminated+$COUNT rx_repeated+$COUNT " direct0 "$2" replay $COUNT
	send_check "$1: forged MAC" "rx_mac+$COUNT " direct0 "$2" mac $COUNT
	send_check "$1: far future" "rx_mac+$COUNT " direct0 "$2" future $COUNT
	send_check "$1: another wish" "rx_mac+$COUNT " direct0 "$2" wants $COUNT
	send_check "$1: another next header" "rx_mac+$COUNT " direct0 "$2" next $COUNT
	send_check "$1: another length" "rx_mac+$COUNT " direct0 "$2" truncated $COUNT
	send_check "$1: too short" "rx_short+$COUNT " direct0 "$2" short $COUNT
	send_check "$1: another version" "rx_version+$COUNT " direct0 "$2" version $COUNT
	send_check "$1: another session" "rx_session+$COUNT " direct0 "$2" session $COUNT
	send_check "$1: not linear, replayed" "rx_eliminated+$COUNT rx_repeated+$COUNT " -r direct0 "$2" replay $COUNT
	send_check "$1: not linear, forged MAC" "rx_mac+$COUNT " -r direct0 "$2" mac $COUNT
	send_check "$1: not linear, too short" "rx_short+$COUNT " -r direct0 "$2" short $COUNT
	send_check "$1: not linear, another length" "rx_mac+$COUNT " -r direct0 "$2" truncated $COUNT
}

# A packet cut in two: its tag does not hold for its first part, and what the
# last part begins with is no tag.
fragments_check()
{
	local dropped

	counters_now > "$TMP/before"
	in_ns "$UE_A" "$PROGS/inject" send direct0 "$TMP/data4" first-fragment $COUNT
	in_ns "$UE_A" "$PROGS/inject" send direct0 "$TMP/data4" last-fragment $COUNT
	sleep 0.5
	dropped=$(join "$TMP/before" <(counters_now) |
		awk '$1 ~ /^rx_(mac|version|session|short)$/ { n += $3 - $2 } END { print n + 0 }')
	test_eq "fragments of a tagged packet are dropped by name" "$dropped" $((2 * COUNT))
}

device_check()
{
	local mac

	mac=$(in_ns "$UE_B" cat /sys/class/net/modem0/address)
	counters_now > "$TMP/before"
	in_ns "$NAT_B" "$PROGS/inject" send -d "$mac" lan "$TMP/data4" replay $COUNT
	busywait 2000 changed_is "rx_device+$COUNT "
	test_eq "on a device that is no path" "$(counters_changed)" "rx_device+$COUNT "
}

probe_faults_check()
{
	send_check "$1: forged MAC" "rx_mac+$COUNT " direct0 "$2" mac $COUNT
	send_check "$1: another length" "rx_short+$COUNT " direct0 "$2" truncated $COUNT
	send_check "$1: too short" "rx_short+$COUNT " direct0 "$2" short $COUNT
	send_check "$1: not linear, forged MAC" "rx_mac+$COUNT " -r direct0 "$2" mac $COUNT
}

# An old request is answered, as one that was overtaken; A has not asked for it.
request_replay_check()
{
	local before

	before=$(counter "$UE_A" probe_stale)
	send_check "request: replayed" "" direct0 "$TMP/request" replay $COUNT
	test_eq "request: replayed: the answers are stale" \
		$(($(counter "$UE_A" probe_stale) - before)) $COUNT
}

# Replays far above what is answered must not cost the other path its answers.
request_flood_check()
{
	local i before

	before=$(counter "$UE_B" probe_limited)
	for i in {1..30}; do
		in_ns "$UE_A" "$PROGS/inject" send direct0 "$TMP/request" replay 100
		sleep 0.1
		[ "$(path_stat "$UE_A" infra ready)" = true ] || break
	done
	test_ok "request: flood: the limit was reached" \
		[ "$(counter "$UE_B" probe_limited)" -gt "$before" ]
	test_eq "request: flood: the infra path stays ready" "$i" 30
}

probes_check()
{
	capture 4 request request
	capture 4 answer answer
	probe_faults_check "request" "$TMP/request"
	probe_faults_check "answer" "$TMP/answer"
	send_check "answer: replayed" "probe_stale+$COUNT " direct0 "$TMP/answer" replay $COUNT
	request_replay_check
	request_flood_check
}

states()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		session_show "$ns" | "$PROGS/jget" 0.state 0.wanted 0.peer_wanted
	done | tr '\n' ' '
}

ktap_header
topo_up 2 25
session_up
udp_start udp4 4 5000 -r 100
udp_start udp6 6 5001 -r 100
tcp_start tcp4 4 5002 -R 20000
switch_both bicast || die "no bicast"
sleep 0.5
capture 4 data data4
capture 6 data data6
# Nothing of A's own comes in on the direct path from now on.
switch_both infra || die "no infra"
sleep 0.5
before=$(states)
faults_check "IPv4" "$TMP/data4"
faults_check "IPv6" "$TMP/data6"
fragments_check
device_check
probes_check
test_eq "no state has moved" "$(states)" "$before"
for name in udp4 udp6 tcp4; do
	test_ok "$name ends as it should" stream_stop $name
done
for name in udp4 udp6; do
	stream_clean $name 100 || stream_report $name
	test_ok "$name lost nothing and got nothing twice" stream_clean $name 100
done
test_ok "tcp4 is intact" stream_intact tcp4
test_eq "tcp4 sent nothing again" \
	"$(result tcp4.a retransmits) $(result tcp4.b retransmits)" "0 0"
test_eq "no number was given up" "$(counter "$UE_B" rx_skipped)" 0
test_ok "the session begins anew" session_restart infra
send_check "a packet of an old epoch" "rx_mac+$COUNT " direct0 "$TMP/data4" replay $COUNT
ktap_plan "$KTAP_COUNT"
ktap_end
