// SPDX-License-Identifier: GPL-2.0
/*
 * Segmentation of tagged packets: a train travels with one tag as its template;
 * when it is taken apart each segment gets a number and a MAC of its own.
 */
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/protocol.h>

#include "gro.h"
#include "gso.h"
#include "net.h"
#include "session.h"
#include "tag.h"
#include "tx.h"

/**
 * sidestep_gso_segments() - how many packets a packet will be
 * @skb: the packet; if it is a train, one of TCP or UDP
 * @hlen: bytes of its IP header
 * @bytes: set to the bytes of all these packets together
 *
 * Return: 1 or more.
 */
unsigned int sidestep_gso_segments(const struct sk_buff *skb, unsigned int hlen,
				   unsigned int *bytes)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	unsigned int segs;

	*bytes = skb->len;
	if (!skb_is_gso(skb))
		return 1;
	if (shinfo->gso_type & SKB_GSO_UDP_L4)
		hlen += sizeof(struct udphdr);
	else
		hlen += ((struct tcphdr *)(skb->data + hlen))->doff * 4;
	segs = DIV_ROUND_UP(skb->len - hlen, shinfo->gso_size);
	*bytes += (segs - 1) * hlen;
	return segs;
}

static void segments_tag(struct sk_buff *segs, const struct sidestep_peer *peer,
			 const struct sidestep_flow *flow)
{
	const struct sidestep_session *session = peer->config->session;
	u64 seq = 0;

	for (; segs; segs = segs->next) {
		u8 *end = skb_transport_header(segs);
		struct sidestep_tag *tag = (void *)(end - SIDESTEP_TAG_LEN);
		u32 len = skb_tail_pointer(segs) - end + segs->data_len;

		if (!seq)
			seq = sidestep_seq_extend(be32_to_cpu(tag->seq),
						  atomic64_read(&session->tx_seq));
		sidestep_tx_sign(peer, tag, seq++, len, flow);
	}
}

/*
 * Packets of our protocol number may come from others too, also as trains: only
 * what tx.c has made itself, in this epoch, is segmented and signed.
 */
static bool train_is_ours(const struct sidestep_peer *peer,
			  const struct sk_buff *skb,
			  const struct sidestep_flow *flow)
{
	const struct sidestep_tag *tag = (struct sidestep_tag *)skb->data;
	u64 seq = sidestep_seq_extend(be32_to_cpu(tag->seq),
				      atomic64_read(&peer->config->session->tx_seq));

	if (tag->next != IPPROTO_TCP && tag->next != IPPROTO_UDP)
		return false;
	return tag->mac ==
	       sidestep_train_mac(tag, seq, skb->len - SIDESTEP_TAG_LEN, flow,
				  &peer->config->tx_key);
}

static struct sk_buff *segment(struct sk_buff *skb, netdev_features_t features,
			       const struct net_offload __rcu **offloads,
			       struct sidestep_peer *peer)
{
	struct sk_buff *segs = ERR_PTR(-EPROTONOSUPPORT);
	const struct net_offload *ops;
	struct sidestep_flow flow;
	u8 next;

	if (!peer || !pskb_may_pull(skb, SIDESTEP_TAG_LEN))
		return ERR_PTR(-EINVAL);
	sidestep_tx_flow(peer, skb, &flow);
	if (!train_is_ours(peer, skb, &flow))
		return ERR_PTR(-EINVAL);
	next = ((struct sidestep_tag *)skb->data)->next;
	__skb_pull(skb, SIDESTEP_TAG_LEN);
	skb_reset_transport_header(skb);
	ops = rcu_dereference(offloads[next]);
	if (ops && ops->callbacks.gso_segment)
		segs = ops->callbacks.gso_segment(skb,
						  features & ~NETIF_F_GSO_MASK);
	if (!IS_ERR_OR_NULL(segs))
		segments_tag(segs, peer, &flow);
	return segs;
}

static struct sk_buff *segment4(struct sk_buff *skb, netdev_features_t features)
{
	return segment(skb, features, inet_offloads,
		       sidestep_net_find4(dev_net(skb->dev),
					  ip_hdr(skb)->daddr));
}

static struct sk_buff *segment6(struct sk_buff *skb, netdev_features_t features)
{
	return segment(skb, features, inet6_offloads,
		       sidestep_net_find(dev_net(skb->dev),
					 &ipv6_hdr(skb)->daddr));
}

static const struct net_offload offload4 = {
	.callbacks.gso_segment = segment4,
	.callbacks.gro_receive = sidestep_gro_receive4,
};

static const struct net_offload offload6 = {
	.callbacks.gso_segment = segment6,
	.callbacks.gro_receive = sidestep_gro_receive6,
};

/**
 * sidestep_gso_init() - offer segmentation for our protocol number
 *
 * Return: 0, or a negative error if somebody else has that number.
 */
int sidestep_gso_init(void)
{
	int err;

	err = inet_add_offload(&offload4, SIDESTEP_IPPROTO);
	if (err)
		return err;
	err = inet6_add_offload(&offload6, SIDESTEP_IPPROTO);
	if (err)
		inet_del_offload(&offload4, SIDESTEP_IPPROTO);
	return err;
}

/**
 * sidestep_gso_exit() - take it back
 */
void sidestep_gso_exit(void)
{
	inet6_del_offload(&offload6, SIDESTEP_IPPROTO);
	inet_del_offload(&offload4, SIDESTEP_IPPROTO);
}
