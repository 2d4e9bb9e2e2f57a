// SPDX-License-Identifier: GPL-2.0
/*
 * The module's part of a network namespace, and the table of peers in it.
 */
#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "config.h"
#include "net.h"

static unsigned int sidestep_net_id __read_mostly;

/**
 * sidestep_net() - the module's part of a namespace
 * @net: the namespace
 *
 * Return: it; never NULL.
 */
struct sidestep_net *sidestep_net(const struct net *net)
{
	return net_generic(net, sidestep_net_id);
}

static struct hlist_head *bucket_of(const struct net *net,
				    const struct in6_addr *addr)
{
	return &sidestep_net(net)->peers[ipv6_addr_hash(addr) %
					 SIDESTEP_PEER_BUCKETS];
}

static struct sidestep_peer *find_exact(const struct net *net,
					const struct in6_addr *addr,
					unsigned int bits)
{
	struct sidestep_peer *peer;

	hlist_for_each_entry_rcu(peer, bucket_of(net, addr), node)
		if (peer->bits == bits && ipv6_addr_equal(&peer->addr, addr))
			return peer;
	return NULL;
}

static struct sidestep_peer *find_prefix(const struct net *net,
					 const struct in6_addr *addr)
{
	unsigned int least = ipv6_addr_v4mapped(addr) ? SIDESTEP_MAPPED_BITS : 0;
	const unsigned long *lengths = sidestep_net(net)->lengths;
	unsigned int bits, above = SIDESTEP_ADDR_BITS;
	struct sidestep_peer *peer;
	struct in6_addr prefix;

	for (;;) {
		bits = find_last_bit(lengths, above);
		if (bits >= above || bits < least)
			return NULL;
		ipv6_addr_prefix(&prefix, addr, bits);
		peer = find_exact(net, &prefix, bits);
		if (peer)
			return peer;
		above = bits;
	}
}

/**
 * sidestep_net_find() - look a peer up by its address
 * @net: the namespace
 * @addr: IPv6, or IPv4 mapped
 *
 * The longest prefix counts. The caller holds the RCU read lock.
 *
 * Return: the peer, or NULL.
 */
struct sidestep_peer *sidestep_net_find(const struct net *net,
					const struct in6_addr *addr)
{
	struct sidestep_peer *peer = find_exact(net, addr, SIDESTEP_ADDR_BITS);

	if (peer || bitmap_empty(sidestep_net(net)->lengths, SIDESTEP_ADDR_BITS))
		return peer;
	return find_prefix(net, addr);
}

/**
 * sidestep_net_find4() - look a peer up by its IPv4 address
 * @net: the namespace
 * @addr: the address
 *
 * The caller holds the RCU read lock.
 *
 * Return: the peer, or NULL.
 */
struct sidestep_peer *sidestep_net_find4(const struct net *net, __be32 addr)
{
	struct in6_addr mapped;

	ipv6_addr_set_v4mapped(addr, &mapped);
	return sidestep_net_find(net, &mapped);
}

/**
 * sidestep_net_find_id() - look a session up by its id
 * @net: the namespace
 * @id: the id
 *
 * The caller holds the RCU read lock.
 *
 * Return: its configuration, or NULL.
 */
struct sidestep_config *sidestep_net_find_id(const struct net *net, u16 id)
{
	struct sidestep_config *config;

	hlist_for_each_entry_rcu(config,
				 &sidestep_net(net)->ids[id % SIDESTEP_PEER_BUCKETS],
				 node)
		if (config->id == id)
			return config;
	return NULL;
}

static void peer_add(struct net *net, struct sidestep_peer *peer)
{
	struct sidestep_net *sn = sidestep_net(net);

	hlist_add_head_rcu(&peer->node, bucket_of(net, &peer->addr));
	if (peer->bits < SIDESTEP_ADDR_BITS && !sn->users[peer->bits]++)
		set_bit(peer->bits, sn->lengths);
}

static void peer_del(struct net *net, struct sidestep_peer *peer)
{
	struct sidestep_net *sn = sidestep_net(net);

	hlist_del_init_rcu(&peer->node);
	if (peer->bits < SIDESTEP_ADDR_BITS && !--sn->users[peer->bits])
		clear_bit(peer->bits, sn->lengths);
}

/**
 * sidestep_net_publish() - let packets find a session
 * @net: the namespace
 * @config: the session's configuration
 */
void sidestep_net_publish(struct net *net, struct sidestep_config *config)
{
	unsigned int i;

	ASSERT_RTNL();
	for (i = 0; i < config->n_peers; i++)
		peer_add(net, &config->peer[i]);
	hlist_add_head_rcu(&config->node, &sidestep_net(net)->ids[config->id %
			   SIDESTEP_PEER_BUCKETS]);
}

/**
 * sidestep_net_unpublish() - let no more packets find a session
 * @net: the namespace
 * @config: its configuration; readers may use it for another RCU grace period
 */
void sidestep_net_unpublish(struct net *net, struct sidestep_config *config)
{
	unsigned int i;

	ASSERT_RTNL();
	for (i = 0; i < config->n_peers; i++)
		peer_del(net, &config->peer[i]);
	hlist_del_init_rcu(&config->node);
}

static int __net_init net_enter(struct net *net)
{
	struct sidestep_net *sn = sidestep_net(net);

	INIT_LIST_HEAD(&sn->sessions);
	mutex_init(&sn->hook_lock);
	return 0;
}

static void __net_exit net_leave(struct net *net)
{
	struct sidestep_net *sn = sidestep_net(net);

	WARN_ON_ONCE(!list_empty(&sn->sessions));
	WARN_ON_ONCE(sn->receivers || sn->steerers);
}

static struct pernet_operations sidestep_net_ops = {
	.init = net_enter,
	.exit = net_leave,
	.id = &sidestep_net_id,
	.size = sizeof(struct sidestep_net),
};

/**
 * sidestep_net_init() - take part in namespaces
 *
 * Return: 0 or a negative error.
 */
int sidestep_net_init(void)
{
	return register_pernet_subsys(&sidestep_net_ops);
}

/**
 * sidestep_net_exit() - leave all namespaces
 */
void sidestep_net_exit(void)
{
	unregister_pernet_subsys(&sidestep_net_ops);
}
