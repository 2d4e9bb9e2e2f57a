#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest's kernel and programs: Debian packages, unpacked into a cache of the
# user's. Nothing is installed on the host, no root is needed, and apt's own
# state on the host is not touched.
#
# Usage: cache.sh WORD...    prints one line for each word:
#   kernel   the kernel, unpacked               release  its release
#   root     the packages unpacked, as a root   kdir     a KDIR for building modules
#   initrd   busybox and the boot modules       home     the cache itself
#   scripts  checkpatch.pl and its lists, from the kernel's source
# Environment: KERNEL=6.1|6.12|debug|uml    the last two are built here, see debug.sh
set -eu -o pipefail
umask 022
PATH=$PATH:/usr/sbin:/sbin

readonly PACKAGES=(
	# The shell of the initrd, and the cpio that packs it.
	busybox-static
	# What tests and the demo run inside.
	openssh-server openssh-client wireguard-tools nftables conntrack iproute2
	iputils-ping iperf3 tcpdump ethtool iw procps kmod dkms dbus-daemon
	network-manager firewalld modemmanager
)
# To be raised when what is made of the packages changes.
readonly FORMAT=3
readonly KERNEL=${KERNEL:-6.1}
# What the initrd needs to reach the host's root and to talk to vm.sh.
BOOT_MODULES=(virtio_pci 9pnet_virtio 9p overlay virtio_console virtio_rng)
[ "$KERNEL" != uml ] || BOOT_MODULES=()

built_here() {
	[ "$KERNEL" = debug ] || [ "$KERNEL" = uml ]
}

home=${XDG_CACHE_HOME:-${HOME:?}/.cache}/sidestep
vm=$(dirname "$(readlink -f "$0")")
key=$({
	printf '%s\n' "$FORMAT" "$KERNEL" "${PACKAGES[@]}" "${BOOT_MODULES[@]}"
	! built_here || LC_ALL=C sort -u "${vm%/vm}/config" "$vm/debug.config"
	[ "$KERNEL" != uml ] || cat "$vm/uml.config" "$vm/uml.patch"
} | cksum)
current=$home/current.${key%% *}

say() {
	echo "cache: $*" >&2
}

die() {
	say "$*"
	exit 1
}

# A package on the host that the cached ones lean on may have gone since.
usable() {
	local p

	[ -e "$current/release" ] || return 1
	while read -r p; do
		installed "$p" || return 1
	done < "$current/needs"
}

installed() {
	[ -e "/var/lib/dpkg/info/$1.list" ] || [ -e "/var/lib/dpkg/info/$1:amd64.list" ]
}

# apt on the host's sources and keyrings, everything else of its own.
private_apt() {
	mkdir -p "$tmp/apt/lists/partial" "$tmp/apt/cache"
	{
		apt-config dump | grep -E '^(Acquire|APT::Architecture|APT::Default-Release)'
		cat <<-END
		APT::Sandbox::User "root";
		APT::Install-Recommends "0";
		Acquire::Languages "none";
		Dir::State "$tmp/apt";
		Dir::State::status "/var/lib/dpkg/status";
		Dir::Cache "$tmp/apt/cache";
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "/dev/null";
		END
	} > "$tmp/apt.conf"
	export APT_CONFIG=$tmp/apt.conf
	apt-get -qq update || say "apt-get update failed in part, going on"
}

# The newest release of KERNEL, in Debian's plain flavour.
newest_release() {
	apt-cache pkgnames "linux-headers-$KERNEL." |
		sed -nE 's/^linux-headers-([^-]+(-[0-9]+)?-amd64)$/\1/p' | sort -V | tail -n 1
}

kernel_packages() {
	! built_here || return 0
	echo "linux-image-$release"
	echo "linux-headers-$release"
	apt-cache depends --important "linux-headers-$release" |
		sed -nE 's/^ *Depends: (linux-(headers|kbuild)-[^ ]+)$/\1/p'
}

# What apt would install here for PACKAGES and the kernel, as name=version.
resolve() {
	xargs apt-get -s -q --no-install-recommends install "${PACKAGES[@]}" \
		< "$tmp/kernel" > "$tmp/plan" ||
		die "apt cannot resolve ${PACKAGES[*]}"
	sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1=\3/p' "$tmp/plan"
}

# Packages that are on the host already and are not brought along.
list_needs() {
	local p

	apt-cache depends --recurse --important "${PACKAGES[@]}" |
		sed -nE 's/^([a-z0-9][^ :]*)(:.*)?$/\1/p' | sort -u |
		while read -r p; do
			! installed "$p" || grep -q "^$p=" "$tmp/names" || echo "$p"
		done
}

# /bin, /lib and so on must stay links, or they would hide the host's.
unpack() {
	local d deb

	for d in bin lib lib64 sbin; do
		mkdir -p "$new/root/usr/$d"
		ln -s "usr/$d" "$new/root/$d"
	done
	for deb in "$tmp"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$new/root" -x --keep-directory-symlink --no-same-owner
	done
	find "$new/root" -type d ! -perm -u=rwx -exec chmod u+rwx {} +
}

add_busybox() {
	mkdir -p "$tmp/initrd/bin"
	cp "$new/root/bin/busybox" "$tmp/initrd/bin/"
}

