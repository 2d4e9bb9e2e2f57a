#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The helper's network part: what it sees of links, addresses and routes, its tunnel,
# which leaves by the modem alone, and fallback addresses. Topology: lib.sh, but the
# tunnel is wg-p2p0, made by netprobe at both ends, with addresses inside to ping; and
# other0, a device at A that leads nowhere and has a better default route.
#
# Guest: --icount
# Takes: 80
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

INNER_A=10.99.0.1 INNER_B=10.99.0.2
# netprobe's processes, and where to write to them; by name
declare -A PROBE_PID PROBE_IN

# --- netprobe ---------------------------------------------------------------

# probe_start NAME NS
probe_start()
{
	local fd

	rm -f "$TMP/$1.in"
	mkfifo "$TMP/$1.in"
	: > "$TMP/$1.out"
	# Not in_ns: its process must be the program itself.
	ip netns exec "$2" "$PROGS/netprobe" < "$TMP/$1.in" > "$TMP/$1.out" 2>> "$TMP/$1.err" &
	PROBE_PID[$1]=$!
	exec {fd}> "$TMP/$1.in"
	PROBE_IN[$1]=$fd
}

# probe_kill NAME: as if it had crashed
probe_kill()
{
	kill -KILL "${PROBE_PID[$1]}"
	wait "${PROBE_PID[$1]}" 2> /dev/null
	eval "exec ${PROBE_IN[$1]}>&-"
}

# said NAME LINES WORD: it has answered WORD since its output had LINES lines
said()
{
	tail -n +$(($2 + 1)) "$TMP/$1.out" | grep "^$3:"
}

# ask NAME WORD...: the answer is on stdout, without its first word
ask()
{
	local name=$1 lines answer

	shift
	lines=$(wc -l < "$TMP/$name.out")
	echo "$*" >&"${PROBE_IN[$name]}"
	busywait 5000 said "$name" "$lines" "$1" > "$TMP/answer" || echo "no answer"
	answer=$(tail -n 1 "$TMP/answer")
	echo "${answer#*: }"
}

# sees NAME TOKEN...: the last view has them
sees()
{
	local view token

	view="$(grep ^view "$TMP/$1.out" | tail -n 1) "
	shift
	for token; do
		[[ $view == *" $token"* ]] || return
	done
}

sees_not()
{
	! sees "$@"
}

# readiness NAME
readiness()
{
	local answer

	answer=$(ask "$1" read)
	echo "${answer%%;*}"
}

readiness_is()
{
	[ "$(readiness "$1")" = "$2" ]
}

# --- the view ---------------------------------------------------------------

view_seen()
{
	test_ok "view: $1" busywait 3000 sees view "${@:2}"
}

view_unseen()
{
	test_ok "view: $1" busywait 3000 sees_not view "${@:2}"
}

view_links()
{
	ip -n "$UE_A" link add x0 type veth peer name x1
	view_seen "a link is added" link/x0/veth/down/silent/1500
	ip -n "$UE_A" -batch - <<- END
		link set x0 mtu 1400
		link set x0 up
		link set x1 up
	END
	view_seen "it is up and has a carrier" link/x0/veth/up/carrier/1400
	ip -n "$UE_A" link set x1 down
	view_seen "its carrier is lost" link/x0/veth/up/silent/1400
	ip -n "$UE_A" link set x1 up
	ip -n "$UE_A" link set x0 down
	ip -n "$UE_A" link set x0 name y0
	ip -n "$UE_A" link set y0 up
	view_seen "it is renamed" link/y0/veth/up/carrier
	view_unseen "the old name is gone" link/x0/
}

view_addrs()
{
	ip -n "$UE_A" -batch - <<- END
		addr add 10.1.2.3/20 dev y0
		addr add fd01::3/56 dev y0 nodad
	END
	view_seen "addresses are added" addr/y0/10.1.2.3/20 addr/y0/fd01::3/56
	ip -n "$UE_A" addr change fd01::3/56 dev y0 preferred_lft 0
	view_unseen "one is deprecated" addr/y0/fd01::3/56
	ip -n "$UE_A" addr del 10.1.2.3/20 dev y0
	view_unseen "one is removed" addr/y0/10.1.2.3/20
}

view_tentative()
{
	set_files "$UE_A" /proc/sys/net/ipv6/conf/y0/accept_dad=1 \
		/proc/sys/net/ipv6/conf/all/accept_dad=1
	ip -n "$UE_A" addr add fd01::4/56 dev y0
	view_seen "an address that is tentative at first" addr/y0/fd01::4/56
	set_files "$UE_A" /proc/sys/net/ipv6/conf/all/accept_dad=0
}

