#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make bench`: builds what is needed, measures in a guest whose clock counts
# instructions, and compares with the targets. docs/bench.md says how to read
# the result, which is also in out/bench/result.json.
#
# `make bench-profile`: says instead in which piece of the code the instructions
# go, by one round.
#
# Usage: bench.sh [--profile]      environment: ROUNDS=N, 4 if not said
# Exit code: 0 if all was measured, whether or not a target was missed; 1 if not.
set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
selftests=$(dirname "$here")
root=$(dirname "$selftests")
out=$root/out/bench
rounds=${ROUNDS:-4}
profile=
readonly GUEST_TIMEOUT_S=1200

say() {
	printf '[%3d s] %s\n' "$SECONDS" "$*"
}

die() {
	echo "bench: $*" >&2
	exit 1
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
	"$selftests/deps.sh" --for bench || die "packages are missing"
	build make -C "$root/userspace"
	build make -C "$selftests" progs
	build make -C "$here"
	ko=$("$selftests/vm/build.sh") || die "the module does not build"
}

measure() {
	local line options=()

	[ -z "$profile" ] ||
		options=(--plugin "$here/bin/profile.so,prefix=$out/counts" --env PROFILE=1)
	"$selftests/vm/vm.sh" --icount --timeout $GUEST_TIMEOUT_S --out "$out" \
		"${options[@]}" --env SIDESTEP_KO="$ko" -- "$here/guest.sh" "$rounds" |
		while IFS= read -r line; do
			say "$line"
		done
}

# function_files: a line "FILE FUNCTION" for each of the module's
function_files() {
	local object

	for object in "${ko%/*}"/kmod/*.o; do
		nm "$object" | awk -v file="$(basename "$object" .o)" '$2 ~ /[tT]/ {print file, $3}'
	done
}

# What profile.awk reads: functions and counts, by address.
profile_lines() {
	local file

	{
		awk '$2 ~ /[tTwW]/ {print $1, 0, $3, $4}' "$out/kallsyms"
		for file in "$out"/counts.*; do
			awk -v n="${file##*.}" '{print $1, 1, n, $2}' "$file"
		done
	} | LC_ALL=C sort
}

report_profile() {
	function_files > "$out/objects"
	profile_lines | awk -v objects="$out/objects" -v samples="$out/samples" \
		-f "$here/profile.awk" | tee "$out/profile"
}

report() {
	awk -v json="$out/result.json" -f "$here/report.awk" "$out/samples"
	printf '\nout/bench/result.json has all the figures.\n'
}

case ${1:-} in
"") ;;
--profile) profile=1 rounds=1 ;;
*) die "unknown option $1" ;;
esac
[[ $rounds =~ ^[1-9][0-9]?$ ]] || die "ROUNDS=$rounds is not 1 to 99"
rm -rf "$out"
mkdir -p "$out"
say "building"
build_all
say "booting the guest"
measure || die "the guest failed (code $?); its kernel log is out/bench/console.log"
if [ -n "$profile" ]; then
	report_profile || die "no profile"
else
	report || die "no result"
fi
