# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by report_test.sh: handmade logs of the demo's runs, in the form that docs/demo.md
# describes. A story of 8 s; 100 datagrams a second of IPv4 and 20 of IPv6, ten echoes,
# four lines of the chat. Nothing is late, and nothing lost but in the time DEAD.

# logs_make DIR sidestep|corner|without|mptcp
logs_make()
{
	mkdir -p "$1"
	logs_params "$1" "$2"
	logs_steps "$2" | awk '{ print 1000 + $1 "000000", "step", $2, $3, $4 }
		END { print "9000000000 end" }' > "$1/events"
	logs_told "$1" "$2"
	logs_samples "$1" "$2"
	logs_chat "$1" "$2"
	awk 'BEGIN { for (ms = 1000; ms <= 9100; ms += 100) print ms "000000 -5000" }' |
		tee "$1/signal_a" > "$1/signal_b"
	[ "$2" != mptcp ] || return 0
	logs_udp "$1" udp 10 "$2"
	logs_udp "$1" udp6 50 "$2"
	logs_ping "$1" "$2"
	case $2 in
	sidestep | corner) logs_talk "$1" ;;
	esac
}

logs_params()
{
	local blind=0 tcp_only=0

	[ "$2" != corner ] || blind=1000000
	[ "$2" != mptcp ] || tcp_only=1
	printf '%s\n' "udp_pps 100" "udp6_pps 20" "direct_delay_us 2000" \
		"infra_delay_us 25000" "file_bytes 1000" "blind_us $blind" \
		"tcp_only $tcp_only" > "$1/params"
	printf '%s\n' "started_ns 1000000000" "ended_ns 9000000000" "exit 0" \
		"sha256_ok 1" "bytes 1000" > "$1/scp"
}

# logs_steps KIND: milliseconds since the story's begin, and the step
logs_steps()
{
	local home=("6000 bicast bicast up" "7000 direct direct up")

	case $1 in
	sidestep)
		printf '%s\n' "0 control direct up" "1000 parting direct up" \
			"2000 bicast bicast up" "3000 infra infra up" \
			"4000 lost infra cut" "5000 found infra up" "${home[@]}" ;;
	corner)
		printf '%s\n' "0 control direct up" "1000 corner direct up" \
			"1100 lost direct cut" "1800 bicast bicast cut" \
			"2200 infra infra cut" "5000 found infra up" "${home[@]}" ;;
	*)
		printf '%s\n' "0 control direct up" "1000 parting direct up" \
			"4000 lost direct cut" "5000 found direct up" ;;
	esac
}

# logs_dead KIND: from when to when nothing arrives, in milliseconds
logs_dead()
{
	case $1 in
	corner) echo "1100 1800" ;;
	without) echo "4000 5000" ;;
	*) echo "0 0" ;;
	esac
}

logs_told()
{
	local path="direct, wanted direct, peer wants direct"

	{
		echo "2000000000 world radio parting up the radios part"
		case $2 in
		sidestep | corner)
			echo "2900000000 watch_a 2026-11-27T08:00:00.000+00:00 p2p0 decision: $path; prepare: signal -75.0 dBm < -74.0 dBm for 160 ms; direct direct0 ready"
			echo "3900000000 watch_b 2026-11-27T08:00:01.000+00:00 p2p0 decision: $path; execute: signal -84.0 dBm < -83.0 dBm for 160 ms; direct direct0 ready"
			;;
		esac
		echo "9000000000 world end the end"
	} > "$1/told"
}

