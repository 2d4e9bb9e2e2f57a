/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_DELIVER_H
#define _SIDESTEP_DELIVER_H

#include <linux/types.h>

struct sidestep_session;
struct sk_buff;

bool sidestep_deliver_full(const struct sidestep_session *session);
bool sidestep_deliver_pass(struct sidestep_session *session,
			   const struct sk_buff *skb, u64 seq);
void sidestep_deliver_put(struct sidestep_session *session, struct sk_buff *skb,
			  unsigned int path, unsigned int paths, u64 seq,
			  u64 now);
void sidestep_deliver_held(struct sidestep_session *session,
			   struct sk_buff *skb, unsigned int path, u64 now);
void sidestep_deliver_due(struct sidestep_session *session, u64 now);
int sidestep_deliver_init(struct sidestep_session *session);
void sidestep_deliver_start(struct sidestep_session *session);
void sidestep_deliver_stop(struct sidestep_session *session);
void sidestep_deliver_exit(struct sidestep_session *session);

#endif /* _SIDESTEP_DELIVER_H */
