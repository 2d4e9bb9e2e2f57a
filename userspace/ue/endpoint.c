// SPDX-License-Identifier: GPL-2.0-or-later
#include "endpoint.h"

#include <string.h>

static const struct sockaddr_storage none;

bool endpoint_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *in_a = (const void *)a, *in_b = (const void *)b;
	const struct sockaddr_in6 *in6_a = (const void *)a, *in6_b = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return in_a->sin_port == in_b->sin_port &&
		       in_a->sin_addr.s_addr == in_b->sin_addr.s_addr;
	return in6_a->sin6_port == in6_b->sin6_port &&
	       IN6_ARE_ADDR_EQUAL(&in6_a->sin6_addr, &in6_b->sin6_addr);
}

bool endpoint_say(struct endpoint *endpoint, enum endpoint_source source,
		  const struct sockaddr_storage *addr)
{
	struct sockaddr_storage *said = &endpoint->said[source];

	if (!addr)
		addr = &none;
	if (!memcmp(said, addr, sizeof(*said)))
		return false;
	*said = *addr;
	return true;
}

const struct sockaddr_storage *endpoint_now(const struct endpoint *endpoint)
{
	int source = ENDPOINT_SOURCES;

	if (endpoint->hold)
		return &none;
	while (source-- > 0)
		if (endpoint->said[source].ss_family != AF_UNSPEC)
			return &endpoint->said[source];
	return &none;
}
