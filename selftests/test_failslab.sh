#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Allocations fail at random while packets go through the module, in every state:
# each loss has a counter, nothing comes twice, and all is well again when the
# memory is. Then in the whole kernel, and while a session ends. Topology: lib.sh.
#
# Guest: --icount
# Kernel: debug
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/journeys.sh
. "$here/journeys.sh"

FAILSLAB=/sys/kernel/debug/failslab
PERCENT=15
# From the module's function to the allocator. A caller's caller does not count:
# below it is what the stack does with a packet that we gave it.
DEPTH=9
SECONDS_SHORT=8

# failslab FILE=VALUE...
failslab()
{
	local fv

	for fv; do
		echo "${fv#*=}" > "$FAILSLAB/${fv%%=*}" || die "failslab: $fv"
	done
}

# The module's text is all of it up to the next section.
module_range()
{
	local start size

	start=$(< /sys/module/sidestep/sections/.text)
	size=$(sed -n 's/^sidestep \([0-9]*\) .*/\1/p' /proc/modules)
	failslab "require-start=$start" "require-end=$(printf '0x%x' $((start + size)))"
}

# short_of_memory PERCENT SECONDS
short_of_memory()
{
	failslab probability="$1"
	sleep "$2"
	failslab probability=0
}

moved()
{
	echo $((${MOVED[a.$1]} + ${MOVED[b.$1]}))
}

# streams_once POINT: all is intact; of the datagrams none came twice or altered
streams_once()
{
	local name side

	for name in udp4 udp6; do
		for side in a b; do
			test_eq "$1: $name at $side: doubled, altered" \
				"$(result $name.$side duplicated corrupted | tr '\n' ' ')" "0 0 "
		done
	done
	test_ok "$1: tcp4 is intact" stream_intact tcp4
	test_ok "$1: tcp6 is intact" stream_intact tcp6
}

udp_lost()
{
	local name side sum=0

	for name in udp4 udp6; do
		for side in a b; do
			sum=$((sum + $(result $name.$side lost)))
		done
	done
	echo $sum
}

# numbers_hold FROM TO: each number was delivered, or given up as lost; each copy
# that came was delivered, eliminated, or dropped by name
numbers_hold()
{
	local came=$((${MOVED[$2.direct.rx_packets]} + ${MOVED[$2.infra.rx_packets]}))

	[ "${MOVED[$1.tx_tagged]}" -eq \
		$((${MOVED[$2.rx_delivered]} + ${MOVED[$2.rx_skipped]} - ${MOVED[$2.rx_late]})) ] &&
		[ "$came" -eq $((${MOVED[$2.rx_delivered]} + ${MOVED[$2.rx_eliminated]} +
		${MOVED[$2.rx_no_memory]} + ${MOVED[$2.rx_old]} + ${MOVED[$2.rx_overflow]})) ]
}

# short_run STATE PERCENT: streams run on after the memory is back, so that the
# last gap is seen
short_run()
{
	session_wait_ready
	switch_both "$1" || test_fail "$1: switch"
	account_begin
	streams_start
	short_of_memory "$2" $SECONDS_SHORT
	session_wait_ready
	sleep 1
	streams_stop udp4 udp6 tcp4 tcp6
	sleep 0.5
	account_end
	diag "$1: $(udp_lost) datagrams lost; tx_no_memory $(moved tx_no_memory)," \
		"rx_no_memory $(moved rx_no_memory), tx_refused $(moved tx_refused)," \
		"skipped $(moved rx_skipped)"
}

account_point()
{
	if numbers_hold a b && numbers_hold b a; then
		test_pass "$1"
	else
		account_dump
		test_fail "$1" "the counters do not add up"
	fi
}

direct_check()
{
	short_run direct $PERCENT
	streams_once direct
	test_eq "direct: nothing of ours is in the way" "$(udp_lost)" 0
	test_ok "direct: probes have no memory, and say so" [ "$(moved tx_no_memory)" -gt 0 ]
}

# tagged_check STATE
tagged_check()
{
	short_run "$1" $PERCENT
	streams_once "$1"
	account_point "$1: each number, each copy"
	test_ok "$1: what is lost has a counter" [ "$(udp_lost)" -le \
		$(($(moved tx_no_memory) + $(moved rx_no_memory) + $(moved tx_refused))) ]
	test_ok "$1: tx_no_memory counts" [ "$(moved tx_no_memory)" -gt 0 ]
}

# Atomic allocations of everybody, here and in WireGuard.
everywhere_check()
{
	failslab require-start=0 require-end=0xffffffffffffffff ignore-gfp-wait=Y
	short_run bicast 3
	streams_once "everywhere"
	failslab ignore-gfp-wait=N
	module_range
}

works()
{
	run_busy "$1" 3 journey_clean
}

# Nothing that the module asks for is given.
end_check()
{
	switch_both bicast || test_fail "end: switch"
	streams_start
	failslab probability=100
	test_ok "no memory: link set down" ip -n "$UE_A" link set p2p0 down
	test_ok "no memory: no link set up" cmd_fail ip -n "$UE_A" link set p2p0 up
	test_ok "no memory: link del" ip -n "$UE_A" link del p2p0
	test_ok "no memory: the namespace goes" ip netns del "$UE_B"
	full_traffic_abandon
	test_ok "no memory: nobody uses the module" busywait 10000 module_idle
	test_ok "no memory: unload" module_unload
	failslab probability=0
	test_eq "nothing is left" "$(module_left)" ""
}

module_idle()
{
	[ "$(cat /sys/module/sidestep/refcnt)" = 0 ]
}

ktap_header
[ -e $FAILSLAB/require-start ] ||
	ktap_skip_all "allocations fail" "the kernel has no FAILSLAB with a stack filter"
topo_up 2 25
session_up
failslab ignore-gfp-wait=N verbose=0 times=-1 stacktrace-depth=$DEPTH
defer failslab probability=0
module_range
direct_check
works "after direct"
tagged_check bicast
test_ok "bicast: rx_no_memory counts" [ "$(moved rx_no_memory)" -gt 0 ]
works "after bicast"
tagged_check infra
works "after infra"
everywhere_check
works "after all"
end_check
ktap_plan "$KTAP_COUNT"
ktap_end
