#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The session decides by itself, by its probes alone: a link that dies without
# warning, busy and idle, one whose device goes, the way home, orders, and what the
# probes cost while all is well. Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

TRACEFS=/sys/kernel/tracing
RULES=/sys/class/net/p2p0/sidestep/trigger

# Detection of a silent cut, milliseconds (the probes' pace: docs/triggers.md).
readonly BUSY_MOST=100 IDLE_MOST=300
# Probes with their IP headers while all is well, bits a second.
readonly DIRECT_MOST=8000 INFRA_MOST=100 COST_TIME=650

trace_begin()
{
	echo 0 > $TRACEFS/tracing_on
	: > $TRACEFS/trace
	echo 1 > $TRACEFS/events/sidestep/sidestep_decided/enable
	echo 1 > $TRACEFS/events/sidestep/sidestep_switch/enable
	echo 1 > $TRACEFS/tracing_on
}

# mark TEXT: here and now, in the trace
mark()
{
	echo "$1" > $TRACEFS/trace_marker
}

# ms_until PATTERN [last]: from the mark "cut" to the first or last line after it
# with PATTERN
ms_until()
{
	awk -v pattern="$1" -v last="${2:-}" '
	{
		for (i = 1; i <= NF && $i !~ /^[0-9]+\.[0-9]+:$/; i++)
			;
		t = $i + 0
	}
	/: cut$/ { cut = t }
	cut && !(found && !last) && $0 ~ pattern { found = t }
	END { if (found) printf "%.0f\n", (found - cut) * 1000 }
	' $TRACEFS/trace
}

decided()
{
	grep -q "sidestep_decided: dev=p2p0 $1" "$TRACEFS/trace"
}

# rules_set FILE=VALUE...: at both ends
rules_set()
{
	set_files "$UE_A" "${@/#/$RULES/}"
	set_files "$UE_B" "${@/#/$RULES/}"
}

within()
{
	[ -n "$1" ] && [ "$1" -le "$2" ]
}

links_known()
{
	local ns path

	for ns in "$UE_A" "$UE_B"; do
		for path in direct infra; do
			[ "$(in_ns "$ns" cat /sys/class/net/p2p0/sidestep/paths/"$path"/link)" = alive ] || return
		done
	done
}

settle()
{
	busywait 5000 links_known || die "the links are not known to live"
	sleep 3
}

# lost_within NAME MS: neither end of a UDP stream of 500 datagrams a second has lost
# more than that time's, nor got any twice
lost_within()
{
	local side counts most=$((($2 + 5) * $(scaled 500) / 1000 + 2))

	for side in a b; do
		counts=$(result "$1.$side" duplicated corrupted send_errors | tr '\n' ' ')
		diag "$1.$side lost $(result "$1.$side" lost), $most at most"
		[ "$counts" = "0 0 0 " ] && [ "$(result "$1.$side" lost)" -le "$most" ] || return
	done
}

# The time counts from before the first direction is cut, by programs that wait for
# nothing but the word.
direct_cut_marked()
{
	local a b cut="qdisc replace dev direct0 root netem limit $NETEM_LIMIT"

	cut+=" delay ${DIRECT_DELAY_MS}ms loss 100%"
	exec {a}> >(exec tc -n "$UE_A" -batch - > /dev/null)
	exec {b}> >(exec tc -n "$UE_B" -batch - > /dev/null)
	echo "qdisc show dev direct0" | tee /dev/fd/$a > /dev/fd/$b
	sleep 0.2
	mark cut
	echo "$cut" >&$a
	echo "$cut" >&$b
	exec {a}>&- {b}>&-
}

