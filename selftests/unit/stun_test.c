// SPDX-License-Identifier: GPL-2.0-or-later
#include "../../userspace/common/stun.h"

#include "ktap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* RFC 5769, 2.1 and 2.2 */
static const char password[] = "VOkJxbRl1RmTxUk/WvJxBt";

static const char sample_request[] =
	"000100582112a442b7e7a701bc34d686fa87dfae802200105354554e20746573"
	"7420636c69656e74002400046e0001ff80290008932ff9b151263b3600060009"
	"6576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249"
	"c1b571a280280004e57a3bcf";

static const char sample_answer[] =
	"0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563"
	"746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f9"
	"2af9ba53f06be7d780280004c07d4c96";

static size_t from_hex(uint8_t *buf, const char *hex)
{
	size_t n = 0;

	for (; sscanf(hex, "%2hhx", &buf[n]) == 1; hex += 2)
		n++;
	return n;
}

static bool is_ours(const uint8_t *buf, size_t len, const char *key)
{
	return stun_is_from(buf, len, (const uint8_t *)key, strlen(key));
}

static size_t encode(const struct stun_message *message, const char *key, uint8_t *buf)
{
	return stun_encode(message, (const uint8_t *)key, strlen(key), buf, STUN_MAX_SIZE);
}

static void test_sample_request(void)
{
	uint8_t buf[STUN_MAX_SIZE];
	size_t len = from_hex(buf, sample_request);
	struct stun_message message;

	EXPECT(stun_looks_like(buf, len) && !stun_decode(&message, buf, len));
	EXPECT(message.class == STUN_REQUEST && !memcmp(message.id, buf + 8, STUN_ID_LEN));
	EXPECT(!strcmp(message.user, "evtj:h6vY") && message.has_integrity);
	EXPECT(message.has_priority && message.priority == 0x6e0001ff);
	EXPECT(message.role == STUN_CONTROLLED && message.tie_breaker == 0x932ff9b151263b36);
	EXPECT(!message.use_candidate && !message.mapped.ss_family && !message.error);
	EXPECT(is_ours(buf, len, password) && !is_ours(buf, len, "VOkJxbRl1RmTxUk/WvJxBT"));
}

static void test_sample_answer(void)
{
	uint8_t buf[STUN_MAX_SIZE];
	size_t len = from_hex(buf, sample_answer);
	struct stun_message message;
	struct sockaddr_in *sin = (void *)&message.mapped;

	EXPECT(!stun_decode(&message, buf, len));
	EXPECT(message.class == STUN_SUCCESS && sin->sin_family == AF_INET);
	EXPECT(sin->sin_port == htons(32853));
	EXPECT(sin->sin_addr.s_addr == inet_addr("192.0.2.1"));
	EXPECT(is_ours(buf, len, password));
}

/* No byte can be another, but that a fingerprint can be none. The integrity does not
 * cover the length, which is checked before.
 */
static void test_changed(void)
{
	uint8_t buf[STUN_MAX_SIZE];
	size_t len = from_hex(buf, sample_request), kept = 0;
	struct stun_message message;

	for (size_t i = 0; i < len; i++) {
		buf[i] ^= 0x10;
		kept += !stun_decode(&message, buf, len);
		EXPECT(i >= len - 8 || i == 2 || i == 3 || !is_ours(buf, len, password));
		buf[i] ^= 0x10;
	}
	EXPECT(kept == 2);
	for (size_t i = 0; i < len; i++) {
		uint8_t *cut = malloc(i ?: 1);

		memcpy(cut, buf, i);
		EXPECT(stun_decode(&message, cut, i) == -EBADMSG);
		free(cut);
	}
}

