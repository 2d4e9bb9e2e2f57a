// SPDX-License-Identifier: GPL-2.0
/*
 * Sending a tagged packet, or a train of them, out of a path's device.
 */
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/arp.h>
#include <net/dst_cache.h>
#include <net/gso.h>
#include <net/ip6_route.h>
#include <net/ipv6_stubs.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "path.h"
#include "session.h"
#include "wire.h"

static bool device_usable(const struct net_device *dev)
{
	return dev && netif_running(dev) && netif_carrier_ok(dev);
}

/**
 * sidestep_path_usable() - whether a path's device can be sent on
 * @config: the session's configuration
 * @path: enum sidestep_path
 *
 * The caller holds the RCU read lock.
 *
 * Return: whether it exists, is up and has a carrier.
 */
bool sidestep_path_usable(const struct sidestep_config *config,
			  unsigned int path)
{
	return device_usable(rcu_dereference(config->dev[path]));
}

/* What the direct device needs itself, without what we raised it to. */
static unsigned int direct_headroom(const struct sidestep_config *config,
				    const struct net_device *dev)
{
	return HH_DATA_ALIGN(dev->hard_header_len) +
	       (config->raised ? config->headroom : dev->needed_headroom);
}

/**
 * sidestep_path_headroom() - room that packets need in front for either path
 * @config: the session's configuration
 *
 * The caller holds the RCU read lock.
 *
 * Return: bytes.
 */
unsigned int sidestep_path_headroom(const struct sidestep_config *config)
{
	const struct net_device *direct, *infra;
	unsigned int room = 0;

	direct = rcu_dereference(config->dev[SIDESTEP_PATH_DIRECT]);
	infra = rcu_dereference(config->dev[SIDESTEP_PATH_INFRA]);
	if (direct)
		room = direct_headroom(config, direct);
	if (infra)
		room = max_t(unsigned int, room, infra->hard_header_len +
						 infra->needed_headroom);
	return room;
}

static struct dst_entry *route_lookup4(struct sidestep_peer *peer,
				       struct net_device *dev)
{
	struct flowi4 fl4 = {
		.daddr = peer->addr.s6_addr32[3],
		.saddr = peer->saddr.s6_addr32[3],
		.flowi4_oif = dev->ifindex,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
	};
	struct rtable *rt = ip_route_output_key(dev_net(dev), &fl4);

	if (IS_ERR(rt))
		return NULL;
	dst_cache_set_ip4(&peer->route, &rt->dst, fl4.saddr);
	return &rt->dst;
}

static struct dst_entry *route_lookup6(struct sidestep_peer *peer,
				       struct net_device *dev)
{
	struct flowi6 fl6 = {
		.daddr = peer->addr,
		.flowi6_oif = dev->ifindex,
	};
	struct dst_entry *dst;

	dst = compat_ip6_dst_lookup_flow(dev_net(dev), &fl6);
	if (IS_ERR(dst))
		return NULL;
	dst_cache_set_ip6(&peer->route, dst, &fl6.saddr);
	return dst;
}

/* A referenced route to the peer by the direct device, or NULL. */
static struct dst_entry *direct_route(struct sidestep_peer *peer,
				      struct net_device *dev)
{
	struct dst_entry *dst = dst_cache_get(&peer->route);

	if (!dst)
		dst = ipv6_addr_v4mapped(&peer->addr) ?
		      route_lookup4(peer, dev) : route_lookup6(peer, dev);
	if (dst && dst->dev != dev) {
		dst_release(dst);
		dst = NULL;
	}
	return dst;
}

/* A packet's own destination may be behind the peer. */
static struct neighbour *direct_neighbour(struct sidestep_peer *peer,
					  struct dst_entry *dst,
					  struct sk_buff *skb, bool *is_v6gw)
{
	struct rtable *rt = container_of(dst, struct rtable, dst);

	*is_v6gw = false;
	if (ipv6_addr_v4mapped(&peer->addr))
		return rt->rt_gw_family ?
		       ip_neigh_for_gw(rt, skb, is_v6gw) :
		       ip_neigh_gw4(dst->dev, peer->addr.s6_addr32[3]);
	return ip_neigh_gw6(dst->dev,
			    rt6_nexthop(container_of(dst, struct rt6_info, dst),
					&peer->addr));
}

/*
 * A copy may share its headroom with the one for the tunnel. WireGuard makes its
 * own before it writes into it, so the link-layer header may be written here.
 */
