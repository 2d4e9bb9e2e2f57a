# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh, by the tests in which systemd runs a service as on a host: a
# systemd of its own in a network namespace, as the first process of a new PID, mount
# and cgroup namespace, with /etc, /var, /run and /usr/local of its own over the
# guest's (systemd_up), or with a root of its own (systemd_start). With the former, of
# all units there are those of basic.target that a service leans on, the journal, and
# what `make install` brings.

SYSTEMD=/usr/lib/systemd/systemd
# Its process, and where its files are seen from outside
SYSTEMD_PID='' SYSTEMD_ROOT=
# What is its own; a test with more than one sets another before each systemd_up.
SYSTEMD_DIR=$TMP
# It is up when this is: what systemd_up starts; a root of its own may have another.
SYSTEMD_TARGET=test.target

# Units that a host has and that have nothing to do here
SYSTEMD_MASKED=(systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket
	systemd-udev-trigger.service systemd-sysctl.service systemd-update-utmp.service
	systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-hwdb-update.service
	systemd-random-seed.service systemd-binfmt.service systemd-journald-audit.socket
	systemd-ask-password-console.path systemd-initctl.socket dbus.socket
	cryptsetup.target integritysetup.target veritysetup.target timers.target paths.target
	swap.target)

# systemd_modules MODULE...: a tree of modules with these and sidestep alone, for
# modprobe; depmod of the kernel's whole tree takes long
systemd_modules()
{
	local kernel dir kind file _

	kernel=$(uname -r)
	dir=$TMP/modules/lib/modules/$kernel
	mkdir -p "$dir/updates"
	cp "$SIDESTEP_KO" "$dir/updates"
	modprobe -a --ignore-install --show-depends "$@" | while read -r kind file _; do
		[ "$kind" != insmod ] || cp "$file" "$dir"
	done
	cp "/lib/modules/$kernel"/modules.{builtin,builtin.modinfo,order} "$dir"
	depmod -b "$TMP/modules" "$kernel"
}

# systemd_units: in place of what the guest's root has enabled
systemd_units()
{
	local dir=$SYSTEMD_DIR/units unit

	mkdir -p "$dir"
	for unit in "${SYSTEMD_MASKED[@]}"; do
		ln -s /dev/null "$dir/$unit"
	done
	cat > "$dir/test.target" <<- END
		[Unit]
		Description=Nothing but what the test starts
		Requires=basic.target
		After=basic.target
		AllowIsolate=yes
	END
}

# For the scripts of systemd_start: a /dev without the guest's own devices
# shellcheck disable=SC2016 # expanded there
readonly SYSTEMD_MAKE_DEV='
make_dev()
{
	mount -t tmpfs -o mode=755 tmpfs "$1"
	cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$1"
	mkdir "$1/shm" "$1/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$1/shm"
	mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$1/pts"
	ln -s pts/ptmx "$1/ptmx"
}
'

# In the new namespaces: what a container's manager would do.
# shellcheck disable=SC2016 # expanded there
readonly SYSTEMD_BEGIN=$SYSTEMD_MAKE_DEV'
set -e
tmp=$1 modules=$2 make=$3
mount --make-rprivate /
mount -t proc proc /proc
umount /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir "$tmp/own" "$tmp/work"
mount -t overlay -o "lowerdir=/etc,upperdir=$tmp/own,workdir=$tmp/work" own /etc
mount -t tmpfs -o mode=755 tmpfs /var
mount -t tmpfs -o mode=755 tmpfs /usr/local
mount --bind "$tmp/units" /etc/systemd/system
mount --bind "$modules/lib/modules/$(uname -r)" "/lib/modules/$(uname -r)"
echo 0123456789abcdef0123456789abcdef > /etc/machine-id
mount -t tmpfs -o mode=755 tmpfs /run
mkdir "$tmp/dev"
make_dev "$tmp/dev"
mount --move "$tmp/dev" /dev
sh -c "$make"
# systemd-tmpfiles empties the real one.
mount -t tmpfs -o mode=1777 tmpfs /tmp
exec env -i PATH=$PATH container=guest '$SYSTEMD' --system --unit=test.target \
	--show-status=no --log-target=journal
'

# systemd_up NS COMMAND: installs with this, and starts
systemd_up()
{
	systemd_units
	systemd_start "$1" "$SYSTEMD_BEGIN" "$TMP/modules" "$2"
}

# systemd_start NS SCRIPT ARG...: in new namespaces the shell's script, which is given
# SYSTEMD_DIR and these, makes the root and becomes systemd
systemd_start()
{
	local cgroup=/sys/fs/cgroup/systemd-$1

	# Kernels that look for faults do not have all of them.
	grep -owE 'pids|memory|cpu' /sys/fs/cgroup/cgroup.controllers | sed 's/^/+/' |
		paste -s -d ' ' > /sys/fs/cgroup/cgroup.subtree_control
	mkdir "$cgroup"
	# shellcheck disable=SC2016
	ip netns exec "$1" sh -c 'mount -t cgroup2 cgroup2 /sys/fs/cgroup
		echo $$ > "$1/cgroup.procs"; shift; exec "$@"' sh "$cgroup" \
		unshare --pid --fork --kill-child --mount --cgroup --ipc --uts \
		sh -c "$2" sh "$SYSTEMD_DIR" "${@:3}" > "$SYSTEMD_DIR/systemd.log" 2>&1 &
	SYSTEMD_UNSHARE=$!
	defer systemd_down $SYSTEMD_UNSHARE
	busywait 120000 systemd_process || die "systemd: $(cat "$SYSTEMD_DIR/systemd.log")"
	systemd_begun || die "systemd does not start: $(systemd_says)"
}

