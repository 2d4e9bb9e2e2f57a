#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The soak, in a guest: things happen to a session, one after the other as the
# seed has it, while streams run. Topology: lib.sh; what may be lost: see
# docs/soak.md.
#
# Usage: guest.sh MINUTES SEED; writes what happened, when what may be lost, and
#        what came into $OUT, or where TMPDIR is
# shellcheck disable=SC2317 # called by name
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/../lib.sh"

MINUTES=$1 SEED=$2
LOGS=${OUT:-$TMP}
UDP_RATE=$(scaled 50)
readonly TCP_RATE=20000
# Packets under way when a span begins, and after it has ended.
readonly BEFORE_NS=500000000 AFTER_NS=1500000000
# How much memory may seem to be lost: the streams themselves note each datagram.
readonly SLAB_KB=1024 PERCPU_KB=128 FREE_KB=16384
readonly EVENTS=(event_switches event_switches event_direct event_direct
	event_direct event_tunnel event_tunnel event_other_session
	event_cut event_session)

# --- chance -----------------------------------------------------------------

# A subshell would have numbers of its own: all is drawn into DRAWN.
draw()
{
	DRAWN=$((RANDOM % $1))
}

# draw_of WORD...
draw_of()
{
	draw $#
	shift $DRAWN
	DRAWN=$1
}

draw_pause()
{
	draw 15
	sleep "$((DRAWN / 10)).$((DRAWN % 10))"
}

# --- the record -------------------------------------------------------------

# clock_begin: the streams' clock is CLOCK_MONOTONIC, which /proc/uptime is not where
# another test has had this guest sleep
clock_begin()
{
	local at

	at=$(awk '/^now at / { print $3; exit }' /proc/timer_list)
	CLOCK_OFFSET_NS=$((${EPOCHREALTIME/./} * 1000 - at))
}

now_ns()
{
	echo $((${EPOCHREALTIME/./} * 1000 - CLOCK_OFFSET_NS))
}

note()
{
	EVENT="$*"
	echo "$(now_ns) $EVENT" >> "$LOGS/events"
}

# span_begin, span_end: between them packets may be lost
span_begin()
{
	SPAN=$(($(now_ns) - BEFORE_NS))
}

span_end()
{
	echo "$SPAN $(($(now_ns) + AFTER_NS)) $EVENT" >> "$LOGS/spans"
}

# kB of slab that stays, per CPU, and free if caches were given up
mem_note()
{
	awk '/^SUnreclaim:/ { slab = $2 }
		/^Percpu:/ { percpu = $2 }
		/^(MemFree|Buffers|Cached|SReclaimable):/ { free += $2 }
		END { print slab, percpu, free }' /proc/meminfo >> "$LOGS/memory"
}

# --- what happens -----------------------------------------------------------

# ask STATE...: one of them, at one of the ends; it may be refused
ask()
{
	local ns

	draw_of "$UE_A" "$UE_B"
	ns=$DRAWN
	draw_of "$@"
	in_ns "$ns" "$SIDESTEP" switch p2p0 "$DRAWN" 2> /dev/null
}

# ask_around STATE...: a few times
ask_around()
{
	local times

	draw 4
	for ((times = DRAWN; times > 0; times--)); do
		ask "$@"
		draw_pause
	done
}

# both_in STATE...: one of them, at both ends
both_in()
{
	draw_of "$@"
	note "$EVENT, in $DRAWN"
	busywait 10000 switch_both "$DRAWN"
}

# hurt_network PATH
hurt_network()
{
	draw_of "loss 100%" "loss 5%" "loss 20%" "loss 80%" "reorder 25%" "duplicate 20%"
	note "$EVENT: $DRAWN"
	# shellcheck disable=SC2086 # words
	path_netem "$1" $DRAWN
}

