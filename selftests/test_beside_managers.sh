#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real NetworkManager, systemd-networkd, ModemManager and firewalld at A, each started,
# asked to begin anew and ended beside a session: it moves to infra and back under
# traffic, nothing is lost, and they leave the session's devices alone. They run under a
# real systemd of A's own (systemd.sh); /sys is read-only for them as in a container, for
# there is no udev. ModemManager has no modem, for that would be hardware: what it says of
# one is in test_helper_modem. Topology: lib.sh; sessions: helpers.sh.
#
# Guest: --icount
# Takes: 130
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/beside.sh
. "$here/beside.sh"
# shellcheck source=selftests/systemd.sh
. "$here/systemd.sh"

SYSTEMD_LIB=/usr/lib/systemd SYSTEMD_UNITS=/lib/systemd/system

# bus_wanted: it is not masked here, and its user is there
bus_wanted()
{
	local unit kept=()

	for unit in "${SYSTEMD_MASKED[@]}"; do
		[ "$unit" = dbus.socket ] || kept+=("$unit")
	done
	SYSTEMD_MASKED=("${kept[@]}")
}

# In A's own /etc: what the packages' scripts would have done, and what `make install`
# brings for NetworkManager.
host_files()
{
	cat <<- END
		grep -q ^messagebus: /etc/passwd || echo messagebus:x:198:198::/:/bin/false >> /etc/passwd
		grep -q ^messagebus: /etc/group || echo messagebus:x:198: >> /etc/group
		grep -q ^systemd-network: /etc/passwd || echo systemd-network:x:197:197::/:/bin/false >> /etc/passwd
		grep -q ^systemd-network: /etc/group || echo systemd-network:x:197: >> /etc/group
		rm -rf /etc/NetworkManager/conf.d /etc/NetworkManager/system-connections /etc/systemd/network
		mkdir -p /etc/NetworkManager/conf.d /etc/NetworkManager/system-connections /etc/systemd/network
		cp '$ROOT_DIR/userspace/systemd/networkmanager.conf' /etc/NetworkManager/conf.d/sidestep.conf
		# It is not meant for containers, and what polkit says of other users is not looked at.
		sed '/^ConditionVirtualization/d; /polkit/d' $SYSTEMD_UNITS/ModemManager.service \
			> /etc/systemd/system/ModemManager.service
		for unit in NetworkManager systemd-networkd ModemManager; do
			mkdir /etc/systemd/system/\$unit.service.d
			printf '[Service]\nReadOnlyPaths=/sys\n' > /etc/systemd/system/\$unit.service.d/no-udev.conf
		done
	END
}

# --- what is the same of each -----------------------------------------------

# traffic POINT COMMAND...: done under traffic, to which nothing happens
traffic()
{
	local point=$1

	shift
	flows_begin
	test_ok "$point" "$@"
	sleep 1
	flows_end "$point"
	test_ok "$point: both paths are ready" busywait 20000 both_ready
}

unit()
{
	inside systemctl "$@" || {
		inside journalctl -q -b -n 30 --no-pager | sed 's/^/# /'
		return 1
	}
}

# manager UNIT NAME COMMAND...: its life, once it was started; COMMAND says that it does
# its work
manager()
{
	local unit=$1 name=$2

	shift 2
	busywait 30000 "$@"
	beside "$name" "$@"
	traffic "$name starts again" unit restart "$unit"
	test_ok "$name: works again" busywait 30000 "$@"
	beside "$name, again" "$@"
	traffic "$name stops" unit stop "$unit"
	test_ok "$name: gone" reach "$INTERNET4"
}

# --- NetworkManager ---------------------------------------------------------

# nm_profile NAME DEVICE LINE...
nm_profile()
{
	local file=$SYSTEMD_ROOT/etc/NetworkManager/system-connections/$1.nmconnection

	{
		printf '[connection]\nid=%s\ntype=ethernet\ninterface-name=%s\n' "$1" "$2"
		shift 2
		printf '%s\n' "$@"
	} > "$file"
	chmod 600 "$file"
}

nm_state()
{
	inside nmcli -t -f DEVICE,STATE device | sed -n "s/^$1://p"
}

# nm_up: it sets both devices as its profiles say, which is as they are
nm_up()
{
	inside nmcli -w 30 connection up modem > /dev/null &&
		inside nmcli -w 30 connection up radio > /dev/null
}

