// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_alias.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>

#define TABLE "inet sidestep-%u"

/* struct source - an address as nft(8) has it */
struct source {
	char addr[INET6_ADDRSTRLEN];
	uint16_t port;
};

static void source_of(struct source *source, const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const void *)addr;
	const struct sockaddr_in *in = (const void *)addr;

	if (addr->ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, source->addr, sizeof(source->addr));
		source->port = ntohs(in->sin_port);
	} else {
		inet_ntop(AF_INET6, &in6->sin6_addr, source->addr, sizeof(source->addr));
		source->port = ntohs(in6->sin6_port);
	}
}

int relay_alias_add(struct nft *nft, uint16_t port, const struct sockaddr_storage *relay,
		    const struct sockaddr_storage *peer)
{
	bool is_ip4 = peer->ss_family == AF_INET;
	const char *whole = is_ip4 ? "ip frag-off & 0x3fff 0" : "exthdr frag missing";
	const char *ip = is_ip4 ? "ip" : "ip6";
	struct source from, to;

	if (relay->ss_family != peer->ss_family ||
	    (!is_ip4 && peer->ss_family != AF_INET6))
		return -EAFNOSUPPORT;
	source_of(&from, relay);
	source_of(&to, peer);
	nft_add(nft, "add table " TABLE " { flags owner; }\n", port);
	nft_add(nft, "add chain " TABLE " in { type filter hook prerouting priority raw; }\n",
		port);
	nft_add(nft, "flush chain " TABLE " in\n", port);
	nft_add(nft, "add rule " TABLE " in %s %s saddr %s udp sport %u udp dport %u"
		" %s saddr set %s udp sport set %u\n",
		port, whole, ip, from.addr, from.port, port, ip, to.addr, to.port);
	return 0;
}
