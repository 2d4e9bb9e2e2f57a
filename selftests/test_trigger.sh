#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the trigger engine is told: rules, measurements and orders, by the command
# line and in sysfs. What makes no sense, or comes from somebody without rights, is
# refused with the reason and changes nothing. Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# Of linux/sidestep.h and linux/netlink.h.
readonly CMD_MEASURE=7 A_IFNAME=2 A_MEASUREMENT=22 NESTED=32768
FILES=/sys/class/net/p2p0/sidestep

cli()
{
	in_ns "$UE_A" "$SIDESTEP" "$@"
}

# rules: all that can be set, and what is decided
rules()
{
	cli -j trigger show p2p0
}

# rule KEY: one of it
rule()
{
	rules | "$PROGS/jget" "$1"
}

file()
{
	in_ns "$UE_A" cat "$FILES/$1"
}

# file_write FILE VALUE: quietly, as the shell has its own words for errors
file_write()
{
	set_files "$UE_A" "$FILES/$1=$2" 2> /dev/null
}

# refused NAME TEXT COMMAND...: with that text, and nothing changes
refused()
{
	local name=$1 text=$2 before after said

	shift 2
	before=$(rules)
	if said=$("$@" 2>&1); then
		test_fail "$name" "accepted"
		return
	fi
	after=$(rules)
	if [[ $said != *"$text"* ]]; then
		test_fail "$name" "it said: $said"
	else
		test_eq "$name" "$after" "$before"
	fi
}

# file_refused FILE VALUE [TEXT]: with that text in the kernel's log
file_refused()
{
	refused "sysfs: $1: '$2'" "" file_write "$1" "$2"
	[ -z "${3:-}" ] || test_ok "sysfs: $1: '$2': the log says why" log_says "p2p0: $3"
}

log_says()
{
	dmesg | grep -qF "$1"
}

