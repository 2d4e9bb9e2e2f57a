/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/inet_hashtables.h>

#ifndef _SIDESTEP_COMPAT_NET_INET_HASHTABLES_H
#define _SIDESTEP_COMPAT_NET_INET_HASHTABLES_H

static inline struct sock *
compat_inet_lookup_established(struct net *net, __be32 saddr, __be16 sport,
			       __be32 daddr, u16 dport, int dif)
{
	return __inet_lookup_established(net,
#ifdef COMPAT_LOOKUP_TAKES_HASHINFO
					 net->ipv4.tcp_death_row.hashinfo,
#endif
					 saddr, sport, daddr, dport, dif, 0);
}

#endif /* _SIDESTEP_COMPAT_NET_INET_HASHTABLES_H */
