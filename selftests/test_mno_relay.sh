#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two WireGuards behind symmetric NATs meet at a relay of A's function, and go on through
# it: by the process, and by the kernel, also while there is no process. Strangers'
# datagrams go nowhere. Topology: mno.sh; the relay: progs/relayer.c, in pf_a.
#
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"

MNO_NAT_A=symmetric MNO_NAT_B=symmetric
T4_A=10.78.0.1 T4_B=10.78.0.2
# Of pings, in seconds
INTERVAL=0.02
# So long the kernel thinks that there is a process (relay_fast.h).
ALIVE_S=5
declare -A PORT

# --- the relay --------------------------------------------------------------

# relayer_start [OPTION...]: or again, with what was stored
relayer_start()
{
	mkfifo "$TMP/say.$((++RELAYERS))"
	# Not in_ns: its process must be the program itself.
	ip netns exec "$PF_A" "$PROGS/relayer" "$@" $PF_A4 $PF_A6 "$TMP/state" \
		"$TMP/pub.A" "$TMP/pub.B" < "$TMP/say.$RELAYERS" \
		> "$TMP/relayer" 2> "$TMP/relayer.err" &
	RELAYER=$!
	exec {SAY}> "$TMP/say.$RELAYERS"
	busywait 5000 relayer_said '^relay ' ||
		die "no relay: $(cat "$TMP/relayer.err")"
	read -r _ "PORT[A]" "PORT[B]" < <(grep '^relay ' "$TMP/relayer")
}
RELAYERS=0

# relayer_said REGEX
relayer_said()
{
	grep -qE "$1" "$TMP/relayer"
}

# relayer_show: what it counts, now
relayer_show()
{
	local before

	before=$(grep -c '^fast' "$TMP/relayer")
	echo show >&"$SAY"
	busywait 2000 relayer_showed "$before"
	grep '^fast' "$TMP/relayer" | tail -n 1
}

relayer_showed()
{
	[ "$(grep -c '^fast' "$TMP/relayer")" -gt "$1" ]
}

# relayer_count NAME
relayer_count()
{
	relayer_show | tr ' ' '\n' | sed -n "s/^$1=//p"
}

# relayer_counts NAME AT_LEAST
relayer_counts()
{
	[ "$(relayer_count "$1")" -ge "$2" ]
}

is_fast()
{
	[ "$(relayer_count fast)" = "$1" ]
}

relayer_kill()
{
	kill -KILL "$RELAYER"
	wait "$RELAYER" 2> /dev/null
	exec {SAY}>&-
}

# relayer_end: as it should
relayer_end()
{
	exec {SAY}>&-
	wait "$RELAYER"
}

relayer_cleanup()
{
	kill -KILL "$RELAYER" 2> /dev/null
}

# --- the tunnel -------------------------------------------------------------

keys_make()
{
	local side

	for side in A B; do
		(umask 077; wg genkey > "$TMP/key.$side")
		wg pubkey < "$TMP/key.$side" > "$TMP/pub.$side"
	done
}

# end_up A|B KEEPALIVE: its end of the tunnel
end_up()
{
	local side=$1 ns own peer_key peer=$T4_B

	ns=$(helper_ns "$side")
	own=T4_$side
	[ "$side" = A ] || peer=$T4_A
	peer_key=$(cat "$TMP/pub.$(other "$side")")
	ip -n "$ns" link add wg0 mtu 1420 type wireguard
	in_ns "$ns" wg set wg0 listen-port $WG_PORT private-key "$TMP/key.$side"
	ip -n "$ns" addr add "${!own}/24" dev wg0
	ip -n "$ns" link set wg0 up
	in_ns "$ns" wg set wg0 peer "$peer_key" endpoint "$PF_A4:${PORT[$side]}" \
		allowed-ips "$peer/32" persistent-keepalive "$2"
}

# A waits and has punched, B initiates.
ends_up()
{
	in_ns "$UE_A" "$PROGS/relayer" -p $WG_PORT $PF_A4 "${PORT[A]}" "$TMP/pub.B"
	end_up A 0
	sleep 0.2
	end_up B 15
}

ends_down()
{
	ip -n "$UE_A" link del wg0
	ip -n "$UE_B" link del wg0
}