# Each device counts a packet a millisecond; the tunnel's is there from 1.5 s on.
logs_samples()
{
	awk -v mode="$2" '
		function device(t, ue, name) {
			printf "%d000000 dev %s %s %d %d %d %d\n", t, ue, name, t, t, t, t
		}
		function ue(t, name) {
			device(t, name, "direct0")
			device(t, name, "modem0")
			if (mode != "without" && t >= 1500)
				device(t, name, "wg0")
			printf "%d000000 tcp %s RetransSegs=0 TCPTimeouts=0\n", t, name
		}
		BEGIN {
			print "1000000000 clock 1700000001000000000"
			for (t = 1000; t <= 9100; t += 100) {
				ue(t, "a")
				ue(t, "b")
				printf "%d000000 file %d\n", t, (t - 1000) / 8.1
			}
			print "9200000000 end"
		}' > "$1/samples"
}

# logs_udp DIR NAME INTERVAL_MS KIND
logs_udp()
{
	local ue

	for ue in a b; do
		awk -v dead="$(logs_dead "$4")" -v every="$3" -v log_name="$1/$2_$ue.log" '
			BEGIN {
				split(dead, d, " ")
				for (ms = 0; ms < 8000; ms += every) {
					if (ms < d[1] || ms >= d[2]) {
						printf "%d000000 %d 2000\n", 1002 + ms, sent > log_name
						got++
					}
					sent++
				}
				printf "{\"complete\": true, \"sent\": %d, \"received\": %d, \"lost\": %d, " \
					"\"duplicated\": 0, \"reordered\": 0, \"corrupted\": 0, \"send_errors\": 0}\n",
					sent, got, sent - got
			}' > "$1/$2_$ue.json"
	done
}

logs_ping()
{
	awk -v dead="$(logs_dead "$2")" '
		BEGIN {
			split(dead, d, " ")
			print "PING 10.77.0.2 (10.77.0.2) 56(84) bytes of data."
			for (ms = 0; ms < 8000; ms += 100) {
				sent++
				if (ms >= d[1] && ms < d[2])
					continue
				printf "[%d.%03d000] 64 bytes from 10.77.0.2: icmp_seq=%d ttl=64 time=4.00 ms\n",
					1700000001 + int(ms / 1000), ms % 1000, sent
				got++
			}
			printf "\n--- 10.77.0.2 ping statistics ---\n"
			printf "%d packets transmitted, %d received, 0%% packet loss, time 8000ms\n", sent, got
		}' > "$1/ping.log"
}

# TCP has them all heard, late if need be.
logs_chat()
{
	local ue

	for ue in a b; do
		awk -v dead="$(logs_dead "$2")" '
			BEGIN {
				split(dead, d, " ")
				for (ms = 0; ms < 8000; ms += 250) {
					late = ms >= d[1] && ms < d[2] ? d[2] - ms : 0
					printf "%d000000 %d %d\n", 1002 + ms + late, number++, 2000 + 1000 * late
				}
			}' > "$1/chat_$ue.log"
		echo '{"said": 32, "heard": 32, "wrong": 0}' > "$1/chat_$ue.json"
	done
}

# Who talks to whom: each with its own operator, the operators, STUN, and the tunnel, by the
# relay and without it.
logs_talk()
{
	printf '%s\n' "198.51.100.2 ue_a" "2001:db8:10::2 ue_a" "203.0.113.2 ue_b" \
		"192.0.2.10 mno_a" "2001:db8:a::10 mno_a" "192.0.2.18 mno_b" \
		"2001:db8:b::10 mno_b" > "$1/hosts"
	printf '%s\n' "198.51.100.2 192.0.2.10 52243 5684 87 9840" \
		"192.0.2.10 198.51.100.2 5684 52243 88 10143" \
		"203.0.113.2 192.0.2.18 45696 5684 85 9601" \
		"192.0.2.10 192.0.2.18 59881 5694 26 5388" \
		"198.51.100.2 192.0.2.10 51820 3478 1 96" \
		"198.51.100.2 192.0.2.10 51820 42429 50 33624" \
		"203.0.113.2 192.0.2.10 51820 48276 27 5592" \
		"2001:db8:10::2 203.0.113.2 51820 51820 1000 200000" \
		"198.51.100.2 203.0.113.2 51820 51820 15456 10090728" > "$1/pairs"
}