view_routes()
{
	ip -n "$UE_A" -batch - <<- END
		addr add 10.1.2.3/24 dev y0
		route add default via 10.1.2.1 dev y0 metric 700
		route add default via fe80::1 dev y0 metric 800
	END
	view_seen "default routes are added" default/y0/10.1.2.1/700 default/y0/fe80::1/800
	ip -n "$UE_A" route add default via 10.1.2.2 dev y0 metric 600
	view_seen "a better one" default/y0/10.1.2.2/600
	ip -n "$UE_A" route del default via 10.1.2.2 dev y0 metric 600
	view_seen "it is removed" default/y0/10.1.2.1/700
	ip -n "$UE_A" route add default via 10.1.2.9 dev y0 table 77
	ip -n "$UE_A" route del default via 10.1.2.1 dev y0 metric 700
	view_seen "another table has one" default/y0/10.1.2.9/0
	ip -n "$UE_A" -6 route del default via fe80::1 dev y0
	view_unseen "that of IPv6 is removed" default/y0/fe80::1
	# The kernel does not tell of these.
	ip -n "$UE_A" link set y0 down
	view_unseen "it goes with the link" default/y0/
}

view_again()
{
	ip -n "$UE_A" link del y0
	view_unseen "a link is deleted" link/y0/
	ip -n "$UE_A" link add y0 type veth peer name x1
	view_seen "and is back under its name" link/y0/veth/down
	ip -n "$UE_A" link del y0
}

# More happens than the socket holds: all is read again.
view_flood()
{
	local i

	kill -STOP "${PROBE_PID[view]}"
	for ((i = 0; i < 1500; i++)); do
		echo "addr add 10.200.$((i / 250)).$((i % 250 + 1))/32 dev lo"
	done > "$TMP/flood"
	{ cat "$TMP/flood"; sed 's/ add / del /' "$TMP/flood"
	  echo "link add f0 type veth peer name f1"; } | ip -n "$UE_A" -batch -
	ip -n "$UE_A" addr add 10.200.9.9/32 dev lo
	kill -CONT "${PROBE_PID[view]}"
	test_ok "view: notifications are lost, and nothing else" busywait 5000 sees view link/f0/veth
	test_ok "view: nor are others left" sees_not view addr/lo/10.200.0.
	ip -n "$UE_A" addr del 10.200.9.9/32 dev lo
	view_unseen "what goes after that is seen, too" addr/lo/10.200.
	ip -n "$UE_A" link del f0
}

test_public()
{
	test_eq "public: addresses that are" "$(ask view public 8.8.8.8/32 9.255.255.255/8 \
		11.0.0.0/8 100.63.255.255/10 100.128.0.1/10 172.32.0.1/12 198.20.0.1/15 \
		2a00::1/64 2001:200::1/64 3fff:1000::1/64)" 10
	test_eq "public: addresses that are not" "$(ask view public 0.1.2.3/32 10.255.0.1/8 \
		100.64.0.1/10 100.127.255.255/10 127.0.0.1/8 169.254.1.1/16 172.31.255.255/12 \
		192.168.0.1/16 198.19.255.255/15 203.0.113.2/24 224.0.0.1/32 255.255.255.255/32 \
		::1/128 fe80::1/64 fd00::1/64 ff02::1/128 2001:db8::1/64 2001::1/64 2002::1/64 \
		3fff:fff::1/64 64:ff9b::1/96)" 0
}

test_view()
{
	probe_start view "$UE_A"
	echo watch >&"${PROBE_IN[view]}"
	view_seen "what is there" link/modem0/veth/up/carrier/1500 link/direct0/veth/up \
		"addr/direct0/$A4/24" "addr/direct0/$A6/64" addr/modem0/192.168.10.2/24 \
		default/modem0/192.168.10.1/100
	view_links
	view_addrs
	view_tentative
	view_routes
	view_again
	view_flood
	test_public
	probe_kill view
}

# --- the tunnel -------------------------------------------------------------

# keys NAME...: private keys in $TMP/NAME.wg, public ones in $TMP/NAME.pub
keys()
{
	local name

	for name; do
		(umask 077; wg genkey > "$TMP/$name.wg")
		wg pubkey < "$TMP/$name.wg" > "$TMP/$name.pub"
	done
}

