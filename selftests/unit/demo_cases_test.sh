#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo's cases: what is known, what a cut may cost, and whether a run was its case, by
# what A's function has logged.
set -eu

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=selftests/unit/ok.sh
. "$here/ok.sh"

# in_case NAME COMMAND...: with cases.sh and what it asks of mno.sh; A's function has logged
# $TMP/prosefd.a/log
in_case()
{
	(
		# shellcheck disable=SC2034 # mno.sh's
		ROOT_DIR=$(readlink -f "$here/../..") PROGS=$here/../progs HELPER_LINES=()
		# shellcheck source=selftests/mno.sh
		. "$here/../mno.sh"
		# shellcheck source=selftests/demo/cases.sh
		. "$here/../demo/cases.sh"
		case_begin "$1"
		"${@:2}"
	)
}

# case_check calls it.
# shellcheck disable=SC2317
die()
{
	echo "$*"
	exit 1
}

# function_log WORD...: how the session was connected, one after the other
function_log()
{
	mkdir -p "$TMP/prosefd.a"
	printf 'prosefd: session a.example/1 of ue-a@a.example and ue-b@b.example: %s\n' \
		"ue asks: prepare: signal -74.9 dBm < -74.0 dBm for 160 ms" "$@" \
		"ended: both are home" > "$TMP/prosefd.a/log"
}

# check_dies CASE TEXT
check_dies()
{
	! in_case "$1" case_check > "$TMP/died" && grep -qxF "$2" "$TMP/died"
}

# blind_is CASE MILLISECONDS
blind_is()
{
	# shellcheck disable=SC2016 # in the case's own shell
	[ "$(in_case "$1" eval 'echo $BLIND_MS')" = "$2" ]
}

test_cases()
{
	local name blind

	for name in default same-mno symmetric corner ipv6 relay-only; do
		ok "case $name is known" in_case $name case_is_known $name
		blind=0
		[ $name != corner ] || blind=1000
		ok "case $name: a cut may cost $blind ms" blind_is $name $blind
	done
	ok "another case is not" check_unknown
}

check_unknown()
{
	! in_case default case_is_known relay
}

test_case_check()
{
	local name

	function_log "by the relay" "direct"
	for name in default same-mno corner; do
		ok "case $name: a tunnel that left the relay is right" in_case $name case_check
	done
	for name in symmetric ipv6 relay-only; do
		ok "case $name: a tunnel that left the relay is not" \
			check_dies $name "the tunnel has left the relay"
	done
	function_log "by the relay"
	for name in default same-mno corner; do
		ok "case $name: a tunnel that never left the relay is not right" \
			check_dies $name "the tunnel has not left the relay"
	done
	for name in symmetric ipv6 relay-only; do
		ok "case $name: a tunnel that stayed with the relay is right" in_case $name case_check
	done
	function_log
	ok "case relay-only: no tunnel is not by the relay" \
		check_dies relay-only "there was no tunnel by the relay"
}

echo "KTAP version 1"
test_cases
test_case_check
ok_end
