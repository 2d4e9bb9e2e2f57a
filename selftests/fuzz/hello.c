// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: a datagram that may be a hello
 */
#include "../../userspace/ue/hello.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t hint[HELLO_HINT_LEN];
	unsigned int version;

	if (!hello_decode(hint, &version, data, size))
		return 0;
	if (version > UINT8_MAX || memcmp(data, "SDST", 4) || memcmp(hint, data + 8, sizeof(hint)))
		abort();
	return 0;
}
