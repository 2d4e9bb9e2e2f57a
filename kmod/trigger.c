// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trigger engine of a session: measurements, orders and the time go in,
 * decisions come out, with what made them. Pure: no lock, no clock, no timer.
 *
 * What happens at a time is settled at that time, however late the engine is
 * called: first everything that was due before, in order, then what is new.
 */
#include "decide.h"
#include "trigger.h"

/**
 * sidestep_trigger_init() - begin: at home, with nothing known
 * @trigger: the engine
 * @patient: whether the peer asks on paths that are calm; it must think the
 *	     opposite of this host
 * @now: the time
 *
 * The rules are sidestep_trigger_defaults.
 */
void sidestep_trigger_init(struct sidestep_trigger *trigger, bool patient,
			   __u64 now)
{
	unsigned int path, d, q;

	memset(trigger, 0, sizeof(*trigger));
	trigger->config = sidestep_trigger_defaults;
	trigger->now = now;
	trigger->falls_in = -1;
	for (d = 0; d < SIDESTEP_DECISIONS; d++)
		for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
			sidestep_event_reset(&trigger->event[d][q]);
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		sidestep_linkfail_reset(&trigger->link[path], now);
		sidestep_pace_init(&trigger->pace[path], patient, now);
	}
}

static __u64 stale_at(const struct sidestep_trigger *trigger,
		      unsigned int path, unsigned int quantity)
{
	const struct sidestep_measured *measured =
		&trigger->measured[path][quantity];
	__s32 ms = path == SIDESTEP_PATH_DIRECT ? trigger->config.stale_ms :
						  SIDESTEP_TRIGGER_STALE_INFRA;

	return measured->known ? measured->at + sidestep_ms_to_ns(ms) :
				 SIDESTEP_NEVER;
}

/* A quantity is not known any more. */
static void forget(struct sidestep_trigger *trigger, unsigned int path,
		   unsigned int quantity, __u64 now)
{
	unsigned int d;

	trigger->measured[path][quantity].known = false;
	if (quantity == SIDESTEP_QUANTITY_LIVENESS)
		sidestep_linkfail_reset(&trigger->link[path], now);
	if (quantity == SIDESTEP_QUANTITY_SIGNAL)
		sidestep_l3filter_reset(&trigger->filter[path]);
	if (path != SIDESTEP_PATH_DIRECT ||
	    quantity >= SIDESTEP_QUANTITIES_RULED)
		return;
	for (d = 0; d < SIDESTEP_DECISIONS; d++)
		sidestep_event_reset(&trigger->event[d][quantity]);
	if (quantity == SIDESTEP_QUANTITY_SIGNAL) {
		sidestep_trend_reset(&trigger->trend);
		trigger->falls_in = -1;
	}
}

/* When something happens by itself next. */
static __u64 next_at(const struct sidestep_trigger *trigger)
{
	__u64 next = sidestep_decide_at(trigger), at;
	unsigned int path, d, q;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		at = sidestep_linkfail_wake(&trigger->link[path],
					    &trigger->config.link);
		next = at < next ? at : next;
		for (q = 0; q < SIDESTEP_QUANTITIES; q++) {
			at = stale_at(trigger, path, q);
			next = at < next ? at : next;
		}
	}
	for (d = 0; d < SIDESTEP_DECISIONS; d++)
		for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++) {
			__s32 ttt = trigger->config.rule[d].time_to_trigger_ms;

			at = sidestep_event_wake(&trigger->event[d][q],
						 sidestep_ms_to_ns(ttt));
			next = at < next ? at : next;
		}
	return next;
}

