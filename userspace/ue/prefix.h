/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prefix: IP addresses and prefixes of either family. Pure
 */
#ifndef _SIDESTEP_PREFIX_H
#define _SIDESTEP_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

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

/* prefix_addr_len() - bytes of an address; 0 for another family */
size_t prefix_addr_len(uint8_t family);
bool prefix_same(const struct rtnl_prefix *a, const struct rtnl_prefix *b);

/* prefix_is_link_local() - fe80::/10 or 169.254.0.0/16 */
bool prefix_is_link_local(const struct rtnl_prefix *addr);

/* prefix_endpoint() - such an address with a port (host byte order) as a socket address */
void prefix_endpoint(struct sockaddr_storage *endpoint, const struct rtnl_prefix *addr,
		   uint16_t port);

#endif /* _SIDESTEP_PREFIX_H */
