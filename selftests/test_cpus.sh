#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two CPUs send and receive a session's packets, and senders hop from one to the
# other: of each flow all packets come once, and in order but for those that are
# counted as late: how long a CPU stands still is the host's affair here.
# Topology: lib.sh.
#
# Guest: --smp 2
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

UDP_FLOWS=(udp4 udp6 udp4b udp6b) TCP_FLOWS=(tcp4 tcp6)
UDP_RATE=100 TCP_RATE=40000
SECONDS_EACH=3
CGROUP=/sys/fs/cgroup

# Both CPUs receive for the direct device, each some flows; what has to wait for
# a CPU that stands still has room.
both_receive()
{
	local ns

	echo 100000 > /proc/sys/net/core/netdev_max_backlog
	for ns in "$UE_A" "$UE_B"; do
		set_files "$ns" /sys/class/net/direct0/queues/rx-0/rps_cpus=3
	done
}

streams_start()
{
	udp_start udp4 4 5000 -r $UDP_RATE
	udp_start udp6 6 5001 -r $UDP_RATE
	udp_start udp4b 4 5002 -r $UDP_RATE
	udp_start udp6b 6 5003 -r $UDP_RATE
	tcp_start tcp4 4 5004 -R $TCP_RATE
	tcp_start tcp6 6 5005 -R $TCP_RATE
}

# Two groups of processes, each on a CPU of its own.
groups_make()
{
	echo +cpuset > $CGROUP/cgroup.subtree_control
	mkdir $CGROUP/even $CGROUP/odd
}

# groups_fill: half of the senders of either end into each
groups_fill()
{
	local name
	local -A group=([a]=even [b]=odd)

	for name in "${UDP_FLOWS[@]}" "${TCP_FLOWS[@]}"; do
		echo "${STREAM_A[$name]}" > "$CGROUP/${group[a]}/cgroup.procs"
		echo "${STREAM_B[$name]}" > "$CGROUP/${group[b]}/cgroup.procs"
		group=([a]=${group[b]} [b]=${group[a]})
	done
}

# hop: each group to the CPU of the other, again and again
hop()
{
	local n=0

	while :; do
		n=$((1 - n))
		echo $n > $CGROUP/even/cpuset.cpus
		echo $((1 - n)) > $CGROUP/odd/cpuset.cpus
		sleep 0.05
	done
}

# Segments that came before earlier ones, at both hosts.
disorder()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		in_ns "$ns" nstat -asz TcpExtTCPOFOQueue
	done | awk '/^TcpExt/ { n++; sum += $2 } END { print n == 2 ? sum : "unknown" }'
}

# udp_all STREAM: all came once
udp_all()
{
	local side

	for side in a b; do
		[ "$(result "$1.$side" complete lost duplicated corrupted send_errors |
			tr '\n' ' ')" = "true 0 0 0 0 " ] &&
			[ "$(result "$1.$side" received)" -ge "$(scaled $UDP_RATE)" ] || return
	done
}

streams_check()
{
	local name

	for name in "${UDP_FLOWS[@]}" "${TCP_FLOWS[@]}"; do
		test_ok "$1: $name ends as it should" stream_stop "$name"
	done
	for name in "${UDP_FLOWS[@]}"; do
		udp_all "$name" || stream_report "$name"
		test_ok "$1: $name, all came once" udp_all "$name"
	done
	for name in "${TCP_FLOWS[@]}"; do
		test_ok "$1: $name is intact" stream_intact "$name"
	done
}

late()
{
	echo $(($(counter "$UE_A" rx_late) + $(counter "$UE_B" rx_late)))
}

received()
{
	local name sum=0

	for name in "${UDP_FLOWS[@]}"; do
		sum=$((sum + $(result "$name.a" received) + $(result "$name.b" received)))
	done
	echo $sum
}

# in_order POINT DISORDER_BEFORE LATE_BEFORE: of what was not late
in_order()
{
	local name sum=$(($(disorder) - $2)) late=$(($(late) - $3))

	for name in "${UDP_FLOWS[@]}"; do
		sum=$((sum + $(result "$name.a" reordered) + $(result "$name.b" reordered)))
	done
	diag "$1: $sum out of order, $late late"
	test_ok "$1: in order" [ $sum -le $late ]
	test_ok "$1: few are late" [ $((late * 50)) -le "$(received)" ]
}

# hopping COMMAND...: while it runs
hopping()
{
	local pid rc=0

	streams_start
	groups_fill
	hop &
	pid=$!
	"$@" || rc=$?
	kill $pid
	wait $pid 2> /dev/null
	return $rc
}

# state_check STATE
state_check()
{
	local disorder late

	test_ok "$1: switch" busywait 20000 switch_both "$1"
	disorder=$(disorder) late=$(late)
	hopping sleep $SECONDS_EACH
	streams_check "$1"
	in_order "$1" "$disorder" "$late"
}

switches()
{
	local state

	for state in bicast infra bicast direct; do
		busywait 20000 switch_both "$state" && sleep 0.7 || return
	done
}

ktap_header
[ "$(nproc)" -gt 1 ] || ktap_skip_all "two CPUs" "there is one"
topo_up 2 25
session_up
both_receive
groups_make
test_ok "switches" hopping switches
streams_check "switches"
for state in bicast infra; do
	state_check $state
done
ktap_plan "$KTAP_COUNT"
ktap_end
