// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the trigger engine under arbitrary rules, measurements, orders
 * and times, against a model that looks at everything in every millisecond. The
 * engine is called only when it is told something, when it asked to be, or late.
 * What is refused changes nothing, and what is decided is true as it is said.
 */
#include "input.h"
#include "words.h"

#define MS 1000000ULL
#define START (1000ULL * 1000)
#define LONGEST (100ULL * 1000)
#define RULED SIDESTEP_QUANTITIES_RULED
#define RELEASE SIDESTEP_DECISION_RELEASE
#define PREPARE SIDESTEP_DECISION_PREPARE
#define EXECUTE SIDESTEP_DECISION_EXECUTE
#define DIRECT SIDESTEP_PATH_DIRECT
#define INFRA SIDESTEP_PATH_INFRA
#define SIGNAL SIDESTEP_QUANTITY_SIGNAL
#define LIVENESS SIDESTEP_QUANTITY_LIVENESS

static struct sidestep_trigger t;
static __u64 now;

/**
 * struct model - what should be so; times in ms, 0 for never
 * @at: of the last measurement, by path and quantity
 * @value: of it
 * @ever: whether that was ever measured on the direct path
 * @falling: the signal was measured, and nothing was decided since
 * @entered: whether an event is, by decision and quantity
 * @fresh: ... and nothing was decided since
 * @entering: since when its entering condition holds
 * @leaving: since when its leaving condition holds
 * @link: enum sidestep_link, by path
 * @link_at: since when
 * @lost: losses in a row
 * @heard: answers in a row
 * @failed: the direct path has, and nothing was decided since
 * @stage: enum sidestep_decision
 * @away_at: when the session left home
 * @order_id: of the helper's last order
 * @order: what that was; SIDESTEP_DECISIONS for none
 */
static struct model {
	__u64 at[2][SIDESTEP_QUANTITIES];
	__s32 value[2][SIDESTEP_QUANTITIES];
	bool ever[RULED];
	bool falling;
	bool entered[SIDESTEP_DECISIONS][RULED];
	bool fresh[SIDESTEP_DECISIONS][RULED];
	__u64 entering[SIDESTEP_DECISIONS][RULED];
	__u64 leaving[SIDESTEP_DECISIONS][RULED];
	unsigned int link[2];
	__u64 link_at[2];
	__u32 lost[2];
	__u32 heard[2];
	bool failed;
	unsigned int stage;
	__u64 away_at;
	__u64 order_id;
	unsigned int order;
} model;

static bool works(unsigned int path)
{
	return model.link[path] == SIDESTEP_LINK_ALIVE ||
	       model.link[path] == SIDESTEP_LINK_SHAKY;
}

static bool is_dead(unsigned int path)
{
	return model.link[path] == SIDESTEP_LINK_FAILED ||
	       model.link[path] == SIDESTEP_LINK_GONE;
}

static void model_reset_events(unsigned int q)
{
	for (int d = 0; d < SIDESTEP_DECISIONS; d++) {
		model.entered[d][q] = false;
		model.fresh[d][q] = false;
		model.entering[d][q] = 0;
		model.leaving[d][q] = 0;
	}
}

static void model_expire(unsigned int path, unsigned int q, __u64 ms)
{
	__u64 stale = path == DIRECT ? (__u64)t.config.stale_ms :
				       SIDESTEP_TRIGGER_STALE_INFRA;

	if (!model.at[path][q] || ms - model.at[path][q] < stale)
		return;
	model.at[path][q] = 0;
	if (path == DIRECT && q < RULED)
		model_reset_events(q);
	if (q != LIVENESS)
		return;
	model.link[path] = SIDESTEP_LINK_UNKNOWN;
	model.lost[path] = 0;
	model.heard[path] = 0;
	if (path == DIRECT)
		model.failed = false;
}

static void model_link(unsigned int path, unsigned int state, __u64 ms)
{
	model.link[path] = state;
	model.link_at[path] = ms;
	if (path == DIRECT && state == SIDESTEP_LINK_FAILED)
		model.failed = true;
	if (path == DIRECT && state == SIDESTEP_LINK_ALIVE)
		model.failed = false;
}

static void model_timers(unsigned int path, __u64 ms)
{
	const struct sidestep_linkfail_limits *limits = &t.config.link;
	__u64 passed = ms - model.link_at[path];

	if (model.link[path] == SIDESTEP_LINK_SHAKY &&
	    passed >= (__u64)limits->t310_ms)
		model_link(path, SIDESTEP_LINK_FAILED, ms);
	else if (model.link[path] == SIDESTEP_LINK_FAILED &&
		 passed >= (__u64)limits->t311_ms)
		model_link(path, SIDESTEP_LINK_GONE, ms);
}

