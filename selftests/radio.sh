# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh, by the tests whose direct link is a radio's: two of
# mac80211_hwsim, ad-hoc. It takes the place of lib.sh's direct link:
#
#   ue_a                                                        ue_b
#   direct0 10.77.0.1/24 fd77::1/64 ~~~ 802.11 ~~~ direct0 10.77.0.2/24 fd77::2/64
#
# Nothing is lost because a signal is weak; radios that are out of each other's
# reach hear nothing, and no device says so.

RADIO_BSSID=02:00:00:00:77:00
RADIO_MHZ=2412
# With this power of the sender, what is heard is what the script says.
RADIO_TX_MBM=0
RADIO_GOOD_DBM=-50

# What the radios of A and B are called.
declare -A RADIO_PHY

# radio_file A|B NAME: of the radio's driver
radio_file()
{
	echo "/sys/kernel/debug/ieee80211/${RADIO_PHY[$1]}/hwsim/$2"
}

# radio_hears A|B DBM: how strong it hears the other one, from its next frame on;
# -100 to -1. The driver is told at the sender, and wants 64 bits without a sign.
radio_hears()
{
	local from=B

	[ "$1" = A ] || from=A
	printf '0x%x\n' "$2" > "$(radio_file $from rx_rssi)"
}

# radio_signal DBM: both
radio_signal()
{
	radio_hears A "$1" && radio_hears B "$1"
}

# radio_walk FROM_DBM TO_DBM MS_A_DB: both
radio_walk()
{
	local dbm step=1

	[ "$2" -gt "$1" ] || step=-1
	for ((dbm = $1; dbm != $2 + step; dbm += step)); do
		radio_signal $dbm || return
		sleep "$(($3 / 1000)).$(printf %03d $(($3 % 1000)))"
	done
}

radios_load()
{
	local phys

	modprobe mac80211_hwsim radios=2 || return
	phys=(/sys/class/mac80211_hwsim/*/ieee80211/*)
	RADIO_PHY[A]=${phys[0]##*/} RADIO_PHY[B]=${phys[1]##*/}
	[ -e "$(radio_file A rx_rssi)" ] && [ -e "$(radio_file B rx_rssi)" ]
}

radios_unload()
{
	rmmod mac80211_hwsim
}

# radio_up A|B NS IPV4 IPV6
radio_up()
{
	local phy=${RADIO_PHY[$1]} ns=$2 dev

	dev=$(ls "/sys/class/ieee80211/$phy/device/net")
	iw phy "$phy" set netns name "$ns" &&
		ip -n "$ns" link set "$dev" name direct0 &&
		in_ns "$ns" iw dev direct0 set type ibss &&
		address_up "$ns" direct0 "$3" "$4" &&
		in_ns "$ns" iw dev direct0 set txpower fixed $RADIO_TX_MBM &&
		in_ns "$ns" iw dev direct0 ibss join direct $RADIO_MHZ fixed-freq $RADIO_BSSID
}

# radio_station NS KEY: what nl80211 says of the peer
radio_station()
{
	in_ns "$1" iw dev direct0 station dump | sed -n "s/^\t$2:[[:space:]]*//p"
}

radios_meet()
{
	in_ns "$UE_A" ping -q -c 1 -W 1 "$B4" > /dev/null &&
		[ -n "$(radio_station "$UE_A" signal)" ] &&
		[ -n "$(radio_station "$UE_B" signal)" ]
}

direct_up()
{
	defer radios_unload
	radios_load || die "no radios"
	radio_up A "$UE_A" "$A4" "$A6" || die "A's radio cannot be set up"
	radio_up B "$UE_B" "$B4" "$B6" || die "B's radio cannot be set up"
	radio_signal $RADIO_GOOD_DBM
	busywait 10000 radios_meet || die "radios do not hear each other"
}

direct_cut()
{
	echo 2 > "$(radio_file B group)"
}

direct_restore()
{
	echo 1 > "$(radio_file B group)"
}

# --- the feeder -------------------------------------------------------------

# Its log is $TMP/feeder.a or .b, its last word $TMP/feeder.a.end or .b.end.
declare -A FEEDER

# feeder_start A|B [ARGS...]
feeder_start()
{
	local ns=UE_$1 out=$TMP/feeder.${1,}

	: > "$out"
	# Not in_ns: its process must be the program itself, to be told to stop.
	ip netns exec "${!ns}" "$PROGS/feeder" -l "$out" "${@:2}" direct0 > "$out.end" &
	FEEDER[$1]=$!
}

feeder_stop()
{
	kill "${FEEDER[$1]}"
	wait "${FEEDER[$1]}"
}

# feeder_says A|B KEY, after its end
feeder_says()
{
	"$PROGS/jget" "$2" < "$TMP/feeder.${1,}.end"
}
