#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Takes: 120
#
# Each fuzz target for a few seconds: `make -C selftests/fuzz check`. What was
# found before is in selftests/fuzz/build and is tried first.
set -eu

readonly SECONDS_EACH=3

fuzz=$(cd "$(dirname "$0")/../fuzz" && pwd)
read -ra TARGETS < <(make -s --no-print-directory -C "$fuzz" targets)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

has_fuzzer()
{
	echo 'int LLVMFuzzerTestOneInput(void *d, long n) { return !d && n; }' |
		"${CLANG:-clang}" -fsanitize=fuzzer,address,undefined -x c - -o "$log" \
			> /dev/null 2>&1
}

echo "KTAP version 1"
if ! has_fuzzer; then
	echo "1..1"
	echo "ok 1 fuzz # SKIP no clang with libFuzzer (packages clang, libclang-rt-14-dev)"
	exit 4
fi

echo "1..${#TARGETS[@]}"
number=0
status=0
for target in "${TARGETS[@]}"; do
	number=$((number + 1))
	if make -s -C "$fuzz" T="$target" S=$SECONDS_EACH > "$log" 2>&1; then
		echo "ok $number fuzz: $target: $(sed -n 's/^Done //p' "$log")"
	else
		tail -n 40 "$log" | sed 's/^/# /'
		echo "not ok $number fuzz: $target"
		status=1
	fi
done
exit $status
