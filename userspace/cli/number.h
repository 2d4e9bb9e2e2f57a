/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * number: whole numbers of the command line
 */
#ifndef _SIDESTEP_NUMBER_H
#define _SIDESTEP_NUMBER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* number_s32() - read a decimal number; false if it is none, or too big */
static inline bool number_s32(const char *text, int32_t *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	*value = (int32_t)n;
	return !errno && end != text && !*end && *value == n &&
	       (*text == '-' || (*text >= '0' && *text <= '9'));
}

/* number_u64() - likewise */
static inline bool number_u64(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && end != text && !*end && *text >= '0' && *text <= '9';
}

#endif /* _SIDESTEP_NUMBER_H */
