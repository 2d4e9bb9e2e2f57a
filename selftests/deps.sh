#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes sure that the host has the Debian packages that a task needs: tools,
# libraries and QEMU only. What brings a service or a kernel, and what only
# tests run, goes into the guest: see vm/cache.sh.
#
# Usage: deps.sh [--for build|check|debug|packages|demo|bench|replay|lint|deb]   (check, if not said)
# As root it installs what is missing, otherwise it says how to.
set -eu

# gcc, make, libc6-dev: the module, the programs and their sanitizers
# libelf1: objtool, in the kernel's build
# libmnl-dev: netlink; libncurses-dev: the command line; libcbor-dev, libssl-dev,
# libsystemd-dev, libcoap3-dev: the daemons; libsqlite3-dev, libnftables-dev: the operator's
readonly BUILD=(gcc make libc6-dev libelf1 pkg-config libmnl-dev libncurses-dev
	libcbor-dev libssl-dev libsystemd-dev libcoap3-dev libsqlite3-dev libnftables-dev)
# kmod: the list of modules in the cache; xz-utils, zstd: its kernels
readonly CACHE=(kmod xz-utils zstd)
# To build a kernel
readonly DEBUG=(flex bison bc libelf-dev patch)
readonly GUEST=(qemu-system-x86)
# clang and its run-time library: libFuzzer
# tshark: the dissector; systemd: what it thinks of the helper's unit; iproute2: two
# hosts in namespaces; nftables: what a NAT was told; sqlite3: how an operator copies the
# database
readonly UNIT=(clang libclang-rt-dev tshark systemd iproute2 nftables sqlite3)
readonly REPLAY=(gcc make libc6-dev libssl-dev)
# debhelper, dh-dkms: how packages are made; lintian: how they are judged
readonly DEB=(debhelper dh-dkms dpkg-dev lintian)
# A Debian for the guest, in which they are installed
readonly STOCK=(mmdebstrap squashfs-tools-ng)
# perl: checkpatch
readonly LINT=(sparse shellcheck perl)

usage() {
	echo "usage: deps.sh [--for build|check|debug|packages|demo|bench|replay|lint|deb]" >&2
	exit 1
}

wanted() {
	case $1 in
	build) echo "${BUILD[@]}" "${CACHE[@]}" ;;
	check) echo "${BUILD[@]}" "${CACHE[@]}" "${GUEST[@]}" "${UNIT[@]}" "${DEB[@]}" ;;
	debug) wanted check && echo "${DEBUG[@]}" ;;
	packages) wanted check && echo "${STOCK[@]}" ;;
	demo | bench) echo "${BUILD[@]}" "${CACHE[@]}" "${GUEST[@]}" ;;
	replay) echo "${REPLAY[@]}" ;;
	deb) echo "${BUILD[@]}" "${DEB[@]}" ;;
	lint) echo "${BUILD[@]}" "${CACHE[@]}" "${LINT[@]}" ;;
	*) usage ;;
	esac
}

missing() {
	local have p

	have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2> /dev/null || :)
	for p; do
		grep -qx "installed $p" <<< "$have" || echo "$p"
	done
}

# Lists of packages may be missing, or too old to name what the archive has.
install() {
	local log get=(apt-get -qq -y --no-install-recommends install "$@")

	export DEBIAN_FRONTEND=noninteractive
	echo "deps: installing $*" >&2
	! log=$("${get[@]}" 2>&1) || return 0
	apt-get -qq update >&2
	log=$("${get[@]}" 2>&1) || {
		echo "$log" >&2
		exit 1
	}
}

case $#${1:-} in
0) task=check ;;
2--for) task=$2 ;;
*) usage ;;
esac
packages=$(wanted "$task")
# shellcheck disable=SC2086 # names of packages
mapfile -t packages < <(missing $packages)
[ ${#packages[@]} -gt 0 ] || exit 0
if [ "$(id -u)" -eq 0 ]; then
	install "${packages[@]}"
else
	echo "deps: these packages are missing, as root do:" >&2
	echo "apt-get install --no-install-recommends ${packages[*]}" >&2
	exit 1
fi
