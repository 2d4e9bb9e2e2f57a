#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random netlink messages: each ends in an error with nothing changed, or in a
# valid change; without rights nothing changes; a session under such fire goes
# on. SEED in the environment repeats a run. Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

COUNT=6000

# fuzz_run POINT ACCEPTED REFUSED COMMAND...: as nlfuzz, at least so many of each
fuzz_run()
{
	local point=$1 accepted=$2 refused=$3

	shift 3
	in_ns "$UE_A" "$@" > "$TMP/fuzz"
	test_eq "$point: the rules hold" "$?" 0
	grep '^#' "$TMP/fuzz"
	grep -v '^#' "$TMP/fuzz" > "$TMP/fuzz.json"
	test_ok "$point: $accepted or more are accepted" \
		[ "$("$PROGS/jget" accepted < "$TMP/fuzz.json")" -ge "$accepted" ]
	test_ok "$point: $refused or more are refused" \
		[ "$("$PROGS/jget" refused < "$TMP/fuzz.json")" -ge "$refused" ]
}

as_nobody()
{
	printf '%s\n' setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs
}

mapfile -t NOBODY < <(as_nobody)

ktap_header
topo_up 2 25
session_up
udp_start udp 4 5000 -r 100
switch_both bicast || die "no bicast"
before=$(session_show "$UE_A" | "$PROGS/jget" 0.id 0.peers 0.wanted 0.paths.0.ifname 0.paths.1.ifname)

fuzz_run "without rights" 200 3000 "${NOBODY[@]}" "$PROGS/nlfuzz" -u p2p0 $COUNT
fuzz_run "with a fault in each" 0 $COUNT "$PROGS/nlfuzz" -f p2p0 $COUNT
test_eq "with a fault in each: none is accepted" \
	"$("$PROGS/jget" accepted < "$TMP/fuzz.json")" 0
test_eq "the session is what it was" \
	"$(session_show "$UE_A" | "$PROGS/jget" 0.id 0.peers 0.wanted 0.paths.0.ifname 0.paths.1.ifname)" \
	"$before"
# Keys are not shown; with others it could not be heard.
sleep 1.5
stream_stop udp
stream_clean udp 100 || stream_report udp
test_ok "its stream lost nothing" stream_clean udp 100
test_ok "and it still switches" switch_both direct

# The session that is fired at may change now; the other must not notice.
ip -n "$UE_A" link add q0 type sidestep || die "no second session"
set_files "$UE_A" /sys/class/net/q0/sidestep/mode=manual
ip -n "$UE_A" link set q0 up
fuzz_run "as root, a session not yet configured" 200 3000 "$PROGS/nlfuzz" q0 $COUNT
in_ns "$UE_A" "$SIDESTEP" set q0 id 8 peer 10.77.0.9 tx-key "$TMP/key_ab" \
	rx-key "$TMP/key_ba" direct direct0 infra wg0 || die "q0 cannot be configured"
fuzz_run "as root, a configured session" 200 3000 "$PROGS/nlfuzz" q0 $COUNT
ip -n "$UE_A" link del q0
test_ok "the first session still switches" switch_both infra

fuzz_run "as root, a session in use" 200 3000 "$PROGS/nlfuzz" p2p0 $COUNT
test_ok "it takes its settings again" in_ns "$UE_A" "$SIDESTEP" set p2p0 id $SESSION_ID \
	peer $B4 peer $B6 tx-key "$TMP/key_ab" rx-key "$TMP/key_ba" direct direct0 infra wg0 protect all important all budget off
test_ok "and who decides" mode_set "$UE_A" manual
test_ok "and both paths are ready" busywait 20000 paths_ready "$UE_A"
test_ok "and it switches" switch_both bicast
ktap_plan "$KTAP_COUNT"
ktap_end
