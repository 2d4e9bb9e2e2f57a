/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_BUDGET_H
#define _SIDESTEP_BUDGET_H

#include "pure.h"

/**
 * enum sidestep_budget_shares - what is kept for important packets
 * @SIDESTEP_BUDGET_RESERVE: one part in so many of the burst
 * @SIDESTEP_BUDGET_DAY_RESERVE: one part in so many of a day's bytes
 */
enum sidestep_budget_shares {
	SIDESTEP_BUDGET_RESERVE = 2,
	SIDESTEP_BUDGET_DAY_RESERVE = 10,
};

/**
 * struct sidestep_budget_limits - what copies on the metered path may cost
 * @rate: bytes a second, in the long run; 0 for no limit
 * @burst: bytes at once; counts only with a rate
 * @day: bytes in 24 hours, which begin with the first; 0 for no limit
 */
struct sidestep_budget_limits {
	__u32	rate;
	__u32	burst;
	__u64	day;
};

/**
 * struct sidestep_budget - a token bucket, and what a day has cost
 * @limits: its limits
 * @credit: tokens, bytes times 1000000000
 * @at: when @credit was counted, ns
 * @day_at: when the day began, ns; 0 if none has
 * @day_spent: bytes since
 */
struct sidestep_budget {
	struct sidestep_budget_limits limits;
	__u64	credit;
	__u64	at;
	__u64	day_at;
	__u64	day_spent;
};

void sidestep_budget_init(struct sidestep_budget *budget,
			  const struct sidestep_budget_limits *limits,
			  __u64 now);
void sidestep_budget_limit(struct sidestep_budget *budget,
			   const struct sidestep_budget_limits *limits,
			   __u64 now);
__u64 sidestep_budget_spent(const struct sidestep_budget *budget, __u64 now);
bool sidestep_budget_spend(struct sidestep_budget *budget, __u32 bytes,
			   bool important, __u64 now);

#endif /* _SIDESTEP_BUDGET_H */
