/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_NET_H
#define _SIDESTEP_NET_H

#include <linux/bitmap.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

struct net;
struct sidestep_config;
struct sidestep_peer;

enum sidestep_net_limits {
	SIDESTEP_PEER_BUCKETS = 64,
	/* Bits of an address, and of an IPv4 one those that map it. */
	SIDESTEP_ADDR_BITS = 128,
	SIDESTEP_MAPPED_BITS = 96,
};

/**
 * struct sidestep_net - what the module keeps in a network namespace
 * @sessions: all sessions; protected by RTNL
 * @peers: addresses and prefixes of the peers of sessions that are up, for
 *	   readers under RCU; written under RTNL
 * @lengths: bit N is set if @peers has a prefix of N bits; whole addresses do
 *	     not count. Likewise
 * @users: how many prefixes of each length; protected by RTNL
 * @ids: configurations of these sessions by id, likewise
 * @hook_lock: protects the two counts
 * @receivers: sessions that need the receive hooks
 * @steerers: sessions that need the send hooks
 */
struct sidestep_net {
	struct list_head	sessions;
	struct hlist_head	peers[SIDESTEP_PEER_BUCKETS];
	DECLARE_BITMAP(lengths, SIDESTEP_ADDR_BITS);
	unsigned int		users[SIDESTEP_ADDR_BITS];
	struct hlist_head	ids[SIDESTEP_PEER_BUCKETS];
	struct mutex		hook_lock; /* protects the two counts */
	unsigned int		receivers;
	unsigned int		steerers;
};

struct sidestep_net *sidestep_net(const struct net *net);
struct sidestep_peer *sidestep_net_find(const struct net *net,
					const struct in6_addr *addr);
struct sidestep_config *sidestep_net_find_id(const struct net *net, u16 id);
struct sidestep_peer *sidestep_net_find4(const struct net *net, __be32 addr);
void sidestep_net_publish(struct net *net, struct sidestep_config *config);
void sidestep_net_unpublish(struct net *net, struct sidestep_config *config);
int sidestep_net_init(void);
void sidestep_net_exit(void);

#endif /* _SIDESTEP_NET_H */