# A's answer tells that B's handshake has come through.
shaken()
{
	wg_shaken "$UE_B" && wg_shaken "$UE_A"
}

pings()
{
	in_ns "$UE_A" ping -q -i $INTERVAL -c "$1" -W 1 "${@:2}" $T4_B 2>&1
}

# all_pass COUNT [OPTION...]
all_pass()
{
	pings "$@" > "$TMP/ping"
	grep -q ' 0% packet loss' "$TMP/ping" || { sed 's/^/# /' "$TMP/ping"; return 1; }
}

one_passes()
{
	pings 1 > /dev/null
}

# all_pass_while COUNT COMMAND...: the command after half a second
all_pass_while()
{
	local count=$1 rc=0

	shift
	all_pass "$count" &
	sleep 0.5
	"$@"
	wait $! || rc=1
	return "$rc"
}

# --- strangers --------------------------------------------------------------

# stranger A|B: what looks like data of the tunnel, from elsewhere, ten times
stranger()
{
	local i

	for ((i = 0; i < 10; i++)); do
		in_ns "$PF_B" bash -c "printf '\\4\\0\\0\\0%0124d' 0 > /dev/udp/$PF_A4/${PORT[$1]}"
	done
}

# What comes to a UE from its relay port, keepalives and all, is counted.
count_rules()
{
	local side

	for side in A B; do
		in_ns "$(helper_ns $side)" nft -f - <<- END
			table ip seen {
				counter odd { }
				chain input {
					type filter hook prerouting priority -300;
					ip saddr $PF_A4 udp length 136 @th,96,32 0x30303030 counter name odd
				}
			}
		END
	done
}

