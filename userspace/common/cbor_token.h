/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cbor_token: read CBOR (RFC 8949) item by item, without memory of its own
 */
#ifndef _SIDESTEP_CBOR_TOKEN_H
#define _SIDESTEP_CBOR_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cbor_token_type {
	CBOR_TOKEN_UNSIGNED,
	/* -1 - @number */
	CBOR_TOKEN_NEGATIVE,
	CBOR_TOKEN_TEXT,
	CBOR_TOKEN_BYTES,
	CBOR_TOKEN_ARRAY,
	CBOR_TOKEN_MAP,
	CBOR_TOKEN_BOOL,
	/* an array, map or string without a length begins; it ends with the break */
	CBOR_TOKEN_MAP_UNTIL_BREAK,
	CBOR_TOKEN_UNTIL_BREAK,
	CBOR_TOKEN_BREAK,
	CBOR_TOKEN_TAG,
	/* null, floating-point numbers and other things without parts */
	CBOR_TOKEN_OTHER,
};

/**
 * struct cbor_token - the head of an item, or all of it if it has no parts
 * @type: see there
 * @number: the number, truth value (0 or 1), or how many members an array or map has
 * @text: of a text, without NUL
 * @bytes: of a byte string
 * @len: the length of either
 */
struct cbor_token {
	enum cbor_token_type type;
	uint64_t number;
	union {
		const char *text;
		const uint8_t *bytes;
	};
	size_t len;
};

/**
 * struct cbor_reader - what is left to read
 */
struct cbor_reader {
	const uint8_t *at;
	size_t left;
};

/* cbor_token_next() - false if nothing is left, or what is left is malformed */
bool cbor_token_next(struct cbor_reader *reader, struct cbor_token *token);

/* cbor_token_skip() - go behind the item that begins with @token; false as above */
bool cbor_token_skip(struct cbor_reader *reader, const struct cbor_token *token);

/* The next item if it is of that kind; of exactly that length; or that number at most. */
bool cbor_take_array(struct cbor_reader *reader, uint64_t max, uint64_t *n);
bool cbor_take_map(struct cbor_reader *reader, uint64_t max, uint64_t *n);
bool cbor_take_unsigned(struct cbor_reader *reader, uint64_t max, uint64_t *number);
bool cbor_take_bytes(struct cbor_reader *reader, uint8_t *bytes, size_t len);

#endif /* _SIDESTEP_CBOR_TOKEN_H */
