// SPDX-License-Identifier: GPL-2.0
/*
 * Whether packets of a host come in by a device, for a few instructions a packet:
 * each adds to one of a few counters, which device and address choose. Hosts may
 * share one; whoever reads it learns that packets came, most likely from there.
 */
#include <net/ipv6.h>

#include "config.h"
#include "heard.h"

DEFINE_PER_CPU(u32[SIDESTEP_HEARD_SLOTS], sidestep_heard);

static u32 slot_sum(unsigned int slot)
{
	unsigned int cpu;
	u32 sum = 0;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(sidestep_heard, cpu)[slot]);
	return sum;
}

/**
 * sidestep_heard_count() - untagged packets of the peer by the direct device
 * @config: the session's configuration
 *
 * The caller holds the RCU read lock.
 *
 * Return: a number that grows with each, by one or more; it wraps, and it is
 *	   another when the device is.
 */
u32 sidestep_heard_count(const struct sidestep_config *config)
{
	const struct net_device *dev =
		rcu_dereference(config->dev[SIDESTEP_PATH_DIRECT]);
	unsigned int i;
	u32 sum = 0;

	for (i = 0; dev && i < config->n_hosts; i++) {
		const struct in6_addr *addr = &config->peer[i].addr;
		__be32 key = ipv6_addr_v4mapped(addr) ?
			     addr->s6_addr32[3] : sidestep_heard_fold(addr);

		sum += slot_sum(sidestep_heard_slot(dev->ifindex, key));
	}
	return sum;
}
