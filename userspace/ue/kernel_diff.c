// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_diff.h"

#include <string.h>

static bool same_addr(const struct session_peer *told, const struct rtnl_prefix *addr)
{
	size_t len = addr->family == AF_INET ? 4 : 16;

	return !told->is_prefix && told->len == len &&
	       !memcmp(told->addr, addr->addr, len);
}

/* In this order: the first is the one that is probed. */
static bool same_peers(const struct session *told, const struct kernel_config *config)
{
	if (told->n_peers != config->n_peers)
		return false;
	for (size_t i = 0; i < config->n_peers; i++)
		if (!same_addr(&told->peer[i], &config->peer[i]))
			return false;
	return true;
}

static bool same_device(const struct session *told, enum sidestep_path path,
			const char *ifname)
{
	return told->path[path].has && !strcmp(told->path[path].ifname, ifname);
}

void kernel_diff(struct kernel_config *config, const struct conf_session *conf,
		 const struct stored *stored, const struct session *told,
		 bool new_keys)
{
	*config = (struct kernel_config){
		.id = stored->keys.id,
		.n_peers = stored->peer.n_addrs,
		.tx_key = stored->keys.tx,
		.rx_key = stored->keys.rx,
		.direct = conf->direct,
		.infra = conf->tunnel,
	};
	memcpy(config->peer, stored->peer.addr,
	       config->n_peers * sizeof(*config->peer));
	if (!session_has(told, SIDESTEP_A_ID)) {
		config->flags = KERNEL_CONFIG_ALL;
		return;
	}
	if (new_keys || told->id != config->id)
		config->flags |= KERNEL_CONFIG_ID | KERNEL_CONFIG_KEYS;
	if (!same_peers(told, config))
		config->flags |= KERNEL_CONFIG_PEERS;
	if (!same_device(told, SIDESTEP_PATH_DIRECT, conf->direct))
		config->flags |= KERNEL_CONFIG_DIRECT;
	if (!same_device(told, SIDESTEP_PATH_INFRA, conf->tunnel))
		config->flags |= KERNEL_CONFIG_INFRA;
}
