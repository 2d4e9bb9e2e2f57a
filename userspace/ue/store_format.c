// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_format.h"

#include "offer_addr.h"

#include <errno.h>
#include <openssl/sha.h>
#include <string.h>

enum store_key {
	KEY_VERSION = 1,
	KEY_WG_PRIVATE,
	KEY_PEER_KEY,
	KEY_KEYS,
	KEY_PEER,
	KEY_OWN,
};

/* Members of an array. */
enum {
	N_FILE = 2,
	N_KEYS = 4,
};

static const unsigned int needed = 1u << KEY_WG_PRIVATE | 1u << KEY_PEER_KEY;

static void put_keys(struct cbor_out *out, const struct exchange_keys *keys)
{
	cbor_put_unsigned(out, KEY_KEYS);
	cbor_put_array(out, N_KEYS);
	cbor_put_unsigned(out, keys->id);
	cbor_put_bytes(out, keys->keys_id, sizeof(keys->keys_id));
	cbor_put_bytes(out, keys->tx, sizeof(keys->tx));
	cbor_put_bytes(out, keys->rx, sizeof(keys->rx));
}

static void put_peer(struct cbor_out *out, const struct offer *peer)
{
	uint8_t offer[OFFER_MAX_SIZE];
	size_t len = offer_encode(peer, offer, sizeof(offer));

	out->full |= !len;
	cbor_put_unsigned(out, KEY_PEER);
	cbor_put_bytes(out, offer, len);
}

static void put_content(struct cbor_out *out, const struct stored *stored)
{
	cbor_put_map(out, 4 + stored->has_keys + stored->has_peer);
	cbor_put_unsigned(out, KEY_VERSION);
	cbor_put_unsigned(out, STORE_VERSION);
	cbor_put_unsigned(out, KEY_WG_PRIVATE);
	cbor_put_bytes(out, stored->wg_private, sizeof(stored->wg_private));
	cbor_put_unsigned(out, KEY_PEER_KEY);
	cbor_put_bytes(out, stored->peer_key, sizeof(stored->peer_key));
	if (stored->has_keys)
		put_keys(out, &stored->keys);
	if (stored->has_peer)
		put_peer(out, &stored->peer);
	cbor_put_unsigned(out, KEY_OWN);
	offer_addrs_put(out, stored->own, stored->n_own);
}

size_t store_encode(const struct stored *stored, uint8_t *buf, size_t size)
{
	struct cbor_out out = { .buf = buf, .size = size };
	uint8_t content[STORE_MAX_SIZE], sum[SHA256_DIGEST_LENGTH];
	struct cbor_out in = { .buf = content, .size = sizeof(content) };

	put_content(&in, stored);
	SHA256(content, in.len, sum);
	cbor_put_array(&out, N_FILE);
	cbor_put_bytes(&out, content, in.len);
	cbor_put_bytes(&out, sum, sizeof(sum));
	explicit_bzero(content, sizeof(content));
	return in.full || out.full ? 0 : out.len;
}

static const char *take_keys(struct cbor_reader *reader, struct stored *stored)
{
	struct exchange_keys *keys = &stored->keys;
	uint64_t n, id;

	if (!cbor_take_array(reader, N_KEYS, &n) || n != N_KEYS ||
	    !cbor_take_unsigned(reader, UINT16_MAX, &id) || !id ||
	    !cbor_take_bytes(reader, keys->keys_id, sizeof(keys->keys_id)) ||
	    !cbor_take_bytes(reader, keys->tx, sizeof(keys->tx)) ||
	    !cbor_take_bytes(reader, keys->rx, sizeof(keys->rx)))
		return "keys that are none";
	keys->id = id;
	stored->has_keys = true;
	return NULL;
}

