// SPDX-License-Identifier: GPL-2.0-or-later
#include "rtnl.h"
#include "../common/attr.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/**
 * struct hop_attrs - what is looked for in a route, or in one of its next hops
 * @family: the route's
 * @route: what was found
 * @hops: RTA_MULTIPATH, or NULL
 */
struct hop_attrs {
	uint8_t family;
	struct rtnl_route route;
	const struct nlattr *hops;
};

/* RTA_VIA: a gateway of the other family. */
static int take_via(const struct nlattr *attr, struct rtnl_prefix *gateway)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);
	size_t addr_len;

	if (len < sizeof(*via))
		return MNL_CB_ERROR;
	addr_len = prefix_addr_len(via->rtvia_family);
	if (!addr_len || len != sizeof(*via) + addr_len)
		return MNL_CB_ERROR;
	*gateway = (struct rtnl_prefix){
		.family = via->rtvia_family,
		.bits = 8 * addr_len,
	};
	memcpy(gateway->addr, via->rtvia_addr, addr_len);
	return MNL_CB_OK;
}

static int take_attr(const struct nlattr *attr, void *data)
{
	struct hop_attrs *attrs = data;
	struct rtnl_route *route = &attrs->route;

	switch (mnl_attr_get_type(attr)) {
	case RTA_DST:
		return rtnl_prefix_take(&route->dst, attrs->family, attr);
	case RTA_GATEWAY:
		return rtnl_prefix_take(&route->gateway, attrs->family, attr);
	case RTA_VIA:
		return take_via(attr, &route->gateway);
	case RTA_PREFSRC:
		return rtnl_prefix_take(&route->src, attrs->family, attr);
	case RTA_OIF:
		return attr_u32(attr, &route->ifindex);
	case RTA_TABLE:
		return attr_u32(attr, &route->table);
	case RTA_PRIORITY:
		return attr_u32(attr, &route->metric);
	case RTA_MULTIPATH:
		attrs->hops = attr;
	}
	return MNL_CB_OK;
}

static int take_hop(const struct rtnexthop *hop, const struct hop_attrs *attrs,
		    struct rtnl_route *route)
{
	size_t header = RTNH_ALIGN(sizeof(*hop));
	struct hop_attrs own = *attrs;

	if (mnl_attr_parse_payload((const char *)hop + header, hop->rtnh_len - header,
				   take_attr, &own) < 0)
		return -EBADMSG;
	*route = own.route;
	route->ifindex = hop->rtnh_ifindex;
	return 0;
}

/* Return: how many are alive, or -EBADMSG. */
static int take_hops(const struct hop_attrs *attrs, struct rtnl_route *route)
{
	const char *at = mnl_attr_get_payload(attrs->hops);
	size_t left = mnl_attr_get_payload_len(attrs->hops);
	const struct rtnexthop *hop;
	int n = 0;

	while (left >= sizeof(*hop) && n < RTNL_MAX_HOPS) {
		hop = (const void *)at;
		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > left)
			return -EBADMSG;
		if (!(hop->rtnh_flags & RTNH_F_DEAD)) {
			if (take_hop(hop, attrs, &route[n]) < 0)
				return -EBADMSG;
			n++;
		}
		if ((size_t)RTNH_ALIGN(hop->rtnh_len) >= left)
			break;
		at += RTNH_ALIGN(hop->rtnh_len);
		left -= RTNH_ALIGN(hop->rtnh_len);
	}
	return n;
}

int rtnl_route_parse(const struct nlmsghdr *nlh,
		     struct rtnl_route route[RTNL_MAX_HOPS])
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct hop_attrs attrs = {};

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
		return -EBADMSG;
	if (!prefix_addr_len(rtm->rtm_family) || rtm->rtm_flags & RTM_F_CLONED)
		return 0;
	attrs.family = rtm->rtm_family;
	attrs.route.table = rtm->rtm_table;
	if (mnl_attr_parse(nlh, sizeof(*rtm), take_attr, &attrs) < 0 ||
	    rtm->rtm_dst_len > 8 * prefix_addr_len(rtm->rtm_family))
		return -EBADMSG;
	attrs.route.dst.family = rtm->rtm_family;
	attrs.route.dst.bits = rtm->rtm_dst_len;
	attrs.route.type = rtm->rtm_type;
	attrs.route.protocol = rtm->rtm_protocol;
	if (rtm->rtm_type != RTN_UNICAST) {
		/* IPv6 names the loopback device. */
		attrs.route.ifindex = 0;
	} else if (attrs.hops) {
		return take_hops(&attrs, route);
	} else if (rtm->rtm_flags & RTNH_F_DEAD) {
		return 0;
	}
	route[0] = attrs.route;
	return 1;
}

