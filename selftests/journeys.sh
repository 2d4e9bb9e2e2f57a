# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh, by the tests that send a session on a journey over its
# paths: one journey for each condition, {IPv4, IPv6} x {UDP, TCP} on it at once,
# and once more with idle flows only, {IPv4, IPv6} x {a datagram, a byte of TCP} a
# second, for a session that is idle has no next packet that tells of a gap. Nothing
# is lost, doubled, reordered or sent again, say the programs at both ends; and the
# module's counters agree.
#
# What a condition cannot but cost is written where its journey is: in
# MAY_LOSE_MS, by how much time's packets.

UDP_RATE=250
TCP_RATE=60000
IDLE_RATE=1
# How many times longer an idle journey takes: each stage sees some datagrams.
IDLE_PACE=3

# The name of the case that runs, and how slowly.
CASE='' PACE=1
# Time's worth of packets from A that B may lose. Only journeys set it.
MAY_LOSE_MS=0
# 1: TCP may take a jump in delay for a loss, and send again what was not lost.
MAY_RESEND=0

# dwell [MS]
dwell()
{
	local ms=$((${1:-1000} * PACE))

	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
}

streams_start()
{
	udp_start udp4 4 5000 -r "$UDP_RATE"
	udp_start udp6 6 5001 -r "$UDP_RATE"
	tcp_start tcp4 4 5002 -R "$TCP_RATE"
	tcp_start tcp6 6 5003 -R "$TCP_RATE"
	dwell 500
}

# Half a second apart: what TCP says must not tell of a datagram that is missing.
idle_start()
{
	udp_start idle4 4 5004 -r $IDLE_RATE
	udp_start idle6 6 5005 -r $IDLE_RATE
	dwell 500
	tcp_start idle_tcp4 4 5006 -R $IDLE_RATE
	tcp_start idle_tcp6 6 5007 -R $IDLE_RATE
}

# streams_stop NAME...
streams_stop()
{
	local name

	for name; do
		stream_stop "$name" || diag "$name did not end as it should"
	done
}

# udp_side_clean STREAM a|b LEAST LOST: at that end
udp_side_clean()
{
	local counts lost

	counts=$(result "$1.$2" complete duplicated reordered corrupted send_errors | tr '\n' ' ')
	lost=$(result "$1.$2" lost)
	[ "$counts" = "true 0 0 0 0 " ] && [ "$lost" -le "$4" ] &&
		[ $(($(result "$1.$2" received) + lost)) -ge "$3" ]
}

# udp_check POINT STREAM LEAST RATE: each end heard LEAST or more, all of them
udp_check()
{
	local lost=0

	[ "$MAY_LOSE_MS" -eq 0 ] || lost=$((MAY_LOSE_MS * $4 / 1000 + 1))
	if udp_side_clean "$2" a "$3" 0 && udp_side_clean "$2" b "$3" "$lost"; then
		test_pass "$1"
	else
		stream_report "$2"
		test_fail "$1" "not all came, once and in order; $lost may be lost"
	fi
}

# tcp_resent STREAM a|b: what that end sent again, but for what it need not have
tcp_resent()
{
	local resent

	resent=$(result "$1.$2" retransmits)
	[ "$MAY_RESEND" = 0 ] || resent=$((resent - $(result "$1.$2" dsack_dups)))
	echo "$resent"
}

# tcp_clean STREAM LEAST: intact, LEAST bytes or more, and nothing sent again
# unless packets may be lost
tcp_clean()
{
	local side

	stream_intact "$1" || return
	for side in a b; do
		[ "$(result "$1.$side" bytes_received)" -ge "$2" ] || return
		[ "$MAY_LOSE_MS" -gt 0 ] ||
			[ "$(tcp_resent "$1" "$side")" -le 0 ] || return
	done
}

# tcp_check POINT STREAM LEAST
tcp_check()
{
	if tcp_clean "$2" "$3"; then
		test_pass "$1"
	else
		stream_report "$2"
		test_fail "$1" "not intact, or something was sent again"
	fi
}

# tcp_disorder: segments that either host got out of order, or twice. Not
# tcpi_reord_seen: that counts acknowledgements of parts of a train, too.
tcp_disorder()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		in_ns "$ns" nstat -asz TcpExtTCPOFOQueue TcpExtTCPDSACKOldSent \
			TcpExtTCPDSACKOfoSent
	done | awk '/^TcpExt/ { n++; sum += $2 } END { print n == 6 ? sum : "unknown" }'
}

