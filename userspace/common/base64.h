/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base64: bytes as text (RFC 4648, 4)
 */
#ifndef _SIDESTEP_BASE64_H
#define _SIDESTEP_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Characters of so many bytes, without a NUL. */
#define BASE64_LEN(n_bytes) (((n_bytes) + 2) / 3 * 4)

/* base64_encode() - write BASE64_LEN(@len) characters and a NUL */
void base64_encode(char *text, const uint8_t *bytes, size_t len);

/**
 * base64_decode() - read base64
 * @bytes: the first @size bytes of the result
 * @size: how many fit
 * @text: the text, with its padding and nothing else
 * @len: length of @text
 *
 * Return: the number of bytes that the text holds, or -EINVAL if it is not base64.
 */
ssize_t base64_decode(uint8_t *bytes, size_t size, const char *text, size_t len);

#endif /* _SIDESTEP_BASE64_H */
