# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by unit tests that are scripts: points, and a directory of their own.

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
count=0
failures=0

# ok NAME COMMAND...: the command must succeed
ok()
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@" > "$TMP/log" 2>&1; then
		echo "ok $count $name"
	else
		failures=$((failures + 1))
		sed 's/^/# /' "$TMP/log"
		echo "not ok $count $name"
	fi
}

# ok_end: the script's last word
ok_end()
{
	echo "1..$count"
	[ "$failures" = 0 ]
}
