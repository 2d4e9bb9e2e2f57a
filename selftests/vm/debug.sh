#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel of `make check-debug`: Debian's source with selftests/config and
# debug.config, built once for each version of the one and content of the others.
# Prints its directory:
#   kernel   bzImage               modules/RELEASE   its modules
#   kdir     what other modules are built against
#
# Usage: debug.sh HOME TMP     both are cache.sh's, as is apt's configuration
set -eu -o pipefail

home=$1
tmp=$2
vm=$(dirname "$(readlink -f "$0")")
readonly SOURCE=linux-source-6.1
readonly CONFIGS=("${vm%/vm}/config" "$vm/debug.config")
version=$(apt-cache show --no-all-versions "$SOURCE" | sed -n 's/^Version: //p')
sum=$(LC_ALL=C sort -u "${CONFIGS[@]}" | cksum)
final=$home/debug-$version.${sum%% *}
new=$tmp/debug

say() {
	echo "debug: $*" >&2
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

	missing=$(grep -h '^CONFIG_' "${CONFIGS[@]}" | grep -vxFf .config) || return 0
	say "the kernel does not take $missing"
	return 1
}

# With frame pointers the stack can be trusted on x86_64 too, as Linux 6.2 found.
configure() {
	sed -i '/^config FAULT_INJECTION_STACKTRACE_FILTER/,/^config A/{/depends on !X86_64/d}' \
		lib/Kconfig.debug
	make -s tinyconfig
	scripts/kconfig/merge_config.sh -m .config "${CONFIGS[@]}"
	make -s olddefconfig
	check_config
}

compile() {
	# Not vmlinux: at its PVH entry, where QEMU would start it, KASAN is not ready.
	make -s -j "$(nproc)" bzImage modules
	make -s modules_install INSTALL_MOD_PATH="$new/root" INSTALL_MOD_STRIP=1
}

# As scripts/package/builddeb packs headers.
pack_kdir() {
	mkdir "$new/kdir"
	{
		echo .config
		echo Makefile
		echo Module.symvers
		echo tools/objtool/objtool
		find include scripts arch/x86/include arch/x86/Makefile* -type f ! -name '*.o'
	} | tar -c -T - | tar -x -C "$new/kdir"
}

pack() {
	cp arch/x86/boot/bzImage "$new/kernel"
	mv "$new/root/lib/modules" "$new/modules"
	rm -r "$new/root"
	rm -f "$new"/modules/*/build "$new"/modules/*/source
	pack_kdir
}

build() {
	say "building the debug kernel: 15 minutes on 2 idle CPUs, for the first run only"
	trap 'tail -n 30 "$tmp/debug.log" >&2' EXIT
	(
		fetch
		mkdir "$new"
		cd "$tmp/source"
		configure
		compile
		pack
	) > "$tmp/debug.log" 2>&1
	trap - EXIT
	rm -r "$tmp/source"
	mv "$new" "$final"
}

[ -n "$version" ] || { say "the archive has no $SOURCE"; exit 1; }
[ -e "$final" ] || build
echo "$final"
