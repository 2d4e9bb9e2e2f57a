#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What copies may cost on the infra path: bulk loses them first, a day has an end, a
# switch is never refused, nothing is lost for it while the direct path works, and
# every byte is accounted for. Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/flows.sh
. "$here/flows.sh"

DAY=100000
RATE=20000
BURST=131072

budget()
{
	in_ns "$UE_A" "$SIDESTEP" set p2p0 "$@"
}

# refused NAME TEXT WORDS...: `set` says that, and the session is as before
refused()
{
	local name=$1 text=$2 before said

	shift 2
	before=$(limits)
	said=$(budget "$@" 2>&1) && said="accepted"
	case $said in
	*"$text"*) test_eq "$name" "$(limits)" "$before" ;;
	*) test_fail "$name" "it said: $said" ;;
	esac
}

limits()
{
	session_show "$UE_A" | "$PROGS/jget" 0.budget.rate_bytes_per_s \
		0.budget.burst_bytes 0.budget.day_bytes | xargs
}

# spent direct|infra KIND: bytes that A has sent
spent()
{
	path_stat "$UE_A" "$1" "tx_$2_bytes"
}

all_spent()
{
	session_show "$UE_A" | "$PROGS/jget" \
		0.paths.path=infra.tx_{alone,copy,switch}_bytes | xargs
}

# A's copies that were refused
refusals()
{
	counter "$UE_A" tx_budget
}

refused_since()
{
	[ "$(refusals)" -gt "$1" ]
}

