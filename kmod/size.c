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
#include <net/ipv6.h>
#include <net/tcp.h>

#include "session.h"
#include "size.h"

/* TCP-AO (RFC 5925); older kernels have no name for it. */
enum { OPTION_AO = 29 };

static bool tcp_is_signed(const struct tcphdr *th)
{
	const u8 *p = (const u8 *)(th + 1);
	const u8 *end = (const u8 *)th + th->doff * 4;

	while (p + 1 < end && *p != TCPOPT_EOL) {
		if (*p == TCPOPT_MD5SIG || *p == OPTION_AO)
			return true;
		if (*p == TCPOPT_NOP)
			p++;
		else
			p += max_t(u8, p[1], 2);
	}
	return false;
}

/*
 * A signature is over the whole segment. SYN (with data: fast open) and the
 * urgent pointer would be in both parts and wrong in one.
 */
static bool tcp_must_stay_whole(const struct tcphdr *th)
{
	return th->syn || th->urg || tcp_is_signed(th);
}

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
	/* GRO may have chained packets of the old size. */
	if (skb_has_frag_list(skb))
		shinfo->gso_type |= SKB_GSO_DODGY;
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
	if (!pskb_may_pull(skb, headers) || tcp_must_stay_whole(tcp_hdr(skb)))
		return false;
	if (!tcp_set_segments(skb, room, skb->len - headers, type))
		return false;
	local_bh_disable();
	sidestep_count(session, SIDESTEP_COUNTER_TX_RESIZED);
	local_bh_enable();
	return true;
}

/*
 * SCTP's checksum is left to a device that can do it, but not to fragmentation.
 * Without memory for that the packet is as if damaged; SCTP sends it again.
 */
static void allow_fragments(struct sk_buff *skb)
{
	skb->ignore_df = 1;
	if (!skb_is_gso(skb) && skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_csum_is_sctp(skb))
		skb_csum_hwoffload_help(skb, 0);
}

/*
 * Packets with DF may all have the same id, which their fragments must not; for a
 * fragment it is the other way round. What conntrack has put together came in
 * fragments of a size that may not fit now.
 */
static void allow_fragments4(struct net *net, struct sk_buff *skb,
			     unsigned int mtu)
{
	struct iphdr *iph = ip_hdr(skb);

	allow_fragments(skb);
	if (IPCB(skb)->frag_max_size > mtu)
		IPCB(skb)->frag_max_size = 0;
	if (!(iph->frag_off & htons(IP_DF)) || ip_is_fragment(iph) ||
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
	unsigned int mtu = READ_ONCE(session->dev->mtu);

	if (ip_hdr(skb)->protocol == IPPROTO_TCP && !ip_is_fragment(ip_hdr(skb)) &&
	    tcp_fit(session, skb, ip_hdrlen(skb), SKB_GSO_TCPV4))
		return;
	if (skb->len > mtu)
		allow_fragments4(net, skb, mtu);
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
	if (skb->len > READ_ONCE(session->dev->mtu))
		allow_fragments(skb);
	if (IP6CB(skb)->frag_max_size > READ_ONCE(session->dev->mtu))
		IP6CB(skb)->frag_max_size = 0;
}

/* Begins to cut a fragment. False if it is none, or no piece would fit. */
static bool pieces_begin(struct sk_buff *skb, unsigned int mtu,
			 struct ip6_frag_state *state)
{
	const struct net_device *dev = skb_dst(skb)->dev;
	const struct frag_hdr *fh;
	u8 *next;
	int hlen = ip6_find_1stfragopt(skb, &next);

	if (hlen < 0 || *next != NEXTHDR_FRAGMENT ||
	    mtu < hlen + sizeof(*fh) + 8 ||
	    !pskb_may_pull(skb, hlen + sizeof(*fh)))
		return false;
	ip6_find_1stfragopt(skb, &next);
	fh = (struct frag_hdr *)(skb->data + hlen);
	ip6_frag_init(skb, hlen, mtu - hlen - sizeof(*fh), dev->needed_tailroom,
		      LL_RESERVED_SPACE(dev), next, fh->nexthdr,
		      fh->identification, state);
	state->ptr += sizeof(*fh);
	state->left -= sizeof(*fh);
	state->offset = ntohs(fh->frag_off) & IP6_OFFSET;
	return true;
}

static struct sk_buff *piece_next(struct sk_buff *skb,
				  struct ip6_frag_state *state)
{
	struct sk_buff *piece = ip6_frag_next(skb, state);
	const struct frag_hdr *whole;
	struct frag_hdr *fh;

	if (IS_ERR(piece))
		return piece;
	whole = (struct frag_hdr *)(skb->data + state->hlen);
	fh = (struct frag_hdr *)(piece->data + state->hlen);
	fh->frag_off |= whole->frag_off & htons(IP6_MF);
	*IP6CB(piece) = *IP6CB(skb);
	return piece;
}

/**
 * sidestep_size_send6() - send an IPv6 packet, whatever its size
 * @net: the namespace
 * @sk: for @okfn
 * @skb: the packet, at its IP header, consumed
 * @okfn: sends it
 *
 * The stack fragments packets, and IPv4 fragments too, but of an IPv6 fragment
 * it would make one within another. That is cut here.
 *
 * Return: what @okfn returns, or a negative error.
 */
int sidestep_size_send6(struct net *net, struct sock *sk, struct sk_buff *skb,
			sidestep_okfn okfn)
{
	unsigned int mtu = READ_ONCE(skb_dst(skb)->dev->mtu);
	struct ip6_frag_state state;
	int err = 0;

	if (likely(skb->len <= mtu || skb_is_gso(skb)) ||
	    !pieces_begin(skb, mtu, &state))
		return okfn(net, sk, skb);
	while (!err && state.left > 0) {
		struct sk_buff *piece = piece_next(skb, &state);

		err = IS_ERR(piece) ? PTR_ERR(piece) : okfn(net, sk, piece);
	}
	consume_skb(skb);
	return err;
}
