// SPDX-License-Identifier: GPL-2.0-or-later
#include "cbor_token.h"
#include "pf_field.h"
#include "pf_msg.h"

#include <limits.h>
#include <string.h>

static const char malformed[] = "malformed";

static void *at(void *base, size_t offset)
{
	return (char *)base + offset;
}

/* 32 bits, or the one of a bool. */
static void set_number(const struct pf_field *field, void *value, int64_t number)
{
	uint32_t bits = number;

	if (field->kind == PF_BOOL)
		*(bool *)value = number;
	else
		memcpy(value, &bits, sizeof(bits));
}

static bool number_of(const struct cbor_token *token, int64_t *number)
{
	if (token->number > INT64_MAX)
		return false;
	if (token->type == CBOR_TOKEN_NEGATIVE)
		*number = -1 - (int64_t)token->number;
	else
		*number = token->number;
	return token->type == CBOR_TOKEN_UNSIGNED || token->type == CBOR_TOKEN_NEGATIVE;
}

static const char *take_number(const struct cbor_token *token,
			       const struct pf_field *field, void *value)
{
	int64_t number;

	if (!number_of(token, &number) || number < field->min || number > field->max)
		return field->fault;
	set_number(field, value, number);
	return NULL;
}

static const char *take_u64(const struct cbor_token *token,
			    const struct pf_field *field, void *value)
{
	if (token->type != CBOR_TOKEN_UNSIGNED)
		return field->fault;
	memcpy(value, &token->number, sizeof(token->number));
	return NULL;
}

static const char *take_bool(const struct cbor_token *token,
			     const struct pf_field *field, void *value)
{
	if (token->type != CBOR_TOKEN_BOOL)
		return field->fault;
	set_number(field, value, token->number);
	return NULL;
}

static const char *take_bytes(const struct cbor_token *token,
			      const struct pf_field *field, uint8_t *value)
{
	if (token->type != CBOR_TOKEN_BYTES || token->len != field->size)
		return field->fault;
	memcpy(value, token->bytes, token->len);
	/* All are as the first one, and that is 0. */
	return *value || memcmp(value, value + 1, field->size - 1) ? NULL : field->fault;
}

static const char *take_text(const struct cbor_token *token,
			     const struct pf_field *field, char *value)
{
	if (token->type != CBOR_TOKEN_TEXT || token->len >= field->size ||
	    memchr(token->text, '\0', token->len))
		return field->fault;
	memcpy(value, token->text, token->len);
	return field->check(value);
}

static void set_addr(struct sockaddr_storage *addr, const struct cbor_token *token,
		     uint16_t port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (token->len == sizeof(in.sin_addr)) {
		memcpy(&in.sin_addr, token->bytes, sizeof(in.sin_addr));
		memcpy(addr, &in, sizeof(in));
	} else {
		memcpy(&in6.sin6_addr, token->bytes, sizeof(in6.sin6_addr));
		memcpy(addr, &in6, sizeof(in6));
	}
}

static const char *take_addr(struct cbor_reader *reader,
			     const struct cbor_token *head,
			     const struct pf_field *field,
			     struct sockaddr_storage *addr)
{
	struct cbor_token token;
	uint64_t port;

	if (head->type != CBOR_TOKEN_ARRAY || head->number != 2 ||
	    !cbor_token_next(reader, &token) || token.type != CBOR_TOKEN_BYTES ||
	    (token.len != sizeof(struct in_addr) &&
	     token.len != sizeof(struct in6_addr)) ||
	    !cbor_take_unsigned(reader, UINT16_MAX, &port))
		return field->fault;
	set_addr(addr, &token, port);
	if (field->max != AF_UNSPEC && addr->ss_family != field->max)
		return field->fault;
	return pf_addr_fault(addr);
}

static const char *take_map(struct cbor_reader *reader,
			    const struct pf_field *fields, void *base);
static const char *take_value(struct cbor_reader *reader,
			      const struct pf_field *field, void *base);

static const char *take_list(struct cbor_reader *reader,
			     const struct cbor_token *head,
			     const struct pf_field *field, void *base)
{
	size_t *n = at(base, field->offset);
	char *member = at(base, field->list);
	const char *why = NULL;

	if (head->type != CBOR_TOKEN_ARRAY || head->number > (uint64_t)field->max)
		return field->fault;
	for (; !why && *n < head->number; ++*n, member += field->size)
		why = field->kind == PF_MAPS ?
			      take_map(reader, field->member, member) :
			      take_value(reader, field->member, member);
	return why;
}