# tunnel_open NAME [warm|cold]
tunnel_open()
{
	ask "$1" open wg-p2p0 modem0 $WG_PORT "$TMP/$1.wg" "${2:-warm}" 25
}

peer_a()
{
	ask a peer "$(< "$TMP/b.pub")" 203.0.113.2:$WG_PORT initiator $INNER_B/32 $B4/32 $B6/128
}

peer_b()
{
	ask b peer "$(< "$TMP/a.pub")" 198.51.100.2:$WG_PORT other $INNER_A/32 $A4/32 $A6/128
}

wg_of()
{
	in_ns "$1" wg show wg-p2p0 "$2" | cut -f 2
}

# keepalive_is NS SECONDS
keepalive_is()
{
	[ "$(wg_of "$1" persistent-keepalive)" = "$2" ]
}

ping_inner()
{
	in_ns "$UE_A" ping -q -c 1 -W 1 "$INNER_B" > /dev/null
}

ping_back()
{
	in_ns "$UE_B" ping -q -c 1 -W 2 "$INNER_A" > /dev/null
}

ping_fails()
{
	! ping_inner
}

inner_up()
{
	ip -n "$UE_A" addr add $INNER_A/24 dev wg-p2p0
	ip -n "$UE_B" addr add $INNER_B/24 dev wg-p2p0
}

# What leaves A for the other end of the tunnel, by whatever it leaves.
leak_rules()
{
	in_ns "$UE_A" nft -f - <<- END
		table inet leak {
			counter right { }
			counter wrong { }
			chain out {
				type filter hook postrouting priority 300;
				udp dport $WG_PORT oifname "modem0" counter name right
				udp dport $WG_PORT oifname != "modem0" counter name wrong
			}
		}
	END
}

leaks_none()
{
	test_eq "$1: nothing leaves by another device" "$(nft_count "$UE_A" leak wrong)" 0
}

# other_up: it has the best default route of the main table
other_up()
{
	ip -n "$UE_A" -batch - <<- END
		link add other0 type veth peer name other1
		addr add 172.31.0.1/24 dev other0
		link set other1 up
		link set other0 up
		neigh add 172.31.0.2 lladdr 02:00:00:00:00:02 dev other0
		route add default via 172.31.0.2 dev other0 metric 10
	END
}

tunnel_made()
{
	probe_start a "$UE_A"
	probe_start b "$UE_B"
	test_eq "tunnel: made at A" "$(tunnel_open a)" "done"
	test_eq "tunnel: made at B" "$(tunnel_open b)" "done"
	test_eq "tunnel: without a peer it says so" "$(readiness a)" "no peer"
	ask b peer "$(< "$TMP/a.pub")" - other $INNER_A/32 > /dev/null
	test_eq "tunnel: without an endpoint, too" "$(readiness b)" "no endpoint"
	test_eq "tunnel: B has its peer" "$(peer_b)" "done"
	test_eq "tunnel: B, which is not the initiator, keeps its endpoint back at first" \
		"$(wg_of "$UE_B" endpoints)" "(none)"
	inner_up
	test_ok "tunnel: B waits" busywait 5000 readiness_is b "no handshake"
	busywait 1500 false
	test_eq "tunnel: B, which is not the initiator, sends nothing by itself" \
		"$(wg_of "$UE_B" persistent-keepalive) $(wg_of "$UE_B" transfer)" "off 0"
	test_eq "tunnel: A has its peer" "$(peer_a)" "done"
	test_ok "tunnel: ready at A" busywait 5000 readiness_is a ready
	test_ok "tunnel: ready at B" busywait 5000 readiness_is b ready
	test_ok "tunnel: then B keeps it alive, too" busywait 3000 \
		keepalive_is "$UE_B" 25
	test_ok "tunnel: it carries" ping_inner
	test_eq "tunnel: its MTU" "$(cat_sys wg-p2p0/mtu)" 1420
}

cat_sys()
{
	in_ns "$UE_A" cat "/sys/class/net/$1" 2> /dev/null
}

tunnel_idle()
{
	busywait 1000 false
	test_eq "tunnel: nothing changes, nothing is asked" "$(ask a idle)" "0 requests"
	test_eq "tunnel: the same peer is told again, its endpoint stays" \
		"$(peer_a) $(wg_of "$UE_A" endpoints)" "done 203.0.113.2:$WG_PORT"
}

