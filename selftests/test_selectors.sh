#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Selectors: in state infra, with the direct link cut, what is picked gets
# through and what is not does not. Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/flows.sh
. "$here/flows.sh"

# protect WORDS...: at A; B protects all
protect()
{
	in_ns "$UE_A" "$SIDESTEP" set p2p0 "$@"
}

ping_b()
{
	in_ns "$UE_A" ping -q -c 1 -W 0.3 "$@" > "$TMP/talk"
}

# through POINT COMMAND...
through()
{
	test_ok "$1: gets through" "${@:2}"
}

# not_through POINT COMMAND...: neither an answer nor a byte on the tunnel
not_through()
{
	local point=$1 before

	shift
	before=$(counter "$UE_A" tx_tagged)
	test_ok "$point: does not get through" fails "$@"
	test_eq "$point: was not tagged" "$(counter "$UE_A" tx_tagged)" "$before"
}

fails()
{
	! "$@"
}

by_protocol()
{
	protect protect proto udp
	through "proto udp, UDP, IPv4" talk 4
	through "proto udp, UDP, IPv6" talk 6
	not_through "proto udp, TCP" talk 4 -t
	not_through "proto udp, ping" ping_b $B4
	protect protect proto icmp protect proto icmpv6
	through "proto icmp, ping" ping_b $B4
	through "proto icmpv6, ping" ping_b $B6
	not_through "proto icmp, UDP" talk 6
}

by_port()
{
	protect protect proto tcp dport $ECHO_PORT
	through "proto tcp dport, TCP, IPv4" talk 4 -t
	through "proto tcp dport, TCP, IPv6" talk 6 -t
	not_through "proto tcp dport, UDP" talk 4
	protect protect dport 7001-8000 protect sport 6000-6999
	not_through "port ranges, none" talk 4 -q 7000
	not_through "port ranges, TCP, none" talk 6 -t -q 7001
	through "port ranges, first" talk 4 -q 6000
	through "port ranges, last, IPv6" talk 6 -q 6999
	not_through "port ranges, ping" ping_b $B4
	protect protect dport $ECHO_PORT
	through "dport, a datagram that is fragmented" talk 4 -s 4000
	through "dport, a datagram that is fragmented, IPv6" talk 6 -s 4000
}

by_mark()
{
	protect protect mark 0x1/0xf
	through "mark, IPv4" talk 4 -m $((0x31))
	through "mark, TCP, IPv6" talk 6 -t -m $((0x1))
	not_through "another mark" talk 4 -m $((0x13))
	not_through "no mark" talk 6
}

by_dscp()
{
	protect protect dscp ef
	through "dscp ef, IPv4" talk 4 -d $((46 << 2))
	through "dscp ef, IPv6" talk 6 -d $((46 << 2))
	through "dscp ef with ECN" talk 4 -d $((46 << 2 | 2))
	not_through "dscp af41" talk 4 -d $((34 << 2))
	not_through "no dscp" talk 6
}

by_uid()
{
	local as=(setpriv --regid=100 --clear-groups)

	protect protect uid 1000-1001
	through "uid, first, IPv4" talk "${as[@]}" --reuid=1000 4
	through "uid, last, IPv6" talk "${as[@]}" --reuid=1001 6
	through "uid, TCP" talk "${as[@]}" --reuid=1000 4 -t
	not_through "uid above" talk "${as[@]}" --reuid=1002 4
	not_through "root" talk 4
	protect protect uid 0
	through "uid 0, UDP of root" talk 4
	not_through "uid 0, UDP of another" talk "${as[@]}" --reuid=1000 4
}

# talk_in GROUP ARGS...: from within the cgroup
talk_in()
{
	(
		echo "$BASHPID" > "$CGROUPS/$1/cgroup.procs"
		talk "${@:2}"
	)
}