static void settle(struct sidestep_trigger *trigger, __u64 now)
{
	unsigned int path, d, q;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		sidestep_linkfail_tick(&trigger->link[path],
				       &trigger->config.link, now);
		for (q = 0; q < SIDESTEP_QUANTITIES; q++)
			if (stale_at(trigger, path, q) <= now)
				forget(trigger, path, q, now);
	}
	for (d = 0; d < SIDESTEP_DECISIONS; d++)
		for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++) {
			__s32 ttt = trigger->config.rule[d].time_to_trigger_ms;

			sidestep_event_tick(&trigger->event[d][q],
					    sidestep_ms_to_ns(ttt), now);
		}
	sidestep_decide_judge(trigger, now);
	sidestep_decide(trigger, now);
}

/* Each turn of the loop uses up what was due. */
static void advance(struct sidestep_trigger *trigger, __u64 now)
{
	__u64 at;

	for (at = next_at(trigger); at <= now; at = next_at(trigger)) {
		if (at > trigger->now)
			trigger->now = at;
		settle(trigger, trigger->now);
	}
	trigger->now = now;
}

/**
 * sidestep_trigger_configure() - set the rules
 * @trigger: the engine
 * @now: the time, not before that of the last call
 * @config: rules that sidestep_trigger_check() has found good
 *
 * Reporting entries are removed and times to trigger begin anew (5.8.10.2.3). The
 * filter begins anew if its coefficient is another.
 */
void sidestep_trigger_configure(struct sidestep_trigger *trigger, __u64 now,
				const struct sidestep_trigger_config *config)
{
	bool refilter = config->filter_coefficient !=
			trigger->config.filter_coefficient;
	unsigned int path, d, q;

	advance(trigger, now);
	trigger->config = *config;
	for (d = 0; d < SIDESTEP_DECISIONS; d++)
		for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
			sidestep_event_reset(&trigger->event[d][q]);
	for (path = 0; path <= SIDESTEP_PATH_MAX && refilter; path++)
		forget(trigger, path, SIDESTEP_QUANTITY_SIGNAL, now);
	trigger->falls_in = -1;
	settle(trigger, now);
}

/**
 * sidestep_trigger_forget() - a path is another now: nothing of it is known
 * @trigger: the engine
 * @now: the time, not before that of the last call
 * @path: enum sidestep_path
 */
void sidestep_trigger_forget(struct sidestep_trigger *trigger, __u64 now,
			     unsigned int path)
{
	unsigned int q;

	advance(trigger, now);
	for (q = 0; q < SIDESTEP_QUANTITIES; q++) {
		forget(trigger, path, q, now);
		trigger->measured[path][q].at = 0;
	}
	settle(trigger, now);
}

static int measure_check(const struct sidestep_trigger *trigger, __u64 now,
			 unsigned int path, unsigned int quantity, __s32 value,
			 __u64 at, const char **why)
{
	static const struct {
		__s32 min, max;
		const char *why;
	} ranges[SIDESTEP_QUANTITIES] = {
		[SIDESTEP_QUANTITY_SIGNAL] = {
			-15000, 5000, "a signal is -15000 to 5000 mBm" },
		[SIDESTEP_QUANTITY_LOSS] = {
			0, 1000, "a loss is 0 to 1000 permille" },
		[SIDESTEP_QUANTITY_RTT] = {
			0, 60000000, "a round-trip time is 0 to 60000000 us" },
		[SIDESTEP_QUANTITY_LIVENESS] = { 0, 1, "liveness is 0 or 1" },
	};

	*why = "there is no such path";
	if (path > SIDESTEP_PATH_MAX)
		return -ENODEV;
	*why = "there is no such quantity";
	if (quantity >= SIDESTEP_QUANTITIES)
		return -EINVAL;
	*why = ranges[quantity].why;
	if (value < ranges[quantity].min || value > ranges[quantity].max)
		return -ERANGE;
	*why = "measured in the future";
	if (at > now || now < trigger->now)
		return -EINVAL;
	*why = "measured before what is known already";
	if (at < trigger->measured[path][quantity].at)
		return -ESTALE;
	return 0;
}

