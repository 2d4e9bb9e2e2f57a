# SPDX-License-Identifier: GPL-2.0-or-later
#
# Says in which piece of the code the guest's instructions went, as a table.
#
# Usage: awk -v objects=FILE -v samples=FILE -f profile.awk < LINES
# LINES, sorted: "ADDRESS 0 SYMBOL [MODULE]", and "ADDRESS 1 N INSTRUCTIONS" for
# what profile.c counted in the N-th measurement. OBJECTS has a line "FILE SYMBOL"
# for each function of the module; SAMPLES is guest.sh's.
#
# What every packet does in the tunnel too is only told apart by the difference:
# with a session it is done once more.

function add_piece(name, title) {
	pieces[++npieces] = name
	piece_title[name] = title
}

# The first pattern that fits counts.
function add_rule(piece, pattern) {
	rule_piece[++nrules] = piece
	rule_pattern[nrules] = pattern
}

function piece_of(symbol, module,   i) {
	if (module == "[sidestep]" && file_of[symbol] in file_piece)
		return file_piece[file_of[symbol]]
	if (module == "[sidestep]")
		return "ours"
	for (i = 1; i <= nrules; i++)
		if (module symbol ~ rule_pattern[i])
			return rule_piece[i]
	return "rest"
}

function read_objects(   line, word) {
	while ((getline line < objects) > 0) {
		split(line, word)
		file_of[word[2]] = word[1]
	}
}

# Measurements are numbered as they come in the samples; each is so many
# datagrams, or as many bytes as those have.
function read_samples(   line, word) {
	while ((getline line < samples) > 0) {
		split(line, word)
		if (word[4] == "datagram_bytes")
			datagram = word[5]
		if (word[4] != "bytes")
			continue
		amount[nmeasured] = word[5] / datagram
		number[word[2], word[3]] = nmeasured++
	}
}

function figure(piece, kase, proto) {
	if (!((kase, proto) in number)) {
		print "bench: no figure: " kase ", " proto > "/dev/stderr"
		exit 2
	}
	return count[number[kase, proto], piece] / amount[number[kase, proto]]
}

function print_row(title, proto,   i, piece, f, sum) {
	for (i = 1; i <= ncases; i++) {
		sum = 0
		for (piece in wanted)
			sum += figure(piece, cases[i], proto)
		f[cases[i]] = sum
	}
	printf "%-44s %9.0f %7.0f  %9.0f %7.0f %7.0f  %+7.0f %+7.0f %+7.0f\n", title,
		f["no_module"], f["direct"], f["tunnel"], f["infra"], f["bicast"],
		f["direct"] - f["no_module"], f["infra"] - f["tunnel"],
		f["bicast"] - f["tunnel"]
}

function print_table(proto, words,   i, piece) {
	printf "\n%-44s %9s %7s  %9s %7s %7s  %7s %7s %7s\n", words, "no_module",
		"direct", "tunnel", "infra", "bicast", "direct", "infra", "bicast"
	for (i = 1; i <= npieces; i++) {
		for (piece in wanted)
			delete wanted[piece]
		wanted[pieces[i]] = 1
		print_row(piece_title[pieces[i]], proto)
	}
	for (i = 1; i <= npieces; i++)
		wanted[pieces[i]] = 1
	print_row("all", proto)
}

BEGIN {
	nmeasured = 0
	ncases = split("no_module direct tunnel infra bicast", cases)
	add_piece("steer", "ours: hooks, look-up, size")
	add_piece("send", "ours: tag, copies, segments")
	add_piece("mac", "SipHash, and what is put into it")
	add_piece("receive", "ours: judge, window, order")
	add_piece("deliver", "ours: queue, delivery")
	add_piece("flows", "ours: the table of flows")
	add_piece("ours", "ours: counters, probes")
	add_piece("ip_out", "IP and netfilter, sending")
	add_piece("dev_out", "devices, sending")
	add_piece("dev_in", "devices and NAPI, receiving")
	add_piece("gro", "GRO and segmentation")
	add_piece("ip_in", "IP and netfilter, receiving")
	add_piece("crypto", "cryptography of the tunnel")
	add_piece("wireguard", "WireGuard without it")
	add_piece("sockets", "TCP, UDP, sockets, system calls")
	add_piece("memory", "packets' memory")
	add_piece("rest", "scheduler, locks, timers")
	add_piece("user", "the two programs")

	split("hook net select size", steer_files)
	for (i in steer_files)
		file_piece[steer_files[i]] = "steer"
	split("tx gso path config device", send_files)
	for (i in send_files)
		file_piece[send_files[i]] = "send"
	split("rx gro window order", receive_files)
	for (i in receive_files)
		file_piece[receive_files[i]] = "receive"
	file_piece["tag"] = "mac"
	file_piece["deliver"] = "deliver"
	file_piece["flows"] = "flows"

	add_rule("mac", "^__siphash")
	add_rule("crypto", "chacha|poly1305|crypto|scatterwalk|^sg_|blake2s|curve25519")
	add_rule("wireguard", "^.wireguard.")
	add_rule("gro", "(^|_)gro(_|$)|gso|skb_segment")
	add_rule("ip_in", "^ip6?_(rcv|sublist|list_rcv|local_deliver|route_input|protocol_deliver)")
	add_rule("ip_in", "^(ipv6_rcv|nf_hook_slow_list|fib_|__fib|raw_local|raw_v4|tcp_v4_early|udp_v4_early)")
	add_rule("dev_in", "^(__netif_receive|netif_receive|net_rx_action|napi_|__napi|process_backlog)")
	add_rule("dev_in", "^(enqueue_to_backlog|netif_rx|__netif_rx|eth_type_trans|__dev_forward)|veth")
	add_rule("ip_out", "^(ip_|ip6_|__ip|ipv4_|ipv6_|dst_|rt_|neigh|arp_|xfrm|nf_|iptunnel|udp_tunnel)")
	add_rule("dev_out", "^(dev_|__dev|netdev_|validate_xmit|netif_|skb_network_protocol|skb_csum_hwo|eth_)")
	add_rule("sockets", "^(tcp|__tcp|udp|__udp|sock|sk_|__sk|inet|__inet|release_sock|lock_sock|cubic)")
	add_rule("sockets", "^(compute_score|__sys|__x64|security|apparmor|aa_|import|move_addr|entry_|do_sysc)")
	add_rule("sockets", "^(syscall|exit_to|fput|__fget|__fdget|datagram|copy_|_copy|csum|__check_obj|lookup)")
	add_rule("memory", "^(skb|__skb|pskb|consume_skb|kfree|__kfree|kmem|__kmem|kmalloc|__kmalloc|__slab)")
	add_rule("memory", "^(___slab|mem|__mem|alloc|__alloc|free|__free|page|__page|napi_alloc|refill|put_page)")
	read_objects()
	read_samples()
}

$2 == 0 {
	symbol = $3
	module = $4
	piece = piece_of(symbol, module)
	next
}

{
	where = $1 < "8" ? "user" : piece
	count[$3, where] += $4
}

END {
	print_table("udp", "instructions per datagram of " datagram " bytes, UDP")
	print_table("tcp", "instructions per " datagram " bytes, TCP")
}