# The direct device goes for a moment as it does, so that one or the other may overtake.
nm_takes_test()
{
	local name point="NetworkManager takes the devices" side

	flows_begin
	test_ok "$point" nm_up
	sleep 1
	for name in udp4 udp6 tcp4; do
		stream_stop $name || diag "$point: $name did not end as it should"
	done
	for side in udp4.a udp4.b udp6.a udp6.b; do
		test_eq "$point: $side: all received, none lost, none twice" \
			"$(result $side complete lost duplicated corrupted send_errors | paste -s -d ' ')" "true 0 0 0 0"
	done
	test_ok "$point: tcp4 is intact" stream_intact tcp4
	test_ok "$point: both paths are ready" busywait 20000 both_ready
}

nm_works()
{
	[ "$(nm_state modem0)" = connected ] && [ "$(nm_state p2p0)" = unmanaged ] &&
		[ "$(nm_state wg-p2p0)" = unmanaged ] && reach "$INTERNET4"
}

nm_test()
{
	nm_profile modem modem0 '[ipv4]' method=manual address1=192.168.10.2/24,192.168.10.1 \
		'[ipv6]' method=disabled
	nm_profile radio direct0 '[ipv4]' method=manual address1=$A4/24 never-default=true \
		'[ipv6]' method=manual address1=$A6/64 never-default=true
	traffic "NetworkManager starts" unit start NetworkManager
	nm_takes_test
	manager NetworkManager NetworkManager nm_works
}

# --- systemd-networkd -------------------------------------------------------

# It finds both devices as its files want them. That it ends in "failed" here all the
# same, with ERANGE for an address that is there, is not understood.
networkd_works()
{
	inside systemctl -q is-active systemd-networkd && networkd_has direct0 && networkd_has modem0 &&
		! networkd_has p2p0 && ! networkd_has wg-p2p0 && reach "$INTERNET4"
}

# networkd_has DEVICE: it thinks that it is its own
networkd_has()
{
	inside networkctl --no-legend --no-pager list | grep -E " $1 " | grep -vqw unmanaged
}

networkd_test()
{
	cat > "$SYSTEMD_ROOT/etc/systemd/network/modem.network" <<- END
		[Match]
		Name=modem0
		[Network]
		Address=192.168.10.2/24
		Gateway=192.168.10.1
		LinkLocalAddressing=no
		IPv6AcceptRA=no
	END
	cat > "$SYSTEMD_ROOT/etc/systemd/network/radio.network" <<- END
		[Match]
		Name=direct0
		[Network]
		Address=$A4/24
		Address=$A6/64
		IPv6AcceptRA=no
	END
	traffic "networkd starts" unit start systemd-networkd
	manager systemd-networkd networkd networkd_works
}

# --- ModemManager -----------------------------------------------------------

mm_works()
{
	inside mmcli -L 2>&1 | grep -q "No modems were found" && reach "$INTERNET4"
}

# bus_names: how many are on its bus
bus_names()
{
	inside busctl --no-legend --unique list | wc -l
}

# A's helper listens on this host's bus, where ModemManager will be.
mm_heard()
{
	local before

	helper_end A TERM
	before=$(bus_names)
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$SYSTEMD_ROOT/run/dbus/system_bus_socket helper_start A
	busywait 20000 both_ready && [ "$(bus_names)" -gt "$before" ]
}

mm_test()
{
	test_ok "the helper is on ModemManager's bus" mm_heard
	traffic "ModemManager starts" unit start ModemManager
	manager ModemManager ModemManager mm_works
}

# --- firewalld --------------------------------------------------------------

firewalld_works()
{
	inside systemctl -q is-active firewalld &&
		in_ns "$UE_A" nft list table inet firewalld > /dev/null && reach "$INTERNET4"
}

# tracked: connections are known from here on. Where firewalld is the first to ask for
# that, what comes in of a flow before the host has sent again is new to its rules.
tracked()
{
	in_ns "$UE_A" nft -f - <<- END
		table inet tracked {
			chain in {
				type filter hook input priority 0
				ct state established accept
			}
		}
	END
}

# Zone public lets nothing new in but this.
firewalld_test()
{
	tracked
	inside firewall-offline-cmd -q --zone=public --add-port=22807/udp --add-port=22807/tcp \
		--add-port=5000-5002/udp --add-port=5000-5002/tcp --add-port=$WG_PORT/udp
	traffic "firewalld starts" unit start firewalld
	manager firewalld firewalld firewalld_works
}

type -P $SYSTEMD > /dev/null || ktap_skip_all "managers" "no $SYSTEMD"
type -P NetworkManager ModemManager firewalld > /dev/null || ktap_skip_all "managers" "not installed"
[ -x $SYSTEMD_LIB/systemd-networkd ] || ktap_skip_all "managers" "no systemd-networkd"
ktap_header
topo_up 2 25
bus_wanted
systemd_modules wireguard
systemd_up "$UE_A" "$(host_files)"
helpers_up
nm_test
networkd_test
mm_test
firewalld_test
ktap_plan "$KTAP_COUNT"
ktap_end
