// SPDX-License-Identifier: GPL-2.0
/*
 * The sending side: a number and a tag for each packet, a copy for each path.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "flows.h"
#include "gso.h"
#include "path.h"
#include "rx.h"
#include "select.h"
#include "session.h"
#include "tag.h"
#include "tx.h"

/**
 * struct packet - what is known of a packet that is to be sent
 * @peer: to whom
 * @hlen: bytes of its IP header
 * @segs: packets that it will be on the wire
 * @bytes: of these, with tags
 * @paths: enum sidestep_paths
 * @wants: enum sidestep_paths
 * @kind: what it is sent for on these paths
 */
struct packet {
	struct sidestep_peer	*peer;
	unsigned int		hlen;
	unsigned int		segs;
	unsigned int		bytes;
	unsigned int		paths;
	unsigned int		wants;
	enum sidestep_spent	kind;
};

/**
 * sidestep_tx_flow() - what the MACs of a packet's segments have in common
 * @peer: to whom
 * @skb: the packet, its network header set
 * @flow: where to
 */
void sidestep_tx_flow(const struct sidestep_peer *peer,
		      const struct sk_buff *skb, struct sidestep_flow *flow)
{
	const struct sidestep_session *session = peer->config->session;

	flow->epoch = session->epoch ^ READ_ONCE(session->rx.peer_epoch);
	sidestep_rx_flow(skb, flow);
}

/**
 * sidestep_tx_sign() - write number and MAC into a tag
 * @peer: to whom
 * @tag: the tag, else complete
 * @seq: the number
 * @len: bytes behind the tag
 * @flow: from sidestep_tx_flow()
 */
void sidestep_tx_sign(const struct sidestep_peer *peer,
		      struct sidestep_tag *tag, u64 seq, u32 len,
		      const struct sidestep_flow *flow)
{
	tag->seq = cpu_to_be32(seq);
	tag->mac = sidestep_tag_mac(tag, seq, len, flow,
				    &peer->config->tx_key);
}

/* Returns the counter that names what is wrong, or 0. */
static enum sidestep_counter head_pull(struct sk_buff *skb, unsigned int need)
{
	if (skb->len < need)
		return SIDESTEP_COUNTER_TX_NO_PEER;
	return pskb_may_pull(skb, need) ? SIDESTEP_COUNTER_UNSPEC :
					  SIDESTEP_COUNTER_TX_NO_MEMORY;
}

/*
 * Finds peer and header length; the IP header is in the linear part then. Returns
 * as head_pull().
 */
static enum sidestep_counter packet_parse(struct sidestep_config *config,
					  struct sk_buff *skb,
					  struct packet *packet)
{
	enum sidestep_counter fault;
	struct in6_addr daddr;
	unsigned int need;

	skb_reset_network_header(skb);
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		fault = head_pull(skb, sizeof(struct iphdr));
		if (fault)
			return fault;
		packet->hlen = ip_hdrlen(skb);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &daddr);
		break;
	case htons(ETH_P_IPV6):
		fault = head_pull(skb, sizeof(struct ipv6hdr));
		if (fault)
			return fault;
		packet->hlen = sizeof(struct ipv6hdr);
		daddr = ipv6_hdr(skb)->daddr;
		break;
	default:
		return SIDESTEP_COUNTER_TX_NO_PEER;
	}
	packet->peer = sidestep_config_peer(config, &daddr);
	if (!packet->peer || packet->hlen < sizeof(struct iphdr))
		return SIDESTEP_COUNTER_TX_NO_PEER;
	need = packet->hlen;
	if (skb_is_gso(skb))
		need += skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4 ?
			sizeof(struct udphdr) : sizeof(struct tcphdr);
	return head_pull(skb, need);
}

/*
 * The paths that are to be used and whose device is there. A packet may come
 * here in state direct too, by a route to the session device.
 */
static void packet_paths(struct sidestep_session *session,
			 struct sidestep_config *config, struct packet *packet)
{
	unsigned int plan = READ_ONCE(session->tx_plan);
	unsigned int path, there = 0;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (sidestep_path_usable(config, path) &&
		    (READ_ONCE(session->path[path].ready) ||
		     sidestep_plan_paths(plan) & 1 << path))
			there |= 1 << path;
	packet->wants = sidestep_plan_wants(plan);
	packet->paths = sidestep_plan_paths(plan) & there;
	if (!packet->paths)
		packet->paths = there;
	if (packet->paths != SIDESTEP_ON_BOTH)
		packet->kind = SIDESTEP_SPENT_ALONE;
	else if (plan & SIDESTEP_PLAN_COPY &&
		 READ_ONCE(session->path[SIDESTEP_PATH_DIRECT].ready))
		packet->kind = SIDESTEP_SPENT_COPY;
	else
		packet->kind = SIDESTEP_SPENT_SWITCH;
}

/* What the budget does not allow goes by the direct path alone, which works. */
static void packet_afford(struct sidestep_session *session,
			  const struct sidestep_config *config,
			  const struct sk_buff *skb, struct packet *packet)
{
	struct sidestep_allowance *allowance = &session->allowance;

	if (packet->kind != SIDESTEP_SPENT_COPY ||
	    !READ_ONCE(allowance->limited) ||
	    sidestep_allowance_spend(allowance, packet->bytes,
				     sidestep_select(&config->important, skb)))
		return;
	packet->paths = SIDESTEP_ON_DIRECT;
	packet->kind = SIDESTEP_SPENT_ALONE;
	sidestep_count_many(session, SIDESTEP_COUNTER_TX_BUDGET, packet->segs);
}

/*
 * Puts an unsigned tag behind the IP header; NULL if there is no memory. The
 * transport header stays where it is: the core looks there for the TCP header of
 * a train, and later kernels drop one that has none.
 */
