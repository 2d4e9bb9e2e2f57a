// SPDX-License-Identifier: GPL-2.0-or-later
#include "outlet.h"
#include "../common/log.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	/* Of each family the modem's and the unreachable one. */
	MAX_ROUTES = 4,
};

static const uint8_t families[] = { AF_INET, AF_INET6 };

static struct outlet *outlets;

/* FNV-1a; away from the small numbers, which people give themselves. */
static uint32_t number_of(const char *modem)
{
	uint32_t hash = 2166136261;

	for (; *modem; modem++)
		hash = (hash ^ (uint8_t)*modem) * 16777619;
	return (hash & 0x3fffffff) | 0x40000000;
}

struct outlet *outlet_get(const char *modem)
{
	struct outlet *outlet;

	for (outlet = outlets; outlet; outlet = outlet->next)
		if (!strcmp(outlet->modem, modem))
			break;
	if (!outlet) {
		outlet = calloc(1, sizeof(*outlet));
		if (!outlet)
			return NULL;
		snprintf(outlet->modem, sizeof(outlet->modem), "%s", modem);
		outlet->number = number_of(modem);
		outlet->next = outlets;
		outlets = outlet;
	}
	outlet->users++;
	return outlet;
}

static void forget(struct outlet *outlet)
{
	struct outlet **link = &outlets;

	while (*link != outlet)
		link = &(*link)->next;
	*link = outlet->next;
	free(outlet);
}

/* Without its priority, that is any. */
static struct rtnl_rule rule_of(const struct outlet *outlet, uint8_t family)
{
	return (struct rtnl_rule){
		.family = family,
		.mark = outlet->number,
		.table = outlet->number,
	};
}

/* Return: how many routes there should be. */
static size_t wanted_routes(const struct outlet *outlet, const struct netview *view,
			    struct rtnl_route route[MAX_ROUTES])
{
	const struct netview_link *modem = netview_link(view, outlet->modem);
	size_t i, n = 0;

	for (i = 0; i < sizeof(families); i++) {
		route[n++] = (struct rtnl_route){
			.dst = { .family = families[i] },
			.table = outlet->number,
			.metric = OUTLET_UNREACHABLE_METRIC,
			.type = RTN_UNREACHABLE,
			.protocol = RTNL_PROTOCOL,
		};
		if (!modem || !modem->up ||
		    !netview_default_route(view, modem->ifindex, families[i],
					   &route[n]))
			continue;
		route[n].src = (struct rtnl_prefix){};
		route[n].table = outlet->number;
		route[n].metric = OUTLET_METRIC;
		route[n].protocol = RTNL_PROTOCOL;
		n++;
	}
	return n;
}

static bool has(const struct rtnl_route *list, size_t n, const struct rtnl_route *route)
{
	for (; n; n--, list++)
		if (rtnl_route_same(list, route))
			return true;
	return false;
}

/* A kernel without IPv6 has nothing to keep from leaving. */
static int harmless(int ret, uint8_t family)
{
	if (family == AF_INET6 && (ret == -EAFNOSUPPORT || ret == -EOPNOTSUPP))
		return 0;
	return ret;
}

/* say - once for each kind of failure; without the modem its routes may well fail */
static void say(struct outlet *outlet, int ret, const char *what, uint8_t family,
		const struct ack *ack)
{
	if (outlet->problem == ret)
		return;
	outlet->problem = ret;
	log_say(LOG_ERR, NULL,
		"modem %s: the %s of %s in table %u cannot be set: %s%s%s",
		outlet->modem, what, family == AF_INET ? "IPv4" : "IPv6",
		outlet->number, strerror(-ret), *ack->text ? ": " : "", ack->text);
}

static int add_rules(struct outlet *outlet, const struct netview *view,
		     struct rtnl *rtnl)
{
	struct rtnl_rule rule;
	int ret, worst = 0;
	struct ack ack;
	size_t i;

