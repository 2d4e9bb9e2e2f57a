#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two operators connect two hosts that have private addresses only: what is agreed on,
# what a trigger brings about, how the session moves to the relay and home again, and
# what the operator can see and do. Topology: mno.sh.
#
# Guest: --icount
# Takes: 130
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"

UDP_RATE=100
# The least thresholds that the functions agree to are the helpers' own.
MNO_LINES=(RelaysPerUE=2)

agreements_test()
{
	test_eq "one agreement of A's, confirmed" "$(mno_rows A agreements epuid confirmed)" \
		"ue-a@a.example true"
	test_eq "one agreement of B's, confirmed" "$(mno_rows B agreements epuid confirmed)" \
		"ue-b@b.example true"
	test_eq "A is registered" "$(mno_rows A subscribers epuid registered)" "ue-a@a.example true"
	test_eq "no session, no relay" "$(mno_rows A sessions session)$(mno_rows A relays session)" ""
}

# The whole way, from a trigger to the end.
trigger_test()
{
	local name

	udp_start udp4 4 5000 -r $UDP_RATE
	udp_start udp6 6 5001 -r $UDP_RATE
	tcp_start tcp4 4 5002 -R 20000
	sleep 0.5
	mno_decide A prepare
	test_ok "prepare: both have the infra path" busywait 5000 both_ready
	test_ok "prepare: by the relay, says A's function" \
		busywait 3000 prosef_logged A "session a.example/1 .*: by the relay"
	test_ok "prepare: by the relay, says B's function" \
		busywait 3000 prosef_logged B "session a.example/1 .*: by the relay"
	test_eq "prepare: A's function has the relay" "$(mno_rows A relays owner session)" \
		"ue-a@a.example a.example/1"
	test_eq "prepare: B's has none" "$(mno_rows B relays session)" ""
	test_ok "prepare: both hosts bicast" busywait 3000 both_are bicast
	mno_decide A execute
	test_ok "execute: both are on the infra path" busywait 5000 both_are infra
	direct_cut
	sleep 3
	direct_restore
	test_ok "the link is back: home" busywait 60000 both_are direct
	test_ok "home: the session is over" busywait 60000 mno_is_over
	for name in udp4 udp6; do
		stream_stop $name || diag "$name did not end as it should"
		stream_clean $name $UDP_RATE || stream_report $name
		test_ok "$name: nothing lost, nothing twice" stream_clean $name $UDP_RATE
	done
	stream_stop tcp4 || diag "tcp4 did not end as it should"
	test_ok "tcp4 is intact" stream_intact tcp4
}

operator_test()
{
	test_ok "operator: the two are connected" \
		prosef_ctl B assist ue-b@b.example ue-a@a.example none
	# With no decision, the kernels look for it every 5 to 6 s only.
	test_ok "operator: both have the infra path" busywait 15000 both_ready
	test_eq "operator: begun by" "$(mno_rows B sessions session by)" "b.example/1 operator"
	test_ok "operator: the session stays direct" both_are direct
	test_ok "operator: released" prosef_ctl B release b.example/1
	test_ok "operator: the session is over" busywait 20000 mno_is_over
	test_ok "operator: a UE that is not there" \
		cmd_fail_says "is not registered" prosef_ctl A assist ue-x@a.example ue-b@b.example
	test_ok "operator: a peer without agreement" \
		cmd_fail_says "no confirmed agreement" prosef_ctl A assist ue-a@a.example ue-x@b.example
	test_ok "operator: no such session" \
		cmd_fail_says "no session" prosef_ctl A release a.example/77
	prosef_ctl A drain on > /dev/null
	mno_decide A prepare
	test_ok "drained: no new session" busywait 5000 prosef_logged A "no new sessions"
	test_eq "drained: none is there" "$(mno_rows A sessions session)" ""
	prosef_ctl A drain off > /dev/null
}

# A's function is started anew, and allows less than was agreed on.
limits_test()
{
	local was

	# What it has asked for in vain while its function drained, it may ask for again.
	mno_decide A release
	test_ok "limits: home before" busywait 20000 both_are direct
	test_ok "limits: no session before" busywait 20000 mno_is_over
	was=$(mno_rows A agreements version)
	prosef_end A TERM
	sed -i 's/^MaxWindow=.*/MaxWindow=600/' "$TMP/prosefd.a/conf"
	prosef_start A
	test_ok "limits: A takes what its function offers" busywait 20000 limits_are "$was" 600
	test_ok "limits: and is connected by that" \
		prosef_ctl A assist ue-a@a.example ue-b@b.example none
	test_ok "limits: both have the infra path" busywait 10000 both_ready
	prosef_ctl A release "$(mno_rows A sessions session)"
	test_ok "limits: the session is over" busywait 20000 mno_is_over
}

# limits_are OLD_VERSION WINDOW_S
limits_are()
{
	local version window confirmed

	read -r version window confirmed < \
		<(mno_rows A agreements version window_s confirmed 2> /dev/null)
	[ "$confirmed" = true ] && [ "$window" = "$2" ] && [ "$version" -gt "$1" ]
}

# --- main -------------------------------------------------------------------

ktap_header
mno_start
agreements_test
trigger_test
operator_test
limits_test
[ "$KTAP_FAILED" -eq 0 ] || mno_logs
ktap_plan "$KTAP_COUNT"
ktap_end
