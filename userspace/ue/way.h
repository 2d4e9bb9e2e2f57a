/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * way: how the world is reached by a modem at the moment
 */
#ifndef _SIDESTEP_WAY_H
#define _SIDESTEP_WAY_H

#include "netview.h"

/**
 * struct way - the way
 * @ifindex: the modem; 0 if it is missing
 * @up: it is up and has a carrier
 * @n_addrs: used entries of @addr
 * @addr: its addresses, link-local ones not
 * @has4: @route4 is there
 * @has6: @route6 is there
 * @route4: default route of IPv4
 * @route6: default route of IPv6
 */
struct way {
	uint32_t ifindex;
	bool up;
	size_t n_addrs;
	struct rtnl_prefix addr[NETVIEW_MAX_ADDRS];
	bool has4;
	bool has6;
	struct rtnl_route route4;
	struct rtnl_route route6;
};

void way_read(struct way *way, const struct netview *view, const char *modem);
bool way_same(const struct way *a, const struct way *b);

/* way_leads() - to hosts of that family; AF_UNSPEC: of any */
bool way_leads(const struct way *way, uint8_t family);

#endif /* _SIDESTEP_WAY_H */