odd()
{
	in_ns "$(helper_ns "$1")" nft list counter ip seen odd |
		sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

strangers_test()
{
	local before_a before_b

	before_a=$(relayer_count a.source)
	before_b=$(relayer_count b.source)
	stranger A
	stranger B
	test_ok "$CASE: a stranger's to A's port are dropped" \
		busywait 2000 relayer_counts a.source $((before_a + 10))
	test_ok "$CASE: and to B's" busywait 2000 relayer_counts b.source $((before_b + 10))
	test_eq "$CASE: and seen by nobody" "$(odd A) $(odd B)" "0 0"
	in_ns "$PF_B" "$PROGS/relayer" -p 4321 $PF_A4 "${PORT[A]}" "$TMP/pub.A"
	test_ok "$CASE: a wrong mac1" busywait 2000 relayer_counts a.mac1 1
	in_ns "$PF_B" "$PROGS/relayer" -p 4321 $PF_A4 "${PORT[A]}" "$TMP/pub.B"
	test_ok "$CASE: a good mac1 takes nothing away" all_pass 20
}

# --- tests ------------------------------------------------------------------

process_test()
{
	CASE="by the process"
	relayer_start -s
	ends_up
	test_ok "$CASE: a handshake" busywait 3000 shaken
	test_ok "$CASE: both sides have latched" busywait 1000 relayer_said '^latched b'
	test_ok "$CASE: nothing is lost" all_pass 200
	test_ok "$CASE: it is counted" relayer_counts a.packets 200
	strangers_test
	test_ok "$CASE: not by the kernel" is_fast 0
	relayer_kill
	relayer_start -s
	test_ok "$CASE: after a restart it goes on" all_pass 20
	relayer_kill
	test_ok "$CASE: without it nothing does" cmd_fail one_passes
}

tables()
{
	in_ns "$PF_A" nft list tables
}

restart()
{
	relayer_kill
	relayer_start
}

# Of what A's operator has no room for in a packet.
fragments_up()
{
	ip -n "$NAT_A" link set wan mtu "$1"
	ip -n "$NET" link set to_a mtu "$1"
}

kernel_test()
{
	local before

	CASE="by the kernel"
	relayer_start
	test_ok "$CASE: it does" busywait 2000 is_fast 1
	test_ok "$CASE: nothing is lost" all_pass 200
	test_ok "$CASE: it is counted" busywait 8000 relayer_counts a.packets 200
	test_ok "$CASE: both ways" relayer_counts b.packets 200
	strangers_test
	kill -STOP "$RELAYER"
	test_ok "$CASE: not by the process" all_pass 20
	kill -CONT "$RELAYER"
	test_ok "$CASE: a restart is not seen" all_pass_while 100 restart
	test_ok "$CASE: it is the kernel again" busywait 2000 is_fast 1
	test_ok "$CASE: nor an end by force" all_pass_while 100 relayer_kill
	sleep $ALIVE_S
	reshake
	test_ok "$CASE: a handshake without a process" busywait 2000 wg_shaken "$UE_A"
	test_ok "$CASE: nothing is lost then" all_pass 20
	relayer_start
	before=$(relayer_count a.packets)
	fragments_up 1000
	test_ok "$CASE: fragments" all_pass 20 -s 1200
	fragments_up 1500
	test_eq "$CASE: nothing was dropped" "$(relayer_count a.rate) $(relayer_count b.rate)" "0 0"
}

# Once more, with A as the initiator.
reshake()
{
	local key

	key=$(cat "$TMP/pub.B")
	in_ns "$UE_A" wg set wg0 peer "$key" remove
	in_ns "$UE_A" wg set wg0 peer "$key" endpoint "$PF_A4:${PORT[A]}" \
		allowed-ips $T4_B/32 persistent-keepalive 15
}

# A's tunnel comes from another port from now on, and shakes hands again.
rebind_test()
{
	CASE="another mapping"
	in_ns "$UE_A" wg set wg0 listen-port $((WG_PORT + 1))
	test_ok "$CASE: data alone is nothing" cmd_fail one_passes
	reshake
	test_ok "$CASE: a handshake" busywait 2000 relayer_said '^latched a'
	test_ok "$CASE: it passes" all_pass 20
	test_ok "$CASE: the kernel knows" busywait 2000 is_fast 1
	kill -STOP "$RELAYER"
	test_ok "$CASE: by the kernel" all_pass 20
	kill -CONT "$RELAYER"
}

rate_test()
{
	CASE="over the rate"
	relayer_kill
	relayer_start -r 20000
	busywait 2000 is_fast 1
	in_ns "$UE_A" ping -q -f -c 200 -s 1000 -W 1 $T4_B > /dev/null
	test_ok "$CASE: the kernel drops" busywait 8000 relayer_counts a.rate 100
	sleep 1
	test_ok "$CASE: what is not over passes" busywait 3000 one_passes
}

# The operator's own firewall does not let it through.
firewall_test()
{
	CASE="a firewall"
	relayer_kill
	in_ns "$PF_A" nft "delete table inet prosefd; add table inet operator; add chain inet operator forward { type filter hook forward priority 0; policy drop; }"
	relayer_start
	test_ok "$CASE: the kernel tries" busywait 2000 is_fast 1
	pings 150 > /dev/null
	test_ok "$CASE: the process takes over" busywait 3000 is_fast 0
	test_ok "$CASE: and says why" grep -q firewall "$TMP/relayer.err"
	test_ok "$CASE: nothing is lost then" all_pass 20
	in_ns "$PF_A" nft delete table inet operator
}

# No process, and the lifetime is over.
end_test()
{
	CASE="the end"
	relayer_kill
	ends_down
	rm "$TMP/state"
	relayer_start -w 6
	ends_up
	busywait 3000 is_fast 1
	test_ok "$CASE: it passes" all_pass 5
	relayer_kill
	test_ok "$CASE: without a process, too" all_pass 5
	test_ok "$CASE: not longer than its lifetime" busywait 25000 cmd_fail one_passes
	rm "$TMP/state"
	relayer_start
	test_ok "$CASE: who ends takes the table along" relayer_end
	test_eq "$CASE: nothing is left" "$(tables)" ""
}

ktap_header
mno_up
defer relayer_cleanup
set_files "$PF_A" /proc/sys/net/ipv4/ip_forward=1
keys_make
count_rules
process_test
kernel_test
rebind_test
rate_test
firewall_test
end_test
[ "$KTAP_FAILED" -eq 0 ] || sed 's/^/# /' "$TMP/relayer.err"
ktap_plan "$KTAP_COUNT"
ktap_end
