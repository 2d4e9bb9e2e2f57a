#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo's report judges handmade logs: a clean run, the same with one fault
# each, and logs that are missing or cut short.
set -eu

here=$(dirname "$(readlink -f "$0")")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

# Logs of a story with steps of 1 s and 100 datagrams a second, in
# nanoseconds from 1 s on. Usage: make_run DIR sidestep|without
make_run()
{
	mkdir -p "$1"
	printf '%s\n' "rate_pps 100" "direct_delay_us 2000" "infra_delay_us 25000" \
		"file_bytes 1000" > "$1/params"
	printf '%s\n' "started_ns 1000000000" "ended_ns 8000000000" "exit 0" \
		"sha256_ok 1" "bytes 1000" > "$1/scp"
	awk -v mode="$2" -v dir="$1" -f - <<- 'END'
		function path(state, wg) { return mode == "sidestep" ? state : wg }
		function dead(ms) { return mode == "without" && ms >= 3000 && ms < 5000 }
		function step(ms, name, state, link) {
			printf "%d000000 step %s %s %s\n", 1000 + ms, name,
				path(state, "direct"), link > (dir "/events")
		}
		function udp(ue, ms, seq, n) {
			for (ms = 0; ms < 7000; ms += 10) {
				if (!dead(ms)) {
					printf "%d000000 %d 2000\n", 1002 + ms, seq > (dir "/udp_" ue ".log")
					n++
				}
				seq++
			}
			printf "{\"complete\": true, \"sent\": %d, \"received\": %d, \"lost\": %d, " \
				"\"duplicated\": 0, \"reordered\": 0, \"corrupted\": 0}\n",
				seq, n, seq - n > (dir "/udp_" ue ".json")
		}
		function sample_ue(t, ue, i) {
			for (i = 1; i <= 3; i++)
				printf "%d000000 dev %s %s %d %d %d %d\n", t, ue, device[i], t, t, t, t > samples
			printf "%d000000 tcp %s RetransSegs=0 TCPTimeouts=0\n", t, ue > samples
		}
		function sample(ms) {
			sample_ue(1000 + ms, "a")
			sample_ue(1000 + ms, "b")
			printf "%d000000 file %d\n", 1000 + ms, ms / 7.2 > samples
		}
		BEGIN {
			step(0, "control", "direct", "up")
			step(1000, "bicast", "bicast", "up")
			step(3000, "cut", "bicast", "cut")
			step(4000, "infra", "infra", "cut")
			step(5000, "restored", "infra", "up")
			step(6000, "direct-again", "direct", "up")
			print "8000000000 end" > (dir "/events")
			udp("a"); udp("b")
			samples = dir "/samples"
			split("direct0 wg0 modem0", device)
			print "1000000000 clock 1700000001000000000" > samples
			for (ms = 0; ms <= 7200; ms += 100)
				sample(ms)
			print "8300000000 end" > samples
			for (ms = 0; ms < 7000; ms += 100)
				if (!dead(ms))
					printf "[%d.%03d000] 64 bytes from 10.77.0.2: icmp_seq=%d ttl=64 time=4.00 ms\n",
						1700000001 + int(ms / 1000), ms % 1000, ++n > (dir "/ping.log")
			printf "\n--- 10.77.0.2 ping statistics ---\n70 packets transmitted, %d received, 0%% packet loss\n",
				n > (dir "/ping.log")
		}
	END
}

# fresh: the clean logs again
fresh()
{
	rm -rf "$tmp/out"
	cp -r "$tmp/good" "$tmp/out"
}

# point NAME COMMAND...
point()
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count $name"
	else
		failed=$((failed + 1))
		sed 's/^/# /' "$tmp/said"
		echo "not ok $count $name"
	fi
}

# judge EXIT_CODE TEXT: what the report must return and say
judge()
{
	local rc=0

	"$tmp/bin/report" "$tmp/out" > "$tmp/said" 2>&1 || rc=$?
	[ "$rc" -eq "$1" ] && grep -qF -- "$2" "$tmp/said"
}

# The verdict for programs: EXIT_CODE, TEXT, and the value of "clean".
judge_result()
{
	judge "$1" "$2" && grep -q "^  \"clean\": $3," "$tmp/out/result.json"
}

# An unreadable log: it is named, and no verdict is left for programs to find.
refuse()
{
	judge 2 "$tmp/out/sidestep/$1" && [ ! -s "$tmp/out/result.json" ]
}

# edit FILE SED_SCRIPT...: of Sidestep's run
edit()
{
	local file=$tmp/out/sidestep/$1

	shift
	sed -i "$@" "$file"
}

set_count()
{
	edit "udp_$1.json" "s/\"$2\": [0-9]*/\"$2\": $3/"
}

numbers_only()
{
	! grep -qE '[", ]-?(nan|inf)[", ]' "$1"
}

