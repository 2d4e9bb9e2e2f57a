// SPDX-License-Identifier: GPL-2.0-or-later
#include "offer.h"
#include "../common/utf8.h"
#include "offer_addr.h"

#include <errno.h>
#include <string.h>

/* The members of the map, docs/exchange.md. */
enum offer_key {
	KEY_VERSION,
	KEY_NAME,
	KEY_KEYS_ID,
	KEY_MAC,
	KEY_ADDRS,
	KEY_WG_KEY,
	KEY_ENDPOINTS,
	KEYS,
};

static const uint8_t no_mac[6];

/* --- encoding ------------------------------------------------------------- */

static void put_endpoint(struct cbor_writer *writer,
			 const struct sockaddr_storage *endpoint)
{
	const struct sockaddr_in6 *in6 = (const void *)endpoint;
	const struct sockaddr_in *in = (const void *)endpoint;

	cbor_put_array(writer, 2);
	if (endpoint->ss_family == AF_INET) {
		cbor_put_bytes(writer, (const void *)&in->sin_addr,
			       sizeof(in->sin_addr));
		cbor_put_unsigned(writer, ntohs(in->sin_port));
	} else {
		cbor_put_bytes(writer, (const void *)&in6->sin6_addr,
			       sizeof(in6->sin6_addr));
		cbor_put_unsigned(writer, ntohs(in6->sin6_port));
	}
}

static void put_optional(struct cbor_writer *writer, const struct offer *offer)
{
	if (offer->has_keys) {
		cbor_put_unsigned(writer, KEY_KEYS_ID);
		cbor_put_bytes(writer, offer->keys_id, sizeof(offer->keys_id));
	}
	if (memcmp(offer->mac, no_mac, sizeof(no_mac))) {
		cbor_put_unsigned(writer, KEY_MAC);
		cbor_put_bytes(writer, offer->mac, sizeof(offer->mac));
	}
	if (offer->n_endpoints) {
		cbor_put_unsigned(writer, KEY_ENDPOINTS);
		cbor_put_array(writer, offer->n_endpoints);
	}
	for (size_t i = 0; i < offer->n_endpoints; i++)
		put_endpoint(writer, &offer->endpoint[i]);
}

static size_t members(const struct offer *offer)
{
	return 4 + offer->has_keys + !!memcmp(offer->mac, no_mac, sizeof(no_mac)) +
	       !!offer->n_endpoints;
}

size_t offer_encode(const struct offer *offer, uint8_t *buf, size_t size)
{
	struct cbor_writer writer = { .at = buf, .left = size };

	cbor_put_map(&writer, members(offer));
	cbor_put_unsigned(&writer, KEY_VERSION);
	cbor_put_unsigned(&writer, offer->version);
	cbor_put_unsigned(&writer, KEY_NAME);
	cbor_put_text(&writer, offer->name);
	cbor_put_unsigned(&writer, KEY_ADDRS);
	cbor_put_array(&writer, offer->n_addrs);
	for (size_t i = 0; i < offer->n_addrs; i++)
		offer_addr_put(&writer, &offer->addr[i]);
	cbor_put_unsigned(&writer, KEY_WG_KEY);
	cbor_put_bytes(&writer, offer->wg_key, sizeof(offer->wg_key));
	put_optional(&writer, offer);
	return writer.full ? 0 : size - writer.left;
}

/* --- decoding ------------------------------------------------------------- */

static bool is_plain(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	size_t len;

	for (; *s; s += len) {
		len = utf8_len(s);
		/* C0, DEL, C1 */
		if (!len || *s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0))
			return false;
	}
	return true;
}

static bool take_name(struct cbor_reader *reader, struct offer *offer)
{
	struct cbor_token token;

	if (!cbor_token_next(reader, &token) || token.type != CBOR_TOKEN_TEXT ||
	    !token.len || token.len >= sizeof(offer->name) ||
	    memchr(token.text, '\0', token.len))
		return false;
	memcpy(offer->name, token.text, token.len);
	return is_plain(offer->name);
}

static bool take_addrs(struct cbor_reader *reader, struct offer *offer)
{
	size_t n;

	if (!cbor_token_list(reader, &n, OFFER_MAX_ADDRS) || !n)
		return false;
	for (; offer->n_addrs < n; offer->n_addrs++)
		if (!offer_addr_take(reader, &offer->addr[offer->n_addrs]))
			return false;
	return true;
}

