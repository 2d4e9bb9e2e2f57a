#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module comes and goes as a file and as a DKMS package. A kernel that looks for
# faults would look at the compiler's for half an hour.
#
# Guest: --smp 2
# Kernel: stock
# shellcheck disable=SC2317 # called by test_ok
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$ROOT_DIR/dkms.conf")

insmod_here()
{
	(cd "$(dirname "$SIDESTEP_KO")" && insmod "./${SIDESTEP_KO##*/}")
}

copy_sources()
{
	mkdir -p "/usr/src/sidestep-$VERSION" &&
		cp -r "$ROOT_DIR/Kbuild" "$ROOT_DIR/dkms.conf" "$ROOT_DIR/kmod" \
			"/usr/src/sidestep-$VERSION"
}

# dkms_do COMMAND: quiet, unless it fails
dkms_do()
{
	dkms "$1" -m sidestep -v "$VERSION" > "$TMP/dkms" 2>&1 && return
	sed 's/^/# /' "$TMP/dkms" "/var/lib/dkms/sidestep/$VERSION/build/make.log"
	return 1
}

device_works()
{
	ip link add p2p0 type sidestep && ip link del p2p0
}

is_loaded()
{
	[ -d /sys/module/sidestep ]
}

ktap_header
test_ok "insmod ./sidestep.ko" insmod_here
test_ok "insmod: a session device can be made" device_works
test_ok "insmod: unload" module_unload

test_ok "dkms: sources" copy_sources
test_ok "dkms: add" dkms_do add
test_ok "dkms: build" dkms_do build
test_ok "dkms: install" dkms_do install
test_ok "dkms: ip link loads the module" device_works
test_ok "dkms: it is loaded" is_loaded
test_eq "dkms: it has the version" "$(cat /sys/module/sidestep/version)" "$VERSION"
test_ok "dkms: unload" module_unload
test_ok "dkms: remove" dkms_do remove
test_eq "nothing is loaded" "$(grep '^sidestep ' /proc/modules)" ""
ktap_plan "$KTAP_COUNT"
ktap_end
