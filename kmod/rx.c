// SPDX-License-Identifier: GPL-2.0
/*
 * The receiving side up to the queue: is it whole, is it authentic, is it the
 * first copy. Nothing is changed by a packet whose MAC does not hold.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/ip.h>

#include "deliver.h"
#include "probe.h"
#include "rx.h"
#include "session.h"
#include "state.h"
#include "tag.h"

/*
 * Removes the tag; the packet is then as the sender's socket made it. False if
 * there is no memory, with the packet unchanged.
 */
static bool tag_strip(struct sk_buff *skb, unsigned int hlen)
{
	struct sidestep_tag *tag;
	u8 next;

	if (skb_ensure_writable(skb, hlen + SIDESTEP_TAG_LEN))
		return false;
	tag = (struct sidestep_tag *)(skb->data + hlen);
	next = tag->next;
	memmove(skb->data + SIDESTEP_TAG_LEN, skb->data, hlen);
	__skb_pull(skb, SIDESTEP_TAG_LEN);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, hlen);
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	if (skb->protocol == htons(ETH_P_IP)) {
		ip_hdr(skb)->protocol = next;
		ip_hdr(skb)->tot_len = htons(skb->len);
		ip_send_check(ip_hdr(skb));
	} else {
		ipv6_hdr(skb)->nexthdr = next;
		ipv6_hdr(skb)->payload_len =
			htons(skb->len - sizeof(struct ipv6hdr));
	}
	return true;
}

/* The first copy of a packet. Its number is marked once nothing can fail. */
static void rx_first(struct sidestep_session *session, struct sk_buff *skb,
		     const struct sidestep_packet *packet, u64 seq, u64 now)
{
	unsigned int paths = sidestep_tag_paths(packet->tag);

	if (sidestep_deliver_full(session)) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_OVERFLOW);
		return;
	}
	if (!tag_strip(skb, packet->hlen)) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_NO_MEMORY);
		return;
	}
	sidestep_window_mark(&session->rx.window, seq);
	sidestep_deliver_put(session, skb, packet->path, paths, seq, now);
}

static void rx_judge(struct sidestep_session *session, struct sk_buff *skb,
		     const struct sidestep_packet *packet, u64 seq, u64 now)
{
	switch (sidestep_window_check(&session->rx.window, seq)) {
	case SIDESTEP_SEQ_NEW:
		rx_first(session, skb, packet, seq, now);
		break;
	case SIDESTEP_SEQ_SEEN:
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_ELIMINATED);
		break;
	case SIDESTEP_SEQ_OLD:
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_OLD);
		break;
	}
}

/**
 * sidestep_rx_source() - remember the peer's link-layer address
 * @session: the session
 * @skb: an authentic packet
 * @path: enum sidestep_path, where it came in
 */
void sidestep_rx_source(struct sidestep_session *session,
			const struct sk_buff *skb, unsigned int path)
{
	if (path == SIDESTEP_PATH_DIRECT && skb_mac_header_was_set(skb) &&
	    skb_network_header(skb) - skb_mac_header(skb) == ETH_HLEN)
		ether_addr_copy(session->rx.direct_source,
				eth_hdr(skb)->h_source);
}

/* An authentic packet of the epoch @epoch. */
static void rx_accept(struct sidestep_session *session, struct sk_buff *skb,
		      const struct sidestep_packet *packet, u64 epoch, u64 seq)
{
	struct sidestep_rx *rx = &session->rx;
	unsigned int ours = sidestep_plan_wants(READ_ONCE(session->tx_plan));
	unsigned int paths = sidestep_tag_paths(packet->tag);
	unsigned int wants = sidestep_tag_wants(packet->tag);
	u64 now = ktime_get_ns();
	unsigned int held;

	sidestep_count_rx(session, packet->path, skb->len);
	sidestep_rx_source(session, skb, packet->path);
	spin_lock(&rx->lock);
	if (unlikely(rx->peer_epoch != epoch)) {
		spin_unlock(&rx->lock);
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_EPOCH);
		return;
	}
	sidestep_order_heard(&rx->order, packet->path, seq);
	if (seq > rx->window.top) {
		sidestep_state_hint(session, wants);
		sidestep_order_glide(&rx->order, paths, wants | ours, now);
	}
	held = rx->order.count;
	rx_judge(session, skb, packet, seq, now);
	sidestep_deliver_due(session, now);
	if (rx->order.count > held)
		sidestep_count(session, SIDESTEP_COUNTER_RX_HELD);
	spin_unlock(&rx->lock);
}

/**
 * sidestep_rx_epoch() - the peer has begun a new epoch
 * @session: the session, its rx.lock held
 * @epoch: the peer's new epoch; 0 if it has said good-bye
 */
