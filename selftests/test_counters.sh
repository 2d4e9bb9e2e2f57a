#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What ethtool, ip and the command line say of a session is the same, and true:
# copies that a path dropped are seen at the other end. Topology: lib.sh.
#
# Guest: --icount
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

# By the command line, with ethtool's names.
show_stats()
{
	local json path field

	json=$(session_show "$1")
	{
		"$PROGS/jget" -l 0.counters <<< "$json"
		for path in direct infra; do
			for field in tx_packets tx_bytes rx_packets rx_bytes rx_missed; do
				echo "${path}_$field $("$PROGS/jget" "0.paths.path=$path.$field" <<< "$json")"
			done
		done
	} | sort
}

# Probes may move something between the two.
stats_agree()
{
	diff <(show_stats "$1") <(ethtool_stats "$1") > "$TMP/diff"
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
	[ "$tx" -gt 100 ] && [ "$rx" -gt 100 ] &&
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
test_ok "all is well: the tunnel carried copies" [ "${MOVED[b.infra.rx_packets]}" -gt 300 ]
test_ok "all is well: B missed nothing" missed_is "$UE_B" "0 0"
test_ok "all is well: A missed nothing" missed_is "$UE_A" "0 0"
test_eq "all is well: nothing came twice by one path" "$(counter "$UE_B" rx_repeated)" 0
test_ok "ip -s link at A: what was tagged and delivered" link_agrees "$UE_A"
test_ok "ip -s link at B: what was tagged and delivered" link_agrees "$UE_B"

pair_run tunnel_loses
lost=$((${MOVED[a.infra.tx_packets]} - ${MOVED[b.infra.rx_packets]}))
test_ok "the tunnel loses: it did" [ "$lost" -gt 20 ]
test_eq "the tunnel loses: B says how many came alone" "$(missed "$UE_B")" "0 $lost"
test_ok "the tunnel loses: A has missed nothing" missed_is "$UE_A" "0 0"
test_eq "the tunnel loses: the sessions lost nothing" \
	"$(counter "$UE_A" rx_skipped) $(counter "$UE_B" rx_skipped)" "0 0"
test_ok "the tunnel loses: show says it" \
	grep -q "missed: *$lost that came" <(in_ns "$UE_B" "$SIDESTEP" show p2p0)

pair_run network_doubles
doubled=$((${MOVED[b.direct.rx_packets]} - ${MOVED[a.direct.tx_packets]}))
test_ok "the network doubles: it did" [ "$doubled" -gt 100 ]
test_eq "the network doubles: they are counted" "$(counter "$UE_B" rx_repeated)" "$doubled"
test_eq "the network doubles: none stands for one that was missed" "$(missed "$UE_B")" "0 $lost"

udp_start udp 4 5000 -r 100
in_ns "$UE_A" "$PROGS/inject" capture direct0 4 data "$TMP/data" || die "nothing to capture"
stream_stop udp
test_ok "ip -s link: forged packets are errors" forge mac 10
test_ok "ip -s link: packets of other sessions are errors" forge session 20
ip -n "$UE_A" link set p2p0 down
busywait 2000 state_is "$UE_B" direct
in_ns "$UE_A" "$PROGS/inject" send direct0 "$TMP/data" replay 10
test_ok "packets of an unknown epoch: rx_epoch counts them" \
	busywait 2000 counter_is "$UE_B" rx_epoch 10
test_eq "packets of an unknown epoch: ip -s link has them as drops, not errors" \
	"$(link_stat "$UE_B" rx dropped) $(link_stat "$UE_B" rx errors)" "10 20"

test_ok "ethtool -S is what show says, at A" busywait 5000 stats_agree "$UE_A"
test_ok "ethtool -S is what show says, at B" busywait 5000 stats_agree "$UE_B"
test_ok "ethtool -S has all of them" [ "$(ethtool_stats "$UE_B" | wc -l)" -gt 30 ]
ktap_plan "$KTAP_COUNT"
ktap_end
