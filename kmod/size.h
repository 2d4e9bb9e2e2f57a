/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_SIZE_H
#define _SIDESTEP_SIZE_H

struct net;
struct sidestep_session;
struct sk_buff;

void sidestep_size_fit4(struct sidestep_session *session, struct net *net,
			struct sk_buff *skb);
void sidestep_size_fit6(struct sidestep_session *session, struct sk_buff *skb);

#endif /* _SIDESTEP_SIZE_H */
