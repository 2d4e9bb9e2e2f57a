#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A stock Debian 12 as a squashfs in the cache, for the guest's kernel: what debootstrap calls
# minbase, systemd, that kernel, Docker, and DKMS with its compiler, which a guest would take
# ten minutes to unpack. In its /repo, which is its only source for apt, there is what else our
# packages depend on or recommend, and a newer kernel with its headers.
# Prints its path. The host's own apt is asked where Debian is; nothing is changed there.
#
# Usage: debian.sh DEB...      our packages; environment: KERNEL, see ../vm/cache.sh
set -eu -o pipefail

# To be raised when what is made here changes.
readonly FORMAT=3

say()
{
	echo "debian: $*" >&2
}

die()
{
	say "$*"
	exit 1
}

# sources: Debian's, as the host has them
sources()
{
	# shellcheck disable=SC2016 # apt's
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' 'Target-Of: deb' | sort -u
}

# newest: of all kernels that Debian has, in its plain flavour
newest()
{
	apt-cache pkgnames linux-headers- |
		sed -nE 's/^linux-headers-([0-9][^-]+(-[0-9]+)?-amd64)$/\1/p' | sort -V | tail -n 1
}

# fill_repo ROOT NEWER DEB...: mmdebstrap's hook. Its apt knows what is in the root.
fill_repo()
{
	local target=$1 newer=$2
	shift 2

	export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG
	apt-get -qq -y -o APT::Install-Recommends=1 --download-only install \
		"$@" "linux-image-$newer" "linux-headers-$newer"
	mkdir "$target/repo"
	mv "$target"/var/cache/apt/archives/*.deb "$target/repo"
	(cd "$target/repo" && dpkg-scanpackages -m . > Packages 2> /dev/null)
	echo "deb [trusted=yes] file:/repo ./" > "$target/etc/apt/sources.list"
	echo "$newer" > "$target/repo/newer"
	rm -f "$target/etc/apt/apt.conf.d/99mmdebstrap"
}

# build RELEASE IMAGE DEB...
build()
{
	local release=$1 image=$2 newer words hook
	shift 2

	say "making a stock Debian 12, for the first run only"
	newer=$(newest)
	[ "$newer" != "$release" ] || die "Debian has no kernel newer than $release"
	hook=$(printf '%q ' "$(readlink -f "$0")" --fill-repo)
	words=$(printf '%q ' "$newer" "$@")
	apt-config dump | grep '^Acquire' > "$tmp/apt.conf"
	sources | mmdebstrap --variant=minbase --aptopt="$tmp/apt.conf" \
		--include="systemd-sysv,docker.io,dkms,linux-image-$release,linux-headers-$release" \
		--customize-hook="$hook \"\$1\" $words" \
		bookworm - - 2> "$tmp/log" | tar2sqfs -q -c lz4 "$tmp/image" 2>> "$tmp/log" || {
		tail -n 30 "$tmp/log" >&2
		die "mmdebstrap failed"
	}
	mv "$tmp/image" "$image"
}

# Usage of the hook, which another user's mmdebstrap has in its user namespace
if [ "${1:-}" = --fill-repo ]; then
	fill_repo "${@:2}"
	exit
fi

values=$("$(dirname "$0")/../vm/cache.sh" release home) || die "no kernel in the cache"
{ read -r release; read -r home; } <<< "$values"
mapfile -t debs < <(readlink -f "$@")
key=$({ echo $FORMAT "$release"; for deb in "${debs[@]}"; do dpkg-deb -f "$deb" Depends Recommends; done; } | cksum)
image=$home/debian.${key%% *}.squashfs
exec 9> "$home/debian.lock"
flock 9
rm -rf "$home"/tmp.debian.*
tmp=$(mktemp -d "$home/tmp.debian.XXXXXX")
chmod 755 "$tmp"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
[ -e "$image" ] || {
	rm -f "$home"/debian.*.squashfs
	build "$release" "$image" "${debs[@]}"
}
echo "$image"
