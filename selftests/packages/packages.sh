#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's packages in a guest: what is checked out, over an older version of it, on a
# stock Debian 12. The log is in out/packages.
#
# Usage: packages.sh
set -eu

# As an earlier release: the same programs, and another version.
readonly PREVIOUS=0.0.9

here=$(cd "$(dirname "$0")" && pwd)
root=${here%/selftests/packages}
out=$root/out/packages

mkdir -p "$root/out"
exec 9> "$root/out/check.lock"
flock -n 9 || { echo "another check of this checkout is going on" >&2; exit 1; }
rm -rf "$out"
mkdir "$out"
make -s -C "$root/userspace"
make -s -C "$root/selftests" progs
"$root/selftests/deb.sh" > /dev/null
"$root/selftests/deb.sh" $PREVIOUS > /dev/null
image=$("$here/debian.sh" "$root"/out/deb/sidestep{,-dkms,-mno}_*.deb)
# The guest sees no home.
trap 'rm -f "$out/debian.squashfs"' EXIT
trap 'exit 1' INT TERM HUP
ln "$image" "$out/debian.squashfs" 2> /dev/null || cp "$image" "$out/debian.squashfs"
chmod 777 "$out"
"$root/selftests/vm/vm.sh" --smp 2 --mem 6144 --timeout 3600 --out "$out" \
	-- "$here/guest.sh" $PREVIOUS | tee "$out/log"
exit "${PIPESTATUS[0]}"
