/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netview_links: a netview's links with their addresses
 */
#ifndef _SIDESTEP_NETVIEW_LINKS_H
#define _SIDESTEP_NETVIEW_LINKS_H

#include "netview.h"

/**
 * struct netview_links - the links
 * @link: @n of them, in no order
 * @n: how many
 * @changed: something has, since it was last set to false
 * @routes_may_go: a change that takes routes with it has come, and the kernel does not
 *		   tell of those; likewise
 * @incomplete: an address has gone where others had been left out
 */
struct netview_links {
	struct netview_link *link;
	size_t n;
	bool changed;
	bool routes_may_go;
	bool incomplete;
};

/* netview_links_apply() - take RTM_{NEW,DEL}{LINK,ADDR}, others are skipped. 0 or a
 * negative errno value
 */
int netview_links_apply(struct netview_links *links, const struct nlmsghdr *nlh);

struct netview_link *netview_links_find(const struct netview_links *links,
					uint32_t ifindex);
void netview_links_free(struct netview_links *links);

#endif /* _SIDESTEP_NETVIEW_LINKS_H */
