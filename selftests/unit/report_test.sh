#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo's report judges handmade logs: a clean run, the same with one fault each, round a
# corner, and logs that are missing or cut short.
set -eu

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=selftests/unit/ok.sh
. "$here/ok.sh"
# shellcheck source=selftests/unit/report_logs.sh
. "$here/report_logs.sh"

# fresh [corner]: the logs anew
fresh()
{
	rm -rf "$TMP/out"
	cp -r "$TMP/good" "$TMP/out"
	[ $# = 0 ] || cp "$TMP/$1"/* "$TMP/out/sidestep"
}

# judge EXIT_CODE TEXT: what the report must return and say
judge()
{
	local rc=0

	"$TMP/bin/report" "$TMP/out" > "$TMP/said" 2>&1 || rc=$?
	cat "$TMP/said"
	[ "$rc" -eq "$1" ] && grep -qF -- "$2" "$TMP/said"
}

# The verdict, also for programs.
clean()
{
	judge 0 "Sidestep's column is clean" && grep -q '^  "clean": true,' "$TMP/out/result.json"
}

# faulty REASON: this one, and no other
faulty()
{
	judge 1 "  $1" && grep -q '^  "clean": false,' "$TMP/out/result.json" &&
		[ "$(sed '1,/NOT clean/d' "$TMP/said" | wc -l)" -eq 1 ]
}

# refuse RUN FILE: it is named, and no verdict is left for programs to find.
refuse()
{
	judge 2 "$TMP/out/$1/$2" && [ ! -s "$TMP/out/result.json" ]
}

# edit FILE SED_SCRIPT...: of Sidestep's run
edit()
{
	local file=$TMP/out/sidestep/$1

	shift
	sed -i "$@" "$file"
}

# set_count FILE KEY VALUE
set_count()
{
	edit "$1.json" "s/\"$2\": [0-9]*/\"$2\": $3/"
}

# drop STREAM UE FROM TO LEFT: that UE has not received these, LEFT are left
drop()
{
	edit "$1_$2.log" -E "$(seq "$3" "$4" | sed 's/.*/\/^[0-9]+ & \/d/')"
	set_count "$1_$2" received "$5"
}

# swap STREAM FIRST COUNT: so many pairs of datagrams come to B the other way round
swap()
{
	local seqs

	seqs=$(seq -s '|' "$2" 2 $(($2 + 2 * $3 - 2)))
	edit "$1_b.log" -E "/ ($seqs) 2000\$/{N;s/ ([0-9]+) (2000\n[0-9]+) ([0-9]+) / \3 \2 \1 /}"
	set_count "$1_b" reordered "$3"
}

# arrive STREAM FROM TO NANOSECONDS: when these have come to B
arrive()
{
	edit "$1_b.log" -E "$(seq "$2" "$3" | sed "s/.*/s\/^[0-9]+ & \/$4 & \//")"
}

# --- pictures ---------------------------------------------------------------

numbers_only()
{
	! grep -qE '[", (]-?(nan|inf)[", )]' "$TMP/out/$1"
}

# whole FILE: an SVG from its first line to its last, each text in one piece
whole()
{
	[[ $(head -n 1 "$TMP/out/$1") == "<svg "* ]] && [ "$(tail -n 1 "$TMP/out/$1")" = "</svg>" ] &&
		! grep '<text' "$TMP/out/$1" | grep -qv '^<text [^<>]*>[^<>]*</text>$'
}

shows()
{
	grep -qF ">$2</text>" "$TMP/out/$1"
}

test_clean()
{
	local picture

	fresh
	ok "a clean run is clean" clean
	for picture in timeline.svg map.svg; do
		ok "$picture is whole" whole $picture
		ok "$picture has no number that is none" numbers_only $picture
	done
}

# What logs_talk() has written, added up.
test_map()
{
	local text

	fresh
	clean > "$TMP/log" || :
	for text in UE-A UE-B MNO-A MNO-B "agreements, reports, orders (coaps)" \
		"what is my address? (STUN)" "the session's tunnel, by the relay" \
		"the session's tunnel, without a relay" \
		"direct link: the session, probes, hellos" \
		"UE-A to MNO-A: 87 (9.8 kB); MNO-A to UE-A: 88 (10.1 kB)" \
		"UE-A to MNO-A: 1 (0.1 kB); MNO-A to UE-A: 0 (0.0 kB)" \
		"MNO-A to MNO-B: 26 (5.4 kB); MNO-B to MNO-A: 0 (0.0 kB)" \
		"UE-B to MNO-A: 27 (5.6 kB); MNO-A to UE-B: 0 (0.0 kB)" \
		"UE-A to UE-B: 16456 (10.3 MB); UE-B to UE-A: 0 (0.0 kB)" \
		"UE-A to UE-B: 8100 (8.1 kB); UE-B to UE-A: 8100 (8.1 kB)"; do
		ok "the map shows $text" shows map.svg "$text"
	done
	fresh
	: > "$TMP/out/sidestep/pairs"
	ok "a map on which nobody talks is none" refuse sidestep pairs
	fresh
	edit hosts '/ mno_b/d'
	ok "an address of nobody is no evidence" refuse sidestep pairs
}

# --- faults -----------------------------------------------------------------

# udp_faults STREAM NAME SEQ SENT: of which SEQ is in the infra step. Of the slow stream one
# lost datagram is a gap as well.
udp_faults()
{
	fresh
	drop "$1" b "$3" "$3" $(($4 - 1))
	ok "$1: one lost datagram is seen" judge 1 "  UDP $2 A to B: 1 lost, 0 may be"
	fresh
	edit "$1_a.log" "s/^[0-9]* $3 .*/&\n&/"
	set_count "$1_a" duplicated 1
	ok "$1: one doubled datagram is seen" faulty "UDP $2 B to A: 1 doubled"
	fresh
	swap "$1" "$3" 1
	ok "$1: one reordered datagram is seen" faulty "UDP $2 A to B: 1 reordered, 0 may be"
	fresh
	set_count "$1_b" corrupted 1
	ok "$1: one corrupted datagram is seen" faulty "UDP $2 A to B: 1 corrupted"
	fresh
	set_count "$1_b" duplicated 1
	ok "$1: a receiver and its log that disagree are no evidence" refuse sidestep "$1_b.json"
}

# Sending intervals 10 ms and 50 ms, paths 23 ms apart, no jitter: 33 ms and 73 ms are allowed.
test_gap()
{
	fresh
	arrive udp 350 352 4525000000
	arrive udp6 70 70 4525000000
	ok "gaps as long as allowed are clean" clean
	arrive udp 350 352 4525001000
	ok "a longer gap is not" faulty "UDP IPv4 A to B: a gap of 33001 us, 33000 are allowed"
	edit udp_a.log 's/^1502000000 50 /1503000000 50 /'
	ok "the control period's jitter is allowed for" clean
	arrive udp6 70 70 4525001000
	ok "not for the other stream" faulty "UDP IPv6 A to B: a gap of 73001 us, 73000 are allowed"
	fresh
	drop udp b 790 799 790
	set_count udp_a sent 790
	ok "a stream that ends before the story is seen" faulty "UDP IPv4 A to B: a gap of 108000 us"
}

test_ping()
{
	fresh
	edit ping.log '/icmp_seq=20 /d;s/80 received/79 received/'
	ok "one lost echo is seen" faulty "ping: 1 lost"
	fresh
	edit ping.log 's/\(.*icmp_seq=20 .*\)/&\n\1 (DUP!)/'
	ok "one doubled echo is seen" faulty "ping: 1 doubled"
	fresh
	edit ping.log 's/80 received/79 received/'
	ok "a summary that counts otherwise is no evidence" refuse sidestep ping.log
	edit ping.log '/icmp_seq=/d;s/^80 .* 79 received/0 packets transmitted, 0 received/'
	ok "ping that sent nothing proves nothing" faulty "ping: nothing was sent"
}

test_scp()
{
	fresh
	edit scp 's/sha256_ok 1/sha256_ok 0/'
	ok "a copy that differs is seen" faulty "scp: the copy differs"
	fresh
	edit scp 's/bytes 1000/bytes 999/'
	ok "a copy that is short is seen" faulty "scp: the copy differs"
	fresh
	edit scp 's/exit 0/exit 1/'
	ok "a copy that did not finish is seen" faulty "scp: did not finish"
}

test_chat()
{
	fresh
	edit chat_b.log "\$d"
	set_count chat_b heard 31
	ok "a line that B did not hear is seen" faulty "chat A to B: 1 lines lost"
	fresh
	edit chat_a.log "\$d"
	set_count chat_a heard 31
	ok "a line that A did not hear is seen" faulty "chat B to A: 1 lines lost"
	fresh
	set_count chat_b wrong 1
	ok "a line that was another is seen" faulty "chat A to B: 1 lines wrong"
	fresh
	edit chat_b.log '20d'
	ok "a line that is missing in the log is no evidence" refuse sidestep chat_b.log
	edit chat_b.log d
	set_count chat_a said 0
	set_count chat_b heard 0
	ok "a chat without a word proves nothing" faulty "chat A to B: nothing was said"
}

test_retransmissions()
{
	fresh
	edit samples -E 's/^([4-9][0-9]{9} tcp a RetransSegs)=0/\1=1/'
	ok "a retransmission in the story is seen" \
		faulty "TCP: 1 retransmissions since the radios began to part"
	fresh
	edit samples -E 's/^(91[0-9]{8} tcp b RetransSegs)=0/\1=1/'
	ok "and one after its end" faulty "TCP: 1 retransmissions since the radios began to part"
	fresh
	edit samples -E 's/^([2-9][0-9]{9} tcp a RetransSegs)=0/\1=1/;s/^(1[5-9][0-9]{8} tcp a RetransSegs)=0/\1=1/'
	ok "one in the control period is no switch's doing" clean
}

test_story()
{
	fresh
	edit samples 's/ a wg0 .*/ a wg0 5 5 5 5/'
	ok "an infra path without packets is seen" \
		judge 1 "step infra: UE A did not send on the infra path"
	fresh
	edit samples '/ b wg0 /d'
	ok "so is one without a device" judge 1 "step infra: UE B did not send on the infra path"
	fresh
	cp "$TMP"/good/sidestep/udp* "$TMP/out/without"
	ok "a cut that cut nothing is seen" judge 1 "udp, A to B: nothing was lost without Sidestep: was there a cut?"
	ok "by the IPv6 stream, too" judge 1 "udp6, B to A: nothing was lost without Sidestep: was there a cut?"
	fresh
	edit events 's/ cut$/ up/'
	ok "a story without a cut is seen" faulty "the direct link was never dead in infra"
}

test_samples()
{
	local what

	for what in "a direct0" "b modem0" "a RetransSegs"; do
		fresh
		edit samples "/ ${what/ /.*} /d;/ ${what/ /.*}=/d"
		ok "$what, not counted at all, is seen" refuse sidestep samples
		fresh
		edit samples "/^5000000000 .* ${what/ /.*}[ =]/d"
		ok "$what, not counted once, is seen" refuse sidestep samples
	done
	fresh
	edit samples '/ b direct0 /s/direct0 .*/direct0 0 0 0 0/'
	ok "a direct link on which nothing is sent is seen" refuse sidestep samples
}

# --- round a corner ---------------------------------------------------------

# 70 datagrams, 14 and 7 are lost; a second's worth may be: 101, 21 and 11.
test_corner()
{
	fresh corner
	ok "corner: what a cut without warning costs is clean" clean
	edit params 's/blind_us .*/blind_us 0/'
	ok "corner: but not in another case" judge 1 "UDP IPv4 A to B: 70 lost, 0 may be"
	ok "corner: nor of IPv6" judge 1 "UDP IPv6 B to A: 14 lost, 0 may be"
	ok "corner: nor of ping" judge 1 "ping: 7 lost, 0 may be"
	fresh corner
	edit samples -E 's/^([4-9][0-9]{9} tcp a RetransSegs)=0/\1=9/'
	ok "corner: TCP may send again what was lost" clean
}

test_corner_lost()
{
	fresh corner
	drop udp b 180 210 699
	drop udp6 b 36 41 140
	ok "corner: all that may be lost is clean" clean
	drop udp b 211 211 698
	ok "corner: one datagram more is not" faulty "UDP IPv4 A to B: 102 lost, 101 may be"
	fresh corner
	drop udp6 b 36 43 138
	ok "corner: nor of IPv6" judge 1 "UDP IPv6 A to B: 22 lost, 21 may be"
	fresh corner
	drop udp a 600 600 729
	ok "corner: lost at two times is not clean" faulty "UDP IPv4 B to A: lost at more than one time"
	fresh corner
	cp "$TMP"/good/sidestep/udp_[ab].* "$TMP/out/sidestep"
	drop udp b 50 50 799
	ok "corner: lost before there is a corner is not clean" \
		faulty "UDP IPv4 A to B: lost before the radios began to part"
	fresh corner
	edit ping.log -E '/icmp_seq=(20|21|22|23) /d;s/73 received/69 received/'
	ok "corner: all the echoes that may be lost" clean
	edit ping.log '/icmp_seq=24 /d;s/69 received/68 received/'
	ok "corner: one echo more is not clean" faulty "ping: 12 lost, 11 may be"
}

# From 109, at 2092 ms: 1 s more than the 33 ms of the other cases.
test_corner_gap()
{
	fresh corner
	arrive udp 180 212 3125000000
	ok "corner: a gap as long as allowed is clean" clean
	arrive udp 180 212 3125001000
	ok "corner: a longer gap is not" \
		faulty "UDP IPv4 A to B: a gap of 1033001 us, 1033000 are allowed"
}

# Of what is sent in 50 ms: 6 and 2.
test_corner_order()
{
	fresh corner
	swap udp 300 6
	swap udp6 60 2
	ok "corner: what the relay may deliver late is clean" clean
	swap udp 320 1
	set_count udp_b reordered 7
	ok "corner: one datagram more is not" faulty "UDP IPv4 A to B: 7 reordered, 6 may be"
	fresh corner
	swap udp6 60 3
	ok "corner: nor of IPv6" faulty "UDP IPv6 A to B: 3 reordered, 2 may be"
}

# What no case allows.
test_corner_strict()
{
	fresh corner
	edit udp_a.log 's/^[0-9]* 350 .*/&\n&/'
	set_count udp_a duplicated 1
	ok "corner: one doubled datagram is seen" faulty "UDP IPv4 B to A: 1 doubled"
	fresh corner
	set_count udp6_b corrupted 1
	ok "corner: one corrupted datagram is seen" faulty "UDP IPv6 A to B: 1 corrupted"
	fresh corner
	edit chat_b.log "\$d"
	set_count chat_b heard 31
	ok "corner: a line that was not heard is seen" faulty "chat A to B: 1 lines lost"
	fresh corner
	edit scp 's/sha256_ok 1/sha256_ok 0/'
	ok "corner: a copy that differs is seen" faulty "scp: the copy differs"
}

# --- logs that are bad ------------------------------------------------------

test_mptcp()
{
	fresh
	rm -r "$TMP/out/mptcp"
	ok "without MPTCP's run there is no verdict" refuse mptcp params
	fresh
	sed -i 's/exit 0/exit 1/' "$TMP/out/mptcp/scp"
	ok "what MPTCP could not do is not Sidestep's fault" clean
	ok "but it is shown" grep -qE '^  scp: copy, time .* gave up$' "$TMP/said"
}

# cut_file FILE: half of it, in the middle of a line
cut_file()
{
	truncate -s $(($(stat -c %s "$1") / 2)) "$1"
	[ "$(tail -c 1 "$1" | wc -l)" = 0 ] || truncate -s -1 "$1"
}

# cut_lines FILE: the first half of its lines
cut_lines()
{
	sed -i "$(($(wc -l < "$1") / 2 + 1)),\$d" "$1"
}

# bad_log RUN FILE: udp_a.json may be named for udp_a.log, for it has counted. Lines of "pairs"
# are alike, nobody misses one; one of "hosts" is missed in "pairs": test_map().
bad_log()
{
	fresh
	rm "$TMP/out/$1/$2"
	ok "without $1/$2 there is no verdict" refuse "$1" "$2"
	fresh
	cut_file "$TMP/out/$1/$2"
	ok "with half of $1/$2 there is no verdict" refuse "$1" "${2%.log}"
	[[ $2 != pairs && $2 != hosts ]] || return 0
	fresh
	cut_lines "$TMP/out/$1/$2"
	ok "with half of the lines of $1/$2 there is no verdict" refuse "$1" "${2%.log}"
}

test_bad_logs()
{
	local run path

	for run in sidestep without mptcp; do
		for path in "$TMP/good/$run"/*; do
			bad_log $run "${path##*/}"
		done
		fresh
		sed -i '/ end$/d' "$TMP/out/$run/events"
		ok "a story without an end is none: $run" refuse $run events
		fresh
		sed -i '/ end$/d' "$TMP/out/$run/samples"
		ok "samples without an end are none: $run" refuse $run samples
	done
	fresh
	edit told 's/^9000000000 world end/8999000000 world end/'
	ok "a story that is told to end otherwise is no evidence" refuse sidestep told
}

CFLAGS="-g -fsanitize=address,undefined -fno-sanitize-recover=all" \
	make -s -C "$here/../demo" OUT="$TMP/bin" "$TMP/bin/report"
for run in sidestep without mptcp; do
	logs_make "$TMP/good/$run" $run
done
logs_make "$TMP/corner" corner

echo "KTAP version 1"
test_clean
test_map
udp_faults udp IPv4 350 800
udp_faults udp6 IPv6 70 160
test_gap
test_ping
test_scp
test_chat
test_retransmissions
test_story
test_samples
test_corner
test_corner_lost
test_corner_gap
test_corner_order
test_corner_strict
test_mptcp
test_bad_logs
ok_end
