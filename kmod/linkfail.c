// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Radio link failure after TS 38.331, 5.3.10 and 5.8.9.3, with answers and losses
 * of probes in the place of in-sync and out-of-sync indications. Pure: no lock,
 * no clock.
 *
 * N310 losses in a row start T310, N311 answers in a row stop it, and the link has
 * failed when it expires; or at once after so many losses in a row. Then T311 runs,
 * until N311 answers in a row establish the link again, or until it is gone. A link
 * on which no answer ever came cannot fail.
 */
#include "linkfail.h"

static __u64 ns(__s32 ms)
{
	return (__u64)ms * 1000000;
}

static void link_set(struct sidestep_linkfail *link, unsigned int state,
		     __u64 now)
{
	link->state = state;
	link->since = now;
}

static void link_fail(struct sidestep_linkfail *link, bool expired, __u64 now)
{
	link_set(link, SIDESTEP_LINK_FAILED, now);
	link->expired = expired;
	link->news = true;
}

/**
 * sidestep_linkfail_reset() - nothing is known any more
 * @link: the link
 * @now: the time
 */
void sidestep_linkfail_reset(struct sidestep_linkfail *link, __u64 now)
{
	memset(link, 0, sizeof(*link));
	link->since = now;
}

/**
 * sidestep_linkfail_works() - whether a link is known to carry packets
 * @link: the link
 *
 * Return: as said; also if it is in doubt.
 */
bool sidestep_linkfail_works(const struct sidestep_linkfail *link)
{
	return link->state == SIDESTEP_LINK_ALIVE ||
	       link->state == SIDESTEP_LINK_SHAKY;
}

/**
 * sidestep_linkfail_failed() - whether a link is known to have failed
 * @link: the link
 *
 * Return: as said. If nothing is known, neither this nor
 *	   sidestep_linkfail_works().
 */
bool sidestep_linkfail_failed(const struct sidestep_linkfail *link)
{
	return link->state == SIDESTEP_LINK_FAILED ||
	       link->state == SIDESTEP_LINK_GONE;
}

/**
 * sidestep_linkfail_answer() - an answer came: in-sync
 * @link: the link
 * @limits: when it has failed
 * @now: the time
 */
void sidestep_linkfail_answer(struct sidestep_linkfail *link,
			      const struct sidestep_linkfail_limits *limits,
			      __u64 now)
{
	link->lost = 0;
	link->heard++;
	if (link->state == SIDESTEP_LINK_ALIVE ||
	    (link->state != SIDESTEP_LINK_UNKNOWN &&
	     link->heard < (__u32)limits->n311))
		return;
	link_set(link, SIDESTEP_LINK_ALIVE, now);
	link->news = false;
}

/**
 * sidestep_linkfail_loss() - an answer did not come in time: out-of-sync
 * @link: the link
 * @limits: when it has failed
 * @now: the time
 */
void sidestep_linkfail_loss(struct sidestep_linkfail *link,
			    const struct sidestep_linkfail_limits *limits,
			    __u64 now)
{
	link->heard = 0;
	link->lost++;
	if (!sidestep_linkfail_works(link))
		return;
	if (link->lost >= (__u32)limits->consecutive_loss) {
		link_fail(link, false, now);
	} else if (link->state == SIDESTEP_LINK_ALIVE &&
		   link->lost >= (__u32)limits->n310) {
		link_set(link, SIDESTEP_LINK_SHAKY, now);
		sidestep_linkfail_tick(link, limits, now);
	}
}

/**
 * sidestep_linkfail_tick() - let time pass: T310 and T311
 * @link: the link
 * @limits: when it has failed
 * @now: the time
 */
void sidestep_linkfail_tick(struct sidestep_linkfail *link,
			    const struct sidestep_linkfail_limits *limits,
			    __u64 now)
{
	if (link->state == SIDESTEP_LINK_SHAKY &&
	    now - link->since >= ns(limits->t310_ms))
		link_fail(link, true, now);
	if (link->state == SIDESTEP_LINK_FAILED &&
	    now - link->since >= ns(limits->t311_ms))
		link_set(link, SIDESTEP_LINK_GONE, now);
}

/**
 * sidestep_linkfail_wake() - when to tick
 * @link: the link
 * @limits: when it has failed
 *
 * Return: when the timer that runs ends, %SIDESTEP_NEVER if none does.
 */
__u64 sidestep_linkfail_wake(const struct sidestep_linkfail *link,
			     const struct sidestep_linkfail_limits *limits)
{
	if (link->state == SIDESTEP_LINK_SHAKY)
		return link->since + ns(limits->t310_ms);
	if (link->state == SIDESTEP_LINK_FAILED)
		return link->since + ns(limits->t311_ms);
	return SIDESTEP_NEVER;
}