static const char *take_peer(struct cbor_reader *reader, struct stored *stored)
{
	struct cbor_token token;
	const char *why;
	int err;

	if (!cbor_token_next(reader, &token) || token.type != CBOR_TOKEN_BYTES)
		return "an offer that is no byte string";
	err = offer_decode(&stored->peer, token.bytes, token.len, &why);
	stored->has_peer = !err;
	if (err != -EPROTONOSUPPORT)
		return why;
	/* The peer will offer again. */
	memset(&stored->peer, 0, sizeof(stored->peer));
	return NULL;
}

static const char *take_value(struct cbor_reader *reader, struct stored *stored,
			      enum store_key key)
{
	switch (key) {
	case KEY_WG_PRIVATE:
		return cbor_take_bytes(reader, stored->wg_private,
				       sizeof(stored->wg_private)) ?
		       NULL : "a private key of another type or length";
	case KEY_PEER_KEY:
		return cbor_take_bytes(reader, stored->peer_key,
				       sizeof(stored->peer_key)) ?
		       NULL : "a peer's key of another type or length";
	case KEY_KEYS:
		return take_keys(reader, stored);
	case KEY_PEER:
		return take_peer(reader, stored);
	case KEY_OWN:
		return offer_addrs_take(reader, stored->own, OFFER_MAX_ADDRS,
					&stored->n_own);
	default:
		return "an unknown key";
	}
}

/* The version comes first: what follows may be anything in another one. */
static int take_version(struct cbor_reader *reader, uint64_t *n, const char **why)
{
	uint64_t key, version;

	*why = "no version";
	if (!cbor_take_map(reader, reader->left, n) || !*n ||
	    !cbor_take_unsigned(reader, KEY_VERSION, &key) || key != KEY_VERSION ||
	    !cbor_take_unsigned(reader, UINT64_MAX, &version))
		return -EBADMSG;
	--*n;
	*why = version == STORE_VERSION ? NULL : "it is of another version";
	return *why ? -EPROTONOSUPPORT : 0;
}

static const char *take_rest(struct cbor_reader *reader, struct stored *stored,
			     uint64_t n)
{
	unsigned int seen = 0;
	const char *why;
	uint64_t key;

	while (n--) {
		if (!cbor_take_unsigned(reader, KEY_OWN, &key) || seen & 1u << key)
			return "a key that is unknown or comes twice";
		seen |= 1u << key;
		why = take_value(reader, stored, key);
		if (why)
			return why;
	}
	if ((seen & needed) != needed)
		return "a part is missing";
	return reader->left ? "more than there should be" : NULL;
}

int store_decode_content(struct stored *stored, const uint8_t *buf, size_t len,
			 const char **why)
{
	struct cbor_reader reader = { buf, len };
	uint64_t n;
	int err;

	memset(stored, 0, sizeof(*stored));
	err = take_version(&reader, &n, why);
	if (err)
		return err;
	*why = take_rest(&reader, stored, n);
	if (!*why)
		return 0;
	explicit_bzero(stored, sizeof(*stored));
	return -EBADMSG;
}

int store_decode(struct stored *stored, const uint8_t *buf, size_t len,
		 const char **why)
{
	uint8_t sum[SHA256_DIGEST_LENGTH], found[SHA256_DIGEST_LENGTH];
	struct cbor_reader reader = { buf, len };
	struct cbor_token content;
	uint64_t n;

	memset(stored, 0, sizeof(*stored));
	*why = "it is cut short, or not one of sidestepd's";
	if (len > STORE_MAX_SIZE || !cbor_take_array(&reader, N_FILE, &n) ||
	    n != N_FILE || !cbor_token_next(&reader, &content) ||
	    content.type != CBOR_TOKEN_BYTES ||
	    !cbor_take_bytes(&reader, sum, sizeof(sum)) || reader.left)
		return -EBADMSG;
	SHA256(content.bytes, content.len, found);
	*why = "its checksum is wrong";
	if (memcmp(sum, found, sizeof(sum)))
		return -EBADMSG;
	return store_decode_content(stored, content.bytes, content.len, why);
}
