// SPDX-License-Identifier: GPL-2.0-or-later
#include "nat_control.h"
#include "mno_value.h"

#include "../common/log.h"
#include "../common/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE "inet prosefd-nat"

/* Each mapping is an element of a map inwards and of one outwards. */
static const char maps[] =
	"add table " TABLE "\n"
	"add map " TABLE " in4 { type ipv4_addr . inet_service : ipv4_addr . inet_service; flags timeout; }\n"
	"add map " TABLE " out4 { type ipv4_addr . inet_service : ipv4_addr . inet_service; flags timeout; }\n"
	"add map " TABLE " in6 { type ipv6_addr . inet_service : ipv6_addr . inet_service; flags timeout; }\n"
	"add map " TABLE " out6 { type ipv6_addr . inet_service : ipv6_addr . inet_service; flags timeout; }\n"
	"add chain " TABLE " in { type nat hook prerouting priority dstnat - 1; }\n"
	"add chain " TABLE " out { type nat hook postrouting priority srcnat - 1; }\n"
	"flush table " TABLE "\n"
	"flush map " TABLE " in4\n"
	"flush map " TABLE " out4\n"
	"flush map " TABLE " in6\n"
	"flush map " TABLE " out6\n";

/* struct nat_control - this host's */
struct nat_control {
	struct nft *nft;
};

/**
 * struct ends - of a mapping, as text
 * @digit: 4 or 6
 * @inside: address and port
 * @outside: likewise
 */
struct ends {
	int digit;
	char inside[INET6_ADDRSTRLEN + 10];
	char outside[INET6_ADDRSTRLEN + 10];
};

static bool write_end(char *text, size_t size, const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *sin6 = (const void *)addr;
	const struct sockaddr_in *sin = (const void *)addr;
	bool is4 = addr->ss_family == AF_INET;
	char ip[INET6_ADDRSTRLEN];
	uint16_t port = ntohs(is4 ? sin->sin_port : sin6->sin6_port);

	if (!port || !inet_ntop(addr->ss_family,
				is4 ? (const void *)&sin->sin_addr : &sin6->sin6_addr, ip,
				sizeof(ip)))
		return false;
	snprintf(text, size, "%s . %u", ip, port);
	return true;
}

static bool write_ends(struct ends *ends, const struct nat_mapping *mapping)
{
	int family = mapping->inside.ss_family;

	ends->digit = family == AF_INET ? 4 : 6;
	return (family == AF_INET || family == AF_INET6) &&
	       mapping->outside.ss_family == family &&
	       write_end(ends->inside, sizeof(ends->inside), &mapping->inside) &&
	       write_end(ends->outside, sizeof(ends->outside), &mapping->outside);
}

static void add(struct nft *nft, const struct ends *ends, uint32_t lifetime_s)
{
	nft_add(nft, "add element " TABLE " in%d { %s timeout %us : %s }\n", ends->digit,
		ends->outside, lifetime_s, ends->inside);
	nft_add(nft, "add element " TABLE " out%d { %s timeout %us : %s }\n", ends->digit,
		ends->inside, lifetime_s, ends->outside);
}

static void del(struct nft *nft, const struct ends *ends)
{
	nft_add(nft, "delete element " TABLE " in%d { %s }\n", ends->digit, ends->outside);
	nft_add(nft, "delete element " TABLE " out%d { %s }\n", ends->digit, ends->inside);
}

/* An existing element would keep its timeout; another one is in the way of the first. */
static int nft_map(struct nat_control *nat, const struct nat_mapping *mapping,
		   const char **why)
{
	struct ends ends;

	*why = "no such mapping can be";
	if (!mapping->lifetime_s || !write_ends(&ends, mapping))
		return -EINVAL;
	add(nat->nft, &ends, mapping->lifetime_s);
	del(nat->nft, &ends);
	add(nat->nft, &ends, mapping->lifetime_s);
	if (!nft_commit(nat->nft, why))
		return 0;
	return strstr(*why, strerror(EEXIST)) ? -EEXIST : -EIO;
}

/* Only if it is that one: adding fails if another has one of its ends. */
static void nft_unmap(struct nat_control *nat, const struct nat_mapping *mapping)
{
	struct ends ends;
	const char *why;

	if (!write_ends(&ends, mapping))
		return;
	add(nat->nft, &ends, 1);
	del(nat->nft, &ends);
	nft_commit(nat->nft, &why);
}

static void nft_nat_close(struct nat_control *nat)
{
	if (!nat)
		return;
	nft_close(nat->nft);
	free(nat);
}

static void add_rules(struct nft *nft, const char *device)
{
	nft_add(nft, "%s", maps);
	nft_add(nft, "add rule " TABLE
		" in iifname \"%s\" dnat ip to ip daddr . udp dport map @in4\n", device);
	nft_add(nft, "add rule " TABLE
		" in iifname \"%s\" dnat ip6 to ip6 daddr . udp dport map @in6\n", device);
	nft_add(nft, "add rule " TABLE
		" out oifname \"%s\" snat ip to ip saddr . udp sport map @out4\n", device);
	nft_add(nft, "add rule " TABLE
		" out oifname \"%s\" snat ip6 to ip6 saddr . udp sport map @out6\n", device);
}

static int nft_nat_open(struct nat_control **result, const char *device)
{
	struct nat_control *nat;
	const char *why;

	if (!mno_value_is_device(device))
		return -EINVAL;
	nat = calloc(1, sizeof(*nat));
	if (!nat)
		return -ENOMEM;
	nat->nft = nft_open();
	if (!nat->nft) {
		free(nat);
		return -ENOMEM;
	}
	add_rules(nat->nft, device);
	if (nft_commit(nat->nft, &why)) {
		log_say(LOG_ERR, NULL, "no control of this host's NAT: %s", why);
		nft_nat_close(nat);
		return -EIO;
	}
	*result = nat;
	return 0;
}

const struct nat_control_backend nat_control_nft = {
	.open = nft_nat_open,
	.close = nft_nat_close,
	.map = nft_map,
	.unmap = nft_unmap,
};
