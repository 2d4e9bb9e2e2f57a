/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offer: what two helpers tell each other over their authenticated connection, in
 * CBOR (RFC 8949)
 *
 * A map with small unsigned keys; unknown keys are skipped, so that they can be added.
 * docs/exchange.md has it in CDDL (RFC 8610). Pure.
 */
#ifndef _SIDESTEP_OFFER_H
#define _SIDESTEP_OFFER_H

#include "prefix.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum offer_limits {
	/* Version of this exchange; another one is refused. */
	OFFER_VERSION = 1,
	OFFER_NAME_SIZE = 64,
	OFFER_MAX_ADDRS = 6,
	OFFER_MAX_ENDPOINTS = 4,
	/* An encoded offer is never longer. */
	OFFER_MAX_SIZE = 1024,
	OFFER_KEYS_ID_LEN = 8,
};

/**
 * struct offer - one host's side
 * @version: OFFER_VERSION
 * @name: the host's
 * @has_keys: it has session keys for the peer
 * @keys_id: names them; says nothing of them
 * @mac: of its direct device; all zero if that has none
 * @n_addrs: used entries of @addr; 1 at least
 * @addr: its addresses on the direct link, with prefix lengths, link-local ones not
 * @wg_key: WireGuard public key of its end of the tunnel
 * @n_endpoints: used entries of @endpoint
 * @endpoint: where that end can be reached from anywhere; port not 0
 */
struct offer {
	unsigned int version;
	char name[OFFER_NAME_SIZE];
	bool has_keys;
	uint8_t keys_id[OFFER_KEYS_ID_LEN];
	uint8_t mac[6];
	size_t n_addrs;
	struct rtnl_prefix addr[OFFER_MAX_ADDRS];
	uint8_t wg_key[32];
	size_t n_endpoints;
	struct sockaddr_storage endpoint[OFFER_MAX_ENDPOINTS];
};

/* offer_encode() - Return: its length, or 0 if it does not fit */
size_t offer_encode(const struct offer *offer, uint8_t *buf, size_t size);

/**
 * offer_decode() - read what the peer sent
 * @offer: the result; what is not used is zero
 * @buf: exactly one offer
 * @len: its length
 * @why: what is wrong with it, in words; a static text
 *
 * Addresses that are no unicast address of a host (unspecified, loopback, multicast,
 * broadcast, link-local) are refused, as are control characters in the name.
 *
 * Return: 0, -EPROTONOSUPPORT for another version (which is in @offer), or -EBADMSG.
 */
int offer_decode(struct offer *offer, const uint8_t *buf, size_t len,
		 const char **why);

#endif /* _SIDESTEP_OFFER_H */
