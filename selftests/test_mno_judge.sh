#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A's radio fades. Its function hears so in A's reports, and connects both hosts before
# A's own trigger prepares; at the end the session goes home by itself. Topology: mno.sh,
# with the radios of radio.sh as the direct link.
#
# Guest: --icount
# Takes: 100
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"
# shellcheck source=selftests/radio.sh
. "$here/radio.sh"

UDP_RATE=50
# Nobody wants to wait for 30 s here.
MIN_STAY=/sys/class/net/p2p0/sidestep/trigger/release/min_stay_ms=2000
# A's own rule is late here: -79 dBm, with 1 dB of hysteresis; execute is at -82 dBm.
OWN_MBM=-7900 OWN_DBM=-80
# 2 dB/s
MS_A_DB=500
END_DBM=-81

# fade: A hears B ever worse. What it hears now is in $TMP/dbm
fade()
{
	local dbm

	for ((dbm = RADIO_GOOD_DBM; dbm >= END_DBM; dbm--)); do
		radio_hears A "$dbm"
		echo "$dbm" > "$TMP/dbm"
		sleep "0.$MS_A_DB"
	done
}

# heard_better_than DBM
heard_better_than()
{
	[ "$(cat "$TMP/dbm")" -gt "$1" ]
}

# decided_by NS REGEX: what holds there, and why
decided_by()
{
	grep -qE "$2" <<< "$(session_field "$1" decision) $(session_field "$1" reason)"
}

# agreed_version N: of A and its function
agreed_version()
{
	[ "$(mno_rows A agreements version confirmed)" = "$1 true" ]
}

judge_test()
{
	local fader

	set_files "$UE_A" $MIN_STAY
	set_files "$UE_B" $MIN_STAY
	set_files "$UE_A" /sys/class/net/p2p0/sidestep/trigger/prepare/threshold_mbm=$OWN_MBM
	test_ok "A's own rule is agreed upon" busywait 10000 agreed_version 2
	udp_start udp4 4 5000 -r $UDP_RATE
	sleep 1
	fade &
	fader=$!
	test_ok "both hosts have the infra path" busywait 20000 both_ready
	diag "A hears $(cat "$TMP/dbm") dBm; it has decided: $(session_field "$UE_A" reason)"
	test_ok "A's own rule has not been met yet" heard_better_than $OWN_DBM
	test_eq "A's function has begun it, by its own judgement" \
		"$(mno_rows A sessions session by)" "a.example/1 judge"
	test_eq "for B's function another one has" \
		"$(mno_rows B sessions session by)" "a.example/1 peer"
	test_ok "A prepares by that order" \
		busywait 3000 decided_by "$UE_A" "^prepare .*MNO: judged: prepare: signal"
	test_ok "B prepares by that order" \
		busywait 3000 decided_by "$UE_B" "^prepare .*MNO: judged: prepare: signal"
	test_ok "both hosts bicast" busywait 3000 both_are bicast
	wait $fader
	test_eq "it is not begun again" "$(mno_rows A sessions session)" "a.example/1"
	test_ok "in the figures" \
		grep -q 'mno_assists_total{pfid="a.example",by="judge"} 1$' \
		<<< "$(prosef_ctl A metrics)"
	radio_hears A $RADIO_GOOD_DBM
	test_ok "the signal is good: home" busywait 60000 both_are direct
	test_ok "home: the session is over" busywait 60000 mno_is_over
	stream_stop udp4 || diag "udp4 did not end as it should"
	stream_clean udp4 $UDP_RATE || stream_report udp4
	test_ok "udp4: nothing lost, nothing twice" stream_clean udp4 $UDP_RATE
}

# --- main -------------------------------------------------------------------

ktap_header
mno_start
# Reports that are the same are not sent again: the first is of now.
sleep 2
judge_test
[ "$KTAP_FAILED" -eq 0 ] || mno_logs
ktap_plan "$KTAP_COUNT"
ktap_end
