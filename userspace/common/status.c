// SPDX-License-Identifier: GPL-2.0-or-later
#include "status.h"

#include "status_field.h"
#include "utf8.h"

#include <cbor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum encode_limits {
	/* The head of an item. */
	HEAD_SIZE = 9,
};

static void put_text(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	uint8_t head[HEAD_SIZE];
	size_t n;

	n = cbor_encode_string_start(strlen(text), head, sizeof(head));
	fwrite(head, 1, n, out);
	for (; *s; s += n) {
		n = utf8_len(s);
		if (n)
			fwrite(s, 1, n, out);
		else
			fputc('?', out);
		n += !n;
	}
}

static void put_number(FILE *out, int64_t number)
{
	uint8_t head[HEAD_SIZE];
	size_t n;

	if (number < 0)
		n = cbor_encode_negint(-(number + 1), head, sizeof(head));
	else
		n = cbor_encode_uint(number, head, sizeof(head));
	fwrite(head, 1, n, out);
}

static void put_bool(FILE *out, bool value)
{
	uint8_t head[HEAD_SIZE];

	fwrite(head, 1, cbor_encode_bool(value, head, sizeof(head)), out);
}

static void put_field(FILE *out, const struct status_field *field,
		      const void *base)
{
	const char *text = (const char *)base + field->offset;

	if (field->kind == STATUS_TEXT) {
		if (!*text)
			return;
		put_text(out, field->name);
		put_text(out, text);
		return;
	}
	if (status_number(field, base) == field->unknown)
		return;
	put_text(out, field->name);
	if (field->kind == STATUS_BOOL)
		put_bool(out, status_number(field, base));
	else
		put_number(out, status_number(field, base));
}

static void put_fields(FILE *out, const struct status_field *field,
		       const void *base)
{
	for (; field->name; field++)
		put_field(out, field, base);
}

static void put_status(FILE *out, const struct status *status)
{
	uint8_t head[HEAD_SIZE];

	fwrite(head, 1, cbor_encode_indef_map_start(head, sizeof(head)), out);
	put_fields(out, status_fields, status);
	put_text(out, STATUS_SESSIONS);
	fwrite(head, 1,
	       cbor_encode_array_start(status->n_sessions, head, sizeof(head)), out);
	for (size_t i = 0; i < status->n_sessions; i++) {
		fwrite(head, 1, cbor_encode_indef_map_start(head, sizeof(head)), out);
		put_fields(out, status_session_fields, &status->session[i]);
		fwrite(head, 1, cbor_encode_break(head, sizeof(head)), out);
	}
	fwrite(head, 1, cbor_encode_break(head, sizeof(head)), out);
}

uint8_t *status_encode(const struct status *status, size_t *len)
{
	char *buf = NULL;
	FILE *out = open_memstream(&buf, len);
	bool failed;

	if (!out)
		return NULL;
	put_status(out, status);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(buf);
		return NULL;
	}
	return (uint8_t *)buf;
}

void status_free(struct status *status)
{
	free(status->session);
	*status = (struct status){};
}

const struct status_session *status_find(const struct status *status,
					 const char *device)
{
	for (size_t i = 0; i < status->n_sessions; i++)
		if (!strcmp(status->session[i].device, device))
			return &status->session[i];
	return NULL;
}
