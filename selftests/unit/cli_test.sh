#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command line, without a kernel module: `selftests/unit/cli_test.sh` at the
# root of the checkout. Builds what it needs.

set -eu

CC=${CC:-cc}
NAMES=kmod/uapi/linux/sidestep.h
MAN=userspace/man/sidestep.8
CONF_MAN=userspace/man/sidestepd.conf.5
SPEC=docs/netlink/sidestep.yaml
SIDESTEP=$PWD/userspace/cli/sidestep
KEY=AAECAwQFBgcICQoLDA0ODw==

# shellcheck source=selftests/unit/ok.sh
. "$(dirname "$0")/ok.sh"

skip()
{
	count=$((count + 1))
	echo "ok $count $1 # SKIP $2"
}

# run ARGS...: the status, stdout and stderr of sidestep
run()
{
	status=0
	"$SIDESTEP" "$@" > "$TMP/out" 2> "$TMP/err" || status=$?
}

# says TEXT ARGS...: sidestep prints TEXT alone to stdout and exits 0
says()
{
	local text=$1

	shift
	run "$@"
	cat "$TMP/out" "$TMP/err"
	[ "$status" = 0 ] && [ "$(cat "$TMP/out")" = "$text" ] &&
		[ ! -s "$TMP/err" ]
}

# refuses LINE ARGS...: sidestep exits 1 with LINE on stderr, nothing on stdout
refuses()
{
	local line=$1

	shift
	run "$@"
	cat "$TMP/err"
	[ "$status" = 1 ] && [ "$(head -n 1 "$TMP/err")" = "sidestep: $line" ] &&
		[ ! -s "$TMP/out" ]
}

# misuse LINE ARGS...: likewise, and one more line with the usage
misuse()
{
	refuses "$@" && [ "$(wc -l < "$TMP/err")" = 2 ] &&
		sed -n 2p "$TMP/err" | grep -qE "^usage: sidestep |^'sidestep help'"
}

# fails LINE ARGS...: likewise, with one line in all
fails()
{
	refuses "$@" && [ "$(wc -l < "$TMP/err")" = 1 ]
}

# feed TEXT ARGS...: cli_feed prints TEXT
feed()
{
	local text=$1

	shift
	"$TMP/cli_feed" "$@" > "$TMP/out" 2>&1
	diff <(printf '%s\n' "$text") "$TMP/out"
}

# key_file NAME TEXT
key_file()
{
	(umask 077; printf '%s' "$2" > "$TMP/$1")
}

# Enough of "sidestep set" to be refused by nothing but the key.
bad_key()
{
	fails "set p2p0: tx-key '$TMP/$1': $2" set p2p0 id 7 tx-key "$TMP/$1"
}

# --- arguments ---------------------------------------------------------------

