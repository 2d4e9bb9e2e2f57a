#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# In the guest, started by run.sh: runs the tests named and marks where one
# begins and ends. What the kernel complains of during a test is one more point
# of it. Time limits are run.sh's: the clock here may count instructions.
set -u

here=$(cd "$(dirname "$0")" && pwd)
readonly COMPLAINTS='BUG:|WARNING:|Oops|unregister_netdevice: waiting|general protection fault|rcu:.* stall|blocked for more than|possible .* deadlock|memory leak'

# kernel_log_check TEST
kernel_log_check()
{
	local found

	if found=$(dmesg | grep -E "$COMPLAINTS"); then
		printf '# %s\n' "${found//$'\n'/$'\n'# }"
		echo "not ok 0 $1: kernel log"
	else
		echo "ok 0 $1: kernel log"
	fi
}

for name; do
	dmesg -C
	echo "### begin $name"
	"$here/$name"
	rc=$?
	kernel_log_check "$name"
	echo "### end $name $rc"
done
