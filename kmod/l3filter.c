// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The layer 3 filter of TS 38.331, 5.5.3.2. Pure: no lock, no clock.
 *
 *	Fn = (1 - a) Fn-1 + a Mn,  a = 1/2^(k/4),  F0 = M1
 *
 * k is meant for one sample in 200 ms. Where samples come at another rate "the
 * time characteristics of the filter are preserved": after a time T the weight
 * of the past is (1 - a)^(T / 200 ms). As that is 2^-x with x proportional to T,
 * two tables and shifts do it in integers.
 */
#include "l3filter.h"

enum {
	EXPONENT_BITS = 24,
	WEIGHT_BITS = 30,
	VALUE_ONE = 1 << 16,
};

/* -log2(1 - a) by k, times 2^24; k = 0 has no past. */
static const __u32 exponents[SIDESTEP_L3FILTER_COEFFICIENT_MAX + 1] = {
	0, 44492535, 29721732, 21853912, 16777216,
	13203510, 10559527, 8539986, 6963174, 5712386,
	4708430, 3895288, 3232048, 2688063, 2239905,
	1869368, 1562117, 1306735, 1094051, 916642,
};

/* 2^-(1/2), 2^-(1/4), 2^-(1/8) and so on, times 2^32. */
static const __u32 roots[EXPONENT_BITS] = {
	0xb504f334, 0xd744fccb, 0xeac0c6e8, 0xf5257d15,
	0xfa83b2db, 0xfd3e0c0d, 0xfe9e115c, 0xff4ecb59,
	0xffa75652, 0xffd3a752, 0xffe9d2b3, 0xfff4e91c,
	0xfffa747f, 0xfffd3a3b, 0xfffe9d1d, 0xffff4e8e,
	0xffffa747, 0xffffd3a3, 0xffffe9d2, 0xfffff4e9,
	0xfffffa74, 0xfffffd3a, 0xfffffe9d, 0xffffff4f,
};

/* 2^-(@exponent / 2^24), times 2^30. */
static __u64 power_of_half(__u64 exponent)
{
	__u64 whole = exponent >> EXPONENT_BITS, power;
	unsigned int i;

	if (whole >= WEIGHT_BITS)
		return 0;
	power = 1 << (WEIGHT_BITS - whole);
	for (i = 0; i < EXPONENT_BITS; i++)
		if (exponent & 1 << (EXPONENT_BITS - 1 - i))
			power = power * roots[i] >> 32;
	return power;
}

/* What the past still weighs after @passed ns, times 2^30. */
static __u64 weight_of_past(unsigned int k, __u64 passed)
{
	const __u64 long_ago = 100ULL * SIDESTEP_L3FILTER_PERIOD;

	if (!exponents[k])
		return 0;
	if (passed > long_ago)
		passed = long_ago;
	return power_of_half(div_u64(exponents[k] * passed,
				     SIDESTEP_L3FILTER_PERIOD));
}

/**
 * sidestep_l3filter_reset() - forget all samples
 * @filter: the filter
 */
void sidestep_l3filter_reset(struct sidestep_l3filter *filter)
{
	memset(filter, 0, sizeof(*filter));
}

/**
 * sidestep_l3filter_add() - take a sample in
 * @filter: the filter
 * @k: filterCoefficient, 0 to %SIDESTEP_L3FILTER_COEFFICIENT_MAX
 * @sample: in units of the domain in which it is evaluated: of dB, not of mW;
 *	    of a magnitude up to %SIDESTEP_L3FILTER_MAX
 * @at: when it was taken, ns; not before the last one
 */
void sidestep_l3filter_add(struct sidestep_l3filter *filter, unsigned int k,
			   __s32 sample, __u64 at)
{
	__s64 target = (__s64)sample * VALUE_ONE;
	__s64 past = 0;

	if (filter->started)
		past = (filter->value - target) *
		       (__s64)weight_of_past(k, at - filter->at);
	filter->value = target + (past >> WEIGHT_BITS);
	filter->at = at;
	filter->started = true;
}

/**
 * sidestep_l3filter_value() - the filtered quantity
 * @filter: the filter, with a sample at least
 *
 * Return: Fn, rounded, in the samples' unit.
 */
__s32 sidestep_l3filter_value(const struct sidestep_l3filter *filter)
{
	return (filter->value + VALUE_ONE / 2) >> 16;
}
