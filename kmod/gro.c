// SPDX-License-Identifier: GPL-2.0
/*
 * A short cut for what the tunnel brings: it is received where GRO first looks
 * at it, as ESP is, and so goes up the stack once instead of twice. Not if
 * anybody between here and the receive hook might want to see it.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/gro.h>

#include "config.h"
#include "gro.h"
#include "net.h"
#include "rx.h"

/* Captures, filters, and devices on top of the tunnel's. */
static bool is_watched(struct net_device *dev)
{
	return dev_nit_active(dev) || rcu_access_pointer(dev->rx_handler) ||
	       compat_netdev_ingress_filtered(dev);
}

/* Whether a packet of @len bytes is one that the receive hook would get as is. */
static bool is_plain(const struct sk_buff *skb, unsigned int len)
{
	return skb->len == len && skb->pkt_type == PACKET_HOST &&
	       !skb_vlan_tag_present(skb);
}

/*
 * Receives @skb, or tells GRO to let it go on alone. Returns as a GRO callback
 * does. Kernels without ESP's offload look at a packet that was taken once more.
 */
static struct sk_buff *take(struct sidestep_config *config,
			    struct sk_buff *skb, unsigned int len)
{
	if (!IS_ENABLED(CONFIG_XFRM_OFFLOAD) || !config ||
	    !is_plain(skb, len) || is_watched(skb->dev) ||
	    rcu_access_pointer(config->dev[SIDESTEP_PATH_INFRA]) != skb->dev) {
		NAPI_GRO_CB(skb)->same_flow = 0;
		NAPI_GRO_CB(skb)->flush = 1;
		return NULL;
	}
	skb_orphan(skb);
	if (sidestep_rx(config, skb))
		netif_receive_skb(skb);
	return ERR_PTR(-EINPROGRESS);
}

/* Whether the tag follows the packet's first IP header, which can be read then. */
static bool is_outermost(struct sk_buff *skb, unsigned int hlen)
{
	return !skb_network_offset(skb) && skb_gro_offset(skb) == hlen &&
	       pskb_may_pull(skb, hlen);
}

/**
 * sidestep_gro_receive4() - GRO callback for IPv4 packets of our protocol
 * @held: packets that GRO holds; none of ours
 * @skb: the packet, at its IP header, which holds; consumed if it is taken
 *
 * Return: ERR_PTR(-EINPROGRESS) if the packet was taken, else NULL.
 */
struct sk_buff *sidestep_gro_receive4(struct list_head *held,
				      struct sk_buff *skb)
{
	struct sidestep_config *config = NULL;

	if (is_outermost(skb, sizeof(struct iphdr)))
		config = sidestep_rx_find(dev_net(skb->dev), skb,
					  sizeof(struct iphdr));
	return take(config, skb, config ? ntohs(ip_hdr(skb)->tot_len) : 0);
}

/**
 * sidestep_gro_receive6() - GRO callback for IPv6 packets of our protocol
 * @held: packets that GRO holds; none of ours
 * @skb: the packet, at its IP header; consumed if it is taken
 *
 * Return: ERR_PTR(-EINPROGRESS) if the packet was taken, else NULL.
 */
struct sk_buff *sidestep_gro_receive6(struct list_head *held,
				      struct sk_buff *skb)
{
	struct sidestep_config *config = NULL;

	if (is_outermost(skb, sizeof(struct ipv6hdr)))
		config = sidestep_rx_find(dev_net(skb->dev), skb,
					  sizeof(struct ipv6hdr));
	return take(config, skb, config ? sizeof(struct ipv6hdr) +
					  ntohs(ipv6_hdr(skb)->payload_len) : 0);
}
