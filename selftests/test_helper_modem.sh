#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The helper's modem part: what it hears of modems over D-Bus, on a bus of its own.
# ModemManager is a mock (progs/mock_modemmanager): its interface is that of 1.20, its
# modems do what this script says.
#
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# A bus that is missing is tried again every 30 s, or up to 5 s later. Not in a guest that
# counts instructions: its clock was seen to run ahead of the programs by a minute.
RETRY_MS=80000
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$TMP/bus
# Processes, and where to write to them; by name: probe, manager, stranger
declare -A PROCESS IN

# --- processes --------------------------------------------------------------

# alone COMMAND...: as this process; what it kept open of the others would never end
alone()
{
	local fd

	for fd in "${IN[@]}"; do
		exec {fd}>&-
	done
	exec "$@"
}

# begin NAME PROGRAM [ARG]: what it says is in $TMP/NAME.out
begin()
{
	local name=$1 program=$2 fd

	shift 2
	rm -f "$TMP/$name.in"
	mkfifo "$TMP/$name.in"
	: > "$TMP/$name.out"
	alone "$PROGS/$program" "$@" < "$TMP/$name.in" > "$TMP/$name.out" 2>> "$TMP/$name.err" &
	PROCESS[$name]=$!
	exec {fd}> "$TMP/$name.in"
	IN[$name]=$fd
}

# end NAME [SIGNAL]: by the end of its input, or the signal; its exit code
end()
{
	local rc=0

	[ -z "${2:-}" ] || kill "-$2" "${PROCESS[$1]}"
	eval "exec ${IN[$1]}>&-"
	wait "${PROCESS[$1]}" 2> /dev/null || rc=$?
	unset "PROCESS[$1]" "IN[$1]"
	return $rc
}

kill_all()
{
	kill -KILL "${PROCESS[@]}" "$BUS" 2> /dev/null
}

# said NAME REGEX
said()
{
	grep -qE "$2" "$TMP/$1.out"
}

# manager WORD...: what it is to do
manager()
{
	echo "$*" >&"${IN[manager]}"
}

# manager_begin [--garble]
manager_begin()
{
	begin manager mock_modemmanager "$@"
	busywait 10000 said manager '^ready$' || die "no mock of ModemManager"
}

# calls REGEX: how many of them
calls()
{
	grep -cE "^call: $1" "$TMP/manager.out"
}

calls_are()
{
	[ "$(calls "$1")" -eq "$2" ]
}

# --- the bus ----------------------------------------------------------------

# ModemManager can be activated there, which nobody should do.
bus_configure()
{
	mkdir "$TMP/services"
	cat > "$TMP/services/manager.service" <<- END
		[D-BUS Service]
		Name=org.freedesktop.ModemManager1
		Exec=$(type -P touch) $TMP/activated
	END
	cat > "$TMP/bus.conf" <<- END
		<busconfig>
		  <type>session</type>
		  <listen>$DBUS_SYSTEM_BUS_ADDRESS</listen>
		  <auth>EXTERNAL</auth>
		  <servicedir>$TMP/services</servicedir>
		  <policy context="default">
		    <allow send_destination="*"/>
		    <allow receive_sender="*"/>
		    <allow own="*"/>
		  </policy>
		</busconfig>
	END
}

bus_listens()
{
	[ -S "$TMP/bus" ]
}

bus_begin()
{
	alone dbus-daemon --config-file="$TMP/bus.conf" --nofork 2>> "$TMP/bus.err" &
	BUS=$!
	busywait 10000 bus_listens || die "no bus: $(< "$TMP/bus.err")"
}

bus_end()
{
	kill -KILL $BUS
	wait $BUS 2> /dev/null
	rm -f "$TMP/bus"
}

# names_are NUMBER: of connections, the stranger's among them
names_are()
{
	: > "$TMP/stranger.out"
	echo names >&"${IN[stranger]}"
	busywait 2000 said stranger "^names:" && said stranger "^names: $1\$"
}

# --- what is heard ----------------------------------------------------------

# state PORT: "STATE OPERATOR TECHNOLOGY MBM", or "none"
state()
{
	local lines

	lines=$(wc -l < "$TMP/probe.out")
	echo "$1" >&"${IN[probe]}"
	busywait 5000 answered "$lines" || echo "no answer"
	tail -n +$((lines + 1)) "$TMP/probe.out" | sed -n "s/^state: $1 //p" | tail -n 1
}

answered()
{
	tail -n +$(($1 + 1)) "$TMP/probe.out" | grep -q '^state:'
}

