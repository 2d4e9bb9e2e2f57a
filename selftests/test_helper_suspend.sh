#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Hosts that are suspended, for a moment and for so long that all keys have expired,
# under streams: the session is whole again by itself, no helper was started anew, and the
# time asleep is nobody's failure; unless the link has died meanwhile, which is found out
# at once. Processes are frozen, drivers are told (WireGuard forgets its keys), and the
# clocks jump, as vm/asleep does it; devices do not sleep. Both hosts are in one guest and
# sleep together: one that sleeps alone is a peer that is silent, whose clocks cannot be
# moved here by themselves. Topology: lib.sh; sessions: helpers.sh.
#
# Guest: --icount
# Kernel: stock
# Takes: 120
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"

UDP_RATE=100
# A handshake of the tunnel and what is found out by it
WHOLE_MS=3000

readonly POWER=/sys/power ASLEEP=/sys/module/asleep/parameters/seconds

sleep_init()
{
	insmod "$ROOT_DIR/build/$(uname -r)/asleep.ko" || return
	defer rmmod asleep
	echo 0 > /sys/module/suspend/parameters/pm_test_delay
	echo freezer > "$POWER/pm_test"
	defer sh -c "echo none > $POWER/pm_test"
}

# asleep SECONDS: the whole guest
asleep()
{
	echo "$1" > "$ASLEEP"
	echo freeze > "$POWER/state"
}

whole()
{
	both_ready && met && helper_is A standby ready && helper_is B standby ready
}

# decisions: how many there were, at both hosts
decisions()
{
	cat "$(helper_dir A)/log" "$(helper_dir B)/log" | grep -cE ' (prepare|execute|release): '
}

# slept SECONDS: both helpers have said so
slept()
{
	local side

	for side in A B; do
		helper_logged "$side" "has slept for ($1|$(($1 - 1))|$(($1 + 1))) s" || return
	done
}

# sleep_test SECONDS: at home
sleep_test()
{
	local point="asleep for $1 s" before count

	before="${HELPER[*]}"
	count=$(decisions)
	flows_begin
	test_ok "$point: it sleeps" asleep "$1"
	test_ok "$point: it is whole again" busywait $WHOLE_MS whole
	test_ok "$point: both helpers know" busywait 2000 slept "$1"
	sleep 2
	test_ok "$point: still at home" both_are direct
	test_eq "$point: nothing was decided" "$(decisions)" "$count"
	test_eq "$point: nothing is wrong" "$(helper_says A problem)$(helper_says B problem)" ""
	test_ok "$point: the helpers are the same" kill -0 "${HELPER[@]}"
	test_eq "$point: nobody has started others" "${HELPER[*]}" "$before"
	flows_end "$point"
}

# What is sent until a silent cut is known is lost, as without sleep.
cut_test()
{
	local point="the link has died meanwhile"

	tcp_start tcp4 4 5002 -R 20000
	sleep 0.5
	direct_cut
	test_ok "$point: it sleeps" asleep 400
	test_ok "$point: the session moves" busywait 2000 both_are infra
	test_ok "$point: new connections" connect_both
	direct_restore
	test_ok "$point: it is back: home" busywait 60000 both_are direct
	stream_stop tcp4 || diag "$point: tcp4 did not end as it should"
	test_ok "$point: tcp4 is intact" stream_intact tcp4
}

sleep_init || ktap_skip_all "suspend" "the kernel cannot be made to sleep"
ktap_header
topo_up 2 25
helpers_up
busywait 10000 whole || die "the session is not whole"
sleep_test 20
sleep_test 600
cut_test
[ "$KTAP_FAILED" -eq 0 ] || helper_logs
ktap_plan "$KTAP_COUNT"
ktap_end
