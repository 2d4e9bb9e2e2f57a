// SPDX-License-Identifier: GPL-2.0-or-later
#include "cbor_put.h"

#include <cbor.h>
#include <string.h>

/* libcbor writes the head of an item, and says 0 if it does not fit. */
static void put_head(struct cbor_out *out,
		     size_t (*encode)(size_t, unsigned char *, size_t), size_t n)
{
	size_t len = 0;

	if (!out->full)
		len = encode(n, out->buf + out->len, out->size - out->len);
	out->full |= !len;
	out->len += len;
}

static void put_raw(struct cbor_out *out, const void *bytes, size_t len)
{
	out->full |= len > out->size - out->len;
	if (out->full)
		return;
	memcpy(out->buf + out->len, bytes, len);
	out->len += len;
}

void cbor_put_unsigned(struct cbor_out *out, uint64_t number)
{
	size_t len = 0;

	if (!out->full)
		len = cbor_encode_uint(number, out->buf + out->len,
				       out->size - out->len);
	out->full |= !len;
	out->len += len;
}

void cbor_put_text(struct cbor_out *out, const char *text)
{
	put_head(out, cbor_encode_string_start, strlen(text));
	put_raw(out, text, strlen(text));
}

void cbor_put_bytes(struct cbor_out *out, const uint8_t *bytes, size_t len)
{
	put_head(out, cbor_encode_bytestring_start, len);
	put_raw(out, bytes, len);
}

void cbor_put_array(struct cbor_out *out, size_t n)
{
	put_head(out, cbor_encode_array_start, n);
}

void cbor_put_map(struct cbor_out *out, size_t n)
{
	put_head(out, cbor_encode_map_start, n);
}
