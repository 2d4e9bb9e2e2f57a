#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a command as root in a guest: a stock kernel, the host's root read-only
# below a tmpfs, the checkout as working directory. Output is the command's,
# live; the exit code is the command's, or
#   123  the guest's kernel crashed or complained (its last lines on stderr)
#   124  out of time
#   125  the guest could not be run
#
# Usage: vm.sh [--smp N] [--mem MB] [--icount] [--timeout S] [--out DIR]
#              [--env NAME=VALUE]... [--allow-warnings] -- COMMAND [ARG]...
#   --icount          one CPU, time counted in instructions: repeatable figures
#   --out DIR         the guest may write here, as $OUT; DIR/console.log is kept
#   --allow-warnings  a complaint of the kernel is no failure, a crash still is
# shellcheck disable=SC2054,SC2317 # qemu's own commas; clean() is a trap
set -eu

vm=$(dirname "$(readlink -f "$0")")
repo=${vm%/selftests/vm}
smp=2
mem=1024
icount=
limit=600
out=
allow_warnings=
vars=()

readonly COMPLAINTS='BUG:|WARNING:|Oops|Kernel panic|unregister_netdevice: waiting|'\
'general protection fault|rcu:.* stall|blocked for more than|possible .* deadlock|memory leak'
readonly CRASH='Kernel panic|Oops|BUG:'

die() {
	echo "vm: $*" >&2
	exit 125
}

parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		--smp) smp=$2 ;;
		--mem) mem=$2 ;;
		--timeout) limit=$2 ;;
		--out) out=$2 ;;
		--env) vars+=("$2") ;;
		--icount) icount=1 && shift && continue ;;
		--allow-warnings) allow_warnings=1 && shift && continue ;;
		--) shift && break ;;
		*) die "unknown option $1" ;;
		esac
		shift 2
	done
	[ $# -gt 0 ] || die "no command after --"
	job=("$@")
}

# The initrd of the cache, with this run's command added.
make_initrd() {
	local job_dir=$tmp/add/job

	mkdir -p "$job_dir"
	cp "$vm/init" "$tmp/add/init"
	{
		printf 'REPO=%q\n' "$repo"
		printf 'OUT=%q\n' "${out:+/out}"
	} > "$job_dir/conf"
	{
		[ -z "$out" ] || echo "export OUT=/out"
		[ ${#vars[@]} -eq 0 ] || printf 'export %q\n' "${vars[@]}"
		printf '%q ' exec "${job[@]}"
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

machine() {
	qemu=(qemu-system-x86_64 -M q35 -nodefaults -no-user-config -display none -no-reboot
		-m "$mem" -kernel "$kernel" -initrd "$tmp/initrd"
		-append "console=ttyS0 loglevel=5 panic=-1 oops=panic mitigations=off"
		-serial "file:${console//,/,,}"
		-object rng-builtin,id=rng -device virtio-rng-pci,rng=rng
		-device virtio-serial-pci)
	port out "$tmp/pipe"
	port status "$tmp/status"
	share root / ,readonly=on
	share extras "$root" ,readonly=on
	[ -z "$out" ] || share out "$out" ""
}

accelerate() {
	if [ -n "$icount" ]; then
		qemu+=(-accel tcg,thread=single -icount shift=1,sleep=off -smp 1 -cpu "$TCG_CPU")
	elif [ "$1" = kvm ]; then
		qemu+=(-accel kvm -smp "$smp" -cpu host)
	else
		qemu+=(-accel tcg,thread=multi -smp "$smp" -cpu "$TCG_CPU")
	fi
}
TCG_CPU=${TCG_CPU:-max}

# No qemu may outlive this script, not even when it is killed outright.
boot() {
	rm -f "$tmp/status" "$tmp/pipe"
	mkfifo "$tmp/pipe"
	cat "$tmp/pipe" &
	reader=$!
	setpriv --pdeathsig KILL timeout -k 5 "$limit" setpriv --pdeathsig KILL \
		"${qemu[@]}" < /dev/null > /dev/null 2> "$tmp/qemu.err" &
	guest=$!
	wait "$guest" || ended=$?
	guest=
	wait "$reader" || :
}

clean() {
	[ -z "${guest:-}" ] || kill "$guest" 2> /dev/null || :
	[ -z "${reader:-}" ] || kill "$reader" 2> /dev/null || :
	wait
	rm -rf "$tmp"
}

complain() {
	echo "vm: $1; the console's last lines:" >&2
	tail -n "${2:-30}" "$console" >&2
	[ -z "$out" ] || echo "vm: the whole of it is in $console" >&2
	exit 123
}

verdict() {
	local code

	case $ended in
	124 | 137) echo "vm: out of time after $limit s" >&2 && exit 124 ;;
	esac
	! grep -qE "$CRASH" "$console" || complain "the guest's kernel crashed" 60
	[ -n "$allow_warnings" ] || ! grep -qE "$COMPLAINTS" "$console" ||
		complain "the guest's kernel complained" 60
	read -r _ code < "$tmp/status" || { cat "$tmp/qemu.err" >&2; complain "the guest ended early"; }
	exit "$code"
}

parse "$@"
command -v qemu-system-x86_64 > /dev/null || die "qemu-system-x86_64 is missing, see selftests/deps.sh"
values=$("$vm/cache.sh" kernel root initrd) || die "no kernel in the cache"
{ read -r kernel; read -r root; read -r initrd; } <<< "$values"
root=$(readlink -f "$root")
[ -z "$out" ] || { mkdir -p "$out"; out=$(readlink -f "$out"); }
tmp=$(mktemp -d)
ended=0
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
console=${out:-$tmp}/console.log
make_initrd
machine
accelerate tcg
boot
verdict
