// SPDX-License-Identifier: GPL-2.0-or-later
#include "host_addr.h"

#include <netinet/in.h>
#include <string.h>

static const char no_host[] = "an address that is no host's";
static const char link_local[] = "a link-local address";

/* 0/8, 127/8 and all from 224/4 on name no host. */
static const char *ipv4_fault(const uint8_t *addr)
{
	if (addr[0] == 0 || addr[0] == 127 || addr[0] >= 224)
		return no_host;
	return addr[0] == 169 && addr[1] == 254 ? link_local : NULL;
}

static const char *ipv6_fault(const uint8_t *addr)
{
	struct in6_addr in6;

	memcpy(&in6, addr, sizeof(in6));
	if (IN6_IS_ADDR_LINKLOCAL(&in6))
		return link_local;
	if (IN6_IS_ADDR_UNSPECIFIED(&in6) || IN6_IS_ADDR_LOOPBACK(&in6) ||
	    IN6_IS_ADDR_MULTICAST(&in6) || IN6_IS_ADDR_V4MAPPED(&in6) ||
	    IN6_IS_ADDR_V4COMPAT(&in6))
		return no_host;
	return NULL;
}

const char *host_addr_fault(int family, const uint8_t *addr)
{
	return family == AF_INET ? ipv4_fault(addr) : ipv6_fault(addr);
}
