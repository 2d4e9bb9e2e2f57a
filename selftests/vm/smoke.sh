#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Checks vm.sh itself, in KTAP: exit codes, output, files, faults, clean ends.
# shellcheck disable=SC2016,SC2181 # the guest expands; the code is what is tested
set -u

vm=$(dirname "$(readlink -f "$0")")
tmp=$(mktemp -d)
export TMPDIR=$tmp/tmp
mkdir "$TMPDIR" "$tmp/out"
trap 'rm -rf "$tmp"' EXIT
n=0
failed=0

# Usage: result NAME, after the condition
result() {
	local rc=$?

	n=$((n + 1))
	if [ "$rc" -eq 0 ]; then
		echo "ok $n $1"
	else
		echo "not ok $n $1"
		failed=$((failed + 1))
		sed 's/^/# /' "$tmp/log"
	fi
}

guest() {
	"$vm/vm.sh" --timeout 60 "$@" > "$tmp/log" 2>&1
}

now_ms() {
	date +%s%3N
}

running() {
	grep -qsa "pat[h]=$TMPDIR/" /proc/[0-9]*/cmdline
}

nothing_left() {
	! running && [ -d "$TMPDIR" ] && [ -z "$(ls -A "$TMPDIR")" ]
}

test_exit_code_and_output() {
	local start
	start=$(now_ms)

	"$vm/vm.sh" --timeout 60 --env 'A=two words' -- \
		bash -c 'date +%s%3N; echo "$A|$1|$PWD"; echo to stderr >&2; exit 7' x "it's \$1" \
		> "$tmp/log" 2>&1
	[ $? -eq 7 ]
	result "exit code"
	[ "$(sed 1d "$tmp/log")" = "two words|it's \$1|${vm%/selftests/vm}
to stderr" ]
	result "output, environment, arguments, working directory"
	[ $(($(head -n 1 "$tmp/log") - start)) -lt 15000 ]
	result "first command in under 15 s"
	echo "# first command after $(($(head -n 1 "$tmp/log") - start)) ms"
}

# Writes must stay in the guest, except those below $OUT.
test_files() {
	guest --out "$tmp/out" -- bash -c 'echo 1 > $OUT/a && mkdir $OUT/d && echo 2 > $OUT/d/b &&
		touch selftests/vm/litter /etc/litter && head -c 3000000 /dev/zero > $OUT/big'
	[ $? -eq 0 ] && [ "$(cat "$tmp/out/a" "$tmp/out/d/b")" = "1
2" ] && [ "$(stat -c %s "$tmp/out/big")" -eq 3000000 ]
	result "files out"
	[ ! -e "$vm/litter" ] && [ ! -e /etc/litter ]
	result "the host's files stay as they are"
	grep -q 'Power down' "$tmp/out/console.log"
	result "the console's log is kept"
}

test_output_is_whole() {
	guest -- seq 200000
	[ $? -eq 0 ] && cmp -s "$tmp/log" <(seq 200000)
	result "long output arrives whole"
}

test_environment() {
	guest -- bash -ec '
		[ "$(cat /sys/class/net/lo/operstate)" = unknown ] && ping -q -c 1 127.0.0.1
		ip netns add a && ip -n a link add type veth
		modprobe -a wireguard sch_netem nf_tables
		nft list ruleset && wg show
		[ -d /sys/kernel/debug/tracing ] && : > /dev/shm/x && : > /tmp/x && : > /run/x
		[ -f "/lib/modules/$(uname -r)/build/Makefile" ]
		ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id
		cp /root/.ssh/id.pub /root/.ssh/authorized_keys
		$(command -v sshd) -h /root/.ssh/id -o PidFile=none
		seq 1000 > /tmp/file
		scp -q -i /root/.ssh/id -o StrictHostKeyChecking=no /tmp/file 127.0.0.1:/tmp/copy
		cmp /tmp/file /tmp/copy'
	result "network, modules, headers and ssh in the guest"
}

test_timeout() {
	"$vm/vm.sh" --timeout 8 -- sleep 60 > "$tmp/log" 2>&1
	[ $? -eq 124 ] && nothing_left
	result "a timeout is 124"
}

test_faults() {
	guest -- bash -c 'echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger'
	[ $? -eq 123 ] && grep -q 'sysrq triggered crash' "$tmp/log"
	result "a crash is 123, with what the console said"
	guest -- bash -c 'echo "<4>WARNING: CPU: 0 PID: 1 at here" > /dev/kmsg'
	[ $? -eq 123 ]
	result "a complaint of the kernel is 123"
	guest --allow-warnings -- bash -c 'echo "<4>WARNING: CPU: 0" > /dev/kmsg; exit 5'
	[ $? -eq 5 ]
	result "unless warnings are allowed"
}

# Usage: end_by SIGNAL CODE
end_by() {
	local pid i

	: > "$tmp/log"
	env --default-signal=INT "$vm/vm.sh" -- bash -c 'echo started; sleep 60' > "$tmp/log" 2>&1 &
	pid=$!
	for i in {1..300}; do
		grep -q started "$tmp/log" && break
		sleep 0.1
	done
	kill "-$1" "$pid"
	wait "$pid" 2> /dev/null
	[ $? -eq "$2" ] && [ "$i" -lt 300 ]
}

test_kill() {
	end_by TERM 143 && nothing_left
	result "a terminated run leaves nothing"
	end_by INT 130 && nothing_left
	result "an interrupted run leaves nothing"
	end_by KILL 137
	sleep 0.5
	! running
	result "a killed run leaves no qemu"
	rm -rf "${TMPDIR:?}"/*
}

test_icount() {
	guest --icount -- bash -c '[ "$(nproc)" -eq 1 ]'
	result "one CPU in instruction count"
}

test_usage() {
	guest --nonsense -- true
	[ $? -eq 125 ]
	result "an unknown option is 125"
}

echo "TAP version 13"
test_exit_code_and_output
test_files
test_output_is_whole
test_environment
test_timeout
test_faults
test_kill
test_icount
test_usage
echo "1..$n"
[ "$failed" -eq 0 ]
