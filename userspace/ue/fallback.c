// SPDX-License-Identifier: GPL-2.0-or-later
#include "fallback.h"
#include "../common/log.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/**
 * struct plan - what the session device should have
 * @link: the session device
 * @n_addrs: used entries of @addr
 * @addr: addresses, with all their bits
 * @n_routes: used entries of @route
 * @route: routes
 */
struct plan {
	const struct netview_link *link;
	size_t n_addrs;
	struct rtnl_prefix addr[FALLBACK_MAX_ADDRS];
	size_t n_routes;
	struct rtnl_route route[FALLBACK_MAX_ADDRS];
};

static void cut(struct rtnl_prefix *prefix)
{
	unsigned int bits = prefix->bits;
	size_t i;

	for (i = 0; i < sizeof(prefix->addr); i++, bits -= bits < 8 ? bits : 8)
		if (bits < 8)
			prefix->addr[i] &= 0xff00 >> bits;
}

/* Two addresses in one prefix share its route. */
static void plan_route(struct plan *plan, const struct rtnl_prefix *addr)
{
	struct rtnl_route route = {
		.dst = *addr,
		.src = *addr,
		.ifindex = plan->link->ifindex,
		.table = RT_TABLE_MAIN,
		.metric = FALLBACK_METRIC,
		.type = RTN_UNICAST,
		.protocol = RTNL_PROTOCOL,
	};
	size_t i;

	route.src.bits = 8 * prefix_addr_len(addr->family);
	if (addr->bits == route.src.bits)
		return;
	cut(&route.dst);
	for (i = 0; i < plan->n_routes; i++)
		if (prefix_same(&plan->route[i].dst, &route.dst))
			return;
	plan->route[plan->n_routes++] = route;
}

static void plan_addr(struct plan *plan, const struct rtnl_prefix *addr)
{
	struct rtnl_prefix *own;

	if (!prefix_addr_len(addr->family) || prefix_is_link_local(addr) ||
	    plan->n_addrs == FALLBACK_MAX_ADDRS)
		return;
	own = &plan->addr[plan->n_addrs++];
	*own = *addr;
	own->bits = 8 * prefix_addr_len(addr->family);
	/* A device that is down takes no routes. */
	if (plan->link->up)
		plan_route(plan, addr);
}

static bool has_addr(const struct rtnl_prefix *list, size_t n,
		     const struct rtnl_prefix *addr)
{
	for (; n; n--, list++)
		if (prefix_same(list, addr))
			return true;
	return false;
}

static bool has_route(const struct rtnl_route *list, size_t n,
		      const struct rtnl_route *route)
{
	for (; n; n--, list++)
		if (rtnl_route_same(list, route))
			return true;
	return false;
}

/* The device may have gone meanwhile. */
static int said(int ret, const struct plan *plan, const char *what,
		const struct ack *ack)
{
	if (ret < 0 && ret != -ENODEV)
		log_say(LOG_ERR, plan->link->ifname, "fallback %s cannot be set: %s%s%s",
			what, strerror(-ret), *ack->text ? ": " : "", ack->text);
	return ret;
}

static int apply_addrs(struct rtnl *rtnl, const struct plan *plan)
{
	const struct netview_link *link = plan->link;
	int ret, worst = 0;
	struct ack ack;
	size_t i;

	for (i = 0; i < plan->n_addrs; i++) {
		if (has_addr(link->addr, link->n_addrs, &plan->addr[i]))
			continue;
		ret = rtnl_addr_add(rtnl, link->ifindex, &plan->addr[i], &ack);
		if (said(ret, plan, "address", &ack) < 0)
			worst = ret;
	}
	for (i = 0; i < link->n_addrs; i++) {
		if (prefix_is_link_local(&link->addr[i]) ||
		    has_addr(plan->addr, plan->n_addrs, &link->addr[i]))
			continue;
		ret = rtnl_addr_del(rtnl, link->ifindex, &link->addr[i], &ack);
		if (said(ret, plan, "address", &ack) < 0)
			worst = ret;
	}
	return worst;
}

static bool is_ours(const struct rtnl_route *route, const struct plan *plan)
{
	return route->ifindex == plan->link->ifindex &&
	       route->protocol == RTNL_PROTOCOL && route->table == RT_TABLE_MAIN &&
	       route->metric == FALLBACK_METRIC;
}

static int apply_routes(struct rtnl *rtnl, const struct netview *view,
			const struct plan *plan)
{
	const struct rtnl_route *there;
	int ret, worst = 0;
	struct ack ack;
	size_t i, n;

	there = netview_routes(view, &n);
	for (i = 0; i < n; i++) {
		if (!is_ours(&there[i], plan) ||
		    has_route(plan->route, plan->n_routes, &there[i]))
			continue;
		ret = rtnl_route_del(rtnl, &there[i], &ack);
		if (said(ret, plan, "route", &ack) < 0)
			worst = ret;
	}
	for (i = 0; i < plan->n_routes; i++) {
		if (has_route(there, n, &plan->route[i]))
			continue;
		ret = rtnl_route_add(rtnl, &plan->route[i], &ack);
		if (said(ret, plan, "route", &ack) < 0)
			worst = ret;
	}
	return worst;
}

int fallback_apply(struct rtnl *rtnl, const struct netview *view, const char *session,
		   const struct rtnl_prefix *addr, size_t n_addrs)
{
	struct plan plan = { .link = netview_link(view, session) };
	int addrs, routes;
	size_t i;

	if (!plan.link)
		return -ENODEV;
	for (i = 0; i < n_addrs; i++)
		plan_addr(&plan, &addr[i]);
	addrs = apply_addrs(rtnl, &plan);
	routes = apply_routes(rtnl, view, &plan);
	return addrs ? addrs : routes;
}
