// SPDX-License-Identifier: GPL-2.0-or-later
#include "prefix.h"

#include <netinet/in.h>
#include <string.h>

size_t prefix_addr_len(uint8_t family)
{
	switch (family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

bool prefix_same(const struct rtnl_prefix *a, const struct rtnl_prefix *b)
{
	return a->family == b->family && a->bits == b->bits &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr));
}

bool prefix_is_link_local(const struct rtnl_prefix *addr)
{
	if (addr->family == AF_INET)
		return addr->addr[0] == 169 && addr->addr[1] == 254;
	return addr->addr[0] == 0xfe && (addr->addr[1] & 0xc0) == 0x80;
}

void prefix_endpoint(struct sockaddr_storage *endpoint, const struct rtnl_prefix *addr,
		   uint16_t port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)endpoint;
	struct sockaddr_in *in = (struct sockaddr_in *)endpoint;

	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->ss_family = addr->family;
	if (addr->family == AF_INET) {
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->addr, sizeof(in->sin_addr));
	} else {
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, addr->addr, sizeof(in6->sin6_addr));
	}
}
