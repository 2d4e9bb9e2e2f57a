// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Floods a port with the beginnings of DTLS handshakes, and finishes none
 *
 *	pfflood [-r RATE] [-t SECONDS] [-a] [-f NETWORK/BITS] [-k | -e] ADDRESS PORT
 *
 * RATE datagrams a second, from random ports. -f: from random addresses of that IPv4
 * network, which nobody answers at; without it from this host's own, and each of up to
 * 4000 sockets, if -a, answers the HelloVerifyRequest with its cookie. -k: with a cookie
 * that is invented; -e: what looks like a ClientHello, and is encrypted.
 *
 * At the end a line: datagrams sent, cookies that were got, and handshakes that went on.
 */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	MAX_HELLO = 1024,
	MAX_SOCKETS = 4000,
	/* Offsets in a ClientHello, RFC 6347 4.2.2. */
	EPOCH = 4,
	SEQUENCE = 10,
	RECORD_LEN = 11,
	MESSAGE_LEN = 14,
	MESSAGE_SEQ = 18,
	FRAGMENT_LEN = 22,
	SESSION_ID = 59,
	/* In a HelloVerifyRequest. */
	TYPE = 13,
	HELLO_VERIFY_REQUEST = 3,
	VERIFY_COOKIE = 27,
};

static struct {
	double rate, seconds;
	bool answers, invents, encrypted;
	struct in_addr network;
	unsigned int bits;
	struct endpoint to;
} opt = { .rate = 1000, .seconds = 10 };

static uint8_t hello[MAX_HELLO];
static size_t hello_len;
static int sockets[MAX_SOCKETS];
static unsigned int n_sockets;
static unsigned long sent, cookies, went_on;

/* --- what is sent --------------------------------------------------------- */