void sidestep_rx_epoch(struct sidestep_session *session, u64 epoch)
{
	struct sidestep_rx *rx = &session->rx;

	lockdep_assert_held(&rx->lock);
	sidestep_deliver_due(session, ~0ULL);
	sidestep_window_reset(&rx->window);
	sidestep_order_restart(&rx->order);
	WRITE_ONCE(rx->peer_epoch, epoch);
	rx->peer_number = 0;
	WRITE_ONCE(rx->peer_next, SIDESTEP_FIRST_SEQ);
	sidestep_count(session, SIDESTEP_COUNTER_PEER_EPOCH);
}

/**
 * sidestep_rx_flow() - what a received packet's MAC is over, besides its tag
 * @packet: the packet
 * @skb: it, at its IP header
 * @flow: where to; the epoch is left alone
 */
void sidestep_rx_flow(const struct sidestep_packet *packet,
		      const struct sk_buff *skb, struct sidestep_flow *flow)
{
	memcpy(flow->saddr, &packet->peer->addr, sizeof(flow->saddr));
	if (skb->protocol == htons(ETH_P_IP))
		sidestep_addr_map4(flow->daddr, ip_hdr(skb)->daddr);
	else
		memcpy(flow->daddr, &ipv6_hdr(skb)->daddr, sizeof(flow->daddr));
}

/*
 * Epoch and window top are read without the lock, so that a flood of forged
 * packets does not hold it. Racy: where a packet meets a change of the epoch
 * its MAC fails and it is dropped, as one that came a little sooner.
 */
static void rx_data(struct sidestep_session *session, struct sk_buff *skb,
		    const struct sidestep_packet *packet)
{
	struct sidestep_rx *rx = &session->rx;
	struct sidestep_flow flow;
	u64 expected, seq;

	flow.epoch = READ_ONCE(rx->peer_epoch);
	if (!flow.epoch) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_EPOCH);
		return;
	}
	expected = max(READ_ONCE(rx->window.top), READ_ONCE(rx->peer_next));
	seq = sidestep_seq_extend(be32_to_cpu(packet->tag->seq), expected);
	sidestep_rx_flow(packet, skb, &flow);
	if (packet->tag->mac !=
	    sidestep_tag_mac(packet->tag, seq, packet->len, &flow,
			     &packet->peer->config->rx_key)) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_MAC);
		return;
	}
	rx_accept(session, skb, packet, flow.epoch, seq);
}

static bool path_of(const struct sidestep_config *config,
		    const struct net_device *dev, unsigned int *path)
{
	for (*path = 0; *path <= SIDESTEP_PATH_MAX; ++*path)
		if (rcu_access_pointer(config->dev[*path]) == dev)
			return true;
	return false;
}

/* Returns the counter that names what is wrong, or 0. */
static enum sidestep_counter rx_parse(struct sk_buff *skb,
				      struct sidestep_packet *packet)
{
	const struct sidestep_config *config = packet->peer->config;

	packet->hlen = skb->protocol == htons(ETH_P_IP) ?
		       ip_hdrlen(skb) : sizeof(struct ipv6hdr);
	if (!pskb_may_pull(skb, packet->hlen + SIDESTEP_TAG_LEN))
		return SIDESTEP_COUNTER_RX_SHORT;
	packet->tag = (struct sidestep_tag *)(skb->data + packet->hlen);
	packet->len = skb->len - packet->hlen - SIDESTEP_TAG_LEN;
	if (sidestep_tag_version(packet->tag) != SIDESTEP_VERSION)
		return SIDESTEP_COUNTER_RX_VERSION;
	if (packet->tag->id != cpu_to_be16(config->id))
		return SIDESTEP_COUNTER_RX_SESSION;
	if (!path_of(config, skb->dev, &packet->path))
		return SIDESTEP_COUNTER_RX_DEVICE;
	return SIDESTEP_COUNTER_UNSPEC;
}

/**
 * sidestep_rx() - receive a packet of our protocol from a peer
 * @peer: the peer, by the packet's source address
 * @skb: the packet, at its IP header, consumed
 *
 * The caller holds the RCU read lock and has bottom halves off.
 */
void sidestep_rx(struct sidestep_peer *peer, struct sk_buff *skb)
{
	struct sidestep_session *session = peer->config->session;
	struct sidestep_packet packet = { .peer = peer };
	enum sidestep_counter fault = rx_parse(skb, &packet);

	if (unlikely(fault))
		sidestep_drop(session, skb, fault);
	else if (sidestep_tag_is_control(packet.tag))
		sidestep_probe_rx(session, skb, &packet);
	else
		rx_data(session, skb, &packet);
}
