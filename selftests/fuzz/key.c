// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the text of a key, against OpenSSL's base64.
 */
#include "../../userspace/cli/key.h"

#include <assert.h>
#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* OpenSSL lets spare bits be anything and counts padding as bytes. */
static ssize_t model_decode(uint8_t *bytes, const char *text, size_t len)
{
	char again[1024];
	int n;

	if (memchr(text, '\0', len))
		return -1;
	n = EVP_DecodeBlock(bytes, (const uint8_t *)text, (int)len);
	for (size_t i = len; n > 0 && i && i > len - 2 && text[i - 1] == '='; i--)
		n--;
	if (n < 0)
		return -1;
	EVP_EncodeBlock((uint8_t *)again, bytes, n);
	return strlen(again) == len && !memcmp(again, text, len) ? n : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t key[SIDESTEP_KEY_LEN], model[512];
	char text[KEY_TEXT_LEN + 1];
	size_t len = size;
	ssize_t n, expected;
	char *copy;

	if (size > 512)
		return 0;
	/* Exactly as long as the text, so that a look beyond is seen. */
	copy = malloc(size + !size);
	assert(copy);
	memcpy(copy, data, size);
	while (len && isspace(data[len - 1]))
		len--;
	n = key_decode(key, copy, size);
	expected = model_decode(model, copy, len);
	assert(n < 0 ? expected < 0 : n == expected);
	if (n == SIDESTEP_KEY_LEN) {
		assert(!memcmp(key, model, sizeof(key)));
		key_encode(text, key);
		assert(strlen(text) == len && !memcmp(text, copy, len));
	}
	free(copy);
	return 0;
}
