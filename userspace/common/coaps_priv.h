/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coaps_priv: what the files of coaps share
 *
 * libcoap calls back while it works on a session. Nothing is freed then: what has ended
 * is marked, and goes when libcoap has returned (coaps_reap()).
 */
#ifndef _SIDESTEP_COAPS_PRIV_H
#define _SIDESTEP_COAPS_PRIV_H

#include "coaps.h"
#include "coaps_gate.h"

#include <coap3/coap.h>
#include <sys/queue.h>

enum coaps_private {
	TOKEN_SIZE = 8,
	/* Answers that are kept for requests that come again. */
	ANSWERS = 8,
	/* Of a datagram, within an Ethernet frame. */
	COAPS_MTU = 1400,
	OBSERVERS = 4,
	WHY_SIZE = 128,
};

struct coaps_assoc;

/**
 * struct coaps_pending - a request that waits for its answer, or for notifications
 * @token: by which they are known
 * @request: to be sent once more, as another message; its body is owned
 * @copies: how often that was
 * @timer: of the next copy
 */
struct coaps_pending {
	LIST_ENTRY(coaps_pending) entry;
	struct coaps_assoc *assoc;
	uint8_t token[TOKEN_SIZE];
	size_t token_len;
	struct coaps_message request;
	unsigned int copies;
	sd_event_source *timer;
	coaps_answered answered;
	void *data;
};

/**
 * struct coaps_answer - what was answered to a request
 * @request: digest of it with its token, or of its message id if it has none
 * @code, @format, @len: as in &struct coaps_message
 * @text: its location with the NUL, and its body, @len bytes; NULL: there is no answer
 */
struct coaps_answer {
	uint64_t request;
	uint16_t code;
	int32_t format;
	uint16_t len;
	char *text;
};

/* struct coaps_observer - who observes @path; "" if nobody */
struct coaps_observer {
	char path[COAPS_PATH_SIZE];
	uint8_t token[TOKEN_SIZE];
	size_t token_len;
	uint32_t seq;
};

/**
 * struct coaps_assoc - an association
 * @session: referenced
 * @made_here: by coaps_connect()
 * @dead: goes with the next coaps_reap(), and is in its list by @ended
 * @silent: nobody is told
 * @why: of its end
 * @since_ns: CLOCK_BOOTTIME, when something last came, or it was last asked
 * @asked: how often whether the other end is there, and no answer has come
 * @timer: of its silence; or of its making
 * @answer: a ring, @next_answer is the oldest
 */
struct coaps_assoc {
	LIST_ENTRY(coaps_assoc) entry;
	STAILQ_ENTRY(coaps_assoc) ended;
	struct coaps *coaps;
	coap_session_t *session;
	char name[COAPS_NAME_SIZE];
	struct sockaddr_storage remote;
	bool made_here;
	bool connected;
	bool dead;
	bool silent;
	unsigned int asked;
	char why[WHY_SIZE];
	unsigned int keepalive_s;
	uint64_t since_ns;
	sd_event_source *timer;
	void *data;
	LIST_HEAD(, coaps_pending) pending;
	struct coaps_answer answer[ANSWERS];
	unsigned int next_answer;
	struct coaps_observer *observer;
};

/**
 * struct coaps - a credential
 * @connecting: associations that are made here and are not connected yet
 * @n: associations
 * @dying: for coaps_reap()
 * @kick: has libcoap look after its timers once the caller has returned, or when @rest is
 *	  over
 * @rest: until then libcoap is left alone
 * @tls: libcoap's context of OpenSSL
 * @gate: of the socket that listens, by which all comes that libcoap reads; NULL: none does
 * @batch: how many datagrams are read from it at once
 */
struct coaps {
	coap_context_t *ctx;
	coap_dtls_pki_t pki;
	char *cert, *key, *ca;
	sd_event *event;
	sd_event_source *io, *kick, *rest;
	const struct coaps_ops *ops;
	void *data;
	bool (*trusted)(void *data, const char *name);
	uint64_t complained_ns;
	unsigned int connecting, n;
	SSL_CTX *tls;
	struct coaps_gate *gate;
	bool kicked, resting;
	unsigned int batch;
	LIST_HEAD(, coaps_assoc) assocs;
	STAILQ_HEAD(, coaps_assoc) dying;
};

/* coaps_assoc_new() - takes a reference of @session. Return: NULL for want of memory */
struct coaps_assoc *coaps_assoc_new(struct coaps *coaps, coap_session_t *session,
				    bool made_here);
void coaps_assoc_heard(struct coaps_assoc *assoc);

/* coaps_assoc_die() - later; the first reason counts */
void coaps_assoc_die(struct coaps_assoc *assoc, const char *why);

/* coaps_assoc_connected() - its certificate is good: @name */
void coaps_assoc_connected(struct coaps_assoc *assoc, const char *name);

/* coaps_reap() - who has died goes. Not from within a call of libcoap */
void coaps_reap(struct coaps *coaps);
void coaps_assoc_free(struct coaps_assoc *assoc);

/* coaps_kick() - libcoap's timers are to be looked after, or who has died */
void coaps_kick(struct coaps *coaps);

/* coaps_loop_init(), coaps_loop_end() - in the loop, and out of it. Return: 0 or a negative
 * errno value
 */
int coaps_loop_init(struct coaps *coaps);
void coaps_loop_end(struct coaps *coaps);

/* coaps_pki_fill() - Return: 0 or what is wrong with the files, which is said */
int coaps_pki_fill(struct coaps *coaps);

/* coaps_session_name() - the one common name of the other end's certificate. Return:
 * false if there is none, several, or a bad one
 */
bool coaps_session_name(coap_session_t *session, char name[COAPS_NAME_SIZE]);

/* coaps_register() - what libcoap calls for requests and answers */
void coaps_register(struct coaps *coaps);

/* coaps_pending_end() - all that wait hear of it */
void coaps_pending_end(struct coaps_assoc *assoc, int error);

/* coaps_read() - @message of a PDU; body and all point into it. Return: 0, or the code
 * with which it is to be refused
 */
unsigned int coaps_read(struct coaps_message *message, const coap_pdu_t *pdu);

/* coaps_write() - options and body; token and code are there. @observe: its number, or -1.
 * Return: false if it does not fit
 */
bool coaps_write(const struct coaps_message *message, coap_pdu_t *pdu, int64_t observe);

static inline coap_pdu_code_t coaps_to_code(unsigned int code)
{
	return code < 100 ? code : (code / 100) << 5 | code % 100;
}

#endif /* _SIDESTEP_COAPS_PRIV_H */
