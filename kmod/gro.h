/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_GRO_H
#define _SIDESTEP_GRO_H

struct list_head;
struct sk_buff;

struct sk_buff *sidestep_gro_receive4(struct list_head *held,
				      struct sk_buff *skb);
struct sk_buff *sidestep_gro_receive6(struct list_head *held,
				      struct sk_buff *skb);

#endif /* _SIDESTEP_GRO_H */
