# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by lib.sh: a test's points, as the kernel's tests say them.

KTAP_COUNT=0 KTAP_FAILED=0 KTAP_SKIPPED=0

diag()
{
	printf '# %s\n' "$*"
}

ktap_header()
{
	echo "TAP version 13"
}

ktap_plan()
{
	echo "1..$1"
}

test_pass()
{
	KTAP_COUNT=$((KTAP_COUNT + 1))
	echo "ok $KTAP_COUNT $1"
}

# test_fail NAME [REASON]
test_fail()
{
	KTAP_COUNT=$((KTAP_COUNT + 1))
	KTAP_FAILED=$((KTAP_FAILED + 1))
	[ -z "${2:-}" ] || diag "$1: $2"
	echo "not ok $KTAP_COUNT $1"
}

# test_skip NAME REASON
test_skip()
{
	if [ "${EXPECT_ALL:-0}" = 1 ]; then
		test_fail "$1" "must not be skipped: $2"
		return
	fi
	KTAP_COUNT=$((KTAP_COUNT + 1))
	KTAP_SKIPPED=$((KTAP_SKIPPED + 1))
	echo "ok $KTAP_COUNT $1 # SKIP $2"
}

# test_eq NAME ACTUAL EXPECTED
test_eq()
{
	if [ "$2" = "$3" ]; then
		test_pass "$1"
	else
		test_fail "$1" "is '$2', should be '$3'"
	fi
}

# test_ok NAME COMMAND...
test_ok()
{
	local name=$1

	shift
	if "$@"; then
		test_pass "$name"
	else
		test_fail "$name" "failed: $*"
	fi
}

# Ends a test script: 0 passed, 1 failed, 4 all skipped.
ktap_end()
{
	diag "totals: $KTAP_COUNT points, $KTAP_FAILED failed, $KTAP_SKIPPED skipped"
	[ "$KTAP_FAILED" -eq 0 ] || exit 1
	[ "$KTAP_SKIPPED" -eq 0 ] || [ "$KTAP_SKIPPED" -lt "$KTAP_COUNT" ] || exit 4
	exit 0
}

# The whole script cannot run here.
ktap_skip_all()
{
	test_skip "$1" "$2"
	ktap_plan 1
	ktap_end
}
