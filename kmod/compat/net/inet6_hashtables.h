/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/inet6_hashtables.h>

#ifndef _SIDESTEP_COMPAT_NET_INET6_HASHTABLES_H
#define _SIDESTEP_COMPAT_NET_INET6_HASHTABLES_H

static inline struct sock *
compat_inet6_lookup_established(struct net *net, const struct in6_addr *saddr,
				__be16 sport, const struct in6_addr *daddr,
				u16 dport, int dif)
{
	return __inet6_lookup_established(net,
#ifdef COMPAT_LOOKUP_TAKES_HASHINFO
					  net->ipv4.tcp_death_row.hashinfo,
#endif
					  saddr, sport, daddr, dport, dif, 0);
}

#endif /* _SIDESTEP_COMPAT_NET_INET6_HASHTABLES_H */
