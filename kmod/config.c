// SPDX-License-Identifier: GPL-2.0
/*
 * What a session was told, published as a whole; and references to the paths'
 * devices.
 */
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "config.h"
#include "net.h"
#include "parse.h"
#include "session.h"
#include "tag.h"

static struct sidestep_config *config_of(struct sidestep_session *session)
{
	return rtnl_dereference(session->config);
}

/* A copy that owns nothing yet: no device references, no route caches. */
static struct sidestep_config *config_copy(struct sidestep_session *session,
					   const struct sidestep_config *old)
{
	struct sidestep_config *config = kzalloc(sizeof(*config), GFP_KERNEL);
	unsigned int i;

	if (!config)
		return NULL;
	if (old)
		*config = *old;
	INIT_HLIST_NODE(&config->node);
	config->session = session;
	config->raised = 0;
	for (i = 0; i < SIDESTEP_MAX_PEERS; i++) {
		INIT_HLIST_NODE(&config->peer[i].node);
		config->peer[i].config = config;
		memset(&config->peer[i].route, 0, sizeof(struct dst_cache));
	}
	return config;
}

static void routes_destroy(struct sidestep_config *config)
{
	unsigned int i;

	for (i = 0; i < SIDESTEP_MAX_PEERS; i++)
		dst_cache_destroy(&config->peer[i].route);
}

static int routes_init(struct sidestep_config *config)
{
	unsigned int i;

	for (i = 0; i < config->n_peers; i++)
		if (dst_cache_init(&config->peer[i].route, GFP_KERNEL))
			goto err_routes;
	return 0;

err_routes:
	routes_destroy(config);
	return -ENOMEM;
}

/*
 * The most that other sessions have raised a direct device to, or 0. If there
 * are any, @headroom is set to what it was before them.
 */
static unsigned short raised_by_others(const struct sidestep_config *config,
				       const struct net_device *direct,
				       unsigned short *headroom)
{
	struct net *net = dev_net(config->session->dev);
	struct sidestep_session *other;
	unsigned short raised = 0;

	list_for_each_entry(other, &sidestep_net(net)->sessions, list) {
		const struct sidestep_config *theirs = config_of(other);

		if (other == config->session || !theirs || !theirs->raised ||
		    sidestep_config_device(theirs, SIDESTEP_PATH_DIRECT) != direct)
			continue;
		*headroom = theirs->headroom;
		raised = max(raised, theirs->raised);
	}
	return raised;
}

/*
 * Sockets leave room for the headers of the device by which they think that
 * they send. Without room for ours every packet would be copied.
 */
static void headroom_raise(struct sidestep_config *config)
{
	struct net_device *direct = sidestep_config_device(config, SIDESTEP_PATH_DIRECT);
	struct net_device *infra = sidestep_config_device(config, SIDESTEP_PATH_INFRA);
	unsigned short headroom;
	unsigned int need;

	if (!direct || !infra || config->raised)
		return;
	headroom = direct->needed_headroom;
	raised_by_others(config, direct, &headroom);
	need = SIDESTEP_TAG_LEN + infra->hard_header_len +
	       infra->needed_headroom;
	if (need <= headroom)
		return;
	config->headroom = headroom;
	config->raised = need;
	if (need > direct->needed_headroom)
		WRITE_ONCE(direct->needed_headroom, need);
}

/* If somebody else has changed it since, it is theirs. */
static void headroom_restore(struct sidestep_config *config)
{
	struct net_device *direct = sidestep_config_device(config, SIDESTEP_PATH_DIRECT);
	unsigned short headroom = config->headroom;
	unsigned short others;

	if (!direct || !config->raised)
		return;
	others = raised_by_others(config, direct, &headroom);
	if (direct->needed_headroom == max(config->raised, others))
		WRITE_ONCE(direct->needed_headroom, max(headroom, others));
	config->raised = 0;
}

static void infra_learn(struct sidestep_config *config)
{
	const struct net_device *dev = sidestep_config_device(config, SIDESTEP_PATH_INFRA);

	config->infra_gso = dev && dev->rtnl_link_ops &&
			    !strcmp(dev->rtnl_link_ops->kind, "wireguard");
}

static void devices_hold(struct sidestep_config *config)
{
	unsigned int path;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (sidestep_config_device(config, path))
			dev_hold(sidestep_config_device(config, path));
	infra_learn(config);
	headroom_raise(config);
}

static void config_free(struct sidestep_config *config)
{
	unsigned int path;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (sidestep_config_device(config, path))
			dev_put(sidestep_config_device(config, path));
	routes_destroy(config);
	kfree_sensitive(config);
}

/* Replaces the published configuration; @config may be NULL. */
static void config_publish(struct sidestep_session *session,
			   struct sidestep_config *config)
{
	struct sidestep_config *old = config_of(session);
	bool up = netif_running(session->dev);

	if (old)
		headroom_restore(old);
	if (config)
		devices_hold(config);
	rcu_assign_pointer(session->config, config);
	if (config && up)
		sidestep_net_publish(dev_net(session->dev), config);
	if (!old)
		return;
	if (up)
		sidestep_net_unpublish(dev_net(session->dev), old);
	synchronize_net();
	config_free(old);
}

/* The paths on which the peer must be searched for anew. */
static unsigned int paths_changed(const struct sidestep_config *old,
				  const struct sidestep_config *config)
{
	unsigned int path, changed = 0;

	if (!old || old->id != config->id ||
	    memcmp(&old->tx_key, &config->tx_key, sizeof(old->tx_key)) ||
	    memcmp(&old->rx_key, &config->rx_key, sizeof(old->rx_key)) ||
	    !ipv6_addr_equal(&old->peer[0].addr, &config->peer[0].addr))
		return SIDESTEP_ON_BOTH;
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (sidestep_config_device(old, path) != sidestep_config_device(config, path))
			changed |= 1 << path;
	return changed;
}

