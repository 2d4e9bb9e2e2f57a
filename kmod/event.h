/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_EVENT_H
#define _SIDESTEP_EVENT_H

#include "pure.h"

/* Times are nanoseconds of one monotonic clock; this one never comes. */
#define SIDESTEP_NEVER (~0ULL)

/**
 * struct sidestep_condition - what an event's inequalities say of a measurement
 * @enters: the entering condition holds
 * @leaves: the leaving condition holds
 *
 * Neither holds within the hysteresis, and of what is unknown.
 */
struct sidestep_condition {
	bool	enters;
	bool	leaves;
};

/**
 * struct sidestep_meas_event - a measurement event of TS 38.331
 * @entered: it is in the reporting entry: entered, and not left again
 * @news: ... and nothing was decided since
 * @enters_since: since when the entering condition holds without a break;
 *		  %SIDESTEP_NEVER if it does not
 * @leaves_since: likewise, the leaving condition
 */
struct sidestep_meas_event {
	bool	entered;
	bool	news;
	__u64	enters_since;
	__u64	leaves_since;
};

struct sidestep_condition sidestep_event_s1(__s32 ms, __s32 hys, __s32 thresh);
struct sidestep_condition sidestep_event_s2(__s32 ms, __s32 hys, __s32 thresh);
struct sidestep_condition sidestep_event_x1(__s32 mr, __s32 mn, __s32 hys,
					    __s32 thresh1, __s32 thresh2);

void sidestep_event_reset(struct sidestep_meas_event *event);
void sidestep_event_judge(struct sidestep_meas_event *event,
			  struct sidestep_condition condition, __u64 ttt,
			  __u64 now);
void sidestep_event_tick(struct sidestep_meas_event *event, __u64 ttt,
			 __u64 now);
__u64 sidestep_event_wake(const struct sidestep_meas_event *event, __u64 ttt);

#endif /* _SIDESTEP_EVENT_H */
