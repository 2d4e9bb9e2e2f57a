#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What ethtool, ip and the command line say of a session is the same, and true:
# copies that a path dropped are seen at the other end. Topology: lib.sh.
#
# Guest: --icount
# Takes: 80
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# By ethtool: one line per counter, sorted.
ethtool_stats()
{
	in_ns "$1" ethtool -S p2p0 | sed -n 's/^ *\([a-z_]*\): /\1 /p' | sort
}

PATH_FIELDS=(tx_packets tx_bytes tx_alone_bytes tx_copy_bytes tx_switch_bytes
	rx_packets rx_bytes rx_missed)

# show_stats JSON: what the command line has said, with ethtool's names
show_stats()
{
	local path

	{
		"$PROGS/jget" -l 0.counters <<< "$1"
		for path in direct infra; do
			paste -d ' ' <(printf '%s\n' "${PATH_FIELDS[@]/#/${path}_}") \
				<("$PROGS/jget" "${PATH_FIELDS[@]/#/0.paths.path=$path.}" <<< "$1")
		done
	} | sort
}

# Probes may move something between the two; their own bytes always do.
stats_agree()
{
	local json stats

	json=$(session_show "$1")
	stats=$(ethtool_stats "$1" | grep -v probe_bytes)
	diff <(show_stats "$json") - <<< "$stats" > "$TMP/diff"
}

# probes_agree NS PATH: what ethtool says lies between what show says before and after
probes_agree()
{
	local before between after

	before=$(path_stat "$1" "$2" tx_probe_bytes)
	between=$(ethtool_stats "$1" | sed -n "s/^$2_tx_probe_bytes //p")
	after=$(path_stat "$1" "$2" tx_probe_bytes)
	[ "$before" -gt 0 ] && [ "$between" -ge "$before" ] && [ "$between" -le "$after" ]
}

# link_stat NS rx|tx FIELD: of the session device
link_stat()
{
	in_ns "$1" cat "/sys/class/net/p2p0/statistics/$2_$3"
}

link_agrees()
{
	local n=$1 tx rx bytes

	tx=$(counter "$n" tx_tagged) rx=$(counter "$n" rx_delivered)
	bytes=$(($(path_stat "$n" infra tx_bytes) - 16 * $(path_stat "$n" infra tx_packets)))
	[ "$tx" -gt "$(scaled 100)" ] && [ "$rx" -gt "$(scaled 100)" ] &&
		[ "$(link_stat "$n" tx packets)" = "$tx" ] &&
		[ "$(link_stat "$n" rx packets)" = "$rx" ] &&
		[ "$(link_stat "$n" tx bytes)" = "$bytes" ] &&
		[ "$(link_stat "$n" tx dropped) $(link_stat "$n" tx errors)" = "0 0" ] &&
		[ "$(link_stat "$n" rx dropped) $(link_stat "$n" rx errors)" = "0 0" ]
}

missed()
{
	echo "$(path_stat "$1" direct rx_missed) $(path_stat "$1" infra rx_missed)"
}

missed_is()
{
	[ "$(missed "$1")" = "$2" ]
}

# Streams in bicast; what the tunnel lost is what B says that it missed.
pair_run()
{
	account_begin
	udp_start udp 4 5000 -r 200
	tcp_start tcp 6 5001 -R 300000
	sleep 1
	"$@"
	sleep 1
	stream_stop udp && stream_stop tcp
	sleep 0.5
	account_end
}

tunnel_loses()
{
	tc -n "$UE_A" qdisc add dev wg0 root netem loss 30%
	sleep 1
	tc -n "$UE_A" qdisc del dev wg0 root
}

network_doubles()
{
	path_netem direct duplicate 100%
	sleep 1
	path_netem direct
}

forge()
{
	in_ns "$UE_A" "$PROGS/inject" send direct0 "$TMP/data" "$1" 10 &&
		busywait 2000 errors_are "$2"
}

errors_are()
{
	[ "$(link_stat "$UE_B" rx errors)" = "$1" ]
}

