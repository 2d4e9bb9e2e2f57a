# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after helpers.sh, by the tests of what else a host has: beside each the
# session of both helpers lives, and what is the other's works and is not touched.

# shellcheck disable=SC2034 # for those who source this file
INTERNET4=203.0.113.1 UDP_RATE=100

# theirs: what A has that is not the session's: its rules of nftables, its rules for
# routes, and routes but for those on the helper's devices and in its table
theirs()
{
	local family table

	in_ns "$UE_A" nft -s list ruleset
	for family in -4 -6; do
		table=$(ip -n "$UE_A" $family rule show | sed -n 's/.*lookup \([0-9]*\) proto 83.*/\1/p')
		ip -n "$UE_A" $family rule show | grep -v "proto 83"
		ip -n "$UE_A" $family route show table all |
			grep -vE "p2p0|table ${table:-none}( |\$)" | sed 's/ expires .*//'
	done
}

# beside NAME COMMAND...: the session lives beside it, and so does COMMAND
beside()
{
	local name=$1 before

	shift
	busywait 20000 both_ready || diag "$name: the paths are not ready"
	before=$(theirs)
	test_ok "$name: works" "$@"
	flows_begin
	test_ok "$name: the session moves" move infra
	test_ok "$name: ... and is not in their way" "$@"
	test_ok "$name: ... and returns" move direct
	flows_end "$name"
	test_eq "$name: is as it was" "$(theirs)" "$before"
	test_ok "$name: the two have met" busywait 20000 met
	test_eq "$name: nothing is wrong" "$(helper_says A problem)$(helper_says B problem)" ""
}

# The helper begins anew, beside what is there.
again()
{
	helper_end A TERM
	helper_start A
	busywait 20000 both_ready
}

reach()
{
	in_ns "${2:-$UE_A}" ping -q -c 1 -W 2 "$1" > /dev/null
}
