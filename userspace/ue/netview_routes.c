// SPDX-License-Identifier: GPL-2.0-or-later
#include "netview_routes.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	/* A dump that a change interrupts is repeated so often; the change has been
	 * told, too, and makes for another one.
	 */
	MAX_TRIES = 8,
};

static const uint8_t families[] = { AF_INET, AF_INET6 };

static bool route_counts(const struct rtnl_route *route)
{
	if (route->table == RT_TABLE_LOCAL)
		return false;
	return route->protocol == RTNL_PROTOCOL ||
	       (!route->dst.bits && route->type == RTN_UNICAST);
}

/* More than RTNL_MAX_HOPS of one route, or what is malformed, must be asked for. */
static bool route_concerns(const struct nlmsghdr *nlh)
{
	struct rtnl_route route[RTNL_MAX_HOPS];
	int n = rtnl_route_parse(nlh, route);

	return n < 0 || (n > 0 && route_counts(&route[0]));
}

bool netview_routes_concern(const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return route_concerns(nlh);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return true;
	}
	return false;
}

static int add_route(const struct nlmsghdr *nlh, void *data)
{
	struct rtnl_route route[RTNL_MAX_HOPS];
	struct netview_routes *routes = data;
	struct rtnl_route *grown;
	int i, n;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return 0;
	n = rtnl_route_parse(nlh, route);
	if (n <= 0 || !route_counts(&route[0]))
		return n < 0 ? n : 0;
	grown = reallocarray(routes->route, routes->n_routes + n, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	routes->route = grown;
	for (i = 0; i < n; i++)
		grown[routes->n_routes++] = route[i];
	return 0;
}

static void note_other(struct netview_routes *routes, const struct rtnl_rule *rule)
{
	uint32_t *first = &routes->others_first[rule->family == AF_INET6];

	if (rule->priority && (!*first || rule->priority < *first))
		*first = rule->priority;
}

static int add_rule(const struct nlmsghdr *nlh, void *data)
{
	struct netview_routes *routes = data;
	struct rtnl_rule rule, *grown;
	int ret;

	if (nlh->nlmsg_type != RTM_NEWRULE)
		return 0;
	ret = rtnl_rule_parse(nlh, &rule);
	if (ret < 0)
		return ret == -EBADMSG ? ret : 0;
	if (rule.protocol != RTNL_PROTOCOL) {
		note_other(routes, &rule);
		return 0;
	}
	grown = reallocarray(routes->rule, routes->n_rules + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	routes->rule = grown;
	grown[routes->n_rules++] = rule;
	return 0;
}

static int read_once(struct netview_routes *fresh, struct rtnl *rtnl)
{
	int interrupted = 0;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(families); i++) {
		ret = rtnl_dump(rtnl, RTM_GETROUTE, families[i], add_route, fresh);
		if (ret < 0 && ret != -EINTR)
			return ret;
		interrupted |= ret;
		ret = rtnl_dump(rtnl, RTM_GETRULE, families[i], add_rule, fresh);
		if (ret < 0 && ret != -EINTR)
			return ret;
		interrupted |= ret;
	}
	return interrupted ? -EINTR : 0;
}

static bool same(const struct netview_routes *a, const struct netview_routes *b)
{
	size_t i;

	if (a->n_routes != b->n_routes || a->n_rules != b->n_rules ||
	    memcmp(a->others_first, b->others_first, sizeof(a->others_first)))
		return false;
	for (i = 0; i < a->n_routes; i++)
		if (!rtnl_route_same(&a->route[i], &b->route[i]))
			return false;
	return !a->n_rules ||
	       !memcmp(a->rule, b->rule, a->n_rules * sizeof(*a->rule));
}

int netview_routes_read(struct netview_routes *routes, struct rtnl *rtnl,
			bool *changed)
{
	struct netview_routes fresh = {};
	int tries = MAX_TRIES;
	int ret;

	do {
		netview_routes_free(&fresh);
		ret = read_once(&fresh, rtnl);
	} while (ret == -EINTR && --tries);
	if (ret < 0 && ret != -EINTR) {
		netview_routes_free(&fresh);
		return ret;
	}
	*changed |= !same(routes, &fresh);
	netview_routes_free(routes);
	*routes = fresh;
	return 0;
}

void netview_routes_free(struct netview_routes *routes)
{
	free(routes->route);
	free(routes->rule);
	*routes = (struct netview_routes){};
}
