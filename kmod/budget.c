// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What copies on the metered path may cost: a token bucket and a cap a day, with a
 * share of both that only important packets may use, so that bulk loses its copies
 * first. Pure: no lock, no clock.
 */
#include "budget.h"

enum {
	SECOND = 1000000000,
};

static const __u64 day_long = 24 * 3600ULL * SECOND;

/**
 * sidestep_budget_init() - begin, with a full bucket and a new day
 * @budget: the budget
 * @limits: its limits
 * @now: the time, ns, not 0
 */
void sidestep_budget_init(struct sidestep_budget *budget,
			  const struct sidestep_budget_limits *limits,
			  __u64 now)
{
	memset(budget, 0, sizeof(*budget));
	sidestep_budget_limit(budget, limits, now);
}

static void refill(struct sidestep_budget *budget, __u64 now)
{
	const struct sidestep_budget_limits *limits = &budget->limits;
	__u64 most = (__u64)limits->burst * SECOND;
	__u64 elapsed = now - budget->at;

	budget->at = now;
	if (elapsed > div_u64(most - budget->credit, limits->rate))
		budget->credit = most;
	else
		budget->credit += elapsed * limits->rate;
}

/**
 * sidestep_budget_limit() - change the limits
 * @budget: the budget
 * @limits: the new ones
 * @now: the time, ns, not before that of the last call
 *
 * What is in the bucket stays there, up to the new burst; a first rate fills it.
 * What the day has cost counts on.
 */
void sidestep_budget_limit(struct sidestep_budget *budget,
			   const struct sidestep_budget_limits *limits,
			   __u64 now)
{
	__u64 most = (__u64)limits->burst * SECOND;

	if (budget->limits.rate)
		refill(budget, now);
	else
		budget->credit = most;
	if (budget->credit > most)
		budget->credit = most;
	budget->at = now;
	budget->limits = *limits;
}

static bool day_is_over(const struct sidestep_budget *budget, __u64 now)
{
	return !budget->day_at || now - budget->day_at >= day_long;
}

/**
 * sidestep_budget_spent() - what this day has cost
 * @budget: the budget
 * @now: the time, ns, not before that of the last call
 *
 * Return: bytes.
 */
__u64 sidestep_budget_spent(const struct sidestep_budget *budget, __u64 now)
{
	return day_is_over(budget, now) ? 0 : budget->day_spent;
}

static bool bucket_has(struct sidestep_budget *budget, __u32 bytes,
		       bool important, __u64 now)
{
	__u64 need = bytes;

	if (!important)
		need += budget->limits.burst / SIDESTEP_BUDGET_RESERVE;

	if (!budget->limits.rate)
		return true;
	refill(budget, now);
	return budget->credit >= need * SECOND;
}

static bool day_has(struct sidestep_budget *budget, __u32 bytes,
		    bool important, __u64 now)
{
	__u64 day = budget->limits.day, reserve = 0;

	if (!day)
		return true;
	if (!important)
		reserve = div_u64(day, SIDESTEP_BUDGET_DAY_RESERVE);
	if (day_is_over(budget, now)) {
		budget->day_at = now;
		budget->day_spent = 0;
	}
	return budget->day_spent + bytes + reserve <= day;
}

/**
 * sidestep_budget_spend() - may a copy be sent?
 * @budget: the budget
 * @bytes: of the copy
 * @important: whether it may use what is kept for such
 * @now: the time, ns, not before that of the last call
 *
 * Return: whether it may; it is paid for then.
 */
bool sidestep_budget_spend(struct sidestep_budget *budget, __u32 bytes,
			   bool important, __u64 now)
{
	if (!bucket_has(budget, bytes, important, now) ||
	    !day_has(budget, bytes, important, now))
		return false;
	if (budget->limits.rate)
		budget->credit -= (__u64)bytes * SECOND;
	budget->day_spent += bytes;
	return true;
}
