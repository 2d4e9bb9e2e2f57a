# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the tests and by the demo. Runs in a guest, as root.
#
#   ue_a                                                        ue_b
#   direct0 10.77.0.1/24 fd77::1/64 ---- netem ---- direct0 10.77.0.2/24 fd77::2/64
#   wg0  (no address)  ~ ~ ~ ~ ~ ~ tunnel ~ ~ ~ ~ ~ ~ wg0  (no address)
#   p2p0 (the session)                                          p2p0
#   modem0 192.168.10.2/24                       modem0 192.168.20.2/24
#      |                                                           |
#   nat_a  lan 192.168.10.1                      nat_b  lan 192.168.20.1
#          wan 198.51.100.2                             wan 203.0.113.2
#      |                                                           |
#   net    to_a 198.51.100.1 ------- netem ------- to_b 203.0.113.1

# Names and figures below are for those who source this file.
# shellcheck disable=SC2034

LIB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT_DIR=$(dirname "$LIB_DIR")
PROGS=$LIB_DIR/progs
SIDESTEP=${SIDESTEP:-$ROOT_DIR/userspace/cli/sidestep}
SIDESTEP_KO=${SIDESTEP_KO:-$ROOT_DIR/build/$(uname -r)/sidestep.ko}
# In a kernel tree the command line is built beside the test programs, and the
# module is the installed one.
[ -x "$SIDESTEP" ] || SIDESTEP=$PROGS/sidestep
[ -e "$SIDESTEP_KO" ] || SIDESTEP_KO=$(modinfo -n sidestep 2> /dev/null)

UE_A=ue_a-$$ UE_B=ue_b-$$ NAT_A=nat_a-$$ NAT_B=nat_b-$$ NET=net-$$
A4=10.77.0.1 A6=fd77::1 B4=10.77.0.2 B6=fd77::2
# Link-local; whoever wants them adds them.
ALL=fe80::a%direct0 BLL=fe80::b%direct0
WG_PORT=51820
SESSION_ID=7
NETEM_LIMIT=20000

# What a debug kernel with two CPUs does with a packet takes so much longer.
RATE_DIVISOR=1
[ ! -e /sys/kernel/debug/kmemleak ] || [ "$(nproc)" = 1 ] || RATE_DIVISOR=8

# scaled FIGURE: a rate, or what comes of it; small ones stay
scaled()
{
	if [ "$1" -ge 20 ]; then
		echo $(($1 / RATE_DIVISOR))
	else
		echo "$1"
	fi
}

# shellcheck source=selftests/ktap.sh
. "$LIB_DIR/ktap.sh"
# shellcheck source=selftests/streams.sh
. "$LIB_DIR/streams.sh"

# --- helpers ----------------------------------------------------------------

die()
{
	echo "Bail out! $*"
	exit 1
}

now_ms()
{
	local us=${EPOCHREALTIME/./}

	echo $((us / 1000))
}

# Nobody ever writes there: to wait, without a process to start.
exec {SILENCE}<> <(:)

# nap MICROSECONDS
nap()
{
	local text

	printf -v text '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
	read -r -t "$text" -u "$SILENCE" || :
}

# busywait TIMEOUT_MS COMMAND...: until the command succeeds. What takes longer is
# looked at less often, for that looks are most of what a waiting guest does.
busywait()
{
	local begin=${EPOCHREALTIME/./} limit=$(($1 * 1000)) waited pause

	shift
	while ! "$@"; do
		waited=$((${EPOCHREALTIME/./} - begin))
		[ $waited -lt $limit ] || return 1
		pause=$((waited / 10))
		nap $((pause < 50000 ? 50000 : pause > 1000000 ? 1000000 : pause))
	done
}

# The command must fail; what it says is on stdout.
cmd_fail()
{
	! "$@" 2>&1
}

in_ns()
{
	ip netns exec "$@"
}

