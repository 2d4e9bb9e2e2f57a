/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_FLOWS_H
#define _SIDESTEP_FLOWS_H

#include <linux/types.h>

struct sidestep_session;
struct sk_buff;

/**
 * enum sidestep_flows_limits - constants of the table
 * @SIDESTEP_FLOWS_MAX: flows of a session that are remembered, a power of two
 * @SIDESTEP_FLOWS_PARTS: datagrams in fragments whose ports are remembered
 * @SIDESTEP_FLOWS_TRIES: flows that may be found in use before one has to go
 */
enum sidestep_flows_limits {
	SIDESTEP_FLOWS_MAX = 16384,
	SIDESTEP_FLOWS_PARTS = 256,
	SIDESTEP_FLOWS_TRIES = 64,
};

int sidestep_flows_init(struct sidestep_session *session);
void sidestep_flows_exit(struct sidestep_session *session);
void sidestep_flows_tx(struct sidestep_session *session,
		       const struct sk_buff *skb, unsigned int start, u8 next,
		       unsigned int paths, unsigned int packets,
		       unsigned int bytes);
void sidestep_flows_rx(struct sidestep_session *session,
		       const struct sk_buff *skb, unsigned int start, u8 next,
		       unsigned int path, unsigned int bytes, bool first);
int sidestep_flows_put(struct sk_buff *msg, struct sidestep_session *session,
		       unsigned int index);

#endif /* _SIDESTEP_FLOWS_H */
