// SPDX-License-Identifier: GPL-2.0-or-later
#include "offer_addr.h"

#include "../common/host_addr.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

/* The first and the last address of an IPv4 network are the network's, except on
 * links between two hosts (RFC 3021).
 */
static const char *check_bits(const struct rtnl_prefix *addr)
{
	uint32_t host, mask;

	if (!addr->bits || addr->bits > 8 * prefix_addr_len(addr->family))
		return "a prefix length that is out of range";
	if (addr->family != AF_INET || addr->bits > 30)
		return NULL;
	memcpy(&host, addr->addr, sizeof(host));
	mask = UINT32_MAX >> addr->bits;
	host = ntohl(host) & mask;
	return host && host != mask ? NULL :
	       "an address of a network, or its broadcast address";
}

/* [address, number]; the family is told by the length. */
static const char *take_pair(struct cbor_reader *reader, struct rtnl_prefix *addr,
			     uint64_t max, uint64_t *number)
{
	struct cbor_token token;
	uint64_t n;

	if (!cbor_take_array(reader, 2, &n) || n != 2 ||
	    !cbor_token_next(reader, &token) || token.type != CBOR_TOKEN_BYTES)
		return "an address that is none";
	if (token.len != sizeof(struct in_addr) && token.len != sizeof(struct in6_addr))
		return "an address of another length";
	addr->family = token.len == sizeof(struct in_addr) ? AF_INET : AF_INET6;
	memcpy(addr->addr, token.bytes, token.len);
	if (!cbor_take_unsigned(reader, max, number))
		return "an address with a number that is out of range";
	return host_addr_fault(addr->family, addr->addr);
}

void offer_addrs_put(struct cbor_out *out, const struct rtnl_prefix *addr, size_t n)
{
	cbor_put_array(out, n);
	for (; n--; addr++) {
		cbor_put_array(out, 2);
		cbor_put_bytes(out, addr->addr, prefix_addr_len(addr->family));
		cbor_put_unsigned(out, addr->bits);
	}
}

const char *offer_addrs_take(struct cbor_reader *reader, struct rtnl_prefix *addr,
			     size_t max, size_t *n)
{
	uint64_t members, bits;
	const char *why;

	if (!cbor_take_array(reader, max, &members))
		return "addresses that are no list, or too many";
	for (*n = 0; *n < members; ++*n, addr++) {
		why = take_pair(reader, addr, UINT8_MAX, &bits);
		if (why)
			return why;
		addr->bits = bits;
		why = check_bits(addr);
		if (why)
			return why;
	}
	return NULL;
}

void offer_endpoints_put(struct cbor_out *out, const struct sockaddr_storage *endpoint,
			 size_t n)
{
	cbor_put_array(out, n);
	for (; n--; endpoint++)
		cbor_put_addr(out, endpoint);
}

const char *offer_endpoints_take(struct cbor_reader *reader,
				 struct sockaddr_storage *endpoint, size_t max,
				 size_t *n)
{
	struct rtnl_prefix addr = {};
	uint64_t members, port;
	const char *why;

	if (!cbor_take_array(reader, max, &members))
		return "endpoints that are no list, or too many";
	for (*n = 0; *n < members; ++*n, endpoint++) {
		why = take_pair(reader, &addr, UINT16_MAX, &port);
		if (why)
			return why;
		if (!port)
			return "an endpoint with port 0";
		prefix_endpoint(endpoint, &addr, port);
	}
	return NULL;
}