state_is()
{
	[ "$(state "$1")" = "$2" ]
}

# told PORT STATE: so was the last call
told()
{
	[ "$(grep "^modem: $1 " "$TMP/probe.out" | tail -n 1)" = "modem: $1 $2" ]
}

# heard NAME PORT STATE: it is told so, and was called
heard()
{
	if busywait 5000 state_is "$2" "$3"; then
		test_ok "$1" told "$2" "$3"
	else
		test_fail "$1" "is '$(state "$2")', should be '$3'"
	fi
}

# heard_times PORT: how often it was called
heard_times()
{
	grep -c "^modem: $1 " "$TMP/probe.out"
}

heard_more()
{
	[ "$(heard_times "$1")" -gt "$2" ]
}

# logged REGEX
logged()
{
	grep -qE "$1" "$TMP/probe.err"
}

# --- no ModemManager --------------------------------------------------------

absent_test()
{
	begin probe modemprobe
	test_ok "no bus: there is no modem" state_is wwan0 none
	bus_begin
	begin stranger mock_modemmanager --stranger
	test_ok "a bus: it is found" busywait $RETRY_MS names_are 2
	test_ok "no ModemManager: there is no modem" state_is wwan0 none
	test_ok "no ModemManager: it is not started" [ ! -e "$TMP/activated" ]
	manager_begin
	test_ok "ModemManager comes: it is asked" busywait 5000 calls_are GetManagedObjects 1
}

# --- a modem ----------------------------------------------------------------

modem_test()
{
	manager add 0 wwan0
	heard "a modem appears" wwan0 "registered Mock lte -"
	test_ok "its signal is to be measured" busywait 5000 calls_are "Setup wwan0 5" 1
	test_ok "another port of its is no modem's" state_is ttyUSB0 none
	manager state 0 11
	heard "it is connected" wwan0 "connected Mock lte -"
	manager technology 0 0x8000
	heard "it has another technology" wwan0 "connected Mock 5gnr -"
	manager technology 0 0x400
	heard "one that has no name here" wwan0 "connected Mock - -"
	manager technology 0 0xffffffff
	manager operator 0 Other
	heard "another operator, any technology" wwan0 "connected Other - -"
	manager technology 0 0x4000
	manager operator 0
	heard "no operator" wwan0 "connected - lte -"
	manager state 0 -1
	heard "it has failed" wwan0 "failed - lte -"
	manager state 0 99
	heard "a state of the future" wwan0 "unknown - lte -"
	manager state 0 8
	manager operator 0 Mock
	heard "all as before" wwan0 "registered Mock lte -"
	test_ok "it was asked to measure once" calls_are Setup 1
}

signal_test()
{
	local before

	manager signal 0 Lte -64.1
	heard "a signal" wwan0 "registered Mock lte -6410"
	before=$(heard_times wwan0)
	manager signal 0 Lte -64.1
	test_ok "the same again is a new one" busywait 5000 heard_more wwan0 "$before"
	manager signal 0 Nr5g -80
	manager signal 0 Lte -96
	heard "LTE's counts where NR's is" wwan0 "registered Mock lte -9600"
	test_ok "NR's was not told" cmd_fail said probe "-8000"
	manager signal 0 Lte -
	heard "NR's if LTE's is not known" wwan0 "registered Mock lte -8000"
	manager signal 0 Nr5g 50
	heard "none if it is absurd" wwan0 "registered Mock lte -"
	manager signal 0 Umts -70.5
	heard "UMTS" wwan0 "registered Mock lte -7050"
	manager signal 0 Umts -1e300
	manager signal 0 Gsm -71
	heard "GSM" wwan0 "registered Mock lte -7100"
	manager lock 0 yes
	heard "it measures no more" wwan0 "registered Mock lte -"
	manager signal 0 Gsm -
	manager lock 0 no
	test_ok "it does again: it is asked to" busywait 5000 calls_are "Setup wwan0 5" 2
	manager signal 0 Lte -95
	heard "a signal again" wwan0 "registered Mock lte -9500"
}

refuse_test()
{
	manager refuse yes
	manager add 1 wwan1
	heard "another modem" wwan1 "registered Mock lte -"
	test_ok "it does not measure: people are told" \
		busywait 5000 logged "^4 .*modem wwan1 measured: not now"
	manager state 1 6
	test_ok "in another state it is asked again" busywait 5000 calls_are "Setup wwan1" 2
	manager refuse no
	manager state 1 8
	test_ok "and does" busywait 5000 calls_are "Setup wwan1" 3
	manager state 1 11
	heard "and is heard" wwan1 "connected Mock lte -"
	test_ok "it was not asked again" calls_are "Setup wwan1" 3
	test_eq "people were told once" "$(grep -c '^4 ' "$TMP/probe.err")" 1
}

