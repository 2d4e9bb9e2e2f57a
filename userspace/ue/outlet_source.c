// SPDX-License-Identifier: GPL-2.0-or-later
#include "outlet_source.h"

#include <string.h>

static bool same(const struct rtnl_rule *a, const struct rtnl_rule *b)
{
	return prefix_same(&a->src, &b->src) && prefix_same(&a->dst, &b->dst) &&
	       a->priority == b->priority;
}

static void del_others(const struct outlet *outlet, const struct netview *view,
		       struct rtnl *rtnl, const struct rtnl_rule *wanted)
{
	struct ack ack;
	size_t n;
	const struct rtnl_rule *rule = netview_rules(view, &n);

	for (; n; n--, rule++)
		if (rule->src.family && rule->table == outlet->number &&
		    !same(rule, wanted))
			rtnl_rule_del(rtnl, rule, &ack);
}

int outlet_source_follow(const struct outlet *outlet, const struct netview *view,
			 struct rtnl *rtnl, const struct rtnl_prefix *src,
			 const struct rtnl_prefix *dst)
{
	struct rtnl_rule wanted = {
		.table = outlet->number,
	};
	struct ack ack;
	int ret = 0;

	if (src) {
		wanted.family = src->family;
		wanted.src = *src;
		wanted.dst = *dst;
		wanted.priority = netview_rule_priority(view, src->family,
							OUTLET_RULE_PRIORITY);
	}
	if (src && !netview_has_rule(view, &wanted))
		ret = rtnl_rule_add(rtnl, &wanted, &ack);
	del_others(outlet, view, rtnl, &wanted);
	return ret;
}
