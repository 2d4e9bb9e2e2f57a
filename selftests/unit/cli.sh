# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by tests of the command line, at the root of the checkout: runs of sidestep, without
# a kernel module.

SIDESTEP=$PWD/userspace/cli/sidestep

# shellcheck source=selftests/unit/ok.sh
. "$(dirname "${BASH_SOURCE[0]}")/ok.sh"

make -s -C userspace

skip()
{
	count=$((count + 1))
	echo "ok $count $1 # SKIP $2"
}

# run ARGS...: the status, stdout and stderr of sidestep
run()
{
	status=0
	"$SIDESTEP" "$@" > "$TMP/out" 2> "$TMP/err" || status=$?
}

# says TEXT ARGS...: sidestep prints TEXT alone to stdout and exits 0
says()
{
	local text=$1

	shift
	run "$@"
	cat "$TMP/out" "$TMP/err"
	[ "$status" = 0 ] && [ "$(cat "$TMP/out")" = "$text" ] &&
		[ ! -s "$TMP/err" ]
}

# refuses LINE ARGS...: sidestep exits 1 with LINE on stderr, nothing on stdout
refuses()
{
	local line=$1

	shift
	run "$@"
	cat "$TMP/err"
	[ "$status" = 1 ] && [ "$(head -n 1 "$TMP/err")" = "sidestep: $line" ] &&
		[ ! -s "$TMP/out" ]
}

# misuse LINE ARGS...: likewise, and one more line with the usage
misuse()
{
	refuses "$@" && [ "$(wc -l < "$TMP/err")" = 2 ] &&
		sed -n 2p "$TMP/err" | grep -qE "^usage: sidestep |^'sidestep help'"
}

# fails LINE ARGS...: likewise, with one line in all
fails()
{
	refuses "$@" && [ "$(wc -l < "$TMP/err")" = 1 ]
}
