/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cbor_writer: write CBOR (RFC 8949) into a buffer
 */
#ifndef _SIDESTEP_CBOR_WRITER_H
#define _SIDESTEP_CBOR_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct cbor_writer - the buffer
 * @at: where the next item goes
 * @left: how much room there is
 * @full: something did not fit
 */
struct cbor_writer {
	uint8_t *at;
	size_t left;
	bool full;
};

void cbor_put_unsigned(struct cbor_writer *writer, uint64_t number);
void cbor_put_bytes(struct cbor_writer *writer, const uint8_t *bytes, size_t len);
void cbor_put_text(struct cbor_writer *writer, const char *text);

/* What has so many members, which follow. */
void cbor_put_array(struct cbor_writer *writer, size_t members);
void cbor_put_map(struct cbor_writer *writer, size_t members);

#endif /* _SIDESTEP_CBOR_WRITER_H */
