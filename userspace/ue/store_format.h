/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store_format: the content of a session's file, in CBOR (RFC 8949). Pure
 *
 * docs/exchange.md has it in CDDL (RFC 8610).
 */
#ifndef _SIDESTEP_STORE_FORMAT_H
#define _SIDESTEP_STORE_FORMAT_H

#include "store.h"

enum store_limits {
	/* Of the file; another one is refused. */
	STORE_VERSION = 1,
	/* A file is never longer. */
	STORE_MAX_SIZE = 2048,
};

/* store_encode() - Return: its length, or 0 if it does not fit */
size_t store_encode(const struct stored *stored, uint8_t *buf, size_t size);

/**
 * store_decode() - read it
 * @stored: the result; what is not used is zero
 * @buf: the file
 * @len: its length
 * @why: what is wrong with it, in words; a static text
 *
 * What a peer of another version offered is left out.
 *
 * Return: 0, -EPROTONOSUPPORT for another version, or -EBADMSG.
 */
int store_decode(struct stored *stored, const uint8_t *buf, size_t len,
		 const char **why);

/* store_decode_content() - likewise, without the checksum around it */
int store_decode_content(struct stored *stored, const uint8_t *buf, size_t len,
			 const char **why);

#endif /* _SIDESTEP_STORE_FORMAT_H */
