/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pf_field: documents of pf_msg as tables, and how such a table is written and read
 */
#ifndef _SIDESTEP_PF_FIELD_H
#define _SIDESTEP_PF_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pf_field_limits {
	/* No text is longer, with its NUL. */
	PF_MAX_TEXT = 512,
};

/**
 * enum pf_kind - what a value is in CBOR, and in the struct
 */
enum pf_kind {
	PF_U32,		/* unsigned; uint32_t or an enum */
	PF_U64,		/* unsigned; uint64_t, of any value */
	PF_S32,		/* unsigned or negative; int32_t */
	PF_BOOL,
	PF_BYTES,	/* of that length, not all zero */
	PF_TEXT,	/* char[] with its NUL */
	PF_ADDR,	/* [address, port]; struct sockaddr_storage */
	PF_LIST,	/* array of values of one kind */
	PF_MAPS,	/* array of maps */
};

/**
 * struct pf_field - a member of a map
 * @key: not 0; 0 ends a table
 * @kind: enum pf_kind
 * @needed: it is always there. Others are left out when they are zero, or by @has
 * @offset: in the struct; of a list: of how many there are, a size_t
 * @has: offset of the bool that says whether it is there; 0: none
 * @size: bytes; of a list: of one member
 * @list: of a list: offset of the first member
 * @min: least number
 * @max: greatest number; most members; family of an address, AF_UNSPEC: either
 * @member: of PF_MAPS: their table; of PF_LIST: what a member is, @offset 0
 * @check: of PF_TEXT: what is wrong with it, a static text, or NULL
 * @fault: what is said of a value of another type or out of range
 * @missing: what is said if it is needed and not there
 */
struct pf_field {
	int key;
	enum pf_kind kind;
	bool needed;
	size_t offset;
	size_t has;
	size_t size;
	size_t list;
	int64_t min;
	int64_t max;
	const struct pf_field *member;
	const char *(*check)(const char *text);
	const char *fault;
	const char *missing;
};

/* pf_put() - write @doc by its table. Return: its length, or 0 if it does not fit */
size_t pf_put(const struct pf_field *fields, const void *doc, uint8_t *buf,
	      size_t size);

/**
 * pf_take() - read exactly one document
 * @fields: its table
 * @doc: the result; all of it is zero before
 * @buf: what is read
 * @len: its length
 *
 * Return: NULL, or what is wrong, a static text.
 */
const char *pf_take(const struct pf_field *fields, void *doc, const uint8_t *buf,
		    size_t len);

/**
 * pf_find_number() - the number under a key, of a document whose table may be unknown
 * @buf: the document
 * @len: its length
 * @key: which
 * @number: the result; 0 if it is not there
 *
 * Return: NULL, or what is wrong with the document, a static text.
 */
const char *pf_find_number(const uint8_t *buf, size_t len, int key,
			   uint64_t *number);

/* pf_words_fault() - what is wrong with words for people, or NULL */
const char *pf_words_fault(const char *text);

#endif /* _SIDESTEP_PF_FIELD_H */
