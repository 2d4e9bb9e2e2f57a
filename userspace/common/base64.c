// SPDX-License-Identifier: GPL-2.0-or-later
#include "base64.h"

#include <errno.h>
#include <string.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(char *text, const uint8_t *bytes, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t bits = bytes[i] << 16;

		bits |= left > 1 ? bytes[i + 1] << 8 : 0;
		bits |= left > 2 ? bytes[i + 2] : 0;
		text[n++] = alphabet[bits >> 18 & 63];
		text[n++] = alphabet[bits >> 12 & 63];
		text[n++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		text[n++] = left > 2 ? alphabet[bits & 63] : '=';
	}
	text[n] = '\0';
}

static size_t padding_len(const char *text, size_t len)
{
	size_t pad = 0;

	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	return pad;
}

ssize_t base64_decode(uint8_t *bytes, size_t size, const char *text, size_t len)
{
	unsigned int n_bits = 0;
	uint32_t bits = 0;
	size_t i, n = 0;

	if (len % 4)
		return -EINVAL;
	len -= padding_len(text, len);
	for (i = 0; i < len; i++) {
		const char *digit = memchr(alphabet, text[i], 64);

		if (!digit)
			return -EINVAL;
		bits = bits << 6 | (digit - alphabet);
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		if (n < size)
			bytes[n] = bits >> n_bits;
		n++;
	}
	return bits & ((1u << n_bits) - 1) ? -EINVAL : (ssize_t)n;
}