# set_files NS FILE=VALUE...: files of the namespace's own /proc/sys and /sys; "" is none
set_files()
{
	local ns=$1

	shift
	# shellcheck disable=SC2016
	in_ns "$ns" sh -c 'for fv; do
		[ -z "$fv" ] || echo "${fv#*=}" > "${fv%%=*}"
	done' sh "$@"
}

# --- cleanup ----------------------------------------------------------------

TMP=$(mktemp -d)
DEFERRED=()

# defer COMMAND...: run at exit, last one first
defer()
{
	DEFERRED+=("$(printf '%q ' "$@")")
}

run_deferred()
{
	local rc=$? i

	set +e
	for ((i = ${#DEFERRED[@]} - 1; i >= 0; i--)); do
		eval "${DEFERRED[i]}"
	done
	rm -rf "$TMP"
	exit "$rc"
}

trap run_deferred EXIT

# --- topology ---------------------------------------------------------------

ns_add()
{
	local ns

	for ns; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
	done
	for ns in "$UE_A" "$UE_B"; do
		set_files "$ns" \
			/proc/sys/net/ipv4/conf/all/rp_filter=0 \
			/proc/sys/net/ipv4/conf/default/rp_filter=0 \
			/proc/sys/net/ipv6/conf/all/accept_dad=0 \
			/proc/sys/net/ipv6/conf/default/accept_dad=0
	done
}

ns_del()
{
	local ns pids

	for ns; do
		pids=$(ip netns pids "$ns" 2> /dev/null) || continue
		# shellcheck disable=SC2086
		[ -z "$pids" ] || kill $pids 2> /dev/null
		ip netns del "$ns"
	done
}

# set_netem NS DEVICE DELAY_MS [ARGS...]: ARGS may give another delay
set_netem()
{
	local ns=$1 dev=$2 delay=(delay "$3ms")

	shift 3
	[ "${1:-}" != delay ] || delay=()
	tc -n "$ns" qdisc replace dev "$dev" root netem \
		limit $NETEM_LIMIT "${delay[@]}" "$@"
}

# DEVICE's receive queue has one CPU, as on a card with one queue. veth receives
# on the CPU that sent, and a sender that moves would put its own packets out of
# order. The direct link has the first CPU, the rest the last. A kernel for one CPU has
# nothing to set.
rx_cpu()
{
	local cpu=$(($(nproc) - 1))

	[ -e /sys/class/net/lo/queues/rx-0/rps_cpus ] || return 0
	[ "$1" != direct0 ] || cpu=0
	printf '/sys/class/net/%s/queues/rx-0/rps_cpus=%x' "$1" $((1 << cpu))
}

# address_up NS DEVICE IPV4 IPV6: on the direct link
address_up()
{
	ip -n "$1" -batch - <<- END
		addr add $3/24 dev $2
		addr add $4/64 dev $2 nodad
		link set $2 up
	END
}

direct_up()
{
	ip link add direct0 netns "$UE_A" type veth peer name direct0 netns "$UE_B"
	address_up "$UE_A" direct0 $A4 $A6
	address_up "$UE_B" direct0 $B4 $B6
	set_files "$UE_A" "$(rx_cpu direct0)"
	set_files "$UE_B" "$(rx_cpu direct0)"
	path_netem direct
}

# The static mapping of the tunnel's port stands in for what the MNOs will do
# for their UEs (see the ProSe Functions): here nobody has to punch a hole.
nat_rules()
{
	cat <<- END
		table ip cgn {
			chain input {
				type filter hook input priority 0; policy drop;
				iifname != "wan" accept
				ct state established,related accept
			}
			chain forward {
				type filter hook forward priority 0; policy drop;
				iifname "lan" accept
				ct state established,related accept
				ct status dnat accept
			}
			chain prerouting {
				type nat hook prerouting priority -100;
				iifname "wan" udp dport $WG_PORT dnat to $1
			}
			chain postrouting {
				type nat hook postrouting priority 100;
				oifname "wan" masquerade
			}
		}
	END
}

# modem_up UE NAT LAN_PREFIX
modem_up()
{
	local ue=$1 nat=$2 lan=$3

	ip link add modem0 netns "$ue" type veth peer name lan netns "$nat"
	ip -n "$nat" -batch - <<- END
		addr add $lan.1/24 dev lan
		link set lan up
	END
	ip -n "$ue" -batch - <<- END
		addr add $lan.2/24 dev modem0
		link set modem0 up
		route add default via $lan.1
	END
	set_files "$ue" "$(rx_cpu modem0)"
	set_files "$nat" "$(rx_cpu lan)"
}

# operator_up UE NAT LAN_PREFIX WAN_PREFIX NET_DEVICE
operator_up()
{
	local ue=$1 nat=$2 lan=$3 wan=$4 dev=$5

	modem_up "$ue" "$nat" "$lan"
	ip link add wan netns "$nat" type veth peer name "$dev" netns "$NET"
	ip -n "$nat" -batch - <<- END
		addr add $wan.2/24 dev wan
		link set wan up
		route add default via $wan.1
	END
	ip -n "$NET" -batch - <<- END
		addr add $wan.1/24 dev $dev
		link set $dev up
	END
	set_files "$nat" "$(rx_cpu wan)" /proc/sys/net/ipv4/ip_forward=1
	set_files "$NET" "$(rx_cpu "$dev")" /proc/sys/net/ipv4/ip_forward=1
	nat_rules "$lan.2" | in_ns "$nat" nft -f -
}

# wg_up UE PRIVATE_KEY PEER_PUBLIC_KEY ENDPOINT ALLOWED_IPS
wg_up()
{
	local ns=$1

	ip -n "$ns" link add wg0 mtu 1420 type wireguard
	in_ns "$ns" wg set wg0 listen-port $WG_PORT private-key "$2" \
		peer "$3" endpoint "$4:$WG_PORT" allowed-ips "$5"
	ip -n "$ns" link set wg0 up
}

wg_shaken()
{
	in_ns "$1" wg show wg0 latest-handshakes | grep -qv '	0$'
}

# One side initiates: two crossing initiations can stall for many seconds.
tunnel_up()
{
	local pub_a pub_b

	(umask 077; wg genkey > "$TMP/wg_a"; wg genkey > "$TMP/wg_b")
	pub_a=$(wg pubkey < "$TMP/wg_a")
	pub_b=$(wg pubkey < "$TMP/wg_b")
	wg_up "$UE_B" "$TMP/wg_b" "$pub_a" 198.51.100.2 $A4/32,$A6/128
	wg_up "$UE_A" "$TMP/wg_a" "$pub_b" 203.0.113.2 $B4/32,$B6/128
	in_ns "$UE_A" wg set wg0 peer "$pub_b" persistent-keepalive 15
	busywait 20000 wg_shaken "$UE_A" || die "no WireGuard handshake at A"
	busywait 5000 wg_shaken "$UE_B" || die "no WireGuard handshake at B"
	in_ns "$UE_B" wg set wg0 peer "$pub_a" persistent-keepalive 15
}

# links_wait NS...: until the kernel knows of each carrier, which takes it a second at most,
# of a clock that may stand while all is set up. IPv6 has no routes before.
links_wait()
{
	busywait 5000 links_ready "$@" || die "a device has no carrier"
}

links_ready()
{
	local ns

	for ns; do
		! ip -n "$ns" -o link show up | grep -qE 'NO-CARRIER|state (LOWERLAYER)?DOWN' || return
	done
}

# topo_up [DIRECT_DELAY_MS] [INFRA_DELAY_MS]: one way
topo_up()
{
	DIRECT_DELAY_MS=${1:-2}
	INFRA_DELAY_MS=${2:-25}
	modprobe -qa veth sch_netem wireguard nf_tables nft_nat nft_masq nft_ct ||
		die "the kernel lacks what selftests/config names"
	ns_add "$UE_A" "$UE_B" "$NAT_A" "$NAT_B" "$NET"
	defer topo_down
	direct_up
	operator_up "$UE_A" "$NAT_A" 192.168.10 198.51.100 to_a
	operator_up "$UE_B" "$NAT_B" 192.168.20 203.0.113 to_b
	path_netem infra
	links_wait "$UE_A" "$UE_B" "$NAT_A" "$NAT_B" "$NET"
	tunnel_up
}

topo_down()
{
	ns_del "$UE_A" "$UE_B" "$NAT_A" "$NAT_B" "$NET" 2> /dev/null
}

# path_netem direct|infra [NETEM_ARGS...]: in both directions; none: delay only
path_netem()
{
	local path=$1

	shift
	case $path in
	direct)
		set_netem "$UE_A" direct0 "$DIRECT_DELAY_MS" "$@"
		set_netem "$UE_B" direct0 "$DIRECT_DELAY_MS" "$@"
		;;
	infra)
		set_netem "$NET" to_a "$INFRA_DELAY_MS" "$@"
		set_netem "$NET" to_b "$INFRA_DELAY_MS" "$@"
		;;
	*)
		die "path_netem: no such path: $path"
		;;
	esac
}

