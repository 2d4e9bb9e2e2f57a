#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What was said while somebody was away: candidates reach the other UE when the functions
# reach each other again, and what one function has ended while the other was dead does not
# begin again. Topology: mno.sh.
#
# Guest: --icount
# Takes: 120
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"

# The association is given up by then, and with it all that was not answered. It is tried
# again after 30 s at most.
CUT_S=45 AGAIN_MS=60000

# functions_cut, functions_joined: from each other, not from their UEs
functions_cut()
{
	local ns

	for ns in "$PF_A" "$PF_B"; do
		in_ns "$ns" nft -f - <<- END
			table inet cut {
				chain output {
					type filter hook output priority 0;
					udp dport 5694 drop
					udp sport 5694 drop
				}
			}
		END
	done
}

functions_joined()
{
	in_ns "$PF_A" nft delete table inet cut
	in_ns "$PF_B" nft delete table inet cut
}

# sessions_are A|B ID STATE
sessions_are()
{
	[ "$(mno_rows "$1" sessions session state)" = "$2 $3" ]
}

# without_relay A|B ID: says that host
without_relay()
{
	helper_logged "$1" "connected without the relay, session $2\$"
}

both_without_relay()
{
	without_relay A "$1" && without_relay B "$1"
}

# B's host hears of the session when the functions are cut off, so that its candidates and
# A's are passed on to nobody.
candidates_test()
{
	local id=a.example/1

	kill -STOP "${HELPER[B]}"
	prosef_ctl A assist ue-a@a.example ue-b@b.example none > /dev/null
	test_ok "cut off: B's function is asked before" busywait 5000 sessions_are B $id asked
	functions_cut
	kill -CONT "${HELPER[B]}"
	test_ok "cut off: both have the infra path" busywait 15000 both_ready
	sleep $CUT_S
	test_ok "cut off: by the relay" cmd_fail both_without_relay $id
	functions_joined
	test_ok "joined again: without the relay" busywait $AGAIN_MS both_without_relay $id
	test_ok "joined again: A's function knows" busywait $AGAIN_MS sessions_are A $id direct
}

# B's function ends what A's, which has the relay, remembers.
release_test()
{
	local id=a.example/1

	prosef_end A KILL
	test_ok "A's function is dead: B's operator releases" prosef_ctl B release $id
	test_eq "A's function is dead: B's has no session" "$(mno_rows B sessions session)" ""
	prosef_start A
	test_ok "A's function is there again: the session is over" busywait 20000 mno_is_over
	test_ok "A's function is there again: it was told so" \
		prosef_logged A "session $id .*: ended: (it is over|the other function has ended it)"
	test_eq "it was not begun again" "$(grep -c "session $id .*: asked by" "$TMP/prosefd.b/log")" 1
}

# --- main -------------------------------------------------------------------

ktap_header
mno_start
candidates_test
release_test
[ "$KTAP_FAILED" -eq 0 ] || mno_logs
ktap_plan "$KTAP_COUNT"
ktap_end
