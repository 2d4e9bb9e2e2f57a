#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A function or a helper is killed, or a function cut off, at any step of the exchange:
# so long after a trigger, and so long after the release. Each time both hosts come to
# the path over the infrastructure all the same, go home, and nothing is left behind: no
# session, relay or order at a function, no device, rule, route or endpoint at a host.
# Streams go on all the while and lose nothing. Topology: mno.sh.
#
# Round trips are 50 ms: the report comes 25 ms after the trigger, A's order and the other
# function's assist 25 ms later, B's order 25 ms after that, then the handshake and what
# both report of it, and the checks.
#
# Environment: KILL_MS="MS..."   so long after trigger and release, each of these for each
#                              of those who are hit, instead of one
#
# Guest: --icount
# Takes: 200
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"

UDP_RATE=20
# So long it is away.
DEAD_S=1 CUT_S=5
READY_S=60 HOME_S=60 OVER_S=120
MNO_LINES=(AssistsPerMinute=1000)

# --- what is seen -----------------------------------------------------------

# slowwait SECONDS COMMAND...: every look costs the guest more than what it looks at
slowwait()
{
	local until=$((SECONDS + $1))

	shift
	while ! "$@"; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 2
	done
}

# both_come_to SECONDS FILE VALUE: of the session, with one process for each host
both_come_to()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		# shellcheck disable=SC2016
		in_ns "$ns" timeout "$1" bash -c 'exec 3<> <(:)
			until read -r is < "/sys/class/net/p2p0/sidestep/$0" && [ "$is" = "$1" ]; do
				read -rt 0.2 -u 3
			done
			:' "${@:2}" || return
	done
}

# host_state A|B: what may be left behind; counters and times are left out
host_state()
{
	local ns

	ns=$(helper_ns "$1")
	printf '%s\n' "link show" "rule show" "route show table all" |
		ip -n "$ns" -o -batch - | sed 's/ expires [^ ]*//; s/ qlen [^ ]*//' | sort
	ip -n "$ns" -6 rule
}

# hosts_state: of both, and of the functions' sockets and rules. A set's elements are what
# the kernel is told of the process each second
hosts_state()
{
	local side

	for side in A B; do
		host_state $side
		in_ns "$(prosef_ns $side)" ss -Hlun | awk '{ print $4 }' | sort
		in_ns "$(prosef_ns $side)" nft list ruleset | grep -v 'elements ='
	done
}

# --- what happens to them ---------------------------------------------------

# hit_function A|B, hit_helper A|B, hit_link A|B: it is away for a while
hit_function()
{
	prosef_end "$1" KILL
	sleep "$DEAD_S"
	prosef_start "$1"
}

hit_helper()
{
	helper_end "$1" KILL
	sleep "$DEAD_S"
	helper_start "$1"
}

hit_link()
{
	set_netem "$(prosef_ns "$1")" wan "$(mno_half)" loss 100%
	set_netem "$NET" "to_pf_${1,}" "$(mno_half)" loss 100%
	sleep "$CUT_S"
	set_netem "$(prosef_ns "$1")" wan "$(mno_half)"
	set_netem "$NET" "to_pf_${1,}" "$(mno_half)"
}

# one_step function|helper|link A|B MS
one_step()
{
	local kind=$1 side=$2 ms=$3 name="$1 $2, $3 ms" failed=$KTAP_FAILED

	mno_decide A prepare
	sleep "0.$(printf %03d "$ms")"
	"hit_$kind" "$side"
	test_ok "$name: both have the infra path" \
		both_come_to $READY_S paths/infra/ready 1
	mno_decide A release
	mno_decide B release
	sleep "0.$(printf %03d "$ms")"
	"hit_$kind" "$side"
	test_ok "$name: home" both_come_to $HOME_S state direct
	# What was ready stays so for a while.
	test_ok "$name: nobody answers in the tunnel" both_come_to $OVER_S paths/infra/ready 0
	test_ok "$name: the session is over" slowwait $OVER_S mno_is_over
	[ "$KTAP_FAILED" -eq "$failed" ] || mno_logs
}


# With KILL_MS all of these for each of them, else one each
walk()
{
	local what ms

	while read -r -a what; do
		for ms in ${KILL_MS:-${what[2]}}; do
			one_step "${what[0]}" "${what[1]}" "$ms"
		done
	done <<- END
		function A 60
		function B 85
		helper A 110
		helper B 30
		link A 60
		link B 110
	END
}

# --- main -------------------------------------------------------------------

ktap_header
mno_start
before=$(hosts_state)
udp_start udp4 4 5000 -r $UDP_RATE
udp_start udp6 6 5001 -r $UDP_RATE
sleep 2
walk
test_eq "nothing is left behind" "$(diff <(echo "$before") <(hosts_state))" ""
for name in udp4 udp6; do
	stream_stop $name || diag "$name did not end as it should"
	stream_clean $name $UDP_RATE || stream_report $name
	test_ok "$name: nothing lost, nothing twice" stream_clean $name $UDP_RATE
done
ktap_plan "$KTAP_COUNT"
ktap_end
