/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_TREND_H
#define _SIDESTEP_TREND_H

#include "pure.h"

/**
 * enum sidestep_trend_limits - constants of the extrapolation
 * @SIDESTEP_TREND_MAX: samples in a window at most
 * @SIDESTEP_TREND_MIN: samples without which there is no trend
 * @SIDESTEP_TREND_WINDOW: longest window, milliseconds
 */
enum sidestep_trend_limits {
	SIDESTEP_TREND_MAX = 64,
	SIDESTEP_TREND_MIN = 5,
	SIDESTEP_TREND_WINDOW = 10000,
};

/**
 * struct sidestep_trend - the last samples of a quantity
 * @value: the samples
 * @at: when they were taken, ns
 * @count: how many there were, in all
 */
struct sidestep_trend {
	__s32		value[SIDESTEP_TREND_MAX];
	__u64		at[SIDESTEP_TREND_MAX];
	unsigned int	count;
};

void sidestep_trend_reset(struct sidestep_trend *trend);
void sidestep_trend_add(struct sidestep_trend *trend, __s32 sample, __u64 at);
__s32 sidestep_trend_until(const struct sidestep_trend *trend, __s32 window_ms,
			   __s32 level);

#endif /* _SIDESTEP_TREND_H */
