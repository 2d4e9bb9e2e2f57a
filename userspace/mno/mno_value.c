// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_value.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

bool mno_value_address(struct sockaddr_storage *addr, const char *value, uint16_t port)
{
	char host[INET6_ADDRSTRLEN + 1];
	const char *at = value, *end;
	struct sockaddr_in6 *in6 = (void *)addr;
	struct sockaddr_in *in = (void *)addr;
	bool is_ipv6 = *value == '[';
	char *rest;
	long n = port;

	end = is_ipv6 ? strchr(++at, ']') : strchr(value, ':');
	if (!end)
		end = value + strlen(value);
	if (end - at >= (long)sizeof(host) || (is_ipv6 && *end != ']'))
		return false;
	memcpy(host, at, end - at);
	host[end - at] = '\0';
	end += is_ipv6;
	if (*end == ':') {
		n = strtol(end + 1, &rest, 10);
		if (*rest || rest == end + 1 || n < 1 || n > 65535)
			return false;
	} else if (*end) {
		return false;
	}
	memset(addr, 0, sizeof(*addr));
	addr->ss_family = is_ipv6 ? AF_INET6 : AF_INET;
	in->sin_port = htons(n);
	return inet_pton(addr->ss_family, host,
			 is_ipv6 ? (void *)&in6->sin6_addr : (void *)&in->sin_addr) == 1;
}

bool mno_value_number(unsigned int *number, const char *value, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*end || end == value || *value == '-' || n < 1 || n > max)
		return false;
	*number = n;
	return true;
}

const char *mno_value_ports(in_port_t *lowest, in_port_t *highest, const char *value)
{
	unsigned int min, max;
	char first[8];
	const char *dash = strchr(value, '-');

	if (!dash || dash - value >= (long)sizeof(first))
		return "no LOWEST-HIGHEST";
	memcpy(first, value, dash - value);
	first[dash - value] = '\0';
	if (!mno_value_number(&min, first, 65535) || !mno_value_number(&max, dash + 1, 65535) ||
	    max <= min)
		return "no LOWEST-HIGHEST";
	*lowest = min;
	*highest = max;
	return NULL;
}

static bool read_network(struct mno_network *network, char *word)
{
	char *slash = strchr(word, '/');
	struct sockaddr_in6 *in6 = (void *)&network->addr;
	struct sockaddr_in *in = (void *)&network->addr;

	if (!slash)
		return false;
	*slash = '\0';
	memset(network, 0, sizeof(*network));
	if (inet_pton(AF_INET, word, &in->sin_addr) == 1)
		network->addr.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, word, &in6->sin6_addr) == 1)
		network->addr.ss_family = AF_INET6;
	else
		return false;
	return mno_value_number(&network->bits, slash + 1,
			   network->addr.ss_family == AF_INET ? 32 : 128);
}

const char *mno_value_networks(struct mno_networks *networks, const char *value)
{
	/* As many as there may be, and as long. */
	char copy[MNO_MAX_NETWORKS * (INET6_ADDRSTRLEN + 5)], *word, *save;

	if (strlen(value) >= sizeof(copy))
		return "too many networks";
	strcpy(copy, value);
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (networks->n == MNO_MAX_NETWORKS)
			return "too many networks";
		if (!read_network(&networks->network[networks->n++], word))
			return "no ADDRESS/BITS";
	}
	return NULL;
}

bool mno_value_is_device(const char *value)
{
	return *value && strlen(value) < IFNAMSIZ && !strpbrk(value, "\"\\*/ \n\t");
}
