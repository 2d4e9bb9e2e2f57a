// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trigger engine's judgement: which rules hold, what follows, and why. Pure: no
 * lock, no clock.
 *
 * What is not known decides nothing: an event whose quantity is unknown neither
 * enters nor leaves, but is as if it had not been measured yet. Decisions follow
 * from what is new. An order that contradicts the rules is thus not undone at once
 * by what was known when it was given.
 */
#include "decide.h"

static const struct sidestep_rule *
rule_of(const struct sidestep_trigger *trigger, unsigned int decision)
{
	return &trigger->config.rule[decision];
}

static bool infra_works(const struct sidestep_trigger *trigger)
{
	return sidestep_linkfail_works(&trigger->link[SIDESTEP_PATH_INFRA]);
}

static bool infra_failed(const struct sidestep_trigger *trigger)
{
	return sidestep_linkfail_failed(&trigger->link[SIDESTEP_PATH_INFRA]);
}

/* mBm are hundredths, mdB thousandths. */
static __s32 hysteresis_of(const struct sidestep_rule *rule,
			   unsigned int quantity)
{
	return quantity == SIDESTEP_QUANTITY_SIGNAL ?
	       rule->hysteresis_mdb / 10 : 0;
}

/* Whether a rule is passed upwards; a signal is better if it is higher. */
static bool is_upwards(unsigned int decision, unsigned int quantity)
{
	return (decision == SIDESTEP_DECISION_RELEASE) ==
	       (quantity == SIDESTEP_QUANTITY_SIGNAL);
}

static struct sidestep_condition
direct_condition(const struct sidestep_trigger *trigger, unsigned int decision,
		 unsigned int quantity)
{
	const struct sidestep_rule *rule = rule_of(trigger, decision);
	__s32 value = trigger->measured[SIDESTEP_PATH_DIRECT][quantity].value;
	__s32 hysteresis = hysteresis_of(rule, quantity);

	if (is_upwards(decision, quantity))
		return sidestep_event_s1(value, hysteresis,
					 rule->threshold[quantity]);
	return sidestep_event_s2(value, hysteresis, rule->threshold[quantity]);
}

/* Event X1, as far as the infra path is measured. */
static struct sidestep_condition
signal_x1(const struct sidestep_trigger *trigger,
	  struct sidestep_condition direct)
{
	const struct sidestep_rule *rule =
		rule_of(trigger, SIDESTEP_DECISION_EXECUTE);
	const struct sidestep_measured *infra =
		&trigger->measured[SIDESTEP_PATH_INFRA][SIDESTEP_QUANTITY_SIGNAL];
	const struct sidestep_measured *ours =
		&trigger->measured[SIDESTEP_PATH_DIRECT][SIDESTEP_QUANTITY_SIGNAL];

	if (trigger->config.infra_threshold_mbm == SIDESTEP_TRIGGER_OFF)
		return direct;
	if (infra->known)
		return sidestep_event_x1(ours->value, infra->value,
					 rule->hysteresis_mdb / 10,
					 rule->threshold[SIDESTEP_QUANTITY_SIGNAL],
					 trigger->config.infra_threshold_mbm);
	direct.enters = false;
	return direct;
}

static struct sidestep_condition
condition_of(const struct sidestep_trigger *trigger, unsigned int decision,
	     unsigned int quantity)
{
	struct sidestep_condition condition =
		direct_condition(trigger, decision, quantity);

	if (decision != SIDESTEP_DECISION_EXECUTE)
		return condition;
	if (quantity == SIDESTEP_QUANTITY_SIGNAL)
		condition = signal_x1(trigger, condition);
	condition.enters = condition.enters && infra_works(trigger);
	condition.leaves = condition.leaves || infra_failed(trigger);
	return condition;
}

/**
 * sidestep_decide_judge() - take into account what was measured now
 * @trigger: the engine
 * @now: the time
 */
void sidestep_decide_judge(struct sidestep_trigger *trigger, __u64 now)
{
	unsigned int d, q;

	for (d = 0; d < SIDESTEP_DECISIONS; d++) {
		const struct sidestep_rule *rule = rule_of(trigger, d);
		__u64 ttt = sidestep_ms_to_ns(rule->time_to_trigger_ms);

		for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
			if (trigger->measured[SIDESTEP_PATH_DIRECT][q].known &&
			    rule->threshold[q] != SIDESTEP_TRIGGER_OFF)
				sidestep_event_judge(&trigger->event[d][q],
						     condition_of(trigger, d, q),
						     ttt, now);
	}
}

