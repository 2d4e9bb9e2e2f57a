#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The benchmark's measurements, in a guest with one CPU whose clock counts
# instructions. docs/bench.md says what is measured.
#
# Usage: guest.sh ROUNDS
# Environment: SIDESTEP_KO, and OUT, where "samples" is written: a line
# "ROUND CASE PROTOCOL KEY VALUE" per figure. With PROFILE also "kallsyms".
set -eu

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

readonly ROUNDS=$1
readonly BIN=$LIB_DIR/bench/bin
readonly DATAGRAM_BYTES=1200
# The tunnel's own addresses, for the bare tunnel.
readonly A_TUNNEL=10.88.0.1 B_TUNNEL=10.88.0.2
# A tunnel that drops more is not measured, but how it drops.
readonly LOSS_PERCENT=5
# A key gets a successor when it is used after 120 s.
readonly KEY_FRESH_S=60 KEY_USED_S=115 FRESH_TRIES=100
readonly SWITCH_TRIES=3 SWITCH_FLOWS=(1 1000)

# --- topology: two UEs, a direct link, and a link below the tunnel ----------

# link_up DEVICE ADDRESS_A ADDRESS_B
link_up()
{
	ip link add "$1" netns "$UE_A" type veth peer name "$1" netns "$UE_B"
	ip -n "$UE_A" addr add "$2/24" dev "$1"
	ip -n "$UE_B" addr add "$3/24" dev "$1"
	ip -n "$UE_A" link set "$1" up
	ip -n "$UE_B" link set "$1" up
}

wireguard_up()
{
	local pub_a pub_b

	(umask 077; wg genkey > "$TMP/wg_a"; wg genkey > "$TMP/wg_b")
	pub_a=$(wg pubkey < "$TMP/wg_a")
	pub_b=$(wg pubkey < "$TMP/wg_b")
	wg_up "$UE_B" "$TMP/wg_b" "$pub_a" 192.168.9.1 $A4/32,$A6/128,$A_TUNNEL/32
	wg_up "$UE_A" "$TMP/wg_a" "$pub_b" 192.168.9.2 $B4/32,$B6/128,$B_TUNNEL/32
	ip -n "$UE_A" addr add $A_TUNNEL/24 dev wg0
	ip -n "$UE_B" addr add $B_TUNNEL/24 dev wg0
	in_ns "$UE_A" wg set wg0 peer "$pub_b" persistent-keepalive 5
	busywait 20000 wg_shaken "$UE_A" || die "no WireGuard handshake"
}

bench_up()
{
	modprobe -qa veth wireguard || die "the kernel lacks what selftests/config names"
	ns_add "$UE_A" "$UE_B"
	defer ns_del "$UE_A" "$UE_B"
	link_up direct0 $A4 $B4
	link_up modem0 192.168.9.1 192.168.9.2
	wireguard_up
}

# handshake_time: of A's tunnel, in seconds
handshake_time()
{
	local key time

	read -r key time < <(in_ns "$UE_A" wg show wg0 latest-handshakes) || :
	echo "${time:-0}"
}

# A handshake takes long, and the tunnel drops packets meanwhile: there is to be
# none while something is measured. A new one comes by itself after two minutes
# of the guest's time, which pass in no time if there is nothing to do. Waiting
# for a file of the host's may take as long: no program is to be started between
# this and what is measured. Sets HANDSHAKE.
tunnel_fresh()
{
	local try

	for ((try = 0; try < FRESH_TRIES; try++)); do
		HANDSHAKE=$(handshake_time)
		[ $((EPOCHSECONDS - HANDSHAKE)) -gt $KEY_FRESH_S ] || return 0
		sleep 5
	done
	die "$WHERE: the tunnel gets no new key"
}

# --- cases ------------------------------------------------------------------

with_module()
{
	[ -d /sys/module/sidestep ]
}

# case_enter CASE: sets TO, where to send
case_enter()
{
	TO=$B4
	[ "$1" != tunnel ] || TO=$B_TUNNEL
	case $1 in
	no_module | tunnel)
		! with_module || module_unload
		;;
	*)
		with_module || session_up
		switch_both "$1" || die "no change to state $1"
		;;
	esac
}

# --- one measurement --------------------------------------------------------

# note KEY VALUE
note()
{
	echo "$WHERE $1 $2" >> "$OUT/samples"
}

# note_json TEXT: all its members
note_json()
{
	local key value

	while read -r key value; do
		note "$key" "$value"
	done < <("$PROGS/jget" -l '' <<< "$1")
}

# flood_ready PROTOCOL AMOUNT: all that could wait for a disk has been done then
flood_ready()
{
	PORT=$((PORT + 1))
	exec {RECEIVER}< <(exec ip netns exec "$UE_B" "$BIN/flood" -l $TO -p $PORT "$1")
	read -r -u "$RECEIVER" || die "$WHERE: the receiver failed"
	exec {SENDER}< <(exec ip netns exec "$UE_A" "$BIN/flood" -c $TO -p $PORT \
		-s $DATAGRAM_BYTES -n "$2" "$1" < "$TMP/go")
	exec {GO}> "$TMP/go"
	read -r -u "$SENDER" || die "$WHERE: the sender failed"
}

# What programs leave to the kernel when they end is done, and not counted.
come_to_rest()
{
	read -r -t 0.5 -u "$SILENCE" || :
}

# flood: from A to B; sets RECEIVED and SENT, both JSON
flood()
{
	echo >&"$GO"
	read -r -u "$RECEIVER" RECEIVED || die "$WHERE: the receiver failed"
	exec {GO}>&-
	read -r -u "$SENDER" SENT || die "$WHERE: the sender failed"
	exec {RECEIVER}<&- {SENDER}<&-
}

