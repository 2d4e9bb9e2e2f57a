/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_BOUND_H
#define _SIDESTEP_BOUND_H

#include <linux/types.h>

struct net;
struct sk_buff;

bool sidestep_bound_to(struct net *net, const struct sk_buff *skb, int ifindex);

#endif /* _SIDESTEP_BOUND_H */
