/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_TRIGGER_H
#define _SIDESTEP_TRIGGER_H

#include <linux/sidestep.h>

#include "event.h"
#include "l3filter.h"
#include "linkfail.h"
#include "pace.h"
#include "trend.h"
#include "trigger_config.h"

/**
 * enum sidestep_trigger_limits - constants of the trigger engine
 * @SIDESTEP_TRIGGER_WHY_LEN: bytes of an order's reason, with its NUL
 * @SIDESTEP_TRIGGER_NEAR: the signal is near the threshold of prepare if it is
 *			   less than this above it, mBm
 * @SIDESTEP_TRIGGER_STALE_INFRA: as &sidestep_trigger_config.stale_ms, of the
 *				  infra path: it is probed every 65 s only
 */
enum sidestep_trigger_limits {
	SIDESTEP_TRIGGER_WHY_LEN = 48,
	SIDESTEP_TRIGGER_NEAR = 500,
	SIDESTEP_TRIGGER_STALE_INFRA = 200000,
};

/**
 * enum sidestep_cause_kind - what made a decision
 * @SIDESTEP_CAUSE_RULE: a quantity passed a threshold
 * @SIDESTEP_CAUSE_TREND: the signal will fall to a threshold soon
 * @SIDESTEP_CAUSE_LOSSES: losses in a row
 * @SIDESTEP_CAUSE_EXPIRY: T310 expired
 * @SIDESTEP_CAUSE_ALIVE: the direct path answers again
 * @SIDESTEP_CAUSE_HELPER: the helper's order
 * @SIDESTEP_CAUSE_HAND: somebody's order on this host
 */
enum sidestep_cause_kind {
	SIDESTEP_CAUSE_RULE,
	SIDESTEP_CAUSE_TREND,
	SIDESTEP_CAUSE_LOSSES,
	SIDESTEP_CAUSE_EXPIRY,
	SIDESTEP_CAUSE_ALIVE,
	SIDESTEP_CAUSE_HELPER,
	SIDESTEP_CAUSE_HAND,
};

/**
 * struct sidestep_cause - a decision, and what made it
 * @decision: enum sidestep_decision
 * @kind: enum sidestep_cause_kind
 * @quantity: enum sidestep_quantity, of a rule
 * @value: of a rule or trend: what was measured, in the quantity's unit; of
 *	   losses: how many
 * @threshold: of a rule or trend: what @value, or the line, is compared with, the
 *	       hysteresis in it
 * @ms: of a rule and of life: for how long it holds; of a trend: until when; of
 *	an expiry: T310
 * @id: of the helper's order
 * @why: of an order: the reason given, may be empty
 */
struct sidestep_cause {
	__u8	decision;
	__u8	kind;
	__u8	quantity;
	__s32	value;
	__s32	threshold;
	__u32	ms;
	__u64	id;
	char	why[SIDESTEP_TRIGGER_WHY_LEN];
};

/**
 * struct sidestep_trigger_order - a decision that others have made
 * @decision: enum sidestep_decision
 * @helper: by the helper, else by hand
 * @id: of the helper's: greater than all before
 * @why: printable ASCII, may be empty
 */
struct sidestep_trigger_order {
	__u8		decision;
	bool		helper;
	__u64		id;
	const char	*why;
};

/**
 * struct sidestep_measured - what was last measured of a quantity on a path
 * @known: there is something, and it is not stale
 * @value: in the quantity's unit; a signal is filtered
 * @at: when it was measured, ns; 0 if it never was
 */
struct sidestep_measured {
	bool	known;
	__s32	value;
	__u64	at;
};

/**
 * struct sidestep_trigger_verdict - what is to be done now
 * @decided: whether there is something new in @cause
 * @cause: the last decision and what made it
 * @tick_at: when sidestep_trigger_tick() is to be called again, unless something
 *	     is measured before; %SIDESTEP_NEVER if it need not
 * @probe_at: by enum sidestep_path: when to probe, maybe in the past
 */
struct sidestep_trigger_verdict {
	bool	decided;
	struct sidestep_cause cause;
	__u64	tick_at;
	__u64	probe_at[SIDESTEP_PATH_MAX + 1];
};

/**
 * struct sidestep_trigger - the trigger engine of a session
 * @config: the rules
 * @now: the time of the last call
 * @stage: enum sidestep_decision, the one that holds
 * @away_since: when the session left home
 * @measured: by enum sidestep_path and enum sidestep_quantity
 * @filter: of the signal, by enum sidestep_path
 * @trend: of the signal of the direct path
 * @event: by enum sidestep_decision and enum sidestep_quantity, of the direct path:
 *	   S2, X1 and S1 of the signal, and their like of what is better if lower
 * @link: by enum sidestep_path
 * @pace: by enum sidestep_path
 * @falls_in: when the signal of the direct path will have fallen to the
 *	      threshold of execute, ms from its last measurement; -1 if never
 * @falls_news: ... and nothing was decided since
 * @decided: a decision was made since the last tick
 * @cause: of the last decision
 * @ordered: the helper has given an order
 * @order: enum sidestep_decision, of its last one
 * @order_id: the id of that
 *
 * The caller holds a lock of its own around every call. No function sleeps,
 * allocates or reads a clock; @now of every call is the time of one monotonic
 * clock, in nanoseconds.
 */
struct sidestep_trigger {
	struct sidestep_trigger_config	config;
	__u64				now;
	__u8				stage;
	__u64				away_since;
	struct sidestep_measured
		measured[SIDESTEP_PATH_MAX + 1][SIDESTEP_QUANTITIES];
	struct sidestep_l3filter	filter[SIDESTEP_PATH_MAX + 1];
	struct sidestep_trend		trend;
	struct sidestep_meas_event
		event[SIDESTEP_DECISIONS][SIDESTEP_QUANTITIES_RULED];
	struct sidestep_linkfail	link[SIDESTEP_PATH_MAX + 1];
	struct sidestep_pace		pace[SIDESTEP_PATH_MAX + 1];
	__s32				falls_in;
	bool				falls_news;
	bool				decided;
	struct sidestep_cause		cause;
	bool				ordered;
	__u8				order;
	__u64				order_id;
};

void sidestep_trigger_init(struct sidestep_trigger *trigger, bool patient,
			   __u64 now);
void sidestep_trigger_configure(struct sidestep_trigger *trigger, __u64 now,
				const struct sidestep_trigger_config *config);
int sidestep_trigger_measure(struct sidestep_trigger *trigger, __u64 now,
			     unsigned int path, unsigned int quantity,
			     __s32 value, __u64 at, const char **why);
void sidestep_trigger_forget(struct sidestep_trigger *trigger, __u64 now,
			     unsigned int path);
int sidestep_trigger_order(struct sidestep_trigger *trigger, __u64 now,
			   const struct sidestep_trigger_order *order,
			   const char **why);
void sidestep_trigger_tick(struct sidestep_trigger *trigger, __u64 now,
			   struct sidestep_trigger_verdict *verdict);

#endif /* _SIDESTEP_TRIGGER_H */
