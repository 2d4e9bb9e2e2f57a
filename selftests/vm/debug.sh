#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernels of `make check-debug`: Debian's source with selftests/config and
# debug.config, built once for each version of the one and content of the others.
# The user-mode one (ARCH=um) has uml.config in place of what the two say of the
# same options, and uml.patch.
# Prints its directory:
#   kernel   bzImage, or the program         modules/RELEASE   its modules
#   kdir     what other modules are built against
#
# Usage: debug.sh debug|uml HOME TMP     these are cache.sh's, as is apt's configuration
set -eu -o pipefail

name=$1
home=$2
tmp=$3
vm=$(dirname "$(readlink -f "$0")")
readonly SOURCE=linux-source-6.1
readonly CONFIGS=("${vm%/vm}/config" "$vm/debug.config")
[ "$name" != uml ] || export ARCH=um

say() {
	echo "$name: $*" >&2
}

# named FILE: the options that it says something of
named() {
	sed -nE 's/^(# )?(CONFIG_[A-Z0-9_]+)[ =].*/\2/p' "$1"
}

# What is asked for
config() {
	if [ "$name" = uml ]; then
		cat "${CONFIGS[@]}" | grep -vwFf <(named "$vm/uml.config")
		cat "$vm/uml.config"
	else
		cat "${CONFIGS[@]}"
	fi
}

fetch() {
	mkdir "$tmp/source"
	(cd "$tmp" && apt-get -qq download "$SOURCE=$version")
	dpkg-deb --fsys-tarfile "$tmp/$SOURCE"_*.deb | tar -xO "./usr/src/$SOURCE.tar.xz" |
		tar -xJ -C "$tmp/source" --strip-components=1
}

# An option whose conditions do not hold is dropped without a word.
check_config() {
	local missing

	missing=$(grep '^CONFIG_' "$tmp/config" | grep -vxFf .config) || return 0
	say "the kernel does not take $missing"
	return 1
}

# With frame pointers the stack can be trusted on x86_64 too, as Linux 6.2 found.
configure() {
	sed -i '/^config FAULT_INJECTION_STACKTRACE_FILTER/,/^config A/{/depends on !X86_64/d}' \
		lib/Kconfig.debug
	[ "$name" != uml ] || patch -s -p1 < "$vm/uml.patch"
	make -s tinyconfig
	scripts/kconfig/merge_config.sh -m .config "$tmp/config"
	make -s olddefconfig
	check_config
}

compile() {
	# Not vmlinux: at its PVH entry, where QEMU would start it, KASAN is not ready.
	if [ "$name" = uml ]; then
		make -s -j "$(nproc)" linux modules
	else
		make -s -j "$(nproc)" bzImage modules
	fi
	make -s modules_install INSTALL_MOD_PATH="$new/root" INSTALL_MOD_STRIP=1
}

# As scripts/package/builddeb packs headers.
pack_kdir() {
	local arch=(arch/x86/include arch/x86/Makefile*)

	[ "$name" != uml ] || arch+=(arch/um arch/x86/um)
	mkdir "$new/kdir"
	{
		echo .config
		echo Makefile
		echo Module.symvers
		[ ! -e tools/objtool/objtool ] || echo tools/objtool/objtool
		find include scripts "${arch[@]}" -type f ! -name '*.o'
	} | tar -c -T - | tar -x -C "$new/kdir"
	[ "$name" != uml ] || sed -i 's/^ARCH\t.*?=.*/ARCH ?= um/' "$new/kdir/Makefile"
}

pack() {
	if [ "$name" = uml ]; then
		strip -o "$new/kernel" linux
	else
		cp arch/x86/boot/bzImage "$new/kernel"
	fi
	mv "$new/root/lib/modules" "$new/modules"
	rm -r "$new/root"
	rm -f "$new"/modules/*/build "$new"/modules/*/source
	pack_kdir
}

build() {
	say "building this kernel: 11 to 15 minutes on 2 idle CPUs, for the first run only"
	trap 'tail -n 30 "$tmp/debug.log" >&2' EXIT
	(
		fetch
		mkdir "$new"
		config > "$tmp/config"
		cd "$tmp/source"
		configure
		compile
		pack
	) > "$tmp/debug.log" 2>&1
	trap - EXIT
	rm -r "$tmp/source"
	mv "$new" "$final"
}

version=$(apt-cache show --no-all-versions "$SOURCE" | sed -n 's/^Version: //p')
[ -n "$version" ] || { say "the archive has no $SOURCE"; exit 1; }
sum=$({ config | grep CONFIG_; [ "$name" != uml ] || cat "$vm/uml.patch"; } | LC_ALL=C sort -u | cksum)
final=$home/$name-$version.${sum%% *}
new=$tmp/debug
[ -e "$final" ] || build
echo "$final"
