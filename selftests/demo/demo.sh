#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make demo`: builds what is needed, tells the story in two guests, with
# Sidestep and without, and compares. docs/demo.md says how to read the result.
#
# Exit code: 0 if Sidestep's column is clean, 1 if it is not, 2 if something
# went wrong on the way. Results are in out/demo.
set -eu

here=$(dirname "$(readlink -f "$0")")
selftests=$(dirname "$here")
root=$(dirname "$selftests")
out=$root/out/demo
vms=()
readonly GUEST_TIMEOUT_S=1200

say() {
	printf '[%3d s] %s\n' "$SECONDS" "$*"
}

die() {
	echo "demo: $*" >&2
	kill "${vms[@]}" 2> /dev/null || :
	exit 2
}

# shellcheck disable=SC2317 # a trap calls it
interrupted() {
	kill "${vms[@]}" 2> /dev/null || :
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
		--env SIDESTEP_KO="$ko" -- selftests/demo/story.sh "$1"
}

# Both at once, each with a guest of its own; what happens without Sidestep is
# said afterwards.
tell() {
	local said=$out/without/said rc=0

	mkdir "$out/without"
	say "booting two guests; the times below are their own"
	guest sidestep &
	vms=($!)
	guest without > "$said" 2>&1 &
	vms+=($!)
	wait "${vms[0]}" || die "the guest failed; its logs are in ${out#"$root/"}/sidestep"
	wait "${vms[1]}" || rc=$?
	cat "$said"
	[ $rc -eq 0 ] || die "the guest failed; its logs are in ${out#"$root/"}/without"
	vms=()
}

trap interrupted INT TERM HUP
rm -rf "$out"
mkdir -p "$out"
build_all
tell
say "done"
rc=0
"$here/bin/report" "$out" || rc=$?
[ "$rc" -eq 2 ] || printf '\n%s/result.json has all the figures,\n%s/timeline.svg the picture.\n' \
	"${out#"$root/"}" "${out#"$root/"}"
exit "$rc"