as_nobody()
{
	in_ns "$UE_A" setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

set_check()
{
	test_eq "the mode is as it was set" "$(rule mode)" manual
	test_ok "set: several decisions at once" cli trigger set p2p0 stale_ms 2000 \
		prepare threshold_mbm -7000 hysteresis_mdb 2000 release threshold_mbm -6000 hold_ms 1
	test_eq "set: is shown" "$(rule stale_ms) $(rule prepare.threshold_mbm) $(rule release.hold_ms)" \
		"2000 -7000 1"
	test_eq "set: is in sysfs" "$(file trigger/prepare/hysteresis_mdb)" 2000
	test_ok "set: a threshold off" cli trigger set p2p0 prepare loss_permille off
	test_eq "set: off is shown" "$(file trigger/prepare/loss_permille)" off
	test_ok "sysfs: set" file_write trigger/execute/n310 4
	test_eq "sysfs: is shown" "$(rule execute.n310)" 4
	test_ok "sysfs: off" file_write trigger/release/loss_permille off
	test_eq "sysfs: off is shown" "$(rule release.loss_permille)" null
	ip -n "$UE_A" link set p2p0 down
	ip -n "$UE_A" link set p2p0 up
	test_eq "the rules outlive the device's sleep" "$(rule execute.n310)" 4
	session_wait_ready
}

bad_rules_check()
{
	refused "set: out of range" "a signal is -15000 to 0 mBm, or off" \
		cli trigger set p2p0 prepare threshold_mbm 1
	refused "set: not in the list" "a time to trigger is 0, 40, 64" \
		cli trigger set p2p0 prepare time_to_trigger_ms 41
	refused "set: of another decision" "this decision has no such field" \
		cli trigger set p2p0 prepare hold_ms 1
	refused "set: release below prepare" "release is below prepare" \
		cli trigger set p2p0 release threshold_mbm -7500
	refused "set: execute above prepare" "execute is above prepare" \
		cli trigger set p2p0 execute threshold_mbm -6500
	refused "set: all or nothing" "N310 is" cli trigger set p2p0 stale_ms 3000 execute n310 5
	refused "set: off where it means nothing" "a hold time is" \
		cli trigger set p2p0 release hold_ms off
	refused "set: no such device" "no such device" cli trigger set p2p9 mode auto
	refused "set: not a session" "not a sidestep device" cli trigger set lo mode auto
	refused "set: without rights" "permitted" as_nobody "$SIDESTEP" trigger set p2p0 mode auto
	file_refused trigger/prepare/threshold_mbm 1 "trigger: threshold_mbm: a signal is -15000 to 0 mBm, or off"
	file_refused trigger/release/threshold_mbm -7600 "trigger: threshold_mbm: release is below prepare"
	file_refused trigger/prepare/threshold_mbm 99999999999
	file_refused trigger/prepare/threshold_mbm abc
	file_refused trigger/prepare/threshold_mbm ""
	file_refused mode sometimes
	file_refused state sideways
	file_refused reason any
	file_refused trigger/prepare/hold_ms 1
	file_refused trigger/colour 1
	refused "sysfs: without rights" "" as_nobody sh -c "echo auto > $FILES/mode"
	test_eq "sysfs: mode bits" \
		"$(in_ns "$UE_A" stat -c %a $FILES/mode $FILES/reason | tr '\n' ' ')" "644 444 "
}

measure_check()
{
	refused "measure: out of range" "a signal is -15000 to 5000 mBm" \
		cli measure p2p0 direct signal -15001
	refused "measure: without rights" "permitted" \
		as_nobody "$SIDESTEP" measure p2p0 direct signal -7000
	refused "measure: no such path" "there is no such path" \
		raw "$(u8 1 2)$(u8 2 0)$(u32 3 ffffe000)"
	refused "measure: what the kernel measures itself" "the kernel measures all but the signal" \
		raw "$(u8 1 0)$(u8 2 3)$(u32 3 00000001)"
	refused "measure: in the future" "measured in the future" \
		raw "$(u8 1 0)$(u8 2 0)$(u32 3 ffffe000)0c000400ffffffffffffff7f"
	refused "measure: long ago" "measured too long ago" \
		raw "$(u8 1 0)$(u8 2 0)$(u32 3 ffffe000)0c0004000100000000000000"
	refused "measure: half a measurement" "a measurement is of a path" raw "$(u8 1 0)"
	test_eq "measure: nothing is known still" "$(file paths/direct/signal_mbm)" unknown
	test_ok "measure: a signal" cli measure p2p0 direct signal -6543
	test_eq "measure: is shown" "$(file paths/direct/signal_mbm)" -6543
	test_eq "measure: only of that path" "$(file paths/infra/signal_mbm)" unknown
	sleep 2.1
	test_eq "measure: what is stale is unknown" "$(file paths/direct/signal_mbm)" unknown
}

# raw HEX: SIDESTEP_CMD_MEASURE with that in SIDESTEP_A_MEASUREMENT; there PATH is 1,
# QUANTITY 2, VALUE 3 and AT 4
raw()
{
	in_ns "$UE_A" "$PROGS/rawset" -c "$CMD_MEASURE" "$A_IFNAME=$(printf p2p0 | od -An -v -tx1 | tr -d ' \n')00" \
		"$((A_MEASUREMENT | NESTED))=$1"
}

# An attribute of one byte: TYPE, VALUE; of four: TYPE, VALUE in hex, most first.
u8()
{
	printf '0500%02x00%02x000000' "$1" "$2"
}

u32()
{
	printf '0800%02x00%s%s%s%s' "$1" "${2:6:2}" "${2:4:2}" "${2:2:2}" "${2:0:2}"
}

order_check()
{
	local said

	refused "order: without rights" "permitted" \
		as_nobody "$SIDESTEP" trigger order p2p0 prepare id 5
	test_ok "order: prepare" cli trigger order p2p0 prepare id 5 reason "the MNO says so"
	test_ok "order: acts at once" state_is "$UE_A" bicast
	test_eq "order: its reason" "$(file reason)" "prepare: order 5 of the helper: the MNO says so"
	said=$(rules)
	test_ok "order: the same again" cli trigger order p2p0 prepare id 5
	test_eq "order: which changes nothing" "$(rules)" "$said"
	refused "order: the same id for another" "another order had this id" \
		cli trigger order p2p0 execute id 5
	refused "order: an earlier id" "an order with a later id came before" \
		cli trigger order p2p0 execute id 4
	refused "order: a reason that is too long" "" \
		cli trigger order p2p0 execute id 6 reason "$(printf '%48s' x)"
	refused "order: a reason that cannot be printed" "a reason is 47 printable characters" \
		cli trigger order p2p0 execute id 6 reason $'a\nb'
	test_ok "order: execute" cli trigger order p2p0 execute id 6
	test_ok "order: is carried out" busywait 3000 state_is "$UE_A" infra
	mode_set "$UE_A" hold
	refused "hold: no order" "the mode is hold" cli trigger order p2p0 release id 7
	refused "hold: no switch" "the mode is hold" cli switch p2p0 direct
	file_refused state direct "state: the mode is hold"
	test_eq "hold: all stays" "$(rule decision)" execute
	mode_set "$UE_A" manual
	test_ok "manual: sysfs switches" file_write state direct
	test_ok "manual: home" busywait 3000 state_is "$UE_A" direct
	test_eq "manual: its reason" "$(file reason)" "release: by hand"
	ip -n "$UE_A" link set p2p0 down
	refused "down: no order" "the session device is down" cli trigger order p2p0 prepare id 9
	ip -n "$UE_A" link set p2p0 up
	session_wait_ready
}

# What others hear of a decision: who watches, and udev.
told_check()
{
	cli watch p2p0 > "$TMP/watch" &
	watcher=$!
	in_ns "$UE_A" "$PROGS/uevents" > "$TMP/uevents" &
	listener=$!
	sleep 0.5
	cli trigger order p2p0 prepare id 20 reason "hear, hear"
	sleep 0.5
	kill $watcher $listener
	wait $watcher $listener 2> /dev/null
	test_ok "watch: says why" \
		grep -q "decision: .*; prepare: order 20 of the helper: hear, hear" "$TMP/watch"
	test_ok "udev: says what" grep -q "SIDESTEP_STATE=bicast" "$TMP/uevents"
	test_ok "udev: says why" \
		grep -q "SIDESTEP_REASON=prepare: order 20 of the helper: hear, hear" "$TMP/uevents"
	test_ok "the log says why" log_says "p2p0: prepare: order 20 of the helper: hear, hear"
}

ktap_header
topo_up 2 25
session_up
set_check
bad_rules_check
measure_check
order_check
told_check
ktap_end
