#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each tracepoint fires when it should, and says what is true. Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

TRACEFS=/sys/kernel/tracing

trace_begin()
{
	echo 0 > $TRACEFS/tracing_on
	: > $TRACEFS/trace
	echo 1 > $TRACEFS/tracing_on
}

# events NAME: what came since trace_begin, one per line, without task and time
events()
{
	sed -n "s/.*: sidestep_$1: //p" $TRACEFS/trace
}

traced()
{
	events "$1" | grep -q "$2"
}

# Both ends are called p2p0 and write into the same buffer.
ktap_header
mountpoint -q $TRACEFS || mount -t tracefs tracefs $TRACEFS || ktap_skip_all "tracepoints" "no tracefs"
topo_up 2 25
module_load || die "cannot load $SIDESTEP_KO"
echo 8192 > $TRACEFS/buffer_size_kb
echo 1 > $TRACEFS/events/sidestep/enable || die "no events"
test_eq "the events" "$(cd $TRACEFS/events/sidestep && echo */ | tr -d /)" \
	"sidestep_decided sidestep_eliminated sidestep_held sidestep_measured sidestep_path sidestep_switch"

trace_begin
session_up
test_eq "path: both became ready, at both ends" "$(events path | grep -c 'ready=1')" 4
test_ok "path: the direct one with its rtt" \
	traced path 'dev=p2p0 path=direct ready=1 rtt=[45]...$'
test_ok "path: the infra one with its rtt" \
	traced path 'dev=p2p0 path=infra ready=1 rtt=5....$'
test_eq "nothing else while nothing happens" "$(events switch; events held; events eliminated)" ""

trace_begin
in_ns "$UE_A" "$SIDESTEP" switch p2p0 bicast || die "no bicast"
busywait 5000 state_is "$UE_B" bicast
test_ok "switch: of one's own will" \
	traced switch 'dev=p2p0 from=direct to=bicast wanted=bicast peer_wanted=direct'
test_ok "switch: as the peer asks" \
	traced switch 'dev=p2p0 from=direct to=bicast wanted=direct peer_wanted=bicast'
test_eq "switch: no more than these" "$(events switch | wc -l)" 2

eliminated() { echo $(($(counter "$UE_A" rx_eliminated) + $(counter "$UE_B" rx_eliminated))); }
held() { echo $(($(counter "$UE_A" rx_held) + $(counter "$UE_B" rx_held))); }

trace_begin
before="$(eliminated) $(held)"
udp_start udp 4 5000 -r 50
sleep 2
stream_stop udp
sleep 0.2
after="$(eliminated) $(held)"
test_eq "eliminated: as many as the counter" "$(events eliminated | wc -l)" \
	$((${after% *} - ${before% *}))
test_ok "eliminated: there were some" \
	[ "$(events eliminated | wc -l)" -gt "$(scaled 100)" ]
test_eq "eliminated: all were second copies, by the tunnel" \
	"$(events eliminated | sed 's/ seq=[0-9]*//' | sort -u)" "dev=p2p0 path=infra awaited=1"
test_eq "held: as many as the counter" "$(events held | wc -l)" $((${after#* } - ${before#* }))
test_ok "held: direct packets, up to the paths' difference" \
	traced held 'dev=p2p0 seq=[0-9]* path=direct due=2[1-3]... give_up='

trace_begin
direct_cut
path_silent() { [ "$(path_stat "$1" direct ready)" = false ]; }
busywait 10000 path_silent "$UE_A" && busywait 10000 path_silent "$UE_B"
test_eq "path: not ready any more, at both ends" "$(events path | grep -c 'path=direct ready=0')" 2
direct_restore
session_wait_ready

trace_begin
switch_both direct
test_ok "switch: home" traced switch 'from=bicast to=direct wanted=direct'

trace_begin
in_ns "$UE_A" "$SIDESTEP" measure p2p0 direct signal -6543 || die "no measurement"
test_eq "measured: what the helper says" "$(events measured | grep signal)" \
	"dev=p2p0 path=direct signal=-6543"
test_eq "decided: nothing" "$(events decided)" ""
in_ns "$UE_A" "$SIDESTEP" trigger order p2p0 prepare id 1 reason "so it is" || die "no order"
test_eq "decided: what was ordered" "$(events decided)" \
	"dev=p2p0 prepare: order 1 of the helper: so it is"
sleep 1
test_ok "measured: round-trip times" traced measured 'path=direct rtt=[45]...$'
test_ok "measured: losses" traced measured 'path=direct loss=[0-9]*$'
echo 0 > $TRACEFS/events/sidestep/enable
for ns in "$UE_A" "$UE_B"; do
	ip -n "$ns" link del p2p0
done
test_ok "the module goes with its events" module_unload
test_ok "and they are gone" [ ! -e $TRACEFS/events/sidestep ]
ktap_plan "$KTAP_COUNT"
ktap_end
