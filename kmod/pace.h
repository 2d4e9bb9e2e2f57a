/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_PACE_H
#define _SIDESTEP_PACE_H

#include "pure.h"

/**
 * enum sidestep_pace_limits - how often a path is probed, milliseconds
 * @SIDESTEP_PACE_CALM: the direct path, while all is well and no packets come
 * @SIDESTEP_PACE_PATIENCE: how much longer the patient host waits for the other
 *			    one's request before it asks itself
 * @SIDESTEP_PACE_BUSY: the direct path, while all is well and packets come
 * @SIDESTEP_PACE_SILENCE: ... and when they cease to come
 * @SIDESTEP_PACE_DOUBT: the direct path, while an answer is missing
 * @SIDESTEP_PACE_NEAR: the direct path, while a rule is near, or the session is
 *			not at home
 * @SIDESTEP_PACE_SEARCH: the direct path, while T311 runs
 * @SIDESTEP_PACE_GONE: the direct path, when it is gone
 * @SIDESTEP_PACE_STANDBY: the infra path, while all is well: it is metered
 * @SIDESTEP_PACE_INFRA_NEAR: the infra path, while a rule is near
 * @SIDESTEP_PACE_INFRA_USED: the infra path, while it is in use
 * @SIDESTEP_PACE_INFRA_DOUBT: ... and an answer is missing
 * @SIDESTEP_PACE_LATE: an answer is lost if it comes later than the round-trip
 *			time, four times its mean deviation, and this
 * @SIDESTEP_PACE_RUN: packets that must come without silence between them, for
 *		       it to mean something (not milliseconds)
 * @SIDESTEP_PACE_SAVED: probes that may be saved up for silences (likewise)
 *
 * What that costs, and how soon a silent cut is known: docs/triggers.md.
 */
enum sidestep_pace_limits {
	SIDESTEP_PACE_CALM = 215,
	SIDESTEP_PACE_PATIENCE = 10,
	SIDESTEP_PACE_BUSY = 430,
	SIDESTEP_PACE_SILENCE = 25,
	SIDESTEP_PACE_DOUBT = 5,
	SIDESTEP_PACE_NEAR = 50,
	SIDESTEP_PACE_SEARCH = 100,
	SIDESTEP_PACE_GONE = 500,
	SIDESTEP_PACE_STANDBY = 65000,
	SIDESTEP_PACE_INFRA_NEAR = 1000,
	SIDESTEP_PACE_INFRA_USED = 200,
	SIDESTEP_PACE_INFRA_DOUBT = 50,
	SIDESTEP_PACE_LATE = 15,
	SIDESTEP_PACE_RUN = 8,
	SIDESTEP_PACE_SAVED = 4,
};

/**
 * struct sidestep_pace - what is known of the probes on a path
 * @patient: the other host asks, this one only if that does not; one of the two
 *	     must be, and one not
 * @sent_at: when this host asked last, ns
 * @asked_at: when the other host asked last, ns
 * @heard_at: when another packet came, ns
 * @run: how many came without silence between them
 * @credit: time for which the path was not probed though it might have been, ns
 * @credit_at: when that was counted, ns
 */
struct sidestep_pace {
	bool	patient;
	__u64	sent_at;
	__u64	asked_at;
	__u64	heard_at;
	__u32	run;
	__s64	credit;
	__u64	credit_at;
};

void sidestep_pace_init(struct sidestep_pace *pace, bool patient, __u64 now);
void sidestep_pace_sent(struct sidestep_pace *pace, __u64 now);
void sidestep_pace_asked(struct sidestep_pace *pace, __u64 now);
void sidestep_pace_heard(struct sidestep_pace *pace, __u64 now);
__u64 sidestep_pace_due(const struct sidestep_pace *pace, __u32 interval);
__u64 sidestep_pace_calm(const struct sidestep_pace *pace);

#endif /* _SIDESTEP_PACE_H */