test_arguments()
{
	ok "unknown command" misuse "unknown command 'frob'" frob
	ok "show: extra word" misuse "show: unexpected word 'b'" show a b
	ok "watch: extra word" misuse "watch: unexpected word 'b'" watch a b
	ok "-l is for watch" misuse "show: option -l is for watch only" -l show
	ok "flows: no device" misuse "flows: which device?" flows
	ok "flows: extra word" misuse "flows: unexpected word 'b'" flows a b
	ok "genkey: extra word" misuse "genkey: unexpected word 'a'" genkey a
	ok "help: extra word" misuse "help: unexpected word 'set'" help set
	ok "set: no device" misuse "set: which device?" set
	ok "set: no setting" misuse "set p2p0: nothing to set" set p2p0
	ok "set: unknown word" misuse "set p2p0: unknown word 'frob'" set p2p0 frob 1
	ok "set: missing operand" misuse "set p2p0: nothing follows 'peer'" \
		set p2p0 id 7 peer
	ok "set: given twice" misuse "set p2p0: 'id' is given twice" \
		set p2p0 id 7 id 8
	ok "switch: no device" misuse "switch: which device?" switch
	ok "switch: no state" misuse "switch: which state?" switch p2p0
	ok "switch: unknown state" misuse "switch p2p0: 'up' is no state" \
		switch p2p0 up
	ok "switch: extra word" misuse "switch: unexpected word 'now'" \
		switch p2p0 infra now
	ok "trigger: no part" misuse "trigger: show, set or order?" trigger
	ok "trigger: no such part" misuse "trigger: unknown word 'get'" trigger get p2p0
	ok "trigger: no device" misuse "trigger: which device?" trigger set
	ok "trigger: nothing" misuse "trigger p2p0: nothing to set" trigger set p2p0
	ok "trigger: unknown word" misuse "trigger p2p0: unknown word 'hold_ms'" \
		trigger set p2p0 hold_ms 5
	ok "trigger: no mode" misuse "trigger p2p0: 'on' is no mode" trigger set p2p0 mode on
	ok "trigger: no value" misuse "trigger p2p0: nothing follows 'n310'" \
		trigger set p2p0 execute n310
	ok "trigger: no number" fails "trigger p2p0: n310 '1x': not a number" \
		trigger set p2p0 execute n310 1x
	ok "trigger: too big a number" fails "trigger p2p0: n310 '4294967297': not a number" \
		trigger set p2p0 execute n310 4294967297
	ok "trigger: order without id" misuse "trigger p2p0: an order needs an id" \
		trigger order p2p0 prepare
	ok "trigger: no decision" misuse "trigger p2p0: 'go' is no decision" \
		trigger order p2p0 go id 1
	ok "trigger: -j" misuse "trigger: option -j is for trigger show only" \
		-j trigger set p2p0 mode auto
	ok "measure: no path" misuse "measure p2p0: 'both' is no path" \
		measure p2p0 both signal -7000
	ok "measure: no number" misuse "measure p2p0: signal '': not a number" \
		measure p2p0 direct signal ''
	ok "-j where there is no JSON" \
		misuse "set: option -j is for show, flows, watch and trigger show only" -j set p2p0 id 7
	ok "long device name" \
		fails "show: device '0123456789abcdef': a device's name has 1 to 15 characters" \
		show 0123456789abcdef
	ok "empty device name" \
		fails "switch: device '': a device's name has 1 to 15 characters" \
		switch '' infra
	run --frob
	ok "unknown option" test "$status" = 1
}

test_operands()
{
	local id

	for id in 0 65536 -1 +1 7x '' ' 7' 18446744073709551617; do
		ok "set: id '$id'" \
			fails "set p2p0: id '$id': not a number from 1 to 65535" \
			set p2p0 id "$id"
	done
	for addr in 10.0.0 10.0.0.256 fd00::g host; do
		ok "set: peer '$addr'" \
			fails "set p2p0: peer '$addr': not an IPv4 or IPv6 address" \
			set p2p0 peer "$addr"
	done
	for addr in 10.0.0/8 10.0.0.0/ 10.0.0.0/33 10.0.0.0/-1 10.0.0.0/8x /8 \
			fd00::/129 fd00::g/64 fd00::/6/4 \
			fd00:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/64; do
		ok "set: peer '$addr'" \
			fails "set p2p0: peer '$addr': not an IPv4 or IPv6 prefix" \
			set p2p0 peer "$addr"
	done
	ok "set: long infra device" \
		fails "set p2p0: infra '0123456789abcdef': a device's name has 1 to 15 characters" \
		set p2p0 infra 0123456789abcdef
	ok "set: budget without words" misuse "set p2p0: nothing follows 'budget'" set p2p0 budget
	ok "set: budget of words unknown" misuse "set p2p0: budget: unknown word 'all'" set p2p0 budget all
	ok "set: budget twice" misuse "set p2p0: 'budget' is given twice" \
		set p2p0 budget off budget rate 1
	ok "set: budget rate twice" misuse "set p2p0: 'rate' is given twice" \
		set p2p0 budget rate 1 rate 2
	ok "set: budget burst without number" misuse "set p2p0: nothing follows 'burst'" \
		set p2p0 budget burst
	for number in 4294967296 -1 1k ''; do
		ok "set: budget rate '$number'" \
			fails "set p2p0: rate '$number': not a number of bytes up to 4294967295" \
			set p2p0 budget rate "$number"
	done
	ok "set: important without words" misuse "set p2p0: nothing follows 'important'" \
		set p2p0 important
	ok "set: important of words unknown" misuse "set p2p0: important: unknown word 'off'" \
		set p2p0 important off
	# shellcheck disable=SC2046 # a list of words
	ok "set: words without end" fails "set p2p0: peer '10.0.1.11': one too many" \
		set p2p0 $(printf 'peer 10.0.0.%d ' {1..250}; printf 'peer 10.0.1.%d ' {1..20})
}

