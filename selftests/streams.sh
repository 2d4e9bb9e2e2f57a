# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by lib.sh: streams of UDP and TCP. They run from A to B and back until
# stream_stop. The result of the end at A is $TMP/NAME.a, that of the end at B $TMP/NAME.b.

declare -A STREAM_A STREAM_B

# scale_args ARGS...: into SCALED, with the rates of a stream scaled
scale_args()
{
	SCALED=()
	while [ $# -gt 0 ]; do
		SCALED+=("$1")
		case $1 in
		-[rR]) SCALED+=("$(scaled "$2")") && shift ;;
		esac
		shift
	done
}

# stream_between PROGRAM NAME NS_A ADDR_A TO_ADDR NS_B ADDR_B PORT [ARGS...]
stream_between()
{
	local prog=$PROGS/$1 name=$2 ns_a=$3 addr_a=$4 to=$5 ns_b=$6 addr_b=$7 port=$8

	shift 8
	scale_args "$@"
	# Not in_ns: its process must be the program itself, to be told to stop.
	ip netns exec "$ns_b" "$prog" -l -B "$addr_b" -p "$port" "${SCALED[@]}" > "$TMP/$name.b" &
	STREAM_B[$name]=$!
	ip netns exec "$ns_a" "$prog" -c "$to" -B "$addr_a" -p "$port" "${SCALED[@]}" > "$TMP/$name.a" &
	STREAM_A[$name]=$!
}

# stream_listen PROGRAM NAME 4|6|LL PORT [ARGS...]: the end at B
stream_listen()
{
	local prog=$PROGS/$1 name=$2 local_b=B$3 port=$4

	shift 4
	scale_args "$@"
	# Not in_ns: its process must be the program itself, to be told to stop.
	ip netns exec "$UE_B" "$prog" -l -B "${!local_b}" -p "$port" "${SCALED[@]}" > "$TMP/$name.b" &
	STREAM_B[$name]=$!
}

# stream_connect, with the same arguments: the end at A
stream_connect()
{
	local prog=$PROGS/$1 name=$2 local_b=B$3 local_a=A$3 port=$4

	shift 4
	scale_args "$@"
	ip netns exec "$UE_A" "$prog" -c "${!local_b}" -B "${!local_a}" -p "$port" "${SCALED[@]}" > "$TMP/$name.a" &
	STREAM_A[$name]=$!
}

# stream_start, with the same arguments: both
stream_start()
{
	stream_listen "$@"
	stream_connect "$@"
}

udp_start()
{
	stream_start udpstream "$@"
}

tcp_start()
{
	stream_start tcpstream "$@"
}

# connect_both: new TCP connections, from either end, with data both ways
NEXT_PORT=6000
connect_both()
{
	local family

	for family in 4 6; do
		connect_one A B $family && connect_one B A $family || return
	done
}

# connect_one FROM TO 4|6: FROM and TO are A or B
connect_one()
{
	local from_ns=UE_$1 to_ns=UE_$2 from=$1$3 to=$2$3 listener rc=0

	NEXT_PORT=$((NEXT_PORT + 1))
	ip netns exec "${!to_ns}" "$PROGS/tcpstream" -l -B "${!to}" \
		-p $NEXT_PORT -b 20000 > "$TMP/new.b" &
	listener=$!
	ip netns exec "${!from_ns}" "$PROGS/tcpstream" -c "${!to}" -B "${!from}" \
		-p $NEXT_PORT -b 20000 > "$TMP/new.a" || rc=1
	wait $listener && [ $rc -eq 0 ] && stream_intact new
}

# stream_wait NAME: until both ends have ended
stream_wait()
{
	local rc=0

	wait "${STREAM_A[$1]}" || rc=1
	wait "${STREAM_B[$1]}" || rc=1
	return $rc
}

# stream_stop NAME: ends both ends, each when all was said
stream_stop()
{
	kill "${STREAM_A[$1]}"
	stream_wait "$1"
}

# result NAME.a|NAME.b KEY...: one line per key
result()
{
	local file=$TMP/$1

	shift
	"$PROGS/jget" "$@" < "$file"
}

# More than the guest can send in bicast would make its clock the bottleneck.
FULL_UDP_RATE=500 FULL_TCP_RATE=300000

full_traffic_start()
{
	udp_start udp4 4 5000 -r $FULL_UDP_RATE
	udp_start udp6 6 5001 -r $FULL_UDP_RATE
	tcp_start tcp4 4 5002 -R $FULL_TCP_RATE
	tcp_start tcp6 6 5003 -R $FULL_TCP_RATE
	sleep 0.5
}

# full_traffic_check POINT: TCP lives and is intact, UDP goes on
full_traffic_check()
{
	local name

	sleep 0.5
	for name in udp4 udp6 tcp4 tcp6; do
		test_ok "$1: $name goes on" stream_stop $name
	done
	test_ok "$1: tcp4 is intact" stream_intact tcp4
	test_ok "$1: tcp6 is intact" stream_intact tcp6
}

# Nobody asks these streams how it was: their hosts vanish.
full_traffic_abandon()
{
	local name

	for name in udp4 udp6 tcp4 tcp6; do
		kill -KILL "${STREAM_A[$name]}" "${STREAM_B[$name]}"
		wait "${STREAM_A[$name]}" "${STREAM_B[$name]}"
	done 2> /dev/null
}

# stream_intact NAME: TCP; what each end has sent is what the other has received
stream_intact()
{
	[ "$(result "$1.a" corrupted bytes_sent bytes_received)" = \
		"$(result "$1.b" corrupted bytes_received bytes_sent)" ] &&
		[ "$(result "$1.a" corrupted)" = 0 ]
}

# stream_clean NAME [LEAST]: UDP; both ends have received all, once, in order
# and LEAST datagrams or more
stream_clean()
{
	local side counts

	for side in a b; do
		counts=$(result "$1.$side" complete lost duplicated reordered corrupted \
			send_errors | tr '\n' ' ')
		[ "$counts" = "true 0 0 0 0 0 " ] &&
			[ "$(result "$1.$side" received)" -ge "$(scaled "${2:-1}")" ] || return
	done
}

# stream_report NAME: for a failed test
stream_report()
{
	diag "$1 at a: $(cat "$TMP/$1.a")"
	diag "$1 at b: $(cat "$TMP/$1.b")"
}

# resets: what TCP has sent and got of them, at both ends
resets()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		in_ns "$ns" cat /proc/net/snmp
	done | awk '/^Tcp:/ { if (!n++) split($0, key); else for (i in key)
		if (key[i] ~ /^(EstabResets|OutRsts)$/) sum += $i; n %= 2 }
		END { print sum + 0 }'
}
