// SPDX-License-Identifier: GPL-2.0
/*
 * The receiving side up to the queue: is it whole, is it authentic, is it the
 * first copy. Nothing is changed by a packet whose MAC does not hold.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/ip.h>

#include "deliver.h"
#include "flows.h"
#include "net.h"
#include "probe_rx.h"
#include "rx.h"
#include "session.h"
#include "state.h"
#include "tag.h"
#include "trace.h"

/*
 * Removes the tag; the packet is then as the sender's socket made it. False if
 * there is no memory, with the packet unchanged.
 */
static bool tag_strip(struct sk_buff *skb, unsigned int hlen)
{
	unsigned int mac_len = 0;
	struct sidestep_tag *tag;
	u8 next;

	if (skb_ensure_writable(skb, hlen + SIDESTEP_TAG_LEN))
		return false;
	tag = (struct sidestep_tag *)(skb->data + hlen);
	next = tag->next;
	if (skb_mac_header_was_set(skb) && skb_mac_header(skb) < skb->data) {
		mac_len = skb->data - skb_mac_header(skb);
		skb->mac_header += SIDESTEP_TAG_LEN;
	}
	memmove(skb->data - mac_len + SIDESTEP_TAG_LEN, skb->data - mac_len,
		mac_len + hlen);
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

/*
 * Whether untagged packets may follow close behind, so that this one must not
 * take the way through the queue. IPv6 has looked for hop-by-hop options
 * already, in vain; packets that have some go through the queue.
 */
static bool is_going_home(const struct sidestep_session *session,
			  const struct sidestep_packet *packet)
{
	unsigned int wants = sidestep_tag_wants(packet->tag) |
			     sidestep_plan_wants(READ_ONCE(session->tx_plan));

	return packet->path == SIDESTEP_PATH_DIRECT &&
	       !(wants & SIDESTEP_ON_INFRA) &&
	       packet->tag->next != IPPROTO_HOPOPTS;
}

/*
 * The first copy of a packet. Its number is marked once nothing can fail: what is
 * queued must have data of its own by then, as header_make() says. Returns whether
 * the packet may go on where it is; else it is consumed.
 */
static bool rx_first(struct sidestep_session *session, struct sk_buff *skb,
		     const struct sidestep_packet *packet, u64 seq, u64 now)
{
	unsigned int paths = sidestep_tag_paths(packet->tag);
	bool home = is_going_home(session, packet);
	unsigned int other = !packet->path;
	u8 next = packet->tag->next;
	bool pass;

	if (sidestep_deliver_full(session)) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_OVERFLOW);
		return false;
	}
	if (!tag_strip(skb, packet->hlen))
		goto no_memory;
	pass = home && sidestep_deliver_pass(session, skb, seq);
	if (!pass && skb_cow(skb, 0))
		goto no_memory;
	sidestep_flows_rx(session, skb, packet->hlen, next, packet->path,
			  skb->len + SIDESTEP_TAG_LEN, true);
	sidestep_window_mark(&session->rx.window, seq);
	if (paths == SIDESTEP_ON_BOTH) {
		sidestep_window_await(&session->rx.window, other, seq);
		sidestep_count_awaited(session, other);
	}
	if (!pass)
		sidestep_deliver_put(session, skb, packet->path, paths, seq, now);
	return pass;

no_memory:
	sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_NO_MEMORY);
	return false;
}

/* A later copy: the other one of a pair, or one that somebody repeated. */
static void rx_again(struct sidestep_session *session, struct sk_buff *skb,
		     const struct sidestep_packet *packet, u64 seq)
{
	bool awaited = sidestep_window_arrive(&session->rx.window, packet->path,
					      seq);

	if (awaited) {
		sidestep_flows_rx(session, skb, packet->hlen + SIDESTEP_TAG_LEN,
				  packet->tag->next, packet->path, skb->len,
				  false);
		sidestep_count_arrived(session, packet->path);
	} else {
		/* Of any payload, so no flow is made of it. */
		sidestep_count(session, SIDESTEP_COUNTER_RX_REPEATED);
	}
	trace_sidestep_eliminated(session, seq, packet->path, awaited);
	sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_ELIMINATED);
}

static bool rx_judge(struct sidestep_session *session, struct sk_buff *skb,
		     const struct sidestep_packet *packet, u64 seq, u64 now)
{
	switch (sidestep_window_check(&session->rx.window, seq)) {
	case SIDESTEP_SEQ_NEW:
		return rx_first(session, skb, packet, seq, now);
	case SIDESTEP_SEQ_SEEN:
		rx_again(session, skb, packet, seq);
		return false;
	default:
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_OLD);
		return false;
	}
}

/*
 * What the newest packet says of its sender. A probe by the faster path may have
 * said something newer before.
 */
static void news_take(struct sidestep_session *session,
		      const struct sidestep_tag *tag, u64 seq, u64 now)
{
	unsigned int ours = sidestep_plan_wants(READ_ONCE(session->tx_plan));
	unsigned int wants = sidestep_tag_wants(tag);

	if (seq >= session->rx.peer_next)
		sidestep_state_hint(session, wants);
	sidestep_order_glide(&session->rx.order, sidestep_tag_paths(tag),
			     wants | ours, now);
}

