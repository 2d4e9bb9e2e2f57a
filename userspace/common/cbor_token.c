// SPDX-License-Identifier: GPL-2.0-or-later
#include "cbor_token.h"

#include <cbor.h>
#include <string.h>

enum token_limits {
	/* Nested deeper than anything of ours. */
	MAX_DEPTH = 16,
};

static void set_number(void *data, enum cbor_token_type type, uint64_t number)
{
	*(struct cbor_token *)data = (struct cbor_token){
		.type = type,
		.number = number,
	};
}

#define NUMBER_CALLBACKS(name, type)					\
	static void name##8(void *data, uint8_t number)			\
	{								\
		set_number(data, type, number);				\
	}								\
	static void name##16(void *data, uint16_t number)		\
	{								\
		set_number(data, type, number);				\
	}								\
	static void name##32(void *data, uint32_t number)		\
	{								\
		set_number(data, type, number);				\
	}								\
	static void name##64(void *data, uint64_t number)		\
	{								\
		set_number(data, type, number);				\
	}

NUMBER_CALLBACKS(positive, CBOR_TOKEN_UNSIGNED)
NUMBER_CALLBACKS(negative, CBOR_TOKEN_NEGATIVE)

static void text(void *data, cbor_data bytes, size_t len)
{
	*(struct cbor_token *)data = (struct cbor_token){
		.type = CBOR_TOKEN_TEXT,
		.text = (const char *)bytes,
		.len = len,
	};
}

static void bytes(void *data, cbor_data bytes, size_t len)
{
	*(struct cbor_token *)data = (struct cbor_token){
		.type = CBOR_TOKEN_BYTES,
		.bytes = bytes,
		.len = len,
	};
}

static void array(void *data, size_t n)
{
	set_number(data, CBOR_TOKEN_ARRAY, n);
}

static void map(void *data, size_t n)
{
	set_number(data, CBOR_TOKEN_MAP, n);
}

static void map_until_break(void *data)
{
	set_number(data, CBOR_TOKEN_MAP_UNTIL_BREAK, 0);
}

static void until_break(void *data)
{
	set_number(data, CBOR_TOKEN_UNTIL_BREAK, 0);
}

static void at_break(void *data)
{
	set_number(data, CBOR_TOKEN_BREAK, 0);
}

static void tag(void *data, uint64_t number)
{
	set_number(data, CBOR_TOKEN_TAG, number);
}

static void truth(void *data, bool value)
{
	set_number(data, CBOR_TOKEN_BOOL, value);
}

static void other(void *data)
{
	set_number(data, CBOR_TOKEN_OTHER, 0);
}

static void other_float(void *data, float value)
{
	(void)value;
	other(data);
}

static void other_double(void *data, double value)
{
	(void)value;
	other(data);
}

static const struct cbor_callbacks callbacks = {
	.uint8 = positive8,
	.uint16 = positive16,
	.uint32 = positive32,
	.uint64 = positive64,
	.negint8 = negative8,
	.negint16 = negative16,
	.negint32 = negative32,
	.negint64 = negative64,
	.byte_string = bytes,
	.byte_string_start = until_break,
	.string = text,
	.string_start = until_break,
	.array_start = array,
	.indef_array_start = until_break,
	.map_start = map,
	.indef_map_start = map_until_break,
	.tag = tag,
	.float2 = other_float,
	.float4 = other_float,
	.float8 = other_double,
	.undefined = other,
	.null = other,
	.boolean = truth,
	.indef_break = at_break,
};

bool cbor_token_next(struct cbor_reader *reader, struct cbor_token *token)
{
	struct cbor_decoder_result result;

	result = cbor_stream_decode(reader->at, reader->left, &callbacks, token);
	if (result.status != CBOR_DECODER_FINISHED)
		return false;
	reader->at += result.read;
	reader->left -= result.read;
	return true;
}

/* How many items follow the head; UINT64_MAX: until a break comes. */
static uint64_t parts(const struct cbor_token *token)
{
	switch (token->type) {
	case CBOR_TOKEN_ARRAY:
		return token->number;
	case CBOR_TOKEN_MAP:
		/* Each takes a byte at least: more cannot follow. */
		return token->number < UINT64_MAX / 2 ? 2 * token->number :
							UINT64_MAX - 1;
	case CBOR_TOKEN_TAG:
		return 1;
	case CBOR_TOKEN_UNTIL_BREAK:
	case CBOR_TOKEN_MAP_UNTIL_BREAK:
		return UINT64_MAX;
	default:
		return 0;
	}
}

static bool skip(struct cbor_reader *reader, const struct cbor_token *token,
		 unsigned int depth)
{
	uint64_t left = parts(token);
	bool until_break = left == UINT64_MAX;
	struct cbor_token part;

	for (; left; left -= !until_break) {
		if (!cbor_token_next(reader, &part))
			return false;
		if (part.type == CBOR_TOKEN_BREAK)
			return until_break;
		if (depth == MAX_DEPTH || !skip(reader, &part, depth + 1))
			return false;
	}
	return true;
}

bool cbor_token_skip(struct cbor_reader *reader, const struct cbor_token *token)
{
	return token->type != CBOR_TOKEN_BREAK && skip(reader, token, 0);
}

static bool take_number(struct cbor_reader *reader, enum cbor_token_type type,
			uint64_t max, uint64_t *number)
{
	struct cbor_token token;

	if (!cbor_token_next(reader, &token) || token.type != type ||
	    token.number > max)
		return false;
	*number = token.number;
	return true;
}

bool cbor_take_array(struct cbor_reader *reader, uint64_t max, uint64_t *n)
{
	return take_number(reader, CBOR_TOKEN_ARRAY, max, n);
}

bool cbor_take_map(struct cbor_reader *reader, uint64_t max, uint64_t *n)
{
	return take_number(reader, CBOR_TOKEN_MAP, max, n);
}

bool cbor_take_unsigned(struct cbor_reader *reader, uint64_t max, uint64_t *number)
{
	return take_number(reader, CBOR_TOKEN_UNSIGNED, max, number);
}

bool cbor_take_bytes(struct cbor_reader *reader, uint8_t *bytes, size_t len)
{
	struct cbor_token token;

	if (!cbor_token_next(reader, &token) || token.type != CBOR_TOKEN_BYTES ||
	    token.len != len)
		return false;
	memcpy(bytes, token.bytes, len);
	return true;
}
