#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the unit tests here and the other tests in guests, as many at once as is
# safe. Each line is preceded by its test; logs are in out/check. What failed is said
# again at the end, and the last line is "N passed, N failed, N skipped"; the exit
# code is 0 if nothing failed. out/check/times has the seconds that each took.
#
# Usage: run.sh            environment: T=PATTERN      only tests with such a name
#                                       EXPECT_ALL=1   what is skipped has failed
#                                       KERNEL=NAME    see vm/cache.sh; logs are in
#                                                      out/check-NAME then
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
out=$root/out/check${KERNEL:+-$KERNEL}
export KERNEL=${KERNEL:-6.1}
pattern=${T:-*}
test_timeout=$(sed -n 's/^timeout=//p' "$here/settings")
# The kernels that look for faults take their time.
slowness=1
[ "$KERNEL" != debug ] || slowness=4
test_timeout=$((test_timeout * slowness))
readonly BOOT_TIMEOUT=$((120 * slowness)) GUEST_TIMEOUT=$((3600 * slowness))

passed=0 failed=0 skipped=0 units=()
# The test whose lines are read now, and how many of its points failed.
current='' current_points=0 current_failed=0 current_began=0

say()
{
	printf '%s: %s\n' "${current:-run.sh}" "$1" | tee -a "$out/${current:-run.sh}.log"
}

# note_failed LINE: it is said again at the end
note_failed()
{
	failed=$((failed + 1))
	current_failed=$((current_failed + 1))
	echo "${current:-run.sh}: $1" >> "$out/failed"
}

say_failed()
{
	say "not ok - $1"
	note_failed "not ok - $1"
}

count_skip()
{
	if [ "${EXPECT_ALL:-0}" = 1 ]; then
		say_failed "must not be skipped: $1"
	else
		skipped=$((skipped + 1))
	fi
}

# count_line LINE: one line of a test's output
count_line()
{
	say "$1"
	case $1 in
	"not ok "*)
		note_failed "$1"
		;;
	"ok "*"# SKIP"*)
		count_skip "$1"
		;;
	"ok "*)
		passed=$((passed + 1))
		;;
	*)
		return
		;;
	esac
	current_points=$((current_points + 1))
}

begin_test()
{
	current=$1 current_points=0 current_failed=0 current_began=$SECONDS
}

# end_test EXIT_CODE: a code that its points do not explain is a failure
end_test()
{
	case $1 in
	0 | 4)
		[ "$current_points" -gt 0 ] || say_failed "tested nothing"
		;;
	124 | 137)
		say_failed "out of time"
		;;
	*)
		[ "$current_failed" -gt 0 ] || say_failed "exit code $1"
		;;
	esac
	echo "$((SECONDS - current_began)) $current" >> "$out/times"
	current=
}

# run_unit TEST
run_unit()
{
	local line

	begin_test "${1##*/}"
	while IFS= read -r line; do
		case $line in
		"### exit "*) end_test "${line##* }" ;;
		*) count_line "$line" ;;
		esac
	done < <(timeout -k 5 "$test_timeout" "$here/$1" 2>&1; echo "### exit $?")
}

# Guest tests that have not ended yet, and when the current one must have.
todo=()
deadline=0

guest_line()
{
	case $1 in
	"### begin "*)
		begin_test "${1##* }"
		deadline=$((SECONDS + test_timeout))
		;;
	"### end "*)
		todo=("${todo[@]:1}")
		end_test "${1##* }"
		;;
	*)
		count_line "$1"
		;;
	esac
}

# read_guest FD: returns false if the guest must be ended
read_guest()
{
	local line rc

	deadline=$((SECONDS + BOOT_TIMEOUT))
	while [ "$SECONDS" -lt "$deadline" ]; do
		IFS= read -r -t $((deadline - SECONDS)) -u "$1" line
		rc=$?
		if [ $rc -eq 0 ]; then
			guest_line "$line"
		elif [ $rc -le 128 ]; then
			return 0
		fi
	done
	return 1
}

# guest_of TEST: the options of its guest, from its line "# Guest: OPTIONS". Where
# faults are looked for, one CPU is too slow for real time.
guest_of()
{
	local options

	options=$(sed -n 's/^# Guest: //p' "$here/$1")
	[ "$KERNEL" != debug ] || [[ $options =~ --(icount|smp) ]] || options="--icount $options"
	echo "$options"
}

# kernel_of OPTIONS: which the guest has. Of the two that look for faults the
# user-mode one is many times as fast, and has one CPU.
kernel_of()
{
	if [ "$KERNEL" = debug ] && [[ $1 != *--smp* ]]; then
		echo uml
	else
		echo "$KERNEL"
	fi
}

# guest_died REASON CONSOLE: the test that took it down has failed
guest_died()
{
	if [ -n "$current" ]; then
		say_failed "$1"
		cp "$2" "$out/$current.console.log"
		todo=("${todo[@]:1}")
		current=
	else
		say_failed "$1, not run: ${todo[*]}"
		todo=()
	fi
}

