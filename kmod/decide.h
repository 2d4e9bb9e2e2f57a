/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_DECIDE_H
#define _SIDESTEP_DECIDE_H

#include "trigger.h"

static inline __u64 sidestep_ms_to_ns(__s32 ms)
{
	return (__u64)ms * 1000000;
}

void sidestep_decide_judge(struct sidestep_trigger *trigger, __u64 now);
void sidestep_decide(struct sidestep_trigger *trigger, __u64 now);
__u64 sidestep_decide_at(const struct sidestep_trigger *trigger);
void sidestep_decide_move(struct sidestep_trigger *trigger,
			  const struct sidestep_cause *cause, __u64 now);
bool sidestep_decide_near(const struct sidestep_trigger *trigger);

#endif /* _SIDESTEP_DECIDE_H */