hurt_direct()
{
	draw 4
	case $DRAWN in
	0)
		draw_of "$UE_A" "$UE_B"
		DOWN=$DRAWN
		note "$EVENT: down"
		ip -n "$DOWN" link set direct0 down
		;;
	1)
		note "$EVENT: deleted"
		ip -n "$UE_A" link del direct0
		;;
	*)
		hurt_network direct
		;;
	esac
}

heal_direct()
{
	local addr=$A6

	[ "$DOWN" != "$UE_B" ] || addr=$B6
	case $EVENT in
	*down)
		ip -n "$DOWN" link set direct0 up
		ip -n "$DOWN" addr add "$addr/64" dev direct0 nodad
		;;
	*deleted)
		direct_up
		;;
	*)
		path_netem direct
		;;
	esac
}

hurt_tunnel()
{
	draw 3
	if [ "$DRAWN" -eq 0 ]; then
		note "$EVENT: deleted"
		ip -n "$UE_A" link del wg0
	else
		hurt_network infra
	fi
}

heal_tunnel()
{
	case $EVENT in
	*deleted)
		wg_up "$UE_A" "$TMP/wg_a" "$(wg pubkey < "$TMP/wg_b")" 203.0.113.2 \
			"$B4/32,$B6/128"
		in_ns "$UE_A" wg set wg0 peer "$(wg pubkey < "$TMP/wg_b")" \
			persistent-keepalive 15
		;;
	*)
		path_netem infra
		;;
	esac
}

# Nothing may be lost from here to the next comment.
event_switches()
{
	note "switches"
	ask_around direct bicast infra
	ask_around direct bicast infra
}

event_direct()
{
	note "direct path"
	both_in bicast infra || return
	hurt_direct
	draw_pause
	ask_around bicast infra
	heal_direct
}

event_tunnel()
{
	note "tunnel"
	both_in direct bicast || return
	hurt_tunnel
	draw_pause
	ask_around direct bicast
	heal_tunnel
}

event_other_session()
{
	local ns

	note "another session"
	draw_of "$UE_A" "$UE_B"
	ns=$DRAWN
	ip -n "$ns" link add p2p1 type sidestep
	in_ns "$ns" "$SIDESTEP" set p2p1 id 99 peer 10.77.0.99 peer fd77::99 \
		tx-key "$TMP/key_ab" rx-key "$TMP/key_ba" direct direct0 infra wg0
	ip -n "$ns" link set p2p1 up
	ask_around direct bicast infra
	ip -n "$ns" link del p2p1
}

# Here it may, while no path that is used carries packets.
event_cut()
{
	note "cut"
	both_in direct bicast infra || return
	span_begin
	path_netem direct loss 100%
	draw 2
	[ "$DRAWN" -eq 0 ] || path_netem infra loss 100%
	draw_pause
	ask_around direct bicast infra
	path_netem direct
	path_netem infra
	span_until_ready
}

# ... or while one end does not know of the session.
event_session()
{
	local ns

	note "session"
	both_in direct bicast infra || return
	draw_of "$UE_A" "$UE_B"
	ns=$DRAWN
	span_begin
	ip -n "$ns" link del p2p0
	draw_pause
	if [ "$ns" = "$UE_A" ]; then
		session_add "$UE_A" "$B4" "$B6" "$TMP/key_ab" "$TMP/key_ba"
		fallback_add "$UE_A" "$A4" "$A6"
	else
		session_add "$UE_B" "$A4" "$A6" "$TMP/key_ba" "$TMP/key_ab"
		fallback_add "$UE_B" "$B4" "$B6"
	fi
	span_until_ready
}

span_until_ready()
{
	busywait 30000 both_ready
	span_end
}

both_ready()
{
	paths_ready "$UE_A" && paths_ready "$UE_B"
}

happen()
{
	local until=$((SECONDS + MINUTES * 60)) n=0

	while [ $SECONDS -lt $until ]; do
		draw_of "${EVENTS[@]}"
		DOWN=
		if ! "$DRAWN" || ! busywait 30000 both_ready; then
			test_fail "event $n" "$EVENT: the session did not come back"
			session_show "$UE_A" | sed 's/^/# a: /'
			session_show "$UE_B" | sed 's/^/# b: /'
			return
		fi
		mem_note
		n=$((n + 1))
	done
	test_pass "$n events, seed $SEED"
}