# What the kernel has counted by the modem is what the helper says.
tunnel_bytes()
{
	local answer counted

	answer=$(ask a read)
	answer=${answer#* tx }
	counted=$(in_ns "$UE_A" nft list counter inet leak right | sed -n 's/.*bytes \([0-9]*\).*/\1/p')
	test_eq "tunnel: its bytes, with all headers" \
		"${answer%% *}" "$counted"
}

tunnel_adopted()
{
	local shaken ifindex

	shaken=$(wg_of "$UE_A" latest-handshakes)
	ifindex=$(cat_sys wg-p2p0/ifindex)
	probe_kill a
	test_ok "adoption: the tunnel carries without its helper" ping_inner
	probe_start a "$UE_A"
	test_eq "adoption: by another process" "$(tunnel_open a)" "done"
	test_eq "adoption: it has its peer" "$(peer_a)" "done"
	test_eq "adoption: ready at once" "$(readiness a)" ready
	test_eq "adoption: the same device and handshake" \
		"$(cat_sys wg-p2p0/ifindex) $(wg_of "$UE_A" latest-handshakes)" "$ifindex $shaken"
	test_ok "adoption: it carries" ping_inner
}

tunnel_refused()
{
	probe_start c "$UE_A"
	ip -n "$UE_A" link add w0 type veth peer name w1
	test_eq "foreign: a device that is no WireGuard is refused" \
		"$(ask c open w0 modem0 0 "$TMP/a.wg" warm 25)" "File exists"
	ip -n "$UE_A" link del w0
	ip -n "$UE_A" link add w0 type wireguard
	in_ns "$UE_A" wg set w0 private-key "$TMP/c.wg" listen-port 4444
	test_eq "foreign: so is one with another key" \
		"$(ask c open w0 modem0 0 "$TMP/a.wg" warm 25)" "File exists"
	test_eq "foreign: it is not touched" \
		"$(in_ns "$UE_A" wg show w0 listen-port) $(in_ns "$UE_A" wg show w0 fwmark)" "4444 off"
	ip -n "$UE_A" link del w0
	test_eq "foreign: the log says what and why, once each" \
		"$(grep -c 'p2p0: tunnel w0: there is a device of that name' "$TMP/c.err")" 2
	probe_kill c
}

# The modem has a worse default route than another device, then none, then is down.
tunnel_bound()
{
	other_up
	test_ok "bound: another device has a better default route" ping_inner
	leaks_none "bound: a better route"
	ip -n "$UE_A" route del default dev modem0
	test_ok "bound: the modem has none" busywait 3000 readiness_is a "no route"
	test_ok "bound: the modem has none: nothing comes through" ping_fails
	leaks_none "bound: no route"
	ip -n "$UE_A" route add default via 192.168.10.1 dev modem0 metric 100
	test_ok "bound: it has one again: ready" busywait 3000 readiness_is a ready
	test_ok "bound: it has one again: it carries" ping_inner
	ip -n "$UE_A" link set modem0 down
	test_ok "bound: the modem is down: nothing comes through" ping_fails
	test_eq "bound: the modem is down" "$(readiness a)" "no route"
	leaks_none "bound: modem down"
	ip -n "$UE_A" link set modem0 up
	ip -n "$UE_A" route add default via 192.168.10.1 dev modem0 metric 100
	test_ok "bound: it is up again: it carries" busywait 5000 ping_inner
	leaks_none "bound: modem up"
}

# Others may clean up what they do not know.
tunnel_mended()
{
	local mark

	mark=$(in_ns "$UE_A" wg show wg-p2p0 fwmark)
	ip -n "$UE_A" rule flush
	ip -n "$UE_A" rule add lookup main pref 32766
	ip -n "$UE_A" route flush table "$((mark))"
	test_ok "mended: a rule that was flushed" busywait 3000 rule_there -4
	test_ok "mended: routes that were flushed" busywait 3000 route_there "$mark" modem0
	test_ok "mended: behind them nothing" busywait 3000 route_there "$mark" unreachable
	ip -n "$UE_A" link del wg-p2p0
	test_ok "mended: the device is made again" busywait 3000 in_ns "$UE_A" [ -e /sys/class/net/wg-p2p0 ]
	ip -n "$UE_A" addr add $INNER_A/24 dev wg-p2p0
	test_ok "mended: with its peer" busywait 12000 ping_inner
	leaks_none mended
}

# rule_there -4|-6
rule_there()
{
	ip -n "$UE_A" "$1" rule show | grep -q '^990:.*fwmark.*lookup'
}

# route_there TABLE WORD
route_there()
{
	ip -n "$UE_A" route show table "$(($1))" 2> /dev/null | grep -qw "$2"
}

# The second family has no world here: only what is set is looked at.
tunnel_ipv6()
{
	local mark table

	mark=$(in_ns "$UE_A" wg show wg-p2p0 fwmark)
	table=$((mark))
	ip -n "$UE_A" route add default via fe80::1 dev modem0 metric 300
	test_ok "ipv6: the modem's default route" busywait 3000 \
		eval "ip -n $UE_A -6 route show table $table | grep -q 'via fe80::1 dev modem0'"
	test_ok "ipv6: behind it nothing" \
		eval "ip -n $UE_A -6 route show table $table | grep -q '^unreachable default'"
	test_ok "ipv6: a rule" rule_there -6
	ip -n "$UE_A" -6 route del default
	test_ok "ipv6: it goes with the modem's" busywait 3000 \
		eval "! ip -n $UE_A -6 route show table $table | grep -q modem0"
}

# modem_back ADDRESS: it is plugged in again
modem_back()
{
	ip link add modem0 netns "$UE_A" type veth peer name lan netns "$NAT_A"
	ip -n "$NAT_A" -batch - <<- END
		addr add 192.168.10.1/24 dev lan
		link set lan up
	END
	ip -n "$UE_A" -batch - <<- END
		addr add $1/24 dev modem0
		link set modem0 up
		route add default via 192.168.10.1 metric 100
	END
}

# received_more BYTES: at B, which A must reach without anybody who asks for it
received_more()
{
	[ "$(in_ns "$UE_B" wg show wg-p2p0 transfer | cut -f 2)" -gt "$1" ]
}

tunnel_modem_gone()
{
	local before since

	ip -n "$UE_A" link del modem0
	test_ok "modem: gone" busywait 3000 readiness_is a "no modem"
	test_ok "modem: gone: nothing comes through" ping_fails
	leaks_none "modem gone"
	before=$(in_ns "$UE_B" wg show wg-p2p0 transfer | cut -f 2)
	modem_back 192.168.10.77
	since=$(now_ms)
	test_ok "modem: back with another address: B hears within 5 s" busywait 5000 received_more "$before"
	diag "after $(($(now_ms) - since)) ms"
	test_ok "modem: and finds A there" ping_back
	test_eq "modem: ready" "$(readiness a)" ready
	leaks_none "modem back"
}


# No key is left, so there must be a handshake; by itself the kernel tries every 5 s.
tunnel_modem_long_gone()
{
	local since gone

	for gone in 200 192 184; do
		ip -n "$UE_A" link del modem0
		sleep $gone
		test_eq "modem: gone for $gone s" "$(readiness a)" "no modem"
		modem_back 192.168.10.$gone
		since=$(now_ms)
		test_ok "modem: gone for $gone s: ready within a second" \
			busywait 1000 readiness_is a ready
		diag "after $(($(now_ms) - since)) ms"
		test_ok "modem: gone for $gone s: it carries" ping_inner
	done
	leaks_none "modem long gone"
}

is_down()
{
	ip -n "$UE_A" -o link show wg-p2p0 | grep -vq '[<,]UP[,>]'
}

tunnel_cold()
{
	probe_kill a
	probe_start a "$UE_A"
	test_eq "cold: adopted" "$(tunnel_open a cold) $(peer_a)" "done done"
	test_ok "cold: down" busywait 2000 is_down
	test_eq "cold: says so" "$(readiness a)" cold
	ask a need yes > /dev/null
	test_ok "cold: needed, it is ready" busywait 7000 readiness_is a ready
	test_ok "cold: needed, it carries" ping_inner
	ask a need no > /dev/null
	test_ok "cold: not needed any more" busywait 2000 is_down
}

tunnel_removed()
{
	local mark

	mark=$(in_ns "$UE_A" wg show wg-p2p0 fwmark)
	test_eq "removed" "$(ask a close remove)" "done"
	test_eq "removed: device, rules and routes" \
		"$(ip -n "$UE_A" -o link show wg-p2p0 2> /dev/null)$(ip -n "$UE_A" rule show |
		grep ^990:)$(ip -n "$UE_A" -6 rule show | grep ^990:)$(ip -n "$UE_A" route show \
		table "$((mark))" 2> /dev/null)$(ip -n "$UE_A" -6 route show table "$((mark))" 2> /dev/null)" ""
	probe_kill a
	probe_kill b
}

