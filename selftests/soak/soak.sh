#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A session in a guest with two CPUs to which things happen at random, for long:
# see docs/soak.md. The same SEED does the same again.
#
# Usage: MINUTES=30 SEED=1 soak.sh       KERNEL=NAME: see vm/cache.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=${here%/selftests/soak}
minutes=${MINUTES:-30}
seed=${SEED:-$((RANDOM % 32767 + 1))}
out=$root/out/soak

rm -rf "$out"
mkdir -p "$out"
make -s -C "$root/userspace"
make -s -C "$root/selftests" progs
"$root/selftests/vm/build.sh" > /dev/null
chmod 777 "$out"
echo "# SEED=$seed"
"$root/selftests/vm/vm.sh" --smp 2 --timeout $((minutes * 120 + 600)) --out "$out" \
	-- "$here/guest.sh" "$minutes" "$seed" | tee "$out/log"
exit "${PIPESTATUS[0]}"