# moves NS COUNTER COMMAND...: by what the command does
moves()
{
	local ns=$1 name=$2 before

	shift 2
	before=$(counter "$ns" "$name")
	"$@" || diag "failed: $*"
	sleep 0.3
	test_ok "$name counts" [ "$(counter "$ns" "$name")" -gt "$before" ]
}

# ping_out ADDRESS: nobody need answer
ping_out()
{
	in_ns "$UE_A" ping -q -c 1 -W 1 "$1" > /dev/null || true
}

to_nobody()
{
	ip -n "$UE_A" route add 10.99.0.0/24 dev p2p0 src "$A4" && ping_out 10.99.0.1
}

# The direct device's queue takes one packet.
queue_full()
{
	tc -n "$UE_A" qdisc replace dev direct0 root netem limit 1 delay 2ms &&
		in_ns "$UE_A" "$PROGS/trains" "$B4" 9 1
	path_netem direct
}

# The way that README describes leads to the session, the direct device has none.
no_route()
{
	ip -n "$UE_A" addr del "$A6/64" dev direct0 && ping_out "$B6"
	ip -n "$UE_A" addr add "$A6/64" dev direct0 nodad
}

# Neither path's device is up.
no_path()
{
	ip -n "$UE_A" link set direct0 down
	ip -n "$UE_A" link set wg0 down
	ping_out "$B4"
	ip -n "$UE_A" link set wg0 up
	ip -n "$UE_A" link set direct0 up
	ip -n "$UE_A" addr add "$A6/64" dev direct0 nodad
	session_wait_ready
}

# The only path that is used brings packets out of order.
reordered()
{
	switch_both infra && path_netem infra delay 30ms 29ms || return
	udp_start late 4 5000 -r 500
	sleep 1
	stream_stop late
	path_netem infra
	switch_both bicast
}

napi_thread()
{
	pgrep '^napi/p2p0'
}

# B's packets wait for a thread, and others have the CPU; nothing comes by the
# tunnel.
overflow()
{
	local hog

	set_files "$UE_B" /sys/class/net/p2p0/threaded=1
	chrt -i -p 0 "$(napi_thread)" || return
	tc -n "$UE_A" qdisc add dev wg0 root netem loss 100%
	while :; do :; done &
	hog=$!
	account_begin
	in_ns "$UE_A" "$PROGS/trains" "$B4" 9 400
	sleep 0.5
	kill "$hog"
	wait "$hog"
	tc -n "$UE_A" qdisc del dev wg0 root
	set_files "$UE_B" /sys/class/net/p2p0/threaded=0
	busywait 10000 overflow_settled
}

overflow_settled()
{
	account_end
	overflow_adds_up
}

# Each packet that came is delivered or has a counter that says why not.
overflow_adds_up()
{
	[ "${MOVED[b.direct.rx_packets]}" -gt 16384 ] &&
		[ $((${MOVED[b.rx_delivered]} + ${MOVED[b.rx_overflow]})) -eq \
		"${MOVED[b.direct.rx_packets]}" ]
}

# All that has no test of its own; allocations fail in check-debug only.
drops()
{
	fallback_up
	switch_both bicast || test_fail "drops: switch"
	moves "$UE_A" tx_no_peer to_nobody
	moves "$UE_A" tx_refused queue_full
	moves "$UE_A" tx_no_route no_route
	moves "$UE_A" tx_no_path no_path
	moves "$UE_B" rx_late reordered
	if grep -q "User Mode Linux" /proc/cpuinfo; then
		test_skip "rx_overflow counts" "nothing takes time here, so who has the CPU would keep it"
		return
	fi
	moves "$UE_B" rx_overflow overflow
	diag "overflow: ${MOVED[b.rx_overflow]} of ${MOVED[b.direct.rx_packets]}"
	test_ok "rx_overflow: the rest was delivered" overflow_adds_up
}

ktap_header
topo_up 2 25
session_up
test_eq "ethtool -i: the driver" \
	"$(in_ns "$UE_A" ethtool -i p2p0 | sed -n 's/^driver: //p')" sidestep