test_tunnel()
{
	keys a b c
	leak_rules
	tunnel_made
	tunnel_bytes
	tunnel_idle
	tunnel_adopted
	tunnel_refused
	tunnel_ipv6
	tunnel_bound
	tunnel_mended
	tunnel_modem_gone
	tunnel_modem_long_gone
	tunnel_cold
	tunnel_removed
}

# --- fallback ---------------------------------------------------------------

# session_device: anything with a name will do
session_device()
{
	ip -n "$UE_A" link add s0 type veth peer name s1
	set_files "$UE_A" /proc/sys/net/ipv6/conf/all/accept_dad=1 \
		/proc/sys/net/ipv6/conf/s0/accept_dad=1
}

fallback_settled()
{
	[ "$(ask fallback fallback s0 "$@")" = "done, 0 requests" ]
}

test_fallback()
{
	session_device
	probe_start fallback "$UE_A"
	test_ok "fallback: addresses while the device is down" busywait 2000 \
		fallback_settled $A4/24 $A6/64 fe80::77/64
	ip -n "$UE_A" link set s1 up
	ip -n "$UE_A" link set s0 up
	test_ok "fallback: routes when it is up, and then it rests" busywait 2000 \
		fallback_settled $A4/24 $A6/64 fe80::77/64
	test_eq "fallback: IPv4" "$(ip -n "$UE_A" -4 -o addr show dev s0 | awk '{ print $4 }')" $A4/32
	test_eq "fallback: IPv6" "$(ip -n "$UE_A" -6 -o addr show dev s0 scope global |
		awk '{ print $4 }')" $A6/128
	test_eq "fallback: not tentative" \
		"$(ip -n "$UE_A" -6 -o addr show dev s0 scope global tentative)" ""
	test_eq "fallback: routes" "$(ip -n "$UE_A" route show dev s0 |
		grep -o '^10.77.0.0/24.* metric 5000') $(ip -n "$UE_A" -6 route show dev s0 |
		grep -o '^fd77::/64 .*metric 5000')" \
		"10.77.0.0/24 proto 83 scope link src $A4 metric 5000 fd77::/64 proto 83 src $A6 metric 5000"
	fallback_other
	probe_kill fallback
}