bool rtnl_route_same(const struct rtnl_route *a, const struct rtnl_route *b)
{
	return a->ifindex == b->ifindex && a->table == b->table &&
	       a->metric == b->metric && a->type == b->type &&
	       a->protocol == b->protocol && prefix_same(&a->dst, &b->dst) &&
	       prefix_same(&a->gateway, &b->gateway) &&
	       prefix_same(&a->src, &b->src);
}

static void put_gateway(struct nlmsghdr *msg, const struct rtnl_route *route)
{
	const struct rtnl_prefix *gateway = &route->gateway;
	size_t len = prefix_addr_len(gateway->family);
	char buf[sizeof(struct rtvia) + 16];
	struct rtvia via = { .rtvia_family = gateway->family };

	if (gateway->family == route->dst.family) {
		mnl_attr_put(msg, RTA_GATEWAY, len, gateway->addr);
		return;
	}
	memcpy(buf, &via, sizeof(via));
	memcpy(buf + sizeof(via), gateway->addr, len);
	mnl_attr_put(msg, RTA_VIA, sizeof(via) + len, buf);
}

static void put_attrs(struct nlmsghdr *msg, const struct rtnl_route *route)
{
	size_t len = prefix_addr_len(route->dst.family);

	if (route->dst.bits)
		mnl_attr_put(msg, RTA_DST, len, route->dst.addr);
	mnl_attr_put_u32(msg, RTA_TABLE, route->table);
	if (route->gateway.family)
		put_gateway(msg, route);
	if (route->src.family)
		mnl_attr_put(msg, RTA_PREFSRC, len, route->src.addr);
	if (route->ifindex)
		mnl_attr_put_u32(msg, RTA_OIF, route->ifindex);
	if (route->metric)
		mnl_attr_put_u32(msg, RTA_PRIORITY, route->metric);
}

/* scope_of - what iproute2 says; "nowhere" fits any when one is deleted */
static uint8_t scope_of(uint16_t type, const struct rtnl_route *route)
{
	if (type == RTM_DELROUTE)
		return RT_SCOPE_NOWHERE;
	if (route->type == RTN_UNICAST && !route->gateway.family)
		return RT_SCOPE_LINK;
	return RT_SCOPE_UNIVERSE;
}

static int request(struct rtnl *rtnl, uint16_t type, uint16_t flags,
		   const struct rtnl_route *route, struct ack *ack)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	msg->nlmsg_type = type;
	rtm = mnl_nlmsg_put_extra_header(msg, sizeof(*rtm));
	rtm->rtm_family = route->dst.family;
	rtm->rtm_dst_len = route->dst.bits;
	rtm->rtm_table = RT_TABLE_UNSPEC;
	rtm->rtm_protocol = RTNL_PROTOCOL;
	rtm->rtm_scope = scope_of(type, route);
	rtm->rtm_type = route->type;
	/* The gateway's own route may be in another table, or nowhere. */
	if (type == RTM_NEWROUTE && route->gateway.family)
		rtm->rtm_flags = RTNH_F_ONLINK;
	put_attrs(msg, route);
	return rtnl_call(rtnl, msg, flags, ack);
}

int rtnl_route_add(struct rtnl *rtnl, const struct rtnl_route *route,
		   struct ack *ack)
{
	return request(rtnl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route, ack);
}

int rtnl_route_del(struct rtnl *rtnl, const struct rtnl_route *route,
		   struct ack *ack)
{
	int ret = request(rtnl, RTM_DELROUTE, 0, route, ack);

	return ret == -ESRCH || ret == -ENODEV ? 0 : ret;
}
