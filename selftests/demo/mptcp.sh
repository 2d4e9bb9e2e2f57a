# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by story.sh: the TCP programs by the kernel's MPTCP. It is given what it cannot
# make: a tunnel that stands from the begin, with addresses of its own. That is its backup
# subflow, for the tunnel's bytes are paid for.

MPTCP_A4=10.78.0.1 MPTCP_B4=10.78.0.2

# mptcp_tunnel NS ADDRESS PEER_IPV4 PEER_IPV6 PEER_ADDRESS
mptcp_tunnel()
{
	in_ns "$1" wg set wg0 peer "$(in_ns "$1" wg show wg0 peers)" \
		allowed-ips "$3/32,$4/128,$5/32"
	ip -n "$1" addr add "$2/24" dev wg0
	# For the subflow that is bound to the tunnel.
	ip -n "$1" route add 10.77.0.0/24 dev wg0 metric 5000
	ip -n "$1" mptcp limits set subflow 2 add_addr_accepted 2
}

mptcp_begin()
{
	# shellcheck disable=SC2034 # for story.sh
	TCP_ONLY=1
	topo_up 2 25
	path_netem direct
	mptcp_tunnel "$UE_A" $MPTCP_A4 "$B4" "$B6" $MPTCP_B4
	mptcp_tunnel "$UE_B" $MPTCP_B4 "$A4" "$A6" $MPTCP_A4
	ip -n "$UE_A" mptcp endpoint add $MPTCP_A4 dev wg0 subflow backup
	cp "$BIN/mptcp.so" "$TMP"
	# shellcheck disable=SC2034 # for story.sh
	PRELOAD=$TMP/mptcp.so
}

# The programs must have had it, with both subflows.
mptcp_check()
{
	[ "$(in_ns "$UE_A" nstat -asz MPTcpExtMPJoinSynAckRx | awk '/MPJoin/ { print $2 }')" -ge 2 ] ||
		die "MPTCP had no second subflow"
}