/* As a UE says it. */
static void hello_make(void)
{
	SSL_CTX *ctx = SSL_CTX_new(DTLS_client_method());
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	int len;

	if (!ssl || !in || !out)
		die("pfflood: no OpenSSL");
	SSL_set_bio(ssl, in, out);
	SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
	SSL_set_mtu(ssl, MAX_HELLO);
	SSL_connect(ssl);
	len = BIO_read(out, hello, sizeof(hello));
	if (len < SESSION_ID + 2)
		die("pfflood: no ClientHello");
	hello_len = len;
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static void add_to(uint8_t *at, unsigned int bytes, unsigned int n)
{
	unsigned int sum = n;

	while (bytes--) {
		sum += at[bytes];
		at[bytes] = sum;
		sum >>= 8;
	}
}

/* Return: its length. */
static size_t with_cookie(uint8_t buf[2 * MAX_HELLO], const uint8_t *cookie, uint8_t len)
{
	size_t at = SESSION_ID + 1 + hello[SESSION_ID];

	memcpy(buf, hello, at);
	buf[at] = len;
	memcpy(buf + at + 1, cookie, len);
	memcpy(buf + at + 1 + len, hello + at + 1, hello_len - at - 1);
	buf[SEQUENCE] = buf[MESSAGE_SEQ] = 1;
	add_to(buf + RECORD_LEN, 2, len);
	add_to(buf + MESSAGE_LEN, 3, len);
	add_to(buf + FRAGMENT_LEN, 3, len);
	return hello_len + len;
}

static size_t next_hello(uint8_t buf[2 * MAX_HELLO])
{
	uint8_t cookie[16];

	if (opt.invents) {
		for (size_t i = 0; i < sizeof(cookie); i++)
			cookie[i] = random();
		return with_cookie(buf, cookie, sizeof(cookie));
	}
	memcpy(buf, hello, hello_len);
	buf[EPOCH] = opt.encrypted;
	return hello_len;
}

/* --- from addresses of others --------------------------------------------- */

static void send_spoofed(int raw)
{
	const struct sockaddr_in *to = (void *)&opt.to.ss;
	uint8_t packet[sizeof(struct iphdr) + sizeof(struct udphdr) + 2 * MAX_HELLO] = {};
	struct iphdr *ip = (void *)packet;
	struct udphdr *udp = (void *)(ip + 1);
	size_t len = sizeof(*udp) + next_hello((uint8_t *)(udp + 1));
	uint32_t host = random() & (opt.bits ? 0xffffffffu >> opt.bits : 0xffffffffu);

	*ip = (struct iphdr){
		.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
		.saddr = opt.network.s_addr | htonl(host), .daddr = to->sin_addr.s_addr,
	};
	udp->source = htons(1024 + random() % 60000);
	udp->dest = to->sin_port;
	udp->len = htons(len);
	if (sendto(raw, packet, sizeof(*ip) + len, 0, (void *)to, sizeof(*to)) > 0)
		sent++;
}

/* --- from this host's ----------------------------------------------------- */

static int new_socket(unsigned int at)
{
	if (sockets[at])
		close(sockets[at]);
	sockets[at] = socket(opt.to.ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (sockets[at] < 0 || connect(sockets[at], (void *)&opt.to.ss, opt.to.len) < 0)
		die("pfflood: no socket: %s", strerror(errno));
	return sockets[at];
}

static void send_own(void)
{
	unsigned int at = sent % MAX_SOCKETS;
	uint8_t buf[2 * MAX_HELLO];
	size_t len = next_hello(buf);

	if (send(new_socket(at), buf, len, 0) > 0)
		sent++;
	if (n_sockets <= at)
		n_sockets = at + 1;
}

static void answer(int fd)
{
	uint8_t in[2 * MAX_HELLO], out[2 * MAX_HELLO];
	ssize_t len = recv(fd, in, sizeof(in), 0);

	if (len < 0)
		return;
	if (len <= VERIFY_COOKIE || in[TYPE] != HELLO_VERIFY_REQUEST) {
		went_on++;
		return;
	}
	cookies++;
	if (opt.answers && in[VERIFY_COOKIE] <= len - VERIFY_COOKIE - 1)
		send(fd, out, with_cookie(out, in + VERIFY_COOKIE + 1, in[VERIFY_COOKIE]), 0);
}

/* The youngest ones: later none of them gets an answer. */
static void answer_all(void)
{
	for (unsigned int i = 0; i < n_sockets && i < 1000; i++)
		answer(sockets[(sent - 1 - i) % MAX_SOCKETS]);
}

/* -------------------------------------------------------------------------- */

static void network_parse(const char *text)
{
	char copy[64], *slash;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (!slash)
		die("pfflood: no NETWORK/BITS: %s", text);
	*slash = '\0';
	if (inet_pton(AF_INET, copy, &opt.network) != 1)
		die("pfflood: no address: %s", copy);
	opt.bits = parse_number(slash + 1, "bits", 1, 31);
}

static void take_option(int c)
{
	switch (c) {
	case 'r':
		opt.rate = parse_number(optarg, "datagrams per second", 1, 1e6);
		break;
	case 't':
		opt.seconds = parse_number(optarg, "seconds", 0.1, 3600);
		break;
	case 'a':
		opt.answers = true;
		break;
	case 'f':
		network_parse(optarg);
		break;
	case 'k':
		opt.invents = true;
		break;
	case 'e':
		opt.encrypted = true;
		break;
	default:
		die("usage: pfflood [-r RATE] [-t SECONDS] [-a] [-f NETWORK/BITS] [-k | -e] ADDRESS PORT");
	}
}

static void flood(int raw)
{
	uint64_t begun = clock_ns(), until = begun + opt.seconds * NSEC_PER_SEC, now;

	while ((now = clock_ns()) < until && !stop_asked) {
		while (sent < (now - begun) / 1e9 * opt.rate && clock_ns() < until) {
			if (raw >= 0)
				send_spoofed(raw);
			else
				send_own();
		}
		if (raw < 0)
			answer_all();
		usleep(1000);
	}
}

int main(int argc, char **argv)
{
	struct rlimit limit = { MAX_SOCKETS + 100, MAX_SOCKETS + 100 };
	int c, raw = -1;

	while ((c = getopt(argc, argv, "r:t:af:ke")) != -1)
		take_option(c);
	if (argc - optind != 2)
		take_option('?');
	endpoint_parse(&opt.to, argv[optind],
		       parse_number(argv[optind + 1], "port", 1, 65535));
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("pfflood: %u files: %s", MAX_SOCKETS, strerror(errno));
	if (opt.bits)
		raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (opt.bits && raw < 0)
		die("pfflood: no raw socket: %s", strerror(errno));
	stop_init();
	hello_make();
	flood(raw);
	printf("%lu sent, %lu cookies, %lu went on\n", sent, cookies, went_on);
	return 0;
}
