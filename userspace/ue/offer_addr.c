// SPDX-License-Identifier: GPL-2.0-or-later
#include "offer_addr.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum {
	LEN_4 = 4,
	LEN_6 = 16,
	MAX_BITS_4 = 32,
	MAX_BITS_6 = 128,
};

void offer_addr_put(struct cbor_writer *writer, const struct rtnl_prefix *addr)
{
	cbor_put_array(writer, 2);
	cbor_put_bytes(writer, addr->addr, addr->family == AF_INET ? LEN_4 : LEN_6);
	cbor_put_unsigned(writer, addr->bits);
}

/* Not "this network", loopback, link-local, multicast, reserved or broadcast. */
static bool is_host_4(const uint8_t *addr)
{
	return addr[0] && addr[0] != 127 && addr[0] < 224 &&
	       !(addr[0] == 169 && addr[1] == 254);
}

/* Nor an IPv4 address in the clothes of an IPv6 one. */
static bool is_host_6(const uint8_t *addr)
{
	struct in6_addr in6;

	memcpy(&in6, addr, sizeof(in6));
	return !IN6_IS_ADDR_UNSPECIFIED(&in6) && !IN6_IS_ADDR_LOOPBACK(&in6) &&
	       !IN6_IS_ADDR_MULTICAST(&in6) && !IN6_IS_ADDR_LINKLOCAL(&in6) &&
	       !IN6_IS_ADDR_V4MAPPED(&in6) && !IN6_IS_ADDR_V4COMPAT(&in6);
}

static bool take_bytes(struct cbor_reader *reader, struct rtnl_prefix *addr)
{
	struct cbor_token token;

	if (!cbor_token_next(reader, &token) || token.type != CBOR_TOKEN_BYTES ||
	    (token.len != LEN_4 && token.len != LEN_6))
		return false;
	addr->family = token.len == LEN_4 ? AF_INET : AF_INET6;
	memcpy(addr->addr, token.text, token.len);
	return addr->family == AF_INET ? is_host_4(addr->addr) :
					 is_host_6(addr->addr);
}

bool offer_addr_take_with(struct cbor_reader *reader, struct rtnl_prefix *addr,
			  uint64_t *number, uint64_t max)
{
	size_t members;

	*addr = (struct rtnl_prefix){};
	return cbor_token_list(reader, &members, 2) && members == 2 &&
	       take_bytes(reader, addr) && cbor_token_unsigned(reader, number, max);
}

bool offer_addr_take(struct cbor_reader *reader, struct rtnl_prefix *addr)
{
	uint64_t bits;

	if (!offer_addr_take_with(reader, addr, &bits, MAX_BITS_6) || !bits ||
	    (addr->family == AF_INET && bits > MAX_BITS_4))
		return false;
	addr->bits = bits;
	return true;
}
