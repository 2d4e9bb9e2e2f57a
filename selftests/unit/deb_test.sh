#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Takes: 60
#
# Debian's packages: they are made, lintian has no error and no warning, and they have
# what `make install` brings: `selftests/unit/deb_test.sh` at the root of the checkout.

set -eu

readonly DEB=out/deb

# shellcheck source=selftests/unit/ok.sh
. "$(dirname "$0")/ok.sh"

# built: and lintian fails it if it has an error or a warning to say; nothing is overridden
built()
{
	selftests/deb.sh && ! find debian -name '*lintian-overrides*' | grep .
}

names()
{
	for deb in "$DEB"/*.deb; do
		dpkg-deb -f "$deb" Package
	done | grep -v dbgsym
}

# contents: of all packages, without what debhelper adds
contents()
{
	local deb

	for deb in "$DEB"/sidestep{,-mno}_*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -t
	done | sed -n 's|^\./||; s|\.gz$||; /[^/]$/p' | grep -v '^usr/share/doc/' | sort
}

as_installed()
{
	make -s -C userspace install DESTDIR="$TMP/root" PREFIX=/usr UNITDIR=/lib/systemd/system
	diff <(cd "$TMP/root" && find . ! -type d -printf '%P\n' | sort) <(contents)
}

# sources_whole: what DKMS gets is enough for a build
sources_whole()
{
	diff <({ echo dkms.conf; find Kbuild kmod -name '*.[ch]' -o -name Kbuild; } | sort) \
		<(dpkg-deb --fsys-tarfile "$DEB"/sidestep-dkms_*.deb | tar -t |
			sed -n 's|^\./usr/src/sidestep-[^/]*/||; /^\./d; /\/$/!p' | grep . | sort)
}

echo "KTAP version 1"
ok "deb: made, and lintian has no error and no warning" built
ok "deb: three packages" test "$(names | tr '\n' ' ')" = "sidestep-dkms sidestep-mno sidestep "
ok "deb: what make install brings" as_installed
ok "deb: what DKMS builds" sources_whole
ok_end
