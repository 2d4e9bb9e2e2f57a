#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Both NATs are symmetric, so that no hole can be punched; one of them is the operator's,
# with the function on it: that one maps the port of its UE, and the session goes on
# without the relay. What is mapped goes with the session, with the UE, and with a
# function that is killed. Topology: mno.sh, but pf_a is nat_a.
#
# Guest: --icount
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"

UDP_RATE=100
MNO_NAT_A=symmetric MNO_NAT_B=symmetric

# B's function does likewise, but its UE is not in that network.
MNO_LINES=(NatControl=wan NatAddress=198.51.100.2 NatNetworks=192.168.10.0/24)

# The function's services are on the NAT itself, and what the kernel relays there.
open_nat()
{
	ip -n "$NAT_A" addr add $PF_A6/64 dev wan nodad
	in_ns "$NAT_A" nft -f - <<- END
		insert rule inet cgn input iifname "wan" udp dport { 3478, 5684, 5694, 40000-49999 } accept
		insert rule inet cgn forward meta l4proto udp ct state untracked accept
	END
}

# mno.sh's, but for A's function: it moves to the NAT.
eval "mno_other_$(declare -f mno_link)"
mno_link()
{
	if [ "$1" != "$PF_A" ]; then
		mno_other_mno_link "$@"
		return
	fi
	ns_del "$PF_A"
	PF_A=$NAT_A PF_A4=198.51.100.2
	open_nat
}

# Likewise: path_netem has done the NAT's.
signalling_netem()
{
	set_netem "$PF_B" wan "$(mno_half)" "$@"
	set_netem "$NET" to_pf_b "$(mno_half)" "$@"
}

# mapped: the element of the port of A's tunnel, if there is one
mapped()
{
	in_ns "$NAT_A" nft list map inet prosefd-nat out4 2> /dev/null |
		grep -o "192\.168\.10\.2 \. $WG_PORT .*: 198\.51\.100\.2 \. [0-9]*"
}

not_mapped()
{
	! mapped > /dev/null
}

# outside: where the mapping leads from, ADDRESS:PORT
outside()
{
	mapped | sed 's/.*: //; s/ \. /:/'
}

# A mapping that nobody knows of any more.
stray_add()
{
	in_ns "$NAT_A" nft -f - <<- END
		add element inet prosefd-nat out4 { 192.168.10.99 . 9 timeout 1h : 198.51.100.2 . 49999 }
		add element inet prosefd-nat in4 { 198.51.100.2 . 49999 timeout 1h : 192.168.10.99 . 9 }
	END
}

stray_is_gone()
{
	! in_ns "$NAT_A" nft list table inet prosefd-nat | grep -q 192.168.10.99
}

ktap_header
mno_start
# Until then something of the start may still be on its way.
sleep 2
test_ok "nothing is mapped without a session" not_mapped
udp_start udp4 4 5000 -r $UDP_RATE
sleep 0.5
mno_decide A prepare
test_ok "both have the infra path" busywait 5000 both_ready
test_ok "without the relay" busywait 10000 function_says direct
test_ok "the UE's port is mapped" mapped
PORT=$(outside)
test_eq "and of no other UE" \
	"$(in_ns "$PF_B" nft list map inet prosefd-nat out4 | grep -c elements)" 0
mno_decide A execute
test_ok "execute" busywait 5000 both_are infra
prosef_end A KILL
stray_add
prosef_start A
test_ok "a function that was killed forgets what was mapped" busywait 5000 stray_is_gone
test_ok "and maps what is wanted when the UE is back" busywait 30000 mapped
test_eq "with the same port" "$(outside)" "$PORT"
mno_decide A release
mno_decide B release
test_ok "home" busywait 20000 both_are direct
stream_stop udp4 || diag "udp4 did not end as it should"
stream_clean udp4 $UDP_RATE || stream_report udp4
test_ok "nothing lost, nothing twice" stream_clean udp4 $UDP_RATE
test_ok "the session is over" busywait 20000 mno_is_over
test_ok "and nothing is mapped" not_mapped
mno_decide A prepare
test_ok "again" busywait 15000 mapped
helper_end A TERM
test_ok "a UE that goes has nothing mapped" busywait 10000 not_mapped
[ "$KTAP_FAILED" -eq 0 ] || mno_logs
ktap_plan "$KTAP_COUNT"
ktap_end