# --- what should not be -----------------------------------------------------

odd_test()
{
	local before

	before=$(heard_times wwan0)
	manager odd 0
	heard "odd types: they are nothing, what is beside them is" wwan0 "connected Mock lte -9500"
	test_eq "odd types: nor are they told" "$(heard_times wwan0)" $((before + 1))
	manager state 0 8
	heard "odd types: what comes next is heard" wwan0 "registered Mock lte -9500"
	test_ok "odd types: no port comes of them" state_is wwan9 none
	manager add 2 "a-name-that-is-too-long"
	manager add 3 wwan3
	heard "a port with a long name: the next modem is heard" wwan3 "registered Mock lte -"
	test_ok "a port with a long name is none" state_is a-name-that-is-too-long none
}

many_test()
{
	local i

	for ((i = 4; i < 32; i++)); do
		manager add $i "wwan$i"
	done
	manager state 3 11
	heard "many modems: those that are known are heard" wwan3 "connected Mock lte -"
	test_ok "many modems: there is an end" state_is wwan31 none
	for ((i = 2; i < 32; i++)); do
		manager remove $i
	done
	busywait 5000 state_is wwan3 none
	test_ok "they are gone" state_is wwan3 none
	manager add 4 wwan4
	heard "there is room again" wwan4 "registered Mock lte -"
}

# stranger WORD...
stranger()
{
	echo "$*" >&"${IN[stranger]}"
}

stranger_test()
{
	local probe

	probe=$(sed -n 's/^call: GetManagedObjects //p' "$TMP/manager.out" | tail -n 1)
	stranger to "$probe"
	stranger add 9 wwan9
	stranger add 0 wwan7
	stranger state 0 -1
	stranger signal 0 Lte -20
	stranger remove 1
	stranger gone
	# Its own answer comes after what it sent.
	names_are 3
	manager state 4 11
	heard "what a stranger says: modems are heard" wwan4 "connected Mock lte -"
	test_ok "what a stranger says: no modem comes" state_is wwan9 none
	test_ok "what a stranger says: nor a port" state_is wwan7 none
	test_ok "what a stranger says: none changes" state_is wwan0 "registered Mock lte -9500"
	test_ok "what a stranger says: none goes" state_is wwan1 "connected Mock lte -"
}

# --- what goes --------------------------------------------------------------

restart_test()
{
	manager remove 0
	busywait 5000 state_is wwan0 none
	test_ok "a modem is removed" state_is wwan0 none
	test_ok "the other one stays" state_is wwan1 "connected Mock lte -"
	end manager KILL
	test_ok "ModemManager is gone: so are its modems" busywait 5000 state_is wwan1 none
	test_ok "ModemManager is gone: it is not started" [ ! -e "$TMP/activated" ]
	manager_begin
	manager add 0 wwan0
	heard "ModemManager is there again, with a modem" wwan0 "registered Mock lte -"
	test_ok "it is asked to measure" busywait 5000 calls_are "Setup wwan0 5" 1
}

garble_test()
{
	end manager
	manager_begin --garble
	test_ok "an answer of an odd type: it is asked" busywait 5000 calls_are GetManagedObjects 1
	manager garble no
	test_ok "an answer of an odd type: it is asked again" \
		busywait $RETRY_MS calls_are GetManagedObjects 2
	manager add 0 wwan0
	heard "and then there is a modem" wwan0 "registered Mock lte -"
}

bus_test()
{
	bus_end
	test_ok "the bus is gone: so are modems" busywait 5000 state_is wwan0 none
	end manager KILL
	end stranger KILL
	bus_begin
	manager_begin
	manager add 0 wwan0
	manager signal 0 Lte -95
	test_ok "the bus is there again" busywait $RETRY_MS state_is wwan0 "registered Mock lte -9500"
	test_ok "the helper ends well" end probe
}

ktap_header
type -P dbus-daemon > /dev/null || {
	ktap_plan 1
	test_skip "all" "no dbus-daemon"
	ktap_end
}
BUS=
defer kill_all
bus_configure
absent_test
modem_test
signal_test
refuse_test
odd_test
many_test
stranger_test
restart_test
garble_test
bus_test
[ "$KTAP_FAILED" -eq 0 ] || sed 's/^/# probe: /' "$TMP/probe.err"
ktap_plan "$KTAP_COUNT"
ktap_end
