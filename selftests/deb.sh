#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian packages of what is checked out, changes included, into out/deb; lintian
# must have nothing to say of them. `apt install ./out/deb/NAME.deb`, `apt purge NAME`.
#
# Usage: deb.sh            what is checked out
#        deb.sh VERSION    as if that were its version, into out/deb-VERSION
set -eu -o pipefail

root=$(dirname "$(dirname "$(readlink -f "$0")")")
is=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$root/dkms.conf")
version=${1:-$is}
out=$root/out/deb${1:+-$1}
log=$out/build.log

die()
{
	echo "deb.sh: $*" >&2
	exit 1
}

cd "$root"
[ "$(dpkg-parsechangelog -S Version)" = "$is" ] ||
	die "debian/changelog has another version than dkms.conf, which says $is"
rm -rf "$out"
mkdir -p "$out/sidestep-$version"
git ls-files -z | tar c --null -T - | tar x -C "$out/sidestep-$version"
cd "$out/sidestep-$version"
sed -i "1s/$is/$version/" debian/changelog
sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$version\"/" dkms.conf
dpkg-buildpackage -us -uc -b > "$log" 2>&1 || {
	tail -n 30 "$log" >&2
	die "dpkg-buildpackage failed, see $log"
}
cd "$out"
rm -r "sidestep-$version"
lintian --allow-root --fail-on error,warning ./*.changes
ls ./*.deb