by_cgroup()
{
	CGROUPS=$TMP/cgroups
	mkdir "$CGROUPS"
	mount -t cgroup2 cgroup2 "$CGROUPS" || die "no cgroups"
	defer umount "$CGROUPS"
	mkdir -p "$CGROUPS/calls/child" "$CGROUPS/other"
	protect protect cgroup "$CGROUPS/calls"
	through "cgroup, IPv4" talk_in calls 4
	through "cgroup, TCP, IPv6" talk_in calls 6 -t
	through "cgroup, its child" talk_in calls/child 4
	not_through "another cgroup" talk_in other 4
	not_through "no cgroup" talk 6
	protect protect cgroup "$CGROUPS/calls/child"
	not_through "cgroup, its parent" talk_in calls 4
}

# All fields of one selector; any of several selectors.
combined()
{
	protect protect proto udp dport $ECHO_PORT mark 7 dscp cs1 uid 0
	through "five fields" talk 4 -m 7 -d 32
	not_through "five fields, one is wrong" talk 4 -m 7 -d 0
	protect protect mark 7 protect mark 8
	through "the second of two selectors" talk 4 -m 8
	not_through "none of two selectors" talk 4 -m 9
	protect id $SESSION_ID
	not_through "selectors stay when another thing is set" talk 4 -m 9
}

# The route leads to the session itself, as a fallback does.
routed()
{
	local before

	protect protect mark 7
	ip -n "$UE_A" route add $B4/32 dev p2p0 src $A4
	through "routed to the session, picked" talk 4 -m 7
	before=$(counter "$UE_A" tx_unprotected)
	not_through "routed to the session, not picked" talk 4
	test_eq "and is counted" "$(counter "$UE_A" tx_unprotected)" $((before + 1))
	ip -n "$UE_A" route del $B4/32 dev p2p0
}

nat_counted()
{
	in_ns "$UE_A" nft list table ip other_port | grep -q 'packets 1 '
}

# Source NAT changes the port that was selected; what was steered goes on.
natted()
{
	protect protect sport 6000
	in_ns "$UE_A" nft -f - <<- END || die "no NAT"
		table ip other_port {
			chain postrouting {
				type nat hook postrouting priority 100;
				udp sport 6000 counter snat to $A4:6500
			}
		}
	END
	through "sport, with SNAT to another" talk 4 -q 6000
	test_ok "and NAT saw it" nat_counted
	in_ns "$UE_A" nft delete table ip other_port
}

# shown WORDS: what "show" prints is what was set, and can be set again
shown()
{
	# shellcheck disable=SC2086 # words
	protect protect $1
	test_eq "show: $1" \
		"$(in_ns "$UE_A" "$SIDESTEP" show p2p0 | sed -n 's/^  protect: *//p')" "$1"
}

# refused POINT TEXT WORDS...
refused()
{
	local text

	if ! text=$(in_ns "$UE_A" "$SIDESTEP" set p2p0 "${@:3}" 2>&1) &&
		[[ $text == *"$2"* ]]; then
		test_pass "$1"
	else
		test_fail "$1" "the text is '$text', without '$2'"
	fi
}

said()
{
	local many=()

	shown "proto tcp sport 1-65535 dport 22"
	shown "mark 0x1/0xff dscp 63 uid 0-4294967294"
	refused "ports of a protocol without" "proto 'icmp': the protocol has no ports" \
		protect proto icmp dport 7
	refused "a mark beyond its mask" "mark '0x10/0xf': the mark has bits" \
		protect mark 0x10/0xf
	refused "all and another" "stands alone" protect all protect mark 1
	refused "another and all" "stands alone" protect mark 1 protect all
	for _ in {1..17}; do
		many+=(protect "dscp" 1)
	done
	refused "17 selectors" "more than 16" "${many[@]}"
	protect "${many[@]:3}"
	test_eq "16 selectors" "$(session_show "$UE_A" | grep -o '"dscp":1,' | wc -l)" 16
	protect protect all
	test_eq "protect all" "$(session_field "$UE_A" protect)" "[]"
	through "protect all, UDP" talk 4
	through "protect all, ping" ping_b $B6
}

ktap_header
topo_up 2 25
session_up
server_up "$UE_B" $B4
server_up "$UE_B" $B6
switch_both infra || die "no infra"
direct_cut
by_protocol
by_port
by_mark
by_dscp
by_uid
by_cgroup
combined
routed
natted
said
ktap_plan "$KTAP_COUNT"
ktap_end
