// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A UE that writes CoAP and DTLS itself, as no helper does
 *
 *	pftls [-r] DIR FILE ADDRESS PORT [METHOD PATH BODY]...
 *
 * DIR has FILE.pem and FILE.key, the credential. METHOD is get, post, put or delete. BODY is
 * hexadecimal CBOR, of any size that a datagram has room for; "" for none. Of each request
 * a line: the code of the response, or "no answer".
 *
 * -r: then all datagrams that were sent, from the ClientHello on, are sent again, from there
 * and by a stranger, and what answers come is told; then the last request is made once more.
 */
#include "common.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PATH_SIZE = 512,
	DATAGRAM_SIZE = 2048,
	MAX_SENT = 64,
	TOKEN_LEN = 4,
	HEADER_LEN = 4,
	/* RFC 7252 12.2 */
	URI_PATH = 11,
	CONTENT_FORMAT = 12,
	FORMAT_CBOR = 60,
	PATIENCE_MS = 5000,
	AFTER_MS = 1500,
};

/* struct datagram - that was sent */
struct datagram {
	size_t len;
	uint8_t buf[DATAGRAM_SIZE];
};

static struct datagram record[MAX_SENT];
static unsigned int n_sent;
static struct endpoint to;
static SSL *ssl;
static int fd;
static uint8_t token;

/* --- DTLS ----------------------------------------------------------------- */

static long on_bio(BIO *bio, int oper, const char *buf, size_t len, int argi, long argl,
		   int ret, size_t *processed)
{
	(void)bio;
	(void)argi;
	(void)argl;
	(void)processed;
	if (oper == BIO_CB_WRITE && n_sent < MAX_SENT && len <= DATAGRAM_SIZE) {
		memcpy(record[n_sent].buf, buf, len);
		record[n_sent++].len = len;
	}
	return ret;
}

static int open_socket(void)
{
	int s = socket(to.ss.ss_family, SOCK_DGRAM, 0);

	if (s < 0 || connect(s, (void *)&to.ss, to.len) < 0)
		die("pftls: no socket: %s", strerror(errno));
	return s;
}

static void associate(const char *dir, const char *file)
{
	SSL_CTX *ctx = SSL_CTX_new(DTLS_client_method());
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	char cert[PATH_SIZE], key[PATH_SIZE];
	BIO *bio;

	snprintf(cert, sizeof(cert), "%s/%s.pem", dir, file);
	snprintf(key, sizeof(key), "%s/%s.key", dir, file);
	if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		die("pftls: no credential %s", cert);
	ssl = SSL_new(ctx);
	fd = open_socket();
	bio = BIO_new_dgram(fd, BIO_NOCLOSE);
	if (!ssl || !bio)
		die("pftls: no OpenSSL");
	BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &to.ss);
	BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, &patience);
	BIO_set_callback_ex(bio, on_bio);
	SSL_set_bio(ssl, bio, bio);
	if (SSL_connect(ssl) != 1)
		die("pftls: no association");
}

/* --- CoAP ----------------------------------------------------------------- */

static uint8_t *put_option(uint8_t *at, unsigned int delta, const void *value, size_t len)
{
	*at++ = delta << 4 | (len < 13 ? len : 13);
	if (len >= 13)
		*at++ = len - 13;
	memcpy(at, value, len);
	return at + len;
}

static uint8_t *put_path(uint8_t *at, const char *path)
{
	unsigned int delta = URI_PATH;
	size_t len;

	for (; *path; path += len + !!path[len], delta = 0) {
		len = strcspn(path, "/");
		at = put_option(at, delta, path, len);
	}
	return at;
}

static size_t put_body(uint8_t *at, const char *text)
{
	unsigned int byte;
	size_t n;

	/* The path has its place, too. */
	if (strlen(text) / 2 > DATAGRAM_SIZE - PATH_SIZE)
		die("pftls: too long: %s", text);
	for (n = 0; *text; text += 2)
		if (sscanf(text, "%2x", &byte) != 1)
			die("pftls: no body: %s", text);
		else
			at[n++] = byte;
	return n;
}

