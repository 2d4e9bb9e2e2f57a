#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the unit tests here and the other tests in guests, tests that want the
# same guest one after the other, guests side by side. Each line is preceded by
# its test; logs are in out/check. The last line is
# "N passed, N failed, N skipped"; the exit code is 0 if nothing failed.
#
# Usage: run.sh            environment: T=PATTERN      only tests with such a name
#                                       EXPECT_ALL=1   what is skipped has failed
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
out=$root/out/check
pattern=${T:-*}
test_timeout=$(sed -n 's/^timeout=//p' "$here/settings")
readonly BOOT_TIMEOUT=120

passed=0 failed=0 skipped=0
# The test whose lines are read now, and how many of its points failed.
current='' current_points=0 current_failed=0

say()
{
	printf '%s: %s\n' "${current:-run.sh}" "$1" | tee -a "$out/${current:-run.sh}.log"
}

say_failed()
{
	failed=$((failed + 1))
	current_failed=$((current_failed + 1))
	say "not ok - $1"
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
		failed=$((failed + 1))
		current_failed=$((current_failed + 1))
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
	current=$1 current_points=0 current_failed=0
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
	current=
}

run_unit()
{
	local line

	begin_test "${1##*/}"
	while IFS= read -r line; do
		case $line in
		"### exit "*) end_test "${line##* }" ;;
		*) count_line "$line" ;;
		esac
	done < <(timeout -k 5 "$test_timeout" "$1" 2>&1; echo "### exit $?")
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

# guest_of TEST: the options of its guest, from its line "# Guest: OPTIONS"
guest_of()
{
	sed -n 's/^# Guest: //p' "$here/$1"
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

# run_guest OPTIONS: boots a guest for what is to do; what is left after it died
# is for the next
run_guest()
{
	local words dir=$out/guest${1//[^a-z0-9]/} fd vm rc=0 reason="out of time"

	read -ra words <<< "$1"
	exec {fd}< <(exec "$here/vm/vm.sh" "${words[@]}" --allow-warnings --timeout 3600 \
		--out "$dir" --env EXPECT_ALL="${EXPECT_ALL:-0}" -- \
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

# run_group OPTIONS TEST...: all the tests that want such a guest, in a process
# of its own
run_group()
{
	local options=$1 t

	passed=0 failed=0 skipped=0
	shift
	for t; do
		[ "$(guest_of "$t")" != "$options" ] || todo+=("$t")
	done
	while [ ${#todo[@]} -gt 0 ]; do
		run_guest "$options"
	done
	echo "$passed $failed $skipped" > "$(totals_of "$options")"
}

# totals_of OPTIONS: where that group leaves its counts
totals_of()
{
	echo "$out/totals${1//[^a-z0-9]/}"
}

# One guest after the other: those with two CPUs run in real time, and need both.
run_groups()
{
	local groups options

	mapfile -t groups < <(for t; do guest_of "$t"; done | sort -u)
	for options in "${groups[@]}"; do
		(run_group "$options" "$@") 9>&-
	done
	for options in "${groups[@]}"; do
		add_totals "$options"
	done
}

# add_totals OPTIONS: a group that has left none did not come to its end
add_totals()
{
	local p f s

	if read -r p f s < "$(totals_of "$1")"; then
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	else
		say_failed "no result of the tests in the guest $1"
	fi
}

select_tests()
{
	local file

	for file; do
		[ -f "$file" ] || continue
		# shellcheck disable=SC2053
		[[ ${file##*/} != $pattern && ${file##*/} != *$pattern* ]] || echo "$file"
	done
}

mkdir -p "$root/out"
exec 9> "$root/out/check.lock"
flock -n 9 || { echo "another check of this checkout is going on" >&2; exit 1; }
rm -rf "$out"
mkdir -p "$out"
{ make -s -C "$here" progs && make -s -C "$here/unit"; } > "$out/build.log" 2>&1 ||
	{ cat "$out/build.log"; exit 1; }
mapfile -t units < <(select_tests "$here"/unit/*_test "$here"/unit/*_test.sh)
mapfile -t tests < <(select_tests "$here"/test_*.sh)
[ $((${#units[@]} + ${#tests[@]})) -gt 0 ] || { echo "no test is called $pattern" >&2; exit 1; }

for unit in "${units[@]}"; do
	run_unit "$unit"
done
run_groups "${tests[@]##*/}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
