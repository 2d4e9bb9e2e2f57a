#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command line's arguments and keys: `selftests/unit/cli_test.sh` at the root of the
# checkout. Builds what it needs.

set -eu

KEY=AAECAwQFBgcICQoLDA0ODw==

# shellcheck source=selftests/unit/cli.sh
. "$(dirname "$0")/cli.sh"

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

echo "KTAP version 1"
test_arguments
test_operands
test_selectors
test_information
test_keys
ok_end
