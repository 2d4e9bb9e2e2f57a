/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnl: requests to rtnetlink (links, addresses, routes, rules)
 */
#ifndef _SIDESTEP_RTNL_H
#define _SIDESTEP_RTNL_H

#include "../common/genl.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct rtnl_prefix - an address, or a prefix
 * @family: AF_INET or AF_INET6
 * @bits: length of the prefix
 * @addr: 4 or 16 bytes, network byte order; the rest is zero
 */
struct rtnl_prefix {
	uint8_t family;
	uint8_t bits;
	uint8_t addr[16];
};

/**
 * struct rtnl_route - a route
 * @dst: where to; 0 bits for the default route
 * @gateway: by whom; family AF_UNSPEC if there is none
 * @ifindex: by which device; 0 for @type RTN_UNREACHABLE
 * @table: routing table, 32 bits
 * @metric: its priority; 0: the kernel's default
 * @type: RTN_UNICAST or RTN_UNREACHABLE
 */
struct rtnl_route {
	struct rtnl_prefix dst;
	struct rtnl_prefix gateway;
	uint32_t ifindex;
	uint32_t table;
	uint32_t metric;
	uint8_t type;
};

/**
 * struct rtnl_rule - "fwmark MARK lookup TABLE", of one family
 */
struct rtnl_rule {
	uint8_t family;
	uint32_t mark;
	uint32_t table;
	uint32_t priority;
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

/* @mtu: 0 for the kernel's default. -EEXIST if a link of that name is there. */
int rtnl_link_add(struct rtnl *rtnl, const char *ifname, const char *kind,
		  uint32_t mtu, struct ack *ack);
int rtnl_link_del(struct rtnl *rtnl, uint32_t ifindex, struct ack *ack);
int rtnl_link_set_up(struct rtnl *rtnl, uint32_t ifindex, bool up,
		     struct ack *ack);

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

#endif /* _SIDESTEP_RTNL_H */
