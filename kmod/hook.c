// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets are caught.
 *
 * Receiving: before everything else, and gone at once, counted, unless the
 * protocol is ours. Sending: only while a session of the namespace is in bicast or infra;
 * after all rules of LOCAL_OUT or FORWARD the packet goes through POST_ROUTING
 * as what it is, a plain packet of the direct device, and then to the session
 * device.
 */
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>
#include <net/sock.h>

#include "heard.h"
#include "hook.h"
#include "net.h"
#include "rx.h"
#include "select.h"
#include "session.h"
#include "size.h"
#include "wire.h"

static unsigned int receive4(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct sidestep_config *config;
	struct sidestep_peer *peer;

	if (likely(ip_hdr(skb)->protocol != SIDESTEP_IPPROTO)) {
		sidestep_heard_note4(skb->dev, ip_hdr(skb)->saddr);
		return NF_ACCEPT;
	}
	config = sidestep_rx_find(state->net, skb, ip_hdrlen(skb));
	if (!config) {
		peer = sidestep_net_find4(state->net, ip_hdr(skb)->saddr);
		config = peer ? peer->config : NULL;
	}
	return !config || sidestep_rx(config, skb) ? NF_ACCEPT : NF_STOLEN;
}

static unsigned int receive6(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct sidestep_config *config;
	struct sidestep_peer *peer;

	if (likely(ipv6_hdr(skb)->nexthdr != SIDESTEP_IPPROTO)) {
		sidestep_heard_note6(skb->dev, &ipv6_hdr(skb)->saddr);
		return NF_ACCEPT;
	}
	config = sidestep_rx_find(state->net, skb, sizeof(struct ipv6hdr));
	if (!config) {
		peer = sidestep_net_find(state->net, &ipv6_hdr(skb)->saddr);
		config = peer ? peer->config : NULL;
	}
	return !config || sidestep_rx(config, skb) ? NF_ACCEPT : NF_STOLEN;
}

/* Tunnels send from sockets of the kernel's own; theirs must not come back. */
static bool is_of_tunnel(const struct sock *sk)
{
	return sk && sk_fullsock(sk) && sk->sk_kern_sock &&
	       sk->sk_protocol == IPPROTO_UDP;
}

static bool has_gateway(const struct dst_entry *dst, u8 family)
{
	if (family == NFPROTO_IPV4)
		return container_of(dst, struct rtable, dst)->rt_gw_family;
	return container_of(dst, struct rt6_info, dst)->rt6i_flags & RTF_GATEWAY;
}

/*
 * Whether a route for an address of a prefix is one to a host behind the peer:
 * other neighbours, broadcast and multicast are reached without a gateway.
 */
static bool is_behind(const struct sidestep_peer *peer,
		      const struct dst_entry *dst, u8 family)
{
	return peer->via == peer || has_gateway(dst, family);
}

/*
 * Bridges run the FORWARD hook too, with another function behind it and a route
 * of their own make. What the peer has sent us to forward it back to itself may
 * go in circles; it is left alone.
 */
static bool is_forwarded(const struct sidestep_peer *peer,
			 const struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	struct in6_addr saddr;

	if (state->out != skb_dst(skb)->dev ||
	    skb_dst(skb)->flags & DST_FAKE_RTABLE)
		return false;
	if (state->in != state->out && state->in != peer->config->session->dev)
		return true;
	if (state->pf == NFPROTO_IPV4)
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &saddr);
	else
		saddr = ipv6_hdr(skb)->saddr;
	return !sidestep_config_peer(peer->config, &saddr);
}

/* The session that @skb is to be steered to, if any. */
static struct sidestep_session *steer_to(const struct sidestep_peer *peer,
					 const struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	struct sidestep_session *session;

	if (!peer)
		return NULL;
	session = peer->config->session;
	if (!sidestep_plan_paths(READ_ONCE(session->tx_plan)))
		return NULL;
	if (skb_dst(skb)->dev !=
	    rcu_access_pointer(peer->config->dev[SIDESTEP_PATH_DIRECT]))
		return NULL;
	if (!is_behind(peer, skb_dst(skb), state->pf))
		return NULL;
	if (state->hook == NF_INET_FORWARD && !is_forwarded(peer, skb, state))
		return NULL;
	if (dst_xfrm(skb_dst(skb)))
		return NULL;
	return sidestep_select(&peer->config->protect, skb) ? session : NULL;
}

/* Takes the route to the session device instead of that to the direct one. */
static bool route_swap(const struct sidestep_peer *peer, struct sk_buff *skb,
		       unsigned int family)
{
	struct dst_entry *dst;

	if (!peer || dst_xfrm(skb_dst(skb)))
		return false;
	dst = rcu_dereference(peer->config->session->dst[family]);
	if (!dst || !dst_hold_safe(dst))
		return false;
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	return true;
}

/*
 * What the stack does after FORWARD, by family: always the same function, but it
 * is not exported. Learnt before a packet can need it.
 */
static sidestep_okfn forward_okfn[2];

static void okfn_learn(unsigned int family, const struct nf_hook_state *state)
{
	if (state->hook == NF_INET_FORWARD &&
	    READ_ONCE(forward_okfn[family]) != state->okfn)
		WRITE_ONCE(forward_okfn[family], state->okfn);
}

static int steer4_finish(struct net *net, struct sock *sk, struct sk_buff *skb,
			 sidestep_okfn okfn)
{
	rcu_read_lock();
	route_swap(sidestep_net_find4(net, ip_hdr(skb)->daddr), skb, 0);
	rcu_read_unlock();
	IPCB(skb)->flags |= IPSKB_REROUTED;
	return okfn(net, sk, skb);
}

