// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measurement events of TS 38.331: entering and leaving conditions with a
 * hysteresis, and timeToTrigger. Pure: no lock, no clock.
 *
 * A condition changes the reporting entry when it was fulfilled "for all
 * measurements after layer 3 filtering taken during timeToTrigger" (5.5.4.1): one
 * that contradicts begins the time anew. The time may end between two
 * measurements. Reconfiguration removes the entry and stops the time (5.8.10.2.3).
 */
#include "event.h"

/**
 * sidestep_event_s1() - event S1, the link becomes better than (5.8.10.4.2)
 * @ms: measurement, Ms
 * @hys: hysteresis, 0 or more
 * @thresh: threshold
 *
 * As A1. All in the same unit.
 *
 * Return: what S1-1 (Ms - Hys > Thresh) and S1-2 (Ms + Hys < Thresh) say.
 */
struct sidestep_condition sidestep_event_s1(__s32 ms, __s32 hys, __s32 thresh)
{
	struct sidestep_condition condition = {
		.enters = ms - hys > thresh,
		.leaves = ms + hys < thresh,
	};

	return condition;
}

/**
 * sidestep_event_s2() - event S2, the link becomes worse than (5.8.10.4.3)
 * @ms: measurement, Ms
 * @hys: hysteresis, 0 or more
 * @thresh: threshold
 *
 * As A2, and as X2 (5.5.4.18).
 *
 * Return: what S2-1 (Ms + Hys < Thresh) and S2-2 (Ms - Hys > Thresh) say.
 */
struct sidestep_condition sidestep_event_s2(__s32 ms, __s32 hys, __s32 thresh)
{
	struct sidestep_condition condition = {
		.enters = ms + hys < thresh,
		.leaves = ms - hys > thresh,
	};

	return condition;
}

/**
 * sidestep_event_x1() - event X1, the link becomes worse than one threshold and
 *			 the other way is better than another (5.5.4.17)
 * @mr: measurement of the link, Mr
 * @mn: measurement of the other way, Mn; offsets Ofn and Ocn are 0
 * @hys: hysteresis, 0 or more
 * @thresh1: for @mr
 * @thresh2: for @mn
 *
 * Return: what X1-1 and X1-2 (Mr + Hys < Thresh1, Mn - Hys > Thresh2) say
 *	   together, and X1-3 or X1-4 (Mr - Hys > Thresh1, Mn + Hys < Thresh2).
 */
struct sidestep_condition sidestep_event_x1(__s32 mr, __s32 mn, __s32 hys,
					    __s32 thresh1, __s32 thresh2)
{
	struct sidestep_condition link = sidestep_event_s2(mr, hys, thresh1);
	struct sidestep_condition other = sidestep_event_s1(mn, hys, thresh2);

	link.enters = link.enters && other.enters;
	link.leaves = link.leaves || other.leaves;
	return link;
}

/**
 * sidestep_event_reset() - remove the reporting entry and stop the time
 * @event: the event
 */
void sidestep_event_reset(struct sidestep_meas_event *event)
{
	event->entered = false;
	event->news = false;
	event->enters_since = SIDESTEP_NEVER;
	event->leaves_since = SIDESTEP_NEVER;
}

/**
 * sidestep_event_wake() - when to tick
 * @event: the event
 * @ttt: timeToTrigger, ns
 *
 * Return: when it enters or leaves unless something else is measured before;
 *	   %SIDESTEP_NEVER if no time runs.
 */
__u64 sidestep_event_wake(const struct sidestep_meas_event *event, __u64 ttt)
{
	__u64 since = event->entered ? event->leaves_since :
				       event->enters_since;

	return since == SIDESTEP_NEVER ? SIDESTEP_NEVER : since + ttt;
}

/**
 * sidestep_event_tick() - let time pass without a measurement
 * @event: the event
 * @ttt: timeToTrigger, ns
 * @now: the time
 */
void sidestep_event_tick(struct sidestep_meas_event *event, __u64 ttt,
			 __u64 now)
{
	if (sidestep_event_wake(event, ttt) > now)
		return;
	event->entered = !event->entered;
	event->news = event->entered;
}

static void track(__u64 *since, bool holds, __u64 now)
{
	if (!holds)
		*since = SIDESTEP_NEVER;
	else if (*since == SIDESTEP_NEVER)
		*since = now;
}

/**
 * sidestep_event_judge() - take a measurement into account
 * @event: the event
 * @condition: what its inequalities say; they exclude each other
 * @ttt: timeToTrigger, ns
 * @now: the time
 *
 * To be called after sidestep_event_tick() for the same time: what is measured
 * now does not stop a time that has ended before.
 */
void sidestep_event_judge(struct sidestep_meas_event *event,
			  struct sidestep_condition condition, __u64 ttt,
			  __u64 now)
{
	track(&event->enters_since, condition.enters, now);
	track(&event->leaves_since, condition.leaves, now);
	sidestep_event_tick(event, ttt, now);
}