/**
 * sidestep_decide_move() - put a decision into effect
 * @trigger: the engine
 * @cause: the decision, and what made it
 * @now: the time
 */
void sidestep_decide_move(struct sidestep_trigger *trigger,
			  const struct sidestep_cause *cause, __u64 now)
{
	unsigned int d, q;

	if (trigger->stage == SIDESTEP_DECISION_RELEASE)
		trigger->away_since = now;
	trigger->stage = cause->decision;
	trigger->cause = *cause;
	trigger->decided = true;
	for (d = 0; d < SIDESTEP_DECISIONS; d++)
		for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
			trigger->event[d][q].news = false;
	trigger->link[SIDESTEP_PATH_DIRECT].news = false;
	trigger->falls_news = false;
}

static __u32 ms_between(__u64 since, __u64 now)
{
	return div_u64(now - since, 1000000);
}

static void move_by_rule(struct sidestep_trigger *trigger,
			 unsigned int decision, unsigned int quantity,
			 __u64 now)
{
	const struct sidestep_rule *rule = rule_of(trigger, decision);
	__s32 hysteresis = hysteresis_of(rule, quantity);
	struct sidestep_cause cause = {
		.decision = decision,
		.kind = SIDESTEP_CAUSE_RULE,
		.quantity = quantity,
		.value = trigger->measured[SIDESTEP_PATH_DIRECT][quantity].value,
		.threshold = rule->threshold[quantity],
	};

	cause.threshold += is_upwards(decision, quantity) ? hysteresis :
							    -hysteresis;
	cause.ms = ms_between(trigger->event[decision][quantity].enters_since,
			      now);
	sidestep_decide_move(trigger, &cause, now);
}

static bool rule_moves(struct sidestep_trigger *trigger, unsigned int decision,
		       __u64 now)
{
	unsigned int q;

	for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
		if (trigger->event[decision][q].news) {
			move_by_rule(trigger, decision, q, now);
			return true;
		}
	return false;
}

/*
 * The direct path has failed. Where the infra path has failed, too, that is no
 * reason to be on it alone, yet, but one to bring it up.
 */
static bool failure_moves(struct sidestep_trigger *trigger, __u64 now)
{
	struct sidestep_linkfail *link = &trigger->link[SIDESTEP_PATH_DIRECT];
	bool wait = infra_failed(trigger);
	struct sidestep_cause cause = {
		.decision = wait ? SIDESTEP_DECISION_PREPARE :
				   SIDESTEP_DECISION_EXECUTE,
		.kind = link->expired ? SIDESTEP_CAUSE_EXPIRY :
					SIDESTEP_CAUSE_LOSSES,
		.value = link->lost,
		.ms = trigger->config.link.t310_ms,
	};

	if (!link->news || cause.decision <= trigger->stage)
		return false;
	sidestep_decide_move(trigger, &cause, now);
	link->news = wait;
	return true;
}

static bool trend_moves(struct sidestep_trigger *trigger, __u64 now)
{
	const struct sidestep_measured *signal =
		&trigger->measured[SIDESTEP_PATH_DIRECT][SIDESTEP_QUANTITY_SIGNAL];
	const struct sidestep_rule *rule =
		rule_of(trigger, SIDESTEP_DECISION_EXECUTE);
	struct sidestep_cause cause = {
		.decision = SIDESTEP_DECISION_PREPARE,
		.kind = SIDESTEP_CAUSE_TREND,
		.value = signal->value,
		.threshold = rule->threshold[SIDESTEP_QUANTITY_SIGNAL],
		.ms = trigger->falls_in,
	};

	if (!trigger->falls_news || trigger->falls_in < 0 ||
	    trigger->falls_in > trigger->config.horizon_ms)
		return false;
	sidestep_decide_move(trigger, &cause, now);
	return true;
}

/* Whether a rule says that the direct path is bad, or is about to say so. */
static bool is_bad(const struct sidestep_trigger *trigger, bool or_soon)
{
	unsigned int d, q;

	for (d = SIDESTEP_DECISION_PREPARE; d < SIDESTEP_DECISIONS; d++)
		for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++) {
			const struct sidestep_meas_event *event =
				&trigger->event[d][q];

			if (event->entered ||
			    (or_soon && event->enters_since != SIDESTEP_NEVER))
				return true;
		}
	return false;
}

