/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_RX_H
#define _SIDESTEP_RX_H

#include <linux/types.h>

struct sidestep_flow;
struct sidestep_peer;
struct sidestep_session;
struct sidestep_tag;
struct sk_buff;

/**
 * struct sidestep_packet - what is known of a packet that came in
 * @peer: from whom
 * @tag: its tag, in the linear part
 * @path: enum sidestep_path, where it came in
 * @hlen: bytes of its IP header
 * @len: bytes behind the tag
 */
struct sidestep_packet {
	struct sidestep_peer		*peer;
	const struct sidestep_tag	*tag;
	unsigned int			path;
	unsigned int			hlen;
	unsigned int			len;
};

void sidestep_rx(struct sidestep_peer *peer, struct sk_buff *skb);
void sidestep_rx_flow(const struct sidestep_packet *packet,
		      const struct sk_buff *skb, struct sidestep_flow *flow);
void sidestep_rx_source(struct sidestep_session *session,
			const struct sk_buff *skb, unsigned int path);
void sidestep_rx_epoch(struct sidestep_session *session, u64 epoch);

#endif /* _SIDESTEP_RX_H */
