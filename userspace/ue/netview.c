// SPDX-License-Identifier: GPL-2.0-or-later
#include "netview.h"
#include "../common/log.h"
#include "netview_links.h"
#include "netview_routes.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Parts read in one turn of the loop; others want theirs, too. */
	MAX_PARTS = 64,
	/* More than RECEIVE_BUFFER holds. */
	MAX_SKIPPED = 16384,
	RECEIVE_BUFFER = 1 << 20,
	MAX_TRIES = 8,
};

/**
 * struct netview - what is known
 * @cb: told of changes
 * @data: for @cb
 * @nl: brings notifications
 * @rtnl: for dumps
 * @source: of @nl in the loop
 * @links: links and addresses
 * @routes: routes and rules
 * @stale: all must be read again
 * @routes_stale: likewise, routes and rules
 */
struct netview {
	netview_cb cb;
	void *data;
	struct mnl_socket *nl;
	struct rtnl rtnl;
	sd_event_source *source;
	struct netview_links links;
	struct netview_routes routes;
	bool stale;
	bool routes_stale;
};

static int apply_answer(const struct nlmsghdr *nlh, void *data)
{
	return netview_links_apply(data, nlh);
}

static int read_links_once(struct netview *view, struct netview_links *links)
{
	int link, addr;

	link = rtnl_dump(&view->rtnl, RTM_GETLINK, AF_UNSPEC, apply_answer, links);
	if (link < 0 && link != -EINTR)
		return link;
	addr = rtnl_dump(&view->rtnl, RTM_GETADDR, AF_UNSPEC, apply_answer, links);
	return link < 0 ? link : addr;
}

static int read_links(struct netview *view)
{
	struct netview_links fresh = {};
	int tries = MAX_TRIES;
	int ret;

	do {
		netview_links_free(&fresh);
		ret = read_links_once(view, &fresh);
	} while (ret == -EINTR && --tries);
	if (ret < 0 && ret != -EINTR) {
		netview_links_free(&fresh);
		return ret;
	}
	fresh.changed = true;
	netview_links_free(&view->links);
	view->links = fresh;
	return 0;
}

/* What is not read stays to be read. */
static int read_stale(struct netview *view)
{
	int ret;

	if (view->stale) {
		ret = read_links(view);
		if (ret < 0)
			return ret;
		view->stale = false;
		view->routes_stale = true;
	}
	if (!view->routes_stale && !view->links.routes_may_go)
		return 0;
	ret = netview_routes_read(&view->routes, &view->rtnl, &view->links.changed);
	if (ret < 0)
		return ret;
	view->routes_stale = false;
	view->links.routes_may_go = false;
	return 0;
}

/* A route that its owner has made since the last look, and others have taken away, makes no
 * difference to what was read then; the owner must hear of it all the same.
 */
static void take_part(struct netview *view, const void *buf, ssize_t size)
{
	const struct nlmsghdr *nlh;
	int len = size;

	for (nlh = buf; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (netview_links_apply(&view->links, nlh) < 0)
			view->stale = true;
		if (netview_routes_concern(nlh)) {
			view->routes_stale = true;
			view->links.changed = true;
		}
	}
}

/* What was still queued when others were lost is older than what will be read. */
static bool skip_parts(struct netview *view)
{
	char buf[NETLINK_RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	int i;

	for (i = 0; i < MAX_SKIPPED; i++)
		if (netlink_receive(view->nl, buf, sizeof(buf)) == -EAGAIN)
			return true;
	return false;
}

static int take_parts(struct netview *view)
{
	char buf[NETLINK_RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t size;
	int i;

	for (i = 0; i < MAX_PARTS && !view->stale; i++) {
		size = netlink_receive(view->nl, buf, sizeof(buf));
		if (size == -EAGAIN)
			return 0;
		if (size == -ENOBUFS || size == -ENOSPC)
			view->stale = true;
		else if (size < 0)
			return size;
		else
			take_part(view, buf, size);
	}
	return 0;
}

static int take_all(struct netview *view)
{
	int ret = take_parts(view);

	view->stale |= view->links.incomplete;
	if (ret < 0 || (view->stale && !skip_parts(view)))
		return ret;
	return read_stale(view);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct netview *view = data;
	int ret;

	(void)source;
	(void)fd;
	(void)revents;
	ret = take_all(view);
	if (ret < 0)
		log_say(LOG_ERR, NULL, "links and routes cannot be followed: %s",
			strerror(-ret));
	if (view->links.changed) {
		view->links.changed = false;
		view->cb(view->data);
	}
	return 0;
}

static int join(struct mnl_socket *nl)
{
	static const int groups[] = {
		RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
		RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV6_RULE,
	};
	int size = RECEIVE_BUFFER;
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (setsockopt(mnl_socket_get_fd(nl), SOL_NETLINK,
			       NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(int)) < 0)
			return -errno;
	/* Without CAP_NET_ADMIN as much as is allowed. */
	if (setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)) < 0)
		setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUF, &size,
			   sizeof(size));
	return 0;
}

