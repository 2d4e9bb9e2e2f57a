// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clockrate: how many instructions the guest's clock gives to a second
 *
 * Where the clock does not count instructions, two tries differ.
 */
#include "../progs/common.h"

#include <stdio.h>

enum limits {
	LOOPS = 20000000,
	INSTRUCTIONS_PER_LOOP = 2,
	TRIES = 3,
	ALLOWED_SPREAD_PERCENT = 1,
};

static double rate(void)
{
	uint64_t start = clock_ns();
	unsigned long n = LOOPS;

	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(n) : : "cc");
	return (double)LOOPS * INSTRUCTIONS_PER_LOOP * (double)NSEC_PER_SEC /
	       (double)(clock_ns() - start);
}

int main(void)
{
	double least = 0, most = 0, r;
	int i;

	for (i = 0; i < TRIES; i++) {
		r = rate();
		if (!least || r < least)
			least = r;
		if (r > most)
			most = r;
	}
	if ((most - least) * 100 > most * ALLOWED_SPREAD_PERCENT)
		die("the clock does not count instructions: %.0f to %.0f a second",
		    least, most);
	printf("%.0f\n", most);
	return 0;
}