# bad_field VALUES REASON WORD: set refuses each of these for a selector's field
bad_field()
{
	local value

	for value in $1; do
		ok "set: protect $3 '$value'" fails "set p2p0: $3 '$value': $2" \
			set p2p0 id 7 protect "$3" "$value"
	done
}

# good_field WORD VALUES: the field passes; the next word does not
good_field()
{
	local value

	for value in $2; do
		ok "set: protect $1 '$value' passes" \
			fails "set p2p0: id '0': not a number from 1 to 65535" \
			set p2p0 protect "$1" "$value" id 0
	done
}

test_selectors()
{
	bad_field "tcpp 256 -1 6x TCP" "no such protocol, give a number" proto
	bad_field "65536 7-3 -3 3- 1-65536 a 1-2-3 1,2 0x" \
		"not a port, nor a range N-M of ports" dport
	bad_field "1/ /1 4294967296 0x1ffffffff x 1/2/3" "not a mark, nor MARK/MASK" mark
	bad_field "64 -1 af44 af50 cs8 csx EF 99999999999999999999" \
		"not a number from 0 to 63, nor csN, afNM or ef" dscp
	bad_field "4294967295 5-4 root -" \
		"not a user id, nor a range N-M of these" uid
	bad_field "$TMP" "not a cgroup (version 2)" cgroup
	bad_field "no/such/group $TMP/none" "No such file or directory" cgroup
	good_field proto "tcp udp icmp icmpv6 sctp 0 255"
	good_field sport "0 65535 0-65535 22-22"
	good_field mark "0 0x1/0xff 4294967295/4294967295"
	good_field dscp "0 63 ef cs7 af11 af43"
	good_field uid "0 1000-1999 4294967294"
	ok "set: protect alone" misuse "set p2p0: nothing follows 'protect'" \
		set p2p0 protect
	ok "set: protect what?" misuse "set p2p0: protect: unknown word 'id'" \
		set p2p0 protect id 7
	ok "set: protect dport, twice" misuse "set p2p0: 'dport' is given twice" \
		set p2p0 protect dport 1 dport 2
	ok "set: protect dport without end" misuse "set p2p0: nothing follows 'dport'" \
		set p2p0 protect proto tcp dport
	ok "set: words after protect all" misuse "set p2p0: unknown word 'proto'" \
		set p2p0 protect all proto tcp
}

test_information()
{
	local version

	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)
	ok "-V" says "sidestep $version" -V
	ok "--version" says "sidestep $version" --version
	run help
	ok "help" test "$status" = 0 -a -s "$TMP/out" -a ! -s "$TMP/err"
	ok "-h is help" says "$(cat "$TMP/out")" -h
	run show
	if [ -d /sys/module/sidestep ]; then
		skip "module not loaded" "it is loaded"
		return
	fi
	ok "module not loaded" \
		fails "show: the kernel module is not loaded (modprobe sidestep)"
}

# --- keys --------------------------------------------------------------------

genkey_is_key()
{
	run genkey
	cat "$TMP/out" "$TMP/err"
	[ "$status" = 0 ] && grep -qxE '[A-Za-z0-9+/]{21}[AQgw]==' "$TMP/out" &&
		[ "$(base64 -d < "$TMP/out" | wc -c)" = 16 ]
}

genkey_differs()
{
	[ "$("$SIDESTEP" genkey)" != "$("$SIDESTEP" genkey)" ]
}

# genkey_warns UMASK: status 0 if it warns
genkey_warns()
{
	rm -f "$TMP/new"
	(umask "$1"; "$SIDESTEP" genkey > "$TMP/new" 2> "$TMP/err") &&
		[ -s "$TMP/new" ] && grep -q "warning: the file is accessible" "$TMP/err"
}

# The key passes; the next word does not.
key_passes()
{
	fails "set p2p0: id '0': not a number from 1 to 65535" \
		set p2p0 tx-key "$1" id 0
}

not()
{
	! "$@"
}

exposed_key_warns()
{
	run set p2p0 tx-key "$TMP/exposed" id 0
	diff - "$TMP/err" <<-END
	sidestep: set p2p0: warning: tx-key '$TMP/exposed': the file is accessible to everybody
	sidestep: set p2p0: id '0': not a number from 1 to 65535
	END
}

