#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The helper's configuration, as `sidestep check` and `sidestep init` see it, and its man page:
# `selftests/unit/cli_conf_test.sh` at the root of the checkout. Builds what it needs.

set -eu

CONF_MAN=userspace/man/sidestepd.conf.5

# shellcheck source=selftests/unit/cli.sh
. "$(dirname "$0")/cli.sh"

# --- the helper's configuration ----------------------------------------------

# A directory that stands for /, with devices of its own.
ROOT=$TMP/root
PEER_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=

# device NAME TYPE FLAGS [DEVTYPE [FILE]]: FILE is one more in its directory
device()
{
	mkdir -p "$ROOT/sys/class/net/$1" "$ROOT/proc/net"
	echo "$2" > "$ROOT/sys/class/net/$1/type"
	echo "$3" > "$ROOT/sys/class/net/$1/flags"
	printf '%s\nINTERFACE=%s\n' "${4:+DEVTYPE=$4}" "$1" > "$ROOT/sys/class/net/$1/uevent"
	[ -z "${5:-}" ] || touch "$ROOT/sys/class/net/$1/$5"
}

# link_local NAME [FLAGS]
link_local()
{
	echo "fe80000000000000001122fffe445566 02 40 20 ${2:-80} $1" >> "$ROOT/proc/net/if_inet6"
}

default_route()
{
	printf '%s\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n' "$1" >> "$ROOT/proc/net/route"
}

default_route6()
{
	local zeros=00000000000000000000000000000000

	echo "$zeros 00 $zeros 00 fe800000000000000000000000000001 00000400 00000001 00000000 $2 $1" \
		>> "$ROOT/proc/net/ipv6_route"
}

host()
{
	rm -rf "$ROOT"
	device lo 772 0x9
	echo "00000000000000000000000000000001 01 80 10 80 lo" > "$ROOT/proc/net/if_inet6"
	printf 'Iface\tDestination\n' > "$ROOT/proc/net/route"
	: > "$ROOT/proc/net/ipv6_route"
	default_route6 lo 00200200
}

