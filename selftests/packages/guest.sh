#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# In the guest: Debian's packages on a stock Debian 12, which is host A. They are
# installed in an older version, keep a session with a plain helper at B beside Docker, are
# upgraded under its stream, get a newer kernel, and go. Topology: lib.sh; A's systemd:
# systemd.sh.
#
# Usage: guest.sh PREVIOUS      $OUT/debian.squashfs is A's root, see debian.sh
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/../lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/../helpers.sh"
# shellcheck source=selftests/systemd.sh
. "$here/../systemd.sh"
# shellcheck source=selftests/beside.sh
. "$here/../beside.sh"
# shellcheck source=selftests/packages/docker.sh
. "$here/docker.sh"

PREVIOUS=$1
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$ROOT_DIR/dkms.conf")
DEBIAN=$TMP/debian
LOGS=${OUT:-$TMP}
UDP_RATE=50
# shellcheck disable=SC2034 # systemd.sh's
SERVICE=sidestepd SERVICE_USER=sidestep SYSTEMD_TARGET=multi-user.target HELPER_SERVICE=A
PACKAGES=(sidestep sidestep-dkms sidestep-mno)

# The guest's devices are not this host's.
MASKED=(systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket
	systemd-udev-trigger.service)

# In the new namespaces: what a container's manager would do.
# shellcheck disable=SC2016 # expanded there
BEGIN=$SYSTEMD_MAKE_DEV'
set -e
mount --make-rprivate /
cd "$1/debian"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
make_dev dev
pivot_root . mnt
exec chroot . sh -c "umount -l /mnt; exec env -i container=guest \
	PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init --show-status=no --log-target=journal"
'

# --- what is asked of the host ----------------------------------------------