static void model_alive(unsigned int path, bool answered, __u64 ms)
{
	const struct sidestep_linkfail_limits *limits = &t.config.link;
	bool unknown = model.link[path] == SIDESTEP_LINK_UNKNOWN;

	model.heard[path] = answered ? model.heard[path] + 1 : 0;
	model.lost[path] = answered ? 0 : model.lost[path] + 1;
	if (answered && model.link[path] != SIDESTEP_LINK_ALIVE &&
	    (unknown || model.heard[path] >= (__u32)limits->n311))
		model_link(path, SIDESTEP_LINK_ALIVE, ms);
	if (answered || !works(path))
		return;
	if (model.lost[path] >= (__u32)limits->consecutive_loss)
		model_link(path, SIDESTEP_LINK_FAILED, ms);
	else if (model.link[path] == SIDESTEP_LINK_ALIVE &&
		 model.lost[path] >= (__u32)limits->n310)
		model_link(path, SIDESTEP_LINK_SHAKY, ms);
}

/* By how much a value is on the deciding side of a threshold. */
static __s32 beyond(unsigned int d, unsigned int q, __s32 value,
		    __s32 threshold)
{
	bool good_is_high = q == SIGNAL;

	return (d == RELEASE) == good_is_high ? value - threshold :
						threshold - value;
}

static void model_conditions(unsigned int d, unsigned int q, bool *enters,
			     bool *leaves)
{
	const struct sidestep_rule *rule = &t.config.rule[d];
	__s32 hys = q == SIGNAL ? rule->hysteresis_mdb / 10 : 0;
	__s32 by = beyond(d, q, model.value[DIRECT][q], rule->threshold[q]);
	__s32 least = t.config.infra_threshold_mbm, infra;

	*enters = by > hys;
	*leaves = by < -hys;
	if (d != EXECUTE)
		return;
	if (q == SIGNAL && least != SIDESTEP_TRIGGER_OFF) {
		infra = model.value[INFRA][SIGNAL] - least;
		*enters = *enters && model.at[INFRA][SIGNAL] && infra > hys;
		*leaves = *leaves || (model.at[INFRA][SIGNAL] && infra < -hys);
	}
	*enters = *enters && works(INFRA);
	*leaves = *leaves || is_dead(INFRA);
}

static void model_since(__u64 *since, bool holds, __u64 ms)
{
	*since = holds ? *since ? *since : ms : 0;
}

static void model_flip(unsigned int d, unsigned int q, __u64 ms)
{
	__u64 since = model.entered[d][q] ? model.leaving[d][q] :
					    model.entering[d][q];

	if (!since || ms - since < (__u64)t.config.rule[d].time_to_trigger_ms)
		return;
	model.entered[d][q] = !model.entered[d][q];
	model.fresh[d][q] = model.entered[d][q];
}

static void model_event(unsigned int d, unsigned int q, __u64 ms)
{
	bool enters, leaves;

	if (!model.at[DIRECT][q] ||
	    t.config.rule[d].threshold[q] == SIDESTEP_TRIGGER_OFF)
		return;
	model_flip(d, q, ms);
	model_conditions(d, q, &enters, &leaves);
	model_since(&model.entering[d][q], enters, ms);
	model_since(&model.leaving[d][q], leaves, ms);
	model_flip(d, q, ms);
}

static void model_move(unsigned int decision, __u64 ms)
{
	if (model.stage == RELEASE)
		model.away_at = ms;
	model.stage = decision;
	memset(model.fresh, 0, sizeof(model.fresh));
	model.falling = false;
	model.failed = false;
}

static bool model_fresh(unsigned int d)
{
	return model.fresh[d][0] || model.fresh[d][1] || model.fresh[d][2];
}

static bool model_may_release(__u64 ms)
{
	__u64 hold = t.config.hold_ms;

	if (model.link[DIRECT] != SIDESTEP_LINK_ALIVE ||
	    ms - model.link_at[DIRECT] < hold ||
	    ms - model.away_at < (__u64)t.config.min_stay_ms)
		return false;
	for (unsigned int q = 0; q < RULED; q++) {
		if (model.entered[PREPARE][q] || model.entered[EXECUTE][q])
			return false;
		if (!model.ever[q] ||
		    t.config.rule[RELEASE].threshold[q] == SIDESTEP_TRIGGER_OFF)
			continue;
		if (!model.entered[RELEASE][q] || !model.entering[RELEASE][q] ||
		    ms - model.entering[RELEASE][q] < hold)
			return false;
	}
	return true;
}

