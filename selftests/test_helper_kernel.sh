#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The helper's requests to the module, and the events that it hears of it: kernelprobe
# asks as the helper does, in a namespace with a session and the devices of its paths.
# The module comes after it, goes, and comes again.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# More than its socket holds.
EVENTS=1000

# --- kernelprobe ------------------------------------------------------------

probe_start()
{
	mkfifo "$TMP/in"
	: > "$TMP/out"
	# Not in_ns: its process must be the program itself.
	ip netns exec "$UE_A" "$PROGS/kernelprobe" < "$TMP/in" > "$TMP/out" 2> "$TMP/err" &
	PROBE=$!
	exec {PROBE_IN}> "$TMP/in"
}

probe_kill()
{
	kill -CONT "$PROBE"
	kill -KILL "$PROBE"
	sed 's/^/# kernelprobe: /' "$TMP/err"
}

# lines: of its output so far
lines()
{
	wc -l < "$TMP/out"
}

# since LINES REGEX: it has said that after these lines
since()
{
	tail -n +$(($1 + 1)) "$TMP/out" | grep -E "$2"
}

# ask WORD...: the answer, without its first word
ask()
{
	local before answer

	before=$(lines)
	echo "$*" >&"$PROBE_IN"
	# The kernel looks for a module of a family that is missing.
	busywait 30000 since "$before" "^$1:" > "$TMP/answer" || echo "no answer"
	answer=$(tail -n 1 "$TMP/answer")
	echo "${answer#*: }"
}

# answers POINT ANSWER WORD...
answers()
{
	test_eq "$1" "$(ask "${@:3}")" "$2"
}

# heard POINT LINES EVENT
heard()
{
	test_ok "$1" busywait 5000 heard_since "$2" "$3"
}

heard_since()
{
	since "$1" "^event: $2\$" > /dev/null
}

# config: of the session, as it says
config()
{
	ask get p2p0
}

paths_up()
{
	ip -n "$UE_A" -batch - <<- END
		link add direct0 type dummy
		addr add $A4/24 dev direct0
		addr add $A6/64 dev direct0 nodad
		link set direct0 up
		link add wg0 type wireguard
		link set wg0 up
	END
}

# --- points -----------------------------------------------------------------

missing_test()
{
	answers "no module: nothing to be had" ENOENT get p2p0
	answers "no module: nothing to be set" ENOENT set p2p0 id 7
	answers "no module: nothing to be measured" ENOENT measure p2p0 direct -6000 0
	answers "no module: it is looked for" ENOENT check
}

# module_comes POINT: it is heard of
module_comes()
{
	local before

	before=$(lines)
	module_load || die "cannot load $SIDESTEP_KO"
	heard "$1" "$before" "look again"
}

device_test()
{
	module_comes "the module comes"
	answers "it is known" "done" check
	answers "no such session: nothing to be had" "ENOENT: no such device" get p2p0
	answers "no such session: nothing to be set" "ENOENT: no such device" set p2p0 id 7
	answers "another kind of device" "EOPNOTSUPP: not a sidestep device" set direct0 id 7
	ip -n "$UE_A" link add p2p0 type sidestep
	answers "a session that was told nothing" "p2p0 id 0 direct  infra  peers" get p2p0
}

# What is set, and nothing else.
set_test()
{
	local before

	before=$(lines)
	answers "all of it" "done" set p2p0 id 7 peer $B4 peer $B6 \
		keys "$TMP/tx" "$TMP/rx" direct direct0 infra wg0
	heard "that is an event" "$before" "p2p0 config direct"
	test_eq "it is as it was told" "$(config)" \
		"p2p0 id 7 direct direct0 infra wg0 peers $B4 $B6"
	ip -n "$UE_A" link set p2p0 up
	test_ok "it has keys, too: it is up" [ -n "$(ip -n "$UE_A" -o link show p2p0 up)" ]
	answers "an id" "done" set p2p0 id 8
	test_eq "an id: the rest stays" "$(config)" \
		"p2p0 id 8 direct direct0 infra wg0 peers $B4 $B6"
	answers "a peer" "done" set p2p0 peer 10.77.0.3
	test_eq "a peer: the rest stays" "$(config)" \
		"p2p0 id 8 direct direct0 infra wg0 peers 10.77.0.3"
	answers "keys" "done" set p2p0 keys "$TMP/rx" "$TMP/tx"
	answers "a device, the same" "done" set p2p0 direct direct0
	test_eq "keys: the rest stays" "$(config)" \
		"p2p0 id 8 direct direct0 infra wg0 peers 10.77.0.3"
}

