/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers that a seed repeats (SplitMix64). Tests print the seed; the
 * variable SEED in the environment gives it back.
 */
#ifndef _SELFTESTS_RANDOM_H
#define _SELFTESTS_RANDOM_H

#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline __u64 random_next(__u64 *state)
{
	__u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 to @bound - 1. */
static inline __u64 random_below(__u64 *state, __u64 bound)
{
	return random_next(state) % bound;
}

static inline __u64 random_seed(void)
{
	const char *given = getenv("SEED");
	struct timespec now;
	__u64 seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = now.tv_sec * 1000000000ULL + now.tv_nsec;
	if (given)
		seed = strtoull(given, NULL, 0);
	printf("# SEED=%llu\n", seed);
	return seed;
}

#endif /* _SELFTESTS_RANDOM_H */
