# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh, by the tests that send a session on a journey over its
# paths, {IPv4, IPv6} x {TCP, UDP}: nothing is lost, doubled, reordered or sent
# again, and the module's counters agree with what the programs have counted.

UDP_RATE=250
TCP_RATE=60000
# Hops of the idle stream are seconds apart, as in a chat.
IDLE_RATE=3

dwell()
{
	sleep "${1:-1}"
}

streams_start()
{
	udp_start udp4 4 5000 -r $UDP_RATE
	udp_start udp6 6 5001 -r $UDP_RATE
	tcp_start tcp4 4 5002 -R $TCP_RATE
	tcp_start tcp6 6 5003 -R $TCP_RATE
	udp_start idle 4 5004 -r $IDLE_RATE
	dwell
}

streams_stop()
{
	local name

	for name in udp4 udp6 tcp4 tcp6 idle; do
		stream_stop $name || diag "$name did not end as it should"
	done
}

# udp_check POINT STREAM LEAST: both ends, and each heard LEAST datagrams
udp_check()
{
	if stream_clean "$2" "$3"; then
		test_pass "$1"
	else
		stream_report "$2"
		test_fail "$1" "not all came, once and in order"
	fi
}

# tcp_clean STREAM LEAST: intact, nothing sent again, LEAST bytes or more
tcp_clean()
{
	stream_intact "$1" &&
		[ "$(result "$1.a" retransmits)$(result "$1.b" retransmits)" = 00 ] &&
		[ "$(result "$1.a" bytes_received)" -ge "$2" ] &&
		[ "$(result "$1.b" bytes_received)" -ge "$2" ]
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
	if account_holds a b && account_holds b a; then
		test_pass "$1"
	else
		account_dump
		test_fail "$1" "the counters do not add up"
	fi
}

# path_check POINT PATH less|same|more: how much came of what was sent; shows
# that the network did to PATH what the case is about.
path_check()
{
	local came=$((${MOVED[a.$2.rx_packets]} + ${MOVED[b.$2.rx_packets]}))
	local sent=$((${MOVED[a.$2.tx_packets]} + ${MOVED[b.$2.tx_packets]}))
	local is='same'

	[ "$came" -ge "$sent" ] || is='less'
	[ "$came" -le "$sent" ] || is='more'
	test_eq "$1: $2 path" "sent $((sent > 0)), came $is" "sent 1, came $3"
}

# run_case NAME SECONDS COMMAND...: the command is the journey, SECONDS the
# least that it takes
run_case()
{
	local name=$1 least=$2

	shift 2
	account_begin
	streams_start
	"$@" || test_fail "$name: journey" "failed: $*"
	streams_stop
	account_end
	udp_check "$name: UDP IPv4" udp4 $((least * UDP_RATE))
	udp_check "$name: UDP IPv6" udp6 $((least * UDP_RATE))
	udp_check "$name: UDP IPv4, idle" idle $((least * IDLE_RATE))
	tcp_check "$name: TCP IPv4" tcp4 $((least * TCP_RATE))
	tcp_check "$name: TCP IPv6" tcp6 $((least * TCP_RATE))
	account_check "$name: counters"
}

# The way home, from bicast or infra.
go_home()
{
	switch_both bicast && dwell && switch_both direct && dwell
}

journey_clean()
{
	switch_both bicast && dwell && switch_both infra && dwell && go_home
}

journey_cut()
{
	switch_both bicast && dwell || return
	direct_cut
	dwell && switch_both infra && dwell || return
	direct_restore
	session_wait_ready
	go_home
}

journey_switches()
{
	local _

	for _ in 1 2; do
		switch_both bicast && dwell 0.3 &&
			switch_both infra && dwell 0.3 &&
			switch_both direct && dwell 0.3 &&
			switch_both infra && dwell 0.3 &&
			switch_both direct && dwell 0.3 || return
	done
}

# The other path goes on alone.
journey_tunnel_gone()
{
	switch_both bicast && dwell || return
	ip -n "$UE_A" link del wg0
	dwell 2 && switch_both direct && dwell
}

# journey_netem PATH NETEM_ARGS...: only while in bicast
journey_netem()
{
	switch_both bicast && dwell 0.5 || return
	path_netem "$@"
	dwell 2
	path_netem "$1"
	dwell 0.5 && switch_both direct && dwell 0.5
}
