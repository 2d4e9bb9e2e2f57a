/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offer_addr: addresses of hosts in CBOR. Pure
 */
#ifndef _SIDESTEP_OFFER_ADDR_H
#define _SIDESTEP_OFFER_ADDR_H

#include "../common/cbor_put.h"
#include "../common/cbor_token.h"
#include "prefix.h"

#include <netinet/in.h>

/* [* [address, bits]] */
void offer_addrs_put(struct cbor_out *out, const struct rtnl_prefix *addr, size_t n);

/**
 * offer_addrs_take() - read them
 * @reader: what is read
 * @addr: the result
 * @max: its size
 * @n: used entries of @addr
 *
 * Return: NULL, or what is wrong, in words; a static text.
 */
const char *offer_addrs_take(struct cbor_reader *reader, struct rtnl_prefix *addr,
			     size_t max, size_t *n);

/* Likewise of [* [address, port]]. */
void offer_endpoints_put(struct cbor_out *out, const struct sockaddr_storage *endpoint,
			 size_t n);
const char *offer_endpoints_take(struct cbor_reader *reader,
				 struct sockaddr_storage *endpoint, size_t max,
				 size_t *n);

#endif /* _SIDESTEP_OFFER_ADDR_H */
