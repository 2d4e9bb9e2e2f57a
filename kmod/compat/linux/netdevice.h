/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/netdevice.h>

#ifndef _SIDESTEP_COMPAT_LINUX_NETDEVICE_H
#define _SIDESTEP_COMPAT_LINUX_NETDEVICE_H

/* What were features are bits of the device in later kernels. */

static inline void compat_netdev_lltx(struct net_device *dev)
{
#ifdef COMPAT_LLTX_IS_A_BIT
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

static inline void compat_netdev_netns_immutable(struct net_device *dev)
{
#if defined(COMPAT_NETNS_IMMUTABLE_IS_A_BIT)
	dev->netns_immutable = true;
#elif defined(COMPAT_NETNS_LOCAL_IS_A_BIT)
	dev->netns_local = true;
#else
	dev->features |= NETIF_F_NETNS_LOCAL;
#endif
}

#endif /* _SIDESTEP_COMPAT_LINUX_NETDEVICE_H */