static void take_signal(struct sidestep_trigger *trigger, unsigned int path,
			__s32 value, __u64 at)
{
	const struct sidestep_trigger_config *config = &trigger->config;
	__s32 level = config->rule[SIDESTEP_DECISION_EXECUTE]
		      .threshold[SIDESTEP_QUANTITY_SIGNAL];
	struct sidestep_l3filter *filter = &trigger->filter[path];

	sidestep_l3filter_add(filter, config->filter_coefficient, value, at);
	trigger->measured[path][SIDESTEP_QUANTITY_SIGNAL].value =
		sidestep_l3filter_value(filter);
	if (path != SIDESTEP_PATH_DIRECT || !config->horizon_ms ||
	    level == SIDESTEP_TRIGGER_OFF)
		return;
	sidestep_trend_add(&trigger->trend, value, at);
	trigger->falls_in = sidestep_trend_until(&trigger->trend,
						 config->window_ms, level);
	trigger->falls_news = true;
}

static void take(struct sidestep_trigger *trigger, __u64 now, unsigned int path,
		 unsigned int quantity, __s32 value, __u64 at)
{
	struct sidestep_measured *measured = &trigger->measured[path][quantity];
	struct sidestep_linkfail *link = &trigger->link[path];

	measured->known = true;
	measured->at = at;
	measured->value = value;
	if (quantity == SIDESTEP_QUANTITY_SIGNAL)
		take_signal(trigger, path, value, at);
	if (quantity == SIDESTEP_QUANTITY_LIVENESS && value)
		sidestep_linkfail_answer(link, &trigger->config.link, now);
	else if (quantity == SIDESTEP_QUANTITY_LIVENESS)
		sidestep_linkfail_loss(link, &trigger->config.link, now);
}

/**
 * sidestep_trigger_measure() - say what was measured
 * @trigger: the engine
 * @now: the time
 * @path: enum sidestep_path
 * @quantity: enum sidestep_quantity
 * @value: in the quantity's unit, not filtered
 * @at: when it was measured, by the same clock
 * @why: a text that stays, if it is refused
 *
 * Ask sidestep_trigger_tick() what follows.
 *
 * Return: 0, or if it is refused and all is as before: -ENODEV, -EINVAL, -ERANGE,
 *	   or -ESTALE if something later was measured before, or it is stale.
 */
int sidestep_trigger_measure(struct sidestep_trigger *trigger, __u64 now,
			     unsigned int path, unsigned int quantity,
			     __s32 value, __u64 at, const char **why)
{
	int err = measure_check(trigger, now, path, quantity, value, at, why);

	if (err)
		return err;
	*why = "measured too long ago";
	if (now - at >= sidestep_ms_to_ns(path == SIDESTEP_PATH_DIRECT ?
					  trigger->config.stale_ms :
					  SIDESTEP_TRIGGER_STALE_INFRA))
		return -ESTALE;
	*why = NULL;
	advance(trigger, now);
	take(trigger, now, path, quantity, value, at);
	settle(trigger, now);
	return 0;
}

static bool is_printable(const char *text)
{
	unsigned int i;

	for (i = 0; text[i]; i++)
		if (text[i] < ' ' || text[i] > '~' ||
		    i == SIDESTEP_TRIGGER_WHY_LEN - 1)
			return false;
	return true;
}

static int order_check(const struct sidestep_trigger *trigger, __u64 now,
		       const struct sidestep_trigger_order *order,
		       const char **why)
{
	bool again = order->helper && trigger->ordered &&
		     order->id == trigger->order_id;

	*why = "there is no such decision";
	if (order->decision >= SIDESTEP_DECISIONS)
		return -EINVAL;
	*why = "a reason is 47 printable characters at most";
	if (!is_printable(order->why))
		return -EINVAL;
	*why = "ordered in the past";
	if (now < trigger->now)
		return -EINVAL;
	*why = "an order with a later id came before";
	if (order->helper && trigger->ordered && order->id < trigger->order_id)
		return -ESTALE;
	*why = "another order had this id";
	if (again && order->decision != trigger->order)
		return -EEXIST;
	*why = "the mode is hold";
	if (!again && trigger->config.mode == SIDESTEP_MODE_HOLD)
		return -EBUSY;
	*why = NULL;
	return again;
}

