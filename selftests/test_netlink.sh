#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bad input is refused with a text that names it, and nothing has changed.
# Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# Attributes by number, as in the uapi header.
CMD_SWITCH=3
A_IFNAME=2 A_ID=3 A_PEER=4 A_TX_KEY=5 A_RX_KEY=6 A_DIRECT=7 A_INFRA=8 A_WANTED=10
# Nested.
A_PREFIX=$((20 | 0x8000))

# config_of DEVICE: all that a command may have changed
config_of()
{
	in_ns "$UE_A" "$SIDESTEP" -j show "$1" | "$PROGS/jget" 0.id 0.peers 0.state \
		0.wanted 0.paths.0.ifname 0.paths.1.ifname
}

# refused POINT WORD COMMAND...: by A, with WORD in the text
refused()
{
	local point=$1 word=$2 text before rc

	shift 2
	before=$(config_of p2p0; config_of q0)
	text=$(in_ns "$UE_A" "$@" 2>&1)
	rc=$?
	if [ $rc -eq 0 ]; then
		test_fail "$point" "was done: $*"
	elif ! grep -qiE "$word" <<< "$text"; then
		test_fail "$point" "the text is '$text', without '$word'"
	elif [ "$(config_of p2p0; config_of q0)" != "$before" ]; then
		test_fail "$point" "refused ($text), but something has changed"
	else
		test_pass "$point"
	fi
}

# The second session, complete but for what is asked.
set_q0()
{
	printf '%s\n' "$SIDESTEP" set q0 id 8 peer 10.77.0.9 \
		tx-key "$TMP/key_ab" rx-key "$TMP/key_ba" direct direct0 infra wg0
}

# set_without WORD: set_q0 without the word and its value, into ARGS
set_without()
{
	mapfile -t ARGS < <(set_q0 | sed "/^$1\$/,+1d")
}

# set_with WORD VALUE: set_q0 with another value, into ARGS
set_with()
{
	set_without "$1"
	ARGS+=("$1" "$2")
}

hex()
{
	printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'
}

name_hex()
{
	hex "$1"
	echo 00
}

refused_without()
{
	set_without "$1"
	refused "a session without $1" "$2" "${ARGS[@]}"
}

# refused_with POINT WORD KEY VALUE
refused_with()
{
	set_with "$3" "$4"
	refused "$1" "$2" "${ARGS[@]}"
}

incomplete()
{
	refused_without id "id"
	refused_without peer "peer"
	refused_without tx-key "tx.key"
	refused_without rx-key "rx.key"
	refused_without direct "direct"
	refused_without infra "infra"
}

devices()
{
	refused "set of an unknown device" "nope" "$SIDESTEP" set nope id 8
	refused "set of a device of another kind" "direct0" "$SIDESTEP" set direct0 id 8
	refused "switch of an unknown device" "nope" "$SIDESTEP" switch nope bicast
	refused "show of an unknown device" "nope" "$SIDESTEP" show nope
	refused_with "unknown direct device" "nope.*no such device" direct nope
	refused_with "unknown infra device" "nope.*no such device" infra nope
	refused_with "direct and infra are one device" "same device" direct wg0
	refused_with "infra is an Ethernet device" "modem0.*layer-3" infra modem0
	refused_with "the session itself as direct device" "session device" direct q0
	refused_with "another session as infra device" "session device" infra p2p0
	refused_with "loopback as direct device" "loopback" direct lo
	ip -n "$UE_A" link set wg0 mtu 1295
	set_with peer fd77::9
	refused "infra is too small for IPv6" "MTU" "${ARGS[@]}"
	ip -n "$UE_A" link set wg0 mtu 1420
}

peers()
{
	refused_with "a peer of another session, IPv4" "10.77.0.2.*another session" peer $B4
	refused_with "a peer of another session, IPv6" "fd77::2.*another session" peer $B6
	refused_with "the id of another session" "id.*another session" id $SESSION_ID
	refused_with "the host's own address as peer" "own" peer $A4
	refused_with "multicast as peer" "not the address of a host" peer 224.0.0.1
	set_with peer 10.77.0.9
	refused "a peer twice" "twice" "${ARGS[@]}" peer 10.77.0.9
}