static const char *take_value(struct cbor_reader *reader,
			      const struct pf_field *field, void *base)
{
	void *value = at(base, field->offset);
	struct cbor_token token;

	if (!cbor_token_next(reader, &token))
		return malformed;
	switch (field->kind) {
	case PF_U32:
	case PF_S32:
		return take_number(&token, field, value);
	case PF_U64:
		return take_u64(&token, field, value);
	case PF_BOOL:
		return take_bool(&token, field, value);
	case PF_BYTES:
		return take_bytes(&token, field, value);
	case PF_TEXT:
		return take_text(&token, field, value);
	case PF_ADDR:
		return take_addr(reader, &token, field, value);
	case PF_LIST:
	case PF_MAPS:
		return take_list(reader, &token, field, base);
	}
	return malformed;
}

/* A text, and a number that is out of reach, become 0, which is no key of ours. */
static const char *take_key(struct cbor_reader *reader, int *key)
{
	struct cbor_token token;
	int64_t number;

	if (!cbor_token_next(reader, &token))
		return malformed;
	*key = 0;
	if (token.type == CBOR_TOKEN_TEXT)
		return NULL;
	if (token.type != CBOR_TOKEN_UNSIGNED && token.type != CBOR_TOKEN_NEGATIVE)
		return "a key that is neither a number nor a text";
	if (number_of(&token, &number) && number >= INT_MIN && number <= INT_MAX)
		*key = number;
	return NULL;
}

static const char *skip_value(struct cbor_reader *reader)
{
	struct cbor_token token;

	return cbor_token_next(reader, &token) && cbor_token_skip(reader, &token) ?
		       NULL : malformed;
}

static const struct pf_field *find_field(const struct pf_field *fields, int key)
{
	for (; fields->key; fields++)
		if (fields->key == key)
			return fields;
	return NULL;
}

static const char *take_member(struct cbor_reader *reader,
			       const struct pf_field *fields, void *base,
			       unsigned int *seen)
{
	const struct pf_field *field;
	const char *why;
	int key;

	why = take_key(reader, &key);
	if (why)
		return why;
	field = find_field(fields, key);
	if (!field)
		return skip_value(reader);
	if (*seen & 1u << (field - fields))
		return "a key that comes twice";
	*seen |= 1u << (field - fields);
	if (field->has)
		*(bool *)at(base, field->has) = true;
	return take_value(reader, field, base);
}

static const char *take_map(struct cbor_reader *reader,
			    const struct pf_field *fields, void *base)
{
	unsigned int seen = 0;
	const char *why;
	uint64_t n;

	if (!cbor_take_map(reader, reader->left, &n))
		return "no map";
	while (n--) {
		why = take_member(reader, fields, base, &seen);
		if (why)
			return why;
	}
	for (; fields->key; fields++, seen >>= 1)
		if (fields->needed && !(seen & 1))
			return fields->missing;
	return NULL;
}

const char *pf_take(const struct pf_field *fields, void *doc, const uint8_t *buf,
		    size_t len)
{
	struct cbor_reader reader = { buf, len };
	const char *why = take_map(&reader, fields, doc);

	return why ?: reader.left ? "more than one document" : NULL;
}

static const char *find_member(struct cbor_reader *reader, int key, bool *found,
			       uint64_t *number)
{
	const char *why;
	int this;

	why = take_key(reader, &this);
	if (why || this != key)
		return why ?: skip_value(reader);
	if (*found)
		return "a key that comes twice";
	*found = true;
	return cbor_take_unsigned(reader, UINT32_MAX, number) ? NULL :
	       "a version or kind that is no number";
}

const char *pf_find_number(const uint8_t *buf, size_t len, int key, uint64_t *number)
{
	struct cbor_reader reader = { buf, len };
	const char *why = NULL;
	bool found = false;
	uint64_t n;

	*number = 0;
	if (!cbor_take_map(&reader, len, &n))
		return "no map";
	while (!why && n--)
		why = find_member(&reader, key, &found, number);
	return why ?: reader.left ? "more than one document" : NULL;
}
