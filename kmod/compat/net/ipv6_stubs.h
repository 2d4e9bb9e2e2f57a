/* SPDX-License-Identifier: GPL-2.0 */
#ifdef COMPAT_HAS_IPV6_STUBS
#include_next <net/ipv6_stubs.h>
#else
#include <net/ipv6.h>
#endif

#ifndef _SIDESTEP_COMPAT_NET_IPV6_STUBS_H
#define _SIDESTEP_COMPAT_NET_IPV6_STUBS_H

static inline struct dst_entry *
compat_ip6_dst_lookup_flow(struct net *net, struct flowi6 *fl6)
{
#ifdef COMPAT_HAS_IPV6_STUBS
	return ipv6_stub->ipv6_dst_lookup_flow(net, NULL, fl6, NULL);
#else
	if (!ipv6_mod_enabled())
		return ERR_PTR(-EAFNOSUPPORT);
	return ip6_dst_lookup_flow(net, NULL, fl6, NULL);
#endif
}

#endif /* _SIDESTEP_COMPAT_NET_IPV6_STUBS_H */
