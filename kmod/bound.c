// SPDX-License-Identifier: GPL-2.0
/*
 * TCP sockets bound to a direct device that is gone. They hear nothing any
 * more; but delivered on another device, a packet for one would make the kernel
 * reset the connection at the peer, who can still wait and see.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/tcp.h>

#include "bound.h"

static struct sock *tcp_find4(struct net *net, const struct sk_buff *skb,
			      const __be16 *port, int ifindex)
{
	const struct iphdr *iph = ip_hdr(skb);

	return compat_inet_lookup_established(net, iph->saddr, port[0],
					      iph->daddr, ntohs(port[1]),
					      ifindex);
}

static struct sock *tcp_find6(struct net *net, const struct sk_buff *skb,
			      const __be16 *port, int ifindex)
{
	const struct ipv6hdr *iph = ipv6_hdr(skb);

	return compat_inet6_lookup_established(net, &iph->saddr, port[0],
					       &iph->daddr, ntohs(port[1]),
					       ifindex);
}

static bool is_tcp(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->protocol == IPPROTO_TCP &&
		       !ip_is_fragment(ip_hdr(skb));
	return ipv6_hdr(skb)->nexthdr == IPPROTO_TCP;
}

/**
 * sidestep_bound_to() - whether a packet's connection is bound to a device
 * @net: the namespace
 * @skb: the packet, at its IP header, its transport header set
 * @ifindex: of the device, which may be gone
 *
 * Return: as said; false for all but TCP.
 */
bool sidestep_bound_to(struct net *net, const struct sk_buff *skb, int ifindex)
{
	__be16 copy[2], *port;
	struct sock *sk;
	bool bound;

	if (!is_tcp(skb))
		return false;
	port = skb_header_pointer(skb, skb_transport_offset(skb), sizeof(copy),
				  copy);
	if (!port)
		return false;
	sk = skb->protocol == htons(ETH_P_IP) ?
	     tcp_find4(net, skb, port, ifindex) :
	     tcp_find6(net, skb, port, ifindex);
	if (!sk)
		return false;
	bound = sk->sk_bound_dev_if == ifindex;
	sock_gen_put(sk);
	return bound;
}
