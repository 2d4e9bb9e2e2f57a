/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnl: requests to rtnetlink (links, addresses, routes, rules)
 */
#ifndef _SIDESTEP_RTNL_H
#define _SIDESTEP_RTNL_H

#include "prefix.h"
#include "../common/genl.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rtnl_limits {
	/* Next hops of a route that are read; more are left out. */
	RTNL_MAX_HOPS = 16,
	/* rtm_protocol and FRA_PROTOCOL of what the helper makes, by which it finds
	 * its own again; not assigned to anybody.
	 */
	RTNL_PROTOCOL = 83,
};

/**
 * struct rtnl_route - a route
 * @dst: where to; 0 bits for the default route
 * @gateway: by whom; family AF_UNSPEC if there is none
 * @src: preferred source address; family AF_UNSPEC if there is none
 * @ifindex: by which device; 0 for @type RTN_UNREACHABLE
 * @table: routing table, 32 bits
 * @metric: its priority; 0: the kernel's default
 * @type: RTN_UNICAST or RTN_UNREACHABLE
 * @protocol: who made it; reading. Ours have RTNL_PROTOCOL
 */
struct rtnl_route {
	struct rtnl_prefix dst;
	struct rtnl_prefix gateway;
	struct rtnl_prefix src;
	uint32_t ifindex;
	uint32_t table;
	uint32_t metric;
	uint8_t type;
	uint8_t protocol;
};

/**
 * struct rtnl_rule - "fwmark MARK lookup TABLE" or "from SRC to DST lookup TABLE", of one
 *		      family
 * @family: AF_INET or AF_INET6
 * @mark: all bits count; 0: any
 * @src: family AF_UNSPEC: any; reading, it has all its bits
 * @dst: likewise
 * @table: routing table, 32 bits
 * @priority: lower ones are asked first; deleting, 0 is any
 * @protocol: as of a route
 */
struct rtnl_rule {
	uint8_t family;
	uint32_t mark;
	struct rtnl_prefix src;
	struct rtnl_prefix dst;
	uint32_t table;
	uint32_t priority;
	uint8_t protocol;
};

/**
 * struct rtnl - a socket of rtnetlink
 *
 * All functions below return 0 or a negative errno value; @ack is the kernel's last
 * word, also then. Adding what is there already, and deleting what is not, succeeds.
 */
struct rtnl {
	struct mnl_socket *nl;
	uint32_t seq;
};

int rtnl_open(struct rtnl *rtnl);
void rtnl_close(struct rtnl *rtnl);

/* rtnl_call() - send a request with NLM_F_ACK and @flags; no answer is expected */
int rtnl_call(struct rtnl *rtnl, struct nlmsghdr *msg, uint16_t flags,
	      struct ack *ack);

/**
 * rtnl_dump() - read all of a kind
 * @rtnl: for requests
 * @type: RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE or RTM_GETRULE
 * @family: AF_UNSPEC, AF_INET or AF_INET6; a kernel without IPv6 may answer with
 *	    what is of IPv4
 * @cb: called with each
 * @data: for @cb
 *
 * Return: 0, -EINTR if it was interrupted by a change, or another negative errno
 * value.
 */
int rtnl_dump(struct rtnl *rtnl, uint16_t type, uint8_t family, netlink_cb cb,
	      void *data);

/* @mtu: 0 for the kernel's default. -EEXIST if a link of that name is there. */
int rtnl_link_add(struct rtnl *rtnl, const char *ifname, const char *kind,
		  uint32_t mtu, struct ack *ack);
int rtnl_link_del(struct rtnl *rtnl, uint32_t ifindex, struct ack *ack);
int rtnl_link_set_up(struct rtnl *rtnl, uint32_t ifindex, bool up,
		     struct ack *ack);
int rtnl_link_set_mtu(struct rtnl *rtnl, uint32_t ifindex, uint32_t mtu,
		      struct ack *ack);
/* Packets received and sent. */
int rtnl_link_packets(struct rtnl *rtnl, uint32_t ifindex, uint64_t *rx,
		      uint64_t *tx, struct ack *ack);

/* Without duplicate address detection, and without a route to the prefix. */
int rtnl_addr_add(struct rtnl *rtnl, uint32_t ifindex,
		  const struct rtnl_prefix *addr, struct ack *ack);
int rtnl_addr_del(struct rtnl *rtnl, uint32_t ifindex,
		  const struct rtnl_prefix *addr, struct ack *ack);

/* rtnl_route_add() - replaces one of the same destination, table and metric */
int rtnl_route_add(struct rtnl *rtnl, const struct rtnl_route *route,
		   struct ack *ack);
int rtnl_route_del(struct rtnl *rtnl, const struct rtnl_route *route,
		   struct ack *ack);
int rtnl_rule_add(struct rtnl *rtnl, const struct rtnl_rule *rule,
		  struct ack *ack);
int rtnl_rule_del(struct rtnl *rtnl, const struct rtnl_rule *rule,
		  struct ack *ack);

/**
 * rtnl_prefix_take() - an address in an attribute, which must be as long as those of
 *			the family
 * @prefix: the result, with all its bits
 * @family: AF_INET or AF_INET6
 * @attr: the attribute
 *
 * Return: MNL_CB_OK or MNL_CB_ERROR.
 */
int rtnl_prefix_take(struct rtnl_prefix *prefix, uint8_t family,
		     const struct nlattr *attr);

/**
 * rtnl_addr_parse() - read RTM_NEWADDR or RTM_DELADDR
 * @nlh: the message
 * @addr: the address
 * @ifindex: the link
 * @flags: IFA_F_...
 *
 * Return: 0, -EAFNOSUPPORT if it is of another family, or -EBADMSG.
 */
int rtnl_addr_parse(const struct nlmsghdr *nlh, struct rtnl_prefix *addr,
		    uint32_t *ifindex, uint32_t *flags);

/**
 * rtnl_route_parse() - read RTM_NEWROUTE or RTM_DELROUTE
 * @nlh: the message
 * @route: the result, one for each next hop that is alive; of other types than
 *	   unicast one without a device
 *
 * Return: how many, 0 also for other families and what is no configured route; or
 * -EBADMSG.
 */
int rtnl_route_parse(const struct nlmsghdr *nlh,
		     struct rtnl_route route[RTNL_MAX_HOPS]);
bool rtnl_route_same(const struct rtnl_route *a, const struct rtnl_route *b);

/* rtnl_rule_parse() - read RTM_NEWRULE; other selectors do not count. 0, -EAFNOSUPPORT or
 * -EBADMSG
 */
int rtnl_rule_parse(const struct nlmsghdr *nlh, struct rtnl_rule *rule);

#endif /* _SIDESTEP_RTNL_H */
