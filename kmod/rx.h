/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_RX_H
#define _SIDESTEP_RX_H

#include <linux/types.h>

struct net;
struct sidestep_config;
struct sidestep_flow;
struct sidestep_session;
struct sidestep_tag;
struct sk_buff;

/**
 * struct sidestep_packet - what is known of a packet that came in
 * @config: configuration of the session that it is for
 * @tag: its tag, in the linear part
 * @path: enum sidestep_path, where it came in
 * @hlen: bytes of its IP header
 * @len: bytes behind the tag
 */
struct sidestep_packet {
	struct sidestep_config		*config;
	const struct sidestep_tag	*tag;
	unsigned int			path;
	unsigned int			hlen;
	unsigned int			len;
};

struct sidestep_config *sidestep_rx_find(const struct net *net,
					 const struct sk_buff *skb,
					 unsigned int hlen);
bool sidestep_rx(struct sidestep_config *config, struct sk_buff *skb);
void sidestep_rx_flow(const struct sk_buff *skb, struct sidestep_flow *flow);
void sidestep_rx_epoch(struct sidestep_session *session, u64 epoch, u64 next);

#endif /* _SIDESTEP_RX_H */
