#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bad input and bad actors, with real functions, helpers and DTLS: UEs and functions that
# ask for what is not theirs, lie, or ask too often; certificates that are worth nothing;
# what is no document, or too long; datagrams that are sent again; handshakes that are only
# begun, by the thousand; strangers at the relay's ports. All of it is refused, counted, and
# logged no more often than allowed; nothing of it is stored, and the two hosts that are
# to be connected are. Topology: mno.sh; who asks: progs/pfask.c, pftls.c, pfflood.c.
#
# Guest: --icount
# Takes: 200
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"

UDP_RATE=20
PKI=$TMP/pki
MNO_LINES=(RelaysPerUE=2 AssistsPerMinute=8 "OwnNetworks=10.0.0.0/8 192.0.2.8/29")
UES_PORT=5684 FUNCTIONS_PORT=5694
HELLO_RATE=1000
EVE=ue-eve@a.example MALLORY=ue-mallory@a.example

# --- documents in CBOR (docs/mno-protocol.md) -------------------------------

# text WORDS, of 24 to 255 bytes or fewer than 24
text()
{
	local hex

	hex=$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')
	if [ ${#1} -lt 24 ]; then
		printf '%02x%s' $((0x60 + ${#1})) "$hex"
	else
		printf '78%02x%s' ${#1} "$hex"
	fi
}

# key DIGIT: 32 bytes
key()
{
	printf 5820
	printf "0$1%.0s" {1..32}
}

registration=a201010201
of_version_2=a201020201

# agreement PEER DIGIT: with that key of its own, the peer's is 9
agreement()
{
	echo "a403$(text "$1")04$(key "$2")05$(key 9)07190258"
}

# report SEQ DECISION: by the first version; 1: release, 2: prepare
report()
{
	printf 'a3010102%02x03%02x' "$1" "$2"
}

# assist REQUESTING TARGETED
assist()
{
	echo "a7010102$(text "$1")03$(text "$2")04$(key 1)05$(key 2)068244cb00710519123409183c"
}

# --- who asks ---------------------------------------------------------------

# from_net FILE AUTHORITY PORT [REQUEST...]: of A's function, from the internet. That
# authority is the one by which the function is believed
from_net()
{
	in_ns "$NET" "$PROGS/pfask" "$PKI" "$1" "$2" "$PF_A4" "$3" a.example "${@:4}"
}

# ue FILE [REQUEST...]
ue()
{
	from_net "$1" ues $UES_PORT "${@:2}"
}

# function_asks FILE [REQUEST...]: from where B's function is
function_asks()
{
	in_ns "$PF_B" "$PROGS/pfask" "$PKI" "$1" functions "$PF_A4" \
		"$FUNCTIONS_PORT" a.example "${@:2}"
}

# tls [-r] FILE [REQUEST...]: a UE of A's function, by hand
tls()
{
	local again=()

	[ "$1" != -r ] || { again=(-r); shift; }
	in_ns "$NET" "$PROGS/pftls" "${again[@]}" "$PKI" "$1" "$PF_A4" "$UES_PORT" "${@:2}"
}

# says NAME EXPECTED COMMAND...: EXPECTED has "; " between lines. Orders come at any time
says()
{
	test_eq "$1" "$("${@:3}" 2>&1 | grep -v '^order ' | paste -s -d ';' | sed 's/;/; /g')" "$2"
}

# is_shut_out NAME COMMAND...
is_shut_out()
{
	local said

	said=$("${@:2}" 2>&1) || :
	case $said in
	closed*) test_pass "$1" ;;
	*) test_fail "$1" "said: $said" ;;
	esac
}

# --- what is seen -----------------------------------------------------------

# metric A|B NAME: the sum of all that begin so
metric()
{
	prosef_ctl "$1" metrics | grep -F "$2" | awk '{ sum += $NF } END { print sum + 0 }'
}

log_lines()
{
	wc -l < "$TMP/prosefd.a/log"
}

# stored: agreements and sessions at A's function, but for those of the good ones
stored()
{
	mno_rows A agreements epuid peer | grep -v '^ue-a@a.example ue-b@b.example$'
	mno_rows A sessions session
	mno_rows A relays session
}

# --- tests ------------------------------------------------------------------

certificates_test()
{
	"$here/pki.sh" authority "$PKI" others
	"$here/pki.sh" issue "$PKI" others ue-other ue-a@a.example
	"$here/pki.sh" issue "$PKI" others peer-other b.example
	"$here/pki.sh" issue "$PKI" ues expired ue-a@a.example 0
	"$here/pki.sh" issue "$PKI" ues eve $EVE
	"$here/pki.sh" issue "$PKI" ues mallory $MALLORY
	"$here/pki.sh" issue "$PKI" functions peer-rogue rogue.example
	sleep 1
	is_shut_out "certificate: expired" ue expired
	is_shut_out "certificate: of another authority" ue ue-other
	is_shut_out "certificate: of another function's UE" ue ue-b
	is_shut_out "certificate: of a function, at the port of UEs" \
		from_net peer-b ues $UES_PORT
	is_shut_out "certificate: of a UE, at the port of functions" \
		from_net eve functions $FUNCTIONS_PORT
	is_shut_out "certificate: of a function, by another authority" function_asks peer-other
	is_shut_out "certificate: of a function that is no peer" function_asks peer-rogue
}

input_test()
{
	local path=pf/v1/ues/$EVE

	says "input: another version of the protocol" "4.00 protocol version" \
		ue eve put "$path" $of_version_2
	says "input: no map, half a map, an endless one, a key twice" \
		"4.00 bad document; 4.00 bad document; 4.00 bad document; 4.00 bad document" \
		ue eve put "$path" 01 put "$path" a20101 put "$path" bf0101ff \
		put "$path" a301010101
	says "input: no CBOR" "4.15 the body is no CBOR" ue eve put "$path" text
	says "input: no such resource, and no such method" \
		"2.01; 4.04 no such resource; 4.05 no such method; 4.04 no such resource" \
		ue eve put "$path" $registration get pf/v9/ues "" post "$path" a0 \
		put pf6/v1/assists/a.example/1 a0
}

# padded BYTES: an agreement with a member that nobody knows, as long as that
padded()
{
	local doc n

	doc=$(agreement ue-z@a.example 1)
	n=$(($1 - ${#doc} / 2 - 5))
	printf 'a5%s186359%04x' "${doc#a4}" $n
	printf '00%.0s' $(seq $n)
}

length_test()
{
	local path=pf/v1/ues/$EVE

	says "too long: a body of 1025 bytes" "2.04; 4.13; 2.05" \
		tls eve put "$path" $registration post "$path/agreements" "$(padded 1025)" \
		get "pf/v1/sessions/$EVE" ""
	test_eq "too long: nothing is stored" "$(stored)" ""
	says "too long: but not one of 1024" "2.04; 2.01" \
		tls eve put "$path" $registration post "$path/agreements" "$(padded 1024)"
	test_eq "too long: that one is stored" "$(stored)" "$EVE ue-z@a.example"
	end_agreement eve $EVE "$(mno_rows A agreements id epuid | sed -n "s/ $EVE\$//p")"
}

# All that Eve has said, handshake and all, is sent once more: from where she is, and from
# elsewhere.
again_test()
{
	local path=pf/v1/ues/$EVE before begun

	before=$(metric A requests_total)
	begun=$(hellos begun)
	says "again: datagrams that were there before, from their sender and a stranger" \
		"2.04; 2.01; 2.05; 6 datagrams again, 0 answers; 2.05" \
		tls -r eve put "$path" $registration \
		post "$path/agreements" "$(agreement ue-z@a.example 1)" \
		get "pf/v1/sessions/$EVE" ""
	test_eq "again: four requests were answered" "$(metric A requests_total)" $((before + 4))
	test_eq "again: her cookie is no stranger's" "$(hellos begun)" $((begun + 2))
	test_eq "again: one agreement is there, once" \
		"$(mno_rows A agreements version epuid | grep " $EVE\$")" "1 $EVE"
	end_agreement eve $EVE "$(mno_rows A agreements id epuid | sed -n "s/ $EVE\$//p")"
	test_eq "again: nothing is left of it" "$(stored)" ""
}

# Eve is a customer of A's, and asks for what is another's.
another_test()
{
	says "another's: its registration, agreements and sessions" \
		"2.04; 4.03 not yours; 4.03 not yours; 4.03 not yours" \
		ue eve put pf/v1/ues/$EVE $registration \
		put pf/v1/ues/ue-a@a.example $registration \
		post pf/v1/ues/ue-a@a.example/agreements "$(agreement $EVE 1)" \
		get pf/v1/sessions/ue-a@a.example ""
	says "another's: reports by its agreement" "4.04 no such agreement" \
		ue eve put pf/v1/reports/1 "$(report 1 2)"
}

# agree FILE EPUID PEER DIGIT: into AGREEMENT, confirmed
agree()
{
	AGREEMENT=$(ue "$1" put "pf/v1/ues/$2" $registration \
		post "pf/v1/ues/$2/agreements" "$(agreement "$3" "$4")" |
		sed -n 's/^2.01 .*agreements.//p')
	ue "$1" put=1 "pf/v1/ues/$2/agreements/$AGREEMENT" a10101 > /dev/null
}

# end_agreement FILE EPUID AGREEMENT
end_agreement()
{
	ue "$1" delete "pf/v1/ues/$2/agreements/$3" "" > /dev/null
}

no_consent_test()
{
	local counter='assists_refused_total{pfid="a.example",why="consent"}' before

	before=$(metric A "$counter")
	agree eve $EVE ue-a@a.example 1
	says "no consent: a UE of the same function" "4.03 no consent" \
		ue eve put "pf/v1/reports/$AGREEMENT" "$(report 1 2)"
	test_eq "no consent: it is counted" "$(metric A "$counter")" $((before + 1))
	end_agreement eve $EVE "$AGREEMENT"
	agree eve $EVE ue-b@b.example 1
	says "no consent: of another function" "2.04" \
		ue eve put "pf/v1/reports/$AGREEMENT" "$(report 1 2)"
	test_ok "no consent: the other function refuses it" \
		busywait 3000 prosef_logged B "asks for a.example/[0-9]*: no consent"
	end_agreement eve $EVE "$AGREEMENT"
	test_eq "no consent: nothing is left of it" "$(stored)" ""
	test_ok "no consent: nobody has heard of it" \
		cmd_fail grep -q eve "$(helper_dir A)/log" "$(helper_dir B)/log"
}

# candidate ADDRESS_IN_HEX: Eve names it in her session
candidate()
{
	ue eve put "pf/v1/sessions/$SESSION" "a201010281a301010282${1}1912340301"
}

# Eve and those who have agreed with her, all of them A's.
many_test()
{
	local i agreement=()

	for i in 1 2 3; do
		"$here/pki.sh" issue "$PKI" ues friend-$i ue-$i@a.example
		agree friend-$i ue-$i@a.example $EVE 9
		agree eve $EVE ue-$i@a.example 1
		agreement+=("$AGREEMENT")
	done
	says "too many: relays" "2.04; 2.04; 4.29 no relay" \
		ue eve put "pf/v1/reports/${agreement[0]}" "$(report 1 2)" \
		put "pf/v1/reports/${agreement[1]}" "$(report 1 2)" \
		put "pf/v1/reports/${agreement[2]}" "$(report 1 2)"
	SESSION=$(mno_rows A sessions session requesting | sed -n "s/ $EVE\$//p" | head -n 1)
	says "candidates: loopback" "4.00 bad document" candidate 447f000001
	says "candidates: multicast" "4.00 bad document" candidate 44e0000001
	says "candidates: a network of the operator's" \
		"4.03 a candidate that cannot be one" candidate 440a000001
	says "another's: a session" "2.01; 4.04 no such session" \
		ue mallory put pf/v1/ues/$MALLORY $registration \
		put "pf/v1/sessions/$SESSION" a10102
	rogue_test
	again_and_again "${agreement[0]}" > "$TMP/again"
	test_ok "too many: sessions in a minute" grep -qx "4.29 too many sessions" "$TMP/again"
	end_agreement eve $EVE "${agreement[0]}"
	end_agreement eve $EVE "${agreement[1]}"
	end_agreement eve $EVE "${agreement[2]}"
	for i in 1 2 3; do
		end_agreement friend-$i ue-$i@a.example \
			"$(mno_rows A agreements id epuid | sed -n "s/ ue-$i@a.example\$//p")"
	done
	test_eq "nothing is stored" "$(stored)" ""
}

# again_and_again AGREEMENT: to prepare and home again, until that is refused
again_and_again()
{
	local seq requests=()

	for ((seq = 2; seq < 20; seq += 2)); do
		requests+=(put "pf/v1/reports/$1" "$(report "$seq" 1)"
			put "pf/v1/reports/$1" "$(report $((seq + 1)) 2)")
	done
	ue eve "${requests[@]}"
}

# A function that is known, and asks for what it may not.
rogue_test()
{
	says "rogue function: a session of A's" "4.03 not yours" function_asks peer-b \
		put pf6/v1/assists/a.example/777 "$(assist ue-b@b.example ue-a@a.example)"
	says "rogue function: for a UE of A's" "4.03 not yours" function_asks peer-b \
		put pf6/v1/assists/b.example/777 "$(assist $EVE ue-a@a.example)"
	says "rogue function: a UE that nobody has agreed with" "4.03 no consent" \
		function_asks peer-b put pf6/v1/assists/b.example/777 \
		"$(assist ue-x@b.example ue-a@a.example)"
	says "rogue function: candidates, news and the end of a session that is none of its own" \
		"4.04 no candidates; 4.04 no such session; 2.02" function_asks peer-b \
		put "pf6/v1/assists/$SESSION/candidates" a10180 \
		put "pf6/v1/assists/$SESSION/alert" a10102 delete "pf6/v1/assists/$SESSION" ""
	test_ok "rogue function: the session is still there" \
		grep -q "^$SESSION\$" <(mno_rows A sessions session)
}

# stranger PORT: what looks like data of the tunnel, from elsewhere, ten times
stranger()
{
	local i

	for ((i = 0; i < 10; i++)); do
		in_ns "$NET" bash -c "printf '\\4\\0\\0\\0%0124d' 0 > /dev/udp/$PF_A4/$1"
	done
}

# hellos RESULT: ClientHellos of which that came
hellos()
{
	metric A "hellos_total{pfid=\"a.example\",result=\"$1\"}"
}

# memory_kb: of A's function
memory_kb()
{
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/${PROSEF[A]}/status"
}

# hello_flood NAME RESULT MEMORY_KB [OPTION...]: of so many handshakes that are begun and not
# finished that comes, mostly; meanwhile another UE gets in
hello_flood()
{
	local name=$1 before memory lines flood

	before=$(hellos "$2")
	memory=$(memory_kb)
	lines=$(log_lines)
	in_ns "$NET" "$PROGS/pfflood" -r $HELLO_RATE -t 12 "${@:4}" $PF_A4 $UES_PORT \
		> "$TMP/pfflood" &
	flood=$!
	busywait 5000 more_hellos "$2" $((before + HELLO_RATE))
	says "$name: a UE gets in" 2.04 in_ns "$NAT_A" timeout 5 "$PROGS/pfask" "$PKI" \
		mallory ues $PF_A4 $UES_PORT a.example put pf/v1/ues/$MALLORY $registration
	test_ok "$name: the flood goes on" kill -0 $flood
	memory=$(($(memory_kb) - memory))
	test_ok "$name: memory grows by $3 KiB at most" [ $memory -le "$3" ]
	wait $flood
	diag "$name: $(cat "$TMP/pfflood"), $memory KiB, $(($(hellos "$2") - before)) $2"
	test_ok "$name: it is counted" more_hellos "$2" $((before + 4 * HELLO_RATE))
	test_ok "$name: the log is spared" [ $(($(log_lines) - lines)) -lt 8 ]
	test_ok "$name: nothing is left of it" busywait 15000 no_handshakes
}

# more_hellos RESULT N
more_hellos()
{
	[ "$(hellos "$1")" -ge "$2" ]
}

no_handshakes()
{
	[ "$(metric A 'mno_handshakes{')" = 0 ]
}

# Addresses in 10.0.0.0/8 are nobody's here.
hellos_test()
{
	says "hellos: Mallory is known" 2.04 ue mallory put pf/v1/ues/$MALLORY $registration
	hello_flood "hellos from everywhere" asked 1500 -f 10.0.0.0/8
	hello_flood "hellos with cookies that are none" asked 1500 -f 10.0.0.0/8 -k
	hello_flood "hellos that are encrypted" stray 1500 -f 10.0.0.0/8 -e
	hello_flood "hellos of one who gets the cookies" refused_source 12000 -a
	test_ok "hellos of one who gets the cookies: said once in 10 s" \
		prosef_logged A "^.*192.0.2.9: handshake refused"
}

# Eve floods the function while the two good hosts are connected.
flood_test()
{
	local lines flood ports

	lines=$(log_lines)
	udp_start udp4 4 5000 -r $UDP_RATE
	ue eve put pf/v1/ues/$EVE $registration "1500*get" pf/v1/sessions/$EVE "" > "$TMP/flood" &
	flood=$!
	mno_decide A prepare
	test_ok "flood: two hosts are connected meanwhile" busywait 10000 both_ready
	wait $flood
	test_ok "flood: it is its own loss" grep -q "4.29" "$TMP/flood"
	test_ok "flood: it is counted" [ "$(metric A 'requests_total{pfid="a.example",code="4.29"}')" -gt 500 ]
	test_ok "flood: the log is spared" [ $(($(log_lines) - lines)) -lt 30 ]
	read -r -a ports < <(mno_rows A relays port_a port_b)
	lines=$(metric A relay_dropped_packets_total)
	stranger "${ports[0]}"
	stranger "${ports[1]}"
	test_ok "stranger at the relay: dropped and counted" busywait 20000 \
		dropped $((lines + 20))
	mno_decide A release
	mno_decide B release
	test_ok "home" busywait 20000 both_are direct
	test_ok "the session is over" busywait 60000 mno_is_over
	stream_stop udp4 || diag "udp4 did not end as it should"
	stream_clean udp4 $UDP_RATE || stream_report udp4
	test_ok "udp4: nothing lost, nothing twice" stream_clean udp4 $UDP_RATE
}

# dropped N: at the relays of A's function
dropped()
{
	[ "$(metric A relay_dropped_packets_total)" -ge "$1" ]
}

# --- main -------------------------------------------------------------------

ktap_header
mno_start
certificates_test
input_test
length_test
again_test
another_test
no_consent_test
many_test
hellos_test
flood_test
[ "$KTAP_FAILED" -eq 0 ] || mno_logs
ktap_plan "$KTAP_COUNT"
ktap_end
