// SPDX-License-Identifier: GPL-2.0
/*
 * A session's budget in the packet path: each CPU is granted some of it in advance,
 * so that no packet takes a lock while there is enough. The limits are never
 * exceeded; what lies with a CPU that sends nothing is not spent at all.
 */
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "allowance.h"

enum {
	QUANTUM_MAX = 65536,
	/* Parts of the burst, and of a day. */
	QUANTUM_BURST = 64,
	QUANTUM_DAY = 4096,
};

/* Whom the budget refuses asks again after that, ns. */
static const u64 refused_for = NSEC_PER_MSEC;

/**
 * sidestep_allowance_init() - without limits
 * @allowance: the allowance
 *
 * Return: 0 or -ENOMEM.
 */
int sidestep_allowance_init(struct sidestep_allowance *allowance)
{
	const struct sidestep_budget_limits none = {};

	spin_lock_init(&allowance->lock);
	sidestep_budget_init(&allowance->budget, &none, ktime_get_ns());
	allowance->granted = alloc_percpu(struct sidestep_granted);
	return allowance->granted ? 0 : -ENOMEM;
}

/**
 * sidestep_allowance_exit() - free what init has allocated
 * @allowance: the allowance, which nobody uses any more
 */
void sidestep_allowance_exit(struct sidestep_allowance *allowance)
{
	free_percpu(allowance->granted);
}

static u32 quantum_of(const struct sidestep_budget_limits *limits)
{
	u64 quantum = QUANTUM_MAX;

	if (limits->rate)
		quantum = min_t(u64, quantum, limits->burst / QUANTUM_BURST);
	if (limits->day)
		quantum = min_t(u64, quantum,
				div_u64(limits->day, QUANTUM_DAY));
	return quantum;
}

/**
 * sidestep_allowance_limit() - change the limits
 * @allowance: the allowance
 * @limits: the new ones
 *
 * What the day has cost so far counts on. One caller at a time.
 */
void sidestep_allowance_limit(struct sidestep_allowance *allowance,
			      const struct sidestep_budget_limits *limits)
{
	spin_lock_bh(&allowance->lock);
	sidestep_budget_limit(&allowance->budget, limits, ktime_get_ns());
	allowance->quantum = quantum_of(limits);
	WRITE_ONCE(allowance->round, allowance->round + 1);
	WRITE_ONCE(allowance->limited, limits->rate || limits->day);
	spin_unlock_bh(&allowance->lock);
}

/* More than is needed if there is as much, else just that, else nothing. */
static bool ask(struct sidestep_allowance *allowance,
		struct sidestep_granted *granted, u32 bytes, bool important,
		u64 now)
{
	struct sidestep_budget *budget = &allowance->budget;
	bool may;

	spin_lock(&allowance->lock);
	may = sidestep_budget_spend(budget, bytes + allowance->quantum,
				    important, now);
	if (may)
		granted->left[important] += allowance->quantum;
	else
		may = sidestep_budget_spend(budget, bytes, important, now);
	spin_unlock(&allowance->lock);
	return may;
}

/**
 * sidestep_allowance_spend() - may a copy be sent?
 * @allowance: the allowance
 * @bytes: of the copy
 * @important: whether it may use what is kept for such
 *
 * The caller has bottom halves off, and has seen that there are limits.
 *
 * Return: whether it may; it is paid for then.
 */
bool sidestep_allowance_spend(struct sidestep_allowance *allowance, u32 bytes,
			      bool important)
{
	struct sidestep_granted *granted = this_cpu_ptr(allowance->granted);
	u32 round = READ_ONCE(allowance->round);
	u64 now;

	if (granted->round != round)
		*granted = (struct sidestep_granted) { .round = round };
	if (granted->left[important] >= bytes) {
		granted->left[important] -= bytes;
		return true;
	}
	now = ktime_get_ns();
	if (now < granted->again[important])
		return false;
	if (ask(allowance, granted, bytes, important, now))
		return true;
	granted->again[important] = now + refused_for;
	return false;
}

/**
 * sidestep_allowance_spent() - what this day has cost
 * @allowance: the allowance
 *
 * Return: bytes, with what is granted to CPUs.
 */
u64 sidestep_allowance_spent(struct sidestep_allowance *allowance)
{
	u64 spent;

	spin_lock_bh(&allowance->lock);
	spent = sidestep_budget_spent(&allowance->budget, ktime_get_ns());
	spin_unlock_bh(&allowance->lock);
	return spent;
}