prefixes()
{
	set_with peer 10.77.0.9
	refused "a prefix with bits behind it" "10.88.0.1/16.*bits" "${ARGS[@]}" peer 10.88.0.1/16
	refused "a prefix twice" "10.88.0.0/16.*twice" "${ARGS[@]}" \
		peer 10.88.0.0/16 peer 10.88.0.0/16
	refused "a prefix of multicast" "hosts" "${ARGS[@]}" peer 224.0.0.0/8
	refused "a prefix of link-local addresses" "hosts" "${ARGS[@]}" peer fd77::9 peer fe80::/64
	refused "a prefix without a next hop of its family" "fd88::/64.*next hop" \
		"${ARGS[@]}" peer fd88::/64
	refused "a prefix of another session's peer" "10.77.0.0/30.*another session" \
		"${ARGS[@]}" peer 10.77.0.0/30
	refused "nine peers and prefixes" "10.88.7.0/24.*8" "${ARGS[@]}" \
		peer 10.88.0.0/24 peer 10.88.1.0/24 peer 10.88.2.0/24 peer 10.88.3.0/24 \
		peer 10.88.4.0/24 peer 10.88.5.0/24 peer 10.88.6.0/24 peer 10.88.7.0/24
	refused_with "a prefix as only peer" "next hop" peer 10.88.0.0/16
}

keys()
{
	head -c 15 /dev/zero | base64 > "$TMP/short_key"
	echo "not a key at all" > "$TMP/no_key"
	refused_with "a key that is too short" "short_key" tx-key "$TMP/short_key"
	refused_with "a key that is none" "no_key" rx-key "$TMP/no_key"
	refused_with "a key file that is not there" "nowhere" rx-key "$TMP/nowhere"
	refused_with "one key for both directions" "the same" rx-key "$TMP/key_ab"
}

states()
{
	refused "an unknown state" "sideways" "$SIDESTEP" switch p2p0 sideways
	refused "a switch before the session is configured" "configured" "$SIDESTEP" switch q0 bicast
}

# What no command line lets through, but another program may send.
raw()
{
	local q0 p2p0 key peer addr len

	q0=$A_IFNAME=$(name_hex q0)
	p2p0=$A_IFNAME=$(name_hex p2p0)
	key=$(hex 0123456789abcdef)
	peer=$A_PEER=0a4d0002
	# In a prefix: 10.88.0.0, and 16 bits.
	addr=080001000a580000
	len=0500020010000000
	refused "raw: no device" "." "$PROGS/rawset" "$A_ID=0900"
	refused "raw: key of 15 bytes" "key" "$PROGS/rawset" "$p2p0" "$A_TX_KEY=${key:2}"
	refused "raw: key of 17 bytes" "key" "$PROGS/rawset" "$p2p0" "$A_RX_KEY=${key}00"
	refused "raw: key of no bytes" "key" "$PROGS/rawset" "$p2p0" "$A_TX_KEY="
	refused "raw: id 0" "id" "$PROGS/rawset" "$p2p0" "$A_ID=0000"
	refused "raw: peer of 5 bytes" "peer" "$PROGS/rawset" "$p2p0" "$A_PEER=0a4d000900"
	refused "raw: peer of no bytes" "peer" "$PROGS/rawset" "$p2p0" "$A_PEER="
	refused "raw: mapped IPv4 peer" "IPv4" "$PROGS/rawset" "$p2p0" \
		"$A_PEER=00000000000000000000ffff0a4d0009"
	refused "raw: device name that is too long" "." "$PROGS/rawset" "$p2p0" \
		"$A_DIRECT=$(name_hex averyveryverylongname)"
	refused "raw: nothing but a device" "." "$PROGS/rawset" "$q0" "$A_INFRA=$(name_hex wg0)"
	refused "raw: state 3" "." "$PROGS/rawset" -c "$CMD_SWITCH" "$p2p0" "$A_WANTED=03"
	refused "raw: no state" "." "$PROGS/rawset" -c "$CMD_SWITCH" "$p2p0"
	refused "raw: prefix that is not nested" "." "$PROGS/rawset" "$p2p0" "$((A_PREFIX & 0x7fff))=$addr$len"
	refused "raw: prefix without length" "length" "$PROGS/rawset" "$p2p0" "$peer" "$A_PREFIX=$addr"
	refused "raw: prefix without address" "address" "$PROGS/rawset" "$p2p0" "$peer" "$A_PREFIX=$len"
	refused "raw: prefix of 33 bits" "long" "$PROGS/rawset" "$p2p0" "$peer" \
		"$A_PREFIX=${addr}0500020021000000"
	refused "raw: prefix of 255 bits" "long" "$PROGS/rawset" "$p2p0" "$peer" \
		"$A_PREFIX=${addr}05000200ff000000"
	refused "raw: prefix of 5 bytes" "4 or 16" "$PROGS/rawset" "$p2p0" "$peer" \
		"$A_PREFIX=090001000a58000000000000$len"
	# Nine peers are one too many.
	refused "raw: nine peers" "8" "$PROGS/rawset" "$p2p0" \
		"$A_PEER=0a4d0011" "$A_PEER=0a4d0012" "$A_PEER=0a4d0013" \
		"$A_PEER=0a4d0014" "$A_PEER=0a4d0015" "$A_PEER=0a4d0016" \
		"$A_PEER=0a4d0017" "$A_PEER=0a4d0018" "$A_PEER=0a4d0019"
}

