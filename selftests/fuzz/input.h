/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzzer's input, taken piece by piece; zeros when it has run out.
 */
#ifndef _SELFTESTS_INPUT_H
#define _SELFTESTS_INPUT_H

#include "pure.h"

#include <assert.h>

struct input {
	const __u8 *data;
	size_t size;
};

static inline void take_bytes(struct input *in, void *to, size_t size)
{
	size_t have = size < in->size ? size : in->size;

	memset(to, 0, size);
	if (have)
		memcpy(to, in->data, have);
	in->data += have;
	in->size -= have;
}

#define TAKE(type, in)						\
({								\
	type _taken;						\
								\
	take_bytes(in, &_taken, sizeof(_taken));		\
	_taken;							\
})

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

#endif /* _SELFTESTS_INPUT_H */