static void test_round_trip(void)
{
	struct stun_message message = {
		.class = STUN_ERROR,
		.user = "ue-a@a.example",
		.error = 487,
		.has_priority = true,
		.priority = 0xfffefdfc,
		.use_candidate = true,
		.role = STUN_CONTROLLING,
		.tie_breaker = 0x0102030405060708,
	}, other;
	struct sockaddr_in6 *sin6 = (void *)&message.mapped;
	uint8_t buf[STUN_MAX_SIZE];
	size_t len;

	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(4711);
	inet_pton(AF_INET6, "2001:db8::abcd", &sin6->sin6_addr);
	EXPECT(!stun_new_id(message.id));
	len = encode(&message, "secret", buf);
	EXPECT(len && !(len % 4) && !stun_decode(&other, buf, len));
	EXPECT(other.has_integrity);
	other.has_integrity = false;
	EXPECT(!memcmp(&message, &other, sizeof(message)));
	EXPECT(is_ours(buf, len, "secret") && !is_ours(buf, len, "Secret"));
	EXPECT(!stun_encode(&message, NULL, 0, buf, len - 25));
	len = stun_encode(&message, NULL, 0, buf, sizeof(buf));
	EXPECT(len && !stun_decode(&other, buf, len) && !other.has_integrity);
	EXPECT(!is_ours(buf, len, "secret"));
}

/* add - an attribute at the end of a message without fingerprint */
static size_t add(uint8_t *buf, size_t len, uint16_t type, const void *value, size_t n)
{
	memset(buf + len, 0, 4 + (n + 3) / 4 * 4);
	buf[len] = type >> 8;
	buf[len + 1] = type;
	buf[len + 3] = n;
	memcpy(buf + len + 4, value, n);
	len += 4 + (n + 3) / 4 * 4;
	buf[2] = (len - STUN_HEADER_LEN) >> 8;
	buf[3] = len - STUN_HEADER_LEN;
	return len;
}

static size_t bare(uint8_t *buf)
{
	struct stun_message message = { .class = STUN_REQUEST };

	stun_encode(&message, NULL, 0, buf, STUN_MAX_SIZE);
	return STUN_HEADER_LEN;
}

static void test_bad(void)
{
	static const struct {
		const char *what;
		uint16_t type;
		size_t len;
		bool good;
	} cases[] = {
		{ "an optional one", 0x8022, 5, true },
		{ "one that must be understood", 0x0014, 4, false },
		{ "an empty user", 0x0006, 0, false },
		{ "a priority too long", 0x0024, 8, false },
		{ "a candidate with something", 0x0025, 4, false },
		{ "a short role", 0x802a, 4, false },
		{ "a short integrity", 0x0008, 16, false },
		{ "a short address", 0x0020, 4, false },
		{ "an address of no family", 0x0020, 20, false },
		{ "no fingerprint", 0x8028, 4, false },
		{ "a short error", 0x0009, 3, false },
		{ "error 0", 0x0009, 4, false },
	};
	uint8_t buf[STUN_MAX_SIZE], zeros[32] = {};
	struct stun_message message;
	size_t len;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		len = add(buf, bare(buf), cases[i].type, zeros, cases[i].len);
		ktap_expect(!stun_decode(&message, buf, len) == cases[i].good, __LINE__,
			    "%s", cases[i].what);
	}
	len = add(buf, add(buf, bare(buf), 6, "a", 1), 6, "b", 1);
	EXPECT(stun_decode(&message, buf, len) == -EBADMSG);
	len = add(buf, bare(buf), 6, "a\0b", 3);
	EXPECT(stun_decode(&message, buf, len) == -EBADMSG);
	len = bare(buf);
	buf[2] = buf[3] = 0;
	EXPECT(!stun_decode(&message, buf, len));
	buf[1] = 3;
	EXPECT(stun_decode(&message, buf, len) == -EBADMSG);
	buf[1] = 1;
	buf[4] ^= 1;
	EXPECT(stun_decode(&message, buf, len) == -EBADMSG && !stun_looks_like(buf, len));
}

/* What nobody has vouched for is not read. */
static void test_after_integrity(void)
{
	struct stun_message message = { .class = STUN_REQUEST, .user = "a" };
	uint8_t buf[STUN_MAX_SIZE];
	size_t len = encode(&message, "secret", buf) - 8;

	len = add(buf, len, 0x0025, "", 0);
	EXPECT(!stun_decode(&message, buf, len) && !message.use_candidate);
	EXPECT(is_ours(buf, len, "secret"));
}

static const struct ktap_case cases[] = {
	{ "stun: the RFC's request", test_sample_request },
	{ "stun: the RFC's answer", test_sample_answer },
	{ "stun: changed and cut", test_changed },
	{ "stun: there and back", test_round_trip },
	{ "stun: bad attributes", test_bad },
	{ "stun: what follows the integrity", test_after_integrity },
};

int main(void)
{
	return ktap_run(KTAP_CASES(cases));
}
