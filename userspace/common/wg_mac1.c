// SPDX-License-Identifier: GPL-2.0-or-later
#include "wg_mac1.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

enum {
	SENDER_AT = 4,
	RECEIVER_AT = 8,
	/* After the last field but mac1 and mac2. */
	INITIATION_MAC1_AT = WG_INITIATION_LEN - 2 * WG_MAC1_LEN,
	RESPONSE_MAC1_AT = WG_RESPONSE_LEN - 2 * WG_MAC1_LEN,
};

static const char label[] = "mac1----";

static uint32_t get_le32(const uint8_t *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

enum wg_kind wg_kind(const uint8_t *buf, size_t len)
{
	uint32_t type = len >= WG_DATA_MIN_LEN ? get_le32(buf) : WG_NONE;

	switch (type) {
	case WG_INITIATION:
		return len == WG_INITIATION_LEN ? WG_INITIATION : WG_NONE;
	case WG_RESPONSE:
		return len == WG_RESPONSE_LEN ? WG_RESPONSE : WG_NONE;
	case WG_COOKIE:
		return len == WG_COOKIE_LEN ? WG_COOKIE : WG_NONE;
	case WG_DATA:
		return WG_DATA;
	default:
		return WG_NONE;
	}
}

uint32_t wg_sender(const uint8_t *buf)
{
	return get_le32(buf + SENDER_AT);
}

uint32_t wg_receiver(const uint8_t *buf)
{
	return get_le32(buf + (buf[0] == WG_RESPONSE ? RECEIVER_AT : SENDER_AT));
}

int wg_mac1_key(struct wg_mac1_key *key, const uint8_t public_key[WG_MAC1_KEY_LEN])
{
	uint8_t text[sizeof(label) - 1 + WG_MAC1_KEY_LEN];

	memcpy(text, label, sizeof(label) - 1);
	memcpy(text + sizeof(label) - 1, public_key, WG_MAC1_KEY_LEN);
	if (!EVP_Digest(text, sizeof(text), key->hash, NULL, EVP_blake2s256(), NULL))
		return -EIO;
	return 0;
}

static bool make(uint8_t mac1[WG_MAC1_LEN], const struct wg_mac1_key *key,
		 const uint8_t *buf, size_t len)
{
	static EVP_MAC *blake2s;
	size_t size = WG_MAC1_LEN;
	OSSL_PARAM params[] = {
		OSSL_PARAM_size_t(OSSL_MAC_PARAM_SIZE, &size),
		OSSL_PARAM_END,
	};
	EVP_MAC_CTX *ctx;
	bool done;

	if (!blake2s)
		blake2s = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_BLAKE2SMAC, NULL);
	ctx = blake2s ? EVP_MAC_CTX_new(blake2s) : NULL;
	done = ctx && EVP_MAC_init(ctx, key->hash, sizeof(key->hash), params) &&
	       EVP_MAC_update(ctx, buf, len) &&
	       EVP_MAC_final(ctx, mac1, &size, WG_MAC1_LEN) && size == WG_MAC1_LEN;
	EVP_MAC_CTX_free(ctx);
	return done;
}

/* Where mac1 is, which is of all before it; 0: there is none. */
static size_t mac1_at(const uint8_t *buf, size_t len)
{
	switch (wg_kind(buf, len)) {
	case WG_INITIATION:
		return INITIATION_MAC1_AT;
	case WG_RESPONSE:
		return RESPONSE_MAC1_AT;
	default:
		return 0;
	}
}

bool wg_mac1_good(const struct wg_mac1_key *key, const uint8_t *buf, size_t len)
{
	uint8_t mac1[WG_MAC1_LEN];
	size_t at = mac1_at(buf, len);

	return at && make(mac1, key, buf, at) &&
	       !CRYPTO_memcmp(mac1, buf + at, WG_MAC1_LEN);
}

int wg_mac1_sign(const struct wg_mac1_key *key, uint8_t *buf, size_t len)
{
	size_t at = mac1_at(buf, len);

	if (!at)
		return -EINVAL;
	return make(buf + at, key, buf, at) ? 0 : -EIO;
}

int wg_mac1_punch(uint8_t buf[WG_INITIATION_LEN], const struct wg_mac1_key *key)
{
	static const uint8_t type[SENDER_AT] = { WG_INITIATION };

	memset(buf, 0, WG_INITIATION_LEN);
	memcpy(buf, type, sizeof(type));
	if (RAND_bytes(buf + SENDER_AT, INITIATION_MAC1_AT - SENDER_AT) != 1)
		return -EIO;
	return wg_mac1_sign(key, buf, WG_INITIATION_LEN);
}
