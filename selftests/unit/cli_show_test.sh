#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the command line makes of what the kernel and the helper say, and whether documents
# have the same names: `selftests/unit/cli_show_test.sh` at the root of the checkout. Builds
# what it needs.

set -eu

CC=${CC:-cc}
NAMES=kmod/uapi/linux/sidestep.h
MAN=userspace/man/sidestep.8
SPEC=docs/netlink/sidestep.yaml

# shellcheck source=selftests/unit/cli.sh
. "$(dirname "$0")/cli.sh"

# feed TEXT ARGS...: cli_feed prints TEXT
feed()
{
	local text=$1

	shift
	"$TMP/cli_feed" "$@" > "$TMP/out" 2>&1
	diff <(printf '%s\n' "$text") "$TMP/out"
}

# Of common/ it takes what it uses, and only the libraries for that.
build()
{
	local flags=(-std=gnu11 -g -Wall -Wextra -Werror "-fsanitize=address,undefined"
		-fno-sanitize-recover=all -D_GNU_SOURCE -Ikmod/uapi)
	local file

	for file in userspace/common/*.c; do
		"$CC" "${flags[@]}" -c -o "$TMP/$(basename "$file" .c).o" "$file"
	done
	ar rcs "$TMP/common.a" "$TMP"/*.o
	"$CC" "${flags[@]}" -o "$TMP/cli_feed" selftests/unit/cli_feed.c \
		userspace/cli/{cgroup,cli,flows,helper_print,page,print,print_json,protect,request}.c \
		"$TMP/common.a" -lmnl -lcbor
}

# --- what the kernel says ----------------------------------------------------

refusal()
{
	feed "sidestep: set p2p0: $1"$'\n'"sidestep: set p2p0: $1" extack "$2" "$3"
}

test_extack()
{
	ok "extack names the word" \
		refusal "infra 'eth0': not a layer-3 device" eth0 "not a layer-3 device"
	ok "extack names the right peer" \
		refusal "peer 'fd00::2': given twice" fd00::2 "given twice"
	ok "the word is not repeated" \
		refusal "infra 'eth0': no such device" eth0 "infra: no such device"
	ok "extack without a word" \
		refusal "the session has no tx-key" none "the session has no tx-key"
	ok "extack without text" refusal "no such device" p2p0 ""
}

test_print()
{
	local name

	ok "show" feed "$(cat <<-END
	session: lo
	  id:          7
	  peers:       10.0.0.2, fd00::2, 10.88.0.0/16, fd88::/64
	  protect:     proto tcp sport 1024-65535 dport 22, mark 0x1/0xff dscp 46 uid 1000-1999 cgroup #18446744073709551615
	  budget:      19.53 KiB/s, 128.00 KiB at once, 1000 B of the day's 1.00 MiB
	  important:   dscp 46
	  state:       bicast (wanted: infra, peer wants: bicast)
	  decision:    prepare: signal -74.5 dBm < -72.0 dBm for 160 ms
	  delay diff:  23.4 ms, direct is slower
	  playout:     500 us

	  direct:      lo, ready
	    rtt:       4.1 ms, varies by 200 us
	    link:      alive, 5.0 % of the probes lost, signal -74.50 dBm
	    sent:      9.77 KiB in 10008 packets
	    spent:     1019 B alone, 1020 B as copies, 1021 B to switch, 1022 B in probes
	    received:  9.78 KiB in 10010 packets
	    probes:    10012 sent, 10013 answered

	  infra:       wg0, not ready, silent for 3.2 s
	    rtt:       52.0 ms, varies by 200 us
	    link:      gone
	    sent:      19.54 KiB in 20008 packets
	    spent:     1.97 KiB alone, 1.97 KiB as copies, 1.97 KiB to switch, 1.97 KiB in probes
	    received:  19.54 KiB in 20010 packets
	    missed:    10015 that came by the other path alone
	    probes:    20012 sent, 20013 answered

	  counters:
	$(counter_values | awk '$2 { printf "    %-16s%s\n", $1, $2 }')
	END
	)" text lo
	ok "show: not configured" feed "$(cat <<-END
	session: lo
	  id:          not configured yet
	  state:       direct (wanted: direct, peer wants: not known yet)
	END
	)" bare lo
	ok "flows: the last used first" feed "$(cat <<-END
	Proto  Local           Peer          Sent direct  Sent infra  Got direct  Got infra  Copies  Idle   User  Inode
	tcp    [fd00::2]:5000  [fd00::2]:22  10/11        20/21       12/13       22/23      5       12 ms  -     -
	89     10.0.0.2        10.0.0.2      10/11        20/21       12/13       22/23      5       20 s   -     -
	udp    10.0.0.2:5000   10.0.0.2:22   10/11        20/21       12/13       22/23      5       60 s   1000  123456
	END
	)" flows text
	"$TMP/cli_feed" colour lo > "$TMP/colour"
	ok "colours alone differ" feed "$(sed 's/\x1b\[[0-9]*m//g' "$TMP/colour")" text lo
	ok "colours are there" grep -q $'\x1b''\[32mready' "$TMP/colour"
	name=$'a\x1b[2Jb'
	ok "show: control characters" \
		grep -qx "session: a?\[2Jb" <("$TMP/cli_feed" text "$name")
}

# helper_text: what show says of sidestepd, between the name and what the kernel says
helper_text()
{
	cat <<-END
	session: lo
	  peer:        bob, met for 3 min 20 s
	  carried by:  both paths, a copy on each, as the peer wants it
	  radio:       -61.25 dBm 0.1 s ago, 1.2 % of the frames sent again, 0.0 % of the frames given up
	  standby:     ready; wg0 to 192.0.2.1:51820, handshake 12 s ago
	  modem:       wwan0, connected, One ?[2J
	  function:    registered, agreement 3, the peer by the relay (order 17)
	  costs:       488.28 KiB a day for the standby
	$("$TMP/cli_feed" text lo | sed 1d)
	$(missing_text p2p9)
	END
}

# missing_text DEV: what show says of the session that the kernel does not have
missing_text()
{
	cat <<-END
	session: $1
	  peer:        eve, not met yet
	  problem:     the direct device wlan9 is missing
	  carried by:  nothing: the kernel does not have the session
	  standby:     not ready, no modem
	  function:    not registered: no way
	END
}

helper_json()
{
	printf '{"helper":{"peer":"bob","met":true,"met_s":200,"problem":null,"standby":"ready",'
	printf '"tunnel":"wg0","modem":"wwan0","modem_state":"connected","operator":"One \\u001b[2J",'
	printf '"endpoint":"192.0.2.1:51820","handshake_s":12,"standby_bytes_per_day":500000,'
	printf '"signal_mbm":-6125,"signal_age_ms":95,"tx_retries_permille":12,"tx_failed_permille":0,'
	printf '"function":"registered","function_problem":null,"agreement":3,"order":17,'
	printf '"assisted":"by the relay"}}\n'
	printf '{"helper":{"peer":"eve","met":false,"met_s":null,'
	printf '"problem":"the direct device wlan9 is missing","standby":"no modem",'
	printf '"tunnel":null,"modem":null,"modem_state":null,"operator":null,"endpoint":null,'
	printf '"handshake_s":null,"standby_bytes_per_day":null,"signal_mbm":null,'
	printf '"signal_age_ms":null,"tx_retries_permille":null,"tx_failed_permille":null,'
	printf '"function":"not registered","function_problem":"no way","agreement":null,'
	printf '"order":null,"assisted":null}}'
}

# without_module TEXT ARGS...: TEXT alone on stdout; that there is no module on stderr
without_module()
{
	local text=$1

	shift
	run "$@"
	cat "$TMP/out" "$TMP/err"
	[ "$status" = 1 ] && [ "$(cat "$TMP/out")" = "$text" ] &&
		[ "$(cat "$TMP/err")" = "sidestep: $*: the kernel module is not loaded (modprobe sidestep)" ]
}

shows_helper_json()
{
	run -j show p2p9
	cat "$TMP/out"
	grep -q '^\[{"ifname":"p2p9","ifindex":0,"id":null,.*"state":null,.*"paths":\[\],"helper":{"peer":"eve",.*}}\]$' \
		"$TMP/out"
}

warns_of_helper()
{
	run show
	cat "$TMP/err"
	grep -qx "sidestep: show: warning: sidestepd at $SIDESTEP_STATUS: .*" "$TMP/err"
}

test_helper()
{
	local pid

	ok "show: with sidestepd" feed "$(helper_text)" helper text
	ok "JSON: of sidestepd" feed "$(helper_json)" helper json
	if [ -d /sys/module/sidestep ]; then
		skip "show: sessions that the kernel lacks" "the module is loaded"
		return
	fi
	export SIDESTEP_STATUS=$TMP/status
	"$TMP/cli_feed" serve "$SIDESTEP_STATUS" &
	pid=$!
	for ((i = 0; i < 500; i++)); do
		[ -S "$SIDESTEP_STATUS" ] && break
		read -rt 0.01 <> <(:) || :
	done
	ok "show: a session that the kernel lacks" \
		without_module "$(missing_text p2p9)" show p2p9
	ok "show: no session of that name" without_module "" show p2p8
	ok "JSON: a session that the kernel lacks" shows_helper_json
	kill "$pid"
	wait "$pid" || :
	ok "show: a daemon that is gone is nothing to be said" without_module "" show
	SIDESTEP_STATUS=$TMP/$(printf '%0120d' 0)
	ok "show: a daemon that cannot be asked" warns_of_helper
	unset SIDESTEP_STATUS
}

# counter_values: what cli_feed has, by the names of the header
counter_values()
{
	sed -n 's/^\tSIDESTEP_COUNTER_\([A-Z_]*\),$/\L\1/p' "$NAMES" |
		awk '$1 != "unspec" { print $1, (++n % 3 ? n * 1000 : 0) }'
}

json_text()
{
	local counters

	counters=$(counter_values | awk '{ printf "%s\"%s\":%s", n++ ? "," : "", $1, $2 }')
	printf '{"ifname":"%s","ifindex":12,"id":7,' "$1"
	printf '"peers":["10.0.0.2","fd00::2","10.88.0.0/16","fd88::/64"],'
	printf '"protect":[{"proto":6,"sport":[1024,65535],"dport":[22,22],'
	printf '"mark":null,"mask":null,"dscp":null,"uid":null,"cgroup":null,'
	printf '"cgroup_path":null},{"proto":null,"sport":null,"dport":null,'
	printf '"mark":1,"mask":255,"dscp":46,"uid":[1000,1999],'
	printf '"cgroup":18446744073709551615,"cgroup_path":null}],'
	printf '"important":[{"proto":null,"sport":null,"dport":null,"mark":null,'
	printf '"mask":null,"dscp":46,"uid":null,"cgroup":null,"cgroup_path":null}],'
	printf '"budget":{"rate_bytes_per_s":20000,"burst_bytes":131072,'
	printf '"day_bytes":1048576,"day_spent_bytes":1000},'
	printf '"state":"bicast","wanted":"infra",'
	printf '"peer_wanted":"bicast","decision":"prepare","reason":"prepare: signal -74.5 dBm < -72.0 dBm for 160 ms","delay_diff_us":-23400,"playout_us":500,'
	printf '"paths":[{"path":"direct","ifname":"%s","present":true,' "$1"
	printf '"ready":true,"not_ready":null,"rtt_us":4100,"rtt_var_us":200,'
	printf '"heard_ms":80,"link":"alive","signal_mbm":-7450,"loss_permille":50,"tx_packets":10008,"tx_bytes":10009,'
	printf '"tx_alone_bytes":1019,"tx_copy_bytes":1020,"tx_switch_bytes":1021,"tx_probe_bytes":1022,'
	printf '"rx_packets":10010,"rx_bytes":10011,"rx_missed":0,"probes_sent":10012,'
	printf '"probes_answered":10013},{"path":"infra","ifname":"wg0",'
	printf '"present":true,"ready":false,"not_ready":"silent",'
	printf '"rtt_us":52000,"rtt_var_us":200,"heard_ms":3200,"link":"gone","signal_mbm":null,"loss_permille":null,'
	printf '"tx_packets":20008,"tx_bytes":20009,"tx_alone_bytes":2019,"tx_copy_bytes":2020,'
	printf '"tx_switch_bytes":2021,"tx_probe_bytes":2022,"rx_packets":20010,'
	printf '"rx_bytes":20011,"rx_missed":10015,"probes_sent":20012,"probes_answered":20013}],'
	printf '"counters":{%s}}' "$counters"
}

# flow_json PROTO ADDRESS PORTS OWNER USED
flow_json()
{
	printf '{"proto":%s,"local":"%s","local_port":%s,"remote":"%s",' "$1" "$2" "${3%,*}" "$2"
	printf '"remote_port":%s,%s,"used_ms":%s,"eliminated":5,"paths":[' "${3#*,}" "$4" "$5"
	printf '{"path":"direct","tx_packets":10,"tx_bytes":11,"rx_packets":12,"rx_bytes":13},'
	printf '{"path":"infra","tx_packets":20,"tx_bytes":21,"rx_packets":22,"rx_bytes":23}]}'
}

flows_json()
{
	local nobody='"uid":null,"socket_mark":null,"inode":null'

	printf '['
	flow_json 17 10.0.0.2 5000,22 '"uid":1000,"socket_mark":7,"inode":123456' 60000
	printf ','
	flow_json 6 fd00::2 5000,22 "$nobody" 12
	printf ','
	flow_json 89 10.0.0.2 null,null "$nobody" 20000
	printf ']'
}

# json_name BYTES ESCAPED
json_name()
{
	ok "JSON: name $2" feed "$(json_text "$2")" json "$1"
}

test_json()
{
	ok "JSON: all members" feed "$(json_text lo)" json lo
	ok "JSON: flows" feed "$(flows_json)" flows json
	json_name 'a"b\c' 'a\"b\\c'
	json_name $'a\x01\x7f' 'a\u0001\u007f'
	json_name $'\xc3\xa9\xe2\x82\xac' $'\xc3\xa9\xe2\x82\xac'
	json_name $'\xf0\x9f\x93\xa1' $'\xf0\x9f\x93\xa1'
	json_name $'a\xff' 'a\ufffd'
	json_name $'a\xe2\x82' 'a\ufffd\ufffd'
	json_name $'\xc0\xaf' '\ufffd\ufffd'
	json_name $'\xed\xa0\x80' '\ufffd\ufffd\ufffd'
	json_name $'\xc3"' '\ufffd\"'
}

# --- documents ---------------------------------------------------------------

man_has_json_members()
{
	local key missing=0

	for key in $( ("$TMP/cli_feed" json lo; "$TMP/cli_feed" flows json; "$TMP/cli_feed" helper json) | grep -o '"[a-z_]*":' |
			tr -d '":' | sort -u) time event; do
		grep -qxE "\.B $key" "$MAN" && continue
		echo "$MAN lacks $key"
		missing=1
	done
	return $missing
}

# spec_names SET: the attributes of the set, in order
spec_names()
{
	awk -v set="$1" '
	/^  -$/ || /^[a-z]/ { inside = 0 }
	$1 == "name:" && /^    name/ { inside = $2 == set }
	inside && $1 == "name:" && /^        name/ { print $2 }
	' <(sed -n '/^attribute-sets:/,/^operations:/p' "$SPEC")
}

# header_names PREFIX
header_names()
{
	sed -n "s/^\t$1_\([A-Z0-9_]*\),\$/\L\1/p" "$NAMES" | tr _ - | grep -vx unspec
}

# spec_agrees SET PREFIX
spec_agrees()
{
	[ -n "$(header_names "$2")" ] &&
		diff <(header_names "$2") <(spec_names "$1")
}

# kernel_names: what the module tells ethtool, in order
kernel_names()
{
	sed -n 's/^\t\[SIDESTEP_COUNTER_\([A-Z_]*\)\] = "\(.*\)",$/\L\1\E \2/p' kmod/counter.c
}

# page_names: the counters of docs/counters.md, in order
page_names()
{
	# shellcheck disable=SC2016
	sed -n '/^## Counters/,/^## /s/^| `\([a-z_]*\)` |.*/\1/p' docs/counters.md
}

