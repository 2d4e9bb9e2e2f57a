#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `make install` in userspace/ installs, and `make uninstall` removes, modules too:
# `selftests/unit/install_test.sh` at the root of the checkout. Builds what it needs.

set -eu

readonly UNITS=usr/lib/systemd/system
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
	755 $2/sbin/prosefctl
	755 $2/sbin/prosefd
	755 $2/sbin/sidestepd
	644 $2/lib/modules-load.d/sidestep.conf
	644 $2/lib/systemd/system/prosefd.service
	644 $2/lib/systemd/system/sidestepd.service
	644 $2/lib/sysusers.d/prosefd.conf
	644 $2/lib/sysusers.d/sidestep.conf
	644 $2/lib/tmpfiles.d/prosefd.conf
	644 $2/lib/tmpfiles.d/sidestep.conf
	644 $2/share/bash-completion/completions/prosefctl
	644 $2/share/bash-completion/completions/sidestep
	644 $2/share/man/man5/prosefd.conf.5
	644 $2/share/man/man5/sidestepd.conf.5
	644 $2/share/man/man8/prosefctl.8
	644 $2/share/man/man8/prosefd.8
	644 $2/share/man/man8/sidestep.8
	644 $2/share/man/man8/sidestepd.8
	644 $3/NetworkManager/conf.d/sidestep.conf
	644 $4/polkit-1/rules.d/50-sidestep.rules
	END
	) <(files "$1")
}

# starts DIR PREFIX: the units have the programs' paths
starts()
{
	local program

	for program in sidestepd prosefd; do
		grep -qx "ExecStart=/$2/sbin/$program" "$1/$2/lib/systemd/system/$program.service" ||
			return 1
	done
}

removed()
{
	make_to "$@" && [ -z "$(files "$1")" ]
}

# modules_removed: compressed or not, of every kernel, and nothing else
modules_removed()
{
	local modules=$TMP/mod/lib/modules

	mkdir -p "$modules"/{6.1.0-1-a,6.12.1-b}/updates
	touch "$modules"/{6.1.0-1-a/updates/sidestep.ko,6.12.1-b/updates/sidestep.ko.xz,6.12.1-b/updates/other.ko.xz}
	touch "$modules"/{6.1.0-1-a,6.12.1-b}/modules.{order,builtin}
	echo "updates/sidestep.ko:" | tee "$modules/6.1.0-1-a/modules.dep" > "$modules/6.12.1-b/modules.dep"
	make -s uninstall INSTALL_MOD_PATH="$TMP/mod" DESTDIR="$TMP/nowhere" &&
		! grep -r sidestep "$modules" &&
		[ "$(cd "$modules" && find . -name '*.ko*' -o -name updates | sort | xargs)" = \
			"./6.12.1-b/updates ./6.12.1-b/updates/other.ko.xz" ]
}

# unit_is_good UNIT: with the program where it is now it has nothing to complain of
unit_is_good()
{
	sed "s|^ExecStart=|&$D|" "$D/$UNITS/$1" > "$TMP/$1"
	systemd-analyze verify --man=no "$TMP/$1" > "$TMP/said" 2>&1 || {
		cat "$TMP/said"
		return 1
	}
	! grep "$1" "$TMP/said"
}

unit_is_sandboxed()
{
	systemd-analyze security --offline=true --threshold=$EXPOSURE_MAX "$D/$UNITS/$1"
}

user_is_made()
{
	systemd-sysusers --root="$D" --dry-run 2>&1 | grep "Creating user .$1. "
}

tmpfiles_are_good()
{
	systemd-tmpfiles --root="$D" --create --prefix=/none sidestep.conf prosefd.conf
}

# options_agree PAGE: each option that the page has in its synopsis is in its list, and
# the reverse
options_agree()
{
	local page=userspace/man/$1

	diff <(sed -n '/^.SH SYNOPSIS/,/^.SH DESC/p' "$page" | grep -o '\\-\\-[a-z]*' | sort -u) \
		<(grep -A 1 '^\.TP' "$page" | grep -o '\\-\\-[a-z]*' | sort -u)
}

# Of prosefd.conf(5), each key that the program knows
keys_agree()
{
	diff <(sed -n 's/^\t{ \(FUNCTION\|PEER\), "\([A-Za-z]*\)".*/\2=/p' userspace/mno/mno_conf.c |
			sort -u) \
		<(grep -A 1 '^\.TP' userspace/man/prosefd.conf.5 | grep -o '[A-Z][A-Za-z]*=' | sort -u)
}

# members_agree LIST: prosefctl(8) has those that are printed, in that order
members_agree()
{
	local row=${1%s}

	diff <(sed -n "/^#define ROW control_$row\$/,/^#undef/s/^\tCOLUMN(.*, \(.*\), CELL.*/\1/p" \
			userspace/ctl/table.c) \
		<(sed -n '/^.SH JSON/,/^.SH ENV/p' userspace/man/prosefctl.8 |
			grep -A 1 "^\.B $1\$" | sed 1d | tr -d ' ' | tr , '\n')
}

# The commands of prosefctl, where they are told
commands_agree()
{
	local commands

	commands=$(userspace/ctl/prosefctl help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
	for command in $commands; do
		grep -q "fB$command\|prosefctl $command" userspace/man/prosefctl.8 || return 1
	done
	grep -q "_words \"${commands//$'\n'/ }\"" userspace/completion/prosefctl
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
ok "install: the units start what was installed" starts "$D" usr
for daemon in sidestepd prosefd; do
	maybe systemd-analyze "install: the unit of $daemon is good" unit_is_good $daemon.service
	maybe systemd-analyze "install: the unit of $daemon is sandboxed" unit_is_sandboxed $daemon.service
done
maybe systemd-sysusers "install: the user of sidestepd" user_is_made sidestep
maybe systemd-sysusers "install: the user of prosefd" user_is_made prosefd
maybe systemd-tmpfiles "install: tmpfiles" tmpfiles_are_good
touch "$D/usr/share/man/man8/other.8"
make_to "$D" uninstall PREFIX=/usr
ok "uninstall: leaves what is not its own" test "$(files "$D")" = "644 usr/share/man/man8/other.8"
make_to "$TMP/a b" install
ok "install: the default, a space in DESTDIR" installed "$TMP/a b" usr/local etc etc
ok "install: their units" starts "$TMP/a b" usr/local
ok "uninstall: nothing is left" removed "$TMP/a b" uninstall
ok "uninstall: the modules" modules_removed
ok "man page of sidestepd has the options" options_agree sidestepd.8
ok "man page of prosefd has the options" options_agree prosefd.8
ok "man page of prosefd.conf has the keys" keys_agree
for list in subscribers agreements sessions relays; do
	ok "man page of prosefctl has the members of $list" members_agree $list
done
ok "prosefctl: the same commands everywhere" commands_agree
ok_end
