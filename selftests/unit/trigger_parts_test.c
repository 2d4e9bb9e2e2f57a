// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parts of the trigger engine: layer 3 filter, events, link failure,
 * extrapolation, words. The formulas are those of TS 38.331, in floating point
 * or as tables.
 */
#include <math.h>

#include "ktap.h"
#include "random.h"
#include "words.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)

static __u64 seed;

/* Fn = (1 - a) Fn-1 + a Mn, a' = 1 - (1 - a)^(T/X). */
struct reference {
	double value;
	bool started;
};

static void reference_add(struct reference *f, int k, double sample, double ms)
{
	double a = pow(2, -k / 4.0);
	double past = f->started ? pow(1 - a, ms / 200) : 0;

	f->value = past * f->value + (1 - past) * sample;
	f->started = true;
}

static void filter_like_formula(unsigned int k, __u64 *state)
{
	struct sidestep_l3filter filter = { 0 };
	struct reference reference = { 0 };
	__u64 at = 0, step;
	double worst = 0;

	for (int i = 0; i < 2000; i++) {
		__s32 sample = -9000 + (__s32)random_below(state, 6000);

		step = random_below(state, 4) ? 100 * MS :
		       1 + random_below(state, 3000 * MS);
		at += step;
		sidestep_l3filter_add(&filter, k, sample, at);
		reference_add(&reference, k, sample, step / 1e6);
		worst = fmax(worst, fabs(sidestep_l3filter_value(&filter) -
					 reference.value));
	}
	ktap_expect(worst < 0.6, __LINE__, "fc%u: off by %.3f mBm", k, worst);
}

static void filter_formula(void)
{
	static const unsigned int all[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
					    11, 13, 15, 17, 19 };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		filter_like_formula(all[i], &seed);
}

static __s32 filtered(unsigned int k, __s32 first, __s32 then, __u64 period,
		      unsigned int count)
{
	struct sidestep_l3filter filter = { 0 };
	__u64 at = 5 * SECOND;

	sidestep_l3filter_add(&filter, k, first, at);
	while (count--)
		sidestep_l3filter_add(&filter, k, then, at += period);
	return sidestep_l3filter_value(&filter);
}

static void filter_first_and_none(void)
{
	EXPECT(filtered(19, -7000, 0, 0, 0) == -7000);
	EXPECT(filtered(0, -7000, -8000, MS, 1) == -8000);
	EXPECT(filtered(4, -7000, -8000, 200 * MS, 1) == -7500);
	EXPECT(filtered(8, -7000, -8000, 200 * MS, 1) == -7250);
	EXPECT(filtered(4, -20000, 20000, 3600 * SECOND, 1) == 20000);
}

/* However often it is measured, so much of a step is passed in 1 s. */
static void filter_keeps_time(void)
{
	__s32 once = filtered(4, -7000, -8000, SECOND, 1);

	EXPECT(once == -7969);
	EXPECT(abs(filtered(4, -7000, -8000, 200 * MS, 5) - once) <= 1);
	EXPECT(abs(filtered(4, -7000, -8000, 100 * MS, 10) - once) <= 1);
	EXPECT(abs(filtered(4, -7000, -8000, MS, 1000) - once) <= 1);
	EXPECT(abs(filtered(19, -7000, -8000, MS, 1000) -
		   filtered(19, -7000, -8000, SECOND, 1)) <= 1);
}

