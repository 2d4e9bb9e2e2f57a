// SPDX-License-Identifier: GPL-2.0-or-later
#include "netview.h"

#include <string.h>
#include <sys/socket.h>

/* The registries of RFC 6890 as of 2026: what is not globally reachable. */
static const struct rtnl_prefix special[] = {
	{ AF_INET, 8, { 0 } },
	{ AF_INET, 8, { 10 } },
	{ AF_INET, 10, { 100, 64 } },
	{ AF_INET, 8, { 127 } },
	{ AF_INET, 16, { 169, 254 } },
	{ AF_INET, 12, { 172, 16 } },
	{ AF_INET, 24, { 192, 0, 0 } },
	{ AF_INET, 24, { 192, 0, 2 } },
	{ AF_INET, 24, { 192, 88, 99 } },
	{ AF_INET, 16, { 192, 168 } },
	{ AF_INET, 15, { 198, 18 } },
	{ AF_INET, 24, { 198, 51, 100 } },
	{ AF_INET, 24, { 203, 0, 113 } },
	{ AF_INET, 3, { 224 } },
	{ AF_INET6, 23, { 0x20, 0x01 } },
	{ AF_INET6, 32, { 0x20, 0x01, 0x0d, 0xb8 } },
	{ AF_INET6, 16, { 0x20, 0x02 } },
	{ AF_INET6, 20, { 0x3f, 0xff } },
};

/* All that has been given to networks so far. */
static const struct rtnl_prefix global6 = { AF_INET6, 3, { 0x20 } };

static bool is_in(const struct rtnl_prefix *addr, const struct rtnl_prefix *prefix)
{
	unsigned int bytes = prefix->bits / 8;
	unsigned int rest = prefix->bits % 8;

	if (addr->family != prefix->family || memcmp(addr->addr, prefix->addr, bytes))
		return false;
	return !rest || !((addr->addr[bytes] ^ prefix->addr[bytes]) >> (8 - rest));
}

bool netview_is_public(const struct rtnl_prefix *addr)
{
	size_t i;

	if (!prefix_addr_len(addr->family))
		return false;
	if (addr->family == AF_INET6 && !is_in(addr, &global6))
		return false;
	for (i = 0; i < sizeof(special) / sizeof(*special); i++)
		if (is_in(addr, &special[i]))
			return false;
	return true;
}