test_keys()
{
	ok "genkey prints 16 bytes in base64" genkey_is_key
	ok "genkey prints another key each time" genkey_differs
	ok "genkey warns of a file for everybody" genkey_warns 022
	ok "genkey does not warn of a private file" not genkey_warns 077

	key_file good "$KEY"$'\n'
	ok "key file" key_passes "$TMP/good"
	ok "key from /dev/stdin" key_passes /dev/stdin < "$TMP/good"
	cp "$TMP/good" "$TMP/exposed"
	chmod 644 "$TMP/exposed"
	ok "key file for everybody" exposed_key_warns

	ok "key file missing" bad_key none "No such file or directory"
	ok "key file is a directory" \
		fails "set p2p0: tx-key '/': Is a directory" set p2p0 tx-key /
	key_file empty ""
	ok "key file empty" bad_key empty "the file is empty"
	key_file blank $'\n\n'
	ok "key file blank" bad_key blank "the file is empty"
	key_file long "$(printf '%0600d' 0)"
	ok "key file too long" bad_key long "too long for a key"
	key_file text "open sesame"
	ok "key is text" bad_key text "the key is not base64"
	key_file cut "${KEY%==}"
	ok "key without padding" bad_key cut "the key is not base64"
	key_file inner "AAEC=wQFBgcICQoLDA0ODw=="
	ok "key with padding inside" bad_key inner "the key is not base64"
	key_file bits "${KEY/w==/x==}"
	ok "key with spare bits" bad_key bits "the key is not base64"
	key_file two "$KEY"$'\n'"$KEY"$'\n'
	ok "two keys in a file" bad_key two "the key is not base64"
	key_file fifteen "$(head -c 15 /dev/zero | base64)"
	ok "key of 15 bytes" bad_key fifteen "the key has 15 bytes, not 16"
	key_file thirty-two "$(head -c 32 /dev/zero | base64)"
	ok "key of 32 bytes" bad_key thirty-two "the key has 32 bytes, not 16"
}

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

# --- what the kernel says ----------------------------------------------------

refusal()
{
	feed "sidestep: set p2p0: $1"$'\n'"sidestep: set p2p0: $1" extack "$2" "$3"
}

test_extack()
{
	ok "extack names the word" \
		refusal "infra 'eth0': not a layer-3 device" eth0 "not a layer-3 device"
	ok "extack names the right peer" \
		refusal "peer 'fd00::2': given twice" fd00::2 "given twice"
	ok "the word is not repeated" \
		refusal "infra 'eth0': no such device" eth0 "infra: no such device"
	ok "extack without a word" \
		refusal "the session has no tx-key" none "the session has no tx-key"
	ok "extack without text" refusal "no such device" p2p0 ""
}

