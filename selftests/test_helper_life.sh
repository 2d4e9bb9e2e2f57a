#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a helper lives through, and what it says when something is wrong: no module,
# the direct device deleted and back, another modem, clocks that jump, a peer that has
# forgotten everything, files that must not be read by all, a full disk, a new
# configuration. Streams go on all the while. Topology: lib.sh; sessions: helpers.sh.
#
# Guest: --icount
# Takes: 250
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"

UDP_RATE=100

# problem_is A|B REGEX: of its session
problem_is()
{
	helper_says "$1" problem | grep -qE "$2"
}

# no_problem A|B
no_problem()
{
	[ -z "$(helper_says "$1" problem)" ]
}

not_met()
{
	helper_is A met false && helper_is B met false
}

ifindex()
{
	in_ns "$(helper_ns "$1")" cat "/sys/class/net/$2/ifindex" 2> /dev/null
}

has_device()
{
	[ -n "$(ifindex "$1" "$2")" ]
}

has_no_device()
{
	! has_device "$@"
}

# --- what is missing at first -----------------------------------------------

missing_test()
{
	[ ! -d /sys/module/sidestep ] || module_unload
	helper_init
	helper_conf A
	helper_conf B
	defer helpers_kill
	ip -n "$UE_A" link set direct0 down
	ip -n "$UE_A" link set direct0 name away0
	helper_start A
	helper_start B
	test_ok "no module: the helper says so" busywait 5000 problem_is A "no module sidestep"
	test_ok "no module: and the way out" busywait 5000 problem_is A "modprobe sidestep"
	module_load || die "cannot load $SIDESTEP_KO"
	test_ok "the module comes: there is a session device" busywait 15000 has_device A p2p0
	test_ok "no direct device: the helper says so" \
		busywait 15000 problem_is A "the direct device direct0 is missing"
	ip -n "$UE_A" link set away0 name direct0
	test_ok "it is down: the helper says so" busywait 5000 problem_is A "direct0 is down"
	ip -n "$UE_A" addr flush dev direct0
	ip -n "$UE_A" link set direct0 up
	test_ok "it has no address: the helper says so" busywait 5000 problem_is A "has no address"
	address_up "$UE_A" direct0 $A4 $A6
	test_ok "all is there: the session is ready" helpers_ready
	test_ok "... and nothing is wrong" busywait 3000 no_problem A
}

# --- devices ----------------------------------------------------------------

direct_deleted_test()
{
	flows_begin
	test_ok "direct device deleted: infra first" move infra
	ip -n "$UE_A" link del direct0
	test_ok "direct device deleted: the helpers know" busywait 20000 not_met
	test_ok "direct device deleted: new connections" connect_both
	test_ok "... and the helper says why" problem_is A "direct0 is missing"
	helper_end A KILL
	helper_start A
	sleep 3
	test_ok "helper restarted meanwhile: new connections" connect_both
	direct_up
	test_ok "it is back: both have met" busywait 20000 met
	test_ok "it is back: both paths are ready" helpers_ready
	test_ok "it is back: home" move direct
	sleep 1
	flows_end "direct device deleted"
}

# Another address, so another mapping of the NAT: A's end is found anew.
modem_test()
{
	flows_begin
	ip -n "$UE_A" link del modem0
	test_ok "modem gone: the helper says so" busywait 5000 helper_is A standby "no modem"
	sleep 5
	modem_up "$UE_A" "$NAT_A" 192.168.10
	ip -n "$UE_A" -batch - <<- END
		addr flush dev modem0
		addr add 192.168.10.7/24 dev modem0
		route add default via 192.168.10.1
	END
	test_ok "another modem, another address: ready" busywait 30000 helper_is A standby ready
	test_ok "another modem: both paths are ready" helpers_ready
	test_ok "another modem: infra" move infra
	sleep 1
	test_ok "another modem: home" move direct
	sleep 0.5
	flows_end "another modem"
}

# --- clocks -----------------------------------------------------------------

# clock_jump SECONDS
clock_jump()
{
	date -s "@$(($(date +%s) + $1))" > /dev/null
}

# A and B have one clock. After so long all of the tunnel's keys are new; a WireGuard
# whose clock went back is not believed for as long as it went back.
REKEYED_S=260

clock_test()
{
	local jump

	for jump in 86400 -172800 86400; do
		flows_begin
		clock_jump $jump
		sleep 2
		test_ok "clock jumps by $jump s: both have met" met
		test_ok "clock jumps by $jump s: both paths are ready" both_ready
		test_ok "clock jumps by $jump s: infra" move infra
		sleep 1
		test_ok "clock jumps by $jump s: home" move direct
		sleep 0.5
		flows_end "clock jumps by $jump s"
		sleep $REKEYED_S
		test_ok "clock jumps by $jump s: the tunnel has new keys" busywait 30000 both_ready
		test_ok "clock jumps by $jump s: the standby is ready" busywait 5000 helper_is A standby ready
	done
}

# --- a peer that begins anew ------------------------------------------------

# reboot B: its devices and what it remembers are gone, but not its host key
forget()
{
	helper_end "$1" KILL
	ip -n "$(helper_ns "$1")" link del p2p0
	ip -n "$(helper_ns "$1")" link del wg-p2p0
	rm "$(helper_dir "$1")/p2p0.session"
}

session_id()
{
	session_field "$1" id
}

