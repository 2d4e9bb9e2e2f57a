# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads guest.sh's samples, prints the table, and writes result.json.
#
# Usage: awk -v json=FILE -f report.awk SAMPLES
# Exit code 2 if a figure is missing; a missed target is no error.

function fail(text) {
	print "bench: " text > "/dev/stderr"
	failed = 1
	exit 2
}

function figure(round, kase, proto, key) {
	if (!((round, kase, proto, key) in value))
		fail("no figure: round " round ", " kase ", " proto ", " key)
	return value[round, kase, proto, key]
}

# Sets MEAN, LEAST, MOST and SPREAD (percent of the mean) of list[1..n].
function summarise(list, n,   i, sum) {
	sum = 0
	LEAST = MOST = list[1]
	for (i = 1; i <= n; i++) {
		sum += list[i]
		if (list[i] < LEAST)
			LEAST = list[i]
		if (list[i] > MOST)
			MOST = list[i]
	}
	MEAN = sum / n
	SPREAD = MEAN ? 100 * (MOST - LEAST) / MEAN : 0
}

# Million bits of payload a second of the CPU.
function rate(round, kase, proto) {
	return 8000 * figure(round, kase, proto, "bytes") / figure(round, kase, proto, "busy_ns")
}

function share(part, all) {
	return all ? 100 * part / all : 0
}

# Percent of all rounds together.
function lost_percent(kase, proto, sent, received,   r, all, got) {
	all = got = 0
	for (r = 1; r <= rounds; r++) {
		all += figure(r, kase, proto, sent)
		got += figure(r, kase, proto, received)
	}
	return share(all - got, all)
}

function sum_of(kase, proto, key,   r, sum) {
	sum = 0
	for (r = 1; r <= rounds; r++)
		sum += figure(r, kase, proto, key)
	return sum
}

function do_case(kase, proto,   r, list) {
	for (r = 1; r <= rounds; r++)
		list[r] = rate(r, kase, proto)
	summarise(list, rounds)
	mbps[kase, proto] = MEAN
	spread[kase, proto] = SPREAD
	kilo[kase, proto] = datagram * 8 / MEAN * per_second / 1e9
	pps[kase, proto] = MEAN * 1e6 / 8 / datagram
}

# Sets MEAN, LEAST and MOST.
function do_ratio(over, under, proto,   r, list) {
	for (r = 1; r <= rounds; r++)
		list[r] = rate(r, over, proto) / rate(r, under, proto)
	summarise(list, rounds)
	MEAN = mbps[over, proto] / mbps[under, proto]
}

function verdict(met) {
	if (!met)
		missed++
	return met ? "met" : "missed"
}

function out(text) {
	printf "%s", text > json
}

function out_case(kase, proto, comma) {
	out(sprintf("\t\t\t\"%s\": {\"payload_mbit_per_s\": %.3f, \"spread_percent\": %.2f, " \
		"\"kiloinstructions_per_datagram\": %.3f", proto, mbps[kase, proto],
		spread[kase, proto], kilo[kase, proto]))
	if (proto == "udp")
		out(sprintf(", \"packets_per_s\": %.0f, \"lost_percent\": %.3f, \"late_packets\": %d",
			pps[kase, proto], lost_percent(kase, proto, "amount", "packets"),
			sum_of(kase, proto, "late")))
	else
		out(sprintf(", \"retransmitted_segments\": %d", sum_of(kase, proto, "retransmits")))
	if (kase == "bicast" || kase == "infra")
		out(sprintf(", \"tunnel_copies_lost_percent\": %.3f",
			lost_percent(kase, proto, "tunnel_sent", "tunnel_received")))
	out("}" comma "\n")
}

function out_cases(   i) {
	out("\t\"cases\": {\n")
	for (i = 1; i <= ncases; i++) {
		out("\t\t\"" cases[i] "\": {\n")
		out_case(cases[i], "udp", ",")
		out_case(cases[i], "tcp", "")
		out("\t\t}" (i < ncases ? "," : "") "\n")
	}
	out("\t},\n")
}

function print_cases(   i, c) {
	printf "\n%-30s  %33s  %28s\n", "", "UDP, " datagram "-byte datagrams", "TCP"
	printf "%-30s  %9s %7s %8s %6s  %7s %13s %6s\n", "at saturation, one CPU", "packets/s",
		"Mbit/s", "k-instr", "spread", "Mbit/s", "k-instr/" datagram "B", "spread"
	for (i = 1; i <= ncases; i++) {
		c = cases[i]
		printf "%-30s  %9.0f %7.1f %8.1f %5.1f%%  %7.1f %13.1f %5.1f%%\n",
			substr("abcde", i, 1) "  " title[c], pps[c, "udp"], mbps[c, "udp"],
			kilo[c, "udp"], spread[c, "udp"], mbps[c, "tcp"], kilo[c, "tcp"],
			spread[c, "tcp"]
	}
}

