#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The direct link is a radio's. Topology: radio.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/radio.sh
. "$here/radio.sh"

# station_dbm A|B
station_dbm()
{
	local ns=UE_$1

	radio_station "${!ns}" signal | sed 's/ .*//'
}

# heard_by A|B DBM: by its radio
heard_by()
{
	[ "$(station_dbm "$1")" = "$2" ]
}

# The last measurements of the feeders: "A B", mBm
fed()
{
	tail -qn 1 "$TMP/feeder.a" "$TMP/feeder.b" | cut -d ' ' -f 2 | paste -s -d ' '
}

fed_is()
{
	[ "$(fed)" = "$*" ]
}

feeders()
{
	local side

	for side in A B; do
		"feeder_$1" $side "${@:2}"
	done
}

# Each radio hears what the script says, and the feeder reads what it hears.
signals_test()
{
	local dbm

	feeders start
	for dbm in -1 -55 -82 -100; do
		radio_signal $dbm
		test_ok "signal: A hears $dbm dBm" busywait 1000 heard_by A $dbm
		test_ok "signal: B hears $dbm dBm" busywait 1000 heard_by B $dbm
		test_ok "signal: both feeders read it" busywait 1000 fed_is ${dbm}00 ${dbm}00
	done
	radio_hears A -60
	radio_hears B -75
	test_ok "signal: each has its own" busywait 1000 fed_is -6000 -7500
	radio_signal $RADIO_GOOD_DBM
	busywait 1000 fed_is -5000 -5000
}

# lines_of FILE
lines_of()
{
	wc -l < "$1"
}

carrier()
{
	in_ns "$1" cat /sys/class/net/direct0/carrier
}

answered()
{
	in_ns "$UE_A" ping -q -c 3 -i 0.2 -W 1 "$B4" > /dev/null
}

cut_test()
{
	local before after

	before=$(lines_of "$TMP/feeder.a")
	sleep 2
	after=$(lines_of "$TMP/feeder.a")
	test_ok "in reach: the feeder measures" [ $((after - before)) -ge 10 ]
	direct_cut
	sleep 1
	before=$(lines_of "$TMP/feeder.a")
	test_ok "out of reach: nothing comes" cmd_fail answered
	test_eq "out of reach: nothing is measured" "$(lines_of "$TMP/feeder.a")" "$before"
	test_eq "out of reach: no device says so" "$(carrier "$UE_A") $(carrier "$UE_B")" "1 1"
	direct_restore
	test_ok "in reach again: it comes" answered
	feeders stop
	test_ok "the feeder was silent out of reach" [ "$(feeder_says A silent)" -ge 10 ]
}

ktap_header
topo_up 0 25
signals_test
cut_test
ktap_plan "$KTAP_COUNT"
ktap_end
