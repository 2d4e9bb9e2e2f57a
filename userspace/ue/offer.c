// SPDX-License-Identifier: GPL-2.0-or-later
#include "offer.h"

#include "../common/utf8.h"
#include "offer_addr.h"

#include <errno.h>
#include <string.h>

enum offer_key {
	KEY_VERSION = 1,
	KEY_NAME,
	KEY_KEYS_ID,
	KEY_MAC,
	KEY_ADDRS,
	KEY_WG_KEY,
	KEY_ENDPOINTS,
};

static const unsigned int needed =
	1u << KEY_VERSION | 1u << KEY_NAME | 1u << KEY_ADDRS | 1u << KEY_WG_KEY;

static bool has_mac(const struct offer *offer)
{
	static const uint8_t none[sizeof(offer->mac)];

	return memcmp(offer->mac, none, sizeof(none));
}

static void put_named_bytes(struct cbor_out *out, enum offer_key key,
			    const uint8_t *bytes, size_t len)
{
	cbor_put_unsigned(out, key);
	cbor_put_bytes(out, bytes, len);
}

size_t offer_encode(const struct offer *offer, uint8_t *buf, size_t size)
{
	struct cbor_out out = { .buf = buf, .size = size };

	if (size > OFFER_MAX_SIZE)
		out.size = OFFER_MAX_SIZE;
	cbor_put_map(&out, 5 + offer->has_keys + has_mac(offer));
	cbor_put_unsigned(&out, KEY_VERSION);
	cbor_put_unsigned(&out, offer->version);
	cbor_put_unsigned(&out, KEY_NAME);
	cbor_put_text(&out, offer->name);
	if (offer->has_keys)
		put_named_bytes(&out, KEY_KEYS_ID, offer->keys_id,
				sizeof(offer->keys_id));
	if (has_mac(offer))
		put_named_bytes(&out, KEY_MAC, offer->mac, sizeof(offer->mac));
	cbor_put_unsigned(&out, KEY_ADDRS);
	offer_addrs_put(&out, offer->addr, offer->n_addrs);
	put_named_bytes(&out, KEY_WG_KEY, offer->wg_key, sizeof(offer->wg_key));
	cbor_put_unsigned(&out, KEY_ENDPOINTS);
	offer_endpoints_put(&out, offer->endpoint, offer->n_endpoints);
	return out.full ? 0 : out.len;
}

static const char *check_name(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	size_t n;

	for (; *s; s += n) {
		n = utf8_len(s);
		if (!n)
			return "a name that is not in UTF-8";
		if (utf8_is_control(s))
			return "a name with control characters";
	}
	return NULL;
}

static const char *take_name(struct cbor_reader *reader, struct offer *offer)
{
	struct cbor_token token;

	if (!cbor_token_next(reader, &token) || token.type != CBOR_TOKEN_TEXT)
		return "a name that is no text";
	if (!token.len || token.len >= sizeof(offer->name))
		return "a name that is empty or too long";
	if (memchr(token.text, '\0', token.len))
		return "a name with control characters";
	memcpy(offer->name, token.text, token.len);
	return check_name(offer->name);
}

static const char *take_mac(struct cbor_reader *reader, struct offer *offer)
{
	if (!cbor_take_bytes(reader, offer->mac, sizeof(offer->mac)))
		return "a MAC address of another type or length";
	if (offer->mac[0] & 1 || !has_mac(offer))
		return "a MAC address that is no station's";
	return NULL;
}

static const char *take_addrs(struct cbor_reader *reader, struct offer *offer)
{
	const char *why = offer_addrs_take(reader, offer->addr, OFFER_MAX_ADDRS,
					   &offer->n_addrs);

	return why ?: offer->n_addrs ? NULL : "no address";
}

static const char *take_value(struct cbor_reader *reader, struct offer *offer,
			      enum offer_key key)
{
	uint64_t version;

	switch (key) {
	case KEY_VERSION:
		return cbor_take_unsigned(reader, OFFER_VERSION, &version) ? NULL :
		       "a version that is none";
	case KEY_NAME:
		return take_name(reader, offer);
	case KEY_KEYS_ID:
		offer->has_keys = true;
		return cbor_take_bytes(reader, offer->keys_id, sizeof(offer->keys_id)) ?
		       NULL : "an id of keys of another type or length";
	case KEY_MAC:
		return take_mac(reader, offer);
	case KEY_ADDRS:
		return take_addrs(reader, offer);
	case KEY_WG_KEY:
		return cbor_take_bytes(reader, offer->wg_key, sizeof(offer->wg_key)) ?
		       NULL : "a WireGuard key of another type or length";
	case KEY_ENDPOINTS:
		return offer_endpoints_take(reader, offer->endpoint,
					    OFFER_MAX_ENDPOINTS, &offer->n_endpoints);
	}
	return "an unknown key";
}

static bool skip_value(struct cbor_reader *reader)
{
	struct cbor_token token;

	return cbor_token_next(reader, &token) && cbor_token_skip(reader, &token);
}

/* What another version has besides its number may be anything. */
static const char *find_version(struct cbor_reader reader, unsigned int *version)
{
	uint64_t n, key, value = 0;
	bool found = false;

	if (!cbor_take_map(&reader, reader.left, &n))
		return "no map";
	while (n--) {
		if (!cbor_take_unsigned(&reader, UINT64_MAX, &key))
			return "a key that is no number";
		if (key != KEY_VERSION) {
			if (!skip_value(&reader))
				return "malformed";
			continue;
		}
		if (found || !cbor_take_unsigned(&reader, UINT32_MAX, &value))
			return "a version that is none";
		found = true;
	}
	*version = value;
	return !found ? "no version" : reader.left ? "more than one offer" : NULL;
}

static const char *take_all(struct cbor_reader *reader, struct offer *offer)
{
	unsigned int seen = 0;
	const char *why;
	uint64_t n, key;

	if (!cbor_take_map(reader, reader->left, &n))
		return "no map";
	while (n--) {
		if (!cbor_take_unsigned(reader, UINT64_MAX, &key))
			return "a key that is no number";
		if (key < KEY_VERSION || key > KEY_ENDPOINTS) {
			if (!skip_value(reader))
				return "malformed";
			continue;
		}
		if (seen & 1u << key)
			return "a key that comes twice";
		seen |= 1u << key;
		why = take_value(reader, offer, key);
		if (why)
			return why;
	}
	return (seen & needed) == needed ? NULL : "a part is missing";
}

int offer_decode(struct offer *offer, const uint8_t *buf, size_t len,
		 const char **why)
{
	struct cbor_reader reader = { buf, len };
	unsigned int version;

	/* All of it, so that two can be compared. */
	memset(offer, 0, sizeof(*offer));
	*why = len > OFFER_MAX_SIZE ? "too long" : find_version(reader, &version);
	if (*why)
		return -EBADMSG;
	offer->version = version;
	if (version != OFFER_VERSION) {
		*why = "another version";
		return -EPROTONOSUPPORT;
	}
	*why = take_all(&reader, offer);
	if (!*why)
		return 0;
	memset(offer, 0, sizeof(*offer));
	return -EBADMSG;
}
