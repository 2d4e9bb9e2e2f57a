#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `make bench`: builds what is needed, measures in a guest whose clock counts
# instructions, and compares with the targets. docs/bench.md says how to read
# the result, which is also in out/bench/result.json.
#
# Usage: bench.sh            environment: ROUNDS=N, 4 if not said
# Exit code: 0 if all was measured, whether or not a target was missed; 1 if not.
set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
selftests=$(dirname "$here")
root=$(dirname "$selftests")
out=$root/out/bench
rounds=${ROUNDS:-4}
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
	local line

	"$selftests/vm/vm.sh" --icount --timeout $GUEST_TIMEOUT_S --out "$out" \
		--env SIDESTEP_KO="$ko" -- "$here/guest.sh" "$rounds" |
		while IFS= read -r line; do
			say "$line"
		done
}

[[ $rounds =~ ^[1-9][0-9]?$ ]] || die "ROUNDS=$rounds is not 1 to 99"
rm -rf "$out"
mkdir -p "$out"
say "building"
build_all
say "booting the guest"
measure || die "the guest failed (code $?); its kernel log is out/bench/console.log"
awk -v json="$out/result.json" -f "$here/report.awk" "$out/samples" || die "no result"
printf '\nout/bench/result.json has all the figures.\n'
