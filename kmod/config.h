/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_CONFIG_H
#define _SIDESTEP_CONFIG_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/siphash.h>
#include <linux/sidestep.h>
#include <net/dst_cache.h>

#include "budget.h"
#include "selector.h"

struct sidestep_config;
struct sidestep_session;

/**
 * struct sidestep_peer - one address of the peer, or a prefix behind it
 * @node: in &sidestep_net.peers while the session is up
 * @config: the configuration that it is part of
 * @via: the address of the peer that packets for @addr go to on the direct
 *	 path: this one itself, unless it is a prefix
 * @addr: IPv6, or IPv4 mapped
 * @bits: of @addr that count
 * @saddr: our address towards it, as it was last found; for probes. Racy, as
 *	   an address can change at any time; the worst case is a lost probe
 * @route: to it by the direct device
 */
struct sidestep_peer {
	struct hlist_node	node;
	struct sidestep_config	*config;
	struct sidestep_peer	*via;
	struct in6_addr		addr;
	unsigned int		bits;
	struct in6_addr		saddr;
	struct dst_cache	route;
};

/**
 * struct sidestep_config - what a session was told
 * @node: in &sidestep_net.ids while the session is up
 * @session: the session
 * @id: session id
 * @tx_key: of the packets that we send
 * @rx_key: of those that we receive
 * @name: of the devices, by enum sidestep_path
 * @dev: the devices, referenced; NULL while there is none. Written under RTNL
 * @gone: index of the last direct device that is gone; 0 if none is
 * @headroom: needed_headroom of the direct device before we raised it
 * @raised: what we raised it to; 0 if it was enough
 * @infra_gso: the infra device segments in software, so tagged GSO packets may
 *	       be given to it whole
 * @protect: packets that are protected
 * @important: of these, those whose copies may use what the budget reserves
 * @budget: what copies on the infra path may cost
 * @n_hosts: how many addresses
 * @n_peers: how many addresses and prefixes
 * @peer: the peer's addresses, then the prefixes behind it
 *
 * Once published in &sidestep_session.config only @dev and what follows from it
 * changes, as devices come and go; a new setting makes a new configuration.
 * Readers hold the RCU read lock.
 */
struct sidestep_config {
	struct hlist_node	node;
	struct sidestep_session	*session;
	u16			id;
	siphash_key_t		tx_key;
	siphash_key_t		rx_key;
	char			name[SIDESTEP_PATH_MAX + 1][IFNAMSIZ];
	struct net_device __rcu	*dev[SIDESTEP_PATH_MAX + 1];
	int			gone;
	unsigned short		headroom;
	unsigned short		raised;
	bool			infra_gso;
	struct sidestep_selectors protect;
	struct sidestep_selectors important;
	struct sidestep_budget_limits budget;
	unsigned int		n_hosts;
	unsigned int		n_peers;
	struct sidestep_peer	peer[SIDESTEP_MAX_PEERS];
};

/**
 * sidestep_config_device() - the device of a path
 * @config: the configuration
 * @path: enum sidestep_path
 *
 * The caller holds RTNL, or is alone with @config.
 *
 * Return: it, or NULL while it is not there.
 */
static inline struct net_device *
sidestep_config_device(const struct sidestep_config *config, unsigned int path)
{
	return rtnl_dereference(config->dev[path]);
}

struct genl_info;

int sidestep_config_set(struct sidestep_session *session,
			struct genl_info *info, unsigned int *changed);
bool sidestep_config_bind(struct sidestep_session *session,
			  struct net_device *dev);
bool sidestep_config_unbind(struct sidestep_session *session,
			    struct net_device *dev);
bool sidestep_config_rename(struct sidestep_session *session,
			    const struct net_device *dev);
void sidestep_config_clear(struct sidestep_session *session);
unsigned int sidestep_config_mtu(const struct sidestep_config *config);
struct sidestep_peer *sidestep_config_peer(struct sidestep_config *config,
					   const struct in6_addr *addr);

#endif /* _SIDESTEP_CONFIG_H */
