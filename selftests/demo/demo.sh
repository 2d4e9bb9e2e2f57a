#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make demo [CASE=NAME]`: builds what is needed, tells the story in three guests, with
# Sidestep, without, and with MPTCP, and compares. docs/demo.md says how to read the result, and
# what the cases are.
#
# Environment: CASE=NAME   one of those in cases.sh
#
# Exit code: 0 if Sidestep's column is clean, 1 if it is not, 2 if something
# went wrong on the way. Results are in out/demo.
set -eu

here=$(dirname "$(readlink -f "$0")")
selftests=$(dirname "$here")
root=$(dirname "$selftests")
out=$root/out/demo
# By process: the story that it tells.
declare -A vms
# shellcheck source=selftests/demo/cases.sh
. "$here/cases.sh"
CASE=${CASE:-default}
readonly GUEST_TIMEOUT_S=1200

say() {
	printf '[%3d s] %s\n' "$SECONDS" "$*"
}

die() {
	echo "demo: $*" >&2
	kill "${!vms[@]}" 2> /dev/null || :
	exit 2
}

# shellcheck disable=SC2317 # a trap calls it
interrupted() {
	kill "${!vms[@]}" 2> /dev/null || :
	wait
	rm -rf "$out"
	exit 130
}

# Quiet, unless it fails.
build() {
	local log

	log=$("$@" 2>&1) || {
		echo "$log" >&2
		die "failed: $*"
	}
}

build_all() {
	say "packages that are needed"
	"$selftests/deps.sh" --for demo || die "packages are missing"
	say "building the command line and the test programs"
	build make -C "$root/userspace"
	build make -C "$selftests" progs
	build make -C "$here"
	say "building the module for the guest's kernel"
	ko=$("$selftests/vm/build.sh") || die "the module does not build"
}

# Usage: guest STORY. Its clock counts instructions: its figures do not hang on
# how busy the host is.
guest() {
	exec "$selftests/vm/vm.sh" --icount --timeout $GUEST_TIMEOUT_S --out "$out/$1" \
		--env SIDESTEP_KO="$ko" --env CASE="$CASE" -- selftests/demo/story.sh "$1"
}

# guest_start STORY: only the one with Sidestep is told on the console
guest_start() {
	mkdir "$out/$1"
	if [ "$1" = sidestep ]; then
		guest "$1" &
	else
		guest "$1" > "$out/$1/said" 2>&1 &
	fi
	vms[$!]=$1
}

# guest_ended PROCESS CODE
guest_ended() {
	local story=${vms[$1]}

	unset "vms[$1]"
	[ "$2" -eq 0 ] || {
		[ "$story" = sidestep ] || cat "$out/$story/said" >&2
		die "the guest '$story' failed; its logs are in ${out#"$root/"}/$story"
	}
	say "guest '$story' is done"
}

# Two guests at once, as there are CPUs.
tell() {
	local queue=(mptcp) pid rc

	say "booting guests; the times below are the first one's own, from when the radios part"
	guest_start sidestep
	guest_start without
	while [ ${#vms[@]} -gt 0 ]; do
		rc=0
		wait -n -p pid "${!vms[@]}" || rc=$?
		guest_ended "$pid" "$rc"
		[ ${#queue[@]} -eq 0 ] || guest_start "${queue[0]}"
		queue=("${queue[@]:1}")
	done
}

case_is_known "$CASE" || die "no case '$CASE': there are ${CASES[*]}"
trap interrupted INT TERM HUP
rm -rf "$out"
mkdir -p "$out"
build_all
tell
say "done"
rc=0
"$here/bin/report" "$out" || rc=$?
[ "$rc" -eq 2 ] || printf '\n%s/result.json has all the figures,\n%s/timeline.svg and %s/map.svg are the pictures.\n' \
	"${out#"$root/"}" "${out#"$root/"}" "${out#"$root/"}"
exit "$rc"
