#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sequence numbers pass 2^32: each packet is delivered once and in order. A
# session begins with 1 and would need days, so A is a program that has the key.
# Topology: lib.sh.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# Four datagrams each, see peer.c.
COUNT=50
FIRST=$(((1 << 32) - 2 * COUNT))
FIRST_PORT=20000

# heard: the ports from which B has got datagrams, in order of their delivery
heard()
{
	sed -n "s/.* $A4\.\([0-9]*\) > .*/\1/p" "$TMP/tcpdump"
}

heard_all()
{
	[ "$(heard | wc -l)" -ge $((4 * COUNT)) ]
}

ktap_header
topo_up 2 25
module_load || die "cannot load $SIDESTEP_KO"
new_key key_ab
new_key key_ba
session_add "$UE_B" $A4 $A6 "$TMP/key_ba" "$TMP/key_ab"
ip netns exec "$UE_B" tcpdump -Z root -l -n -i direct0 "udp and src $A4" \
	> "$TMP/tcpdump" 2> "$TMP/tcpdump.log" &
pid=$!
busywait 20000 grep -q listening "$TMP/tcpdump.log" || die "no capture"
test_ok "B knows a peer whose next number is $FIRST" \
	in_ns "$UE_A" "$PROGS/peer" -i $SESSION_ID -k "$TMP/key_ab" -B $A4 -c $B4 \
	-s $FIRST -n $COUNT direct0 wg0
busywait 5000 heard_all
# What comes too much comes late.
sleep 0.5
kill $pid
wait $pid
test_eq "all are delivered once and in order" "$(heard | tr '\n' ' ')" \
	"$(seq -s ' ' $FIRST_PORT $((FIRST_PORT + 4 * COUNT - 1))) "
test_eq "delivered" "$(counter "$UE_B" rx_delivered)" $((4 * COUNT))
test_eq "later copies" "$(counter "$UE_B" rx_eliminated)" $((8 * COUNT))
test_eq "of these, sent again" "$(counter "$UE_B" rx_repeated)" $((4 * COUNT))
test_ok "some waited for their turn" [ "$(counter "$UE_B" rx_held)" -ge "$COUNT" ]
for name in rx_skipped rx_late rx_old rx_mac rx_epoch; do
	test_eq "$name" "$(counter "$UE_B" $name)" 0
done
ktap_plan "$KTAP_COUNT"
ktap_end
