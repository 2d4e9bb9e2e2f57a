/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netview: the links, addresses and routes of this network namespace, kept up to date
 */
#ifndef _SIDESTEP_NETVIEW_H
#define _SIDESTEP_NETVIEW_H

#include "rtnl.h"

#include <systemd/sd-event.h>

enum netview_limits {
	/* Addresses of a link that are kept; more are left out. */
	NETVIEW_MAX_ADDRS = 16,
};

/**
 * struct netview_link - a link
 * @ifindex: its number
 * @ifname: its name
 * @kind: IFLA_INFO_KIND, e.g. "sidestep" or "wireguard"; "" for none
 * @up: administratively
 * @carrier: IFF_LOWER_UP
 * @operstate: IF_OPER_... (RFC 2863)
 * @mtu: bytes
 * @mac: hardware address, if @mac_len is 6
 * @mac_len: its length
 * @n_addrs: used entries of @addr
 * @addr: addresses with their prefix lengths, the link-local ones too, without
 *	  those that are tentative, have failed DAD or are deprecated
 */
struct netview_link {
	uint32_t ifindex;
	char ifname[IFNAMSIZ];
	char kind[16];
	bool up;
	bool carrier;
	uint8_t operstate;
	uint32_t mtu;
	uint8_t mac[6];
	uint8_t mac_len;
	size_t n_addrs;
	struct rtnl_prefix addr[NETVIEW_MAX_ADDRS];
};

struct netview;

/**
 * typedef netview_cb - something has changed
 *
 * Called from the loop, once after each bunch of notifications that changed anything
 * in the view, or told of a route or rule that it would have, with no hint what.
 */
typedef void (*netview_cb)(void *data);

/**
 * netview_open() - look, and keep looking
 * @view: the result
 * @event: the loop
 * @cb: called when the view has changed
 * @data: for @cb
 *
 * If notifications were lost (ENOBUFS), all is dumped again.
 *
 * Return: 0 or a negative errno value.
 */
int netview_open(struct netview **view, sd_event *event, netview_cb cb, void *data);
void netview_close(struct netview *view);

/* NULL if there is none; valid until the loop goes on. Renaming is followed. */
const struct netview_link *netview_link(const struct netview *view,
					const char *ifname);
const struct netview_link *netview_link_by_index(const struct netview *view,
						 uint32_t ifindex);

/**
 * netview_default_route() - how the world is reached by a link
 * @view: the view
 * @ifindex: the link
 * @family: AF_INET or AF_INET6
 * @route: the result: the default route of the main table (or of any other table than
 *	   local, if main has none; then the lowest number) with the lowest metric that
 *	   leaves by that link; the helper's own (RTNL_PROTOCOL) do not count
 *
 * Return: whether there is one.
 */
bool netview_default_route(const struct netview *view, uint32_t ifindex,
			   uint8_t family, struct rtnl_route *route);

/* netview_routes() - default routes, and all that have RTNL_PROTOCOL, unicast ones and
 * others; valid until the loop goes on
 */
const struct rtnl_route *netview_routes(const struct netview *view, size_t *n);

/* netview_rules() - those with RTNL_PROTOCOL; valid until the loop goes on */
const struct rtnl_rule *netview_rules(const struct netview *view, size_t *n);

/* netview_has_rule() - is it there, with RTNL_PROTOCOL? */
bool netview_has_rule(const struct netview *view, const struct rtnl_rule *rule);

/**
 * netview_rule_priority() - where a rule comes before all those without RTNL_PROTOCOL
 * @usual: if it does so there
 *
 * Only rules of priority 0 that were there before come first, as "lookup local" does.
 */
uint32_t netview_rule_priority(const struct netview *view, uint8_t family, uint32_t usual);

/* netview_is_public() - can the address be reached from anywhere? (RFC 6890) */
bool netview_is_public(const struct rtnl_prefix *addr);

#endif /* _SIDESTEP_NETVIEW_H */