test_clean()
{
	fresh
	point "a clean run is clean" judge_result 0 "Sidestep's column is clean" true
	point "the picture is whole" grep -q '^</svg>$' "$tmp/out/timeline.svg"
	point "the picture has no number that is none" \
		numbers_only "$tmp/out/timeline.svg"
}

test_udp()
{
	fresh
	edit udp_b.log '/^[0-9]* 350 /d'
	set_count b received 699
	point "one lost datagram is seen" judge_result 1 "UDP A to B: 1 lost" false
	fresh
	edit udp_a.log 's/^[0-9]* 350 .*/&\n&/'
	set_count a duplicated 1
	point "one doubled datagram is seen" judge_result 1 "UDP B to A: 1 doubled" false
	fresh
	edit udp_b.log -E '/^[0-9]* 350 /{N;s/ 350 (.*) 351 / 351 \1 350 /}'
	set_count b reordered 1
	point "one reordered datagram is seen" judge_result 1 "UDP A to B: 1 reordered" false
	fresh
	set_count b corrupted 1
	point "one corrupted datagram is seen" judge_result 1 "UDP A to B: 1 corrupted" false
	fresh
	set_count b duplicated 1
	point "a receiver and its log that disagree are no evidence" refuse udp_b.json
}

# Sending interval 10 ms, paths 23 ms apart, no jitter: 33 ms are allowed.
test_gap()
{
	fresh
	edit udp_b.log 's/^4502000000 350/4525000000 350/;s/^4512000000 351/4525000000 351/;s/^4522000000 352/4525000000 352/'
	point "a gap as long as allowed is clean" judge_result 0 "clean" true
	edit udp_b.log 's/^4525000000/4525001000/'
	point "a longer gap is not" judge_result 1 "a gap of 33001 us, 33000 are allowed" false
	edit udp_a.log 's/^1502000000 50 /1503000000 50 /'
	point "the control period's jitter is allowed for" judge_result 0 "clean" true
}

test_programs()
{
	fresh
	edit ping.log '/icmp_seq=20 /d;s/70 received/69 received/'
	point "one lost echo is seen" judge_result 1 "ping: 1 lost" false
	fresh
	edit ping.log 's/\(.*icmp_seq=20 .*\)/&\n\1 (DUP!)/'
	point "one doubled echo is seen" judge_result 1 "ping: 1 doubled" false
	fresh
	edit scp 's/sha256_ok 1/sha256_ok 0/'
	point "a copy that differs is seen" judge_result 1 "the copy differs" false
	fresh
	edit scp 's/exit 0/exit 1/'
	point "a copy that did not finish is seen" judge_result 1 "scp: did not finish" false
}

test_retransmissions()
{
	fresh
	edit samples -E 's/^([4-9][0-9]{9} tcp a RetransSegs)=0/\1=1/'
	point "a retransmission in the story is seen" \
		judge_result 1 "TCP: 1 retransmissions since the radios began to part" false
	fresh
	edit samples -E 's/^([2-9][0-9]{9} tcp a RetransSegs)=0/\1=1/;s/^(1[5-9][0-9]{8} tcp a RetransSegs)=0/\1=1/'
	point "one in the control period is no switch's doing" judge_result 0 "clean" true
}

test_story()
{
	fresh
	edit samples 's/ wg0 .*/ wg0 5 5 5 5/'
	point "an infra path without packets is seen" \
		judge_result 1 "UE A did not send on the infra path" false
	fresh
	rm -r "$tmp/out/without"
	cp -r "$tmp/out/sidestep" "$tmp/out/without"
	point "a cut that cut nothing is seen" judge_result 1 "was there a cut?" false
	fresh
	edit samples '/ modem0 /d'
	point "a device that was not counted is seen" refuse samples
}

test_bad_logs()
{
	local file size

	for file in "$tmp"/good/sidestep/*; do
		file=${file##*/}
		fresh
		rm "$tmp/out/sidestep/$file"
		point "without $file there is no verdict" refuse "$file"
		fresh
		size=$(stat -c %s "$tmp/out/sidestep/$file")
		truncate -s $((size / 2)) "$tmp/out/sidestep/$file"
		point "with half of $file there is no verdict" refuse "${file%.log}"
	done
	fresh
	edit events '/ end$/d'
	point "a story without an end is none" refuse events
	fresh
	edit samples '/ end$/d'
	point "samples without an end are none" refuse samples
}

CFLAGS="-g -fsanitize=address,undefined -fno-sanitize-recover=all" \
	make -s -C "$here/../demo" OUT="$tmp/bin" "$tmp/bin/report"
make_run "$tmp/good/sidestep" sidestep
make_run "$tmp/good/without" without

echo "KTAP version 1"
test_clean
test_udp
test_gap
test_programs
test_retransmissions
test_story
test_bad_logs
echo "1..$count"
[ "$failed" -eq 0 ]
