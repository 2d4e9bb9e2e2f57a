// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ClientHellos, as OpenSSL says them, the answers that it understands, and how many
 * handshakes may be begun
 */
#include "../../userspace/common/handshakes.h"

#include "ktap.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ull

enum {
	MAX_HELLO = 1024,
};

static const uint8_t cookie[DTLS_HELLO_COOKIE_LEN] = "0123456789abcde";

/* struct client - OpenSSL's, and its datagrams */
struct client {
	SSL_CTX *ctx;
	SSL *ssl;
	BIO *in, *out;
	uint8_t hello[MAX_HELLO];
	size_t len;
};

static void client_go_on(struct client *c)
{
	int len;

	SSL_connect(c->ssl);
	len = BIO_read(c->out, c->hello, sizeof(c->hello));
	c->len = len > 0 ? len : 0;
}

static void client_begin(struct client *c)
{
	c->ctx = SSL_CTX_new(DTLS_client_method());
	c->ssl = SSL_new(c->ctx);
	c->in = BIO_new(BIO_s_mem());
	c->out = BIO_new(BIO_s_mem());
	if (!c->ssl || !c->in || !c->out)
		abort();
	BIO_set_mem_eof_return(c->in, -1);
	SSL_set_bio(c->ssl, c->in, c->out);
	SSL_set_options(c->ssl, SSL_OP_NO_QUERY_MTU);
	SSL_set_mtu(c->ssl, MAX_HELLO);
	client_go_on(c);
}

static void client_end(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
}

static void test_hello(void)
{
	uint8_t verify[DTLS_HELLO_VERIFY_LEN];
	struct dtls_hello hello;
	struct client c;

	client_begin(&c);
	EXPECT(dtls_hello_read(&hello, c.hello, c.len) == DTLS_HELLO && !hello.cookie);
	dtls_hello_verify(verify, &hello, cookie);
	EXPECT(c.len >= sizeof(verify));
	BIO_write(c.in, verify, sizeof(verify));
	client_go_on(&c);
	EXPECT(dtls_hello_read(&hello, c.hello, c.len) == DTLS_HELLO);
	EXPECT(hello.cookie && !memcmp(hello.cookie, cookie, sizeof(cookie)));
	client_end(&c);
}

/* Each is what libcoap would begin a session for, and is none to be answered. */
static void test_bad(void)
{
	static const struct {
		size_t at;
		uint8_t is;
	} rows[] = {
		{ 1, 3 }, { 4, 1 }, { 11, 0x40 }, { 12, 1 }, { 14, 1 }, { 18, 2 }, { 21, 1 },
		{ 24, 1 }, { 25, 3 }, { 59, 33 }, { 60, 255 },
	};
	struct dtls_hello hello;
	uint8_t changed[MAX_HELLO];
	struct client c;

	client_begin(&c);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(changed, c.hello, c.len);
		changed[rows[i].at] = rows[i].is;
		ktap_expect(dtls_hello_read(&hello, changed, c.len) == DTLS_HELLO_BAD,
			    __LINE__, "byte %zu", rows[i].at);
	}
	for (size_t len = 14; len < c.len; len++)
		ktap_expect(dtls_hello_read(&hello, c.hello, len) == DTLS_HELLO_BAD, __LINE__,
			    "%zu bytes", len);
	c.hello[0] = 23;
	EXPECT(dtls_hello_read(&hello, c.hello, c.len) == DTLS_HELLO_NONE);
	EXPECT(dtls_hello_read(&hello, c.hello, 0) == DTLS_HELLO_NONE);
	client_end(&c);
}

/* --- how many ------------------------------------------------------------- */

static struct handshakes all;

static struct sockaddr_storage end_at(const char *text, in_port_t port)
{
	struct sockaddr_storage addr = {};
	struct sockaddr_in6 *in6 = (void *)&addr;
	struct sockaddr_in *in = (void *)&addr;

	addr.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(addr.ss_family, text, addr.ss_family == AF_INET ?
		      (void *)&in->sin_addr : (void *)&in6->sin6_addr) != 1)
		abort();
	in->sin_port = htons(port);
	return addr;
}