/* Notifications first, or what changes between is lost. */
static int begin(struct netview *view, sd_event *event)
{
	int ret;

	ret = netlink_open(&view->nl, NETLINK_ROUTE, SOCK_NONBLOCK);
	if (ret < 0)
		return ret;
	ret = join(view->nl);
	if (ret < 0)
		return ret;
	ret = rtnl_open(&view->rtnl);
	if (ret < 0)
		return ret;
	view->stale = true;
	ret = read_stale(view);
	if (ret < 0)
		return ret;
	view->links.changed = false;
	return sd_event_add_io(event, &view->source, mnl_socket_get_fd(view->nl),
			       EPOLLIN, on_readable, view);
}

int netview_open(struct netview **result, sd_event *event, netview_cb cb, void *data)
{
	struct netview *view = calloc(1, sizeof(*view));
	int ret;

	*result = NULL;
	if (!view)
		return -ENOMEM;
	view->cb = cb;
	view->data = data;
	ret = begin(view, event);
	if (ret < 0) {
		netview_close(view);
		return ret;
	}
	*result = view;
	return 0;
}

void netview_close(struct netview *view)
{
	if (!view)
		return;
	sd_event_source_disable_unref(view->source);
	if (view->nl)
		mnl_socket_close(view->nl);
	rtnl_close(&view->rtnl);
	netview_links_free(&view->links);
	netview_routes_free(&view->routes);
	free(view);
}

const struct netview_link *netview_link(const struct netview *view,
					const char *ifname)
{
	size_t i;

	for (i = 0; i < view->links.n; i++)
		if (!strcmp(view->links.link[i].ifname, ifname))
			return &view->links.link[i];
	return NULL;
}

const struct netview_link *netview_link_by_index(const struct netview *view,
						 uint32_t ifindex)
{
	return netview_links_find(&view->links, ifindex);
}

const struct rtnl_route *netview_routes(const struct netview *view, size_t *n)
{
	*n = view->routes.n_routes;
	return view->routes.route;
}

const struct rtnl_rule *netview_rules(const struct netview *view, size_t *n)
{
	*n = view->routes.n_rules;
	return view->routes.rule;
}

bool netview_has_rule(const struct netview *view, const struct rtnl_rule *rule)
{
	const struct rtnl_rule *r = view->routes.rule;
	size_t n = view->routes.n_rules;

	for (; n; n--, r++)
		if (r->family == rule->family && r->mark == rule->mark &&
		    prefix_same(&r->src, &rule->src) && prefix_same(&r->dst, &rule->dst) &&
		    r->table == rule->table && r->priority == rule->priority)
			return true;
	return false;
}

uint32_t netview_rule_priority(const struct netview *view, uint8_t family, uint32_t usual)
{
	uint32_t first = view->routes.others_first[family == AF_INET6];

	return first && first <= usual ? first - 1 : usual;
}

static bool is_better(const struct rtnl_route *a, const struct rtnl_route *b)
{
	bool a_main = a->table == RT_TABLE_MAIN;
	bool b_main = b->table == RT_TABLE_MAIN;

	if (a_main != b_main)
		return a_main;
	if (a->table != b->table)
		return a->table < b->table;
	return a->metric < b->metric;
}

bool netview_default_route(const struct netview *view, uint32_t ifindex,
			   uint8_t family, struct rtnl_route *route)
{
	const struct rtnl_route *best = NULL;
	const struct rtnl_route *r = view->routes.route;
	size_t n = view->routes.n_routes;

	for (; n; n--, r++) {
		if (r->dst.bits || r->dst.family != family ||
		    r->ifindex != ifindex || r->type != RTN_UNICAST ||
		    r->protocol == RTNL_PROTOCOL)
			continue;
		if (!best || is_better(r, best))
			best = r;
	}
	if (best)
		*route = *best;
	return best;
}
