/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_TX_H
#define _SIDESTEP_TX_H

#include <linux/types.h>

struct sidestep_flow;
struct sidestep_peer;
struct sidestep_session;
struct sidestep_tag;
struct sk_buff;

void sidestep_tx_flow(const struct sidestep_peer *peer,
		      const struct sk_buff *skb, struct sidestep_flow *flow);
void sidestep_tx_sign(const struct sidestep_peer *peer,
		      struct sidestep_tag *tag, u64 seq, u32 len,
		      const struct sidestep_flow *flow);
void sidestep_tx(struct sidestep_session *session, struct sk_buff *skb);

#endif /* _SIDESTEP_TX_H */