# account_holds FROM TO: what FROM has sent is what TO has received
account_holds()
{
	local tagged=${MOVED[$1.tx_tagged]} held
	local sent=$((${MOVED[$1.direct.tx_packets]} + ${MOVED[$1.infra.tx_packets]}))
	local came=$((${MOVED[$2.direct.rx_packets]} + ${MOVED[$2.infra.rx_packets]}))

	held=$((${MOVED[$2.rx_delivered]} + ${MOVED[$2.rx_eliminated]} +
		${MOVED[$2.rx_old]} + ${MOVED[$2.rx_overflow]} +
		${MOVED[$2.rx_no_memory]}))
	[ "$tagged" -gt 0 ] &&
		[ "${MOVED[$2.rx_delivered]}" -eq "$tagged" ] &&
		[ "${MOVED[$2.rx_skipped]}" -eq 0 ] &&
		[ "${MOVED[$2.rx_late]}" -eq 0 ] &&
		[ "${MOVED[$2.rx_mac]}" -eq 0 ] &&
		[ "${MOVED[$1.tx_no_path]}" -eq 0 ] &&
		[ "$came" -eq "$held" ] &&
		[ "$sent" -ge "$tagged" ] &&
		[ "${MOVED[$1.direct.tx_packets]}" -le "$tagged" ] &&
		[ "${MOVED[$1.infra.tx_packets]}" -le "$tagged" ]
}

account_dump()
{
	local key

	for key in "${!MOVED[@]}"; do
		[ "${MOVED[$key]}" -eq 0 ] || diag "$key ${MOVED[$key]}"
	done | sort -k 2
}

# account_check POINT
account_check()
{
	account_end
	if account_holds a b && account_holds b a; then
		test_pass "$1"
	else
		account_dump
		test_fail "$1" "the counters do not add up"
	fi
}

# path_check PATH less|same|more: how much came of what was sent; shows that the
# network did to PATH what the case is about.
path_check()
{
	local came=$((${MOVED[a.$1.rx_packets]} + ${MOVED[b.$1.rx_packets]}))
	local sent=$((${MOVED[a.$1.tx_packets]} + ${MOVED[b.$1.tx_packets]}))
	local is='same'

	[ "$came" -ge "$sent" ] || is='less'
	[ "$came" -le "$sent" ] || is='more'
	test_eq "$CASE: $1 path" "sent $((sent > 0)), came $is" "sent 1, came $2"
}

# run_journey COMMAND...
run_journey()
{
	"$@" || test_fail "$CASE: journey" "failed: $*"
}

# run_flows NAME LEAST COMMAND...: the command is the journey, LEAST the seconds
# that it takes at least
run_flows()
{
	local least=$2 disorder udp tcp

	CASE=$1 PACE=1
	udp=$(scaled "$UDP_RATE") tcp=$(scaled "$TCP_RATE")
	shift 2
	disorder=$(tcp_disorder)
	account_begin
	streams_start
	run_journey "$@"
	streams_stop udp4 udp6 tcp4 tcp6
	udp_check "$CASE: UDP IPv4" udp4 $((least * udp)) "$udp"
	udp_check "$CASE: UDP IPv6" udp6 $((least * udp)) "$udp"
	tcp_check "$CASE: TCP IPv4" tcp4 $((least * tcp))
	tcp_check "$CASE: TCP IPv6" tcp6 $((least * tcp))
	[ "$MAY_LOSE_MS" -gt 0 ] ||
		test_ok "$CASE: TCP, once and in order" \
			[ "$(tcp_disorder)" -eq "$disorder" ]
}

# run_busy NAME LEAST COMMAND...: as run_flows
run_busy()
{
	run_flows "$@"
	account_check "$CASE: counters"
}

# run_idle NAME LEAST COMMAND...: as run_flows
run_idle()
{
	local least=$(($2 * IDLE_PACE * IDLE_RATE))

	CASE="$1, idle" PACE=$IDLE_PACE
	shift 2
	account_begin
	idle_start
	run_journey "$@"
	streams_stop idle4 idle6 idle_tcp4 idle_tcp6
	udp_check "$CASE: UDP IPv4" idle4 $least $IDLE_RATE
	udp_check "$CASE: UDP IPv6" idle6 $least $IDLE_RATE
	tcp_check "$CASE: TCP IPv4" idle_tcp4 $least
	tcp_check "$CASE: TCP IPv6" idle_tcp6 $least
	account_check "$CASE: counters"
}

