// SPDX-License-Identifier: GPL-2.0-or-later
#include "ktap.h"
#include "wg_fake.h"

#include <errno.h>

static const uint8_t other_public[WG_MAC1_KEY_LEN] = { 1 };
static uint8_t public[WG_MAC1_KEY_LEN];
static struct wg_mac1_key key, other_key;

/* The k-th byte of a message, its type aside. */
static void fill(uint8_t *buf, uint8_t kind, size_t len)
{
	memset(buf, 0, len);
	for (size_t i = 4; i < len; i++)
		buf[i] = (i - 4) * 7 + 3;
	buf[0] = kind;
}

/* By hashlib.blake2s: key blake2s(b"mac1----" + bytes(range(32))), digest_size 16 */
static const uint8_t initiation_mac1[WG_MAC1_LEN] = {
	0xc2, 0xe3, 0x40, 0xbd, 0x2a, 0xe1, 0x55, 0x47,
	0x0a, 0xf8, 0x31, 0x3b, 0x73, 0xca, 0x2d, 0x45,
};

static const uint8_t response_mac1[WG_MAC1_LEN] = {
	0xfe, 0xe5, 0xdd, 0xca, 0x78, 0x0c, 0x2d, 0xbc,
	0x56, 0x27, 0xda, 0xca, 0x83, 0x5a, 0x88, 0xf6,
};

static void test_known(void)
{
	uint8_t buf[WG_INITIATION_LEN];

	fill(buf, WG_INITIATION, WG_INITIATION_LEN);
	EXPECT(!wg_mac1_sign(&key, buf, WG_INITIATION_LEN));
	EXPECT(!memcmp(buf + 116, initiation_mac1, WG_MAC1_LEN));
	EXPECT(wg_mac1_good(&key, buf, WG_INITIATION_LEN));
	fill(buf, WG_RESPONSE, WG_RESPONSE_LEN);
	EXPECT(!wg_mac1_sign(&key, buf, WG_RESPONSE_LEN));
	EXPECT(!memcmp(buf + 60, response_mac1, WG_MAC1_LEN));
	EXPECT(wg_mac1_good(&key, buf, WG_RESPONSE_LEN));
}

/* Each byte counts, but those of mac2. */
static void test_changed(void)
{
	struct wg_fake good = wg_fake_initiation(public, 1), bad;

	for (size_t i = 0; i < good.len; i++) {
		bad = good;
		bad.buf[i] ^= 0x80;
		ktap_expect(wg_mac1_good(&key, bad.buf, bad.len) ==
			    (i >= WG_INITIATION_LEN - WG_MAC1_LEN),
			    __LINE__, "byte %zu", i);
	}
	EXPECT(!wg_mac1_good(&other_key, good.buf, good.len));
	EXPECT(!wg_mac1_good(&key, good.buf, good.len - 1));
}

static void test_kind(void)
{
	static const struct {
		uint32_t type;
		size_t len;
		enum wg_kind kind;
	} cases[] = {
		{ 1, 148, WG_INITIATION }, { 1, 147, WG_NONE }, { 1, 149, WG_NONE },
		{ 2, 92, WG_RESPONSE }, { 2, 91, WG_NONE }, { 2, 148, WG_NONE },
		{ 3, 64, WG_COOKIE }, { 3, 65, WG_NONE }, { 4, 32, WG_DATA },
		{ 4, 31, WG_NONE }, { 4, 148, WG_DATA }, { 0, 148, WG_NONE },
		{ 5, 148, WG_NONE }, { 0x101, 148, WG_NONE }, { 0x01000004, 64, WG_NONE },
		{ 1, 0, WG_NONE }, { 1, 3, WG_NONE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t *buf = calloc(1, cases[i].len ?: 1);
		struct wg_fake fake = wg_fake_begin(cases[i].type, 4);

		memcpy(buf, fake.buf, cases[i].len < 4 ? cases[i].len : 4);
		ktap_expect(wg_kind(buf, cases[i].len) == cases[i].kind, __LINE__,
			    "type %#x, %zu bytes", cases[i].type, cases[i].len);
		free(buf);
	}
}

static void test_indices(void)
{
	struct wg_fake initiation = wg_fake_initiation(public, 0xfedcba98);
	struct wg_fake response = wg_fake_response(public, 0x89abcdef);
	struct wg_fake cookie = wg_fake_cookie(0x80000001);

	EXPECT(wg_sender(initiation.buf) == 0xfedcba98);
	EXPECT(wg_sender(response.buf) == (uint32_t)~0x89abcdef);
	EXPECT(wg_receiver(response.buf) == 0x89abcdef);
	EXPECT(wg_receiver(cookie.buf) == 0x80000001);
}

static void test_sign(void)
{
	struct wg_fake data = wg_fake_data(), cookie = wg_fake_cookie(1);

	EXPECT(wg_mac1_sign(&key, data.buf, data.len) == -EINVAL);
	EXPECT(wg_mac1_sign(&key, cookie.buf, cookie.len) == -EINVAL);
	EXPECT(!wg_mac1_good(&key, data.buf, data.len));
}

static void test_punch(void)
{
	uint8_t one[WG_INITIATION_LEN], two[WG_INITIATION_LEN];

	EXPECT(!wg_mac1_punch(one, &key) && !wg_mac1_punch(two, &key));
	EXPECT(wg_mac1_good(&key, one, sizeof(one)));
	EXPECT(!wg_mac1_good(&other_key, one, sizeof(one)));
	EXPECT(memcmp(one + 4, two + 4, 112));
}

static const struct ktap_case cases[] = {
	{ "wg_mac1: as another implementation makes it", test_known },
	{ "wg_mac1: each byte counts, and the key", test_changed },
	{ "wg_mac1: kinds of messages", test_kind },
	{ "wg_mac1: indices", test_indices },
	{ "wg_mac1: only handshake messages have one", test_sign },
	{ "wg_mac1: punches", test_punch },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(public); i++)
		public[i] = i;
	if (wg_mac1_key(&key, public) || wg_mac1_key(&other_key, other_public))
		abort();
	return ktap_run(KTAP_CASES(cases));
}