static void inequalities(void)
{
	static const struct {
		__s32 value;
		bool s1_enters, s1_leaves, s2_enters, s2_leaves;
	} table[] = {
		/* Thresh -7200, Hys 100 */
		{ -7301, false, true, true, false },
		{ -7300, false, false, false, false },
		{ -7200, false, false, false, false },
		{ -7100, false, false, false, false },
		{ -7099, true, false, false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct sidestep_condition s1 =
			sidestep_event_s1(table[i].value, 100, -7200);
		struct sidestep_condition s2 =
			sidestep_event_s2(table[i].value, 100, -7200);

		ktap_expect(s1.enters == table[i].s1_enters &&
			    s1.leaves == table[i].s1_leaves &&
			    s2.enters == table[i].s2_enters &&
			    s2.leaves == table[i].s2_leaves, __LINE__,
			    "of %d", table[i].value);
	}
}

static void inequalities_of_x1(void)
{
	static const struct {
		__s32 mr, mn;
		bool enters, leaves;
	} table[] = {
		/* Thresh1 -8200, Thresh2 -10000, Hys 100 */
		{ -8301, -9899, true, false },
		{ -8300, -9899, false, false },
		{ -8301, -9900, false, false },
		{ -8100, -9899, false, false },
		{ -8099, -9899, false, true },
		{ -8301, -10100, false, false },
		{ -8301, -10101, false, true },
		{ -8099, -10101, false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct sidestep_condition x1 =
			sidestep_event_x1(table[i].mr, table[i].mn, 100, -8200,
					  -10000);

		ktap_expect(x1.enters == table[i].enters &&
			    x1.leaves == table[i].leaves, __LINE__,
			    "of %d and %d", table[i].mr, table[i].mn);
	}
}

#define TTT (160 * MS)

static struct sidestep_meas_event event;

/* A tick, then a measurement with threshold -7200 and hysteresis 100. */
static bool entered_at(__u64 ms, __s32 value)
{
	sidestep_event_tick(&event, TTT, ms * MS);
	sidestep_event_judge(&event, sidestep_event_s2(value, 100, -7200), TTT,
			     ms * MS);
	return event.entered;
}

static void time_to_trigger(void)
{
	sidestep_event_reset(&event);
	EXPECT(sidestep_event_wake(&event, TTT) == SIDESTEP_NEVER);
	EXPECT(!entered_at(1000, -7400));
	EXPECT(sidestep_event_wake(&event, TTT) == 1160 * MS);
	EXPECT(!entered_at(1100, -7301));
	/* One within the hysteresis begins the time anew. */
	EXPECT(!entered_at(1159, -7300));
	EXPECT(sidestep_event_wake(&event, TTT) == SIDESTEP_NEVER);
	EXPECT(!entered_at(1200, -7400));
	sidestep_event_tick(&event, TTT, 1360 * MS - 1);
	EXPECT(!event.entered);
	sidestep_event_tick(&event, TTT, 1360 * MS);
	EXPECT(event.entered && event.news);
	EXPECT(event.enters_since == 1200 * MS);
	EXPECT(sidestep_event_wake(&event, TTT) == SIDESTEP_NEVER);
}

static void time_to_leave(void)
{
	sidestep_event_reset(&event);
	entered_at(1000, -7400);
	EXPECT(entered_at(1160, -7400));
	event.news = false;
	EXPECT(entered_at(1300, -7099));
	EXPECT(sidestep_event_wake(&event, TTT) == 1460 * MS);
	EXPECT(entered_at(1400, -7100));
	EXPECT(entered_at(1500, -7000));
	EXPECT(entered_at(1659, -7000));
	EXPECT(!entered_at(1660, -7000));
	EXPECT(!event.news);
	/* What was measured late does not stop a time that had ended. */
	EXPECT(!entered_at(2000, -7400));
	EXPECT(entered_at(2500, -7000));
	EXPECT(event.news);
	EXPECT(event.leaves_since == 2500 * MS);
}

static void no_time_to_trigger(void)
{
	sidestep_event_reset(&event);
	sidestep_event_judge(&event, sidestep_event_s2(-7301, 100, -7200), 0,
			     SECOND);
	EXPECT(event.entered);
	sidestep_event_judge(&event, sidestep_event_s2(-7099, 100, -7200), 0,
			     SECOND);
	EXPECT(!event.entered);
}

static const struct sidestep_linkfail_limits limits = {
	.consecutive_loss = 6, .n310 = 3, .n311 = 2, .t310_ms = 500,
	.t311_ms = 3000,
};

static struct sidestep_linkfail link_state;

/* @outcomes: a for an answer, l for a loss; each after 10 ms */
static unsigned int after(__u64 *now, const char *outcomes)
{
	for (; *outcomes; outcomes++) {
		*now += 10 * MS;
		sidestep_linkfail_tick(&link_state, &limits, *now);
		if (*outcomes == 'a')
			sidestep_linkfail_answer(&link_state, &limits, *now);
		else
			sidestep_linkfail_loss(&link_state, &limits, *now);
	}
	return link_state.state;
}

static unsigned int afresh(__u64 *now, const char *outcomes)
{
	*now = SECOND;
	sidestep_linkfail_reset(&link_state, *now);
	return after(now, outcomes);
}

static void losses_in_a_row(void)
{
	__u64 now;

	EXPECT(afresh(&now, "") == SIDESTEP_LINK_UNKNOWN);
	EXPECT(afresh(&now, "llllllllllll") == SIDESTEP_LINK_UNKNOWN);
	EXPECT(afresh(&now, "a") == SIDESTEP_LINK_ALIVE);
	EXPECT(afresh(&now, "all") == SIDESTEP_LINK_ALIVE);
	EXPECT(afresh(&now, "allall") == SIDESTEP_LINK_ALIVE);
	EXPECT(afresh(&now, "alll") == SIDESTEP_LINK_SHAKY);
	EXPECT(afresh(&now, "alllll") == SIDESTEP_LINK_SHAKY);
	EXPECT(afresh(&now, "alllllalllll") == SIDESTEP_LINK_SHAKY);
	EXPECT(afresh(&now, "allllll") == SIDESTEP_LINK_FAILED);
	EXPECT(link_state.news && !link_state.expired);
}

static void t310(void)
{
	__u64 now, began;

	afresh(&now, "alll");
	began = now;
	EXPECT(sidestep_linkfail_wake(&link_state, &limits) == began + 500 * MS);
	EXPECT(after(&now, "alal") == SIDESTEP_LINK_SHAKY);
	sidestep_linkfail_tick(&link_state, &limits, began + 500 * MS - 1);
	EXPECT(link_state.state == SIDESTEP_LINK_SHAKY);
	sidestep_linkfail_tick(&link_state, &limits, began + 500 * MS);
	EXPECT(link_state.state == SIDESTEP_LINK_FAILED);
	EXPECT(link_state.news && link_state.expired);
	afresh(&now, "alll");
	EXPECT(after(&now, "aa") == SIDESTEP_LINK_ALIVE);
	EXPECT(sidestep_linkfail_wake(&link_state, &limits) == SIDESTEP_NEVER);
}

static void t310_of_nothing(void)
{
	struct sidestep_linkfail_limits at_once = limits;

	at_once.t310_ms = 0;
	sidestep_linkfail_reset(&link_state, 0);
	sidestep_linkfail_answer(&link_state, &at_once, SECOND);
	for (int i = 0; i < 3; i++) {
		EXPECT(link_state.state == SIDESTEP_LINK_ALIVE);
		sidestep_linkfail_loss(&link_state, &at_once, SECOND);
	}
	EXPECT(link_state.state == SIDESTEP_LINK_FAILED);
}

static void t311(void)
{
	__u64 now, failed;

	afresh(&now, "allllll");
	failed = now;
	EXPECT(sidestep_linkfail_wake(&link_state, &limits) ==
	       failed + 3 * SECOND);
	EXPECT(after(&now, "alal") == SIDESTEP_LINK_FAILED);
	EXPECT(after(&now, "aa") == SIDESTEP_LINK_ALIVE);
	EXPECT(!link_state.news);
	afresh(&now, "allllll");
	sidestep_linkfail_tick(&link_state, &limits, failed + 3 * SECOND);
	EXPECT(link_state.state == SIDESTEP_LINK_GONE);
	EXPECT(sidestep_linkfail_wake(&link_state, &limits) == SIDESTEP_NEVER);
	now = failed + 4 * SECOND;
	EXPECT(after(&now, "a") == SIDESTEP_LINK_GONE);
	EXPECT(after(&now, "a") == SIDESTEP_LINK_ALIVE);
}

/* Both timers have ended when it is asked next, in their order. */
static void timers_are_settled_late(void)
{
	__u64 now, began;

	afresh(&now, "alll");
	began = now;
	began += 60 * SECOND;
	sidestep_linkfail_tick(&link_state, &limits, began);
	EXPECT(link_state.state == SIDESTEP_LINK_FAILED);
	EXPECT(link_state.since == began);
	EXPECT(link_state.news && link_state.expired);
	sidestep_linkfail_tick(&link_state, &limits, began + 3000 * MS - 1);
	EXPECT(link_state.state == SIDESTEP_LINK_FAILED);
	sidestep_linkfail_tick(&link_state, &limits, began + 3000 * MS);
	EXPECT(link_state.state == SIDESTEP_LINK_GONE);
}

static __s32 falls(__s32 from, __s32 by_sample, unsigned int count)
{
	struct sidestep_trend trend = { .count = 0 };

	for (unsigned int i = 0; i < count; i++)
		sidestep_trend_add(&trend, from - by_sample * (__s32)i,
				   SECOND + i * 100 * MS);
	return sidestep_trend_until(&trend, 2000, -8200);
}

static void extrapolation(void)
{
	/* 1 dB a second, 5 dB to go from the last sample on. */
	EXPECT(falls(-7500, 10, 21) == 5000);
	EXPECT(falls(-7500, 10, 200) == 0);
	EXPECT(falls(-7500, 0, 21) == -1);
	EXPECT(falls(-7500, -10, 21) == -1);
	EXPECT(falls(-7500, 10, 4) == -1);
	EXPECT(falls(-7500, 10, 5) == 6600);
	EXPECT(falls(15000, 1, 5) == 2319600);
}

/* Old samples do not count; nor does a single wild one turn the line. */
static void extrapolation_window(void)
{
	struct sidestep_trend trend = { .count = 0 };
	__s32 until;

	for (unsigned int i = 0; i < 30; i++)
		sidestep_trend_add(&trend, -3000 - 100 * i, i * 100 * MS);
	for (unsigned int i = 0; i < 21; i++)
		sidestep_trend_add(&trend, -7000 - 10 * i,
				   10 * SECOND + i * 100 * MS);
	EXPECT(sidestep_trend_until(&trend, 2000, -8200) == 10000);
	sidestep_trend_add(&trend, -7100, 10 * SECOND + 2100 * MS);
	until = sidestep_trend_until(&trend, 2000, -8200);
	EXPECT(until > 10000 && until < 20000);
}

/* Against the normal equations in floating point. */
static void extrapolation_formula(void)
{
	for (int run = 0; run < 500; run++) {
		struct sidestep_trend trend = { .count = 0 };
		double t = 0, y = 0, tt = 0, ty = 0, n = 12, slope, now;
		__s32 until, last = 0;

		for (int i = 0; i < 12; i++) {
			double x = (i - 11) * 100;

			last = -6000 - i * 20 -
			       (__s32)random_below(&seed, 500);
			sidestep_trend_add(&trend, last, i * 100 * MS);
			t += x;
			y += last;
			tt += x * x;
			ty += x * last;
		}
		slope = (n * ty - t * y) / (n * tt - t * t);
		now = (y - slope * t) / n;
		until = sidestep_trend_until(&trend, 2000, -8200);
		ktap_expect(slope >= 0 ? until == -1 :
			    fabs(until - (now + 8200) / -slope) <= 1, __LINE__,
			    "%d ms, slope %f, at %f", until, slope, now);
	}
}

static bool says(const struct sidestep_cause *cause, const char *text)
{
	char words[SIDESTEP_WORDS_LEN];
	int length = sidestep_words_cause(cause, words, sizeof(words));

	ktap_expect(!strcmp(words, text), __LINE__, "\"%s\", not \"%s\"", words,
		    text);
	return length == (int)strlen(text);
}

static void words_of_rules(void)
{
	struct sidestep_cause cause = {
		.decision = SIDESTEP_DECISION_PREPARE,
		.kind = SIDESTEP_CAUSE_RULE,
		.value = -7450,
		.threshold = -7200,
		.ms = 160,
	};

	EXPECT(says(&cause, "prepare: signal -74.5 dBm < -72.0 dBm for 160 ms"));
	cause.value = -7201;
	EXPECT(says(&cause, "prepare: signal -72.1 dBm < -72.0 dBm for 160 ms"));
	cause.decision = SIDESTEP_DECISION_RELEASE;
	cause.value = -1;
	cause.threshold = -5;
	EXPECT(says(&cause, "release: signal 0.0 dBm > -0.1 dBm for 160 ms"));
	cause.value = 501;
	cause.threshold = 495;
	EXPECT(says(&cause, "release: signal 5.1 dBm > 4.9 dBm for 160 ms"));
	cause.quantity = SIDESTEP_QUANTITY_LOSS;
	cause.decision = SIDESTEP_DECISION_EXECUTE;
	EXPECT(says(&cause, "execute: loss 50.1 % > 49.5 % for 160 ms"));
	cause.quantity = SIDESTEP_QUANTITY_RTT;
	cause.value = 60000000;
	cause.threshold = 120050;
	EXPECT(says(&cause, "execute: rtt 60000.0 ms > 120.0 ms for 160 ms"));
}

static void words_of_others(void)
{
	struct sidestep_cause cause = {
		.decision = SIDESTEP_DECISION_EXECUTE,
		.kind = SIDESTEP_CAUSE_LOSSES,
		.value = 4,
		.ms = 500,
		.id = ~0ULL,
	};

	EXPECT(says(&cause, "execute: 4 losses in a row"));
	cause.kind = SIDESTEP_CAUSE_EXPIRY;
	EXPECT(says(&cause, "execute: no better in 500 ms (T310)"));
	cause.kind = SIDESTEP_CAUSE_HAND;
	EXPECT(says(&cause, "execute: by hand"));
	strcpy(cause.why, "a walk in the tunnel, as every day at this time");
	EXPECT(strlen(cause.why) == SIDESTEP_TRIGGER_WHY_LEN - 1);
	cause.kind = SIDESTEP_CAUSE_HELPER;
	EXPECT(says(&cause, "execute: order 18446744073709551615 of the helper: a walk in the tunnel, as every day at this time"));
	cause.kind = SIDESTEP_CAUSE_ALIVE;
	cause.decision = SIDESTEP_DECISION_RELEASE;
	EXPECT(says(&cause, "release: alive for 500 ms"));
	cause.kind = SIDESTEP_CAUSE_TREND;
	cause.decision = SIDESTEP_DECISION_PREPARE;
	cause.value = -7012;
	cause.threshold = -8200;
	EXPECT(says(&cause, "prepare: signal -70.2 dBm falls to -82.0 dBm in 500 ms"));
}

static void words_of_measurements(void)
{
	struct sidestep_measured measured = { .known = true, .value = -7455 };
	char words[SIDESTEP_WORDS_LEN];

	sidestep_words_measured(&measured, SIDESTEP_QUANTITY_SIGNAL, words,
				sizeof(words));
	EXPECT(!strcmp(words, "-74.6 dBm"));
	measured.known = false;
	sidestep_words_measured(&measured, SIDESTEP_QUANTITY_SIGNAL, words,
				sizeof(words));
	EXPECT(!strcmp(words, "unknown"));
	EXPECT(!strcmp(sidestep_words_link(SIDESTEP_LINK_UNKNOWN), "unknown"));
	EXPECT(!strcmp(sidestep_words_link(SIDESTEP_LINK_GONE), "gone"));
}

/* However little room there is, it ends in a NUL within it. */
static void words_in_little_room(void)
{
	struct sidestep_cause cause = { .kind = SIDESTEP_CAUSE_RULE };

	for (size_t size = 1; size < 60; size++) {
		char *words = malloc(size);
		int length = sidestep_words_cause(&cause, words, size);

		EXPECT((size_t)length == strlen(words) &&
		       (size_t)length < size);
		free(words);
	}
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "trigger: filter as the formula says, at any rate",
		  filter_formula },
		{ "trigger: filter begins with the first sample, fc0 is none",
		  filter_first_and_none },
		{ "trigger: filter keeps its time at other rates",
		  filter_keeps_time },
		{ "trigger: S1 and S2", inequalities },
		{ "trigger: X1", inequalities_of_x1 },
		{ "trigger: time to trigger", time_to_trigger },
		{ "trigger: time to trigger when leaving", time_to_leave },
		{ "trigger: no time to trigger", no_time_to_trigger },
		{ "trigger: losses in a row", losses_in_a_row },
		{ "trigger: N310, T310, N311", t310 },
		{ "trigger: T310 of 0", t310_of_nothing },
		{ "trigger: T311", t311 },
		{ "trigger: T310 and T311 settled late", timers_are_settled_late },
		{ "trigger: extrapolation", extrapolation },
		{ "trigger: extrapolation looks at its window only",
		  extrapolation_window },
		{ "trigger: extrapolation as the formula says",
		  extrapolation_formula },
		{ "trigger: words of rules", words_of_rules },
		{ "trigger: words of other causes", words_of_others },
		{ "trigger: words of measurements", words_of_measurements },
		{ "trigger: words in little room", words_in_little_room },
	};

	seed = random_seed();
	return ktap_run(KTAP_CASES(cases));
}