static bool take_endpoint(struct cbor_reader *reader, struct sockaddr_storage *endpoint)
{
	struct sockaddr_in6 *in6 = (void *)endpoint;
	struct sockaddr_in *in = (void *)endpoint;
	struct rtnl_prefix addr;
	uint64_t port;

	if (!offer_addr_take_with(reader, &addr, &port, UINT16_MAX) || !port)
		return false;
	if (addr.family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr.addr, sizeof(in->sin_addr));
	} else {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, addr.addr, sizeof(in6->sin6_addr));
	}
	return true;
}

static bool take_endpoints(struct cbor_reader *reader, struct offer *offer)
{
	size_t n;

	if (!cbor_token_list(reader, &n, OFFER_MAX_ENDPOINTS))
		return false;
	for (; offer->n_endpoints < n; offer->n_endpoints++)
		if (!take_endpoint(reader, &offer->endpoint[offer->n_endpoints]))
			return false;
	return true;
}

static bool take_version(struct cbor_reader *reader, struct offer *offer)
{
	uint64_t version;

	if (!cbor_token_unsigned(reader, &version, UINT32_MAX) || !version)
		return false;
	offer->version = version;
	return true;
}

/* Return: whether the value is as it should be. */
static bool take(struct cbor_reader *reader, struct offer *offer, enum offer_key key)
{
	switch (key) {
	case KEY_VERSION:
		return take_version(reader, offer);
	case KEY_NAME:
		return take_name(reader, offer);
	case KEY_KEYS_ID:
		offer->has_keys = true;
		return cbor_token_bytes(reader, offer->keys_id, sizeof(offer->keys_id));
	case KEY_MAC:
		return cbor_token_bytes(reader, offer->mac, sizeof(offer->mac));
	case KEY_ADDRS:
		return take_addrs(reader, offer);
	case KEY_WG_KEY:
		return cbor_token_bytes(reader, offer->wg_key, sizeof(offer->wg_key));
	case KEY_ENDPOINTS:
		return take_endpoints(reader, offer);
	case KEYS:
		break;
	}
	return false;
}

static const char *const wrong[KEYS] = {
	[KEY_VERSION] = "its version is missing or malformed",
	[KEY_NAME] = "its name is missing, too long, or no plain text",
	[KEY_KEYS_ID] = "its name of keys is malformed",
	[KEY_MAC] = "its MAC address is malformed",
	[KEY_ADDRS] = "its addresses are missing, too many, or no addresses of a host",
	[KEY_WG_KEY] = "its WireGuard key is missing or malformed",
	[KEY_ENDPOINTS] = "its endpoints are malformed, too many, or no addresses of a host",
};

/* One member; what is not known is skipped. Return: what is wrong, or NULL. */
static const char *take_member(struct cbor_reader *reader, struct offer *offer,
			       unsigned int *seen)
{
	struct cbor_token key, value;

	if (!cbor_token_next(reader, &key))
		return "it is cut short, or no CBOR";
	if (key.type != CBOR_TOKEN_UNSIGNED || key.number >= KEYS) {
		if (!cbor_token_skip(reader, &key) || !cbor_token_next(reader, &value) ||
		    !cbor_token_skip(reader, &value))
			return "it is cut short, or no CBOR";
		return NULL;
	}
	if (*seen & 1u << key.number)
		return "it says something twice";
	*seen |= 1u << key.number;
	return take(reader, offer, key.number) ? NULL : wrong[key.number];
}

static const char *missing(unsigned int seen)
{
	static const enum offer_key needed[] = {
		KEY_VERSION, KEY_NAME, KEY_ADDRS, KEY_WG_KEY,
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!(seen & 1u << needed[i]))
			return wrong[needed[i]];
	return NULL;
}

static const char *decode(struct offer *offer, struct cbor_reader *reader)
{
	struct cbor_token head;
	unsigned int seen = 0;
	const char *why = NULL;

	if (!cbor_token_next(reader, &head) || head.type != CBOR_TOKEN_MAP)
		return "it is no map in CBOR";
	for (uint64_t i = 0; i < head.number && !why; i++)
		why = take_member(reader, offer, &seen);
	/* Another version may have changed anything else. */
	if (offer->version && offer->version != OFFER_VERSION)
		return "it is of another version";
	if (!why)
		why = missing(seen);
	if (!why && reader->left)
		why = "something follows it";
	return why;
}

int offer_decode(struct offer *offer, const uint8_t *buf, size_t len, const char **why)
{
	struct cbor_reader reader = { .at = buf, .left = len };

	*offer = (struct offer){};
	*why = len <= OFFER_MAX_SIZE ? decode(offer, &reader) : "it is too long";
	if (!*why)
		return 0;
	if (offer->version && offer->version != OFFER_VERSION) {
		*offer = (struct offer){ .version = offer->version };
		return -EPROTONOSUPPORT;
	}
	*offer = (struct offer){};
	return -EBADMSG;
}