# Not by the clock, which leaps while the host's files are read.
systemd_begun()
{
	local i

	for ((i = 0; i < 300; i++)); do
		systemd_runs && return
		nap 200000
	done
	return 1
}

# systemd_process: not before it is systemd
systemd_process()
{
	SYSTEMD_PID=$(pgrep -P "$SYSTEMD_UNSHARE" -x systemd)
	# shellcheck disable=SC2034 # for those who source this file
	SYSTEMD_ROOT=/proc/$SYSTEMD_PID/root
	[ -n "$SYSTEMD_PID" ]
}

systemd_runs()
{
	inside systemctl is-active --quiet "$SYSTEMD_TARGET" 2> /dev/null
}

# systemd_says: why it is not there yet
systemd_says()
{
	cat "$SYSTEMD_DIR/systemd.log"
	inside systemctl --no-pager list-jobs 2>&1
	inside systemctl --no-pager --failed 2>&1
}

# systemd_down UNSHARE: the process that waits for it
systemd_down()
{
	pkill -KILL -P "$1"
	wait "$1" 2> /dev/null
}

# inside COMMAND...: on the host that it runs
inside()
{
	nsenter -t "$SYSTEMD_PID" -a -- env PATH="/usr/local/sbin:/usr/local/bin:$PATH" "$@"
}

# --- the service ------------------------------------------------------------

# Set by the test: its unit, program and user
SERVICE='' SERVICE_USER=
# WatchdogSec=, RestartSec=, and a few for systemd
readonly WATCHDOG_S=45

# service_is PROPERTY VALUE
service_is()
{
	[ "$(inside systemctl show --property "$1" --value "$SERVICE")" = "$2" ]
}

# service_pid: as it is seen here
service_pid()
{
	pgrep --ns "$SYSTEMD_PID" --nslist pid -x "$SERVICE"
}

# service_uid: the number of its user
service_uid()
{
	sed -n "s/^$SERVICE_USER:x:\([0-9]*\):.*/\1/p" "$SYSTEMD_ROOT/etc/passwd"
}

# service_field NAME: of /proc/PID/status, the first word
service_field()
{
	sed -n "s/^$1:[[:space:]]*\([0-9a-f]*\).*/\1/p" "/proc/$(service_pid)/status"
}

# service_sandbox_check RIGHTS: user and capabilities of the process, and what
# systemd-analyze thinks of the rest: 0.0 is best, 2.0 at most
service_sandbox_check()
{
	local exposure

	test_eq "user" "$(service_field Uid)" "$(service_uid)"
	test_eq "capabilities" "$(service_field CapEff) $(service_field CapPrm) $(service_field CapBnd)" \
		"$1 $1 $1"
	test_eq "no new privileges" "$(service_field NoNewPrivs)" 1
	test_eq "system calls are filtered" "$(service_field Seccomp)" 2
	exposure=$(inside systemd-analyze security --no-pager "$SERVICE" |
		sed -n 's/.*exposure level for [^ ]*: \([0-9.]*\).*/\1/p')
	diag "systemd-analyze security: $exposure"
	test_ok "systemd-analyze has little to say" [ "${exposure/./}" -le 20 ]
}

# service_file_check PATH USER MODE: a dynamic user's directory is behind a link
service_file_check()
{
	test_eq "$1 is as documented" "$(inside stat -L -c '%U %a' "$1")" "$2 $3"
}

# service_again SIGNAL: and until systemd has started another
service_again()
{
	local before now i

	before=$(service_pid)
	kill "-$1" "$before"
	for ((i = 0; i < WATCHDOG_S; i++)); do
		sleep 1
		now=$(service_pid)
		[ -z "$now" ] || [ "$now" = "$before" ] || break
	done
	[ "$i" -lt $WATCHDOG_S ] && busywait 5000 service_is ActiveState active
}

# service_mark: what is looked for in the journal comes after this
service_mark()
{
	SERVICE_MARK=$(inside journalctl -q -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
}

# service_logged REGEX
service_logged()
{
	inside journalctl -q -u "$SERVICE" -o cat --after-cursor "$SERVICE_MARK" | grep -qE "$1"
}

# service_failed_with RESULT: as systemd has seen it
service_failed_with()
{
	service_logged "Failed with result '$1'"
}

# service_status_says REGEX: where one looks first
service_status_says()
{
	inside systemctl status --no-pager -l "$SERVICE" | grep -qE "$1"
}

service_journal()
{
	inside journalctl -q -o short-monotonic --no-pager -n 150 | sed 's/^/# /'
}