static enum handshakes_verdict begin(const char *text, in_port_t port, uint64_t now)
{
	struct sockaddr_storage from = end_at(text, port);

	return handshakes_begin(&all, &from, cookie, now);
}

static void test_source(void)
{
	struct sockaddr_storage mapped = end_at("::ffff:192.0.2.1", 1);

	memset(&all, 0, sizeof(all));
	for (in_port_t i = 1; i <= HANDSHAKES_OF_SOURCE; i++)
		EXPECT(begin("192.0.2.1", i, SECOND) == HANDSHAKES_BEGUN);
	EXPECT(begin("192.0.2.1", 1, SECOND) == HANDSHAKES_KNOWN);
	EXPECT(begin("::ffff:192.0.2.1", 1, SECOND) == HANDSHAKES_KNOWN);
	EXPECT(begin("192.0.2.1", 999, SECOND) == HANDSHAKES_SOURCE);
	EXPECT(begin("::ffff:192.0.2.1", 999, SECOND) == HANDSHAKES_SOURCE);
	EXPECT(begin("192.0.2.2", 999, SECOND) == HANDSHAKES_BEGUN);
	handshakes_done(&all, &mapped);
	EXPECT(!handshakes_knows(&all, &mapped));
	EXPECT(begin("192.0.2.1", 999, SECOND) == HANDSHAKES_BEGUN);
	EXPECT(begin("192.0.2.1", 998, SECOND) == HANDSHAKES_SOURCE);
	EXPECT(begin("192.0.2.1", 998, 9 * SECOND) == HANDSHAKES_BEGUN);
	EXPECT(handshakes_count(&all, 9 * SECOND) == 1);
	EXPECT(!handshakes_count(&all, 17 * SECOND));
	for (in_port_t i = 1; i <= HANDSHAKES_OF_SOURCE; i++)
		EXPECT(begin(i % 2 ? "2001:db8::1" : "2001:db8::ffff:0:0:2", i,
			     9 * SECOND) == HANDSHAKES_BEGUN);
	EXPECT(begin("2001:db8::3", 1, 9 * SECOND) == HANDSHAKES_SOURCE);
	EXPECT(begin("2001:db8:0:1::3", 1, 9 * SECOND) == HANDSHAKES_BEGUN);
}

static void test_full(void)
{
	static const uint8_t another[DTLS_HELLO_COOKIE_LEN] = "another";
	char text[32];

	memset(&all, 0, sizeof(all));
	EXPECT(!handshakes_knows_cookie(&all, cookie, sizeof(cookie)));
	for (unsigned int i = 0; i < HANDSHAKES_MAX; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 250, i % 250 + 1);
		EXPECT(begin(text, 1, SECOND) == HANDSHAKES_BEGUN);
		EXPECT(handshakes_hurried(&all) == (i >= HANDSHAKES_MAX / 2));
	}
	EXPECT(handshakes_knows_cookie(&all, cookie, sizeof(cookie)));
	EXPECT(!handshakes_knows_cookie(&all, cookie, sizeof(cookie) - 1));
	EXPECT(!handshakes_knows_cookie(&all, another, sizeof(another)));
	EXPECT(begin("192.0.2.1", 1, SECOND) == HANDSHAKES_FULL);
	EXPECT(begin("10.0.0.1", 1, SECOND) == HANDSHAKES_KNOWN);
	/* Those that came when there were many have had less time. */
	EXPECT(begin("192.0.2.1", 1, 4 * SECOND + SECOND / 2) == HANDSHAKES_BEGUN);
	EXPECT(all.n >= HANDSHAKES_MAX / 2 && all.n <= HANDSHAKES_MAX / 2 + 3);
}

static const struct ktap_case cases[] = {
	{ "a ClientHello, and one that brings the cookie", test_hello },
	{ "what is none", test_bad },
	{ "so many of a source, until they are finished or given up", test_source },
	{ "so many in all, and less time for each", test_full },
};

int main(void)
{
	return ktap_run(KTAP_CASES(cases));
}
