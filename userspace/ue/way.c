// SPDX-License-Identifier: GPL-2.0-or-later
#include "way.h"

#include <string.h>
#include <sys/socket.h>

void way_read(struct way *way, const struct netview *view, const char *modem)
{
	const struct netview_link *link = netview_link(view, modem);
	size_t i;

	memset(way, 0, sizeof(*way));
	if (!link)
		return;
	way->ifindex = link->ifindex;
	way->up = link->up && link->carrier;
	for (i = 0; i < link->n_addrs; i++)
		if (!prefix_is_link_local(&link->addr[i]))
			way->addr[way->n_addrs++] = link->addr[i];
	way->has4 = netview_default_route(view, link->ifindex, AF_INET, &way->route4);
	way->has6 = netview_default_route(view, link->ifindex, AF_INET6, &way->route6);
}

bool way_same(const struct way *a, const struct way *b)
{
	size_t i;

	if (a->ifindex != b->ifindex || a->up != b->up || a->n_addrs != b->n_addrs ||
	    a->has4 != b->has4 || a->has6 != b->has6)
		return false;
	for (i = 0; i < a->n_addrs; i++)
		if (!prefix_same(&a->addr[i], &b->addr[i]))
			return false;
	return rtnl_route_same(&a->route4, &b->route4) &&
	       rtnl_route_same(&a->route6, &b->route6);
}

static bool has_addr(const struct way *way, uint8_t family)
{
	size_t i;

	for (i = 0; i < way->n_addrs; i++)
		if (way->addr[i].family == family)
			return true;
	return false;
}

bool way_leads(const struct way *way, uint8_t family)
{
	if (!way->up)
		return false;
	return (family != AF_INET6 && way->has4 && has_addr(way, AF_INET)) ||
	       (family != AF_INET && way->has6 && has_addr(way, AF_INET6));
}
