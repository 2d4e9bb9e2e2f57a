#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs/sidestep.lua reads the packets of docs/wire-vectors.md as the text beside
# them says.
set -eu

cd "$(dirname "$0")/../.."
readonly VECTORS=docs/wire-vectors.md SCRIPT=docs/sidestep.lua
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
count=0
failures=0

# section HEADING: its text
section()
{
	sed -n "/^## $1\$/,/^## /p" "$VECTORS"
}

# bytes HEADING LABEL: the hex lines below the line that begins with LABEL
bytes()
{
	section "$1" | awk -v label="$2" '
		/^    / && on { printf "%s", $0; next }
		$0 != "" { on = index($0, label) == 1 }' | tr -s ' '
}

zeros()
{
	printf ' 00%.0s' $(seq "$1")
}

# packet FILE IP_VERSION SOURCE,DESTINATION BYTES
packet()
{
	echo "0000 $4" | tr -s ' ' |
		text2pcap -q "-$2" "$3" -i 253 - "$tmp/$1" > "$tmp/log" 2>&1 || cat "$tmp/log"
}

# fields FILE FIELD...: one line each
fields()
{
	local file=$1 args=() f

	shift
	for f; do
		args+=(-e "$f")
	done
	tshark -X "lua_script:$SCRIPT" -r "$tmp/$file" -T fields "${args[@]}" 2>> "$tmp/log" |
		tr '\t' '\n'
}

# ok NAME EXPECTED ACTUAL
ok()
{
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count $1"
		return
	fi
	failures=$((failures + 1))
	{ printf 'is:\n%s\nshould be:\n%s\n' "$3" "$2"; cat "$tmp/log"; } | sed 's/^/# /'
	echo "not ok $count $1"
}

lines()
{
	printf '%s\n' "$@"
}

TAG_FIELDS=(sidestep.next sidestep.version sidestep.control sidestep.paths
	sidestep.wants sidestep.session sidestep.seq sidestep.mac)

echo "KTAP version 1"
if ! command -v tshark text2pcap > "$tmp/log"; then
	echo "1..1"
	echo "ok 1 dissector # SKIP no tshark"
	exit 4
fi

# UDP from port 9 to port 9, 1208 bytes
packet udp4 4 192.0.2.1,198.51.100.2 \
	"$(bytes "Packet over IPv4" "The tag:") 00 09 00 09 04 b8 00 00 $(zeros 1200)"
ok "packet over IPv4: the tag" \
	"$(lines 17 1 0 3 3 4660 4294967294 1402f1d26c9dc232)" \
	"$(fields udp4 "${TAG_FIELDS[@]}")"
ok "packet over IPv4: what follows" "$(lines 9 1208)" "$(fields udp4 udp.dstport udp.length)"

packet tcp6 6 2001:db8::1,2001:db8::2 "$(bytes "Packet over IPv6" "The tag:") \
	00 09 00 09 00 00 00 01 00 00 00 02 50 10 10 00 00 00 00 00"
ok "packet over IPv6: the tag" \
	"$(lines 6 1 0 2 2 4660 1 18d1eb0831d8f074)" \
	"$(fields tcp6 "${TAG_FIELDS[@]}")"
ok "packet over IPv6: what follows" "$(lines 9 2)" "$(fields tcp6 tcp.dstport tcp.ack_raw)"

# The probe is the end of what its MAC is over.
probe=$(bytes "Probe over IPv4" "What the MAC is over" | tr ' ' '\n' | grep . | tail -n 48 | tr '\n' ' ')
packet probe4 4 192.0.2.1,198.51.100.2 "$(bytes "Probe over IPv4" "The tag:") $probe"
ok "probe: the tag" \
	"$(lines 59 1 1 2 3 4660 0 af165fcb4dec14da)" \
	"$(fields probe4 "${TAG_FIELDS[@]}")"
ok "probe: its fields" \
	"$(lines 1 1 7 0x1122334455667788 0x0123456789abcdef 0xfedcba9876543210 25769803775)" \
	"$(fields probe4 sidestep.probe.type sidestep.probe.path sidestep.probe.number \
		sidestep.probe.nonce sidestep.probe.epoch sidestep.probe.peer_epoch sidestep.probe.next_seq)"
ok "probe: in words" "Sidestep request by infra, number 7" "$(fields probe4 _ws.col.Info)"

packet short4 4 192.0.2.1,198.51.100.2 "$(bytes "Probe over IPv4" "The tag:") 01 01 00"
ok "a probe that is too short" "1" "$(fields short4 sidestep.short | grep -c .)"
packet other4 4 192.0.2.1,198.51.100.2 "11 4f $(zeros 30)"
ok "another version is left alone" "" "$(fields other4 sidestep.version)"
packet tiny4 4 192.0.2.1,198.51.100.2 "11 2f 00"
ok "what is too short for a tag is left alone" "" "$(fields tiny4 sidestep.version)"
echo "1..$count"
[ "$failures" = 0 ]
