/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cbor_put: write CBOR (RFC 8949) into a buffer
 */
#ifndef _SIDESTEP_CBOR_PUT_H
#define _SIDESTEP_CBOR_PUT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct cbor_out - a buffer
 * @buf: it
 * @size: its size
 * @len: what is written
 * @full: something did not fit; nothing is written any more
 */
struct cbor_out {
	uint8_t *buf;
	size_t size;
	size_t len;
	bool full;
};

void cbor_put_unsigned(struct cbor_out *out, uint64_t number);
void cbor_put_signed(struct cbor_out *out, int64_t number);
void cbor_put_bool(struct cbor_out *out, bool truth);
void cbor_put_text(struct cbor_out *out, const char *text);
void cbor_put_bytes(struct cbor_out *out, const uint8_t *bytes, size_t len);

/* @n members, or pairs of them, must follow. */
void cbor_put_array(struct cbor_out *out, size_t n);
void cbor_put_map(struct cbor_out *out, size_t n);

/* cbor_put_addr() - an array of a host's address (4 or 16 bytes) and its port; AF_INET or
 * AF_INET6
 */
void cbor_put_addr(struct cbor_out *out, const struct sockaddr_storage *addr);

#endif /* _SIDESTEP_CBOR_PUT_H */