static struct sidestep_tag *tag_insert(struct sidestep_config *config,
				       struct sk_buff *skb,
				       const struct packet *packet)
{
	struct sidestep_tag *tag;
	u8 next;

	if (skb_cow_head(skb, SIDESTEP_TAG_LEN + sidestep_path_headroom(config)))
		return NULL;
	__skb_push(skb, SIDESTEP_TAG_LEN);
	memmove(skb->data, skb->data + SIDESTEP_TAG_LEN, packet->hlen);
	skb_reset_network_header(skb);
	if (skb->protocol == htons(ETH_P_IP)) {
		next = ip_hdr(skb)->protocol;
		ip_hdr(skb)->protocol = SIDESTEP_IPPROTO;
		ip_hdr(skb)->tot_len = htons(skb->len);
		ip_send_check(ip_hdr(skb));
	} else {
		next = ipv6_hdr(skb)->nexthdr;
		ipv6_hdr(skb)->nexthdr = SIDESTEP_IPPROTO;
		ipv6_hdr(skb)->payload_len =
			htons(skb->len - sizeof(struct ipv6hdr));
	}
	tag = (struct sidestep_tag *)(skb->data + packet->hlen);
	tag->next = next;
	tag->bits = sidestep_tag_bits(packet->paths, packet->wants, false);
	tag->id = cpu_to_be16(config->id);
	return tag;
}

/* A train's template is signed so that gso.c knows that it is ours. */
static void tag_number(struct sidestep_session *session,
		       const struct sk_buff *skb, struct sidestep_tag *tag,
		       const struct packet *packet)
{
	u64 seq = atomic64_fetch_add(packet->segs, &session->tx_seq);
	u32 len = skb->len - packet->hlen - SIDESTEP_TAG_LEN;
	struct sidestep_flow flow;

	sidestep_tx_flow(packet->peer, skb, &flow);
	if (!skb_is_gso(skb)) {
		sidestep_tx_sign(packet->peer, tag, seq, len, &flow);
		return;
	}
	tag->seq = cpu_to_be32(seq);
	tag->mac = sidestep_train_mac(tag, seq, len, &flow,
				      &packet->peer->config->tx_key);
}

static void count_copies(struct sidestep_session *session,
			 const struct packet *packet)
{
	unsigned int path;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (packet->paths & 1 << path)
			sidestep_count_tx(session, path, packet->kind,
					  packet->segs, packet->bytes);
	sidestep_count_many(session, SIDESTEP_COUNTER_TX_TAGGED, packet->segs);
}

/*
 * The infra copy is the original: it keeps the socket, so that the slower path
 * is the one that the socket waits for.
 */
static void send_copies(struct sidestep_session *session,
			const struct packet *packet, struct sk_buff *skb)
{
	struct sk_buff *copy;

	if (packet->paths == SIDESTEP_ON_BOTH) {
		copy = skb_clone(skb, GFP_ATOMIC);
		if (copy)
			sidestep_path_send(packet->peer, SIDESTEP_PATH_DIRECT,
					   copy);
		else
			sidestep_count(session, SIDESTEP_COUNTER_TX_NO_MEMORY);
	}
	sidestep_path_send(packet->peer,
			   packet->paths & SIDESTEP_ON_INFRA ?
			   SIDESTEP_PATH_INFRA : SIDESTEP_PATH_DIRECT, skb);
}

/*
 * What was steered here was picked then, and may look otherwise now: NAT, marks.
 * A route to the session device may lead anything here.
 */
static bool is_protected(const struct sidestep_session *session,
			 const struct sidestep_config *config,
			 const struct sk_buff *skb)
{
	return !config->protect.n ||
	       skb_dst(skb) == rcu_access_pointer(session->dst[0]) ||
	       skb_dst(skb) == rcu_access_pointer(session->dst[1]) ||
	       sidestep_select(&config->protect, skb);
}

/**
 * sidestep_tx() - send a packet of a session
 * @session: the session
 * @skb: the packet, at its IP header, consumed
 *
 * The caller holds the RCU read lock and has bottom halves off.
 */
void sidestep_tx(struct sidestep_session *session, struct sk_buff *skb)
{
	struct sidestep_config *config = rcu_dereference(session->config);
	enum sidestep_counter fault = SIDESTEP_COUNTER_TX_NO_PEER;
	struct sidestep_tag *tag;
	struct packet packet;

	if (config)
		fault = packet_parse(config, skb, &packet);
	if (unlikely(fault)) {
		sidestep_drop(session, skb, fault);
		return;
	}
	if (unlikely(!is_protected(session, config, skb))) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_TX_UNPROTECTED);
		return;
	}
	packet_paths(session, config, &packet);
	if (!packet.paths) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_TX_NO_PATH);
		return;
	}
	/* Queueing disciplines must not take a tagged flow for another one. */
	skb_get_hash(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	packet.segs = sidestep_gso_segments(skb, packet.hlen, &packet.bytes);
	packet.bytes += packet.segs * SIDESTEP_TAG_LEN;
	packet_afford(session, config, skb, &packet);
	tag = tag_insert(config, skb, &packet);
	if (!tag) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_TX_NO_MEMORY);
		return;
	}
	tag_number(session, skb, tag, &packet);
	dev_sw_netstats_tx_add(session->dev, packet.segs, packet.bytes -
			       packet.segs * SIDESTEP_TAG_LEN);
	count_copies(session, &packet);
	sidestep_flows_tx(session, skb, packet.hlen + SIDESTEP_TAG_LEN,
			  tag->next, packet.paths, packet.segs, packet.bytes);
	send_copies(session, &packet, skb);
}
