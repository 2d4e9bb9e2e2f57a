/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_LINKFAIL_H
#define _SIDESTEP_LINKFAIL_H

#include <linux/sidestep.h>

#include "event.h"

/**
 * struct sidestep_linkfail_limits - when a link has failed
 * @consecutive_loss: losses in a row after which it has failed at once, as
 *		      sl-MaxNumConsecutiveDTX (TS 38.331, 5.8.9.3): 1, 2, 3, 4,
 *		      6, 8, 16 or 32
 * @n310: losses in a row that start T310: 1, 2, 3, 4, 6, 8, 10 or 20
 * @n311: answers in a row that stop T310, and that end a failure: 1, 2, 3, 4,
 *	  5, 6, 8 or 10
 * @t310_ms: how long it then has until it has failed: 0, 50, 100, 200, 500,
 *	     1000, 2000, 4000 or 6000
 * @t311_ms: how long it is searched for eagerly after a failure: 1000, 3000,
 *	     5000, 10000, 15000, 20000 or 30000
 */
struct sidestep_linkfail_limits {
	__s32	consecutive_loss;
	__s32	n310;
	__s32	n311;
	__s32	t310_ms;
	__s32	t311_ms;
};

/**
 * struct sidestep_linkfail - the counters and timers of a link
 * @state: enum sidestep_link
 * @since: when it began
 * @lost: losses in a row
 * @heard: answers in a row
 * @expired: it failed as T310 expired, not by losses in a row
 * @news: it has failed, and nothing was decided since
 */
struct sidestep_linkfail {
	__u8	state;
	__u64	since;
	__u32	lost;
	__u32	heard;
	bool	expired;
	bool	news;
};

void sidestep_linkfail_reset(struct sidestep_linkfail *link, __u64 now);
void sidestep_linkfail_answer(struct sidestep_linkfail *link,
			      const struct sidestep_linkfail_limits *limits,
			      __u64 now);
void sidestep_linkfail_loss(struct sidestep_linkfail *link,
			    const struct sidestep_linkfail_limits *limits,
			    __u64 now);
void sidestep_linkfail_tick(struct sidestep_linkfail *link,
			    const struct sidestep_linkfail_limits *limits,
			    __u64 now);
__u64 sidestep_linkfail_wake(const struct sidestep_linkfail *link,
			     const struct sidestep_linkfail_limits *limits);
bool sidestep_linkfail_works(const struct sidestep_linkfail *link);
bool sidestep_linkfail_failed(const struct sidestep_linkfail *link);

#endif /* _SIDESTEP_LINKFAIL_H */