# Nothing arrives any more and no device says so.
direct_cut()
{
	path_netem direct loss 100%
}

direct_restore()
{
	path_netem direct
}

# --- session ----------------------------------------------------------------

module_load()
{
	[ -d /sys/module/sidestep ] || insmod "$SIDESTEP_KO"
}

module_unload()
{
	rmmod sidestep
}

# module_left: what is still there of it, nothing if all is gone
module_left()
{
	local ns

	grep '^sidestep ' /proc/modules
	grep -m 3 '\[sidestep\]' /proc/kallsyms
	for ns in "$UE_A" "$UE_B"; do
		in_ns "$ns" nft list hooks 2> /dev/null | grep sidestep
		ip -n "$ns" -o link show p2p0 2> /dev/null
	done
}

# new_key NAME: into $TMP/NAME
new_key()
{
	(umask 077; "$SIDESTEP" genkey > "$TMP/$1")
}

# session_show NS: JSON of the session
session_show()
{
	in_ns "$1" "$SIDESTEP" -j show p2p0
}

# counter NS NAME
counter()
{
	session_show "$1" | "$PROGS/jget" "0.counters.$2"
}

# counter_is NS NAME VALUE
counter_is()
{
	[ "$(counter "$1" "$2")" = "$3" ]
}

# path_stat NS direct|infra FIELD
path_stat()
{
	session_show "$1" | "$PROGS/jget" "0.paths.path=$2.$3"
}