within()
{
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

# stream_good NAME: what A and B have sent has come
stream_good()
{
	test_ok "$1: nothing lost" stream_clean "$1" || stream_report "$1"
}

bad_input()
{
	refused "a rate without a burst" "budget: a rate needs a burst" budget rate 1
	refused "a burst that no train fits" "budget: a burst is 131072 bytes or more" \
		budget burst 131071
	refused "all or nothing" "budget: a burst" budget day 5 burst 1
	refused "five selectors" "more than 4 selectors" important dscp 1 \
		important dscp 2 important dscp 3 important dscp 4 important dscp 5
	refused "all, and others" "'all' stands alone" important all important dscp 1
	test_fail_is "without rights" setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$SIDESTEP" set p2p0 budget day 1
	test_eq "there is no budget still" "$(limits)" "0 0 0"
}

# test_fail_is NAME COMMAND...: at A
test_fail_is()
{
	local name=$1

	shift
	cmd_fail in_ns "$UE_A" "$@" > /dev/null 2>&1
	test_eq "$name" $? 0
}

no_limit()
{
	local copies=(0 0)

	udp_start free 4 5000 -r 100 -s 1000
	sleep 2
	stream_stop free
	stream_good free
	copies=("$(spent direct copy)" "$(spent infra copy)")
	test_ok "no limit: copies cost" [ "${copies[1]}" -gt "$(scaled 100000)" ]
	test_eq "no limit: as much as what is copied" "${copies[1]}" "${copies[0]}"
	test_eq "no limit: nothing is refused" "$(refusals)" 0
}

a_day()
{
	local before missed

	before=$(spent infra copy)
	missed=$(path_stat "$UE_B" infra rx_missed)
	test_ok "day: set" budget budget day $DAY
	udp_start day 4 5000 -r 200 -s 1000
	test_ok "day: it ends" busywait 30000 refused_since 0
	sleep 1
	stream_stop day
	stream_good day
	test_ok "day: is used up, and not exceeded" \
		within $(($(spent infra copy) - before)) $((DAY - 2000)) $DAY
	test_ok "day: what is left goes by the direct path alone" \
		[ "$(spent direct alone)" -gt "$(scaled 100000)" ]
	test_eq "day: B knows, and waits for no copy" "$(path_stat "$UE_B" infra rx_missed)" "$missed"
	test_ok "day: what it has cost is shown" \
		within "$(session_field "$UE_A" budget.day_spent_bytes)" $((DAY - 2000)) $DAY
	test_ok "day: the same again" budget budget day $DAY
	test_ok "day: does not begin anew" \
		within "$(session_field "$UE_A" budget.day_spent_bytes)" $((DAY - 2000)) $DAY
}

direct_silent()
{
	[ "$(path_stat "$UE_A" direct ready)" = false ]
}

# The day is spent, and the direct link dies: nothing is refused.
never_refused()
{
	local before alone

	before=$(refusals)
	alone=$(spent infra alone)
	switch_both infra || die "no infra"
	udp_start switched 4 5001 -r 100 -s 1000
	sleep 2
	stream_stop switched
	stream_good switched
	test_ok "switch: goes by infra alone" \
		[ $(($(spent infra alone) - alone)) -gt "$(scaled 100000)" ]
	switch_both bicast || die "no bicast"
	direct_cut
	busywait 10000 direct_silent || die "not silent"
	before=$(refusals)
	udp_start cut 4 5002 -r 100 -s 1000
	sleep 2
	stream_stop cut
	stream_good cut
	test_eq "direct is dead: nothing is refused" "$(refusals)" "$before"
	direct_restore
	session_wait_ready
	ends_differ infra bicast
	ends_differ bicast infra
	switch_both bicast || die "no bicast"
}

# ends_differ A B: what they want; where one has left the direct path, nothing is
# refused
ends_differ()
{
	local before

	in_ns "$UE_A" "$SIDESTEP" switch p2p0 "$1"
	in_ns "$UE_B" "$SIDESTEP" switch p2p0 "$2"
	busywait 5000 wishes_are "$1" "$2" || die "no $1 and $2"
	sleep 1
	before=$(refusals)
	udp_start "$1-$2" 4 5005 -r 100 -s 1000
	sleep 2
	stream_stop "$1-$2"
	stream_good "$1-$2"
	test_eq "$1 here, $2 there: nothing is refused" "$(refusals)" "$before"
}

wishes_are()
{
	[ "$(session_field "$UE_A" wanted) $(session_field "$UE_A" peer_wanted)" = "$1 $2" ]
}

# sent PORT: packets of that flow, by infra and by direct
sent()
{
	flows "$UE_A" | "$PROGS/jget" "remote_port=$1.paths.path=infra.tx_packets" \
		"remote_port=$1.paths.path=direct.tx_packets" | xargs
}

important_first()
{
	local before start cost infra direct

	test_ok "important: set" budget budget day 0 rate $RATE burst $BURST important dport 5004
	test_eq "important: is shown" "$(limits)" "$RATE $BURST 0"
	before=$(spent infra copy)
	refused=$(refusals)
	start=$(now_ms)
	udp_start bulk 4 5003 -r 400 -s 1000
	udp_start vital 4 5004 -r 20 -s 200
	test_ok "important: bulk loses copies" busywait 30000 refused_since "$refused"
	sleep 3
	stream_stop vital
	stream_stop bulk
	cost=$(($(spent infra copy) - before))
	test_ok "important: no more than the bucket gives" \
		[ "$cost" -le $((BURST + RATE * ($(now_ms) - start) / 1000)) ]
	stream_good bulk
	stream_good vital
	read -r infra direct <<< "$(sent 5004)"
	test_eq "important: every packet has its copy" "$infra" "$direct"
	test_ok "important: there were some" [ "$direct" -gt "$(scaled 40)" ]
	read -r infra direct <<< "$(sent 5003)"
	test_ok "important: bulk has some" [ "$infra" -gt 10 ]
	test_ok "important: but not all" [ "$infra" -lt "$direct" ]
	test_ok "important: all are again" budget budget off important all
	test_eq "off: is shown" "$(limits)" "0 $BURST 0"
	test_eq "off: no list" "$(session_field "$UE_A" important)" "[]"
}

# Every byte has one cause.
adds_up()
{
	local alone copy switch

	read -r alone copy switch <<< "$(all_spent)"
	test_eq "all bytes have a cause" $((alone + copy + switch)) \
		"$(path_stat "$UE_A" infra tx_bytes)"
	test_ok "a switch was one" [ "$(spent direct switch)" -gt 0 ]
	test_ok "probes were one" [ "$(spent infra probe)" -gt 0 ]
}

# A message has room for the largest session.
the_most()
{
	local words=(proto udp sport 1000-2000 dport 3000-4000 mark 1/1 dscp ef uid 1000-2000
		cgroup "$TMP/cgroups") all=() i

	mkdir "$TMP/cgroups"
	mount -t cgroup2 cgroup2 "$TMP/cgroups" || die "no cgroups"
	defer umount "$TMP/cgroups"
	for i in {1..16}; do
		all+=(protect "${words[@]}")
	done
	for i in {1..4}; do
		all+=(important "${words[@]}")
	done
	for i in {1..6}; do
		all+=(peer "fd0$i::/64")
	done
	test_ok "the largest session is set" budget peer "$B4" peer "$B6" "${all[@]}" \
		budget rate $RATE day 1000000000000
	test_ok "the largest session is shown" [ "$(counter "$UE_A" tx_budget)" -gt 0 ]
	test_eq "the largest session: its last peer" "$(session_field "$UE_A" peers.7)" fd06::/64
}

ktap_header
topo_up 2 25
session_up
bad_input
switch_both bicast || die "no bicast"
no_limit
a_day
never_refused
important_first
adds_up
the_most
session_down
ktap_plan "$KTAP_COUNT"
ktap_end