# page_path_names: those by path
page_path_names()
{
	# shellcheck disable=SC2016
	sed -n '/^## By path/,/^## /s/^| `\([a-z_]*\)` |.*/\1/p' docs/counters.md
}

# Each name of the header, as the module, the command line and the page have it.
counters_agree()
{
	local names

	names=$(counter_values | cut -d ' ' -f 1)
	[ -n "$names" ] &&
		diff <(awk '{ print $0, $0 }' <<< "$names") <(kernel_names) &&
		diff <(cat <<< "$names") <(page_names) &&
		diff <(cat <<< "$names") <("$TMP/cli_feed" json lo |
			sed 's/.*"counters"://' | grep -o '[a-z_]*":' | tr -d '":')
}

# stats_names: what stats_get() gives by path, in order
stats_names()
{
	sed -n '/^static void stats_get/,/^}/p' kmod/ethtool.c | while read -r line; do
		case $line in
		*sidestep_sum_tx*) echo tx_bytes ;;
		memcpy*sum.spent*) sed -n 's/^\tSIDESTEP_SPENT_\([A-Z]*\),$/tx_\L\1_bytes/p' \
			kmod/counter.h | grep -v kinds ;;
		*) sed -n 's/.*= sum\.\(.*\)\[path\];/\1/p' <<< "$line" ;;
		esac
	done
}

