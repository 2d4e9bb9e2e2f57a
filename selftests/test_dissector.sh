#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs/sidestep.lua reads a session's packets, on both paths. Topology: lib.sh.
#
# Guest: --icount
# Takes: 80
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# capture_start DEVICE: all of our protocol that leaves A or comes to it
capture_start()
{
	ip netns exec "$UE_A" tcpdump -Z root --immediate-mode -U -i "$1" -w "$TMP/$1.pcap" \
		'ip proto 253 or ip6 proto 253' 2> "$TMP/$1.log" &
	CAPTURES+=($!)
	busywait 20000 grep -q listening "$TMP/$1.log" || die "no capture on $1"
}

# dissect DEVICE FILTER FIELD...: one line per packet
dissect()
{
	local dev=$1 filter=$2 args=() f

	shift 2
	for f; do
		args+=(-e "$f")
	done
	tshark -X "lua_script:$SCRIPT" -r "$TMP/$dev.pcap" \
		-Y "$filter" -T fields "${args[@]}" 2> "$TMP/tshark.log"
}

# In the outer header: errors quote packets.
FROM_A="(ip.src#1 == $A4 or ipv6.src#1 == $A6)"

# path_check DEVICE PATH: what A has sent there
path_check()
{
	dissect "$1" "$FROM_A and sidestep.control == 0" sidestep.version sidestep.session \
		sidestep.paths sidestep.seq > "$TMP/data"
	test_eq "$2: as many as were sent" "$(wc -l < "$TMP/data")" "${MOVED[a.$2.tx_packets]}"
	test_eq "$2: all are of the session, in bicast" \
		"$(cut -f 1-3 "$TMP/data" | sort -u)" "$(printf '1\t%u\t3' $SESSION_ID)"
	test_eq "$2: each number once" "$(cut -f 4 "$TMP/data" | sort -u | wc -l)" \
		"$(wc -l < "$TMP/data")"
	# What comes when the stream has ended is answered by an error, which quotes it.
	test_eq "$2: UDP and TCP follow, nothing else" \
		"$(dissect "$1" "$FROM_A and sidestep.control == 0 and not icmp" \
			udp.dstport tcp.dstport | sort -u)" "$(printf '\t5001\n5000\t')"
	dissect "$1" sidestep.probe.type sidestep.probe.path sidestep.probe.type |
		sort -u > "$TMP/probes"
	test_eq "$2: probes of this path, requests and answers" \
		"$(tr '\t\n' '  ' < "$TMP/probes")" "$3 1 $3 2 "
	test_eq "$2: nothing is malformed" "$(dissect "$1" "_ws.malformed or sidestep.short" frame.number)" ""
}

ktap_header
SCRIPT=$ROOT_DIR/docs/sidestep.lua
[ -e "$SCRIPT" ] || ktap_skip_all "dissector" "no $SCRIPT"
command -v tshark > /dev/null || ktap_skip_all "dissector" "no tshark"
topo_up 2 25
session_up
switch_both bicast || die "no bicast"
CAPTURES=()
capture_start direct0
capture_start wg0
account_begin
udp_start udp 4 5000 -r 50
tcp_start tcp 6 5001 -R 20000
sleep 2
stream_stop udp && stream_stop tcp
sleep 0.5
account_end
kill "${CAPTURES[@]}"
wait "${CAPTURES[@]}"
path_check direct0 direct 0
path_check wg0 infra 1
ktap_plan "$KTAP_COUNT"
ktap_end
