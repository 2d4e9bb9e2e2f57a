#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Helpers that are nobody and may do nothing but CAP_NET_ADMIN, as their service runs
# them, make a session over a radio's link and keep it. Topology: radio.sh; sessions:
# helpers.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/radio.sh
. "$here/radio.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"

NOBODY=65534
# CAP_NET_ADMIN is the 12th.
NET_ADMIN=0000000000001000

# In place of that of helpers.sh.
helper_start()
{
	local dir

	dir=$(helper_dir "$1")
	chmod 711 "$TMP"
	chown -R $NOBODY "$dir"
	SIDESTEP_STATUS=$dir/status ip netns exec "$(helper_ns "$1")" \
		setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups --no-new-privs \
		--inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin \
		--bounding-set=-all,+net_admin \
		"$SIDESTEPD" --config "$dir/conf" --state "$dir" 2>> "$dir/log" &
	HELPER[$1]=$!
}

# rights A|B: user and capabilities of its helper
rights()
{
	awk '/^(Uid|CapEff|CapBnd):/ { printf "%s ", $2 }' "/proc/${HELPER[$1]}/status"
}

ktap_header
topo_up 0 25
helpers_up
test_eq "A's helper is nobody with one right" "$(rights A)" "$NOBODY $NET_ADMIN $NET_ADMIN "
test_eq "B's, too" "$(rights B)" "$NOBODY $NET_ADMIN $NET_ADMIN "
test_ok "the standby is ready" busywait 10000 helper_is A standby ready
radio_walk "$RADIO_GOOD_DBM" -78 40
test_ok "the radio fades: both prepare" busywait 5000 both_are bicast
radio_walk -79 -90 40
test_ok "it fades on: both leave it" busywait 5000 both_are infra
test_eq "nothing is wrong" "$(helper_says A problem)$(helper_says B problem)" ""
test_ok "the helper ends as it should" helper_end A TERM
test_ok "what it must remember is there" [ -s "$(helper_dir A)/p2p0.session" ]
[ "$KTAP_FAILED" -eq 0 ] || helper_logs
ktap_plan "$KTAP_COUNT"
ktap_end
