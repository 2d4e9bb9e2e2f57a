#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Copies what tests start again and again, and what that needs, into a tree that
# the guest has in its memory. From the host's root each start asks the host a
# dozen times, and a clock that counts instructions leaps meanwhile: `sleep 0`
# took 370 ms of it, and takes 4.
#
# Usage: resident.sh TREE ROOT REPO    ROOT: the packages unpacked; what is there
#                                      goes before the host's
set -eu -o pipefail
shopt -s nullglob extglob

tree=$1 root=$2 repo=$3

# What a host does not have is not used there, either.
readonly PROGRAMS=(bash sh dash env sleep cat cut head tail sort uniq tr wc tee seq date stat
	mkdir mktemp mkfifo rm rmdir cp mv ln ls touch chmod chown id basename dirname
	readlink dd cmp diff paste cksum md5sum sha256sum od timeout stdbuf true false
	printf uname nproc sync xargs find grep sed mawk awk join split base64 tar
	ip tc ss bridge nft wg conntrack ethtool iw ping iperf3 tcpdump nstat
	ssh scp sshd ssh-keygen dbus-daemon systemctl systemd-analyze journalctl
	sysctl ps pgrep pkill nsenter unshare setpriv mount umount flock kill setsid dmesg mountpoint
	chrt renice kmod modprobe insmod rmmod modinfo openssl)
readonly SETTINGS=(/etc/{ld.so.cache,nsswitch.conf,passwd,group,protocols,services,host.conf}
	/etc/{gai.conf,hosts,localtime} /etc/ssl/{openssl.cnf,certs/ca-certificates.crt}
	/etc/iproute2/*)

find_programs() {
	local name dir

	for name in "${PROGRAMS[@]}"; do
		for dir in "$root"/usr/{sbin,bin} /usr/{sbin,bin}; do
			[ -x "$dir/$name" ] || continue
			echo "$dir/$name"
			break
		done
	done
	printf '%s\n' /usr/lib/systemd/systemd{,-journald}
}

# The checkout's programs and scripts, but for what runs on the host.
find_own() {
	find "$repo/userspace" "$repo/selftests" '(' -name unit -o -name fuzz ')' -prune -o \
		-type f '(' -perm -u=x -o -name '*.sh' ')' -print
}

# Usage: find_libraries PROGRAM...; scripts have none
find_libraries() {
	{ ldd "$@" 2> /dev/null || :; } | sed -nE 's,^.*[[:space:]](/[^ ]+) \(0x.*$,\1,p' | sort -u
}

# Usage: keep FILE...    each at its place: /bin and /lib are links, and a link
# to a file becomes the file
keep() {
	local file dir

	for file; do
		[ ! -f "$root$file" ] || file=$root$file
		[ -f "$file" ] || continue
		dir=$(readlink -f "${file%/*}")
		dir=$tree${dir#"$root"}
		mkdir -p "$dir"
		cp -L "$file" "$dir/"
	done
}

mapfile -t programs < <(find_programs; find_own)
mapfile -t libraries < <(find_libraries "${programs[@]}")
keep "${programs[@]}" "${libraries[@]}" "${SETTINGS[@]}" \
	{,"$root"}/{etc,usr/lib}/modprobe.d/* "$root"/usr/lib/modules/*/modules.*
