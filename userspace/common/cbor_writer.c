// SPDX-License-Identifier: GPL-2.0-or-later
#include "cbor_writer.h"

#include <cbor.h>
#include <string.h>

static void advance(struct cbor_writer *writer, size_t len)
{
	if (!len || writer->full) {
		writer->full = true;
		return;
	}
	writer->at += len;
	writer->left -= len;
}

static void put_string(struct cbor_writer *writer, const void *string, size_t len)
{
	if (!len)
		return;
	if (writer->full || len > writer->left) {
		writer->full = true;
		return;
	}
	memcpy(writer->at, string, len);
	advance(writer, len);
}

void cbor_put_unsigned(struct cbor_writer *writer, uint64_t number)
{
	advance(writer, cbor_encode_uint(number, writer->at, writer->left));
}

void cbor_put_bytes(struct cbor_writer *writer, const uint8_t *bytes, size_t len)
{
	advance(writer, cbor_encode_bytestring_start(len, writer->at, writer->left));
	put_string(writer, bytes, len);
}

void cbor_put_text(struct cbor_writer *writer, const char *text)
{
	size_t len = strlen(text);

	advance(writer, cbor_encode_string_start(len, writer->at, writer->left));
	put_string(writer, text, len);
}

void cbor_put_array(struct cbor_writer *writer, size_t members)
{
	advance(writer, cbor_encode_array_start(members, writer->at, writer->left));
}

void cbor_put_map(struct cbor_writer *writer, size_t members)
{
	advance(writer, cbor_encode_map_start(members, writer->at, writer->left));
}
