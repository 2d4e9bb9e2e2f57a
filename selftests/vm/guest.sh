#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# The guest's first process after the initrd: sets up what an installed system
# would have, runs the job, tells vm.sh its exit code, and powers off. Its own
# programs are busybox's, whatever the path: each one from the host costs 0.3 s.
set -u

# shellcheck source=/dev/null
# shellcheck source=/dev/null
. /run/job/conf

mount_all() {
	mkdir -p /sys /tmp /root /run/lock /run/repo
	mount -t sysfs sysfs /sys
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	ln -sf /proc/self/fd /dev/fd
	ln -sf fd/0 /dev/stdin
	ln -sf fd/1 /dev/stdout
	ln -sf fd/2 /dev/stderr
}

# Nobody's files get in the way of a test, except that a checkout there stays.
hide_leftovers() {
	mount --bind "$REPO" /run/repo
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	mount -t tmpfs -o mode=700 tmpfs /root
	mount -t tmpfs -o mode=755 tmpfs /home
	mkdir -p "$REPO"
	mount --bind /run/repo "$REPO"
	umount /run/repo
}

# What the packages' maintainer scripts would have made.
finish_packages() {
	local id=900 user

	for user in sshd tcpdump; do
		grep -q "^$user:" /etc/passwd ||
			echo "$user:x:$id:$id::/run/$user:/usr/sbin/nologin" >> /etc/passwd
		grep -q "^$user:" /etc/group || echo "$user:x:$id:" >> /etc/group
		id=$((id + 1))
	done
	rm -f /etc/shadow
	sed 's/:.*/:*:19000:0:99999:7:::/' /etc/passwd > /etc/shadow
	chmod 600 /etc/shadow
	mkdir -p /run/sshd
	cp /usr/share/openssh/sshd_config /etc/ssh/
}

# find_port out|status: a user-mode kernel has serial lines
find_port() {
	local dir name line=/dev/ttyS0

	if [ ! -d /sys/class/virtio-ports ]; then
		[ "$1" = out ] || line=/dev/ttyS1
		stty -F $line raw
		echo $line
		return
	fi

	for dir in /sys/class/virtio-ports/*; do
		read -r name < "$dir/name"
		[ "$name" != "$1" ] || echo "/dev/${dir##*/}"
	done
}

# A daemon left behind may hold the pipe open: wait for what the job wrote, not for ever.
drain() {
	local tries=20

	while [ "$tries" -gt 0 ] && [ ! -e /run/job/drained ]; do
		sleep 0.05
		tries=$((tries - 1))
	done
}

run_job() {
	local rc

	mkfifo /run/job/pipe
	{
		cat /run/job/pipe > "$(find_port out)"
		touch /run/job/drained
	} &
	(
		cd "$REPO" || exit
		export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
		exec setsid /bin/sh /run/job/command
	) < /dev/null > /run/job/pipe 2>&1
	rc=$?
	drain
	echo "exit $rc" > "$(find_port status)"
}

mount_all
hide_leftovers
finish_packages
hostname guest
ip link set lo up
# From here on all but debugging goes to the console's log.
echo 7 > /proc/sys/kernel/printk
run_job
sync
poweroff -f
