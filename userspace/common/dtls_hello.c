// SPDX-License-Identifier: GPL-2.0-or-later
#include "dtls_hello.h"

#include <stdbool.h>
#include <string.h>

/* RFC 6347 4.1, 4.2.2, 4.3.2 */
enum {
	RECORD_HANDSHAKE = 22,
	CLIENT_HELLO = 1,
	HELLO_VERIFY_REQUEST = 3,
	/* DTLS 1.0 and 1.2; a HelloVerifyRequest says 1.0. */
	VERSION_MAJOR = 254,
	VERSION_1_0 = 255,
	EPOCH = 3,
	SEQUENCE = 5,
	RECORD_LEN = 11,
	TYPE = 13,
	MESSAGE_LEN = 14,
	MESSAGE_SEQ = 17,
	FRAGMENT_AT = 19,
	FRAGMENT_LEN = 22,
	BODY = 25,
	RANDOM_LEN = 32,
	MAX_SESSION_ID = 32,
	/* The second one has the cookie. */
	MAX_MESSAGE_SEQ = 1,
};

static unsigned int get(const uint8_t *from, unsigned int bytes)
{
	unsigned int n = 0;

	while (bytes--)
		n = n << 8 | *from++;
	return n;
}

static void put(uint8_t *to, unsigned int bytes, unsigned int n)
{
	while (bytes--) {
		to[bytes] = n;
		n >>= 8;
	}
}

/* Plain, first of its datagram and in one piece. */
static bool is_whole(const uint8_t *buf, size_t len)
{
	return len >= BODY && buf[1] == VERSION_MAJOR && !get(buf + EPOCH, 2) &&
	       get(buf + RECORD_LEN, 2) <= len - TYPE &&
	       get(buf + RECORD_LEN, 2) == get(buf + MESSAGE_LEN, 3) + BODY - TYPE &&
	       get(buf + MESSAGE_SEQ, 2) <= MAX_MESSAGE_SEQ && !get(buf + FRAGMENT_AT, 3) &&
	       get(buf + FRAGMENT_LEN, 3) == get(buf + MESSAGE_LEN, 3);
}

enum dtls_hello_kind dtls_hello_read(struct dtls_hello *hello, const uint8_t *buf, size_t len)
{
	size_t at = BODY + 2 + RANDOM_LEN, end;

	if (len <= TYPE || buf[0] != RECORD_HANDSHAKE || buf[TYPE] != CLIENT_HELLO)
		return DTLS_HELLO_NONE;
	if (!is_whole(buf, len))
		return DTLS_HELLO_BAD;
	end = TYPE + get(buf + RECORD_LEN, 2);
	if (at >= end || buf[BODY] != VERSION_MAJOR || buf[at] > MAX_SESSION_ID)
		return DTLS_HELLO_BAD;
	at += 1 + buf[at];
	if (at >= end || buf[at] > end - at - 1)
		return DTLS_HELLO_BAD;
	memcpy(hello->sequence, buf + SEQUENCE, sizeof(hello->sequence));
	hello->cookie = buf[at] == DTLS_HELLO_COOKIE_LEN ? buf + at + 1 : NULL;
	return DTLS_HELLO;
}

void dtls_hello_verify(uint8_t buf[DTLS_HELLO_VERIFY_LEN], const struct dtls_hello *hello,
		       const uint8_t cookie[DTLS_HELLO_COOKIE_LEN])
{
	const unsigned int len = DTLS_HELLO_VERIFY_LEN - BODY;

	memset(buf, 0, BODY);
	buf[0] = RECORD_HANDSHAKE;
	buf[1] = buf[BODY] = VERSION_MAJOR;
	buf[2] = buf[BODY + 1] = VERSION_1_0;
	memcpy(buf + SEQUENCE, hello->sequence, sizeof(hello->sequence));
	put(buf + RECORD_LEN, 2, DTLS_HELLO_VERIFY_LEN - TYPE);
	buf[TYPE] = HELLO_VERIFY_REQUEST;
	put(buf + MESSAGE_LEN, 3, len);
	put(buf + FRAGMENT_LEN, 3, len);
	buf[BODY + 2] = DTLS_HELLO_COOKIE_LEN;
	memcpy(buf + BODY + 3, cookie, DTLS_HELLO_COOKIE_LEN);
}