unprivileged_show()
{
	in_ns "$UE_A" setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$SIDESTEP" -j show p2p0 > "$TMP/show"
}

unprivileged()
{
	refused "set without CAP_NET_ADMIN" "not permitted|permission" \
		setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		"$SIDESTEP" set p2p0 id 9
	test_ok "show without any capability" unprivileged_show
}

# held SIZE: memory of a datagram of A's that waits for a neighbour's address
held()
{
	local queued

	# Else the search for that neighbour may come to its end just now.
	ip -n "$UE_A" neigh flush to 10.77.0.99 dev direct0
	# shellcheck disable=SC2016
	queued=$(in_ns "$UE_A" bash -c 'exec 3> /dev/udp/10.77.0.99/9 &&
		printf "%*s" "$1" "" >&3 && cat /proc/net/udp' bash "$1" |
		awk '$3 ~ /:0009$/ { print substr($5, 1, 8) }')
	echo $((16#${queued:-0}))
}

# tightest: the longest datagram that takes no more than a short one; a little
# more headroom, and it takes more
tightest()
{
	local size=100 least

	least=$(held $size)
	while [ $size -lt 1400 ] && [ "$(held $((size + 8)))" = "$least" ]; do
		size=$((size + 8))
	done
	echo $size
}

# session_config NAME ID INFRA: a session of A's over direct0
session_config()
{
	ip -n "$UE_A" link add "$1" type sidestep &&
		in_ns "$UE_A" "$SIDESTEP" set "$1" id "$2" peer "10.77.0.$2" \
			tx-key "$TMP/key_ab" rx-key "$TMP/key_ba" direct direct0 infra "$3"
}

# size_of SESSION: a datagram that the session's headroom makes take more
size_of()
{
	[ "$1" = q0 ] && echo "$SIZE" || echo $((SIZE - 32))
}

# headroom_order FIRST SECOND: q0 needs little, q1 more; the first goes first
headroom_order()
{
	session_config q0 20 tun0 || test_fail "headroom: q0"
	test_ok "headroom, $1 goes first: q0 raises it" [ "$(held "$SIZE")" -gt "$PLAIN" ]
	session_config q1 21 wg0 || test_fail "headroom: q1"
	test_ok "headroom, $1 goes first: q1 raises it more" \
		[ "$(held $((SIZE - 32)))" -gt "$PLAIN" ]
	ip -n "$UE_A" link del "$1"
	test_ok "headroom, $1 goes first: $2 still has its own" \
		[ "$(held "$(size_of "$2")")" -gt "$PLAIN" ]
	ip -n "$UE_A" link del "$2"
	test_eq "headroom, $1 goes first: at last it is as it was" "$(held "$SIZE")" "$PLAIN"
}

# Two sessions share a direct device.
headroom()
{
	modprobe -q tun
	ip -n "$UE_A" -batch - <<- END
		link del p2p0
		link del q0
		tuntap add tun0 mode tun
	END
	SIZE=$(tightest)
	PLAIN=$(held "$SIZE")
	headroom_order q0 q1
	headroom_order q1 q0
}

ktap_header
topo_up 2 25
session_up
ip -n "$UE_A" link add q0 type sidestep || die "no second session"
incomplete
devices
peers
prefixes
keys
states
raw
unprivileged
test_ok "the session still switches" switch_both bicast
mapfile -t ARGS < <(set_q0)
test_ok "a second session is accepted" in_ns "$UE_A" "${ARGS[@]}" peer 10.88.0.0/16 peer 10.88.9.9/32
test_eq "and has what was said" "$(config_of q0 | tr '\n' ' ')" \
	'8 ["10.77.0.9","10.88.0.0/16","10.88.9.9/32"] direct direct direct0 wg0 '
ip -n "$UE_A" link set q0 up
refused "a switch to a path that never answered" "answered" "$SIDESTEP" switch q0 infra
headroom
ktap_plan "$KTAP_COUNT"
ktap_end