# The kernel's words come along.
refuse_test()
{
	local before

	before=$(config)
	ip -n "$UE_A" link add q0 type sidestep
	answers "refused: id 0" "EINVAL: id: must be 1 to 65535" set p2p0 id 0
	answers "refused: a path that is missing" "ENODEV: direct: no such device" \
		set p2p0 direct nosuch0
	answers "refused: both paths the same" "EINVAL: direct and infra are the same device" \
		set p2p0 direct wg0
	answers "refused: its own address" "EINVAL: peer: the address is this host's own" \
		set p2p0 peer $A4
	# shellcheck disable=SC2046 # one word each
	answers "refused: more peers than there can be" EMSGSIZE \
		set p2p0 $(printf 'peer 10.0.0.%d ' {1..9})
	answers "refused: an id alone is no session" "EINVAL: the session has no peer" \
		set q0 id 9
	answers "refused: two the same" "EINVAL: peer: it is given twice" \
		set p2p0 peer $B4 peer $B4
	test_eq "refused: all is as before" "$(config)" "$before"
	ip -n "$UE_A" link del q0
}

signal()
{
	path_stat "$UE_A" "$1" signal_mbm
}

measure_test()
{
	local begun

	test_eq "no signal yet" "$(signal direct) $(signal infra)" "null null"
	answers "one of long ago" "ESTALE: measured too long ago" \
		measure p2p0 direct -7000 5000
	# So that it is still shown when a slow host gets to look.
	set_files "$UE_A" /sys/class/net/p2p0/sidestep/trigger/stale_ms=60000
	begun=$(now_ms)
	answers "one of the radio" "done" measure p2p0 direct -6050 0
	answers "one of the modem" "done" measure p2p0 infra -9530 0
	answers "an older one" "ESTALE: measured before what is known already" \
		measure p2p0 infra -7000 $(($(now_ms) - begun + 500))
	answers "one of the future" "EINVAL: measured in the future" \
		measure p2p0 infra -7000 -100000
	test_ok "one that cannot be" grep -q "^ERANGE: " <<< "$(ask measure p2p0 infra 100000 0)"
	test_eq "the first ones are shown" "$(signal direct) $(signal infra)" "-6050 -9530"
}

# others_set ID: somebody else does
others_set()
{
	in_ns "$UE_A" "$SIDESTEP" set p2p0 id "$1"
}

event_test()
{
	local before

	before=$(lines)
	mode_set "$UE_A" manual
	heard "rules are an event" "$before" "p2p0 trigger direct"
	before=$(lines)
	others_set 10
	heard "what others set is one" "$before" "p2p0 config direct"
	before=$(lines)
	ip -n "$UE_A" link set direct0 down
	ip -n "$UE_A" link set direct0 name radio0
	heard "a device with another name is one" "$before" "p2p0 config direct"
	ip -n "$UE_A" link set radio0 name direct0
	ip -n "$UE_A" link set direct0 up
}

# While it does not read: more than its socket holds.
lost_test()
{
	local before

	before=$(lines)
	kill -STOP "$PROBE"
	# shellcheck disable=SC2016
	in_ns "$UE_A" bash -c 'for ((i = 0; i < $1; i++)); do
		echo hold
		echo manual
	done > /sys/class/net/p2p0/sidestep/mode' bash $((EVENTS / 2))
	kill -CONT "$PROBE"
	heard "events are lost: it looks again" "$before" "look again"
	test_ok "events are lost: not all" heard_since "$before" "p2p0 trigger direct"
	test_ok "events are lost: some" [ "$(since "$before" trigger | wc -l)" -lt $EVENTS ]
	# What was left of them is not to be taken for it.
	ask check > /dev/null
	before=$(lines)
	others_set 11
	heard "and hears the next" "$before" "p2p0 config direct"
}

away_test()
{
	local before

	before=$(lines)
	ip -n "$UE_A" link del p2p0
	module_unload || die "cannot unload the module"
	heard "the module goes" "$before" "look again"
	answers "it is away" ENOENT check
	answers "it is away: nothing to be had" ENOENT get p2p0
	answers "it is away: nothing to be set" ENOENT set p2p0 id 7
	module_comes "it is back"
	before=$(lines)
	ip -n "$UE_A" link add p2p0 type sidestep
	answers "it is back: a session is told" "done" \
		set p2p0 id 9 peer $B4 keys "$TMP/tx" "$TMP/rx" direct direct0 infra wg0
	heard "it is back: that is an event" "$before" "p2p0 config direct"
	test_eq "it is back: it is as it was told" "$(config)" \
		"p2p0 id 9 direct direct0 infra wg0 peers $B4"
	before=$(lines)
	# Other families come and go all the time.
	ip -n "$UE_A" link del wg0
	rmmod wireguard
	modprobe wireguard
	answers "another family comes: ours is as it was" "done" check
	test_ok "another family comes: that is nothing" cmd_fail heard_since "$before" "look again"
}

ktap_header
modprobe -qa dummy wireguard || die "the kernel lacks what selftests/config names"
[ ! -d /sys/module/sidestep ] || module_unload || die "the module is in use"
ns_add "$UE_A" "$UE_B"
defer ns_del "$UE_A" "$UE_B"
new_key tx
new_key rx
paths_up
probe_start
defer probe_kill
missing_test
device_test
set_test
refuse_test
measure_test
event_test
lost_test
away_test
ktap_plan "$KTAP_COUNT"
ktap_end
