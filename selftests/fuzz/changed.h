/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What random input hardly gets into: a good document with some bytes changed.
 */
#ifndef _SELFTESTS_CHANGED_H
#define _SELFTESTS_CHANGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void expect(bool truth)
{
	if (!truth)
		abort();
}

/**
 * check_changed() - call @check with a changed copy, just as long as it is
 * @good: the document; destroyed
 * @len: its length
 * @data: says what is changed: where, and to what; an odd byte: how much is cut off
 * @size: of @data
 * @check: what is tried
 */
static inline void check_changed(uint8_t *good, size_t len, const uint8_t *data,
				 size_t size, void (*check)(const uint8_t *, size_t))
{
	uint8_t *exact;

	for (; size >= 2; data += 2, size -= 2)
		good[data[0] % len] = data[1];
	len -= size ? data[0] % len : 0;
	exact = malloc(len);
	expect(exact);
	memcpy(exact, good, len);
	check(exact, len);
	free(exact);
}

#endif /* _SELFTESTS_CHANGED_H */