# The direct link has other addresses now.
fallback_other()
{
	test_ok "fallback: other addresses" busywait 2000 fallback_settled 10.78.1.1/16 fd78::1/48
	test_eq "fallback: the old ones are gone" "$(ip -n "$UE_A" -o addr show dev s0 scope global |
		awk '{ print $4 }' | xargs)" "10.78.1.1/32 fd78::1/128"
	test_eq "fallback: the old routes are gone" \
		"$(ip -n "$UE_A" route show dev s0 | cut -d ' ' -f 1) $(ip -n "$UE_A" -6 route show dev s0 metric 5000 |
		cut -d ' ' -f 1)" "10.78.0.0/16 fd78::/48"
	ip -n "$UE_A" link set s0 down
	ip -n "$UE_A" link set s0 up
	test_ok "fallback: it was down: all is there again" busywait 2000 \
		fallback_settled 10.78.1.1/16 fd78::1/48
	test_eq "fallback: it was down: the routes, too" \
		"$(ip -n "$UE_A" route show dev s0 | cut -d ' ' -f 1) $(ip -n "$UE_A" -6 route show dev s0 metric 5000 |
		cut -d ' ' -f 1)" "10.78.0.0/16 fd78::/48"
	test_ok "fallback: none" busywait 2000 fallback_settled
	test_eq "fallback: nothing is left" "$(ip -n "$UE_A" -o addr show dev s0 scope global)$(ip -n "$UE_A" \
		route show dev s0)" ""
}

# --- all --------------------------------------------------------------------

hosts_up()
{
	DIRECT_DELAY_MS=1
	modprobe -qa veth sch_netem wireguard nf_tables nft_nat nft_masq nft_ct ||
		die "the kernel lacks what selftests/config names"
	ns_add "$UE_A" "$UE_B" "$NAT_A" "$NAT_B" "$NET"
	defer topo_down
	direct_up
	operator_up "$UE_A" "$NAT_A" 192.168.10 198.51.100 to_a
	operator_up "$UE_B" "$NAT_B" 192.168.20 203.0.113 to_b
	ip -n "$UE_A" route replace default via 192.168.10.1 metric 100
	ip -n "$UE_A" route del default via 192.168.10.1 metric 0
}

ktap_header
hosts_up
test_view
test_tunnel
test_fallback
ktap_plan "$KTAP_COUNT"
for name in a b view fallback; do
	[ ! -s "$TMP/$name.err" ] || diag "$name said: $(tr '\n' '|' < "$TMP/$name.err")"
done
ktap_end