# What ethtool has by path is what the command line has, and on the page.
path_counters_agree()
{
	local names

	names=$(sed -n '/path_names/,/};/p' kmod/ethtool.c |
		grep -o '"direct_[a-z_]*"' | sed 's/"direct_\(.*\)"/\1/')
	[ -n "$names" ] &&
		diff <(cat <<< "$names") <(sed -n '/path_names/,/};/p' kmod/ethtool.c |
			grep -o '"infra_[a-z_]*"' | sed 's/"infra_\(.*\)"/\1/') &&
		diff <(cat <<< "$names") <(stats_names) &&
		diff <(cat <<< "$names") <("$TMP/cli_feed" json lo |
			grep -o '"path":"direct"[^}]*' | grep -oE '[rt]x_[a-z_]+') &&
		diff <(cat <<< "$names") <(page_path_names)
}

test_documents()
{
	ok "counters: header, module, command line, docs/counters.md" counters_agree
	ok "counters by path: ethtool, command line, docs/counters.md" path_counters_agree
	ok "man page has the JSON members" man_has_json_members
	ok "spec: session attributes" spec_agrees session SIDESTEP_A
	ok "spec: path attributes" spec_agrees path SIDESTEP_PATH_A
	ok "spec: flow attributes" spec_agrees flow SIDESTEP_FLOW_A
	ok "spec: selector attributes" spec_agrees selector SIDESTEP_SELECTOR_A
	ok "spec: trigger attributes" spec_agrees trigger SIDESTEP_TRIGGER_A
	ok "spec: rule attributes" spec_agrees rule SIDESTEP_RULE_A
	ok "spec: measurement attributes" spec_agrees measurement SIDESTEP_MEASUREMENT_A
	ok "spec: budget attributes" spec_agrees budget SIDESTEP_BUDGET_A
	ok "spec: counters" spec_agrees counters SIDESTEP_COUNTER
}

build
echo "KTAP version 1"
test_extack
test_print
test_helper
test_json
test_documents
ok_end
