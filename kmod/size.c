// SPDX-License-Identifier: GPL-2.0
/*
 * Makes packets fit that sockets made for the direct device's MTU: TCP is cut
 * into smaller segments, all else may be fragmented, whatever its DF bit says.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/tcp.h>

#include "session.h"
#include "size.h"

static bool tcp_set_segments(struct sk_buff *skb, unsigned int gso_size,
			     unsigned int payload, unsigned int type)
{
	struct skb_shared_info *shinfo;

	/* The segment is a clone of the one that TCP keeps for retransmission. */
	if (skb_unclone(skb, GFP_ATOMIC))
		return false;
	shinfo = skb_shinfo(skb);
	shinfo->gso_size = gso_size;
	shinfo->gso_segs = DIV_ROUND_UP(payload, gso_size);
	shinfo->gso_type |= type;
	if (tcp_hdr(skb)->cwr)
		shinfo->gso_type |= SKB_GSO_TCP_ECN;
	return true;
}

/* By how much the segments of a TCP socket are too big for the session. */
static u16 tcp_excess(const struct sidestep_session *session,
		      const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	unsigned int headers = icsk->icsk_af_ops->net_header_len +
			       sizeof(struct tcphdr);
	unsigned int mtu = READ_ONCE(session->dev->mtu);
	unsigned int most;

	if (mtu < headers + MAX_TCP_OPTION_SPACE + TCP_MIN_MSS ||
	    icsk->icsk_pmtu_cookie < headers)
		return 0;
	most = min_t(unsigned int, icsk->icsk_pmtu_cookie - headers,
		     tcp_sk(sk)->rx_opt.mss_clamp);
	return max_t(int, 0, most - (mtu - headers));
}

/*
 * Tells a TCP socket the size that fits, so that its next segments need not be
 * cut; on the way home, that it may use the direct device's again. It is told as
 * if there were so many more bytes of IP options: whatever makes the socket
 * compute its size anew, as each growth of the peer's window does, the answer
 * stays. A socket that is silent on the way home keeps the smaller size.
 *
 * As for any packet of its own, the socket is locked by whoever sends. Racy only
 * for what a queue in user space held: the worst case is a segment that is cut.
 */
static void tcp_teach(const struct sidestep_session *session,
		      const struct sk_buff *skb, unsigned int hlen)
{
	struct inet_connection_sock *icsk;
	struct sock *sk = skb->sk;
	u16 overhead;

	if (!sk || !sk_fullsock(sk) || sk->sk_protocol != IPPROTO_TCP ||
	    !((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
		return;
	icsk = inet_csk(sk);
	overhead = hlen - icsk->icsk_af_ops->net_header_len;
	if (!(READ_ONCE(session->tx_plan) & SIDESTEP_PLAN_HOME))
		overhead += tcp_excess(session, sk);
	if (icsk->icsk_ext_hdr_len == overhead)
		return;
	icsk->icsk_ext_hdr_len = overhead;
	icsk->icsk_sync_mss(sk, icsk->icsk_pmtu_cookie);
}

/* Returns whether @skb now consists of segments that fit. */
static bool tcp_fit(struct sidestep_session *session, struct sk_buff *skb,
		    unsigned int hlen, unsigned int type)
{
	unsigned int mtu = READ_ONCE(session->dev->mtu);
	unsigned int headers, room;

	tcp_teach(session, skb, hlen);
	if (!skb_is_gso(skb) && skb->len <= mtu)
		return true;
	if (skb->ip_summed != CHECKSUM_PARTIAL ||
	    !pskb_may_pull(skb, hlen + sizeof(struct tcphdr)))
		return false;
	skb_set_transport_header(skb, hlen);
	headers = hlen + tcp_hdrlen(skb);
	if (headers + 8 > mtu || headers >= skb->len)
		return false;
	room = mtu - headers;
	if (skb_is_gso(skb) && skb_shinfo(skb)->gso_size <= room)
		return true;
	if (!tcp_set_segments(skb, room, skb->len - headers, type))
		return false;
	local_bh_disable();
	sidestep_count(session, SIDESTEP_COUNTER_TX_RESIZED);
	local_bh_enable();
	return true;
}

/* Packets with DF may all have the same id, which their fragments must not. */
static void allow_fragments4(struct net *net, struct sk_buff *skb)
{
	struct iphdr *iph = ip_hdr(skb);

	skb->ignore_df = 1;
	if (!(iph->frag_off & htons(IP_DF)) ||
	    skb_ensure_writable(skb, sizeof(*iph)))
		return;
	iph = ip_hdr(skb);
	__ip_select_ident(net, iph, max_t(int, 1, skb_shinfo(skb)->gso_segs));
	ip_send_check(iph);
}

/**
 * sidestep_size_fit4() - make an IPv4 packet fit the session device
 * @session: the session
 * @net: its namespace
 * @skb: the packet, at its IP header
 */
void sidestep_size_fit4(struct sidestep_session *session, struct net *net,
			struct sk_buff *skb)
{
	if (ip_hdr(skb)->protocol == IPPROTO_TCP && !ip_is_fragment(ip_hdr(skb)) &&
	    tcp_fit(session, skb, ip_hdrlen(skb), SKB_GSO_TCPV4))
		return;
	if (skb->len > READ_ONCE(session->dev->mtu))
		allow_fragments4(net, skb);
}

/**
 * sidestep_size_fit6() - make an IPv6 packet fit the session device
 * @session: the session
 * @skb: the packet, at its IP header
 */
void sidestep_size_fit6(struct sidestep_session *session, struct sk_buff *skb)
{
	if (ipv6_hdr(skb)->nexthdr == IPPROTO_TCP &&
	    tcp_fit(session, skb, sizeof(struct ipv6hdr), SKB_GSO_TCPV6))
		return;
	skb->ignore_df = 1;
}