static bool headroom_ensure(const struct sidestep_config *config,
			    struct sk_buff *skb, unsigned int need)
{
	unsigned int have = skb_headroom(skb);

	if (!config->infra_gso)
		return !skb_cow_head(skb, need);
	return have >= need ||
	       !pskb_expand_head(skb, ALIGN(need - have, NET_SKB_PAD), 0,
				 GFP_ATOMIC);
}

/* net_xmit_eval() is a macro that evaluates its argument twice. */
static void xmit_count(struct sidestep_session *session, int result)
{
	if (net_xmit_eval(result))
		sidestep_count(session, SIDESTEP_COUNTER_TX_REFUSED);
}

/*
 * Copies from the tunnel will appear with the address that we send to. What a
 * packet came with is nobody's word.
 */
static void source_learn(struct sidestep_session *session,
			 const struct neighbour *neigh,
			 const struct net_device *dev)
{
	if (dev->type == ARPHRD_ETHER &&
	    READ_ONCE(neigh->nud_state) & NUD_VALID)
		neigh_ha_snapshot(session->rx.direct_source, neigh, dev);
}

static void direct_send_one(struct sidestep_peer *peer, struct dst_entry *dst,
			    struct sk_buff *skb)
{
	struct sidestep_session *session = peer->config->session;
	struct neighbour *neigh;
	bool is_v6gw;

	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    !(dst->dev->features & NETIF_F_HW_CSUM) && skb_checksum_help(skb)) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_TX_NO_MEMORY);
		return;
	}
	if (!headroom_ensure(peer->config, skb,
			     direct_headroom(peer->config, dst->dev))) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_TX_NO_MEMORY);
		return;
	}
	neigh = direct_neighbour(peer, dst, skb, &is_v6gw);
	if (IS_ERR(neigh)) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_TX_NO_ROUTE);
		return;
	}
	source_learn(session, neigh, dst->dev);
	xmit_count(session, neigh_output(neigh, skb, is_v6gw));
}

static void direct_send(struct sidestep_peer *peer, struct net_device *dev,
			struct sk_buff *skb)
{
	struct dst_entry *dst = direct_route(peer, dev);
	struct sk_buff *next;

	if (!dst) {
		sidestep_count(peer->config->session,
			       SIDESTEP_COUNTER_TX_NO_ROUTE);
		kfree_skb_list(skb);
		return;
	}
	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		direct_send_one(peer, dst, skb);
	}
	dst_release(dst);
}

static void infra_send(const struct sidestep_config *config,
		       struct sk_buff *skb)
{
	struct sidestep_session *session = config->session;
	struct sk_buff *next;

	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		if (!config->infra_gso && skb->ip_summed == CHECKSUM_PARTIAL &&
		    skb_checksum_help(skb)) {
			sidestep_drop(session, skb,
				      SIDESTEP_COUNTER_TX_NO_MEMORY);
			continue;
		}
		xmit_count(session, dev_queue_xmit(skb));
	}
}

/* Takes a train apart. Consumes @skb; returns a list, or NULL. */
static struct sk_buff *train_segment(struct sidestep_session *session,
				     struct sk_buff *skb,
				     netdev_features_t features)
{
	struct sk_buff *segs;

	segs = skb_gso_segment(skb, features & ~NETIF_F_GSO_MASK);
	if (IS_ERR_OR_NULL(segs)) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_TX_NO_MEMORY);
		return NULL;
	}
	consume_skb(skb);
	return segs;
}

/**
 * sidestep_path_send() - send a tagged packet or train
 * @peer: to whom
 * @path: enum sidestep_path
 * @skb: the packet, at its IP header, consumed
 *
 * The caller holds the RCU read lock and has bottom halves off.
 */
void sidestep_path_send(struct sidestep_peer *peer, unsigned int path,
			struct sk_buff *skb)
{
	struct sidestep_config *config = peer->config;
	struct net_device *dev = rcu_dereference(config->dev[path]);
	bool whole = path == SIDESTEP_PATH_INFRA && config->infra_gso;

	if (!device_usable(dev)) {
		sidestep_drop(config->session, skb, SIDESTEP_COUNTER_TX_NO_ROUTE);
		return;
	}
	skb->dev = dev;
	if (skb_is_gso(skb) && !whole) {
		skb = train_segment(config->session, skb, dev->features);
		if (!skb)
			return;
	}
	if (path == SIDESTEP_PATH_DIRECT)
		direct_send(peer->via, dev, skb);
	else
		infra_send(config, skb);
}
