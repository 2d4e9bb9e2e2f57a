/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coaps_gate: what of a listening socket's datagrams libcoap may read
 *
 * libcoap 4.3 keeps a session for each ClientHello, before its cookie is known to be good,
 * for 30 s at least, takes no more when it has many, and goes through all sessions for each.
 * So the cookies are asked for and verified here, with nothing kept, by looking at datagrams
 * before libcoap reads them; and no more handshakes are let in than struct handshakes has
 * room for.
 */
#ifndef _SIDESTEP_COAPS_GATE_H
#define _SIDESTEP_COAPS_GATE_H

#include "coaps.h"

#include <coap3/coap.h>
#include <openssl/ssl.h>

struct coaps_gate;

/* coaps_gate_context() - coap_new_context(), and what it has of OpenSSL for DTLS */
coap_context_t *coaps_gate_context(SSL_CTX **tls);

/* coaps_gate_open() - for the socket on which such a context listens. Return: NULL for want
 * of memory or randomness
 */
struct coaps_gate *coaps_gate_open(coap_context_t *ctx, SSL_CTX *tls, int socket);
void coaps_gate_close(struct coaps_gate *gate);

/**
 * coaps_gate_pass() - look at what has come
 * @gate: the gate
 * @max: to look at
 * @more: is there something behind these that was not looked at?
 *
 * What is not to be read is taken away or answered.
 *
 * Return: how many datagrams may be read.
 */
unsigned int coaps_gate_pass(struct coaps_gate *gate, unsigned int max, bool *more);

/* coaps_gate_retransmits() - for a handshake that begins now: how often something is sent
 * again
 */
unsigned int coaps_gate_retransmits(const struct coaps_gate *gate);

/* coaps_gate_done() - a handshake is finished */
void coaps_gate_done(struct coaps_gate *gate, const struct sockaddr_storage *from);

void coaps_gate_count(const struct coaps_gate *gate, struct coaps_hellos *hellos);

#endif /* _SIDESTEP_COAPS_GATE_H */
