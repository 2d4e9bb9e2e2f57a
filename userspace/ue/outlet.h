/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outlet: a modem as the only way out for packets with its mark
 *
 * A rule leads them to a table with the modem's default routes and behind these an
 * unreachable one, for both families.
 */
#ifndef _SIDESTEP_OUTLET_H
#define _SIDESTEP_OUTLET_H

#include "netview.h"

enum outlet_limits {
	/* Before the main table's rule; less if others have rules there, see
	 * netview_rule_priority(). "ip rule add" without a priority takes the one
	 * before the first rule.
	 */
	OUTLET_RULE_PRIORITY = 990,
	OUTLET_METRIC = 1,
	OUTLET_UNREACHABLE_METRIC = 1000,
};

/**
 * struct outlet - a modem's
 * @modem: its device
 * @users: tunnels of this process that leave by it
 * @number: mark and table, a hash of @modem
 * @problem: the failure that was logged last, negative errno value; 0: none
 * @next: another modem's
 */
struct outlet {
	char modem[IFNAMSIZ];
	unsigned int users;
	uint32_t number;
	int problem;
	struct outlet *next;
};

/* outlet_get() - that of a modem, for one more tunnel; NULL if there is no memory */
struct outlet *outlet_get(const char *modem);

/* outlet_put() - for one less; with the last one and @remove, rules and routes go */
void outlet_put(struct outlet *outlet, struct rtnl *rtnl, bool remove);

/**
 * outlet_follow() - make rules and routes what the view demands
 *
 * What is there as it should be is not touched.
 *
 * Return: 0 if nothing leaves by another way now, or a negative errno value; failures
 * are logged, once.
 */
int outlet_follow(struct outlet *outlet, const struct netview *view,
		  struct rtnl *rtnl);

#endif /* _SIDESTEP_OUTLET_H */
