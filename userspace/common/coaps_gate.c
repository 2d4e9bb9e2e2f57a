// SPDX-License-Identifier: GPL-2.0-or-later
#include "coaps_gate.h"
#include "clock.h"
#include "handshakes.h"
#include "log.h"

#include <inttypes.h>
#include <netdb.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define NSEC_PER_SEC 1000000000ull

enum {
	KEY_LEN = 32,
	/* A cookie is good in the period in which it was made, and in the next one. */
	COOKIE_S = 30,
	/* More than any datagram has: what is looked at is passed over by its length. */
	DATAGRAM_SIZE = 65536,
	CONTROL_SIZE = 256,
	/* Taken away or answered at a time. */
	MAX_REFUSED = 256,
	COMPLAIN_S = 10,
};

/**
 * struct coaps_gate - see there
 * @key: of cookies
 * @count: what came of ClientHellos; all of them but @count.unfinished
 * @said: of @count, when it was last complained
 * @all: handshakes
 * @datagram: that is looked at, @len bytes from @from
 * @header: of it; what it says of where it came in holds for the answer
 */
struct coaps_gate {
	int socket;
	uint8_t key[KEY_LEN];
	struct coaps_hellos count;
	uint64_t said, said_ns;
	struct handshakes all;
	struct sockaddr_storage from;
	struct msghdr header;
	struct iovec iov;
	char control[CONTROL_SIZE];
	size_t len;
	uint8_t datagram[DATAGRAM_SIZE];
};

enum verdict {
	PASS,
	ASK,
	REFUSE_SOURCE,
	REFUSE_FULL,
	STRAY,
};

/* --- libcoap's cookies ---------------------------------------------------- */

/* libcoap does not tell its contexts of OpenSSL. The first that it makes is that of DTLS. */
static SSL_CTX **wanted;

static void on_new(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl,
		   void *argp)
{
	(void)ptr;
	(void)ad;
	(void)idx;
	(void)argl;
	(void)argp;
	if (wanted && !*wanted)
		*wanted = parent;
}

static int gate_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, on_new, NULL, NULL);
	return index;
}

coap_context_t *coaps_gate_context(SSL_CTX **tls)
{
	coap_context_t *ctx;

	if (gate_index() < 0)
		return NULL;
	*tls = NULL;
	wanted = tls;
	ctx = coap_new_context(NULL);
	wanted = NULL;
	return ctx;
}

/* Nothing comes here without one. */
static int on_cookie_wanted(SSL *ssl, unsigned char *cookie, unsigned int *len)
{
	(void)ssl;
	(void)cookie;
	(void)len;
	return 0;
}

/* It was verified when it was let in. */
static int on_cookie(SSL *ssl, const unsigned char *cookie, unsigned int len)
{
	const struct coaps_gate *gate = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl),
							    gate_index());

	return gate && handshakes_knows_cookie(&gate->all, cookie, len);
}

/* --- ours ----------------------------------------------------------------- */

static bool make_cookie(const struct coaps_gate *gate, uint64_t period,
			uint8_t cookie[DTLS_HELLO_COOKIE_LEN])
{
	uint8_t text[sizeof(gate->from) + sizeof(period)], mac[EVP_MAX_MD_SIZE];
	size_t len = gate->header.msg_namelen;

	memcpy(text, &gate->from, len);
	memcpy(text + len, &period, sizeof(period));
	if (!HMAC(EVP_sha256(), gate->key, sizeof(gate->key), text, len + sizeof(period), mac,
		  NULL))
		return false;
	memcpy(cookie, mac, DTLS_HELLO_COOKIE_LEN);
	return true;
}

static bool is_good(const struct coaps_gate *gate, const uint8_t *cookie, uint64_t now_ns)
{
	uint64_t period = now_ns / (COOKIE_S * NSEC_PER_SEC);
	uint8_t good[DTLS_HELLO_COOKIE_LEN];

	for (uint64_t i = 0; cookie && i < 2; i++)
		if (make_cookie(gate, period - i, good) &&
		    !CRYPTO_memcmp(cookie, good, sizeof(good)))
			return true;
	return false;
}

/* To where it says that it comes from, as short as it was itself. */
static void ask(struct coaps_gate *gate, const struct dtls_hello *hello, uint64_t now_ns)
{
	uint8_t cookie[DTLS_HELLO_COOKIE_LEN], answer[DTLS_HELLO_VERIFY_LEN];
	struct iovec iov = { answer, sizeof(answer) };
	struct msghdr header = gate->header;

	if (!make_cookie(gate, now_ns / (COOKIE_S * NSEC_PER_SEC), cookie))
		return;
	dtls_hello_verify(answer, hello, cookie);
	header.msg_iov = &iov;
	header.msg_flags = 0;
	sendmsg(gate->socket, &header, MSG_DONTWAIT);
}

/* --- what comes ----------------------------------------------------------- */

static enum verdict judge_good(struct coaps_gate *gate, const struct dtls_hello *hello,
			       uint64_t now_ns)
{
	switch (handshakes_begin(&gate->all, &gate->from, hello->cookie, now_ns)) {
	case HANDSHAKES_BEGUN:
		gate->count.begun++;
		return PASS;
	case HANDSHAKES_KNOWN:
		return PASS;
	case HANDSHAKES_SOURCE:
		return REFUSE_SOURCE;
	default:
		return REFUSE_FULL;
	}
}

