#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a command as root in a guest: a stock kernel, the host's root read-only
# below a tmpfs, the checkout as working directory. With KERNEL=uml the kernel is
# a program on the host, all else is the same. Output is the command's, live; the
# exit code is the command's, or
#   123  the guest's kernel crashed or complained (what it said is on stderr)
#   124  out of time
#   125  the guest could not be run
#
# Usage: vm.sh [--smp N] [--mem MB] [--icount] [--timeout S] [--out DIR]
#              [--env NAME=VALUE]... [--plugin FILE,ARG] [--allow-warnings] -- COMMAND [ARG]...
#   --icount          time counted in instructions: repeatable figures. One CPU. A
#                     user-mode kernel's time goes on only when it has nothing to do
#   --out DIR         the guest may write here, as $OUT; DIR/console.log is kept
#   --plugin FILE,ARG a plugin of QEMU's, which must have them
#   --allow-warnings  a complaint of the kernel is no failure, a crash still is
# shellcheck disable=SC2030,SC2031,SC2054,SC2317 # a probe of its own, qemu's commas, a trap
set -eu

vm=$(dirname "$(readlink -f "$0")")
repo=${vm%/selftests/vm}
smp=
# The debug kernel looks after every byte, which takes memory, and many times the
# instructions: where they are counted, so many make a second.
mem=1024 shift=1 clock=
case ${KERNEL:-} in
debug) mem=3072 shift=0 clock=tsc_early_khz=4000000 ;;
uml) mem=3072 ;;
esac
icount=
limit=600
out=
allow_warnings=
plugin=
vars=()

# iperf3 over WireGuard between two namespaces, 5 s, 2 vCPU on 2 idle cores, qemu 7.2:
# qemu64 356, Nehalem 184, max 168, Haswell 86 Mb/s (bare veth: 9200, 9239, 2422, 1596).
readonly TCG_CPU=qemu64
readonly CRASH='Kernel panic|Oops'
COMPLAINTS=$(< "$vm/complaints")

die() {
	echo "vm: $*" >&2
	exit 125
}

parse() {
	while [ $# -gt 0 ]; do
		[ $# -gt 1 ] || die "nothing after $1"
		case $1 in
		--smp) smp=$2 ;;
		--mem) mem=$2 ;;
		--timeout) limit=$2 ;;
		--out) out=$2 ;;
		--env) vars+=("$2") ;;
		--plugin) plugin=$2 ;;
		--icount) icount=1 && shift && continue ;;
		--allow-warnings) allow_warnings=1 && shift && continue ;;
		--) shift && break ;;
		*) die "unknown option $1" ;;
		esac
		shift 2
	done
	[ $# -gt 0 ] || die "no command"
	[ -z "$icount" ] || [ -z "$smp" ] || die "--icount is for one CPU, not for --smp $smp"
	job=("$@")
}

# As words of any shell.
quote() {
	printf "'%s' " "${@//\'/\'\\\'\'}"
}