static int local4_finish(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return steer4_finish(net, sk, skb, dst_output);
}

static int forward4_finish(struct net *net, struct sock *sk,
			   struct sk_buff *skb)
{
	return steer4_finish(net, sk, skb, READ_ONCE(forward_okfn[0]));
}

static int steer6_finish(struct net *net, struct sock *sk, struct sk_buff *skb,
			 sidestep_okfn okfn)
{
	rcu_read_lock();
	route_swap(sidestep_net_find(net, &ipv6_hdr(skb)->daddr), skb, 1);
	rcu_read_unlock();
	IP6CB(skb)->flags |= IP6SKB_REROUTED;
	return sidestep_size_send6(net, sk, skb, okfn);
}

static int local6_finish(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return steer6_finish(net, sk, skb, dst_output);
}

static int forward6_finish(struct net *net, struct sock *sk,
			   struct sk_buff *skb)
{
	return steer6_finish(net, sk, skb, READ_ONCE(forward_okfn[1]));
}

static unsigned int steer4(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct sidestep_session *session;

	if (is_of_tunnel(state->sk))
		return NF_ACCEPT;
	session = steer_to(sidestep_net_find4(state->net, ip_hdr(skb)->daddr),
			   skb, state);
	if (!session || !rcu_access_pointer(session->dst[0]))
		return NF_ACCEPT;
	sidestep_size_fit4(session, state->net, skb);
	skb->dev = skb_dst(skb)->dev;
	okfn_learn(0, state);
	NF_HOOK(NFPROTO_IPV4, NF_INET_POST_ROUTING, state->net, state->sk, skb,
		state->in, skb->dev, state->hook == NF_INET_FORWARD ?
		forward4_finish : local4_finish);
	return NF_STOLEN;
}

/* Neighbour discovery is about the link itself. */
static bool is_neighbour_discovery(const struct sk_buff *skb)
{
	u8 type, *p;

	if (ipv6_hdr(skb)->nexthdr != IPPROTO_ICMPV6)
		return false;
	p = skb_header_pointer(skb, sizeof(struct ipv6hdr), 1, &type);
	return p && *p >= NDISC_ROUTER_SOLICITATION && *p <= NDISC_REDIRECT;
}

static bool has_ipv6(const struct sidestep_session *session)
{
	const struct dst_entry *dst = rcu_dereference(session->dst[1]);

	return dst && !READ_ONCE(ip6_dst_idev(dst)->cnf.disable_ipv6);
}

static unsigned int steer6(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct sidestep_session *session;

	if (is_of_tunnel(state->sk))
		return NF_ACCEPT;
	session = steer_to(sidestep_net_find(state->net,
					     &ipv6_hdr(skb)->daddr),
			   skb, state);
	if (!session || !has_ipv6(session) ||
	    is_neighbour_discovery(skb))
		return NF_ACCEPT;
	sidestep_size_fit6(session, skb);
	skb->dev = skb_dst(skb)->dev;
	okfn_learn(1, state);
	NF_HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, state->net, state->sk, skb,
		state->in, skb->dev, state->hook == NF_INET_FORWARD ?
		forward6_finish : local6_finish);
	return NF_STOLEN;
}

static const struct nf_hook_ops receive_ops[] = {
	{
		.hook = receive4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		.hook = receive6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_FIRST,
	},
};

static const struct nf_hook_ops steer_ops[] = {
	{
		.hook = steer4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = steer4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = steer6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_LAST,
	},
	{
		.hook = steer6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP6_PRI_LAST,
	},
};

static int hook_get(struct net *net, unsigned int *users,
		    const struct nf_hook_ops *ops, unsigned int n)
{
	int err = 0;

	mutex_lock(&sidestep_net(net)->hook_lock);
	if (!*users)
		err = nf_register_net_hooks(net, ops, n);
	if (!err)
		(*users)++;
	mutex_unlock(&sidestep_net(net)->hook_lock);
	return err;
}

static void hook_put(struct net *net, unsigned int *users,
		     const struct nf_hook_ops *ops, unsigned int n)
{
	mutex_lock(&sidestep_net(net)->hook_lock);
	if (!--*users)
		nf_unregister_net_hooks(net, ops, n);
	mutex_unlock(&sidestep_net(net)->hook_lock);
}

/**
 * sidestep_hook_receive_get() - need the receive hooks
 * @net: the namespace
 *
 * Return: 0 or a negative error.
 */
int sidestep_hook_receive_get(struct net *net)
{
	return hook_get(net, &sidestep_net(net)->receivers, receive_ops,
			ARRAY_SIZE(receive_ops));
}

/**
 * sidestep_hook_receive_put() - need the receive hooks no more
 * @net: the namespace
 */
void sidestep_hook_receive_put(struct net *net)
{
	hook_put(net, &sidestep_net(net)->receivers, receive_ops,
		 ARRAY_SIZE(receive_ops));
}

/**
 * sidestep_hook_steer_get() - need the send hooks
 * @net: the namespace
 *
 * Return: 0 or a negative error.
 */
int sidestep_hook_steer_get(struct net *net)
{
	return hook_get(net, &sidestep_net(net)->steerers, steer_ops,
			ARRAY_SIZE(steer_ops));
}

/**
 * sidestep_hook_steer_put() - need the send hooks no more
 * @net: the namespace
 */
void sidestep_hook_steer_put(struct net *net)
{
	hook_put(net, &sidestep_net(net)->steerers, steer_ops,
		 ARRAY_SIZE(steer_ops));
}
