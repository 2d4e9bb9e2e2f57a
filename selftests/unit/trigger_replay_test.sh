#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Takes: 60
#
# The replay of a few walks: the same seed gives the same figures, and these stand
# to each other as they must, whatever the walks are. The picture of a walk in
# docs/tuning is that of the first seed.
set -eu

here=$(dirname "$(readlink -f "$0")")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

# point NAME COMMAND...
point()
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count trigger: replay: $name"
	else
		failed=$((failed + 1))
		echo "not ok $count trigger: replay: $name"
	fi
}

# replay SEED: into $tmp/SEED
replay()
{
	mkdir "$tmp/$1"
	SEED=$1 "$tmp/bin/replay" "$tmp/$1" 2 > "$tmp/$1/table"
}

# value STRATEGY GROUP KEY: or THRESHOLD GROUP KEY of the curve
value()
{
	awk -v name="$1" -v group="\"$2\":" -v key="\"$3\":" '
		/"name"|"prepare_dbm"/ { split($0, part, /: /); of = part[2]; gsub(/[",]/, "", of) }
		of == name && $1 == group {
			for (i = 2; i < NF; i++) {
				sub(/^\{/, "", $i)
				if ($i == key) {
					v = $(i + 1)
					gsub(/[},]/, "", v)
					print v
				}
			}
		}' "$tmp/3/result.json"
}

# holds VALUE OPERATOR VALUE
holds()
{
	if [ -z "$1" ] || [ -z "$3" ] || ! awk "BEGIN { exit !($1 $2 $3) }"; then
		echo "# $1 is not $2 $3"
		return 1
	fi
}

compare()
{
	holds "$(value "$1" "$2" "$3")" "$4" "$5"
}

same()
{
	cmp -s "$tmp/$1/result.json" "$tmp/$2/result.json"
}

differ()
{
	! same "$1" "$2"
}

numbers_only()
{
	! grep -qE '[", ]-?(nan|inf)[", ]' "$1"
}

refuses()
{
	local rc=0

	"$tmp/bin/replay" "${@:2}" > /dev/null 2>&1 || rc=$?
	[ "$rc" -eq "$1" ]
}

test_runs()
{
	replay 3
	mv "$tmp/3" "$tmp/first"
	replay 3
	replay 4
	point "the same seed gives the same" same first 3
	point "another seed gives something else" differ 3 4
	point "the picture is whole" grep -q '^</svg>$' "$tmp/3/replay.svg"
	point "the picture has no number that is none" numbers_only "$tmp/3/replay.svg"
	replay 1
	point "the picture of a walk is the one in docs" \
		cmp "$tmp/1/walk.svg" "$here/../../docs/tuning/walk.svg"
	point "all walks are there" compare defaults all walks == 36
	point "and none twice" grep -q '^36 walks, seeds 3 to 38;' "$tmp/3/table"
}

test_figures()
{
	point "what is always on misses nothing" compare "always-on duplication" all missed == 0
	point "... and pays for all" compare "always-on duplication" day metered_percent '>' 100
	point "a ping-count monitor misses all" compare "ping-count monitor" open missed == \
		"$(value "ping-count monitor" open failing)"
	point "... for it is late" compare "ping-count monitor" open lead_s_median '<' -2
	point "a hysteresis takes ping-pongs away" compare "+ hysteresis" all pingpongs '<' \
		"$(value "threshold only" all pingpongs)"
	point "... and so does a time to trigger" compare "+ time to trigger" all pingpongs '<' \
		"$(value "+ hysteresis" all pingpongs)"
	point "... and so do the defaults" compare defaults all pingpongs '<=' 1
	point "the defaults miss one of sixteen at most" compare defaults open missed '<=' 1
	point "they warn earlier" compare defaults open lead_s_median '>' \
		"$(value "+ time to trigger" open lead_s_median)"
	point "they pay for a twentieth of a day at most" compare defaults day metered_percent '<=' 5
	point "a higher threshold misses less" holds "$(value -84 open missed)" '>' \
		"$(value -64 open missed)"
	point "... and costs more" holds "$(value -84 day metered_percent)" '<' \
		"$(value -64 day metered_percent)"
}

test_refusals()
{
	point "no directory, no run" refuses 2
	point "no walks, no run" refuses 2 "$tmp" 0
	point "what cannot be written is an error" refuses 1 "$tmp/nowhere" 1
}

CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" \
	make -s -C "$here/../replay" OUT="$tmp/bin" "$tmp/bin/replay"

echo "KTAP version 1"
test_runs
test_figures
test_refusals
echo "1..$count"
[ "$failed" -eq 0 ]