# Copies the boot modules with what they depend on, numbered in order of loading.
add_boot_modules() {
	local n=100 kind path file _

	mkdir -p "$tmp/initrd/modules"
	[ ${#BOOT_MODULES[@]} -gt 0 ] || return 0
	modprobe -d "$new/root" -S "$release" -a --show-depends "${BOOT_MODULES[@]}" > "$tmp/depends"
	while read -r kind path _; do
		[ "$kind" = insmod ] || continue
		[ -z "$(find "$tmp/initrd/modules" -name "*-$(basename "$path" .xz)")" ] || continue
		file=${path##*/}
		file=$tmp/initrd/modules/$n-${file%.xz}
		if [ "$path" = "${path%.xz}" ]; then
			cp "$path" "$file"
		else
			xz -dc "$path" > "$file"
		fi
		n=$((n + 1))
	done < "$tmp/depends"
}

make_initrd() {
	add_busybox
	add_boot_modules
	(cd "$tmp/initrd" && find . | "$new/root/bin/busybox" cpio -o -H newc 2> /dev/null) \
		> "$new/initrd"
}

# Debian's header trees name each other below /usr/src. Without vmlinux nobody
# asks for pahole on the host.
make_kdir() {
	local final=$1 headers=$new/root/usr/src/linux-headers-$release link

	cp -a "$headers" "$new/kdir"
	rm -f "$new/kdir/vmlinux"
	sed -i "s,/usr/src/,$final/root/usr/src/," "$new/kdir/Makefile"
	for link in scripts tools; do
		ln -sfn "$final/root/usr/src/linux-headers-$release/$link" "$new/kdir/$link"
	done
}

# Usage: field OFFSET SIZE, of the image's boot header
field() {
	od -An -t "u$2" -j "$1" -N "$2" "$image" | tr -d ' '
}

# Unpacks the kernel (x86/boot.rst), as QEMU can start it so: under TCG it takes 5 s to do it itself.
# The payload ends with its unpacked size in 4 bytes.
make_kernel() {
	local image=$new/root/boot/vmlinuz-$release start size unpack=xz

	start=$((($(field 0x1f1 1) + 1) * 512 + $(field 0x248 4)))
	size=$(($(field 0x24c 4) - 4))
	[ "$(od -An -t x1 -j "$start" -N 4 "$image")" != " 28 b5 2f fd" ] || unpack=zstd
	dd if="$image" iflag=skip_bytes,count_bytes skip="$start" count="$size" bs=1M status=none |
		"$unpack" -dc > "$new/kernel" ||
		die "cannot unpack $image"
}

download() {
	local p

	kernel_packages > "$tmp/kernel"
	resolve > "$tmp/names"
	# The kernel's are needed here even if the host has them.
	while read -r p; do
		grep -q "^$p=" "$tmp/names" || echo "$p" >> "$tmp/names"
	done < "$tmp/kernel"
	mkdir "$tmp/debs"
	say "fetching $(wc -l < "$tmp/names") packages, for the first run only"
	(cd "$tmp/debs" && xargs apt-get -qq download < "$tmp/names") ||
		die "apt-get download failed"
}

# A kernel of Debian's: its packages are in the root already.
add_stock_kernel() {
	depmod -b "$new/root" "$release"
	make_kernel
	make_kdir "$1"
}

# One that looks for faults, where debug.sh has put it.
add_debug_kernel() {
	mkdir -p "$new/root/usr/lib/modules" "$new/root/usr/src"
	cp -a "$debug/modules/$release" "$new/root/usr/lib/modules/"
	cp -a "$debug/kdir" "$new/root/usr/src/linux-headers-$release"
	ln -sfn "/usr/src/linux-headers-$release" "$new/root/usr/lib/modules/$release/build"
	ln -s "root/usr/src/linux-headers-$release" "$new/kdir"
	cp "$debug/kernel" "$new/kernel"
}

build() {
	local new final debug add=add_stock_kernel

	private_apt
	if built_here; then
		debug=$("$vm/debug.sh" "$KERNEL" "$home" "$tmp") || die "no $KERNEL kernel"
		release=$(cd "$debug/modules" && echo *)
		add=add_debug_kernel
	else
		release=$(newest_release)
		[ -n "$release" ] || die "the archive has no kernel $KERNEL"
	fi
	download
	new=$tmp/new
	mkdir "$new"
	unpack
	final=$home/$release.${key%% *}
	list_needs > "$new/needs"
	"$add" "$final"
	make_initrd
	echo "$release" > "$new/release"
	publish "$final"
}

# Takes the place of a cache whose host lost packages; a guest that runs from it goes down.
publish() {
	[ ! -e "$1" ] || mv "$1" "$tmp/old"
	mv "$new" "$1"
	ln -sfn "${1##*/}" "$tmp/link"
	mv -T "$tmp/link" "$current"
	say "ready: kernel $release"
}

# checkpatch comes in no package but the kernel's source.
add_scripts() {
	local source=linux-source-${release%.*}

	private_apt
	say "fetching $source for checkpatch, for the first run only"
	mkdir "$tmp/scripts"
	(cd "$tmp" && apt-get -qq download "$source") || die "apt-get download failed"
	dpkg-deb --fsys-tarfile "$tmp/$source"_*.deb | tar -xO "./usr/src/$source.tar.xz" |
		tar -xJ -C "$tmp/scripts" --strip-components=2 --wildcards \
			'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch'
	mv "$tmp/scripts" "$current/"
}

# One at a time for each kernel; what an interrupted run left is swept.
lock() {
	mkdir -p "$home"
	exec 9> "$home/lock.${key%% *}"
	flock 9
	rm -rf "$home/tmp.${key%% *}".*
	tmp=$(mktemp -d "$home/tmp.${key%% *}.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 1' INT TERM HUP
}

print() {
	case $1 in
	release) echo "$release" ;;
	kernel | root | kdir | initrd | scripts) echo "$current/$1" ;;
	home) echo "$home" ;;
	*) die "unknown word $1" ;;
	esac
}

usable || {
	lock
	usable || build
}
read -r release < "$current/release"
[[ " $* " != *" scripts "* ]] || [ -e "$current/scripts" ] || {
	lock
	[ -e "$current/scripts" ] || add_scripts
}
for word; do
	print "$word"
done
