# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh and helpers.sh, by the tests with two operators: each has a
# carrier-grade NAT before its UE, and a ProSe Function outside of it.
#
#   ue_a                                                        ue_b
#   direct0 10.77.0.1/24 fd77::1/64 ---- netem ---- direct0 10.77.0.2/24 fd77::2/64
#   modem0 192.168.10.2/24                       modem0 192.168.20.2/24
#      |                                                           |
#   (home_a, if there are two NATs)                                |
#      |                                                           |
#   nat_a  wan 198.51.100.2                      nat_b  wan 203.0.113.2
#      |                                                           |
#   net -------------------------------------------------------- net
#      |                                                           |
#   pf_a   wan 192.0.2.10, 2001:db8:a::10        pf_b   wan 192.0.2.18, 2001:db8:b::10
#
# Every link to net has half of the delay between two hosts, in each direction.

# Names and figures below are for those who source this file.
# shellcheck disable=SC2034
PF_A=pf_a-$$ PF_B=pf_b-$$ HOME_A=home_a-$$
PF_A4=192.0.2.10 PF_B4=192.0.2.18
PF_A6=2001:db8:a::10 PF_B6=2001:db8:b::10
# Of a UE that has IPv6 only
MODEM_A6=2001:db8:10::2

# What a NAT is: eim (endpoint-independent mapping, address- and port-dependent
# filtering), symmetric (another port for each destination), double (eim twice), or
# ipv6 (none, but a firewall that knows states). Of A and of B.
MNO_NAT_A=eim MNO_NAT_B=eim
# Not empty: both hosts let nobody in whom they have not asked.
MNO_GUARD=

# mno_translation KIND: of what leaves by wan
mno_translation()
{
	case $1 in
	eim | double) echo 'oifname "wan" masquerade' ;;
	symmetric) echo 'oifname "wan" masquerade random,fully-random' ;;
	ipv6) ;;
	*) die "no such NAT: $1" ;;
	esac
}

# mno_nat_rules KIND
mno_nat_rules()
{
	cat <<- END
		table inet cgn {
			chain input {
				type filter hook input priority 0; policy drop;
				iifname != "wan" accept
				meta l4proto ipv6-icmp accept
				ct state established,related accept
			}
			chain forward {
				type filter hook forward priority 0; policy drop;
				iifname "lan" accept
				ct state established,related accept
				ct status dnat accept
			}
			chain postrouting {
				type nat hook postrouting priority 100;
				$(mno_translation "$1")
			}
		}
	END
}

# lib.sh's operator_up asks with the UE's address.
nat_rules()
{
	case $1 in
	192.168.10.*) mno_nat_rules "$MNO_NAT_A" ;;
	*) mno_nat_rules "$MNO_NAT_B" ;;
	esac
}