# apt_do WORD...: as README has it, with an answer to each question
apt_do()
{
	inside env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" > "$LOGS/apt-$1.log" 2>&1 && return
	sed 's/^/# /' "$LOGS/apt-$1.log" "$DEBIAN"/var/lib/dkms/sidestep/*/build/make.log
	return 1
}

# apt_files VERSION: what apt is given to install
apt_files()
{
	(cd "$DEBIAN" && printf '/%s\n' "debs/$1"/sidestep{,-dkms,-mno}_*.deb)
}

# modules: what DKMS has, as VERSION KERNEL
modules()
{
	inside dkms status | sed -nE 's|^sidestep/([^,]*), ([^,]*), [^:]*: installed$|\1 \2|p' | sort
}

# versions: of the packages that are there
versions()
{
	# shellcheck disable=SC2016 # dpkg's
	inside dpkg-query -W -f '${Version} ${db:Status-Status}\n' "${PACKAGES[@]}" | sort -u
}

# programs: what they call themselves
programs()
{
	inside sh -c 'sidestep --version; sidestepd --version; prosefd --version; prosefctl --version' |
		awk '{ print $NF }' | sort -u
}

# files: of all packages and what they have made; what Debian's own keep as a record
# of what was ever done is not looked at
files()
{
	(cd "$DEBIAN" && find . -xdev \( -path ./var/log -o -path ./var/cache -o -path ./var/lib/apt -o \
		-path ./tmp -o -path ./root -o -path ./run -o -path ./repo -o -path ./debs -o \
		-path ./var/lib/docker -o -path ./var/lib/containerd \) -prune -o -print | sort)
}

# function_is PROPERTY VALUE
function_is()
{
	[ "$(inside systemctl show --property "$1" --value prosefd)" = "$2" ]
}

# --- the story --------------------------------------------------------------

# kernel_asks_it: for modules, as a kernel asks its host
kernel_asks_it()
{
	cat > "$TMP/modprobe" <<- END
		#!/bin/sh
		exec nsenter -t $SYSTEMD_PID -a -- modprobe "\$@"
	END
	chmod +x "$TMP/modprobe"
	echo "$TMP/modprobe" > /proc/sys/kernel/modprobe
}

host_up()
{
	local unit

	mkdir "$DEBIAN"
	mkdir "$TMP/stock" "$TMP/upper" "$TMP/work"
	modprobe -a loop squashfs
	mount -o loop,ro "$OUT/debian.squashfs" "$TMP/stock"
	mount -t overlay -o "lowerdir=$TMP/stock,upperdir=$TMP/upper,workdir=$TMP/work" \
		debian "$DEBIAN"
	defer umount "$TMP/stock"
	defer umount "$DEBIAN"
	for unit in "${MASKED[@]}"; do
		ln -s /dev/null "$DEBIAN/etc/systemd/system/$unit"
	done
	mkdir -p "$DEBIAN/debs"
	cp -r "$ROOT_DIR/out/deb-$PREVIOUS" "$DEBIAN/debs/$PREVIOUS"
	cp -r "$ROOT_DIR/out/deb" "$DEBIAN/debs/$VERSION"
	# It takes minutes, and nobody boots from what it makes.
	ln -sf ../bin/true "$DEBIAN/usr/sbin/update-initramfs"
	systemd_start "$UE_A" "$BEGIN"
	diag "booted after $SECONDS s"
	kernel_asks_it
	docker_up || die "Docker does not start: $(inside journalctl -q -u docker --no-pager -n 50)"
	diag "Docker is up after $SECONDS s"
	apt_do update || die "apt-get update: see above"
	NEWER=$(< "$DEBIAN/repo/newer")
	files > "$TMP/before"
}

install_test()
{
	# shellcheck disable=SC2046 # one word each
	test_ok "install $PREVIOUS" apt_do install $(apt_files "$PREVIOUS")
	test_eq "install: all packages have the version" "$(versions)" "$PREVIOUS installed"
	test_eq "install: so have the programs" "$(programs)" "$PREVIOUS"
	test_eq "install: DKMS has built for the running kernel" "$(modules)" "$PREVIOUS $(uname -r)"
	test_ok "install: no service starts before it is set up" \
		cmd_fail inside systemctl is-active -q sidestepd prosefd
}

helper_test()
{
	HELPER_KEY[A]=$(inside sidestepd --key)
	HELPER_KEY[B]=$("$SIDESTEPD" --key --state "$(helper_dir B)")
	helper_conf A
	helper_conf B
	cp "$(helper_dir A)/conf" "$DEBIAN/etc/sidestep/sidestepd.conf"
	test_ok "sidestep check" inside sidestep check
	test_ok "... has the module loaded" [ -d /sys/module/sidestep ]
	test_ok "systemctl enable --now sidestepd" inside systemctl -q enable --now sidestepd
	test_eq "the module that runs is the package's" "$(cat /sys/module/sidestep/version)" "$PREVIOUS"
	defer helpers_kill
	helper_start B
	test_ok "a session with B" busywait 60000 both_ready
	test_ok "both have met" busywait 20000 met
	test_ok "it moves" move infra
	test_ok "... and returns" move direct
}

function_test()
{
	local pki=$TMP/pki etc=$DEBIAN/etc/prosefd

	mkdir "$pki"
	"$LIB_DIR/pki.sh" authority "$pki" all
	"$LIB_DIR/pki.sh" issue "$pki" all pf a.example
	cp "$pki/pf.pem" "$pki/pf.key" "$pki/all.pem" "$etc"
	chmod 644 "$etc"/*.pem
	inside chown prosefd: /etc/prosefd/pf.key
	cat > "$etc/prosefd.conf" <<- END
		[Function]
		PFID=a.example
		Listen=192.168.10.2
		Certificate=/etc/prosefd/pf.pem
		Key=/etc/prosefd/pf.key
		Authority=/etc/prosefd/all.pem
		RelayAddress=192.168.10.2
	END
	test_ok "systemctl enable --now prosefd" inside systemctl -q enable --now prosefd
	test_ok "prosefd runs" function_is ActiveState active
}

upgrade_test()
{
	local helper function before

	before=$(devices)
	helper=$(service_pid)
	function=$(inside systemctl show --property MainPID --value prosefd)
	udp_start udp4 4 5000 -r $UDP_RATE
	# shellcheck disable=SC2046 # one word each
	test_ok "upgrade to $VERSION" apt_do install $(apt_files "$VERSION")
	test_ok "upgrade: both have met" busywait 20000 met
	test_ok "upgrade: both paths are ready" busywait 60000 both_ready
	stream_stop udp4 || diag "the stream did not end as it should"
	stream_clean udp4 $UDP_RATE || stream_report udp4
	test_ok "upgrade: of the session nothing is lost, nothing comes twice" stream_clean udp4 $UDP_RATE
	test_eq "upgrade: the devices are the same" "$(devices)" "$before"
	test_eq "upgrade: all packages have the version" "$(versions)" "$VERSION installed"
	test_eq "upgrade: so have the programs" "$(programs)" "$VERSION"
	test_eq "upgrade: DKMS has built for the running kernel" "$(modules)" "$VERSION $(uname -r)"
	test_ok "upgrade: sidestepd is another process" [ "$(service_pid)" != "$helper" ]
	test_ok "upgrade: so is prosefd" \
		[ "$(inside systemctl show --property MainPID --value prosefd)" != "$function" ]
	test_ok "upgrade: sidestepd runs" service_is ActiveState active
	test_ok "upgrade: prosefd runs" function_is ActiveState active
	test_ok "upgrade: the session moves" move infra
	test_ok "upgrade: ... and returns" move direct
}

# module_test: the kernel goes on with the module that it has, until that is taken out
module_test()
{
	test_eq "the module is the old one until it is loaded anew" \
		"$(cat /sys/module/sidestep/version)" "$PREVIOUS"
	inside systemctl stop sidestepd
	helper_end B TERM
	ip -n "$UE_A" link del p2p0
	ip -n "$UE_B" link del p2p0
	test_ok "modprobe -r sidestep" inside modprobe -r sidestep
	inside systemctl start sidestepd
	test_eq "systemctl start: the new one is loaded" "$(cat /sys/module/sidestep/version)" "$VERSION"
	helper_start B
	test_ok "a session with B again" busywait 60000 both_ready
}

kernel_test()
{
	# Debian's kernel alone: what it recommends would stay for the old one's sake.
	test_ok "a newer kernel comes: $NEWER" apt_do install --no-install-recommends \
		"linux-image-$NEWER" "linux-headers-$NEWER"
	test_eq "DKMS has built for both" "$(modules)" \
		"$(printf '%s\n' "$VERSION $(uname -r)" "$VERSION $NEWER" | sort)"
}

remove_test()
{
	test_ok "remove" apt_do remove "${PACKAGES[@]}"
	test_eq "remove: sidestepd has ended" "$(service_pid)" ""
	test_eq "remove: prosefd has ended" "$(pgrep --ns "$SYSTEMD_PID" --nslist pid -x prosefd)" ""
	test_eq "remove: DKMS has nothing" "$(modules)" ""
	test_ok "remove: configuration and keys stay" [ -s "$DEBIAN/etc/sidestep/sidestepd.conf" -a \
		-s "$DEBIAN/var/lib/sidestep/host.key" -a -s "$DEBIAN/etc/prosefd/prosefd.conf" ]
	test_ok "purge" apt_do purge "${PACKAGES[@]}"
	test_eq "purge: nothing has our names" "$(files | grep -E 'sidestep|prosef')" ""
	test_ok "purge: the newer kernel goes" apt_do purge "linux-image-$NEWER" "linux-headers-$NEWER"
	test_ok "purge: what came with them goes by autoremove" apt_do autoremove --purge
	files > "$TMP/after"
	test_eq "purge: the host is as before" "$(diff "$TMP/before" "$TMP/after" | grep '^[<>]')" ""
}

logs()
{
	service_journal
	sed 's/^/# B: /' "$(helper_dir B)/log"
}

ktap_header
topo_up 2 25
mkdir -m 0700 "$(helper_dir A)" "$(helper_dir B)"
host_up
install_test
helper_test
docker_test
function_test
upgrade_test
module_test
kernel_test
remove_test
[ "$KTAP_FAILED" -eq 0 ] || logs
ktap_plan "$KTAP_COUNT"
ktap_end