# A target: NAME, what it is in words, over which case, for which protocol.
function target(name, words, proto, over, under, sign, limit,   met) {
	do_ratio(over, under, proto)
	met = sign == "<=" ? MEAN <= limit : MEAN >= limit
	printf "%-46s %-4s  %s %4.2f  %7.4f  (%.4f to %.4f)  %s\n", words, toupper(proto), sign,
		limit, MEAN, LEAST, MOST, verdict(met)
	out(sprintf("%s\t\t{\"name\": \"%s\", \"protocol\": \"%s\", \"ratio\": %.5f, " \
		"\"ratio_least\": %.5f, \"ratio_most\": %.5f, \"%s\": %.2f, \"met\": %s}",
		targets++ ? ",\n" : "", name, proto, MEAN, LEAST, MOST,
		sign == "<=" ? "at_most" : "at_least", limit, met ? "true" : "false"))
}

function do_targets() {
	printf "\n%-46s %4s  %7s  %7s  %-18s\n", "", "", "target", "ratio", "(rounds)"
	out("\t\"targets\": [\n")
	target("direct_cost", "instructions in direct, to no module (a/b)", "udp",
		"no_module", "direct", "<=", 1.01)
	target("direct_cost", "", "tcp", "no_module", "direct", "<=", 1.01)
	target("infra_floor", "throughput in infra, to the bare tunnel (d/c)", "udp",
		"infra", "tunnel", ">=", 0.90)
	target("infra_floor", "", "tcp", "infra", "tunnel", ">=", 0.90)
	target("infra", "", "udp", "infra", "tunnel", ">=", 0.97)
	target("infra", "", "tcp", "infra", "tunnel", ">=", 0.97)
	target("bicast", "throughput in bicast, to the bare tunnel (e/c)", "udp",
		"bicast", "tunnel", ">=", 0.85)
	target("bicast", "", "tcp", "bicast", "tunnel", ">=", 1.00)
	out("\n\t],\n")
}

# The median, in thousand instructions.
function switch_cost(flows,   i, j, n, t, list) {
	n = nswitch[flows]
	if (!n)
		fail("no figure: switch with " flows " flows")
	for (i = 1; i <= n; i++) {
		t = switch_ns[flows, i]
		for (j = i; j > 1 && list[j - 1] > t; j--)
			list[j] = list[j - 1]
		list[j] = t
	}
	return list[int((n + 1) / 2)] * per_second / 1e12
}

function do_switch(   one, many, first) {
	one = switch_cost(1)
	many = switch_cost(1000)
	printf "\na switch to bicast, from the request to the answer: %.1f thousand instructions " \
		"with 1 flow, %.1f with 1000 (target: the same, within a tenth): %s\n", one, many,
		verdict(many <= 1.1 * one)
	first = switch_cost("order")
	printf "a helper's order, from the netlink message to the first packet on the tunnel: " \
		"%.1f thousand instructions\n", first
	out(sprintf("\t\"order_kiloinstructions\": %.2f,\n", first))
	out(sprintf("\t\"switch_kiloinstructions\": {\"flows_1\": %.2f, \"flows_1000\": %.2f, " \
		"\"met\": %s},\n", one, many, many <= 1.1 * one ? "true" : "false"))
}

function print_losses(   i, p, proto) {
	for (i = 1; i <= 2; i++) {
		proto = i == 1 ? "udp" : "tcp"
		p = lost_percent("bicast", proto, "tunnel_sent", "tunnel_received")
		printf "tunnel copies that the tunnel dropped in bicast, %s: %.2f %%\n",
			toupper(proto), p
	}
	for (i = 1; i <= ncases; i++) {
		p = lost_percent(cases[i], "udp", "amount", "packets")
		if (p > 0)
			printf "datagrams lost in case %s: %.2f %%\n", cases[i], p
	}
}

BEGIN {
	ncases = split("no_module direct tunnel infra bicast", cases)
	title["no_module"] = "no module, direct link"
	title["direct"] = "session in direct"
	title["tunnel"] = "bare tunnel (WireGuard)"
	title["infra"] = "session in infra"
	title["bicast"] = "session in bicast"
}

NF != 5 {
	fail("not a sample: " $0)
}

$2 == "switch" {
	switch_ns[$3, ++nswitch[$3]] = $5
	next
}

{
	value[$1, $2, $3, $4] = $5
	if ($1 > rounds)
		rounds = $1
}

END {
	if (failed)
		exit 2
	if (!rounds)
		fail("no samples")
	per_second = figure(0, "guest", "clock", "instructions_per_s")
	datagram = figure(0, "guest", "clock", "datagram_bytes")
	for (i = 1; i <= ncases; i++) {
		do_case(cases[i], "udp")
		do_case(cases[i], "tcp")
	}
	out("{\n")
	out(sprintf("\t\"rounds\": %d,\n\t\"guest_instructions_per_s\": %d,\n", rounds, per_second))
	out(sprintf("\t\"datagram_bytes\": %d,\n", datagram))
	print_cases()
	out_cases()
	do_targets()
	do_switch()
	print_losses()
	out(sprintf("\t\"missed\": %d\n}\n", missed))
	printf "%s\n", missed ? missed " missed" : "all met"
}
