/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_HEARD_H
#define _SIDESTEP_HEARD_H

#include <linux/hash.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>

enum sidestep_heard_limits {
	SIDESTEP_HEARD_BITS = 8,
	SIDESTEP_HEARD_SLOTS = 1 << SIDESTEP_HEARD_BITS,
};

DECLARE_PER_CPU(u32[SIDESTEP_HEARD_SLOTS], sidestep_heard);

static inline unsigned int sidestep_heard_slot(int ifindex, __be32 addr)
{
	return hash_32((__force u32)addr ^ ifindex, SIDESTEP_HEARD_BITS);
}

static inline __be32 sidestep_heard_fold(const struct in6_addr *addr)
{
	return addr->s6_addr32[0] ^ addr->s6_addr32[1] ^ addr->s6_addr32[2] ^
	       addr->s6_addr32[3];
}

/**
 * sidestep_heard_note4() - a packet came that is not ours
 * @dev: the device
 * @saddr: who sent it
 */
static inline void sidestep_heard_note4(const struct net_device *dev,
					__be32 saddr)
{
	this_cpu_inc(sidestep_heard[sidestep_heard_slot(dev->ifindex, saddr)]);
}

/**
 * sidestep_heard_note6() - likewise, IPv6
 * @dev: the device
 * @saddr: who sent it
 */
static inline void sidestep_heard_note6(const struct net_device *dev,
					const struct in6_addr *saddr)
{
	sidestep_heard_note4(dev, sidestep_heard_fold(saddr));
}

struct sidestep_config;

u32 sidestep_heard_count(const struct sidestep_config *config);

#endif /* _SIDESTEP_HEARD_H */
