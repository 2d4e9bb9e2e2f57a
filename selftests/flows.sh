# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh, by the tests that look at flows.

ECHO_PORT=7000

# server_up UE_NAMESPACE ADDRESS [ARGS...]: answers there; its process is SERVER
server_up()
{
	local out=$TMP/server-$1-$2

	ip netns exec "$1" "$PROGS/echo" -l -B "$2" -p $ECHO_PORT "${@:3}" > "$out" &
	SERVER=$!
	defer kill $SERVER
	busywait 5000 grep -q ready "$out" || die "no server"
}

# talk [COMMAND...] 4|6 [ARGS...]: whether the server at B answers A
talk()
{
	local prefix=() b a

	while [ "$1" != 4 ] && [ "$1" != 6 ]; do
		prefix+=("$1")
		shift
	done
	b=B$1 a=A$1
	shift
	in_ns "$UE_A" "${prefix[@]}" "$PROGS/echo" -c "${!b}" -B "${!a}" \
		-p "$ECHO_PORT" "$@" > "$TMP/talk"
}

# flows NS: all flows of the session, JSON
flows()
{
	in_ns "$1" "$SIDESTEP" -j flows p2p0
}

# sum: of the numbers behind the colons
sum()
{
	awk -F: '{ n += $2 } END { printf "%d\n", n }'
}

# sum_of PATH FIELD: over the flows in $TMP/flows
sum_of()
{
	grep -o "\"path\":\"$1\",[^}]*" "$TMP/flows" | grep -o "\"$2\":[0-9]*" | sum
}

# sums_check: at both ends the flows together are what went over each path, and
# what was delivered and eliminated
sums_check()
{
	local ns path dir

	for ns in "$UE_A" "$UE_B"; do
		flows "$ns" > "$TMP/flows"
		for path in direct infra; do
			for dir in tx_packets tx_bytes; do
				test_eq "${ns%-*}: flows' $path $dir are the path's" \
					"$(sum_of $path $dir)" "$(path_stat "$ns" $path $dir)"
			done
		done
		test_eq "${ns%-*}: flows' packets are what was delivered" \
			"$(($(sum_of direct rx_packets) + $(sum_of infra rx_packets)))" \
			"$(counter "$ns" rx_delivered)"
		test_eq "${ns%-*}: flows' later copies are what was eliminated" \
			"$(grep -o '"eliminated":[0-9]*' "$TMP/flows" | sum)" \
			"$(counter "$ns" rx_eliminated)"
	done
}
