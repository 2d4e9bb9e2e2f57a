// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the first words of a DTLS client
 *
 * A cookie is in the datagram, whole; what is answered has the same number.
 */
#include "../../userspace/common/dtls_hello.h"

#include "changed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *buf, size_t len)
{
	uint8_t verify[DTLS_HELLO_VERIFY_LEN];
	struct dtls_hello hello = {};

	if (dtls_hello_read(&hello, buf, len) != DTLS_HELLO)
		return;
	expect(!hello.cookie || (hello.cookie > buf + 60 &&
				 hello.cookie + DTLS_HELLO_COOKIE_LEN <= buf + len));
	dtls_hello_verify(verify, &hello, hello.cookie ?: buf);
	expect(!memcmp(verify + 5, buf + 5, 6));
}

/* Headers of record and handshake, version, random, session id, cookie, and some more. */
static void check_good(const uint8_t *data, size_t size)
{
	uint8_t buf[13 + 12 + 2 + 32 + 1 + 1 + DTLS_HELLO_COOKIE_LEN + 20] = {
		[0] = 22, [1] = 254, [2] = 253, [13] = 1, [25] = 254, [26] = 253,
		[60] = DTLS_HELLO_COOKIE_LEN,
	};
	struct dtls_hello hello;

	buf[12] = sizeof(buf) - 13;
	buf[16] = buf[24] = sizeof(buf) - 25;
	expect(dtls_hello_read(&hello, buf, sizeof(buf)) == DTLS_HELLO);
	expect(hello.cookie == buf + 61);
	check_changed(buf, sizeof(buf), data, size, check);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size);
	check_good(data, size);
	return 0;
}