/*
 * Whether a quantity has a say in the release: not one that nobody ever measured.
 * One that was measured, but is not known now, has: nobody knows that it is good.
 */
static bool releases(const struct sidestep_trigger *trigger,
		     unsigned int quantity)
{
	const struct sidestep_rule *rule =
		rule_of(trigger, SIDESTEP_DECISION_RELEASE);

	return rule->threshold[quantity] != SIDESTEP_TRIGGER_OFF &&
	       trigger->measured[SIDESTEP_PATH_DIRECT][quantity].at;
}

/**
 * sidestep_decide_at() - when the session will be released
 * @trigger: the engine
 *
 * Return: when, unless something else is measured before; %SIDESTEP_NEVER if what
 *	   is known does not suffice.
 */
__u64 sidestep_decide_at(const struct sidestep_trigger *trigger)
{
	const struct sidestep_linkfail *link =
		&trigger->link[SIDESTEP_PATH_DIRECT];
	__u64 since = link->since, earliest;
	unsigned int q;

	if (trigger->config.mode != SIDESTEP_MODE_AUTO ||
	    trigger->stage == SIDESTEP_DECISION_RELEASE ||
	    link->state != SIDESTEP_LINK_ALIVE || is_bad(trigger, false))
		return SIDESTEP_NEVER;
	for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++) {
		const struct sidestep_meas_event *event =
			&trigger->event[SIDESTEP_DECISION_RELEASE][q];

		if (!releases(trigger, q))
			continue;
		if (!event->entered || event->enters_since == SIDESTEP_NEVER)
			return SIDESTEP_NEVER;
		if (event->enters_since > since)
			since = event->enters_since;
	}
	since += sidestep_ms_to_ns(trigger->config.hold_ms);
	earliest = trigger->away_since +
		   sidestep_ms_to_ns(trigger->config.min_stay_ms);
	return since > earliest ? since : earliest;
}

static void release(struct sidestep_trigger *trigger, __u64 now)
{
	struct sidestep_cause cause = {
		.decision = SIDESTEP_DECISION_RELEASE,
		.kind = SIDESTEP_CAUSE_ALIVE,
		.ms = ms_between(trigger->link[SIDESTEP_PATH_DIRECT].since, now),
	};
	unsigned int q;

	for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
		if (releases(trigger, q)) {
			move_by_rule(trigger, SIDESTEP_DECISION_RELEASE, q, now);
			return;
		}
	sidestep_decide_move(trigger, &cause, now);
}

/**
 * sidestep_decide() - draw the conclusions
 * @trigger: the engine
 * @now: the time
 */
void sidestep_decide(struct sidestep_trigger *trigger, __u64 now)
{
	if (trigger->config.mode != SIDESTEP_MODE_AUTO ||
	    failure_moves(trigger, now))
		return;
	if (trigger->stage != SIDESTEP_DECISION_EXECUTE &&
	    rule_moves(trigger, SIDESTEP_DECISION_EXECUTE, now))
		return;
	if (trigger->stage == SIDESTEP_DECISION_RELEASE) {
		if (!rule_moves(trigger, SIDESTEP_DECISION_PREPARE, now))
			trend_moves(trigger, now);
	} else if (sidestep_decide_at(trigger) <= now) {
		release(trigger, now);
	}
}

/**
 * sidestep_decide_near() - whether a rule is near, so that more should be known
 * @trigger: the engine
 *
 * Return: as said; always if the session is not at home.
 */
bool sidestep_decide_near(const struct sidestep_trigger *trigger)
{
	const struct sidestep_measured *signal =
		&trigger->measured[SIDESTEP_PATH_DIRECT][SIDESTEP_QUANTITY_SIGNAL];
	__s32 threshold = rule_of(trigger, SIDESTEP_DECISION_PREPARE)
			  ->threshold[SIDESTEP_QUANTITY_SIGNAL];

	return trigger->stage != SIDESTEP_DECISION_RELEASE ||
	       is_bad(trigger, true) ||
	       (signal->known && threshold != SIDESTEP_TRIGGER_OFF &&
		signal->value < threshold + SIDESTEP_TRIGGER_NEAR);
}