forget_test()
{
	local before side

	before=$(session_id "$UE_A")
	for side in B A; do
		forget $side
		flows_begin
		helper_start $side
		test_ok "$side has forgotten all: both have met" busywait 20000 met
		test_ok "$side has forgotten all: both paths are ready" helpers_ready
		test_ok "$side has forgotten all: infra" move infra
		sleep 1
		test_ok "$side has forgotten all: home" move direct
		sleep 0.5
		flows_end "$side has forgotten all"
		test_eq "$side has forgotten all: both have the same id" \
			"$(session_id "$UE_A")" "$(session_id "$UE_B")"
		test_ok "$side has forgotten all: it is another" [ "$(session_id "$UE_A")" != "$before" ]
		before=$(session_id "$UE_A")
	done
}

# --- files ------------------------------------------------------------------

files_test()
{
	local dir rc=0

	dir=$(helper_dir A)
	helper_end A TERM
	chmod 644 "$dir/host.key"
	timeout 10 "$SIDESTEPD" --config "$dir/conf" --state "$dir" 2> "$TMP/err" || rc=$?
	test_eq "host.key that all may read: it ends" "$rc" 1
	test_ok "... and says which, and the way out" grep -qE "host.key.*chmod 600" "$TMP/err"
	chmod 600 "$dir/host.key"
	chmod 644 "$dir/p2p0.session"
	helper_start A
	test_ok "session file that all may read: the helper says so" \
		busywait 5000 problem_is A "p2p0.session"
	test_ok "... and what is there goes on" both_ready
	chmod 600 "$dir/p2p0.session"
	test_ok "it may not any more: all is well" busywait 15000 no_problem A
}

# The disk is full when new keys are to be kept.
disk_test()
{
	local dir

	dir=$(helper_dir A)
	helper_end A TERM
	mkdir "$TMP/disk"
	mount -t tmpfs -o size=64k,mode=0700 tmpfs "$TMP/disk"
	defer umount "$TMP/disk"
	cp -p "$dir"/* "$TMP/disk"
	dd if=/dev/zero of="$TMP/disk/fill" bs=4k 2> /dev/null
	mount --bind "$TMP/disk" "$dir"
	defer umount "$dir"
	: > "$dir/log"
	helper_start A
	busywait 10000 helper_is A met true
	forget B
	helper_start B
	test_ok "full disk: the helper says so" busywait 20000 problem_is A "cannot be written"
	test_ok "full disk: the session is ready" helpers_ready
	rm "$dir/fill"
	test_ok "there is room again: all is well" busywait 15000 no_problem A
	helper_end A KILL
	helper_start A
	test_ok "it was kept: both have met" busywait 20000 met
	test_ok "it was kept: both paths are ready" helpers_ready
}

# --- configuration ----------------------------------------------------------

# reload A|B: and until it has said so
reload()
{
	local lines

	lines=$(grep -c "read again\|all stays" "$(helper_dir "$1")/log")
	kill -HUP "${HELPER[$1]}"
	busywait 5000 reloaded "$1" "$lines"
}

reloaded()
{
	[ "$(grep -c "read again\|all stays" "$(helper_dir "$1")/log")" -gt "$2" ]
}

second_session()
{
	cat >> "$(helper_dir A)/conf" <<- END
		[Session p2p1]
		Peer=ue-c
		PeerKey=$("$SIDESTEPD" --key --state "$TMP/stranger")
		Direct=direct1
		Modem=modem0
	END
}

conf_test()
{
	local before

	mkdir -m 0700 "$TMP/stranger"
	before=$(ifindex A p2p0 && ifindex A wg-p2p0)
	flows_begin
	helper_conf A
	second_session
	test_ok "one more session: read" reload A
	test_ok "one more session: it is there" busywait 5000 has_device A p2p1
	test_ok "one more session: it says what it lacks" busywait 5000 second_lacks
	helper_conf A "Keepalive=70000"
	second_session
	test_ok "a mistake: read" reload A
	test_ok "a mistake: said, with file and line" helper_logged A "/conf:[0-9]+: .*Keepalive"
	test_ok "a mistake: all stays" has_device A p2p1
	helper_conf A
	test_ok "one less: read" reload A
	test_ok "one less: its devices go" busywait 5000 has_no_device A p2p1
	test_ok "one less: its tunnel, too" has_no_device A wg-p2p1
	helper_conf A "Keepalive=20"
	test_ok "a change: read" reload A
	test_eq "the devices are the same all the while" "$(ifindex A p2p0 && ifindex A wg-p2p0)" "$before"
	test_ok "both have met" busywait 20000 met
	test_ok "both paths are ready" helpers_ready
	flows_end "reload"
}

second_lacks()
{
	helper_show A p2p1 | "$PROGS/jget" 0.helper.problem | grep -q "direct1 is missing"
}

removed_test()
{
	sed -i '/Session/,$d' "$(helper_dir A)/conf"
	test_ok "no session any more: read" reload A
	test_ok "no session any more: no device" busywait 5000 has_no_device A p2p0
	test_ok "no session any more: no tunnel" has_no_device A wg-p2p0
	test_eq "no session any more: no rule" "$(ip -n "$UE_A" rule | grep -c fwmark)" 0
	test_ok "no session any more: nothing is remembered" [ ! -e "$(helper_dir A)/p2p0.session" ]
}

ktap_header
topo_up 2 25
missing_test
direct_deleted_test
modem_test
clock_test
forget_test
files_test
disk_test
conf_test
removed_test
[ "$KTAP_FAILED" -eq 0 ] || helper_logs
test_ok "A's helper ends as it should" helper_end A TERM
test_ok "B's helper ends as it should" helper_end B TERM
ktap_plan "$KTAP_COUNT"
ktap_end
