/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wg_mac1: WireGuard's messages as one sees them who has no secret: what kind they are,
 * their indices, and mac1, which says for whom a handshake message is. Pure
 *
 * mac1 is made with the public key of who receives the message (the WireGuard paper,
 * 5.4.4). It proves no more than that the sender knows that key.
 */
#ifndef _SIDESTEP_WG_MAC1_H
#define _SIDESTEP_WG_MAC1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wg_mac1_sizes {
	WG_MAC1_KEY_LEN = 32,
	WG_MAC1_LEN = 16,
	WG_INITIATION_LEN = 148,
	WG_RESPONSE_LEN = 92,
	WG_COOKIE_LEN = 64,
	/* An empty one: a keepalive. */
	WG_DATA_MIN_LEN = 32,
};

/* enum wg_kind - the numbers on the wire */
enum wg_kind {
	WG_NONE,
	WG_INITIATION,
	WG_RESPONSE,
	WG_COOKIE,
	WG_DATA,
};

/**
 * wg_kind() - what a datagram is by its first bytes and its length
 * @buf: the datagram
 * @len: its length
 *
 * Return: WG_NONE if WireGuard would not look at it.
 */
enum wg_kind wg_kind(const uint8_t *buf, size_t len);

/* wg_sender() - the sender's index in an initiation or a response */
uint32_t wg_sender(const uint8_t *buf);

/* wg_receiver() - the receiver's index in a response or a cookie: that of the message
 * that it answers
 */
uint32_t wg_receiver(const uint8_t *buf);

/**
 * struct wg_mac1_key - what is derived from a public key
 * @hash: HASH("mac1----" || public key)
 */
struct wg_mac1_key {
	uint8_t hash[WG_MAC1_KEY_LEN];
};

/* wg_mac1_key() - for messages to the owner of that public key. 0, or -EIO if OpenSSL
 * has no BLAKE2s
 */
int wg_mac1_key(struct wg_mac1_key *key, const uint8_t public_key[WG_MAC1_KEY_LEN]);

/* wg_mac1_good() - is a handshake message (an initiation or a response of its full
 * length) for the owner of @key?
 */
bool wg_mac1_good(const struct wg_mac1_key *key, const uint8_t *buf, size_t len);

/* wg_mac1_sign() - put mac1 into a handshake message (wg_kind() says so). 0, -EINVAL or
 * -EIO
 */
int wg_mac1_sign(const struct wg_mac1_key *key, uint8_t *buf, size_t len);

/**
 * wg_mac1_punch() - what looks like an initiation: random, but for its first bytes and
 * mac1. WireGuard drops it, a relay latches on it
 * @buf: the result; mac2 is zero
 * @key: of the peer that it is sent to
 *
 * Return: 0, or -EIO.
 */
int wg_mac1_punch(uint8_t buf[WG_INITIATION_LEN], const struct wg_mac1_key *key);

#endif /* _SIDESTEP_WG_MAC1_H */