static void model_decide(__u64 ms)
{
	bool trend = model.falling && model.at[DIRECT][SIGNAL] &&
		     t.falls_in >= 0 &&
		     t.falls_in <= t.config.horizon_ms;

	if (t.config.mode != SIDESTEP_MODE_AUTO)
		return;
	if (model.failed && !is_dead(INFRA) && model.stage != EXECUTE) {
		model_move(EXECUTE, ms);
	} else if (model.failed && is_dead(INFRA) && model.stage == RELEASE) {
		model_move(PREPARE, ms);
		model.failed = true;
	} else if (model.stage != EXECUTE && model_fresh(EXECUTE)) {
		model_move(EXECUTE, ms);
	} else if (model.stage == RELEASE) {
		if (model_fresh(PREPARE) || trend)
			model_move(PREPARE, ms);
	} else if (model_may_release(ms)) {
		model_move(RELEASE, ms);
	}
}

static void model_settle(__u64 ms)
{
	for (unsigned int path = DIRECT; path <= INFRA; path++) {
		model_timers(path, ms);
		for (unsigned int q = 0; q < SIDESTEP_QUANTITIES; q++)
			model_expire(path, q, ms);
	}
	for (unsigned int d = 0; d < SIDESTEP_DECISIONS; d++)
		for (unsigned int q = 0; q < RULED; q++)
			model_event(d, q, ms);
	model_decide(ms);
}

static bool is_true(const struct sidestep_cause *cause)
{
	if (cause->kind != SIDESTEP_CAUSE_RULE)
		return true;
	if ((cause->decision == RELEASE) == (cause->quantity == SIGNAL))
		return cause->value > cause->threshold;
	return cause->value < cause->threshold;
}

static void check(void)
{
	struct sidestep_trigger_verdict verdict;
	char words[SIDESTEP_WORDS_LEN];
	unsigned int before = t.stage;
	bool told = t.decided;

	sidestep_trigger_tick(&t, now * MS, &verdict);
	assert(verdict.tick_at > now * MS);
	assert(verdict.decided || (t.stage == before && !told));
	assert(t.stage == model.stage);
	for (unsigned int path = DIRECT; path <= INFRA; path++) {
		assert(t.link[path].state == model.link[path]);
		for (unsigned int q = 0; q < SIDESTEP_QUANTITIES; q++)
			assert(t.measured[path][q].known == !!model.at[path][q]);
	}
	if (!verdict.decided)
		return;
	assert(verdict.cause.decision == t.stage && is_true(&verdict.cause));
	assert(sidestep_words_cause(&verdict.cause, words, sizeof(words)) <
	       SIDESTEP_WORDS_LEN - 1);
}

/* The engine is asked at the end, and on the way when it wants to be, or not. */
static void pass(unsigned int ms, bool late)
{
	struct sidestep_trigger_verdict verdict;
	__u64 end = now + ms;

	if (end > START + LONGEST)
		return;
	sidestep_trigger_tick(&t, now * MS, &verdict);
	while (now < end) {
		now++;
		model_settle(now);
		if (!late && verdict.tick_at <= now * MS) {
			assert(verdict.tick_at == now * MS);
			check();
			sidestep_trigger_tick(&t, now * MS, &verdict);
		}
	}
}

static void measure(struct input *in)
{
	static const __s32 span[] = { 22000, 1100, 60100000, 3 };
	unsigned int path = TAKE(__u8, in) % 8 % 3;
	unsigned int q = TAKE(__u8, in) % 32 % 5;
	__u32 raw = TAKE(__u16, in);
	__s32 value = q == SIGNAL ? -16000 + (__s32)(raw % span[0]) :
		      (__s32)(raw * (q == 2 ? 1000 : 1) % span[q % 4]);
	__u64 at = now - (TAKE(__u8, in) % 16 == 0 ? TAKE(__u16, in) : 0);
	struct sidestep_trigger before = t;
	const char *why;
	int err;

	at += TAKE(__u8, in) % 64 == 1;
	err = sidestep_trigger_measure(&t, now * MS, path, q, value, at * MS,
				       &why);
	assert(!err == !why);
	if (err) {
		assert(!memcmp(&t, &before, sizeof(t)));
		return;
	}
	assert(path < 2 && q < SIDESTEP_QUANTITIES && at <= now);
	model.at[path][q] = at;
	if (path == DIRECT && q < RULED)
		model.ever[q] = true;
	if (path == DIRECT && q == SIGNAL)
		model.falling = true;
	model.value[path][q] = t.measured[path][q].value;
	if (q == LIVENESS)
		model_alive(path, value, now);
	model_settle(now);
}

