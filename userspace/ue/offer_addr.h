/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offer_addr: addresses in CBOR, as offers and session files have them: an array of
 * a byte string of 4 or 16 bytes and a number. Pure.
 */
#ifndef _SIDESTEP_OFFER_ADDR_H
#define _SIDESTEP_OFFER_ADDR_H

#include "../common/cbor_token.h"
#include "../common/cbor_writer.h"
#include "rtnl.h"

/* The number is the prefix length. */
void offer_addr_put(struct cbor_writer *writer, const struct rtnl_prefix *addr);

/* offer_addr_take() - false if it is not one, or no address of a host */
bool offer_addr_take(struct cbor_reader *reader, struct rtnl_prefix *addr);

/* offer_addr_take_with() - likewise, with a number up to @max instead */
bool offer_addr_take_with(struct cbor_reader *reader, struct rtnl_prefix *addr,
			  uint64_t *number, uint64_t max);

#endif /* _SIDESTEP_OFFER_ADDR_H */