	for (i = 0; i < sizeof(families); i++) {
		rule = rule_of(outlet, families[i]);
		rule.priority = netview_rule_priority(view, families[i], OUTLET_RULE_PRIORITY);
		if (netview_has_rule(view, &rule))
			continue;
		ret = harmless(rtnl_rule_add(rtnl, &rule, &ack), families[i]);
		if (ret < 0) {
			say(outlet, ret, "rule", families[i], &ack);
			worst = ret;
		}
	}
	return worst;
}

/* Those that are not before all others' any more. */
static void del_rules(const struct outlet *outlet, const struct netview *view,
		      struct rtnl *rtnl)
{
	struct ack ack;
	size_t n;
	const struct rtnl_rule *rule = netview_rules(view, &n);

	for (; n; n--, rule++)
		if (rule->mark == outlet->number && rule->table == outlet->number &&
		    rule->priority != netview_rule_priority(view, rule->family,
							    OUTLET_RULE_PRIORITY))
			rtnl_rule_del(rtnl, rule, &ack);
}

static int add_routes(struct outlet *outlet, struct rtnl *rtnl,
		      const struct rtnl_route *there, size_t n_there,
		      const struct rtnl_route *wanted, size_t n_wanted)
{
	int ret, worst = 0;
	struct ack ack;

	for (; n_wanted; n_wanted--, wanted++) {
		if (has(there, n_there, wanted))
			continue;
		ret = harmless(rtnl_route_add(rtnl, wanted, &ack), wanted->dst.family);
		if (ret < 0) {
			say(outlet, ret, "default route", wanted->dst.family, &ack);
			if (wanted->type == RTN_UNREACHABLE)
				worst = ret;
		}
	}
	return worst;
}

/* One of the same metric was replaced when the other one was added, and deleting it
 * finds nothing.
 */
static void del_routes(const struct outlet *outlet, struct rtnl *rtnl,
		       const struct rtnl_route *there, size_t n_there,
		       const struct rtnl_route *wanted, size_t n_wanted)
{
	struct ack ack;

	for (; n_there; n_there--, there++)
		if (there->protocol == RTNL_PROTOCOL &&
		    there->table == outlet->number && !has(wanted, n_wanted, there))
			rtnl_route_del(rtnl, there, &ack);
}

int outlet_follow(struct outlet *outlet, const struct netview *view, struct rtnl *rtnl)
{
	struct rtnl_route wanted[MAX_ROUTES];
	const struct rtnl_route *there;
	size_t n_there, n_wanted;
	int routes, rules;

	there = netview_routes(view, &n_there);
	n_wanted = wanted_routes(outlet, view, wanted);
	routes = add_routes(outlet, rtnl, there, n_there, wanted, n_wanted);
	del_routes(outlet, rtnl, there, n_there, wanted, n_wanted);
	/* Where the rules lead there is something by now. */
	rules = add_rules(outlet, view, rtnl);
	if (!rules)
		del_rules(outlet, view, rtnl);
	return rules ? rules : routes;
}

/* Whatever the view knows yet: a route is found without its device, too. */
static void clear(const struct outlet *outlet, struct rtnl *rtnl, uint8_t family)
{
	const struct rtnl_rule rule = rule_of(outlet, family);
	struct rtnl_route route = {
		.dst = { .family = family },
		.table = outlet->number,
		.metric = OUTLET_METRIC,
		.type = RTN_UNICAST,
	};
	struct ack ack;

	rtnl_rule_del(rtnl, &rule, &ack);
	rtnl_route_del(rtnl, &route, &ack);
	route.metric = OUTLET_UNREACHABLE_METRIC;
	route.type = RTN_UNREACHABLE;
	rtnl_route_del(rtnl, &route, &ack);
}

void outlet_put(struct outlet *outlet, struct rtnl *rtnl, bool remove)
{
	size_t i;

	if (--outlet->users)
		return;
	for (i = 0; remove && i < sizeof(families); i++)
		clear(outlet, rtnl, families[i]);
	forget(outlet);
}
