// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"
#include "log.h"
#include "offer_addr.h"
#include "statefile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	VERSION_1 = 1,
	FILE_SIZE = 4096,
};

/* The members of the map, docs/exchange.md. */
enum stored_key {
	KEY_VERSION,
	KEY_WG_PRIVATE,
	KEY_PEER_KEY,
	KEY_KEYS,
	KEY_PEER,
	KEY_OWN,
	KEYS,
};

static void file_name(char name[NAME_MAX], const char *session)
{
	snprintf(name, NAME_MAX, "%s.session", session);
}

/* --- encoding ------------------------------------------------------------- */

static void put_keys(struct cbor_writer *writer, const struct exchange_keys *keys)
{
	cbor_put_unsigned(writer, KEY_KEYS);
	cbor_put_array(writer, 4);
	cbor_put_unsigned(writer, keys->id);
	cbor_put_bytes(writer, keys->keys_id, sizeof(keys->keys_id));
	cbor_put_bytes(writer, keys->tx, sizeof(keys->tx));
	cbor_put_bytes(writer, keys->rx, sizeof(keys->rx));
}

static void put_peer(struct cbor_writer *writer, const struct offer *peer)
{
	uint8_t offer[OFFER_MAX_SIZE];
	size_t len = offer_encode(peer, offer, sizeof(offer));

	cbor_put_unsigned(writer, KEY_PEER);
	cbor_put_bytes(writer, offer, len);
}

size_t store_encode(const struct stored *stored, uint8_t *buf, size_t size)
{
	struct cbor_writer writer = { .at = buf, .left = size };

	cbor_put_map(&writer, 4 + stored->has_keys + stored->has_peer);
	cbor_put_unsigned(&writer, KEY_VERSION);
	cbor_put_unsigned(&writer, VERSION_1);
	cbor_put_unsigned(&writer, KEY_WG_PRIVATE);
	cbor_put_bytes(&writer, stored->wg_private, sizeof(stored->wg_private));
	cbor_put_unsigned(&writer, KEY_PEER_KEY);
	cbor_put_bytes(&writer, stored->peer_key, sizeof(stored->peer_key));
	if (stored->has_keys)
		put_keys(&writer, &stored->keys);
	if (stored->has_peer)
		put_peer(&writer, &stored->peer);
	cbor_put_unsigned(&writer, KEY_OWN);
	cbor_put_array(&writer, stored->n_own);
	for (size_t i = 0; i < stored->n_own; i++)
		offer_addr_put(&writer, &stored->own[i]);
	return writer.full ? 0 : size - writer.left;
}

/* --- decoding ------------------------------------------------------------- */

static bool take_keys(struct cbor_reader *reader, struct stored *stored)
{
	struct exchange_keys *keys = &stored->keys;
	uint64_t id;
	size_t n;

	if (!cbor_token_list(reader, &n, 4) || n != 4 ||
	    !cbor_token_unsigned(reader, &id, UINT16_MAX) || !id)
		return false;
	keys->id = id;
	stored->has_keys = true;
	return cbor_token_bytes(reader, keys->keys_id, sizeof(keys->keys_id)) &&
	       cbor_token_bytes(reader, keys->tx, sizeof(keys->tx)) &&
	       cbor_token_bytes(reader, keys->rx, sizeof(keys->rx));
}

/* What a peer of another version has offered is as good as nothing. */
static bool take_peer(struct cbor_reader *reader, struct stored *stored)
{
	struct cbor_token token;
	const char *why;
	int err;

	if (!cbor_token_next(reader, &token) || token.type != CBOR_TOKEN_BYTES)
		return false;
	err = offer_decode(&stored->peer, (const uint8_t *)token.text, token.len, &why);
	stored->has_peer = !err;
	if (err)
		stored->peer = (struct offer){};
	return !err || err == -EPROTONOSUPPORT;
}

static bool take_own(struct cbor_reader *reader, struct stored *stored)
{
	size_t n;

	if (!cbor_token_list(reader, &n, OFFER_MAX_ADDRS))
		return false;
	for (stored->n_own = 0; stored->n_own < n; stored->n_own++)
		if (!offer_addr_take(reader, &stored->own[stored->n_own]))
			return false;
	return true;
}

static bool take(struct cbor_reader *reader, struct stored *stored, uint64_t key)
{
	uint64_t version;

	switch (key) {
	case KEY_VERSION:
		return cbor_token_unsigned(reader, &version, VERSION_1) &&
		       version == VERSION_1;
	case KEY_WG_PRIVATE:
		return cbor_token_bytes(reader, stored->wg_private,
					sizeof(stored->wg_private));
	case KEY_PEER_KEY:
		return cbor_token_bytes(reader, stored->peer_key,
					sizeof(stored->peer_key));
	case KEY_KEYS:
		return take_keys(reader, stored);
	case KEY_PEER:
		return take_peer(reader, stored);
	case KEY_OWN:
		return take_own(reader, stored);
	default:
		return false;
	}
}

bool store_decode(struct stored *stored, const uint8_t *buf, size_t len)
{
	static const unsigned int needed = 1 << KEY_VERSION | 1 << KEY_WG_PRIVATE |
					   1 << KEY_PEER_KEY | 1 << KEY_OWN;
	struct cbor_reader reader = { .at = buf, .left = len };
	struct cbor_token head;
	unsigned int seen = 0;
	uint64_t key;

	*stored = (struct stored){};
	if (!cbor_token_next(&reader, &head) || head.type != CBOR_TOKEN_MAP)
		return false;
	for (uint64_t i = 0; i < head.number; i++) {
		if (!cbor_token_unsigned(&reader, &key, KEYS - 1) ||
		    seen & 1u << key || !take(&reader, stored, key))
			return false;
		seen |= 1u << key;
	}
	return (seen & needed) == needed && !reader.left;
}

/* --- files ---------------------------------------------------------------- */

int store_read(struct stored *stored, const char *dir, const char *session)
{
	uint8_t buf[FILE_SIZE];
	char name[NAME_MAX];
	ssize_t len;
	bool good;

	*stored = (struct stored){};
	file_name(name, session);
	len = statefile_read(dir, name, buf, sizeof(buf));
	if (len < 0)
		return len;
	good = store_decode(stored, buf, len);
	explicit_bzero(buf, sizeof(buf));
	if (good)
		return 0;
	explicit_bzero(stored, sizeof(*stored));
	log_say(LOG_ERR, session, "%s/%s: is damaged: remove it, and both hosts take new keys when they meet",
		dir, name);
	return -EBADMSG;
}

int store_write(const struct stored *stored, const char *dir, const char *session)
{
	uint8_t buf[FILE_SIZE];
	char name[NAME_MAX];
	size_t len = store_encode(stored, buf, sizeof(buf));
	int err;

	file_name(name, session);
	err = len ? statefile_write(dir, name, buf, len) : -EMSGSIZE;
	explicit_bzero(buf, sizeof(buf));
	return err;
}

void store_remove(const char *dir, const char *session)
{
	char path[PATH_MAX], name[NAME_MAX];

	file_name(name, session);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (unlink(path) && errno != ENOENT)
		log_say(LOG_ERR, session, "%s: cannot be removed: %s", path,
			strerror(errno));
}