static void order(struct input *in)
{
	__u8 op = TAKE(__u8, in);
	struct sidestep_trigger_order given = {
		.decision = op % 4,
		.helper = op & 4,
		.id = TAKE(__u8, in),
		.why = op & 8 ? "a reason" : op & 16 ? "\t" : "",
	};
	bool old = given.helper && model.order != SIDESTEP_DECISIONS &&
		   given.id <= model.order_id;
	struct sidestep_trigger before = t;
	const char *why;
	int ret = sidestep_trigger_order(&t, now * MS, &given, &why);

	assert((ret < 0) == !!why);
	assert((ret == 1) == (t.stage == given.decision && ret >= 0 && !old &&
			      given.decision != model.stage));
	if (ret < 0 || old) {
		assert(!memcmp(&t, &before, sizeof(t)));
		assert(ret < 0 || given.decision == model.order);
		return;
	}
	assert(t.config.mode != SIDESTEP_MODE_HOLD);
	if (given.helper) {
		model.order = given.decision;
		model.order_id = given.id;
	}
	if (!ret)
		return;
	model_move(given.decision, now);
	/* Where nothing holds it back. */
	if (t.config.mode == SIDESTEP_MODE_AUTO && model.stage != RELEASE &&
	    model_may_release(now))
		model_move(RELEASE, now);
}

static __s32 take_threshold(struct input *in, unsigned int q)
{
	__u16 raw = TAKE(__u16, in);

	if (raw % 8 == 0)
		return SIDESTEP_TRIGGER_OFF;
	return q == SIGNAL ? -(__s32)(raw % 15100) :
	       q == SIDESTEP_QUANTITY_LOSS ? raw % 1010 : raw * 1000;
}

static void configure(struct input *in)
{
	static const __u16 times[] = { 0, 40, 160, 512, 5120, 33 };
	static const __u16 counts[] = { 1, 2, 3, 4, 8, 5 };
	static const __u16 t310s[] = { 0, 50, 200, 1000 };
	static const __u16 coefficients[] = { 0, 4, 8, 19 };
	struct sidestep_trigger_config config = t.config;
	struct sidestep_trigger_fault fault;
	__u8 op = TAKE(__u8, in);

	config.mode = op % 16 == 15 ? 3 : op % 16 % 3 * (op & 0x80 ? 1 : 0);
	config.filter_coefficient = coefficients[op >> 4 & 3];
	for (unsigned int d = 0; d < SIDESTEP_DECISIONS; d++) {
		for (unsigned int q = 0; q < RULED; q++)
			config.rule[d].threshold[q] = take_threshold(in, q);
		config.rule[d].hysteresis_mdb = TAKE(__u8, in) % 31 * 500;
		config.rule[d].time_to_trigger_ms = times[TAKE(__u8, in) % 64 % 6];
	}
	config.infra_threshold_mbm = take_threshold(in, SIGNAL);
	config.link.consecutive_loss = counts[TAKE(__u8, in) % 64 % 6];
	config.link.n310 = counts[TAKE(__u8, in) % 5];
	config.link.n311 = counts[TAKE(__u8, in) % 5];
	config.link.t310_ms = t310s[TAKE(__u8, in) % 4];
	config.link.t311_ms = 1000;
	config.horizon_ms = TAKE(__u8, in) % 4 * 1000;
	config.hold_ms = TAKE(__u8, in) * 16;
	config.min_stay_ms = TAKE(__u8, in) * 32;
	config.stale_ms = 1000 + TAKE(__u8, in) * 16;
	if (!sidestep_trigger_check(&config, &fault)) {
		assert(fault.field && fault.why);
		return;
	}
	for (unsigned int q = 0; q < RULED; q++)
		model_reset_events(q);
	for (unsigned int path = DIRECT; path <= INFRA; path++)
		if (config.filter_coefficient != t.config.filter_coefficient)
			model.at[path][SIGNAL] = 0;
	sidestep_trigger_configure(&t, now * MS, &config);
	model_settle(now);
}

static void step(struct input *in)
{
	__u8 op = TAKE(__u8, in);

	switch (op % 8) {
	case 0:
		pass(1 + TAKE(__u8, in), op & 8);
		break;
	case 1:
		pass(TAKE(__u8, in) * 16, op & 8);
		break;
	case 2:
		order(in);
		break;
	case 3:
		if (op & 0x10)
			configure(in);
		break;
	default:
		measure(in);
		pass(op >> 3, false);
		break;
	}
	if (op & 0x20)
		check();
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };

	now = START;
	model = (struct model){ .order = SIDESTEP_DECISIONS };
	sidestep_trigger_init(&t, false, now * MS);
	while (in.size)
		step(&in);
	check();
	return 0;
}
