// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When to probe a path, so that its death is known soon and its life costs little.
 * Pure: no lock, no clock.
 *
 * One request and its answer tell both hosts that the path lives, so one of them
 * asks and the other is patient. Where packets come all the time, they tell it too:
 * probes become rarer, and what is saved is spent on asking at once when packets
 * cease to come. All requests, of both hosts, are charged to one account that
 * fills with the time, so that on average they are never more than in idleness.
 */
#include "pace.h"

static __s64 ns(__s64 ms)
{
	return ms * 1000000;
}

static __u64 later(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

/**
 * sidestep_pace_init() - begin, with a probe at once
 * @pace: the path's pace
 * @patient: whether the other host asks
 * @now: the time
 */
void sidestep_pace_init(struct sidestep_pace *pace, bool patient, __u64 now)
{
	memset(pace, 0, sizeof(*pace));
	pace->patient = patient;
	pace->credit_at = now;
}

/* Saved time is limited, and so is what is owed after times of doubt. */
static void charge(struct sidestep_pace *pace, __u64 now)
{
	const __s64 most = ns(SIDESTEP_PACE_SAVED * SIDESTEP_PACE_CALM);
	__s64 credit = pace->credit + (__s64)(now - pace->credit_at);

	if (credit > most)
		credit = most;
	credit -= ns(SIDESTEP_PACE_CALM);
	pace->credit = credit < -most ? -most : credit;
	pace->credit_at = now;
}

/**
 * sidestep_pace_sent() - this host asks
 * @pace: the path's pace
 * @now: the time
 */
void sidestep_pace_sent(struct sidestep_pace *pace, __u64 now)
{
	pace->sent_at = now;
	charge(pace, now);
}

/**
 * sidestep_pace_asked() - the other host has asked
 * @pace: the path's pace
 * @now: the time
 */
void sidestep_pace_asked(struct sidestep_pace *pace, __u64 now)
{
	pace->asked_at = now;
	charge(pace, now);
}

/**
 * sidestep_pace_heard() - a packet came that is no probe
 * @pace: the path's pace
 * @now: the time
 */
void sidestep_pace_heard(struct sidestep_pace *pace, __u64 now)
{
	if (now - pace->heard_at > (__u64)ns(SIDESTEP_PACE_SILENCE))
		pace->run = 0;
	else if (pace->run < SIDESTEP_PACE_RUN)
		pace->run++;
	pace->heard_at = now;
}

/**
 * sidestep_pace_due() - when to probe, at an interval
 * @pace: the path's pace
 * @interval: milliseconds
 *
 * Return: as said.
 */
__u64 sidestep_pace_due(const struct sidestep_pace *pace, __u32 interval)
{
	return pace->sent_at + ns(interval);
}

/* When silence is to be asked about: there must be something saved for it. */
static __u64 silence_due(const struct sidestep_pace *pace)
{
	__s64 missing = ns(SIDESTEP_PACE_CALM) - pace->credit;

	return later(pace->heard_at + ns(SIDESTEP_PACE_SILENCE),
		     pace->credit_at + (missing > 0 ? missing : 0));
}

/**
 * sidestep_pace_calm() - when to probe the direct path while all is well
 * @pace: the path's pace
 *
 * Return: as said; later if packets come before.
 */
__u64 sidestep_pace_calm(const struct sidestep_pace *pace)
{
	bool busy = pace->run >= SIDESTEP_PACE_RUN &&
		    pace->sent_at < pace->heard_at + ns(SIDESTEP_PACE_SILENCE);
	__u32 interval = busy ? SIDESTEP_PACE_BUSY : SIDESTEP_PACE_CALM;
	__u64 due = sidestep_pace_due(pace, interval);

	if (pace->patient)
		due = later(due, pace->asked_at +
				 ns(interval + SIDESTEP_PACE_PATIENCE));
	if (busy && silence_due(pace) < due)
		due = silence_due(pace);
	return due;
}