test_eq "ethtool -i: the version" \
	"$(in_ns "$UE_A" ethtool -i p2p0 | sed -n 's/^version: //p')" \
	"$(modinfo -F version "$SIDESTEP_KO")"

switch_both bicast || die "no bicast"
pair_run true
test_ok "all is well: the tunnel carried copies" \
	[ "${MOVED[b.infra.rx_packets]}" -gt "$(scaled 300)" ]
test_ok "all is well: B missed nothing" missed_is "$UE_B" "0 0"
test_ok "all is well: A missed nothing" missed_is "$UE_A" "0 0"
test_eq "all is well: nothing came twice by one path" "$(counter "$UE_B" rx_repeated)" 0
test_ok "ip -s link at A: what was tagged and delivered" link_agrees "$UE_A"
test_ok "ip -s link at B: what was tagged and delivered" link_agrees "$UE_B"

pair_run tunnel_loses
lost=$((${MOVED[a.infra.tx_packets]} - ${MOVED[b.infra.rx_packets]}))
test_ok "the tunnel loses: it did" [ "$lost" -gt "$(scaled 20)" ]
test_eq "the tunnel loses: B says how many came alone" "$(missed "$UE_B")" "0 $lost"
test_ok "the tunnel loses: A has missed nothing" missed_is "$UE_A" "0 0"
test_eq "the tunnel loses: the sessions lost nothing" \
	"$(counter "$UE_A" rx_skipped) $(counter "$UE_B" rx_skipped)" "0 0"
test_ok "the tunnel loses: show says it" \
	grep -q "missed: *$lost that came" <(in_ns "$UE_B" "$SIDESTEP" show p2p0)

pair_run network_doubles
doubled=$((${MOVED[b.direct.rx_packets]} - ${MOVED[a.direct.tx_packets]}))
test_ok "the network doubles: it did" [ "$doubled" -gt "$(scaled 100)" ]
test_eq "the network doubles: they are counted" "$(counter "$UE_B" rx_repeated)" "$doubled"
test_eq "the network doubles: none stands for one that was missed" "$(missed "$UE_B")" "0 $lost"

udp_start udp 4 5000 -r 100
in_ns "$UE_A" "$PROGS/inject" capture direct0 4 data "$TMP/data" || die "nothing to capture"
stream_stop udp
test_ok "ip -s link: forged packets are errors" forge mac 10
test_ok "ip -s link: packets of other sessions are errors" forge session 20
epochs=$(counter "$UE_B" peer_epoch)
ip -n "$UE_A" link set p2p0 down
busywait 2000 state_is "$UE_B" direct
in_ns "$UE_A" "$PROGS/inject" send direct0 "$TMP/data" replay 10
test_ok "packets of an unknown epoch: rx_epoch counts them" \
	busywait 2000 counter_is "$UE_B" rx_epoch 10
test_eq "packets of an unknown epoch: ip -s link has them as drops, not errors" \
	"$(link_stat "$UE_B" rx dropped) $(link_stat "$UE_B" rx errors)" "10 20"

ip -n "$UE_A" link set p2p0 up
session_wait_ready
test_eq "A has gone and come back: peer_epoch counts both" \
	"$(counter "$UE_B" peer_epoch)" $((epochs + 2))
drops

test_ok "ethtool -S is what show says, at A" busywait 5000 stats_agree "$UE_A" || diag "$(cat "$TMP/diff")"
test_ok "ethtool -S is what show says, at B" busywait 5000 stats_agree "$UE_B" || diag "$(cat "$TMP/diff")"
test_ok "ethtool -S: bytes of probes by direct" probes_agree "$UE_A" direct
test_ok "ethtool -S: bytes of probes by infra" probes_agree "$UE_A" infra
test_ok "ethtool -S has all of them" [ "$(ethtool_stats "$UE_B" | wc -l)" -gt 30 ]
ktap_plan "$KTAP_COUNT"
ktap_end
