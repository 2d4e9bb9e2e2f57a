// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a quantity will have fallen to a level if it goes on as in the last
 * seconds: a least-squares line through the samples of a window. Pure: no lock, no
 * clock.
 *
 * Sums are of milliseconds and of samples relative to the newest one, so 64
 * samples of 10 s and 30000 units need 57 bits.
 */
#include "trend.h"

/**
 * struct sums - of the samples in a window
 * @n: how many
 * @t: of times, ms before the newest: 0 or less
 * @y: of values, relative to the newest
 * @tt: of squares of times
 * @ty: of products
 */
struct sums {
	__s64 n;
	__s64 t;
	__s64 y;
	__s64 tt;
	__s64 ty;
};

/**
 * sidestep_trend_reset() - forget all samples
 * @trend: the trend
 */
void sidestep_trend_reset(struct sidestep_trend *trend)
{
	trend->count = 0;
}

/**
 * sidestep_trend_add() - take a sample in
 * @trend: the trend
 * @sample: of a magnitude up to 30000
 * @at: when it was taken, ns; not before the last one
 */
void sidestep_trend_add(struct sidestep_trend *trend, __s32 sample, __u64 at)
{
	unsigned int i = trend->count++ % SIDESTEP_TREND_MAX;

	trend->value[i] = sample;
	trend->at[i] = at;
}

static struct sums sum_up(const struct sidestep_trend *trend, __u64 window)
{
	unsigned int newest = (trend->count - 1) % SIDESTEP_TREND_MAX, i;
	struct sums sums = { 0 };

	for (i = 0; i < trend->count && i < SIDESTEP_TREND_MAX; i++) {
		__u64 ago = trend->at[newest] - trend->at[i];
		__s64 y = trend->value[i] - trend->value[newest];
		__s64 t;

		if (ago > window)
			continue;
		t = -(__s64)div_u64(ago, 1000000);
		sums.n++;
		sums.t += t;
		sums.y += y;
		sums.tt += t * t;
		sums.ty += t * y;
	}
	return sums;
}

/**
 * sidestep_trend_until() - when the line reaches a level on its way down
 * @trend: the trend
 * @window_ms: how old samples may be to count, up to %SIDESTEP_TREND_WINDOW
 * @level: the level
 *
 * With D = n Stt - St St, the line is y = (Sy Stt - St Sty + (n Sty - St Sy) t) / D.
 *
 * Return: milliseconds from the newest sample on, 0 if it is there already, -1 if
 *	   it does not fall, or if there are too few samples to say.
 */
__s32 sidestep_trend_until(const struct sidestep_trend *trend, __s32 window_ms,
			   __s32 level)
{
	__s64 divisor, slope, now, until;
	struct sums s;

	if (trend->count < SIDESTEP_TREND_MIN)
		return -1;
	s = sum_up(trend, (__u64)window_ms * 1000000);
	divisor = s.n * s.tt - s.t * s.t;
	slope = s.n * s.ty - s.t * s.y;
	if (s.n < SIDESTEP_TREND_MIN || !divisor || slope >= 0)
		return -1;
	level -= trend->value[(trend->count - 1) % SIDESTEP_TREND_MAX];
	now = s.y * s.tt - s.t * s.ty - level * divisor;
	until = now > 0 ? div64_s64(now, -slope) : 0;
	return until < INT_MAX ? until : INT_MAX;
}
