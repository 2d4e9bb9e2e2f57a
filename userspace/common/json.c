// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include "utf8.h"

#include <inttypes.h>
#include <stddef.h>

static void begin(struct json *json, const char *key)
{
	if (json->more)
		fputc(',', json->out);
	if (key)
		fprintf(json->out, "\"%s\":", key);
	json->more = true;
}

static void open_bracket(struct json *json, const char *key, char bracket)
{
	begin(json, key);
	fputc(bracket, json->out);
	json->more = false;
}

static void close_bracket(struct json *json, char bracket)
{
	fputc(bracket, json->out);
	json->more = true;
}

void json_object(struct json *json, const char *key)
{
	open_bracket(json, key, '{');
}

void json_object_end(struct json *json)
{
	close_bracket(json, '}');
}

void json_array(struct json *json, const char *key)
{
	open_bracket(json, key, '[');
}

void json_array_end(struct json *json)
{
	close_bracket(json, ']');
}

void json_null(struct json *json, const char *key)
{
	begin(json, key);
	fputs("null", json->out);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_unsigned(struct json *json, const char *key, uint64_t value)
{
	begin(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

void json_signed(struct json *json, const char *key, int64_t value)
{
	begin(json, key);
	fprintf(json->out, "%" PRId64, value);
}

void json_string(struct json *json, const char *key, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	size_t len;

	begin(json, key);
	fputc('"', json->out);
	for (; *s; s += len ? len : 1) {
		len = utf8_len(s);
		if (!len)
			fputs("\\ufffd", json->out);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(json->out, "\\u%04x", *s);
		else if (*s == '"' || *s == '\\')
			fprintf(json->out, "\\%c", *s);
		else
			fwrite(s, 1, len, json->out);
	}
	fputc('"', json->out);
}

void json_string_or_null(struct json *json, const char *key, bool known,
			 const char *value)
{
	if (known)
		json_string(json, key, value);
	else
		json_null(json, key);
}

void json_signed_or_null(struct json *json, const char *key, bool known,
			 int64_t value)
{
	if (known)
		json_signed(json, key, value);
	else
		json_null(json, key);
}