# run_guest NAME OPTIONS: boots a guest for what is to do; what is left after it
# died is for the next. It dies with this process.
run_guest()
{
	local words dir=$out/$1 fd vm rc=0 reason="out of time"

	read -ra words <<< "$2"
	exec {fd}< <(KERNEL=$(kernel_of "$2") exec setpriv --pdeathsig TERM "$here/vm/vm.sh" "${words[@]}" \
		--allow-warnings --timeout $GUEST_TIMEOUT --out "$dir" \
		--env EXPECT_ALL="${EXPECT_ALL:-0}" -- \
		"$here/guest_run.sh" "${todo[@]}" 2>&1)
	vm=$!
	if read_guest "$fd"; then
		wait "$vm" || rc=$?
		reason="the guest ended (code $rc)"
	else
		kill "$vm"
		wait "$vm"
	fi
	exec {fd}<&-
	[ ${#todo[@]} -eq 0 ] || guest_died "$reason" "$dir/console.log"
}

# run_lane NAME OPTIONS TEST...: one guest after the other until all is done; in
# a process of its own, which leaves its counts in a file
run_lane()
{
	local name=$1 options=$2

	passed=0 failed=0 skipped=0
	shift 2
	todo=("$@")
	while [ ${#todo[@]} -gt 0 ]; do
		run_guest "$name" "$options"
	done
	leave_totals "$name"
}

# run_unit_lane NAME TEST...: likewise
run_unit_lane()
{
	local name=$1 unit

	passed=0 failed=0 skipped=0
	shift
	for unit; do
		run_unit "$unit"
	done
	leave_totals "$name"
}

leave_totals()
{
	echo "$passed $failed $skipped" > "$out/$1.totals"
}

# takes TEST: seconds, from its line "# Takes: SECONDS", if it takes more than most
takes()
{
	local seconds

	[[ $1 != *.sh ]] || seconds=$(sed -n 's/^# Takes: //p' "$here/$1")
	echo "${seconds:-20}"
}

# deal LANES TEST...: the longest first, each to the lane that has least to do;
# LANE[n] are the words of lane n
deal()
{
	local lanes=$1 sums=() seconds t n least

	shift
	LANE=()
	for ((n = 0; n < lanes; n++)); do
		sums[n]=0
	done
	while read -r seconds t; do
		least=0
		for ((n = 1; n < lanes; n++)); do
			[ $((sums[n])) -ge $((sums[least])) ] || least=$n
		done
		LANE[least]+="$t "
		sums[least]=$((sums[least] + seconds))
	done < <(for t; do echo "$(takes "$t") $t"; done | sort -s -n -r -k 1,1)
}

# lanes_for OPTIONS: a guest that counts instructions has one CPU and does not
# mind how fast it is, so each CPU takes one. Those with two run in real time,
# and need both.
lanes_for()
{
	case $1 in
	*--icount*) nproc ;;
	*) echo 1 ;;
	esac
}

# run_group OPTIONS TEST...: those that want such a guest
run_group()
{
	local options=$1 n t tests=() names=() words

	shift
	for t; do
		[ "$(guest_of "$t")" != "$options" ] || tests+=("$t")
	done
	deal "$(lanes_for "$options")" "${tests[@]}"
	for n in "${!LANE[@]}"; do
		names+=("guest${options//[^a-z0-9]/}-$n")
		read -ra words <<< "${LANE[n]}"
		run_lane "${names[n]}" "$options" "${words[@]}" 9>&- &
	done
	wait
	for t in "${names[@]}"; do
		add_totals "$t"
	done
}

# run_units TEST...
run_units()
{
	local n words

	deal "$(nproc)" "$@"
	for n in "${!LANE[@]}"; do
		read -ra words <<< "${LANE[n]}"
		run_unit_lane "unit-$n" "${words[@]}" 9>&- &
	done
	wait
	for n in "${!LANE[@]}"; do
		add_totals "unit-$n"
	done
}

run_groups()
{
	local groups options

	mapfile -t groups < <(guests "$@")
	for options in "${groups[@]}"; do
		run_group "$options" "$@"
	done
}

# add_totals LANE: one that has left none did not come to its end
add_totals()
{
	local p f s

	if read -r p f s < "$out/$1.totals"; then
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	else
		say_failed "no result of the tests in $1"
	fi
}

# kernel_fits FILE: unless its line "# Kernel: debug|stock" says that it is for the other kind
kernel_fits()
{
	case $(sed -n 's/^# Kernel: //p' "$1") in
	debug) [ "$KERNEL" = debug ] ;;
	stock) [ "$KERNEL" != debug ] ;;
	esac
}

select_tests()
{
	local file

	for file; do
		[ -f "$file" ] || continue
		kernel_fits "$file" || continue
		# shellcheck disable=SC2053
		[[ ${file##*/} != $pattern && ${file##*/} != *$pattern* ]] || echo "$file"
	done
}

# guests TEST...: the options of their guests, once each
guests()
{
	local t

	for t; do
		guest_of "$t"
	done | sort -u
}

# build_all TEST...: what they and the unit tests need
build_all()
{
	local options kernels kernel

	make -s -C "$root/userspace" && make -s -C "$here" progs && make -s -C "$here/unit" || return
	mapfile -t options < <(guests "$@")
	kernels=$(for kernel in "${options[@]}"; do kernel_of "$kernel"; done | sort -u)
	for kernel in $kernels; do
		KERNEL=$kernel "$here/vm/build.sh" || return
	done
}

mkdir -p "$root/out"
exec 9> "$root/out/check.lock"
flock -n 9 || { echo "another check of this checkout is going on" >&2; exit 1; }
# shellcheck disable=SC2046 # one word each
trap 'kill $(jobs -p) 2> /dev/null' EXIT
rm -rf "$out"
mkdir -p "$out"
mapfile -t tests < <(select_tests "$here"/test_*.sh)
build_all "${tests[@]##*/}" > "$out/build.log" 2>&1 || { cat "$out/build.log"; exit 1; }
# The unit tests have no kernel: one run of them is enough.
[ "$KERNEL" != 6.1 ] || mapfile -t units < <(select_tests "$here"/unit/*_test "$here"/unit/*_test.sh)
[ $((${#units[@]} + ${#tests[@]})) -gt 0 ] || { echo "no test is called $pattern" >&2; exit 1; }

run_units "${units[@]#"$here"/}"
run_groups "${tests[@]##*/}"
[ "$failed" -eq 0 ] || cat "$out/failed"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
