/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dtls_hello: the first words of a DTLS client, and the question whether it is where it says
 * (RFC 6347 4.2.1): a ClientHello, with the cookie that a HelloVerifyRequest gave it. Pure
 */
#ifndef _SIDESTEP_DTLS_HELLO_H
#define _SIDESTEP_DTLS_HELLO_H

#include <stddef.h>
#include <stdint.h>

enum dtls_hello_limits {
	DTLS_HELLO_COOKIE_LEN = 16,
	/* Of a HelloVerifyRequest: headers of record and handshake, version, cookie. */
	DTLS_HELLO_VERIFY_LEN = 13 + 12 + 3 + DTLS_HELLO_COOKIE_LEN,
};

/**
 * enum dtls_hello_kind - what a datagram begins with
 * @DTLS_HELLO_NONE: something else
 * @DTLS_HELLO: a ClientHello
 * @DTLS_HELLO_BAD: what looks like one at first sight, and is only a part, or encrypted, or
 *		    nothing at all
 */
enum dtls_hello_kind {
	DTLS_HELLO_NONE,
	DTLS_HELLO,
	DTLS_HELLO_BAD,
};

/**
 * struct dtls_hello - a ClientHello
 * @sequence: of its record
 * @cookie: in the datagram; NULL: none, or of another length than ours
 */
struct dtls_hello {
	uint8_t sequence[6];
	const uint8_t *cookie;
};

/* dtls_hello_read() - of a datagram */
enum dtls_hello_kind dtls_hello_read(struct dtls_hello *hello, const uint8_t *buf, size_t len);

/* dtls_hello_verify() - a HelloVerifyRequest that answers @hello */
void dtls_hello_verify(uint8_t buf[DTLS_HELLO_VERIFY_LEN], const struct dtls_hello *hello,
		       const uint8_t cookie[DTLS_HELLO_COOKIE_LEN]);

#endif /* _SIDESTEP_DTLS_HELLO_H */