session_field()
{
	session_show "$1" | "$PROGS/jget" "0.$2"
}

paths_ready()
{
	[ "$(session_show "$1" | "$PROGS/jget" 0.paths.0.ready 0.paths.1.ready)" = $'true\ntrue' ]
}

state_is()
{
	[ "$(session_field "$1" state)" = "$2" ]
}

# both_are STATE
both_are()
{
	state_is "$UE_A" "$1" && state_is "$UE_B" "$1"
}

# mode_set NS MODE: who decides: auto, hold or manual
mode_set()
{
	set_files "$1" "/sys/class/net/p2p0/sidestep/mode=$2"
}

# session_add NS PEER4 PEER6 TX_KEY RX_KEY: the keys are files; decides nothing by
# itself
session_add()
{
	local ns=$1

	ip -n "$ns" link add p2p0 type sidestep
	mode_set "$ns" manual
	in_ns "$ns" "$SIDESTEP" set p2p0 id $SESSION_ID peer "$2" peer "$3" \
		tx-key "$4" rx-key "$5" direct direct0 infra wg0
	ip -n "$ns" link set p2p0 up
}

session_up()
{
	module_load || die "cannot load $SIDESTEP_KO"
	new_key key_ab
	new_key key_ba
	session_add "$UE_A" $B4 $B6 "$TMP/key_ab" "$TMP/key_ba"
	session_add "$UE_B" $A4 $A6 "$TMP/key_ba" "$TMP/key_ab"
	session_wait_ready
}

session_down()
{
	ip -n "$UE_A" link del p2p0
	ip -n "$UE_B" link del p2p0
}

