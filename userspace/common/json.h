/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json: a writer
 */
#ifndef _SIDESTEP_JSON_H
#define _SIDESTEP_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct json - a document in the making
 * @out: where it goes
 * @more: the innermost object or array has a member already
 */
struct json {
	FILE *out;
	bool more;
};

/*
 * In all of these @key is the name within an object, of this program and
 * without a character that needs to be escaped, or NULL within an array and at
 * the top.
 */
void json_object(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array(struct json *json, const char *key);
void json_array_end(struct json *json);
void json_null(struct json *json, const char *key);
void json_bool(struct json *json, const char *key, bool value);
void json_unsigned(struct json *json, const char *key, uint64_t value);
void json_signed(struct json *json, const char *key, int64_t value);

/**
 * json_string() - write a string
 * @json: the document
 * @key: its name
 * @value: any bytes; those that are not UTF-8 become U+FFFD
 */
void json_string(struct json *json, const char *key, const char *value);

/* What is not known is null. */
void json_string_or_null(struct json *json, const char *key, bool known,
			 const char *value);
void json_signed_or_null(struct json *json, const char *key, bool known,
			 int64_t value);

#endif /* _SIDESTEP_JSON_H */
