/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_BUDGET_NETLINK_H
#define _SIDESTEP_BUDGET_NETLINK_H

#include <linux/sidestep.h>
#include <net/netlink.h>

struct genl_info;
struct sidestep_budget_limits;
struct sidestep_session;
struct sidestep_sum;

extern const struct nla_policy
	sidestep_budget_policy[SIDESTEP_BUDGET_A_MAX + 1];

int sidestep_budget_parse(struct sidestep_budget_limits *limits,
			  struct genl_info *info);
int sidestep_budget_put(struct sk_buff *msg, struct sidestep_session *session,
			const struct sidestep_budget_limits *limits);
int sidestep_budget_put_spent(struct sk_buff *msg,
			      const struct sidestep_sum *sum,
			      unsigned int path);

#endif /* _SIDESTEP_BUDGET_NETLINK_H */