session_wait_ready()
{
	busywait 10000 paths_ready "$UE_A" || die "paths not ready at A"
	busywait 10000 paths_ready "$UE_B" || die "paths not ready at B"
}

# session_restart STATE: both ends begin anew, in a new epoch
session_restart()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		ip -n "$ns" link set p2p0 down
		ip -n "$ns" link set p2p0 up
	done
	session_wait_ready
	switch_both "$1"
}

# fallback_up: what README tells those whose direct device may go: its address
# and its route once more
fallback_up()
{
	fallback_add "$UE_A" $A4 $A6
	fallback_add "$UE_B" $B4 $B6
}

# fallback_add NS IPV4 IPV6
fallback_add()
{
	ip -n "$1" -batch - <<- END
		addr add $2/32 dev p2p0
		route add 10.77.0.0/24 dev p2p0 metric 5000
		addr add $3/128 dev p2p0 nodad
		route add fd77::/64 dev p2p0 metric 5000
	END
}

# switch_both direct|bicast|infra: returns when both send so
switch_both()
{
	in_ns "$UE_A" "$SIDESTEP" switch p2p0 "$1" &&
		in_ns "$UE_B" "$SIDESTEP" switch p2p0 "$1" &&
		busywait 5000 state_is "$UE_A" "$1" &&
		busywait 5000 state_is "$UE_B" "$1"
}

# --- rules ------------------------------------------------------------------

# Every hook, from before everything else to after it.
HOOKS=(prerouting:-400 prerouting:-300 prerouting:0 input:-400 input:0
	forward:-400 forward:0 output:-400 output:0 postrouting:0 postrouting:300)

# tag_rules_up NS...: rules there count the tags that they see
tag_rules_up()
{
	local ns

	for ns; do
		tag_rules | in_ns "$ns" nft -f - || die "rules are refused"
	done
}

tag_rules()
{
	local i hook

	echo "table inet tags { counter tag { }"
	for i in "${!HOOKS[@]}"; do
		hook=${HOOKS[i]}
		cat <<- END
			chain tag_$i {
				type filter hook ${hook%:*} priority ${hook#*:};
				meta l4proto 253 counter name tag
			}
		END
	done
	echo "}"
}

# nft_count NS TABLE COUNTER: packets
nft_count()
{
	in_ns "$1" nft list counter inet "$2" "$3" | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

# tags_check PREFIX NS...: PREFIX is that of the points' names
tags_check()
{
	local prefix=$1 ns

	shift
	for ns; do
		test_eq "${prefix}no rule saw a tag at ${ns%-*}" "$(nft_count "$ns" tags tag)" 0
	done
}

# --- accounts ---------------------------------------------------------------

# What account_end has found: MOVED[a.tx_tagged], MOVED[b.infra.rx_packets]...
declare -A MOVED
ACCOUNT_COUNTERS=(tx_tagged tx_no_path tx_no_memory tx_no_route tx_refused
	rx_delivered rx_eliminated rx_skipped rx_late rx_old rx_overflow
	rx_no_memory rx_mac)
ACCOUNT_PATHS=(direct.tx_packets direct.rx_packets infra.tx_packets infra.rx_packets)

# account_read NS: one line per figure
account_read()
{
	session_show "$1" | "$PROGS/jget" "${ACCOUNT_COUNTERS[@]/#/0.counters.}" \
		"${ACCOUNT_PATHS[@]/#/0.paths.path=}"
}

account_begin()
{
	account_read "$UE_A" > "$TMP/account.a"
	account_read "$UE_B" > "$TMP/account.b"
}

# account_side a|b NS
account_side()
{
	local key before after

	while read -r key before after; do
		MOVED[$1.$key]=$((after - before))
	done < <(printf '%s\n' "${ACCOUNT_COUNTERS[@]}" "${ACCOUNT_PATHS[@]}" |
		paste -d ' ' - "$TMP/account.$1" <(account_read "$2"))
}

account_end()
{
	account_side a "$UE_A"
	account_side b "$UE_B"
}