# cut_check busy|idle MOST: the direct link eats packets without a word
cut_check()
{
	local ms

	[ "$1" = idle ] || udp_start "$1" 4 5000 -r 500
	settle
	trace_begin
	direct_cut_marked
	test_ok "$1: both leave the direct path" busywait 3000 both_are infra
	ms=$(ms_until 'sidestep_decided: dev=p2p0 execute')
	diag "$1: a silent cut is known after ${ms:-no} ms"
	test_ok "$1: that is $2 ms at most" within "$ms" "$2"
	test_ok "$1: the cause is said" decided 'execute: 4 losses in a row'
	ms=$(awk '/sidestep_switch: .*from=direct/ { n++ } END { print n }' $TRACEFS/trace)
	test_eq "$1: each host has left once" "$ms" 2
	ms=$(ms_until 'sidestep_switch: .*from=direct' last)
	sleep 1
	direct_restore
	test_ok "$1: home again" busywait 20000 both_are direct
	test_ok "$1: why, is said" decided 'release: '
	[ "$1" = idle ] && return
	sleep 1
	test_ok "$1: the stream goes on" stream_stop "$1"
	test_ok "$1: lost is at most what was sent until then" lost_within "$1" "$ms" ||
		stream_report "$1"
}

# down_check: the direct device goes, which is known without a probe
down_check()
{
	local ms

	fallback_up
	udp_start down 4 5001 -r 500
	settle
	trace_begin
	mark cut
	ip -n "$UE_A" link set direct0 down
	test_ok "down: both leave the direct path" busywait 3000 both_are infra
	ms=$(ms_until 'sidestep_switch: .*from=direct' last)
	diag "down: both have left it after ${ms:-no} ms"
	sleep 1
	ip -n "$UE_A" link set direct0 up
	test_ok "down: home again" busywait 20000 both_are direct
	sleep 1
	test_ok "down: the stream goes on" stream_stop down
	test_ok "down: lost is at most what was sent until then" lost_within down "$ms"
}

# hold_check: with the mode hold nothing is decided, with manual only orders count
hold_check()
{
	local mode

	for mode in hold manual; do
		mode_set "$UE_A" $mode
		mode_set "$UE_B" $mode
		settle
		direct_cut
		sleep 2
		test_ok "$mode: a cut changes nothing" both_are direct
		direct_restore
		busywait 5000 paths_ready "$UE_A"
		busywait 5000 paths_ready "$UE_B"
	done
	test_ok "manual: an order counts" switch_both infra
	sleep 10
	test_ok "manual: and is not taken back" both_are infra
	test_ok "manual: home" switch_both direct
}

# device_bytes DEVICE: of IP packets and link-layer headers, both ways
device_bytes()
{
	local dir=/sys/class/net/$1/statistics

	# shellcheck disable=SC2016
	in_ns "$UE_A" sh -c 'cat "$1/tx_bytes" "$1/rx_bytes"' sh "$dir" |
		awk '{ n += $1 } END { print n }'
}

# cost_check: what probes cost while nothing happens. Outside the tunnel a probe
# has 60 bytes more, and is padded to 16.
cost_check()
{
	local direct infra asked

	direct=$(device_bytes direct0)
	asked=$(probes_asked)
	sleep $COST_TIME
	direct=$((($(device_bytes direct0) - direct) * 8 / COST_TIME))
	infra=$((($(probes_asked) - asked) * 2 * (96 + 60) * 8 / COST_TIME))
	diag "probes cost $direct bit/s on the direct path, $infra bit/s on the infra path"
	test_ok "probes: $DIRECT_MOST bit/s on the direct path at most" [ $direct -le $DIRECT_MOST ]
	test_ok "probes: there are some" [ $direct -gt 1000 ]
	test_ok "probes: $INFRA_MOST bit/s on the infra path at most" [ $infra -le $INFRA_MOST ]
	test_ok "probes: the tunnel is probed, too" [ $infra -gt 0 ]
	test_ok "probes: all is still well" links_known
	test_ok "probes: nothing was decided" both_are direct
}

probes_asked()
{
	echo $(($(path_stat "$UE_A" infra probes_sent) + $(path_stat "$UE_B" infra probes_sent)))
}

ktap_header
mountpoint -q $TRACEFS || mount -t tracefs tracefs $TRACEFS || ktap_skip_all "triggers" "no tracefs"
topo_up 2 25
session_up
rules_set release/hold_ms=1000 release/min_stay_ms=2000
hold_check
mode_set "$UE_A" auto
mode_set "$UE_B" auto
settle
cost_check
cut_check idle $IDLE_MOST
cut_check busy $BUSY_MOST
down_check
ktap_end
