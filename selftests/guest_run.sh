#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# In the guest, started by run.sh: runs the tests named and marks where one
# begins and ends. What the kernel complains of during a test is one more point
# of it. Time limits are run.sh's: the clock here may count instructions.
set -u

here=$(cd "$(dirname "$0")" && pwd)
COMPLAINTS=$(< "$here/vm/complaints")
readonly KMEMLEAK=/sys/kernel/debug/kmemleak

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

# leak_check TEST: without the module, for its own memory may point to what it
# leaks. A leak is told by the second scan that finds it, if it is 5 s old.
leak_check()
{
	local found

	[ -e $KMEMLEAK ] || return
	if [ -d /sys/module/sidestep ] && ! rmmod sidestep; then
		echo "not ok 0 $1: unload"
		return
	fi
	sleep 6
	echo scan > $KMEMLEAK
	echo scan > $KMEMLEAK
	found=$(< $KMEMLEAK)
	if [ -n "$found" ]; then
		printf '# %s\n' "${found//$'\n'/$'\n'# }"
		echo "not ok 0 $1: memory leak"
	else
		echo "ok 0 $1: no memory leak"
	fi
	echo clear > $KMEMLEAK
}

# sets_known: the kernel's own complaints of nf_tables when the first anonymous set and
# the first map are made, and when one is flushed, said once, are said before a test
sets_known()
{
	unshare -n nft -f - <<- END
		table inet t { map m { type inet_service : verdict; }; }
		flush map inet t m
		table inet t {
			chain c {
				meta l4proto { tcp, udp } accept
				udp dport vmap @m
			}
		}
	END
}

# radios_known: likewise that of mac80211 (PROVE_RCU_LIST) when one is set up; once
# for as long as mac80211 is loaded, so it stays
radios_known()
{
	modprobe mac80211_hwsim radios=1
	ip link set wlan0 up
	rmmod mac80211_hwsim
}

if [ -e $KMEMLEAK ]; then
	echo clear > $KMEMLEAK
	# Where programs take the kernel's time, its threads for packets come first.
	renice -n 10 $$ > /dev/null
	sets_known
	[[ " $* " != *" test_"@(check|guide|helper|helper_user|trigger_radio)".sh "* ]] || radios_known
fi
for name; do
	dmesg -C
	echo "### begin $name"
	"$here/$name"
	rc=$?
	leak_check "$name"
	kernel_log_check "$name"
	echo "### end $name $rc"
done
