/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_ALLOWANCE_H
#define _SIDESTEP_ALLOWANCE_H

#include <linux/percpu.h>
#include <linux/spinlock.h>

#include "budget.h"

/**
 * struct sidestep_granted - what a CPU may spend of a session's budget
 * @round: of the limits that it was granted under
 * @left: bytes that are left, by whether they are for important packets
 * @again: when it may ask for more, ns, likewise
 */
struct sidestep_granted {
	u32	round;
	u32	left[2];
	u64	again[2];
};

/**
 * struct sidestep_allowance - a session's budget, handed out to its CPUs
 * @lock: protects @budget; taken with bottom halves off
 * @budget: the budget, less what is granted
 * @quantum: bytes that are granted in advance
 * @round: counts changes of the limits; what was granted before ends with it
 * @limited: whether there are any limits
 * @granted: by CPU
 */
struct sidestep_allowance {
	spinlock_t		lock; /* protects budget */
	struct sidestep_budget	budget;
	u32			quantum;
	u32			round;
	bool			limited;
	struct sidestep_granted __percpu *granted;
};

int sidestep_allowance_init(struct sidestep_allowance *allowance);
void sidestep_allowance_exit(struct sidestep_allowance *allowance);
void sidestep_allowance_limit(struct sidestep_allowance *allowance,
			      const struct sidestep_budget_limits *limits);
bool sidestep_allowance_spend(struct sidestep_allowance *allowance, u32 bytes,
			      bool important);
u64 sidestep_allowance_spent(struct sidestep_allowance *allowance);

#endif /* _SIDESTEP_ALLOWANCE_H */