static unsigned int method_code(const char *method)
{
	static const char *const names[] = { "", "get", "post", "put", "delete" };

	for (unsigned int i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], method))
			return i;
	die("pftls: no method: %s", method);
}

static void say(const char *method, const char *path, const char *body)
{
	uint8_t buf[DATAGRAM_SIZE] = { 0x40 | TOKEN_LEN, method_code(method), 0, ++token,
				       [HEADER_LEN] = token };
	static const uint8_t format = FORMAT_CBOR;
	uint8_t *at = put_path(buf + HEADER_LEN + TOKEN_LEN, path);

	if (*body) {
		at = put_option(at, CONTENT_FORMAT - URI_PATH, &format, sizeof(format));
		*at++ = 0xff;
		at += put_body(at, body);
	}
	if (SSL_write(ssl, buf, at - buf) <= 0)
		die("pftls: nothing can be sent");
}

/* Return: the code of a response; 0: of something else, -1: none has come. */
static int hear(unsigned int ms)
{
	struct pollfd poll_fd = { fd, POLLIN, 0 };
	uint8_t buf[DATAGRAM_SIZE];
	int len;

	if (!SSL_pending(ssl) && poll(&poll_fd, 1, ms) <= 0)
		return -1;
	len = SSL_read(ssl, buf, sizeof(buf));
	if (len < HEADER_LEN + TOKEN_LEN || buf[1] < 0x40 || buf[HEADER_LEN] != token)
		return 0;
	return (buf[1] >> 5) * 100 + (buf[1] & 31);
}

static void ask(char **args)
{
	uint64_t until = clock_ns() + PATIENCE_MS * NSEC_PER_MSEC;
	int code = 0;

	say(args[0], args[1], args[2]);
	while (!code && clock_ns() < until)
		code = hear(PATIENCE_MS);
	if (code > 0)
		printf("%d.%02d\n", code / 100, code % 100);
	else
		printf("no answer\n");
	fflush(stdout);
}

/* A HelloVerifyRequest (RFC 6347 4.2.1), which anybody gets. */
static bool is_cookie_wanted(const uint8_t *buf)
{
	return buf[0] == 22 && buf[13] == 3;
}

/* --- again ---------------------------------------------------------------- */

static void again(void)
{
	uint64_t until;
	uint8_t buf[DATAGRAM_SIZE];
	int stranger = open_socket(), code;
	unsigned int n = n_sent, answers = 0, i;

	for (i = 0; i < n; i++)
		if (send(fd, record[i].buf, record[i].len, 0) < 0 ||
		    send(stranger, record[i].buf, record[i].len, 0) < 0)
			die("pftls: nothing can be sent again: %s", strerror(errno));
	until = clock_ns() + AFTER_MS * NSEC_PER_MSEC;
	while (clock_ns() < until) {
		code = hear(AFTER_MS / 10);
		answers += code > 0;
	}
	while (recv(stranger, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		answers += !is_cookie_wanted(buf);
	close(stranger);
	printf("%u datagrams again, %u answers\n", n, answers);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool replay = false;
	int c, i;

	while ((c = getopt(argc, argv, "r")) != -1)
		replay = c == 'r';
	if (argc - optind < 7 || (argc - optind - 4) % 3)
		die("usage: pftls [-r] DIR FILE ADDRESS PORT METHOD PATH BODY...");
	endpoint_parse(&to, argv[optind + 2],
		       parse_number(argv[optind + 3], "port", 1, 65535));
	associate(argv[optind], argv[optind + 1]);
	for (i = optind + 4; i < argc; i += 3)
		ask(argv + i);
	if (replay) {
		again();
		ask(argv + argc - 3);
	}
	SSL_shutdown(ssl);
	return 0;
}
