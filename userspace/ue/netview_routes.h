/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netview_routes: a netview's routes and rules, those that the helper looks at
 *
 * They are read whole when any of them may have changed: the kernel does not tell of
 * all that go with a device or an address, and they change seldom.
 */
#ifndef _SIDESTEP_NETVIEW_ROUTES_H
#define _SIDESTEP_NETVIEW_ROUTES_H

#include "rtnl.h"

/**
 * struct netview_routes - default routes and what has RTNL_PROTOCOL
 * @route: @n_routes of them, as the kernel tells them
 * @n_routes: how many
 * @rule: rules with RTNL_PROTOCOL, likewise
 * @n_rules: how many
 * @others_first: lowest priority of all other rules of IPv4, of IPv6, but those of 0
 *		  (the kernel's own, "lookup local"); 0: none
 */
struct netview_routes {
	struct rtnl_route *route;
	size_t n_routes;
	struct rtnl_rule *rule;
	size_t n_rules;
	uint32_t others_first[2];
};

/* netview_routes_concern() - is it about a route or rule that would be here? */
bool netview_routes_concern(const struct nlmsghdr *nlh);

/**
 * netview_routes_read() - ask the kernel for all
 * @routes: the result replaces what is there; stays on error
 * @rtnl: for requests
 * @changed: set to true if there is a difference, otherwise left
 *
 * Return: 0 or a negative errno value.
 */
int netview_routes_read(struct netview_routes *routes, struct rtnl *rtnl,
			bool *changed);
void netview_routes_free(struct netview_routes *routes);

#endif /* _SIDESTEP_NETVIEW_ROUTES_H */