# --- streams and what became of them ----------------------------------------

# udp_logged NAME 4|6 PORT
udp_logged()
{
	local a=A$2 b=B$2

	ip netns exec "$UE_B" "$PROGS/udpstream" -l -B "${!b}" -p "$3" -r "$UDP_RATE" \
		-w "$LOGS/$1.b.log" > "$TMP/$1.b" &
	STREAM_B[$1]=$!
	ip netns exec "$UE_A" "$PROGS/udpstream" -c "${!b}" -B "${!a}" -p "$3" \
		-r "$UDP_RATE" -w "$LOGS/$1.a.log" > "$TMP/$1.a" &
	STREAM_A[$1]=$!
}

# log_check NAME SIDE OTHER: what SIDE has not received, or not in order, was
# sent in a span. A host that is busy elsewhere stops one of two CPUs for longer
# than any packet may be late.
log_check()
{
	local found order=0

	[ "$(nproc)" -gt 1 ] || order=1
	found=$(awk -v order=$order -v sent="$(result "$1.$3" sent)" -f "$here/lost.awk" \
		file=1 "$LOGS/spans" file=2 "$LOGS/$1.$2.log" \
		file=3 <(sort -n -k 2,2 "$LOGS/$1.$2.log"))
	diag "$1 at $2: ${found%%$'\n'*}"
	if grep -q '^bad' <<< "$found"; then
		grep -m 10 '^bad' <<< "$found" | sed 's/^/# /'
		test_fail "$1 at $2: all came, and once, but for the spans"
	else
		test_pass "$1 at $2: all came, and once, but for the spans"
	fi
}

# mem_median COLUMN FIRST COUNT: of the notes of memory
mem_median()
{
	tail -n "+$2" "$LOGS/memory" | head -n "$3" | cut -d ' ' -f "$1" | sort -n |
		sed -n "$((($3 + 1) / 2))p"
}

# mem_check POINT COLUMN MOST_KB: from the second quarter, for the first is to
# warm up, to the last
mem_check()
{
	local all quarter grown

	all=$(wc -l < "$LOGS/memory")
	quarter=$((all / 4))
	[ $quarter -gt 0 ] || {
		test_fail "memory: $1 is flat" "$all notes are too few"
		return
	}
	grown=$(($(mem_median "$2" $((all - quarter + 1)) $quarter) -
		$(mem_median "$2" $((quarter + 1)) $quarter)))
	[ "$1" != free ] || grown=$((-grown))
	diag "memory, $1: $grown kB more in use, may be $3"
	test_ok "memory: $1 is flat" [ $grown -le "$3" ]
}

ktap_header
echo "# soak: MINUTES=$MINUTES SEED=$SEED"
RANDOM=$SEED
clock_begin
: > "$LOGS/spans"
topo_up 2 25
session_up
fallback_up
udp_logged udp4 4 5000
udp_logged udp6 6 5001
tcp_start tcp4 4 5002 -R $TCP_RATE
tcp_start tcp6 6 5003 -R $TCP_RATE
happen
for name in udp4 udp6 tcp4 tcp6; do
	test_ok "$name ends as it should" stream_stop $name
done
for name in udp4 udp6; do
	log_check $name a b
	log_check $name b a
done
test_ok "tcp4 is intact" stream_intact tcp4
test_ok "tcp6 is intact" stream_intact tcp6
mem_check slab 1 $SLAB_KB
mem_check percpu 2 $PERCPU_KB
mem_check free 3 $FREE_KB
topo_down
test_ok "unload" busywait 10000 module_unload
test_eq "nothing is left" "$(module_left)" ""
ktap_plan "$KTAP_COUNT"
ktap_end
