#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A hundred sessions at each end, each on a direct link of its own, all by one modem.
#
#   ue_a  d1 10.100.1.1/24  ------ netem ------  d1 10.100.1.2/24  ue_b
#         ...                                    d100 10.100.100.2/24
#         modem0 192.168.9.1 -------------- modem0 192.168.9.2
#
# Guest: --icount --mem 2048
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"

MANY=100

modems_up()
{
	ip link add modem0 netns "$UE_A" type veth peer name modem0 netns "$UE_B"
	ip -n "$UE_A" -batch - <<- END
		addr add 192.168.9.1/24 dev modem0
		link set modem0 up
		route add default via 192.168.9.2
	END
	ip -n "$UE_B" -batch - <<- END
		addr add 192.168.9.2/24 dev modem0
		link set modem0 up
		route add default via 192.168.9.1
	END
}

# links_up FIRST LAST
links_up()
{
	local i

	for ((i = $1; i <= $2; i++)); do
		echo "link add d$i netns $UE_A type veth peer name d$i netns $UE_B"
	done | ip -batch -
	for ((i = $1; i <= $2; i++)); do
		echo "addr add 10.100.$i.1/24 dev d$i"
		echo "link set d$i up"
	done | ip -n "$UE_A" -batch -
	for ((i = $1; i <= $2; i++)); do
		echo "addr add 10.100.$i.2/24 dev d$i"
		echo "link set d$i up"
	done | ip -n "$UE_B" -batch -
}

# confs A|B PEER_ADDRESS SESSIONS
confs()
{
	local i peer

	peer=$(other "$1")
	{
		echo "[Host]"
		echo "Name=ue-${1,}"
		for ((i = 1; i <= $3; i++)); do
			cat <<- END
				[Session s$i]
				Peer=ue-${peer,}
				PeerKey=${HELPER_KEY[$peer]}
				Direct=d$i
				Modem=modem0
				ListenPort=$((52000 + i))
				Endpoint=$2:$((52000 + i))
			END
		done
	} > "$(helper_dir "$1")/conf"
}

# ready_count A|B: paths
ready_count()
{
	helper_show "$1" | tr ',' '\n' | grep -c '"ready": *true'
}

# all_ready SESSIONS
all_ready()
{
	[ "$(ready_count A)" -eq $((2 * $1)) ] && [ "$(ready_count B)" -eq $((2 * $1)) ]
}

# devices A: numbers of all of them
devices()
{
	in_ns "$UE_A" sh -c 'cat /sys/class/net/s*/ifindex /sys/class/net/wg-s*/ifindex'
}

many_test()
{
	local before

	links_up 2 $MANY
	confs A 192.168.9.2 $MANY
	confs B 192.168.9.1 $MANY
	kill -HUP "${HELPER[@]}"
	test_ok "$MANY sessions are ready" busywait 300000 all_ready $MANY
	test_ok "the last one moves" in_ns "$UE_A" "$SIDESTEP" switch s$MANY infra
	test_ok "... and carries" in_ns "$UE_A" ping -q -c 3 -i 0.2 -W 1 "10.100.$MANY.2"
	before=$(devices)
	helper_end A KILL
	helper_start A
	test_ok "the helper is killed and begins anew: all are ready" busywait 300000 all_ready $MANY
	test_eq "... on the same devices" "$(devices)" "$before"
	sleep 20
	helper_cost A 30
	diag "$MANY sessions, idle: $COST_PPM millionths of a CPU, $COST_KIB KiB resident"
}

ktap_header
modprobe -qa veth wireguard || die "the kernel lacks what selftests/config names"
ns_add "$UE_A" "$UE_B"
defer ns_del "$UE_A" "$UE_B"
module_load || die "cannot load $SIDESTEP_KO"
modems_up
links_up 1 1
helper_init
confs A 192.168.9.2 1
confs B 192.168.9.1 1
defer helpers_kill
helper_start A
helper_start B
test_ok "one session is ready" busywait 20000 all_ready 1
many_test
[ "$KTAP_FAILED" -eq 0 ] || helper_logs
ktap_plan "$KTAP_COUNT"
ktap_end
