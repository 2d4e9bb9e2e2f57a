// SPDX-License-Identifier: GPL-2.0-or-later
#include "cbor_put.h"
#include "pf_field.h"
#include "pf_msg.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

static const void *at(const void *base, size_t offset)
{
	return (const char *)base + offset;
}

static int64_t number_of(const struct pf_field *field, const void *value)
{
	uint32_t number;

	if (field->kind == PF_BOOL)
		return *(const bool *)value;
	memcpy(&number, value, sizeof(number));
	return field->kind == PF_S32 ? (int64_t)(int32_t)number : (int64_t)number;
}

static uint64_t u64_of(const void *value)
{
	uint64_t number;

	memcpy(&number, value, sizeof(number));
	return number;
}

static bool is_zero(const struct pf_field *field, const void *value)
{
	switch (field->kind) {
	case PF_U64:
		return !u64_of(value);
	case PF_TEXT:
		return !*(const char *)value;
	case PF_ADDR:
		return ((const struct sockaddr_storage *)value)->ss_family == AF_UNSPEC;
	case PF_LIST:
	case PF_MAPS:
		return !*(const size_t *)value;
	case PF_BYTES:
		return false;
	default:
		return !number_of(field, value);
	}
}

static bool is_there(const struct pf_field *field, const void *base)
{
	if (field->has)
		return *(const bool *)at(base, field->has);
	return field->needed || !is_zero(field, at(base, field->offset));
}

/* What is cut off within a character, or comes from elsewhere, is not refused for it. */
static void put_words(struct cbor_out *out, const char *text)
{
	char clean[PF_MAX_TEXT];
	unsigned char *s = (unsigned char *)clean;
	size_t n;

	snprintf(clean, sizeof(clean), "%s", text);
	for (; *s; s += n) {
		n = utf8_len(s);
		if (n && !utf8_is_control(s))
			continue;
		*s = '?';
		n = 1;
	}
	cbor_put_text(out, clean);
}

static void put_text(struct cbor_out *out, const struct pf_field *field,
		     const char *text)
{
	if (field->check == pf_words_fault)
		put_words(out, text);
	else
		cbor_put_text(out, text);
}

static void put_map(struct cbor_out *out, const struct pf_field *fields,
		    const void *base);
static void put_value(struct cbor_out *out, const struct pf_field *field,
		      const void *value);

static void put_list(struct cbor_out *out, const struct pf_field *field,
		     const void *base)
{
	size_t n = *(const size_t *)at(base, field->offset);
	const char *member = at(base, field->list);

	if (n > (size_t)field->max) {
		out->full = true;
		return;
	}
	cbor_put_array(out, n);
	for (; n--; member += field->size) {
		if (field->kind == PF_MAPS)
			put_map(out, field->member, member);
		else
			put_value(out, field->member, member);
	}
}

static void put_value(struct cbor_out *out, const struct pf_field *field,
		      const void *base)
{
	const void *value = at(base, field->offset);

	switch (field->kind) {
	case PF_U32:
	case PF_S32:
		cbor_put_signed(out, number_of(field, value));
		break;
	case PF_U64:
		cbor_put_unsigned(out, u64_of(value));
		break;
	case PF_BOOL:
		cbor_put_bool(out, number_of(field, value));
		break;
	case PF_BYTES:
		cbor_put_bytes(out, value, field->size);
		break;
	case PF_TEXT:
		put_text(out, field, value);
		break;
	case PF_ADDR:
		cbor_put_addr(out, value);
		break;
	case PF_LIST:
	case PF_MAPS:
		put_list(out, field, base);
		break;
	}
}

static void put_map(struct cbor_out *out, const struct pf_field *fields,
		    const void *base)
{
	const struct pf_field *field;
	size_t n = 0;

	for (field = fields; field->key; field++)
		n += is_there(field, base);
	cbor_put_map(out, n);
	for (field = fields; field->key; field++) {
		if (!is_there(field, base))
			continue;
		cbor_put_signed(out, field->key);
		put_value(out, field, base);
	}
}

size_t pf_put(const struct pf_field *fields, const void *doc, uint8_t *buf, size_t size)
{
	struct cbor_out out = { .buf = buf, .size = size };

	if (size > PF_MAX_SIZE)
		out.size = PF_MAX_SIZE;
	put_map(&out, fields, doc);
	return out.full ? 0 : out.len;
}