# devices_read: packets received by B on the direct device and on the tunnel's
devices_read()
{
	in_ns "$UE_B" cat /sys/class/net/direct0/statistics/rx_packets \
		/sys/class/net/wg0/statistics/rx_packets
}

# devices_moved BEFORE: sets DIRECT_PACKETS and TUNNEL_PACKETS
devices_moved()
{
	local now was

	read -rd '' -a was <<< "$1" || :
	read -rd '' -a now < <(devices_read) || :
	DIRECT_PACKETS=$((now[0] - was[0]))
	TUNNEL_PACKETS=$((now[1] - was[1]))
}

# --- did it take the path that it should have taken? ------------------------

# must EXPRESSION: of integers
must()
{
	(($1)) || die "$WHERE: not so: $1"
}

# check_received PROTOCOL AMOUNT BYTES PACKETS
check_received()
{
	if [ "$1" = tcp ]; then
		must "$3 == $2"
	else
		must "$4 <= $2 && $4 >= $2 * (100 - $LOSS_PERCENT) / 100"
	fi
}

# check_devices CASE: the module counts its own, and there are always keepalives
check_devices()
{
	case $1 in
	no_module | direct) must "$DIRECT_PACKETS > 10 * $TUNNEL_PACKETS" ;;
	tunnel) must "$TUNNEL_PACKETS > 10 * $DIRECT_PACKETS" ;;
	esac
}

# check_sender STATE TAGGED DIRECT INFRA: A's packets
check_sender()
{
	case $1 in
	direct) must "$2 == 0 && $3 == 0 && $4 == 0" ;;
	bicast) must "$2 > 0 && $3 == $2 && $4 == $2" ;;
	infra) must "$2 > 0 && $3 == 0 && $4 == $2" ;;
	esac
}

# check_session STATE
check_session()
{
	local got used

	got=$((${MOVED[b.direct.rx_packets]} + ${MOVED[b.infra.rx_packets]}))
	used=$((${MOVED[b.rx_delivered]} + ${MOVED[b.rx_eliminated]}))
	state_is "$UE_A" "$1" || die "$WHERE: A is not in state $1"
	state_is "$UE_B" "$1" || die "$WHERE: B is not in state $1"
	check_sender "$1" "${MOVED[a.tx_tagged]}" "${MOVED[a.direct.tx_packets]}" \
		"${MOVED[a.infra.tx_packets]}"
	must "$used == $got"
	must "${MOVED[b.rx_delivered]} <= ${MOVED[a.tx_tagged]}"
	note tagged "${MOVED[a.tx_tagged]}"
	note delivered "${MOVED[b.rx_delivered]}"
	note tunnel_sent "${MOVED[a.infra.tx_packets]}"
	note tunnel_received "${MOVED[b.infra.rx_packets]}"
}

# measure ROUND CASE PROTOCOL AMOUNT
measure()
{
	local devices got

	WHERE="$1 $2 $3"
	flood_ready "$3" "$4"
	devices=$(devices_read)
	! with_module || account_begin
	tunnel_fresh
	come_to_rest
	flood
	must "$EPOCHSECONDS - $HANDSHAKE < $KEY_USED_S"
	! with_module || account_end
	devices_moved "$devices"
	check_devices "$2"
	! with_module || check_session "$2"
	read -rd '' -a got < <("$PROGS/jget" bytes packets busy_ns <<< "$RECEIVED") || :
	check_received "$3" "$4" "${got[0]}" "${got[1]}"
	note_json "$RECEIVED"
	note_json "$SENT"
	echo "round $1 of $ROUNDS: $2, $3: $((8000 * got[0] / got[2])) Mbit/s"
}

# --- the time of a switch ---------------------------------------------------

at_home()
{
	state_is "$UE_A" direct && state_is "$UE_B" direct
}

# measure_switch ROUND
measure_switch()
{
	local try flows

	echo "round $1 of $ROUNDS: time of a switch"
	for ((try = 0; try < SWITCH_TRIES; try++)); do
		for flows in "${SWITCH_FLOWS[@]}"; do
			WHERE="$1 switch $flows"
			note ns "$(in_ns "$UE_A" "$BIN/switchtime" p2p0 $B4 "$flows")"
			busywait 5000 at_home || die "$WHERE: no way home"
		done
		WHERE="$1 switch order"
		note ns "$(in_ns "$UE_A" "$BIN/switchtime" p2p0 $B4 1 wg0)"
		busywait 5000 at_home || die "$WHERE: no way home"
	done
}

# --- all of it --------------------------------------------------------------

# measure_case ROUND CASE: about as many instructions in each case
measure_case()
{
	case_enter "$2"
	case $2 in
	no_module | direct)
		measure "$1" "$2" udp 80000
		measure "$1" "$2" tcp $((800 << 20))
		;;
	*)
		measure "$1" "$2" udp 12000
		measure "$1" "$2" tcp $((8 << 20))
		;;
	esac
}

PORT=6000
mkfifo "$TMP/go"
exec {SILENCE}<> <(:)
: > "$OUT/samples"
WHERE="0 guest clock"
note instructions_per_s "$("$BIN/clockrate")"
note datagram_bytes $DATAGRAM_BYTES
bench_up
for ((round = 1; round <= ROUNDS; round++)); do
	for case in no_module tunnel direct; do
		measure_case "$round" "$case"
	done
	measure_switch "$round"
	for case in bicast infra; do
		measure_case "$round" "$case"
	done
done
# The module is where it was in its only round.
[ -z "${PROFILE:-}" ] || cat /proc/kallsyms > "$OUT/kallsyms"
