// SPDX-License-Identifier: GPL-2.0-or-later
#include "cbor_token.h"
#include "status_field.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool token_is(const struct cbor_token *token, const char *text)
{
	return token->len == strlen(text) && !memcmp(token->text, text, token->len);
}

/* What is too long is cut, not within a character. */
static void take_text(char *text, size_t size, const struct cbor_token *token)
{
	size_t len = strnlen(token->text, token->len);

	if (len >= size)
		for (len = size - 1; len && (token->text[len] & 0xc0) == 0x80;)
			len--;
	memcpy(text, token->text, len);
	text[len] = '\0';
}

static bool take_number(const struct status_field *field, void *base,
			const struct cbor_token *token)
{
	bool negative = token->type == CBOR_TOKEN_NEGATIVE;
	int64_t number;

	if (token->number > INT64_MAX)
		return false;
	number = negative ? -1 - (int64_t)token->number : (int64_t)token->number;
	if (field->kind == STATUS_S32 && number != (int32_t)number)
		return false;
	status_set_number(field, base, number);
	return true;
}

static bool take(const struct status_field *field, void *base,
		 const struct cbor_token *token)
{
	switch (token->type) {
	case CBOR_TOKEN_TEXT:
		if (field->kind != STATUS_TEXT)
			return false;
		take_text((char *)base + field->offset, field->size, token);
		return true;
	case CBOR_TOKEN_BOOL:
		if (field->kind != STATUS_BOOL)
			return false;
		status_set_number(field, base, token->number);
		return true;
	case CBOR_TOKEN_UNSIGNED:
	case CBOR_TOKEN_NEGATIVE:
		return (field->kind == STATUS_S32 || field->kind == STATUS_S64) &&
		       take_number(field, base, token);
	default:
		return false;
	}
}

/* The fields that are known are set, all else is skipped. */
static bool take_field(struct cbor_reader *reader, const struct cbor_token *key,
		       const struct status_field *field, void *base)
{
	struct cbor_token value;

	if (key->type != CBOR_TOKEN_TEXT || !cbor_token_next(reader, &value))
		return false;
	for (; field->name; field++)
		if (token_is(key, field->name))
			return take(field, base, &value);
	return cbor_token_skip(reader, &value);
}

/**
 * struct members - what is left of an array or map
 * @left: so many; does not count if @until_break
 * @until_break: it ends with a break
 */
struct members {
	uint64_t left;
	bool until_break;
};

static bool members_begin(struct members *members, const struct cbor_token *token,
			  bool is_map)
{
	*members = (struct members){
		.left = token->number,
		.until_break = token->type == (is_map ? CBOR_TOKEN_MAP_UNTIL_BREAK :
							CBOR_TOKEN_UNTIL_BREAK),
	};
	return members->until_break ||
	       token->type == (is_map ? CBOR_TOKEN_MAP : CBOR_TOKEN_ARRAY);
}

/* Return: 1 and the next one's beginning, 0 behind the last one, or -EBADMSG. */
static int members_next(struct members *members, struct cbor_reader *reader,
			struct cbor_token *token)
{
	if (!members->until_break && !members->left--)
		return 0;
	if (!cbor_token_next(reader, token))
		return -EBADMSG;
	if (token->type != CBOR_TOKEN_BREAK)
		return 1;
	return members->until_break ? 0 : -EBADMSG;
}

static void forget(const struct status_field *field, void *base)
{
	for (; field->name; field++)
		if (field->kind == STATUS_S32 || field->kind == STATUS_S64)
			status_set_number(field, base, field->unknown);
}

static int decode_session(struct status_session *session,
			  struct cbor_reader *reader, const struct cbor_token *head)
{
	struct members members;
	struct cbor_token key;
	int ret;

	*session = (struct status_session){};
	forget(status_session_fields, session);
	if (!members_begin(&members, head, true))
		return -EBADMSG;
	while ((ret = members_next(&members, reader, &key)) > 0)
		if (!take_field(reader, &key, status_session_fields, session))
			return -EBADMSG;
	return ret ?: *session->device ? 0 : -EBADMSG;
}

static int decode_sessions(struct status *status, struct cbor_reader *reader)
{
	struct members members;
	struct cbor_token head;
	int ret;

	if (status->session || !cbor_token_next(reader, &head) ||
	    !members_begin(&members, &head, false))
		return -EBADMSG;
	status->session = calloc(STATUS_MAX_SESSIONS, sizeof(*status->session));
	if (!status->session)
		return -ENOMEM;
	while ((ret = members_next(&members, reader, &head)) > 0) {
		if (status->n_sessions == STATUS_MAX_SESSIONS)
			return -EBADMSG;
		ret = decode_session(&status->session[status->n_sessions], reader,
				     &head);
		if (ret)
			return ret;
		status->n_sessions++;
	}
	return ret;
}

int status_decode(struct status *status, const uint8_t *buf, size_t len)
{
	struct cbor_reader reader = { buf, len };
	struct members members;
	struct cbor_token token;
	int ret;

	*status = (struct status){};
	if (!cbor_token_next(&reader, &token) ||
	    !members_begin(&members, &token, true))
		return -EBADMSG;
	while ((ret = members_next(&members, &reader, &token)) > 0) {
		if (token.type == CBOR_TOKEN_TEXT && token_is(&token, STATUS_SESSIONS))
			ret = decode_sessions(status, &reader);
		else
			ret = take_field(&reader, &token, status_fields, status) ?
				0 : -EBADMSG;
		if (ret)
			return ret;
	}
	return ret ?: reader.left ? -EBADMSG : 0;
}
