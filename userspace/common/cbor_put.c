// SPDX-License-Identifier: GPL-2.0-or-later
#include "cbor_put.h"

#include <arpa/inet.h>
#include <cbor.h>
#include <string.h>

/* libcbor says how long the item is that it wrote, and 0 if that does not fit. */
static void add(struct cbor_out *out, size_t len)
{
	out->full |= !len;
	out->len += len;
}

#define PUT(out, encode, value) \
	add(out, (out)->full ? 0 : encode(value, (out)->buf + (out)->len, \
					  (out)->size - (out)->len))

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
	PUT(out, cbor_encode_uint, number);
}

void cbor_put_signed(struct cbor_out *out, int64_t number)
{
	if (number < 0)
		PUT(out, cbor_encode_negint, -(number + 1));
	else
		PUT(out, cbor_encode_uint, number);
}

void cbor_put_bool(struct cbor_out *out, bool truth)
{
	PUT(out, cbor_encode_bool, truth);
}

void cbor_put_text(struct cbor_out *out, const char *text)
{
	PUT(out, cbor_encode_string_start, strlen(text));
	put_raw(out, text, strlen(text));
}

void cbor_put_bytes(struct cbor_out *out, const uint8_t *bytes, size_t len)
{
	PUT(out, cbor_encode_bytestring_start, len);
	put_raw(out, bytes, len);
}

void cbor_put_array(struct cbor_out *out, size_t n)
{
	PUT(out, cbor_encode_array_start, n);
}

void cbor_put_map(struct cbor_out *out, size_t n)
{
	PUT(out, cbor_encode_map_start, n);
}

void cbor_put_addr(struct cbor_out *out, const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;

	cbor_put_array(out, 2);
	if (addr->ss_family == AF_INET) {
		cbor_put_bytes(out, (const uint8_t *)&in->sin_addr, sizeof(in->sin_addr));
		cbor_put_unsigned(out, ntohs(in->sin_port));
	} else {
		cbor_put_bytes(out, (const uint8_t *)&in6->sin6_addr,
			       sizeof(in6->sin6_addr));
		cbor_put_unsigned(out, ntohs(in6->sin6_port));
	}
}