/* An authentic packet of the epoch @epoch. Returns as rx_first(). */
static bool rx_accept(struct sidestep_session *session, struct sk_buff *skb,
		      const struct sidestep_packet *packet, u64 epoch, u64 seq)
{
	struct sidestep_rx *rx = &session->rx;
	u64 now = ktime_get_ns();
	unsigned int held;
	bool pass;

	sidestep_count_rx(session, packet->path, skb->len);
	spin_lock(&rx->lock);
	if (unlikely(rx->peer_epoch != epoch)) {
		spin_unlock(&rx->lock);
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_EPOCH);
		return false;
	}
	sidestep_order_heard(&rx->order, packet->path, seq, now);
	if (seq > rx->window.top)
		news_take(session, packet->tag, seq, now);
	held = rx->order.count;
	pass = rx_judge(session, skb, packet, seq, now);
	sidestep_deliver_due(session, now);
	if (rx->order.count > held)
		sidestep_deliver_held(session, skb, packet->path, now);
	spin_unlock(&rx->lock);
	return pass;
}

/**
 * sidestep_rx_epoch() - the peer has begun a new epoch
 * @session: the session, its rx.lock held
 * @epoch: the peer's new epoch; 0 if it has said good-bye
 * @next: the number that it will send next
 */
void sidestep_rx_epoch(struct sidestep_session *session, u64 epoch, u64 next)
{
	struct sidestep_rx *rx = &session->rx;

	lockdep_assert_held(&rx->lock);
	sidestep_deliver_due(session, ~0ULL);
	sidestep_window_reset(&rx->window, next - 1);
	sidestep_order_restart(&rx->order, next);
	WRITE_ONCE(rx->peer_epoch, epoch);
	rx->peer_number = 0;
	memset(rx->path_number, 0, sizeof(rx->path_number));
	WRITE_ONCE(rx->peer_next, next);
	sidestep_count(session, SIDESTEP_COUNTER_PEER_EPOCH);
}

/**
 * sidestep_rx_flow() - what a received packet's MAC is over, besides its tag
 * @skb: the packet, at its IP header
 * @flow: where to; the epoch is left alone
 */
void sidestep_rx_flow(const struct sk_buff *skb, struct sidestep_flow *flow)
{
	if (skb->protocol == htons(ETH_P_IP)) {
		sidestep_addr_map4(flow->saddr, ip_hdr(skb)->saddr);
		sidestep_addr_map4(flow->daddr, ip_hdr(skb)->daddr);
		return;
	}
	memcpy(flow->saddr, &ipv6_hdr(skb)->saddr, sizeof(flow->saddr));
	memcpy(flow->daddr, &ipv6_hdr(skb)->daddr, sizeof(flow->daddr));
}

/*
 * Epoch and window top are read without the lock, so that a flood of forged
 * packets does not hold it. Racy: where a packet meets a change of the epoch
 * its MAC fails and it is dropped, as one that came a little sooner.
 */
static bool rx_data(struct sidestep_session *session, struct sk_buff *skb,
		    const struct sidestep_packet *packet)
{
	struct sidestep_rx *rx = &session->rx;
	u64 expected, seq, epoch = READ_ONCE(rx->peer_epoch);
	struct sidestep_flow flow;

	if (!epoch) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_EPOCH);
		return false;
	}
	flow.epoch = epoch ^ session->epoch;
	expected = max(READ_ONCE(rx->window.top), READ_ONCE(rx->peer_next));
	seq = sidestep_seq_extend(be32_to_cpu(packet->tag->seq), expected);
	sidestep_rx_flow(skb, &flow);
	if (packet->tag->mac !=
	    sidestep_tag_mac(packet->tag, seq, packet->len, &flow,
			     &packet->config->rx_key)) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_MAC);
		return false;
	}
	return rx_accept(session, skb, packet, epoch, seq);
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
	const struct sidestep_config *config = packet->config;

	packet->hlen = skb->protocol == htons(ETH_P_IP) ?
		       ip_hdrlen(skb) : sizeof(struct ipv6hdr);
	if (skb->len < packet->hlen + SIDESTEP_TAG_LEN)
		return SIDESTEP_COUNTER_RX_SHORT;
	if (!pskb_may_pull(skb, packet->hlen + SIDESTEP_TAG_LEN))
		return SIDESTEP_COUNTER_RX_NO_MEMORY;
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
 * sidestep_rx_find() - the session that a packet names
 * @net: the namespace
 * @skb: a packet of our protocol, at its IP header
 * @hlen: bytes of that
 *
 * The peer may have more addresses than were said, and forward packets of others.
 * The caller holds the RCU read lock.
 *
 * Return: the session's configuration, or NULL.
 */
struct sidestep_config *sidestep_rx_find(const struct net *net,
					 const struct sk_buff *skb,
					 unsigned int hlen)
{
	struct sidestep_tag *tag, copy;

	tag = skb_header_pointer(skb, hlen, sizeof(copy), &copy);
	return tag ? sidestep_net_find_id(net, be16_to_cpu(tag->id)) : NULL;
}

/**
 * sidestep_rx() - receive a packet of our protocol
 * @config: configuration of the session that it is for
 * @skb: the packet, at its IP header
 *
 * The caller holds the RCU read lock and has bottom halves off.
 *
 * Return: true if the packet, without its tag now, may go on where it is; else
 *	   it is consumed.
 */
bool sidestep_rx(struct sidestep_config *config, struct sk_buff *skb)
{
	struct sidestep_session *session = config->session;
	struct sidestep_packet packet = { .config = config };
	enum sidestep_counter fault = rx_parse(skb, &packet);

	if (unlikely(fault)) {
		sidestep_drop(session, skb, fault);
		return false;
	}
	if (!sidestep_tag_is_control(packet.tag))
		return rx_data(session, skb, &packet);
	sidestep_probe_rx(session, skb, &packet);
	return false;
}
