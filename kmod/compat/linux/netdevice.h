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

/* Takes what GRO has left to be given to the stack. */
static inline void compat_napi_take_normal(struct napi_struct *napi,
					   struct list_head *list)
{
#ifdef COMPAT_HAS_GRO_NODE
	list_replace_init(&napi->gro.rx_list, list);
	napi->gro.rx_count = 0;
#else
	list_replace_init(&napi->rx_list, list);
	napi->rx_count = 0;
#endif
}

/* Whether filters see what comes in by a device before IP does. */
static inline bool compat_netdev_ingress_filtered(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_INGRESS
	if (rcu_access_pointer(dev->nf_hooks_ingress))
		return true;
#endif
#if defined(COMPAT_HAS_TCX) && defined(CONFIG_NET_XGRESS)
	return rcu_access_pointer(dev->tcx_ingress);
#elif !defined(COMPAT_HAS_TCX) && defined(CONFIG_NET_CLS_ACT)
	return rcu_access_pointer(dev->miniq_ingress);
#else
	return false;
#endif
}

#endif /* _SIDESTEP_COMPAT_LINUX_NETDEVICE_H */