test_print()
{
	local name

	ok "show" feed "$(cat <<-END
	session: lo
	  id:          7
	  peers:       10.0.0.2, fd00::2, 10.88.0.0/16, fd88::/64
	  protect:     proto tcp sport 1024-65535 dport 22, mark 0x1/0xff dscp 46 uid 1000-1999 cgroup #18446744073709551615
	  budget:      19.53 KiB/s, 128.00 KiB at once, 1000 B of the day's 1.00 MiB
	  important:   dscp 46
	  state:       bicast (wanted: infra, peer wants: bicast)
	  decision:    prepare: signal -74.5 dBm < -72.0 dBm for 160 ms
	  delay diff:  23.4 ms, direct is slower
	  playout:     500 us

	  direct:      lo, ready
	    rtt:       4.1 ms, varies by 200 us
	    link:      alive, 5.0 % of the probes lost, signal -74.50 dBm
	    sent:      9.77 KiB in 10008 packets
	    spent:     1019 B alone, 1020 B as copies, 1021 B to switch, 1022 B in probes
	    received:  9.78 KiB in 10010 packets
	    probes:    10012 sent, 10013 answered

	  infra:       wg0, not ready, silent for 3.2 s
	    rtt:       52.0 ms, varies by 200 us
	    link:      gone
	    sent:      19.54 KiB in 20008 packets
	    spent:     1.97 KiB alone, 1.97 KiB as copies, 1.97 KiB to switch, 1.97 KiB in probes
	    received:  19.54 KiB in 20010 packets
	    missed:    10015 that came by the other path alone
	    probes:    20012 sent, 20013 answered

	  counters:
	$(counter_values | awk '$2 { printf "    %-16s%s\n", $1, $2 }')
	END
	)" text lo
	ok "show: not configured" feed "$(cat <<-END
	session: lo
	  id:          not configured yet
	  state:       direct (wanted: direct, peer wants: not known yet)
	END
	)" bare lo
	ok "flows: the last used first" feed "$(cat <<-END
	Proto  Local           Peer          Sent direct  Sent infra  Got direct  Got infra  Copies  Idle   User  Inode
	tcp    [fd00::2]:5000  [fd00::2]:22  10/11        20/21       12/13       22/23      5       12 ms  -     -
	89     10.0.0.2        10.0.0.2      10/11        20/21       12/13       22/23      5       20 s   -     -
	udp    10.0.0.2:5000   10.0.0.2:22   10/11        20/21       12/13       22/23      5       60 s   1000  123456
	END
	)" flows text
	"$TMP/cli_feed" colour lo > "$TMP/colour"
	ok "colours alone differ" feed "$(sed 's/\x1b\[[0-9]*m//g' "$TMP/colour")" text lo
	ok "colours are there" grep -q $'\x1b''\[32mready' "$TMP/colour"
	name=$'a\x1b[2Jb'
	ok "show: control characters" \
		grep -qx "session: a?\[2Jb" <("$TMP/cli_feed" text "$name")
}