/**
 * sidestep_config_set() - configure a session as a netlink message says
 * @session: the session
 * @info: the message
 * @changed: set to the paths (enum sidestep_paths) that are others than before
 *
 * Return: 0, or a negative error with an extack text and nothing changed.
 */
int sidestep_config_set(struct sidestep_session *session,
			struct genl_info *info, unsigned int *changed)
{
	struct sidestep_config *old = config_of(session);
	struct sidestep_config *config;
	int err;

	config = config_copy(session, old);
	if (!config) {
		NL_SET_ERR_MSG(info->extack, "out of memory");
		return -ENOMEM;
	}
	err = sidestep_parse(config, old, info);
	if (!err && routes_init(config)) {
		NL_SET_ERR_MSG(info->extack, "out of memory");
		err = -ENOMEM;
	}
	if (err) {
		kfree_sensitive(config);
		return err;
	}
	*changed = paths_changed(old, config);
	if (memcmp(&session->allowance.budget.limits, &config->budget,
		   sizeof(config->budget)))
		sidestep_allowance_limit(&session->allowance, &config->budget);
	config_publish(session, config);
	return 0;
}

/**
 * sidestep_config_bind() - a device came: use it if it is one of a session's
 * @session: the session
 * @dev: the device
 *
 * Return: whether it is.
 */
bool sidestep_config_bind(struct sidestep_session *session,
			  struct net_device *dev)
{
	struct sidestep_config *config = config_of(session);
	unsigned int path;

	for (path = 0; config && path <= SIDESTEP_PATH_MAX; path++) {
		if (sidestep_config_device(config, path) ||
		    strcmp(config->name[path], dev->name))
			continue;
		rcu_assign_pointer(config->dev[path], dev);
		if (sidestep_parse_device(config, path)) {
			RCU_INIT_POINTER(config->dev[path], NULL);
			return false;
		}
		dev_hold(dev);
		infra_learn(config);
		headroom_raise(config);
		return true;
	}
	return false;
}

/**
 * sidestep_config_unbind() - a device goes: stop using it
 * @session: the session
 * @dev: the device
 *
 * Return: whether it was in use. No reference is left then, and no reader.
 */
bool sidestep_config_unbind(struct sidestep_session *session,
			    struct net_device *dev)
{
	struct sidestep_config *config = config_of(session);
	unsigned int path, i;

	for (path = 0; config && path <= SIDESTEP_PATH_MAX; path++) {
		if (sidestep_config_device(config, path) != dev)
			continue;
		headroom_restore(config);
		if (path == SIDESTEP_PATH_DIRECT)
			WRITE_ONCE(config->gone, dev->ifindex);
		RCU_INIT_POINTER(config->dev[path], NULL);
		synchronize_net();
		for (i = 0; i < config->n_peers; i++)
			dst_cache_reset(&config->peer[i].route);
		dev_put(dev);
		return true;
	}
	return false;
}

/**
 * sidestep_config_rename() - a device has a new name: remember that one
 * @session: the session
 * @dev: the device
 *
 * Return: whether it is one of the session's.
 */
bool sidestep_config_rename(struct sidestep_session *session,
			    const struct net_device *dev)
{
	struct sidestep_config *config = config_of(session);
	unsigned int path;

	for (path = 0; config && path <= SIDESTEP_PATH_MAX; path++) {
		if (sidestep_config_device(config, path) != dev)
			continue;
		strscpy(config->name[path], dev->name, IFNAMSIZ);
		return true;
	}
	return false;
}

/**
 * sidestep_config_clear() - forget a session's configuration
 * @session: the session
 */
void sidestep_config_clear(struct sidestep_session *session)
{
	ASSERT_RTNL();
	config_publish(session, NULL);
}

/**
 * sidestep_config_mtu() - the largest packet that fits both paths with a tag
 * @config: the configuration
 *
 * Return: bytes, with IP header and without the tag; 0 if no device is there.
 */
unsigned int sidestep_config_mtu(const struct sidestep_config *config)
{
	unsigned int path, mtu = IP_MAX_MTU + 1;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (sidestep_config_device(config, path))
			mtu = min(mtu, sidestep_config_device(config, path)->mtu);
	return mtu > IP_MAX_MTU ? 0 : mtu - SIDESTEP_TAG_LEN;
}

static struct sidestep_peer *longest_prefix(struct sidestep_config *config,
					    const struct in6_addr *addr)
{
	unsigned int least = ipv6_addr_v4mapped(addr) ? SIDESTEP_MAPPED_BITS : 0;
	struct sidestep_peer *longest = NULL;
	unsigned int i;

	for (i = config->n_hosts; i < config->n_peers; i++) {
		struct sidestep_peer *peer = &config->peer[i];

		if (peer->bits < least ||
		    !ipv6_prefix_equal(&peer->addr, addr, peer->bits))
			continue;
		if (!longest || peer->bits > longest->bits)
			longest = peer;
	}
	return longest;
}

/**
 * sidestep_config_peer() - find an address among the session's peers
 * @config: the configuration
 * @addr: IPv6, or IPv4 mapped
 *
 * Return: the peer or the longest prefix, or NULL.
 */
struct sidestep_peer *sidestep_config_peer(struct sidestep_config *config,
					   const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < config->n_hosts; i++)
		if (ipv6_addr_equal(&config->peer[i].addr, addr))
			return &config->peer[i];
	return longest_prefix(config, addr);
}
