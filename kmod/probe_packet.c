// SPDX-License-Identifier: GPL-2.0
/*
 * A probe as a packet: built, signed and sent; received and checked.
 */
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_sched.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>

#include "path.h"
#include "probe_packet.h"
#include "rx.h"
#include "session.h"
#include "tag.h"

static struct sk_buff *probe_skb4(const struct in6_addr *saddr,
				  const struct in6_addr *daddr, void **at)
{
	unsigned int len = sizeof(struct iphdr) + SIDESTEP_TAG_LEN +
			   sizeof(struct sidestep_probe);
	struct sk_buff *skb = alloc_skb(MAX_HEADER + len, GFP_ATOMIC);
	struct iphdr *iph;

	if (!skb)
		return NULL;
	skb_reserve(skb, MAX_HEADER);
	iph = skb_put_zero(skb, len);
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IP);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tot_len = htons(len);
	iph->frag_off = htons(IP_DF);
	iph->ttl = 64;
	iph->protocol = SIDESTEP_IPPROTO;
	iph->saddr = saddr->s6_addr32[3];
	iph->daddr = daddr->s6_addr32[3];
	ip_send_check(iph);
	*at = iph + 1;
	return skb;
}

static struct sk_buff *probe_skb6(const struct in6_addr *saddr,
				  const struct in6_addr *daddr, void **at)
{
	unsigned int len = SIDESTEP_TAG_LEN + sizeof(struct sidestep_probe);
	struct sk_buff *skb = alloc_skb(MAX_HEADER + sizeof(struct ipv6hdr) +
					len, GFP_ATOMIC);
	struct ipv6hdr *iph;

	if (!skb)
		return NULL;
	skb_reserve(skb, MAX_HEADER);
	iph = skb_put_zero(skb, sizeof(*iph) + len);
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IPV6);
	iph->version = 6;
	iph->payload_len = htons(len);
	iph->nexthdr = SIDESTEP_IPPROTO;
	iph->hop_limit = 64;
	iph->saddr = *saddr;
	iph->daddr = *daddr;
	*at = iph + 1;
	return skb;
}

/**
 * sidestep_probe_fill() - write a probe that is next in number
 * @session: the session, whose probe_lock is held
 * @probe: set
 * @type: SIDESTEP_PROBE_REQUEST, ..._ANSWER or ..._BYE
 * @path: enum sidestep_path, where it will go
 * @nonce: of the request
 */
void sidestep_probe_fill(struct sidestep_session *session,
			 struct sidestep_probe *probe, unsigned int type,
			 unsigned int path, u64 nonce)
{
	lockdep_assert_held(&session->probe_lock);
	memset(probe, 0, sizeof(*probe));
	probe->type = type;
	probe->path = path;
	probe->number = cpu_to_be64(++session->probe_number);
	probe->nonce = cpu_to_be64(nonce);
	probe->epoch = cpu_to_be64(session->epoch);
	probe->peer_epoch = cpu_to_be64(READ_ONCE(session->rx.peer_epoch));
	probe->next_seq = cpu_to_be64(atomic64_read(&session->tx_seq));
}

/**
 * sidestep_probe_send() - sign a probe and send it
 * @peer: to whom
 * @path: enum sidestep_path
 * @probe: the probe
 * @saddr: from which of our addresses
 *
 * The caller holds the RCU read lock and has bottom halves off.
 */
