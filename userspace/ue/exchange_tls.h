/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange_tls: TLS 1.3 (RFC 8446) in which both ends are known by their public keys
 * and by nothing else
 */
#ifndef _SIDESTEP_EXCHANGE_TLS_H
#define _SIDESTEP_EXCHANGE_TLS_H

#include "exchange.h"

#include <openssl/ssl.h>

/**
 * typedef exchange_tls_check - is it the right one?
 * @key: the other end's public key; that it has the private one is proven later
 * @data: of exchange_tls_new()
 */
typedef bool (*exchange_tls_check)(const uint8_t key[HOSTKEY_LEN], void *data);

/* exchange_tls_open() - Return: the context for both roles, or NULL */
SSL_CTX *exchange_tls_open(const struct hostkey *key, exchange_tls_check check);

/* exchange_tls_new() - Return: a connection on @fd, which stays the caller's, or NULL */
SSL *exchange_tls_new(SSL_CTX *ctx, int fd, bool connects, void *data);

/**
 * exchange_tls_keys() - what both ends take from a connection
 * @ssl: after its handshake
 * @keys: the result
 * @own: this host's public key
 * @peer: the other's
 *
 * Return: whether there are any.
 */
bool exchange_tls_keys(SSL *ssl, struct exchange_keys *keys,
		       const uint8_t own[HOSTKEY_LEN], const uint8_t peer[HOSTKEY_LEN]);

/* exchange_tls_alerted() - did the other end say that it ends for a fault? Of the last
 * failed call; takes it from OpenSSL's queue
 */
bool exchange_tls_alerted(void);

#endif /* _SIDESTEP_EXCHANGE_TLS_H */
