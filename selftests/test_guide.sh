#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs/guide.md, and docs/tuning.md, command by command, on two hosts with a systemd each: they have a radio
# that nobody has set up, and a modem behind a NAT, of which bob's lets one port in.
# Topology: lib.sh, with wlan0 and wwan0; how a guide is read: guide.sh.
#
# Guest: --icount
# Takes: 200
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/radio.sh
. "$here/radio.sh"
# shellcheck source=selftests/systemd.sh
. "$here/systemd.sh"
# shellcheck source=selftests/guide.sh
. "$here/guide.sh"

# The checkout may be below /tmp, of which each host gets its own.
readonly CHECKOUT=/usr/local/src/sidestep
readonly INSTALL="make -s -o all -C '$ROOT_DIR/userspace' install && mkdir -p $CHECKOUT &&
	mount --bind '$ROOT_DIR' $CHECKOUT"

# No tunnel of lib.sh's, and a radio as it comes out of its box.
tunnel_up()
{
	:
}

direct_up()
{
	defer radios_unload
	radios_load || die "no radios"
	radio_give A "$UE_A" || die "no radio for alice"
	radio_give B "$UE_B" || die "no radio for bob"
	radio_signal "$RADIO_GOOD_DBM"
}

# radio_give A|B NS
radio_give()
{
	local phy=${RADIO_PHY[$1]} dev

	dev=$(ls "/sys/class/ieee80211/$phy/device/net")
	iw phy "$phy" set netns name "$2" && ip -n "$2" link set "$dev" name wlan0
}

# alice's NAT lets nobody in.
eval "nat_rules_of_lib() $(declare -f nat_rules | sed 1d)"
nat_rules()
{
	nat_rules_of_lib "$1" | if [ "$1" = 192.168.10.2 ]; then
		grep -v dnat
	else
		cat
	fi
}

# modem_name NS GATEWAY
modem_name()
{
	ip -n "$1" -batch - <<- END
		link set modem0 down
		link set modem0 name wwan0
		link set wwan0 up
		route add default via $2 dev wwan0
	END
}

# --- what people do ---------------------------------------------------------

# The radio's power is not in what is heard.
walk()
{
	in_ns "$UE_A" iw dev wlan0 set txpower fixed "$RADIO_TX_MBM" &&
		in_ns "$UE_B" iw dev wlan0 set txpower fixed "$RADIO_TX_MBM" &&
		radio_walk "$1" "$2" 150
}

guide_walk_away()
{
	walk "$RADIO_GOOD_DBM" -90 && direct_cut
}

guide_walk_back()
{
	direct_restore && walk -90 "$RADIO_GOOD_DBM"
}

guide_tuning()
{
	guide_run "$ROOT_DIR/docs/tuning.md"
}

# --- the end ----------------------------------------------------------------

# left NS: what a host has that it did not have before
left()
{
	ip -n "$1" rule
	ip -n "$1" -6 rule
	ip -n "$1" -o link | grep -oE 'p2p0|wg-p2p0'
	in_ns "$1" ip route show table all | grep -E 'unreachable|10.77.0.2'
}

type -P $SYSTEMD > /dev/null || ktap_skip_all "the guide" "no $SYSTEMD"
ktap_header
topo_up 0 25
modem_name "$UE_A" 192.168.10.1
modem_name "$UE_B" 192.168.20.1
rules_a=$(left "$UE_A") rules_b=$(left "$UE_B")
systemd_modules wireguard
guide_host_up alice "$UE_A" "$INSTALL"
guide_host_up bob "$UE_B" "$INSTALL"
for host in alice bob; do
	on $host ln -s $CHECKOUT /tmp/sidestep
done
guide_run "$ROOT_DIR/docs/guide.md"
guide_told 7
test_eq "nothing is left at alice" "$(left "$UE_A")" "$rules_a"
test_eq "nothing is left at bob" "$(left "$UE_B")" "$rules_b"
test_ok "the module has gone" [ ! -d /sys/module/sidestep ]
test_ok "the programs have gone" cmd_fail on alice ls /usr/local/sbin/sidestepd
if [ "$KTAP_FAILED" -ne 0 ]; then
	for host in alice bob; do
		SYSTEMD_PID=${GUIDE_HOST[$host]} service_journal
	done
fi
ktap_plan "$KTAP_COUNT"
ktap_end