# conf LINE...: a session with these lines, and what they leave out
conf()
{
	local needed

	echo '[Session p2p0]' > "$TMP/conf"
	[ $# = 0 ] || printf '%s\n' "$@" >> "$TMP/conf"
	for needed in Peer=bob "PeerKey=$PEER_KEY" Direct=wlan0 Modem=wwan0; do
		grep -q "^${needed%%=*}=" "$TMP/conf" || echo "$needed" >> "$TMP/conf"
	done
}

# checked STATUS LINE...: what check says of the file, "FILE:" left out
checked()
{
	local expected=$1

	shift
	SIDESTEP_ROOT=$ROOT run check "$TMP/conf"
	cat "$TMP/out" "$TMP/err" | sed "s|^$TMP/conf:||" > "$TMP/said"
	[ "$status" = "$expected" ] && diff <(printf '%s\n' "$@") "$TMP/said"
}

# The function's section comes behind the session's.
mno()
{
	conf "$@"
	{
		echo "[Mno]"
		echo "Function=198.51.100.7"
		printf '%s='"$TMP/pem"'\n' Certificate Key Authority
	} >> "$TMP/conf"
	line=$(grep -n '^\[Mno' "$TMP/conf" | cut -d : -f 1)
}

test_check_mno()
{
	local line

	rm -f "$TMP/pem"
	mno PeerEPUID=bob@x.example
	ok "check: no certificate" checked 1 \
		"$line: Certificate=$TMP/pem: No such file or directory" \
		"$line: Key=$TMP/pem: No such file or directory" \
		"$line: Authority=$TMP/pem: No such file or directory"
	echo pem > "$TMP/pem"
	chmod 604 "$TMP/pem"
	ok "check: a key that others may read" checked 1 \
		"$line: Key=$TMP/pem: it may be read or changed by others (mode 0604): chmod 600, or 640 with the group of sidestepd"
	chmod 640 "$TMP/pem"
	ok "check: a function" checked 0 "$ok"
	mno
	ok "check: a function that has nothing to do" checked 0 "$ok" \
		"$line: note: no session has a PeerEPUID=, so the function has nothing to do"
}

test_check()
{
	local ok=' ok, 1 session'

	ok "check: extra word" misuse "check: unexpected word 'b'" check a b
	host
	device wlan0 1 0x1003 wlan phy80211
	device wwan0 519 0x10d1 wwan
	link_local wlan0
	conf
	ok "check: ok" checked 0 "$ok"
	ok "check: ok goes to stdout" test -s "$TMP/out" -a ! -s "$TMP/err"
	conf "Keepalive=" "Direkt=wlan0" "Direct=wlan0"
	ok "check: file, line, reason" checked 1 \
		"2: Keepalive= has no value: a number of seconds, or no such line" \
		"3: unknown key 'Direkt' in [Session]; do you mean Direct=?"
	ok "check: problems go to stderr" test -s "$TMP/err" -a ! -s "$TMP/out"
	conf "Direct=wlan7" "Modem=wwan7"
	ok "check: devices come and go" checked 0 "$ok" \
		"1: note: Direct=wlan7: there is no such device now" \
		"1: note: Modem=wwan7: there is no such device now"
	test_check_mno
	: > "$TMP/conf"
	ok "check: no session" checked 0 " ok, 0 sessions"
	rm "$TMP/conf"
	# shellcheck disable=SC2016
	ok "check: no file" checked 1 ' no such file; `sidestep init` writes one'
	test_check_devices
	if [ -d /sys/module/sidestep ]; then
		skip "check: module not loaded" "it is loaded"
		return
	fi
	run check "$TMP/conf"
	ok "check: module not loaded" grep -qx \
		"$TMP/conf: the kernel module is not loaded (modprobe sidestep)" "$TMP/err"
}

# not_direct WHAT DEVICE...: check refuses it as Direct=
not_direct()
{
	local what=$1

	shift
	device "$@"
	link_local "$1"
	conf "Direct=$1"
	ok "check: $1 is $what" checked 1 "1: Direct=$1 is $what: say the radio's device"
}

test_check_devices()
{
	not_direct "a tunnel" tun0 65534 0x1091 '' tun_flags
	not_direct "a tunnel" gre0 778 0x1
	not_direct "a tunnel" sit0 776 0x1
	not_direct "a tunnel" vxlan0 1 0x1003 vxlan
	not_direct "a WireGuard tunnel" wg0 65534 0x91 wireguard
	not_direct "a session device" p2p7 65534 0x91 '' sidestep
	not_direct "a bridge" br0 1 0x1003 bridge bridge
	not_direct "a PPP link" ppp0 512 0x10d1
	conf Direct=lo Modem=ppp0
	ok "check: lo is the loopback device" \
		checked 1 "1: Direct=lo is the loopback device: say the radio's device"
	conf Modem=p2p7
	ok "check: a modem is no session device" \
		checked 1 "1: Modem=p2p7 is a session device: say the modem's device"
	device wlan1 1 0x1003 wlan phy80211
	link_local wlan1 88
	conf Direct=wlan1
	ok "check: no link-local address" checked 1 "1: Direct=wlan1 has no IPv6 link-local address, the helpers need one to find each other: sysctl -w net/ipv6/conf/wlan1/disable_ipv6=0, or ip link set wlan1 addrgenmode eui64"
	device wlan1 1 0x1002 wlan phy80211
	ok "check: a device that is down" checked 0 " ok, 1 session" "1: note: Direct=wlan1 is down"
	device p2p0 1 0x1003
	device wg-p2p0 1 0x1003
	conf
	ok "check: other devices have the names" checked 1 \
		"1: p2p0 is there and no session device: say another name in [Session p2p0]" \
		"1: wg-p2p0 is there and no WireGuard device: say another Tunnel="
	device p2p0 65534 0x91 '' sidestep
	device wg-p2p0 65534 0x91 wireguard
	ok "check: the helper's devices are there" checked 0 " ok, 1 session"
}

# proposed SESSION DIRECT MODEM: what init writes
proposed()
{
	rm -f "$TMP/new.conf"
	SIDESTEP_ROOT=$ROOT run init "$TMP/new.conf"
	cat "$TMP/err"
	[ "$status" = 0 ] && diff <(printf '%s\n' "[Session $1]" "Direct=$2" "Modem=$3") \
		<(grep -E '^(\[Session|Direct|Modem)' "$TMP/new.conf")
}

# found LINE LINE: what it says of radios, and of modems
found()
{
	diff <(printf '# Found: %s\n' "$@") <(grep '^# Found' "$TMP/new.conf")
}

# Each "#Key=value" is the parser's, too.
init_is_good()
{
	(umask 077; echo pem > "$TMP/pem")
	sed -i "s|^Peer=|&bob|; s|^PeerKey=|&$PEER_KEY|; s/^#\([A-Z][A-Za-z]*=\)/\1/
		s/^#\[Mno\]/[Mno]/; s|=/etc/sidestep/.*|=$TMP/pem|" "$TMP/new.conf"
	cp "$TMP/new.conf" "$TMP/conf"
	grep -q ^Standby= "$TMP/conf" && checked 0 " ok, 1 session"
}

init_lacks_values()
{
	run check "$TMP/new.conf"
	cat "$TMP/err"
	[ "$(grep -c "^$TMP/new.conf:[0-9]*: Peer\(Key\)\?= has no value" "$TMP/err")" = 2 ] &&
		! grep -v "has no value\|the kernel module is not loaded" "$TMP/err"
}

makes_directory()
{
	umask 022
	run init "$TMP/etc/conf"
	cat "$TMP/err"
	[ "$status" = 0 ] && [ "$(stat -c %a "$TMP/etc" "$TMP/etc/conf" | tr '\n' ' ')" = "755 644 " ]
}

test_init()
{
	ok "init: extra word" misuse "init: unexpected word 'b'" init a b
	host
	device docker0 1 0x1003 bridge bridge
	default_route docker0
	ok "init: nothing there" proposed p2p0 "" ""
	ok "init: says what to fill in" grep -qx \
		"$TMP/new.conf: fill in Peer=, PeerKey=, Direct=, Modem=; then: sidestep check $TMP/new.conf" \
		"$TMP/out"
	ok "init: found nothing" found none none
	device eth0 1 0x1003
	device eth1 1 0x1003
	default_route eth0
	device tun0 65534 0x1091 '' tun_flags
	default_route tun0
	device wlan0 1 0x1003 wlan phy80211
	default_route6 wlan0 00000003
	default_route6 eth1 00000200
	ok "init: a radio and a way out" proposed p2p0 wlan0 eth0
	ok "init: found these" found "wlan0 (radio, default route)" \
		"eth0 (network, default route), wlan0 (radio, default route)"
	device wlan1 1 0x1002 wlan phy80211
	device enx1 1 0x1002 wwan
	device p2p0 65534 0x91 '' sidestep
	link_local wlan1
	ok "init: a free radio, a modem, a name that nothing has" proposed p2p1 wlan1 enx1
	ok "init: found those" found "wlan0 (radio, default route), wlan1 (radio, down)" \
		"enx1 (modem, down), eth0 (network, default route), wlan0 (radio, default route)"
	ok "init: two values are missing, nothing else" init_lacks_values
	device wlan1 1 0x1003 wlan phy80211
	ok "init: with values, all of it is good" init_is_good
	echo mine > "$TMP/new.conf"
	ok "init: replaces nothing" \
		fails "init: '$TMP/new.conf' is there already: remove it, or name another file" \
		init "$TMP/new.conf"
	ok "init: left it as it was" grep -qx mine "$TMP/new.conf"
	ok "init: makes the directory" makes_directory
	ok "init: but one only" fails "init: '$TMP/a/b/conf': No such file or directory" \
		init "$TMP/a/b/conf"
}

# --- its man page ------------------------------------------------------------

conf_keys()
{
	sed -n 's/^\t\t"\([A-Z][A-Za-z]*\)", .*/\1=/p' userspace/common/conf_key.c
}

# Each key is explained, in order, and in what init writes.
man_has_conf_keys()
{
	[ "$(conf_keys | wc -l)" -gt 10 ] &&
		diff <(conf_keys) <(grep -A 1 '^\.TP' "$CONF_MAN" | sed -n 's/^\.B \([A-Z].*=\)$/\1/p') &&
		rm -f "$TMP/new.conf" && run init "$TMP/new.conf" &&
		diff <(conf_keys | sort) <(grep -o '^#\?[A-Z][A-Za-z]*=' "$TMP/new.conf" | tr -d '#' | sort)
}

man_example_is_good()
{
	sed -n '/^\[Host\]/,/^\.RE/p' "$CONF_MAN" | grep -v '^\.' > "$TMP/conf"
	rm -rf "$ROOT"
	mkdir "$ROOT"
	SIDESTEP_ROOT=$ROOT run check "$TMP/conf"
	cat "$TMP/err"
	[ "$status" = 0 ] && [ "$(cat "$TMP/out")" = "$TMP/conf: ok, 1 session" ]
}

test_man()
{
	ok "man page has the keys of the configuration" man_has_conf_keys
	ok "man page's configuration is good" man_example_is_good
}

echo "KTAP version 1"
test_check
test_init
test_man
ok_end