static enum verdict judge(struct coaps_gate *gate, struct dtls_hello *hello, uint64_t now_ns)
{
	switch (dtls_hello_read(hello, gate->datagram, gate->len)) {
	case DTLS_HELLO_NONE:
		return PASS;
	case DTLS_HELLO_BAD:
		return handshakes_knows(&gate->all, &gate->from) ? PASS : STRAY;
	default:
		return is_good(gate, hello->cookie, now_ns) ? judge_good(gate, hello, now_ns) :
							      ASK;
	}
}

static void complain(struct coaps_gate *gate, uint64_t now_ns)
{
	uint64_t refused = gate->count.refused_source + gate->count.refused_full;
	char host[NI_MAXHOST] = "?";

	if (gate->said_ns && now_ns - gate->said_ns < COMPLAIN_S * NSEC_PER_SEC)
		return;
	getnameinfo((void *)&gate->from, gate->header.msg_namelen, host, sizeof(host), NULL,
		    0, NI_NUMERICHOST);
	log_say(LOG_WARNING, NULL,
		"%s: handshake refused, as %" PRIu64 " others were: %u are not finished", host,
		refused - gate->said - 1, gate->all.n);
	gate->said_ns = now_ns;
	gate->said = refused;
}

static void refuse(struct coaps_gate *gate, enum verdict verdict,
		   const struct dtls_hello *hello, uint64_t now_ns)
{
	switch (verdict) {
	case ASK:
		gate->count.asked++;
		ask(gate, hello, now_ns);
		return;
	case STRAY:
		gate->count.stray++;
		return;
	case REFUSE_SOURCE:
		gate->count.refused_source++;
		break;
	default:
		gate->count.refused_full++;
		break;
	}
	complain(gate, now_ns);
}

static bool look_from_the_first(const struct coaps_gate *gate)
{
	int at = 0;

	return !setsockopt(gate->socket, SOL_SOCKET, SO_PEEK_OFF, &at, sizeof(at));
}

/* Return: is there another one? */
static bool look(struct coaps_gate *gate)
{
	ssize_t len;

	gate->iov = (struct iovec){ gate->datagram, sizeof(gate->datagram) };
	memset(&gate->from, 0, sizeof(gate->from));
	gate->header = (struct msghdr){
		.msg_name = &gate->from, .msg_namelen = sizeof(gate->from),
		.msg_iov = &gate->iov, .msg_iovlen = 1,
		.msg_control = gate->control, .msg_controllen = sizeof(gate->control),
	};
	len = recvmsg(gate->socket, &gate->header, MSG_PEEK | MSG_DONTWAIT);
	gate->len = len < 0 ? 0 : len;
	return len >= 0;
}

unsigned int coaps_gate_pass(struct coaps_gate *gate, unsigned int max, bool *more)
{
	uint64_t now_ns = clock_now_ns(CLOCK_BOOTTIME);
	unsigned int passed = 0, refused = 0;
	struct dtls_hello hello;
	enum verdict verdict;

	*more = false;
	look_from_the_first(gate);
	while (passed < max && look(gate)) {
		verdict = judge(gate, &hello, now_ns);
		if (verdict == PASS) {
			passed++;
			continue;
		}
		/* Only the first one can be taken away. */
		*more = passed || refused == MAX_REFUSED;
		if (*more)
			break;
		refuse(gate, verdict, &hello, now_ns);
		refused++;
		recv(gate->socket, NULL, 0, MSG_DONTWAIT);
		look_from_the_first(gate);
	}
	return passed;
}

/* --- life ----------------------------------------------------------------- */

struct coaps_gate *coaps_gate_open(coap_context_t *ctx, SSL_CTX *tls, int socket)
{
	struct coaps_gate *gate = calloc(1, sizeof(*gate));

	if (!gate || !tls || RAND_bytes(gate->key, sizeof(gate->key)) != 1) {
		free(gate);
		return NULL;
	}
	gate->socket = socket;
	if (!look_from_the_first(gate)) {
		free(gate);
		return NULL;
	}
	SSL_CTX_set_ex_data(tls, gate_index(), gate);
	SSL_CTX_set_cookie_generate_cb(tls, on_cookie_wanted);
	SSL_CTX_set_cookie_verify_cb(tls, on_cookie);
	/* The gate's own limits come first. */
	coap_context_set_max_handshake_sessions(ctx, HANDSHAKES_MAX * HANDSHAKES_OF_SOURCE);
	return gate;
}

void coaps_gate_close(struct coaps_gate *gate)
{
	if (!gate)
		return;
	explicit_bzero(gate->key, sizeof(gate->key));
	free(gate);
}

unsigned int coaps_gate_retransmits(const struct coaps_gate *gate)
{
	return handshakes_hurried(&gate->all) ? HANDSHAKE_HURRIED_RETRANSMIT :
						HANDSHAKE_RETRANSMIT;
}

void coaps_gate_done(struct coaps_gate *gate, const struct sockaddr_storage *from)
{
	handshakes_done(&gate->all, from);
}

void coaps_gate_count(const struct coaps_gate *gate, struct coaps_hellos *hellos)
{
	hellos->asked += gate->count.asked;
	hellos->begun += gate->count.begun;
	hellos->refused_source += gate->count.refused_source;
	hellos->refused_full += gate->count.refused_full;
	hellos->stray += gate->count.stray;
	hellos->unfinished += handshakes_count(&gate->all, clock_now_ns(CLOCK_BOOTTIME));
}
