/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_SIZE_H
#define _SIDESTEP_SIZE_H

struct net;
struct sidestep_session;
struct sk_buff;
struct sock;

/* What netfilter does with a packet that has passed all its hooks. */
typedef int (*sidestep_okfn)(struct net *net, struct sock *sk,
			     struct sk_buff *skb);

void sidestep_size_fit4(struct sidestep_session *session, struct net *net,
			struct sk_buff *skb);
void sidestep_size_fit6(struct sidestep_session *session, struct sk_buff *skb);
int sidestep_size_send6(struct net *net, struct sock *sk, struct sk_buff *skb,
			sidestep_okfn okfn);

#endif /* _SIDESTEP_SIZE_H */