# run_case NAME LEAST COMMAND...: the idle journey first, so that path_check has
# the figures of the other
run_case()
{
	run_idle "$@"
	run_busy "$@"
}

# The way home, from bicast or infra.
go_home()
{
	switch_both bicast && dwell 500 && switch_both direct && dwell 500
}

# journey_clean [MS]: time for the delay to glide
journey_clean()
{
	switch_both bicast && dwell "${1:-1000}" && switch_both infra && dwell && go_home
}

journey_cut()
{
	switch_both bicast && dwell || return
	direct_cut
	dwell 500 && switch_both infra && dwell || return
	direct_restore
	session_wait_ready
	go_home
}

# journey_netem DIRECT_ARGS INFRA_ARGS: words for netem, to one path and then to
# the other, in bicast
journey_netem()
{
	local path args=$1

	switch_both bicast && dwell 500 || return
	for path in direct infra; do
		# shellcheck disable=SC2086 # words
		path_netem $path $args
		dwell 1500
		path_netem $path
		dwell 500
		args=$2
	done
	session_wait_ready
	switch_both direct && dwell 500
}

# switch_quickly NS STATE...: every 50 ms, without a look at what comes of it
switch_quickly()
{
	local ns=$1

	shift
	# shellcheck disable=SC2016
	in_ns "$ns" sh -ec 'cli=$1 && shift
		for state; do
			"$cli" switch p2p0 "$state"
			sleep 0.05
		done' sh "$SIDESTEP" "$@"
}

# Both ends at once; they drift apart, so each mix of their states is met.
journey_switches()
{
	local states=(bicast infra direct infra bicast direct) other

	states+=("${states[@]}" "${states[@]}")
	switch_quickly "$UE_B" "${states[@]}" &
	other=$!
	switch_quickly "$UE_A" "${states[@]}" && wait $other &&
		switch_both direct && dwell 500
}

journey_device_down()
{
	switch_both bicast && dwell || return
	ip -n "$UE_A" link set direct0 down
	dwell && switch_both infra && dwell || return
	# The kernel forgets IPv6 addresses of a device that is down.
	ip -n "$UE_A" link set direct0 up &&
		ip -n "$UE_A" addr add "$A6/64" dev direct0 nodad &&
		session_wait_ready
	go_home
}

# Both ends: it is a pair.
journey_device_deleted()
{
	switch_both bicast && dwell || return
	ip -n "$UE_A" link del direct0
	dwell && switch_both infra && dwell || return
	direct_up
	session_wait_ready
	go_home
}

# The other path goes on alone.
journey_tunnel_deleted()
{
	switch_both bicast && dwell || return
	ip -n "$UE_A" link del wg0
	dwell && switch_both direct && dwell
}

# The peer's session ends while packets are under way to it, and comes back. Lost
# is what was sent until its good-bye came, and what was on the direct path then.
journey_peer_unloaded()
{
	local tagged

	MAY_LOSE_MS=$((2 * DIRECT_DELAY_MS + 10))
	switch_both bicast && dwell || return
	ip -n "$UE_B" link del p2p0
	busywait 2000 state_is "$UE_A" direct || return
	tagged=$(counter "$UE_A" tx_tagged)
	account_side a "$UE_A"
	dwell
	test_eq "$CASE: tagged for nobody" "$(counter "$UE_A" tx_tagged)" "$tagged"
	test_eq "$CASE: given up, late, forged" \
		"${MOVED[a.rx_skipped]} ${MOVED[a.rx_late]} ${MOVED[a.rx_mac]}" "0 0 0"
	# It would go back to bicast by itself, before it can be counted.
	in_ns "$UE_A" "$SIDESTEP" switch p2p0 direct || return
	session_add "$UE_B" "$A4" "$A6" "$TMP/key_ba" "$TMP/key_ab"
	session_wait_ready
	# The new session counts from nothing.
	account_begin
	switch_both bicast && dwell && go_home
}
