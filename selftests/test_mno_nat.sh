#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two hosts behind NATs of all kinds, of two operators and of one, are connected by the
# relay, and go on without it where the NATs allow that, for good; nothing is lost. And how
# long the relay takes, from the decision on, with 50 ms round trips. Where nothing comes by
# the direct link meanwhile, leaving the relay lets packets overtake others once and not by
# turns. Topology: mno.sh.
#
# Environment: MNO_RUNS=N   each so often, and so often with loss, instead of once
#
# Guest: --icount
# Takes: 440
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"
# shellcheck source=selftests/mno_times.sh
. "$here/mno_times.sh"

MNO_RUNS=${MNO_RUNS:-1}
UDP_RATE=100
NEW_PORT=61820

# may_be_direct KIND_A KIND_B: do these NATs let a hole be punched?
may_be_direct()
{
	case $1/$2 in
	eim/eim | double/eim) return 0 ;;
	*) return 1 ;;
	esac
}

# What comes to the ports of relays at A's function, in packets; begun with "begin"
relay_seen()
{
	if [ "${1-}" = begin ]; then
		in_ns "$PF_A" nft -f - <<- END
			table inet seen {
				counter relayed { }
				chain in {
					type filter hook prerouting priority -400;
					udp dport 40000-49999 udp sport != { 5684, 5694 } counter name relayed
				}
			}
		END
	fi
	in_ns "$PF_A" nft list counter inet seen relayed | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

# has_rule SIDE: of its helper, about the relay
has_rule()
{
	in_ns "$(helper_ns "$1")" nft list chain inet "sidestep-$WG_PORT" in 2> /dev/null | grep -q "udp sport set"
}

has_no_rule()
{
	cmd_fail has_rule "$1"
}

# has_table SIDE: that rule's, or another program's of the same name
has_table()
{
	in_ns "$(helper_ns "$1")" nft list tables | grep -q "sidestep-$WG_PORT\$"
}

# has_left SIDE: its tunnel goes somewhere, but not to the relay
has_left()
{
	in_ns "$(helper_ns "$1")" wg show wg-p2p0 endpoints | grep '[0-9]:' | grep -qv "$PF_A4:"
}

both_have_left()
{
	has_left A && has_left B
}

# left_test NAME: with packets both ways all the time
left_test()
{
	local i stayed=0 before

	test_ok "$1: both ends have left the relay" busywait 5000 both_have_left
	sleep 2
	before=$(relay_seen begin)
	for ((i = 0; i < 50; i++)); do
		both_have_left && stayed=$((stayed + 1))
		sleep 0.1
	done
	test_eq "$1: and do not go back" "$stayed" 50
	test_eq "$1: nothing comes to the relay any more" "$(relay_seen)" "$before"
}

# home_test NAME: the session goes home, and the stream ends
home_test()
{
	mno_decide A release
	mno_decide B release
	test_ok "$1: home" busywait 20000 both_are direct
	stream_stop udp4 || diag "$1: udp4 did not end as it should"
	stream_clean udp4 $UDP_RATE || stream_report udp4
	test_ok "$1: nothing lost, nothing twice" stream_clean udp4 $UDP_RATE
}

# case_run NAME KIND_A KIND_B
case_run()
{
	local name=$1

	MNO_NAT_A=$2 MNO_NAT_B=$3
	mno_start
	# Until then something of the start may still be on its way.
	sleep 2
	udp_start udp4 4 5000 -r $UDP_RATE
	sleep 0.5
	mno_decide A prepare
	test_ok "$name: both have the infra path" busywait 5000 both_ready
	test_ok "$name: by the relay" busywait 5000 function_says "by the relay"
	if may_be_direct "$2" "$3"; then
		test_ok "$name: then without it" busywait 10000 function_says direct
		left_test "$name"
	else
		sleep 8
		test_ok "$name: not without it" cmd_fail function_says direct
	fi
	mno_decide A execute
	test_ok "$name: execute" busywait 5000 both_are infra
	sleep 2
	home_test "$name"
	test_ok "$name: the session is over" busywait 20000 mno_is_over
	# Else it has nothing to become.
	test_ok "$name: and both kernels know" busywait 70000 no_infra
	runs "$name" $LIMIT_MS none A
	runs "$name, 5 % loss on the signalling" $LOSSY_LIMIT_MS signalling A
	[ "$KTAP_FAILED" -eq 0 ] || mno_logs
	mno_stop
}

# B's NAT gives its tunnel another port, while the session is without the relay; A's lets
# in whoever comes to the tunnel's port.
map_anew()
{
	in_ns "$NAT_A" nft -f - <<- END
		table ip open {
			chain in {
				type nat hook prerouting priority dstnat;
				iifname "wan" udp dport $WG_PORT dnat to 192.168.10.2
			}
		}
	END
	in_ns "$NAT_B" nft -f - <<- END
		insert rule inet cgn postrouting oifname "wan" ip saddr 192.168.20.2 udp sport $WG_PORT snat ip to 203.0.113.2:$NEW_PORT
	END
	in_ns "$NAT_B" conntrack -D -p udp --orig-src 192.168.20.2 --orig-port-src $WG_PORT > /dev/null 2>&1
}

# a_goes_to PORT: of B's NAT, by A's tunnel
a_goes_to()
{
	in_ns "$UE_A" wg show wg-p2p0 endpoints | grep -q "	203.0.113.2:$1\$"
}

anew_test()
{
	local name="a NAT that maps anew" i stayed=0

	MNO_NAT_A=eim MNO_NAT_B=eim
	mno_start
	sleep 2
	udp_start udp4 4 5000 -r $UDP_RATE
	sleep 0.5
	mno_decide A prepare
	test_ok "$name: without the relay" busywait 10000 function_says direct
	test_ok "$name: both ends have left it" busywait 5000 both_have_left
	test_ok "$name: A goes to the old port" a_goes_to "$WG_PORT"
	map_anew
	test_ok "$name: A goes to the new one" busywait 3000 a_goes_to $NEW_PORT
	# Then the checks have given up the old one, and found this one.
	sleep 10
	for ((i = 0; i < 50; i++)); do
		a_goes_to $NEW_PORT && stayed=$((stayed + 1))
		sleep 0.1
	done
	test_eq "$name: A stays there" "$stayed" 50
	test_ok "$name: B has left the relay, too" has_left B
	home_test "$name"
	[ "$KTAP_FAILED" -eq 0 ] || mno_logs
	mno_stop
}

# alone_test: with nothing on the direct link when the relay is left
alone_test()
{
	local name="alone" rate=500 side late

	MNO_NAT_A=eim MNO_NAT_B=eim
	mno_start
	sleep 2
	udp_start udp4 4 5000 -r $rate
	udp_start udp6 6 5001 -r $rate
	sleep 0.5
	direct_cut
	mno_decide A execute
	mno_decide B execute
	test_ok "$name: without the relay" busywait 10000 function_says direct
	for side in A B; do
		test_ok "$name: a rule at $side" busywait 2000 has_rule $side
	done
	test_ok "$name: both ends have left it" busywait 5000 both_have_left
	for side in A B; do
		test_ok "$name: none stays at $side" busywait 5000 has_no_rule $side
	done
	test_ok "$name: away" both_are infra
	direct_restore
	mno_decide A release
	mno_decide B release
	test_ok "$name: home" busywait 20000 both_are direct
	for name in udp4 udp6; do
		stream_stop $name || diag "$name did not end as it should"
		for side in a b; do
			test_eq "alone: $name.$side: doubled" "$(result $name.$side duplicated)" 0
			late=$(result $name.$side reordered)
			diag "alone: $name.$side: $late overtaken"
			# What is sent in one round trip by the relay.
			test_ok "alone: $name.$side: not by turns" [ "$late" -le $((rate / 20)) ]
		done
	done
	[ "$KTAP_FAILED" -eq 0 ] || mno_logs
	mno_stop
}

# taken_test: the rule's table is another program's, to the helper as if there were no nftables
taken_test()
{
	local name="no rule" fd fds=() side

	MNO_NAT_A=eim MNO_NAT_B=eim
	mno_start
	for side in A B; do
		exec {fd}> >(exec ip netns exec "$(helper_ns $side)" nft -i > /dev/null)
		fds+=("$fd")
		echo "add table inet sidestep-$WG_PORT { flags owner; }" >&"$fd"
		test_ok "$name: another's at $side" busywait 2000 has_table $side
	done
	sleep 2
	udp_start udp4 4 5000 -r $UDP_RATE
	sleep 0.5
	mno_decide A prepare
	test_ok "$name: without the relay" busywait 10000 function_says direct
	left_test "$name"
	for side in A B; do
		test_ok "$name: why is said at $side" \
			helper_logged $side "may lead the tunnel back: .*not permitted"
	done
	home_test "$name"
	for fd in "${fds[@]}"; do
		exec {fd}>&-
	done
	[ "$KTAP_FAILED" -eq 0 ] || mno_logs
	mno_stop
}

ktap_header
times_begin
case_run "endpoint-independent" eim eim
case_run "one symmetric" eim symmetric
case_run "both symmetric" symmetric symmetric
case_run "two NATs in a row" double eim
case_run "IPv6 only and a firewall" ipv6 eim
MNO_GUARD=1
case_run "hosts that let nobody in" eim eim
MNO_GUARD=
anew_test
alone_test
taken_test
mno_one
case_run "one operator" eim eim
case_run "one operator, symmetric" symmetric symmetric
ktap_plan "$KTAP_COUNT"
ktap_end
