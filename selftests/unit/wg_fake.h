/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wg_fake: what WireGuard would send, as far as one without secrets can tell
 */
#ifndef _SELFTESTS_WG_FAKE_H
#define _SELFTESTS_WG_FAKE_H

#include "../../userspace/common/wg_mac1.h"

#include <stdlib.h>
#include <string.h>

enum {
	WG_FAKE_DATA_LEN = 96,
};

/* struct wg_fake - a datagram */
struct wg_fake {
	size_t len;
	uint8_t buf[WG_INITIATION_LEN];
};

static inline void wg_fake_put32(struct wg_fake *fake, size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		fake->buf[at + i] = value >> 8 * i;
}

static inline struct wg_fake wg_fake_begin(enum wg_kind kind, size_t len)
{
	struct wg_fake fake = { .len = len };

	memset(fake.buf, 0x5a, len);
	wg_fake_put32(&fake, 0, kind);
	return fake;
}

static inline void wg_fake_sign(struct wg_fake *fake, const uint8_t *public_key)
{
	struct wg_mac1_key key;

	if (wg_mac1_key(&key, public_key) || wg_mac1_sign(&key, fake->buf, fake->len))
		abort();
}

/* wg_fake_initiation() - to the owner of @public_key */
static inline struct wg_fake wg_fake_initiation(const uint8_t *public_key,
						uint32_t sender)
{
	struct wg_fake fake = wg_fake_begin(WG_INITIATION, WG_INITIATION_LEN);

	wg_fake_put32(&fake, 4, sender);
	wg_fake_sign(&fake, public_key);
	return fake;
}

/* wg_fake_response() - to the owner of @public_key, for its initiation of @receiver */
static inline struct wg_fake wg_fake_response(const uint8_t *public_key,
					      uint32_t receiver)
{
	struct wg_fake fake = wg_fake_begin(WG_RESPONSE, WG_RESPONSE_LEN);

	wg_fake_put32(&fake, 4, ~receiver);
	wg_fake_put32(&fake, 8, receiver);
	wg_fake_sign(&fake, public_key);
	return fake;
}

static inline struct wg_fake wg_fake_cookie(uint32_t receiver)
{
	struct wg_fake fake = wg_fake_begin(WG_COOKIE, WG_COOKIE_LEN);

	wg_fake_put32(&fake, 4, receiver);
	return fake;
}

static inline struct wg_fake wg_fake_data(void)
{
	return wg_fake_begin(WG_DATA, WG_FAKE_DATA_LEN);
}

#endif /* _SELFTESTS_WG_FAKE_H */
