# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh, by the tests in which real helpers make the session: one
# sidestepd in ue_a, one in ue_b, each with a state directory and a configuration of
# its own. Nobody gives them a command. Call topo_up after this: the tunnel is theirs.

# shellcheck disable=SC2034,SC2153 # for those who source this file; lib.sh's
SIDESTEPD=${SIDESTEPD:-$ROOT_DIR/userspace/ue/sidestepd}
# In a kernel tree it is built beside the test programs.
[ -x "$SIDESTEPD" ] || SIDESTEPD=$PROGS/sidestepd
# More lines for the section of both.
HELPER_LINES=()
# The side whose helper is a service of systemd.sh's, if one is.
HELPER_SERVICE=
declare -A HELPER HELPER_KEY

# lib.sh's tunnel is not wanted.
tunnel_up()
{
	:
}

# helper_dir A|B
helper_dir()
{
	echo "$TMP/helper.${1,}"
}

# helper_ns A|B
helper_ns()
{
	local ns=UE_$1

	echo "${!ns}"
}

# other A|B
other()
{
	[ "$1" = A ] && echo B || echo A
}

# helper_init: makes both hosts' keys and directories
helper_init()
{
	local side dir

	for side in A B; do
		dir=$(helper_dir $side)
		mkdir -m 0700 "$dir"
		HELPER_KEY[$side]=$("$SIDESTEPD" --key --state "$dir") || die "no key for $side"
	done
}

# helper_conf A|B [LINE...]: the usual session, with these lines in its section
helper_conf()
{
	local side=$1 peer wan=203.0.113.2

	[ "$side" = A ] || wan=198.51.100.2
	peer=$(other "$side")
	shift
	cat > "$(helper_dir "$side")/conf" <<- END
		[Host]
		Name=ue-${side,}

		[Session p2p0]
		Peer=ue-${peer,}
		PeerKey=${HELPER_KEY[$peer]}
		Direct=direct0
		Modem=modem0
		ListenPort=$WG_PORT
		Endpoint=$wan:$WG_PORT
		$(printf '%s\n' "$@")
	END
}

# helper_start A|B: or again
helper_start()
{
	local dir

	dir=$(helper_dir "$1")
	# Not in_ns: its process must be the program itself.
	SIDESTEP_STATUS=$dir/status ip netns exec "$(helper_ns "$1")" \
		"$SIDESTEPD" --config "$dir/conf" --state "$dir" 2>> "$dir/log" &
	HELPER[$1]=$!
}

# helper_end A|B SIGNAL: its exit code
helper_end()
{
	local rc=0

	kill "-$2" "${HELPER[$1]}"
	wait "${HELPER[$1]}" 2> /dev/null || rc=$?
	unset "HELPER[$1]"
	return $rc
}

helpers_kill()
{
	kill -KILL "${HELPER[@]}" 2> /dev/null
}

# helper_show A|B [DEVICE]: JSON
helper_show()
{
	if [ "$1" = "$HELPER_SERVICE" ]; then
		inside sidestep -j show ${2:+"$2"} 2> /dev/null
	else
		SIDESTEP_STATUS=$(helper_dir "$1")/status in_ns "$(helper_ns "$1")" \
			"$SIDESTEP" -j show ${2:+"$2"} 2> /dev/null
	fi
}

# helper_says A|B KEY: what it says of its session, nothing for null
helper_says()
{
	helper_show "$1" p2p0 | "$PROGS/jget" "0.helper.$2" 2> /dev/null | sed '/^null$/d'
}

# helper_is A|B KEY VALUE
helper_is()
{
	[ "$(helper_says "$1" "$2")" = "$3" ]
}

# helper_logged A|B REGEX
helper_logged()
{
	grep -qE "$2" "$(helper_dir "$1")/log"
}

helper_logs()
{
	local side

	for side in A B; do
		tail -n 40 "$(helper_dir $side)/log" | sed "s/^/# $side: /"
	done
}

# helpers_up: module, both helpers, until the session could be used
helpers_up()
{
	module_load || die "cannot load $SIDESTEP_KO"
	helper_init
	helper_conf A "${HELPER_LINES[@]}"
	helper_conf B "${HELPER_LINES[@]}"
	defer helpers_kill
	helper_start A
	helper_start B
	helpers_ready || { helper_logs; die "the helpers do not come to a session"; }
}

helpers_ready()
{
	busywait 30000 both_ready
}

both_ready()
{
	paths_ready "$UE_A" 2> /dev/null && paths_ready "$UE_B" 2> /dev/null
}

# move STATE: both hosts, by hand; a session device that was made anew decides by itself
move()
{
	mode_set "$UE_A" manual && mode_set "$UE_B" manual && switch_both "$1"
}

# devices: by number, those of A's session; one made anew has another
devices()
{
	in_ns "$UE_A" cat /sys/class/net/p2p0/ifindex /sys/class/net/wg-p2p0/ifindex
}

# met: each has found the other on the direct link
met()
{
	helper_is A met true && helper_is B met true
}

# flows_begin, flows_end POINT: nothing is lost meanwhile, at UDP_RATE datagrams a second.
# A stream of a second or more is one, also where all between takes no time.
flows_begin()
{
	udp_start udp4 4 5000 -r "$UDP_RATE"
	udp_start udp6 6 5001 -r "$UDP_RATE"
	tcp_start tcp4 4 5002 -R 20000
	sleep 0.5
}

flows_end()
{
	local name

	sleep 0.7
	for name in udp4 udp6; do
		stream_stop $name || diag "$1: $name did not end as it should"
		stream_clean $name "$UDP_RATE" || stream_report $name
		test_ok "$1: $name: nothing lost, nothing twice" stream_clean $name "$UDP_RATE"
	done
	stream_stop tcp4 || diag "$1: tcp4 did not end as it should"
	test_ok "$1: tcp4 is intact" stream_intact tcp4
}

# cpu_time PID: what it has taken so far, in hundredths of a second
cpu_time()
{
	local fields

	read -ra fields < "/proc/$1/stat"
	echo $((fields[13] + fields[14]))
}

# helper_cost A|B SECONDS: into COST_PPM, millionths of a CPU that its helper takes,
# and COST_KIB, its resident memory, also what it shares with others
helper_cost()
{
	local before pid=${HELPER[$1]}

	before=$(cpu_time "$pid")
	sleep "$2"
	COST_PPM=$((($(cpu_time "$pid") - before) * 10000 / $2))
	COST_KIB=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
}
