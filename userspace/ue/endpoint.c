// SPDX-License-Identifier: GPL-2.0-or-later
#include "endpoint.h"

#include <string.h>

static const struct sockaddr_storage none;

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
