/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_SELECT_H
#define _SIDESTEP_SELECT_H

#include <linux/sidestep.h>
#include <net/netlink.h>

#include "config.h"
#include "selector.h"

struct genl_info;
struct sk_buff;
struct sock;

extern const struct nla_policy
sidestep_select_policy[SIDESTEP_SELECTOR_A_MAX + 1];

void sidestep_select_upper(const struct sk_buff *skb, unsigned int start,
			   u8 next, struct sidestep_upper *upper);
struct sock *sidestep_select_owner(const struct sk_buff *skb);
bool sidestep_select_any(const struct sidestep_selectors *list,
			 const struct sk_buff *skb);
int sidestep_select_parse(struct sidestep_config *config,
			  struct genl_info *info);
int sidestep_select_put(struct sk_buff *msg,
			const struct sidestep_config *config);

/**
 * sidestep_select() - whether a list picks a packet
 * @list: the list
 * @skb: a packet for a session's peer, at its IP header
 *
 * Return: as said.
 */
static inline bool sidestep_select(const struct sidestep_selectors *list,
				   const struct sk_buff *skb)
{
	return !list->n || sidestep_select_any(list, skb);
}

#endif /* _SIDESTEP_SELECT_H */
