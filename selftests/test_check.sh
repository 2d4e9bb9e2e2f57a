#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `sidestep check` and `sidestep init` see of real devices, and of the module.
# In tables of files: unit/cli_conf_test.sh. Topology: radio.sh, without tunnel and NATs;
# modem0 is a dummy.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/radio.sh
. "$here/radio.sh"

CONF=$TMP/sidestepd.conf

ue()
{
	in_ns "$UE_A" "$@"
}

# check: its status, what it says without the file's name
check()
{
	ue "$SIDESTEP" check "$CONF" > "$TMP/said" 2>&1
	echo "$?" "$(sed "s|^$CONF: *||; s|^$CONF:||" "$TMP/said")"
}

all_ok()
{
	[ "$(check)" = "0 ok, 1 session" ]
}

# direct_is DEVICE: from now on it is Direct=
direct_is()
{
	sed -i "s/^Direct=.*/Direct=$1/" "$CONF"
}

# refused WHAT DEVICE ADD...: as Direct=
refused()
{
	local what=$1 dev=$2

	shift 2
	if ! ue ip "$@" 2> "$TMP/err"; then
		test_skip "check: $dev" "$(< "$TMP/err")"
		return
	fi
	ue ip link set "$dev" up
	direct_is "$dev"
	test_eq "check: $dev is $what" "$(check)" \
		"1 $LINE: Direct=$dev is $what: say the radio's device"
	ue ip link del "$dev"
}

ktap_header
ns_add "$UE_A" "$UE_B"
defer ns_del "$UE_A" "$UE_B"
direct_up
module_load || die "cannot load $SIDESTEP_KO"
ue ip link add modem0 type dummy
address_up "$UE_A" modem0 192.168.10.2 fd10::2
ue ip route add default via 192.168.10.1

test_ok "init" ue "$SIDESTEP" init "$CONF"
test_eq "init: a radio and a way out" "$(grep -E '^(Direct|Modem)=' "$CONF" | paste -s -d ' ')" \
	"Direct=direct0 Modem=modem0"
test_eq "init: radio found" "$(grep -m 1 '^# Found' "$CONF")" "# Found: direct0 (radio)"
sed -i "s|^Peer=|&bob|; s|^PeerKey=|&$(head -c 32 /dev/zero | base64)|" "$CONF"
LINE=$(grep -n '^\[Session' "$CONF" | cut -d : -f 1)
test_eq "check: ok" "$(check)" "0 ok, 1 session"
ue ip link add p2p0 type sidestep
ue ip link add wg-p2p0 type wireguard
test_eq "check: ok with the helper's devices" "$(check)" "0 ok, 1 session"
ue ip link del p2p0
ue ip link del wg-p2p0
ue ip link add wg-p2p0 type dummy
test_eq "check: another device has the tunnel's name" "$(check)" \
	"1 $LINE: wg-p2p0 is there and no WireGuard device: say another Tunnel="
ue ip link del wg-p2p0

ue sysctl -qw net/ipv6/conf/direct0/disable_ipv6=1
test_eq "check: no link-local address" "$(check | cut -d , -f 1)" \
	"1 $LINE: Direct=direct0 has no IPv6 link-local address"
ue sysctl -qw net/ipv6/conf/direct0/disable_ipv6=0
test_ok "check: the way out is one" busywait 5000 all_ok
ue ip link set direct0 down
test_eq "check: a device that is down" "$(check | head -n 1)" "0 $LINE: note: Direct=direct0 is down"

refused "a WireGuard tunnel" wg9 link add wg9 type wireguard
refused "a session device" p2p9 link add p2p9 type sidestep
refused "a bridge" br9 link add br9 type bridge
refused "a tunnel" sit9 link add sit9 type sit remote 192.168.10.3
refused "a tunnel" gre9 link add gre9 type gre remote 192.168.10.3
refused "a tunnel" ipip9 link add ipip9 type ipip remote 192.168.10.3
refused "a tunnel" vxlan9 link add vxlan9 type vxlan id 9 remote 192.168.10.3 dstport 4789
modprobe -q tun
refused "a tunnel" tun9 tuntap add tun9 mode tun
direct_is lo
test_eq "check: lo is the loopback device" "$(check)" \
	"1 $LINE: Direct=lo is the loopback device: say the radio's device"
direct_is none0
test_eq "check: no such device" "$(check | head -n 1)" \
	"0 $LINE: note: Direct=none0: there is no such device now"
module_unload
test_eq "check: no module" "$(check | tail -n 1)" \
	"the kernel module is not loaded (modprobe sidestep)"
ktap_end
