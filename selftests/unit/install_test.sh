#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `make install` in userspace/ installs, and `make uninstall` removes:
# `selftests/unit/install_test.sh` at the root of the checkout. Builds what it needs.

set -eu

readonly UNIT=usr/lib/systemd/system/sidestepd.service
readonly EXPOSURE_MAX=20

# shellcheck source=selftests/unit/ok.sh
. "$(dirname "$0")/ok.sh"
D=$TMP/root

# maybe PROGRAM NAME COMMAND...: likewise, if the program is there
maybe()
{
	local program=$1

	shift
	if command -v "$program" > /dev/null; then
		ok "$@"
	else
		count=$((count + 1))
		echo "ok $count $1 # SKIP no $program (package systemd)"
	fi
}

# make_to DIR TARGET VARIABLE...
make_to()
{
	make -s -C userspace "$2" DESTDIR="$1" "${@:3}"
}

# files DIR: all that is there
files()
{
	find "$1" ! -type d -printf '%m %P\n' | sort -k 2
}

# installed DIR PREFIX CONFIGURATION RULES: just what should be
installed()
{
	diff <(sort -k 2 <<-END
	755 $2/bin/sidestep
	755 $2/sbin/sidestepd
	644 $2/lib/modules-load.d/sidestep.conf
	644 $2/lib/systemd/system/sidestepd.service
	644 $2/lib/sysusers.d/sidestep.conf
	644 $2/lib/tmpfiles.d/sidestep.conf
	644 $2/share/bash-completion/completions/sidestep
	644 $2/share/man/man5/sidestepd.conf.5
	644 $2/share/man/man8/sidestep.8
	644 $2/share/man/man8/sidestepd.8
	644 $3/NetworkManager/conf.d/sidestep.conf
	644 $4/polkit-1/rules.d/50-sidestep.rules
	END
	) <(files "$1")
}

# starts DIR PREFIX: the unit has the program's path
starts()
{
	grep -qx "ExecStart=/$2/sbin/sidestepd" "$1/$2/lib/systemd/system/sidestepd.service"
}

removed()
{
	make_to "$@" && [ -z "$(files "$1")" ]
}

# The unit, with the program where it is now, has nothing to complain of.
unit_is_good()
{
	sed "s|^ExecStart=|&$D|" "$D/$UNIT" > "$TMP/sidestepd.service"
	systemd-analyze verify --man=no "$TMP/sidestepd.service" > "$TMP/said" 2>&1 || {
		cat "$TMP/said"
		return 1
	}
	! grep sidestepd.service "$TMP/said"
}

unit_is_sandboxed()
{
	systemd-analyze security --offline=true --threshold=$EXPOSURE_MAX "$D/$UNIT"
}

user_is_made()
{
	systemd-sysusers --root="$D" --dry-run 2>&1 | grep "Creating user .sidestep. "
}

tmpfiles_are_good()
{
	systemd-tmpfiles --root="$D" --create --prefix=/none sidestep.conf
}

# Each option that the page has in its synopsis is in its list, and the reverse.
options_agree()
{
	local page=userspace/man/sidestepd.8

	diff <(sed -n '/^.SH SYNOPSIS/,/^.SH DESC/p' "$page" | grep -o '\\-\\-[a-z]*' | sort -u) \
		<(grep -A 1 '^\.TP' "$page" | grep -o '\\-\\-[a-z]*' | sort -u)
}

[ -e userspace/ue/main.c ] || {
	echo "1..1"
	echo "ok 1 install # SKIP no helper in this tree"
	exit 4
}

make -s -C userspace
echo "KTAP version 1"
make_to "$D" install PREFIX=/usr
ok "install: PREFIX=/usr" installed "$D" usr usr/lib usr/share
ok "install: the unit starts what was installed" starts "$D" usr
maybe systemd-analyze "install: the unit is good" unit_is_good
maybe systemd-analyze "install: the unit is sandboxed" unit_is_sandboxed
maybe systemd-sysusers "install: the user" user_is_made
maybe systemd-tmpfiles "install: tmpfiles" tmpfiles_are_good
touch "$D/usr/share/man/man8/other.8"
make_to "$D" uninstall PREFIX=/usr
ok "uninstall: leaves what is not its own" test "$(files "$D")" = "644 usr/share/man/man8/other.8"
make_to "$TMP/a b" install
ok "install: the default, a space in DESTDIR" installed "$TMP/a b" usr/local etc etc
ok "install: its unit" starts "$TMP/a b" usr/local
ok "uninstall: nothing is left" removed "$TMP/a b" uninstall
ok "man page has the options" options_agree
ok_end
