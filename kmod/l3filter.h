/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_L3FILTER_H
#define _SIDESTEP_L3FILTER_H

#include "pure.h"

/**
 * enum sidestep_l3filter_limits - constants of the layer 3 filter
 * @SIDESTEP_L3FILTER_COEFFICIENT_MAX: fc19; TS 38.331 knows fc0 to fc9, fc11,
 *				       fc13, fc15, fc17 and fc19
 * @SIDESTEP_L3FILTER_PERIOD: the period that filterCoefficient is meant for,
 *			      nanoseconds
 * @SIDESTEP_L3FILTER_MAX: greatest magnitude of a sample
 */
enum sidestep_l3filter_limits {
	SIDESTEP_L3FILTER_COEFFICIENT_MAX = 19,
	SIDESTEP_L3FILTER_PERIOD = 200000000,
	SIDESTEP_L3FILTER_MAX = 20000,
};

/**
 * struct sidestep_l3filter - the filter of one quantity
 * @value: Fn, in the samples' unit times 65536
 * @at: when the last sample was taken, ns
 * @started: there was one
 */
struct sidestep_l3filter {
	__s64	value;
	__u64	at;
	bool	started;
};

void sidestep_l3filter_reset(struct sidestep_l3filter *filter);
void sidestep_l3filter_add(struct sidestep_l3filter *filter, unsigned int k,
			   __s32 sample, __u64 at);
__s32 sidestep_l3filter_value(const struct sidestep_l3filter *filter);

#endif /* _SIDESTEP_L3FILTER_H */