/**
 * sidestep_trigger_order() - decide as others want, whatever the measurements say
 * @trigger: the engine
 * @now: the time
 * @order: the order
 * @why: a text that stays, if it is refused
 *
 * Return: 1 if something was decided, 0 if it was so already or the same order
 *	   came before, or if it is refused and all is as before: -EINVAL, -ESTALE,
 *	   -EEXIST or -EBUSY.
 */
int sidestep_trigger_order(struct sidestep_trigger *trigger, __u64 now,
			   const struct sidestep_trigger_order *order,
			   const char **why)
{
	struct sidestep_cause cause = {
		.decision = order->decision,
		.kind = order->helper ? SIDESTEP_CAUSE_HELPER :
					SIDESTEP_CAUSE_HAND,
		.id = order->id,
	};
	int err = order_check(trigger, now, order, why);

	if (err)
		return err < 0 ? err : 0;
	advance(trigger, now);
	if (order->helper) {
		trigger->ordered = true;
		trigger->order = order->decision;
		trigger->order_id = order->id;
	}
	if (order->decision == trigger->stage)
		return 0;
	scnprintf(cause.why, sizeof(cause.why), "%s", order->why);
	sidestep_decide_move(trigger, &cause, now);
	return 1;
}

static __u64 probe_direct(const struct sidestep_trigger *trigger)
{
	const struct sidestep_linkfail *link =
		&trigger->link[SIDESTEP_PATH_DIRECT];
	const struct sidestep_pace *pace = &trigger->pace[SIDESTEP_PATH_DIRECT];

	if (link->state == SIDESTEP_LINK_FAILED)
		return sidestep_pace_due(pace, SIDESTEP_PACE_SEARCH);
	if (!sidestep_linkfail_works(link))
		return sidestep_pace_due(pace, SIDESTEP_PACE_GONE);
	if (link->lost || link->state == SIDESTEP_LINK_SHAKY)
		return sidestep_pace_due(pace, SIDESTEP_PACE_DOUBT);
	if (sidestep_decide_near(trigger))
		return sidestep_pace_due(pace, SIDESTEP_PACE_NEAR);
	return sidestep_pace_calm(pace);
}

static __u64 probe_infra(const struct sidestep_trigger *trigger)
{
	const struct sidestep_linkfail *link =
		&trigger->link[SIDESTEP_PATH_INFRA];
	const struct sidestep_pace *pace = &trigger->pace[SIDESTEP_PATH_INFRA];
	bool doubt = sidestep_linkfail_works(link) && link->lost;

	if (trigger->stage != SIDESTEP_DECISION_RELEASE)
		return sidestep_pace_due(pace, doubt ?
					 SIDESTEP_PACE_INFRA_DOUBT :
					 SIDESTEP_PACE_INFRA_USED);
	if (doubt || sidestep_decide_near(trigger))
		return sidestep_pace_due(pace, SIDESTEP_PACE_INFRA_NEAR);
	return sidestep_pace_due(pace, SIDESTEP_PACE_STANDBY);
}

/**
 * sidestep_trigger_tick() - ask what is to be done
 * @trigger: the engine
 * @now: the time
 * @verdict: is put here
 *
 * To be called at the time that the last verdict said, and whenever the engine was
 * told something.
 */
void sidestep_trigger_tick(struct sidestep_trigger *trigger, __u64 now,
			   struct sidestep_trigger_verdict *verdict)
{
	advance(trigger, now > trigger->now ? now : trigger->now);
	verdict->decided = trigger->decided;
	verdict->cause = trigger->cause;
	verdict->tick_at = next_at(trigger);
	verdict->probe_at[SIDESTEP_PATH_DIRECT] = probe_direct(trigger);
	verdict->probe_at[SIDESTEP_PATH_INFRA] = probe_infra(trigger);
	trigger->decided = false;
}