# helper_text: what show says of sidestepd, between the name and what the kernel says
helper_text()
{
	cat <<-END
	session: lo
	  peer:        bob, met for 3 min 20 s
	  carried by:  both paths, a copy on each, as the peer wants it
	  radio:       -61.25 dBm 0.1 s ago, 1.2 % of the frames sent again, 0.0 % of the frames given up
	  standby:     ready; wg0 to 192.0.2.1:51820, handshake 12 s ago
	  modem:       wwan0, connected, One ?[2J
	  function:    registered, agreement 3, the peer by the relay (order 17)
	  costs:       488.28 KiB a day for the standby
	$("$TMP/cli_feed" text lo | sed 1d)
	$(missing_text p2p9)
	END
}

# missing_text DEV: what show says of the session that the kernel does not have
missing_text()
{
	cat <<-END
	session: $1
	  peer:        eve, not met yet
	  problem:     the direct device wlan9 is missing
	  carried by:  nothing: the kernel does not have the session
	  standby:     not ready, no modem
	  function:    not registered: no way
	END
}

helper_json()
{
	printf '{"helper":{"peer":"bob","met":true,"met_s":200,"problem":null,"standby":"ready",'
	printf '"tunnel":"wg0","modem":"wwan0","modem_state":"connected","operator":"One \\u001b[2J",'
	printf '"endpoint":"192.0.2.1:51820","handshake_s":12,"standby_bytes_per_day":500000,'
	printf '"signal_mbm":-6125,"signal_age_ms":95,"tx_retries_permille":12,"tx_failed_permille":0,'
	printf '"function":"registered","function_problem":null,"agreement":3,"order":17,'
	printf '"assisted":"by the relay"}}\n'
	printf '{"helper":{"peer":"eve","met":false,"met_s":null,'
	printf '"problem":"the direct device wlan9 is missing","standby":"no modem",'
	printf '"tunnel":null,"modem":null,"modem_state":null,"operator":null,"endpoint":null,'
	printf '"handshake_s":null,"standby_bytes_per_day":null,"signal_mbm":null,'
	printf '"signal_age_ms":null,"tx_retries_permille":null,"tx_failed_permille":null,'
	printf '"function":"not registered","function_problem":"no way","agreement":null,'
	printf '"order":null,"assisted":null}}'
}

# without_module TEXT ARGS...: TEXT alone on stdout; that there is no module on stderr
without_module()
{
	local text=$1

	shift
	run "$@"
	cat "$TMP/out" "$TMP/err"
	[ "$status" = 1 ] && [ "$(cat "$TMP/out")" = "$text" ] &&
		[ "$(cat "$TMP/err")" = "sidestep: $*: the kernel module is not loaded (modprobe sidestep)" ]
}

shows_helper_json()
{
	run -j show p2p9
	cat "$TMP/out"
	grep -q '^\[{"ifname":"p2p9","ifindex":0,"id":null,.*"state":null,.*"paths":\[\],"helper":{"peer":"eve",.*}}\]$' \
		"$TMP/out"
}

warns_of_helper()
{
	run show
	cat "$TMP/err"
	grep -qx "sidestep: show: warning: sidestepd at $SIDESTEP_STATUS: .*" "$TMP/err"
}

test_helper()
{
	local pid

	ok "show: with sidestepd" feed "$(helper_text)" helper text
	ok "JSON: of sidestepd" feed "$(helper_json)" helper json
	if [ -d /sys/module/sidestep ]; then
		skip "show: sessions that the kernel lacks" "the module is loaded"
		return
	fi
	export SIDESTEP_STATUS=$TMP/status
	"$TMP/cli_feed" serve "$SIDESTEP_STATUS" &
	pid=$!
	for ((i = 0; i < 500; i++)); do
		[ -S "$SIDESTEP_STATUS" ] && break
		read -rt 0.01 <> <(:) || :
	done
	ok "show: a session that the kernel lacks" \
		without_module "$(missing_text p2p9)" show p2p9
	ok "show: no session of that name" without_module "" show p2p8
	ok "JSON: a session that the kernel lacks" shows_helper_json
	kill "$pid"
	wait "$pid" || :
	ok "show: a daemon that is gone is nothing to be said" without_module "" show
	SIDESTEP_STATUS=$TMP/$(printf '%0120d' 0)
	ok "show: a daemon that cannot be asked" warns_of_helper
	unset SIDESTEP_STATUS
}

# counter_values: what cli_feed has, by the names of the header
counter_values()
{
	sed -n 's/^\tSIDESTEP_COUNTER_\([A-Z_]*\),$/\L\1/p' "$NAMES" |
		awk '$1 != "unspec" { print $1, (++n % 3 ? n * 1000 : 0) }'
}

json_text()
{
	local counters

	counters=$(counter_values | awk '{ printf "%s\"%s\":%s", n++ ? "," : "", $1, $2 }')
	printf '{"ifname":"%s","ifindex":12,"id":7,' "$1"
	printf '"peers":["10.0.0.2","fd00::2","10.88.0.0/16","fd88::/64"],'
	printf '"protect":[{"proto":6,"sport":[1024,65535],"dport":[22,22],'
	printf '"mark":null,"mask":null,"dscp":null,"uid":null,"cgroup":null,'
	printf '"cgroup_path":null},{"proto":null,"sport":null,"dport":null,'
	printf '"mark":1,"mask":255,"dscp":46,"uid":[1000,1999],'
	printf '"cgroup":18446744073709551615,"cgroup_path":null}],'
	printf '"important":[{"proto":null,"sport":null,"dport":null,"mark":null,'
	printf '"mask":null,"dscp":46,"uid":null,"cgroup":null,"cgroup_path":null}],'
	printf '"budget":{"rate_bytes_per_s":20000,"burst_bytes":131072,'
	printf '"day_bytes":1048576,"day_spent_bytes":1000},'
	printf '"state":"bicast","wanted":"infra",'
	printf '"peer_wanted":"bicast","decision":"prepare","reason":"prepare: signal -74.5 dBm < -72.0 dBm for 160 ms","delay_diff_us":-23400,"playout_us":500,'
	printf '"paths":[{"path":"direct","ifname":"%s","present":true,' "$1"
	printf '"ready":true,"not_ready":null,"rtt_us":4100,"rtt_var_us":200,'
	printf '"heard_ms":80,"link":"alive","signal_mbm":-7450,"loss_permille":50,"tx_packets":10008,"tx_bytes":10009,'
	printf '"tx_alone_bytes":1019,"tx_copy_bytes":1020,"tx_switch_bytes":1021,"tx_probe_bytes":1022,'
	printf '"rx_packets":10010,"rx_bytes":10011,"rx_missed":0,"probes_sent":10012,'
	printf '"probes_answered":10013},{"path":"infra","ifname":"wg0",'
	printf '"present":true,"ready":false,"not_ready":"silent",'
	printf '"rtt_us":52000,"rtt_var_us":200,"heard_ms":3200,"link":"gone","signal_mbm":null,"loss_permille":null,'
	printf '"tx_packets":20008,"tx_bytes":20009,"tx_alone_bytes":2019,"tx_copy_bytes":2020,'
	printf '"tx_switch_bytes":2021,"tx_probe_bytes":2022,"rx_packets":20010,'
	printf '"rx_bytes":20011,"rx_missed":10015,"probes_sent":20012,"probes_answered":20013}],'
	printf '"counters":{%s}}' "$counters"
}

# flow_json PROTO ADDRESS PORTS OWNER USED
flow_json()
{
	printf '{"proto":%s,"local":"%s","local_port":%s,"remote":"%s",' "$1" "$2" "${3%,*}" "$2"
	printf '"remote_port":%s,%s,"used_ms":%s,"eliminated":5,"paths":[' "${3#*,}" "$4" "$5"
	printf '{"path":"direct","tx_packets":10,"tx_bytes":11,"rx_packets":12,"rx_bytes":13},'
	printf '{"path":"infra","tx_packets":20,"tx_bytes":21,"rx_packets":22,"rx_bytes":23}]}'
}

flows_json()
{
	local nobody='"uid":null,"socket_mark":null,"inode":null'

	printf '['
	flow_json 17 10.0.0.2 5000,22 '"uid":1000,"socket_mark":7,"inode":123456' 60000
	printf ','
	flow_json 6 fd00::2 5000,22 "$nobody" 12
	printf ','
	flow_json 89 10.0.0.2 null,null "$nobody" 20000
	printf ']'
}

# json_name BYTES ESCAPED
json_name()
{
	ok "JSON: name $2" feed "$(json_text "$2")" json "$1"
}

test_json()
{
	ok "JSON: all members" feed "$(json_text lo)" json lo
	ok "JSON: flows" feed "$(flows_json)" flows json
	json_name 'a"b\c' 'a\"b\\c'
	json_name $'a\x01\x7f' 'a\u0001\u007f'
	json_name $'\xc3\xa9\xe2\x82\xac' $'\xc3\xa9\xe2\x82\xac'
	json_name $'\xf0\x9f\x93\xa1' $'\xf0\x9f\x93\xa1'
	json_name $'a\xff' 'a\ufffd'
	json_name $'a\xe2\x82' 'a\ufffd\ufffd'
	json_name $'\xc0\xaf' '\ufffd\ufffd'
	json_name $'\xed\xa0\x80' '\ufffd\ufffd\ufffd'
	json_name $'\xc3"' '\ufffd\"'
}

# --- documents ---------------------------------------------------------------

man_has_json_members()
{
	local key missing=0

	for key in $( ("$TMP/cli_feed" json lo; "$TMP/cli_feed" flows json; "$TMP/cli_feed" helper json) | grep -o '"[a-z_]*":' |
			tr -d '":' | sort -u) time event; do
		grep -qxE "\.B $key" "$MAN" && continue
		echo "$MAN lacks $key"
		missing=1
	done
	return $missing
}

# spec_names SET: the attributes of the set, in order
spec_names()
{
	awk -v set="$1" '
	/^  -$/ || /^[a-z]/ { inside = 0 }
	$1 == "name:" && /^    name/ { inside = $2 == set }
	inside && $1 == "name:" && /^        name/ { print $2 }
	' <(sed -n '/^attribute-sets:/,/^operations:/p' "$SPEC")
}

# header_names PREFIX
header_names()
{
	sed -n "s/^\t$1_\([A-Z0-9_]*\),\$/\L\1/p" "$NAMES" | tr _ - | grep -vx unspec
}

# spec_agrees SET PREFIX
spec_agrees()
{
	[ -n "$(header_names "$2")" ] &&
		diff <(header_names "$2") <(spec_names "$1")
}

# kernel_names: what the module tells ethtool, in order
kernel_names()
{
	sed -n 's/^\t\[SIDESTEP_COUNTER_\([A-Z_]*\)\] = "\(.*\)",$/\L\1\E \2/p' kmod/counter.c
}

# page_names: the counters of docs/counters.md, in order
page_names()
{
	# shellcheck disable=SC2016
	sed -n '/^## Counters/,/^## /s/^| `\([a-z_]*\)` |.*/\1/p' docs/counters.md
}

# page_path_names: those by path
page_path_names()
{
	# shellcheck disable=SC2016
	sed -n '/^## By path/,/^## /s/^| `\([a-z_]*\)` |.*/\1/p' docs/counters.md
}

# Each name of the header, as the module, the command line and the page have it.
counters_agree()
{
	local names

	names=$(counter_values | cut -d ' ' -f 1)
	[ -n "$names" ] &&
		diff <(awk '{ print $0, $0 }' <<< "$names") <(kernel_names) &&
		diff <(cat <<< "$names") <(page_names) &&
		diff <(cat <<< "$names") <("$TMP/cli_feed" json lo |
			sed 's/.*"counters"://' | grep -o '[a-z_]*":' | tr -d '":')
}

# stats_names: what stats_get() gives by path, in order
stats_names()
{
	sed -n '/^static void stats_get/,/^}/p' kmod/ethtool.c | while read -r line; do
		case $line in
		*sidestep_sum_tx*) echo tx_bytes ;;
		memcpy*sum.spent*) sed -n 's/^\tSIDESTEP_SPENT_\([A-Z]*\),$/tx_\L\1_bytes/p' \
			kmod/counter.h | grep -v kinds ;;
		*) sed -n 's/.*= sum\.\(.*\)\[path\];/\1/p' <<< "$line" ;;
		esac
	done
}