# The initrd of the cache, with this run's command added, and the programs that
# the guest is to have in its memory.
make_initrd() {
	local job_dir=$tmp/add/job

	mkdir -p "$job_dir"
	"$vm/resident.sh" "$tmp/add/resident" "$root" "$repo"
	cp "$vm/init" "$tmp/add/init"
	{
		echo "REPO=$(quote "$repo")"
		echo "OUT=${out:+/out}"
		[ -z "$usermode" ] || {
			echo "ROOT=$(quote "$root")"
			echo "HOST_OUT=$(quote "$out")"
		}
	} > "$job_dir/conf"
	{
		[ -z "$out" ] || echo "export OUT=/out"
		[ ${#vars[@]} -eq 0 ] || echo "export $(quote "${vars[@]}")"
		echo "exec $(quote "${job[@]}")"
	} > "$job_dir/command"
	(cd "$tmp/add" && find . | "$root/bin/busybox" cpio -o -H newc 2> /dev/null) |
		cat "$initrd" - > "$tmp/initrd"
}

# A comma in a path is doubled in qemu's options.
share() {
	qemu+=(-virtfs "local,path=${2//,/,,},mount_tag=$1,security_model=none,multidevs=remap$3")
}

port() {
	qemu+=(-chardev "file,id=$1,path=${2//,/,,}" -device "virtserialport,chardev=$1,name=$1")
}

# What both kinds of kernels are told. norandmaps: QEMU translates a program again for
# each address that it is at, which takes three times as long as to run it.
readonly ARGUMENTS="loglevel=5 panic=-1 oops=panic norandmaps cryptomgr.notests"

machine() {
	qemu=(qemu-system-x86_64 -M q35 -nodefaults -no-user-config -display none -no-reboot
		-m "$mem" -kernel "$kernel" -initrd "$tmp/initrd"
		-append "console=ttyS0 $ARGUMENTS mitigations=off tsc=reliable${icount:+ $clock}"
		-serial "file:${console//,/,,}"
		-object rng-builtin,id=rng -device virtio-rng-pci,rng=rng
		-device virtio-serial-pci)
	port out "$tmp/pipe"
	port status "$tmp/status"
	share root / ,readonly=on
	share extras "$root" ,readonly=on
	[ -z "$out" ] || share out "$out" ""
	[ -z "$plugin" ] || qemu+=(-plugin "$plugin")
}

accelerate() {
	if [ -n "$icount" ]; then
		qemu+=(-accel tcg,thread=single -icount "shift=$shift,sleep=off" -smp 1 -cpu "$TCG_CPU")
	elif [ "$1" = kvm ]; then
		qemu+=(-accel kvm -smp "${smp:-2}" -cpu host)
	else
		qemu+=(-accel tcg,thread=multi -smp "${smp:-2}" -cpu "$TCG_CPU")
	fi
}

# The kernel as a program, all of whose processes end with it. Its files are there before it.
usermode_machine() {
	local user=()

	[ "$(id -u)" = 0 ] || user=(--user --map-root-user)
	read -ra qemu <<< "con=null con0=null,fd:3 ssl=null ssl0=null,fd:4 ssl1=null,fd:5 $ARGUMENTS"
	# shellcheck disable=SC2016 # for that shell
	qemu=(unshare "${user[@]}" --pid --fork --kill-child
		sh -c 'exec 3> "$1" 4> "$2" 5> "$3" && shift 3 && exec "$@"' sh
		"$console" "$tmp/pipe" "$tmp/status"
		"$kernel" mem="${mem}M" initrd="$tmp/initrd" uml_dir="$tmp/" time-travel=inf-cpu
		console=tty0 "${qemu[@]}")
}

# No guest may outlive this script, not even when it is killed outright.
boot() {
	mkfifo "$tmp/pipe"
	cat "$tmp/pipe" &
	reader=$!
	setpriv --pdeathsig KILL timeout -k 5 "$limit" setpriv --pdeathsig KILL \
		"${qemu[@]}" < /dev/null > /dev/null 2> "$tmp/qemu.err" &
	guest=$!
	ended=0
	wait "$guest" || ended=$?
	guest=
	wait "$reader" || :
	reader=
}

clean() {
	kill ${probe:+"$probe"} ${guest:+"$guest"} ${reader:+"$reader"} 2> /dev/null || :
	wait
	[ -z "$tmp" ] || rm -rf "$tmp"
}

on_signals() {
	trap clean EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

console_says() {
	grep -qE "$1" "$console"
}

# Usage: fail CODE MESSAGE
fail() {
	echo "vm: $2; the console's last lines:" >&2
	tail -n 20 "$console" >&2
	exit "$1"
}

# Usage: accuse MESSAGE PATTERN, with what the console said around the first such line
accuse() {
	echo "vm: $1:" >&2
	grep -E -m 1 -B 5 -A 80 "$2" "$console" >&2
	exit 123
}

verdict() {
	local code

	! console_says "$CRASH" || accuse "the guest's kernel crashed" "$CRASH"
	[ "$ended" -ne 124 ] || fail 124 "out of time after $limit s"
	[ -n "$allow_warnings" ] || ! console_says "$COMPLAINTS" ||
		accuse "the guest's kernel complained" "$COMPLAINTS"
	read -r _ code < "$tmp/status" || {
		cat "$tmp/qemu.err" >&2
		fail 125 "the guest ended early"
	}
	exit "$code"
}

# Usage: run kvm|tcg|usermode
run() {
	on_signals
	tmp=$(mktemp -d -t sidestep-vm.XXXXXX)
	console=${out:-$tmp}/console.log
	make_initrd
	if [ "$1" = usermode ]; then
		usermode_machine
	else
		machine
		accelerate "$1"
	fi
	boot
	verdict
}

# A /dev/kvm may be there and hang for ever, so it is tried once per kernel and boot of the host.
kvm_works() {
	local stamp known=

	[ -w /dev/kvm ] || return 1
	stamp=$(< /proc/sys/kernel/random/boot_id)
	exec 9> "$home/kvm.lock"
	flock 9
	[ ! -e "$home/kvm.$release" ] || known=$(< "$home/kvm.$release")
	if [ "${known% *}" != "$stamp" ]; then
		known="$stamp no"
		! probe_kvm || known="$stamp yes"
		echo "$known" > "$home/kvm.$release"
	fi
	exec 9>&-
	[ "${known##* }" = yes ]
}

probe_kvm() {
	(
		job=(true) vars=() out='' limit=10
		run kvm
	) > /dev/null 2>&1 &
	probe=$!
	wait "$probe"
}

tmp=
parse "$@"
usermode=
[ "${KERNEL:-}" != uml ] || usermode=1
[ -z "$usermode" ] || [ -z "$smp" ] || die "a user-mode kernel has one CPU, not $smp"
command -v qemu-system-x86_64 > /dev/null ||
	die "qemu-system-x86_64 is missing, see selftests/deps.sh"
values=$("$vm/cache.sh" kernel root initrd release home) || die "no kernel in the cache"
{ read -r kernel; read -r root; read -r initrd; read -r release; read -r home; } <<< "$values"
root=$(readlink -f "$root")
if [ -n "$out" ]; then
	mkdir -p "$out"
	out=$(readlink -f "$out")
fi
on_signals
accel=tcg
if [ -n "$usermode" ]; then
	accel=usermode
elif [ -z "$icount" ] && kvm_works; then
	accel=kvm
fi
run "$accel"