void sidestep_probe_send(struct sidestep_peer *peer, unsigned int path,
			 const struct sidestep_probe *probe,
			 const struct in6_addr *saddr)
{
	struct sidestep_session *session = peer->config->session;
	struct sidestep_flow flow = {};
	struct sidestep_tag *tag;
	struct sk_buff *skb;
	void *at;

	if (!sidestep_path_usable(peer->config, path))
		return;
	if (ipv6_addr_v4mapped(&peer->addr))
		skb = probe_skb4(saddr, &peer->addr, &at);
	else
		skb = probe_skb6(saddr, &peer->addr, &at);
	if (!skb) {
		sidestep_count(session, SIDESTEP_COUNTER_TX_NO_MEMORY);
		return;
	}
	skb->priority = TC_PRIO_CONTROL;
	skb_set_transport_header(skb, (u8 *)at - skb->data);
	tag = at;
	tag->next = IPPROTO_NONE;
	tag->bits = sidestep_tag_bits(1 << path,
				      sidestep_plan_wants(READ_ONCE(session->tx_plan)),
				      true);
	tag->id = cpu_to_be16(peer->config->id);
	memcpy(tag + 1, probe, sizeof(*probe));
	memcpy(flow.saddr, saddr, sizeof(flow.saddr));
	memcpy(flow.daddr, &peer->addr, sizeof(flow.daddr));
	tag->mac = sidestep_probe_mac(tag, probe, &flow,
				      &peer->config->tx_key);
	sidestep_count_probe(session, path, skb->len);
	sidestep_path_send(peer, path, skb);
}

static void saddr_find4(struct sidestep_peer *peer, struct net *net, int oif)
{
	struct flowi4 fl4 = {
		.daddr = peer->addr.s6_addr32[3],
		.flowi4_oif = oif,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	if (IS_ERR(rt))
		return;
	ip_rt_put(rt);
	ipv6_addr_set_v4mapped(fl4.saddr, &peer->saddr);
}

static void saddr_find6(struct sidestep_peer *peer, struct net *net, int oif)
{
	struct flowi6 fl6 = {
		.daddr = peer->addr,
		.flowi6_oif = oif,
	};
	struct dst_entry *dst;

	dst = compat_ip6_dst_lookup_flow(net, &fl6);
	if (IS_ERR(dst))
		return;
	dst_release(dst);
	peer->saddr = fl6.saddr;
}

/*
 * A device that has just come back may have no address yet, and IPv4 would take
 * that of any other.
 */
static bool has_address(const struct net_device *dev, bool ipv4)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);

	return !ipv4 || (in_dev && rcu_access_pointer(in_dev->ifa_list));
}

/**
 * sidestep_probe_saddr() - find our address towards the peer
 * @peer: the peer; its @saddr is set
 *
 * It is that of the direct link; as it was, if that is down or gone. The caller
 * holds the RCU read lock.
 */
void sidestep_probe_saddr(struct sidestep_peer *peer)
{
	struct net *net = dev_net(peer->config->session->dev);
	bool ipv4 = ipv6_addr_v4mapped(&peer->addr);
	struct net_device *dev;
	int oif = 0;

	dev = rcu_dereference(peer->config->dev[SIDESTEP_PATH_DIRECT]);
	if (dev && netif_running(dev) && has_address(dev, ipv4))
		oif = dev->ifindex;
	else if (!ipv6_addr_any(&peer->saddr))
		return;
	if (ipv4)
		saddr_find4(peer, net, oif);
	else
		saddr_find6(peer, net, oif);
}

/**
 * sidestep_probe_parse() - check a received probe
 * @skb: the packet, at its IP header
 * @packet: what is known of it
 * @probe: set to the probe
 * @flow: set to where it went
 *
 * Return: the counter that names what is wrong, or 0.
 */
enum sidestep_counter sidestep_probe_parse(struct sk_buff *skb,
					   struct sidestep_packet *packet,
					   struct sidestep_probe *probe,
					   struct sidestep_flow *flow)
{
	if (packet->len != sizeof(*probe))
		return SIDESTEP_COUNTER_RX_SHORT;
	if (!pskb_may_pull(skb, skb->len))
		return SIDESTEP_COUNTER_RX_NO_MEMORY;
	packet->tag = (struct sidestep_tag *)(skb->data + packet->hlen);
	memcpy(probe, packet->tag + 1, sizeof(*probe));
	memset(flow, 0, sizeof(*flow));
	sidestep_rx_flow(skb, flow);
	if (packet->tag->mac !=
	    sidestep_probe_mac(packet->tag, probe, flow,
			       &packet->config->rx_key))
		return SIDESTEP_COUNTER_RX_MAC;
	return SIDESTEP_COUNTER_UNSPEC;
}
