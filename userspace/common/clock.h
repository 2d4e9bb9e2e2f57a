/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock: a clock's time as one number
 */
#ifndef _SIDESTEP_CLOCK_H
#define _SIDESTEP_CLOCK_H

#include <stdint.h>
#include <time.h>

/* clock_now_ns() - CLOCK_MONOTONIC and CLOCK_BOOTTIME are never 0 */
static inline uint64_t clock_now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

#endif /* _SIDESTEP_CLOCK_H */
