# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after mno.sh, by those who measure how long it takes from the decision to a
# path over the infrastructure that both hosts' kernels call ready. By the kernel's
# tracepoints.

TRACEFS=/sys/kernel/tracing
# shellcheck disable=SC2034 # for mno.sh
MNO_LINES=(AssistsPerMinute=100000)
# At the 99th percentile, ms, for those who source this.
# shellcheck disable=SC2034
LIMIT_MS=500 LOSSY_LIMIT_MS=1000

# times_begin: once, before there is a session
times_begin()
{
	mountpoint -q $TRACEFS || mount -t tracefs tracefs $TRACEFS ||
		ktap_skip_all "times" "no tracefs"
	module_load || die "cannot load $SIDESTEP_KO"
	echo 1 > $TRACEFS/events/sidestep/sidestep_decided/enable || die "no events"
	echo 1 > $TRACEFS/events/sidestep/sidestep_path/enable || die "no events"
}

# trace_times: microseconds of the first decision, and of the last path that became ready
trace_times()
{
	awk -F '[: ]+' '
		{ for (i = 1; i < NF; i++) if ($i ~ /^[0-9]+\.[0-9]+$/) at = $i * 1000000 }
		/sidestep_decided: / && !decided { decided = at }
		/sidestep_path: .*path=infra ready=1/ { n++; ready = at }
		END { if (decided && n >= 2) printf "%d\n", ready - decided }' $TRACEFS/trace
}

no_infra()
{
	local ns

	for ns in "$UE_A" "$UE_B"; do
		[ "$(in_ns "$ns" cat /sys/class/net/p2p0/sidestep/paths/infra/ready)" = 0 ] || return
	done
}

# lose none|signalling|all: a twentieth of it
lose()
{
	case $1 in
	none) signalling_netem && signalling_loss 0 ;;
	signalling) signalling_loss 5 ;;
	all) signalling_netem loss 5% ;;
	esac
}

# all_home: as before the first decision, with nothing of the tunnel left
all_home()
{
	lose none
	mno_decide A release
	mno_decide B release
	busywait 60000 mno_is_over && busywait 60000 no_infra && sleep 2
}

# decide_at_once SIDE...: as where a link fades that both look at
decide_at_once()
{
	local side deciders=()

	for side; do
		mno_decide "$side" prepare &
		deciders+=($!)
	done
	wait "${deciders[@]}"
	# As each has counted for itself.
	MNO_ORDER=$((MNO_ORDER + 1))
}

# one_run none|signalling|all SIDE...: into TOOK_US, with a loss of that, if these decide
one_run()
{
	lose "$1"
	: > $TRACEFS/trace
	decide_at_once "${@:2}"
	busywait 20000 both_ready || return
	TOOK_US=$(trace_times)
	[ -n "$TOOK_US" ] && all_home
}

# runs NAME LIMIT_MS none|signalling|all SIDE...: MNO_RUNS of them
runs()
{
	local i times=() sorted p99 median

	for ((i = 0; i < MNO_RUNS; i++)); do
		one_run "${@:3}" || { mno_logs; test_fail "$1" "run $i came to no end"; return; }
		times+=("$TOOK_US")
	done
	mapfile -t sorted < <(printf '%s\n' "${times[@]}" | sort -n)
	median=${sorted[${#sorted[@]} / 2]}
	p99=${sorted[(${#sorted[@]} * 99 + 99) / 100 - 1]}
	diag "$1: $MNO_RUNS runs: median $((median / 1000)) ms," \
		"99th percentile $((p99 / 1000)) ms, greatest $((sorted[-1] / 1000)) ms"
	test_ok "$1: in $2 ms" [ "$p99" -le $(($2 * 1000)) ]
}