# What ethtool has by path is what the command line has, and on the page.
path_counters_agree()
{
	local names

	names=$(sed -n '/path_names/,/};/p' kmod/ethtool.c |
		grep -o '"direct_[a-z_]*"' | sed 's/"direct_\(.*\)"/\1/')
	[ -n "$names" ] &&
		diff <(cat <<< "$names") <(sed -n '/path_names/,/};/p' kmod/ethtool.c |
			grep -o '"infra_[a-z_]*"' | sed 's/"infra_\(.*\)"/\1/') &&
		diff <(cat <<< "$names") <(stats_names) &&
		diff <(cat <<< "$names") <("$TMP/cli_feed" json lo |
			grep -o '"path":"direct"[^}]*' | grep -oE '[rt]x_[a-z_]+') &&
		diff <(cat <<< "$names") <(page_path_names)
}

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

test_documents()
{
	ok "man page has the keys of the configuration" man_has_conf_keys
	ok "man page's configuration is good" man_example_is_good
	ok "counters: header, module, command line, docs/counters.md" counters_agree
	ok "counters by path: ethtool, command line, docs/counters.md" path_counters_agree
	ok "man page has the JSON members" man_has_json_members
	ok "spec: session attributes" spec_agrees session SIDESTEP_A
	ok "spec: path attributes" spec_agrees path SIDESTEP_PATH_A
	ok "spec: flow attributes" spec_agrees flow SIDESTEP_FLOW_A
	ok "spec: selector attributes" spec_agrees selector SIDESTEP_SELECTOR_A
	ok "spec: trigger attributes" spec_agrees trigger SIDESTEP_TRIGGER_A
	ok "spec: rule attributes" spec_agrees rule SIDESTEP_RULE_A
	ok "spec: measurement attributes" spec_agrees measurement SIDESTEP_MEASUREMENT_A
	ok "spec: budget attributes" spec_agrees budget SIDESTEP_BUDGET_A
	ok "spec: counters" spec_agrees counters SIDESTEP_COUNTER
}

# Of common/ it takes what it uses, and only the libraries for that.
build()
{
	local flags=(-std=gnu11 -g -Wall -Wextra -Werror "-fsanitize=address,undefined"
		-fno-sanitize-recover=all -D_GNU_SOURCE -Ikmod/uapi)
	local file

	make -s -C userspace
	for file in userspace/common/*.c; do
		"$CC" "${flags[@]}" -c -o "$TMP/$(basename "$file" .c).o" "$file"
	done
	ar rcs "$TMP/common.a" "$TMP"/*.o
	"$CC" "${flags[@]}" -o "$TMP/cli_feed" selftests/unit/cli_feed.c \
		userspace/cli/{cgroup,cli,flows,helper_print,page,print,print_json,protect,request}.c \
		"$TMP/common.a" -lmnl -lcbor
}

build
echo "KTAP version 1"
test_arguments
test_operands
test_selectors
test_information
test_keys
test_check
test_init
test_extack
test_print
test_helper
test_json
test_documents
ok_end
