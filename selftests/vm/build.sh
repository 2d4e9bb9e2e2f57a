#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds sidestep.ko for the guest's kernel in build/RELEASE, and prints its
# path. Only what changed is built again. Beside it is asleep.ko, for tests.
#
# Usage: build.sh [--sparse | --checkpatch]
#   --sparse      runs sparse over the module; fails if it says anything
#   --checkpatch  runs checkpatch --strict over the modules; fails on any report
set -eu

vm=$(dirname "$(readlink -f "$0")")
repo=${vm%/selftests/vm}

die() {
	echo "build: $*" >&2
	exit 1
}

# Only files whose content differs get a new time, and what is gone here goes there.
sync_sources() {
	local file

	mkdir -p "$build"
	(cd "$repo" && find Kbuild dkms.conf kmod -type f) > "$build/sources"
	while read -r file; do
		cmp -s "$repo/$file" "$build/$file" || install -D -m 644 "$repo/$file" "$build/$file"
	done < "$build/sources"
	(cd "$build" && find kmod -name '*.[ch]') | while read -r file; do
		[ -e "$repo/$file" ] || rm "$build/$file"
	done
}

# Quiet unless it fails.
run_make() {
	make -C "$kdir" M="${dir:-$build}" -j "$(nproc)" "$@" > "$build/log" 2>&1 || {
		cat "$build/log" >&2
		die "failed"
	}
}

asleep() {
	local dir=$build/asleep

	[ "$vm/asleep/asleep.c" -nt "$build/asleep.ko" ] || return 0
	rm -rf "$dir"
	cp -r "$vm/asleep" "$dir"
	run_make modules
	cp "$dir/asleep.ko" "$build"
}

module() {
	asleep
	run_make modules
	grep -E 'warning:' "$build/log" >&2 || :
	echo "$build/sidestep.ko"
}

sparse() {
	command -v sparse > /dev/null || die "sparse is missing, see selftests/deps.sh --for lint"
	run_make C=2 CF=-D__CHECK_ENDIAN__ modules
	! grep -E "^$build/[^ ]*:[0-9]+:[0-9]+: " "$build/log" >&2
}

checkpatch() {
	local scripts

	scripts=$("$vm/cache.sh" scripts)
	(cd "$repo" && find kmod selftests/vm/asleep -name '*.[ch]' -print0 |
		xargs -0 perl "$scripts/checkpatch.pl" --strict --no-tree --terse --no-summary -f) >&2
}

values=$("$vm/cache.sh" kdir release) || die "no kernel headers in the cache"
{ read -r kdir; read -r release; } <<< "$values"
build=$repo/build/$release
mkdir -p "$build"
exec 9> "$build/lock"
flock 9
case ${1:-} in
--checkpatch) checkpatch ;;
--sparse) sync_sources && sparse ;;
"") sync_sources && module ;;
*) die "unknown option $1" ;;
esac