# mno_link NS NET_DEVICE ADDR4/LEN NET_ADDR4 ADDR6 NET_ADDR6: a host of the internet
mno_link()
{
	local ns=$1 dev=$2

	ip link add wan netns "$ns" type veth peer name "$dev" netns "$NET"
	ip -n "$NET" -batch - <<- END
		addr add $4/${3#*/} dev $dev
		addr add $6/64 dev $dev nodad
		link set $dev up
	END
	ip -n "$ns" -batch - <<- END
		addr add $3 dev wan
		addr add $5/64 dev wan nodad
		link set wan up
		route add default via $4
		route add default via $6
	END
	# Else relays are not the kernel's.
	set_files "$ns" "$(rx_cpu wan)" /proc/sys/net/ipv4/ip_forward=1 \
		/proc/sys/net/ipv6/conf/all/forwarding=1
	set_files "$NET" "$(rx_cpu "$dev")"
}

# The UE's side of a home's router, whose other side is the operator's customer.
mno_home_up()
{
	ip -n "$UE_A" link del modem0
	ip link add wan netns "$HOME_A" type veth peer name lan netns "$NAT_A"
	ip link add modem0 netns "$UE_A" type veth peer name lan netns "$HOME_A"
	ip -n "$NAT_A" -batch - <<- END
		addr add 192.168.10.1/24 dev lan
		link set lan up
	END
	ip -n "$HOME_A" -batch - <<- END
		addr add 192.168.10.9/24 dev wan
		link set wan up
		addr add 192.168.30.1/24 dev lan
		link set lan up
		route add default via 192.168.10.1
	END
	ip -n "$UE_A" -batch - <<- END
		addr add 192.168.30.2/24 dev modem0
		link set modem0 up
		route add default via 192.168.30.1
	END
	set_files "$HOME_A" /proc/sys/net/ipv4/ip_forward=1
	mno_nat_rules eim | in_ns "$HOME_A" nft -f -
}

# A has IPv6 only, and a firewall instead of a NAT.
mno_ipv6_up()
{
	ip -n "$UE_A" -4 addr flush dev modem0
	ip -n "$NAT_A" -batch - <<- END
		addr add 2001:db8:10::1/64 dev lan nodad
		addr add 2001:db8:1::2/64 dev wan nodad
		route add default via 2001:db8:1::1
	END
	ip -n "$NET" -batch - <<- END
		addr add 2001:db8:1::1/64 dev to_a nodad
		route add 2001:db8:10::/64 via 2001:db8:1::2
	END
	ip -n "$UE_A" -batch - <<- END
		addr add $MODEM_A6/64 dev modem0 nodad
		route add default via 2001:db8:10::1
	END
	set_files "$NAT_A" /proc/sys/net/ipv6/conf/all/forwarding=1
}

# mno_guard A|B: a host that lets nobody in whom it has not asked
mno_guard()
{
	in_ns "$(helper_ns "$1")" nft -f - <<- END
		table inet guard {
			chain input {
				type filter hook input priority 0; policy drop;
				iifname { "lo", "direct0", "p2p0" } accept
				meta l4proto ipv6-icmp accept
				ct state established,related accept
			}
		}
	END
}

mno_down()
{
	ns_del "$PF_A" "$PF_B" "$HOME_A" 2> /dev/null
	topo_down
}

MNO_DEFERRED=
# mno_up: the topology, as MNO_NAT_A and MNO_NAT_B have it
mno_up()
{
	local ns

	DIRECT_DELAY_MS=2 INFRA_DELAY_MS=25
	modprobe -qa veth sch_netem wireguard nf_tables nft_nat nft_masq nft_ct nft_numgen ||
		die "the kernel lacks what selftests/config names"
	ns_add "$UE_A" "$UE_B" "$NAT_A" "$NAT_B" "$NET" "$PF_A" "$PF_B" "$HOME_A"
	[ -n "$MNO_DEFERRED" ] || defer mno_down
	MNO_DEFERRED=1
	direct_up
	operator_up "$UE_A" "$NAT_A" 192.168.10 198.51.100 to_a
	operator_up "$UE_B" "$NAT_B" 192.168.20 203.0.113 to_b
	set_files "$NET" /proc/sys/net/ipv6/conf/all/forwarding=1
	mno_link "$PF_A" to_pf_a $PF_A4/29 192.0.2.9 $PF_A6 2001:db8:a::1
	mno_link "$PF_B" to_pf_b $PF_B4/29 192.0.2.17 $PF_B6 2001:db8:b::1
	[ "$MNO_NAT_A" != double ] || mno_home_up
	[ "$MNO_NAT_A" != ipv6 ] || mno_ipv6_up
	[ -z "$MNO_GUARD" ] || { mno_guard A && mno_guard B; }
	path_netem infra
	links_wait "$UE_A" "$UE_B" "$NAT_A" "$NAT_B" "$NET" "$PF_A" "$PF_B"
}

# signalling_netem [NETEM_ARGS...]: of both functions, that is of all that is told
signalling_netem()
{
	local ns dev half

	half=$(mno_half)
	for ns in "$PF_A" "$PF_B"; do
		set_netem "$ns" wan "$half" "$@"
	done
	for dev in to_pf_a to_pf_b; do
		set_netem "$NET" $dev "$half" "$@"
	done
}

# signalling_loss PERCENT: of what is said to functions and by them, each way; what they
# relay is left alone. It is lost on its way: a sender that drops its own is told so.
signalling_loss()
{
	in_ns "$NET" nft -f - <<- END
		table inet loss
		delete table inet loss
		table inet loss {
			chain forward {
				type filter hook forward priority 0;
				udp dport { 5684, 5694 } numgen random mod 100 < $1 drop
				udp sport { 5684, 5694 } numgen random mod 100 < $1 drop
			}
		}
	END
}

# mno_half: of the delay between two hosts, in ms
mno_half()
{
	echo "$((INFRA_DELAY_MS / 2)).$((INFRA_DELAY_MS % 2 * 5))"
}

# lib.sh's, for other links
path_netem()
{
	local path=$1 dev half

	shift
	if [ "$path" = direct ]; then
		set_netem "$UE_A" direct0 "$DIRECT_DELAY_MS" "$@"
		set_netem "$UE_B" direct0 "$DIRECT_DELAY_MS" "$@"
		return
	fi
	half=$(mno_half)
	for dev in to_a to_b; do
		set_netem "$NET" $dev "$half" "$@"
	done
	set_netem "$NAT_A" wan "$half" "$@"
	set_netem "$NAT_B" wan "$half" "$@"
	signalling_netem "$@"
}

# --- functions --------------------------------------------------------------

PROSEFD=${PROSEFD:-$ROOT_DIR/userspace/mno/prosefd}
PROSEFCTL=${PROSEFCTL:-$ROOT_DIR/userspace/ctl/prosefctl}
# In a kernel tree they are built beside the test programs.
[ -x "$PROSEFD" ] || PROSEFD=$PROGS/prosefd
[ -x "$PROSEFCTL" ] || PROSEFCTL=$PROGS/prosefctl
# Of the UEs; with one operator both are a's.
declare -A MNO_EPUID=([A]=ue-a@a.example [B]=ue-b@b.example)
MNO_WINDOW_S=3600
# More lines for the section [Function] of both, and for the session of both.
MNO_LINES=()
declare -A PROSEF
# Of the last order that was given by hand: above those of the functions.
MNO_ORDER=1000

# mno_one: both UEs are of the same operator
mno_one()
{
	MNO_EPUID[B]=ue-b@a.example
}

# mno_pfid A|B: of that UE's function
mno_pfid()
{
	echo "${MNO_EPUID[$1]#*@}"
}

mno_pki()
{
	local pki=$TMP/pki side

	mkdir -m 0700 "$pki"
	"$LIB_DIR/pki.sh" authority "$pki" ues
	"$LIB_DIR/pki.sh" authority "$pki" functions
	for side in a b; do
		"$LIB_DIR/pki.sh" issue "$pki" ues pf-$side $side.example
		"$LIB_DIR/pki.sh" issue "$pki" functions peer-$side $side.example
	done
	"$LIB_DIR/pki.sh" issue "$pki" ues ue-a "${MNO_EPUID[A]}"
	"$LIB_DIR/pki.sh" issue "$pki" ues ue-b "${MNO_EPUID[B]}"
}

# prosef_ns A|B
prosef_ns()
{
	local ns=PF_$1

	echo "${!ns}"
}

# prosef_conf A|B [LINE...]
prosef_conf()
{
	local side=$1 l=${1,} other addr4=PF_${1}4 addr6=PF_${1}6 peer

	other=$(other "$side")
	peer=PF_${other}4
	shift
	cat <<- END
		[Function]
		PFID=$l.example
		Listen=[::]
		Certificate=$TMP/pki/pf-$l.pem
		Key=$TMP/pki/pf-$l.key
		Authority=$TMP/pki/ues.pem
		ListenPeers=${!addr4}
		PeerCertificate=$TMP/pki/peer-$l.pem
		PeerKey=$TMP/pki/peer-$l.key
		PeerAuthority=$TMP/pki/functions.pem
		RelayAddress=${!addr4} [${!addr6}]
		MaxWindow=$MNO_WINDOW_S
		$(printf '%s\n' "$@")

		[Peer]
		PFID=${other,}.example
		Address=${!peer}
	END
}

# prosef_start A|B: or again
prosef_start()
{
	local dir=$TMP/prosefd.${1,}

	if [ ! -d "$dir" ]; then
		mkdir "$dir"
		prosef_conf "$1" "${MNO_LINES[@]}" > "$dir/conf"
	fi
	# Not in_ns: its process must be the program itself.
	PROSEFD_CONTROL=$dir/control ip netns exec "$(prosef_ns "$1")" \
		"$PROSEFD" --config "$dir/conf" --state "$dir" 2>> "$dir/log" &
	PROSEF[$1]=$!
}

# prosef_end A|B SIGNAL
prosef_end()
{
	kill "-$2" "${PROSEF[$1]}"
	wait "${PROSEF[$1]}" 2> /dev/null
	unset "PROSEF[$1]"
}

prosefs_kill()
{
	kill -KILL "${PROSEF[@]}" 2> /dev/null
}

# prosef_ctl A|B ARGS...
prosef_ctl()
{
	PROSEFD_CONTROL=$TMP/prosefd.${1,}/control "$PROSEFCTL" "${@:2}"
}

# prosef_logged A|B REGEX
prosef_logged()
{
	grep -qE "$2" "$TMP/prosefd.${1,}/log"
}

# --- UEs --------------------------------------------------------------------

# helpers.sh's, with an operator and without an endpoint
helper_conf()
{
	local side=$1 l=${1,} peer function

	peer=$(other "$side")
	function=$(mno_pfid "$side")
	function=PF_${function%%.*}4
	function=${function/a4/A4} function=${function/b4/B4}
	[ "$side$MNO_NAT_A" != Aipv6 ] || function=${function%4}6
	function=${!function}
	[[ $function != *:* ]] || function="[$function]:5684"
	shift
	cat > "$(helper_dir "$side")/conf" <<- END
		[Host]
		Name=ue-$l

		[Mno]
		Function=$function
		Certificate=$TMP/pki/ue-$l.pem
		Key=$TMP/pki/ue-$l.key
		Authority=$TMP/pki/ues.pem

		[Session p2p0]
		Peer=ue-${peer,}
		PeerKey=${HELPER_KEY[$peer]}
		PeerEPUID=${MNO_EPUID[$peer]}
		Direct=direct0
		Modem=modem0
		ListenPort=$WG_PORT
		$(printf '%s\n' "$@")
	END
}

mno_logs()
{
	local side

	helper_logs
	for side in A B; do
		tail -n 40 "$TMP/prosefd.${side,}/log" | sed "s/^/# function $side: /"
	done
}

# mno_agreed A|B: with its function, which has its key since: an agreement from before the
# two have met has none
mno_agreed()
{
	awk '/: met .*, with new keys/ { agreed = 0 }
		/agreed with the function|agreement.* is confirmed/ { agreed = 1 }
		END { exit !agreed }' "$(helper_dir "$1")/log"
}

mno_both_agreed()
{
	met && mno_agreed A && mno_agreed B
}

# mno_start: topology, functions, helpers, until all is agreed
mno_start()
{
	mno_up
	mno_run
}

# mno_run: the same, of a topology that is there
mno_run()
{
	mno_pki
	defer prosefs_kill
	prosef_start A
	prosef_start B
	module_load || die "cannot load $SIDESTEP_KO"
	helper_init
	helper_conf A "${HELPER_LINES[@]}"
	helper_conf B "${HELPER_LINES[@]}"
	defer helpers_kill
	helper_start A
	helper_start B
	busywait 30000 mno_both_agreed || { mno_logs; die "nothing was agreed on"; }
}

# mno_stop: all of it, so that mno_start can make another
mno_stop()
{
	helpers_kill
	prosefs_kill
	wait "${HELPER[@]}" "${PROSEF[@]}" 2> /dev/null
	HELPER=() PROSEF=() MNO_ORDER=1000
	mno_down
	rm -rf "$TMP/pki" "$TMP"/prosefd.? "$TMP"/helper.?
}

# --- what is seen -----------------------------------------------------------

# mno_rows A|B subscribers|agreements|sessions|relays KEY...: one line for each
mno_rows()
{
	local rows row i=0 keys=("${@:3}")

	rows=$(prosef_ctl "$1" -j "$2")
	while row=$("$PROGS/jget" "${keys[@]/#/$i.}" <<< "$rows" 2> /dev/null); do
		paste -s -d ' ' <<< "$row"
		i=$((i + 1))
	done
}

# function_says direct|"by the relay": how A's connects a session
function_says()
{
	prosef_logged A "session [^ ]* .*: $1\$"
}

# mno_decide A|B DECISION: as a rule would, at that host
mno_decide()
{
	MNO_ORDER=$((MNO_ORDER + 1))
	in_ns "$(helper_ns "$1")" "$SIDESTEP" trigger order p2p0 "$2" id $MNO_ORDER reason test
}

# mno_is_over: no function has a session or a relay, and no host an endpoint
mno_is_over()
{
	local side

	for side in A B; do
		[ -z "$(mno_rows $side sessions session)$(mno_rows $side relays session)" ] &&
			! in_ns "$(helper_ns $side)" wg show wg-p2p0 endpoints | grep -q '[0-9]:' || return
	done
}

# cmd_fail_says REGEX COMMAND...
cmd_fail_says()
{
	local said

	said=$(cmd_fail "${@:2}") && grep -qE "$1" <<< "$said"
}
