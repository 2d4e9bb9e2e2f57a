// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trigger engine: what it decides of what it is told, when, and in which words.
 * Also a day of a noisy but healthy link.
 */
#include <math.h>

#include "ktap.h"
#include "random.h"
#include "words.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)
#define DIRECT SIDESTEP_PATH_DIRECT
#define INFRA SIDESTEP_PATH_INFRA
#define SIGNAL SIDESTEP_QUANTITY_SIGNAL
#define LOSS SIDESTEP_QUANTITY_LOSS
#define RTT SIDESTEP_QUANTITY_RTT
#define LIVENESS SIDESTEP_QUANTITY_LIVENESS
#define RELEASE SIDESTEP_DECISION_RELEASE
#define PREPARE SIDESTEP_DECISION_PREPARE
#define EXECUTE SIDESTEP_DECISION_EXECUTE
#define NOTHING SIDESTEP_DECISIONS
#define OFF SIDESTEP_TRIGGER_OFF

static struct sidestep_trigger t;
static struct sidestep_trigger_config config;
static struct sidestep_trigger_verdict verdict;
static char words[SIDESTEP_WORDS_LEN];
static const char *why;
static __u64 now, seed;

static int put_at(unsigned int path, unsigned int quantity, __s32 value,
		  __u64 at)
{
	return sidestep_trigger_measure(&t, now, path, quantity, value, at,
					&why);
}

static void put(unsigned int path, unsigned int quantity, __s32 value)
{
	int err = put_at(path, quantity, value, now);

	ktap_expect(!err, __LINE__, "%d: %s", err, why);
}

static unsigned int ask(void)
{
	sidestep_trigger_tick(&t, now, &verdict);
	if (!verdict.decided)
		return NOTHING;
	sidestep_words_cause(&verdict.cause, words, sizeof(words));
	return verdict.cause.decision;
}

static bool said(const char *text)
{
	ktap_expect(!strcmp(words, text), __LINE__, "\"%s\", not \"%s\"", words,
		    text);
	return true;
}

/* The default rules, with thresholds of the tests' own and no filter to blur them. */
static void start(void)
{
	now = 1000 * SECOND;
	sidestep_trigger_init(&t, false, now);
	config = sidestep_trigger_defaults;
	config.filter_coefficient = 0;
	config.rule[PREPARE].threshold[SIGNAL] = -7500;
	config.rule[EXECUTE].threshold[SIGNAL] = -8200;
	config.rule[RELEASE].threshold[SIGNAL] = -6900;
	sidestep_trigger_configure(&t, now, &config);
	words[0] = '\0';
}

static void reconfigure(void)
{
	struct sidestep_trigger_fault fault;

	EXPECT(sidestep_trigger_check(&config, &fault));
	sidestep_trigger_configure(&t, now, &config);
}

static void all_is_measured(__s32 signal)
{
	put(DIRECT, SIGNAL, signal);
	put(DIRECT, LOSS, 0);
	put(DIRECT, LIVENESS, 1);
	put(INFRA, LIVENESS, 1);
}

/* Every 100 ms for that long. Returns the first decision, at @now then. */
static unsigned int walk(unsigned int ms, __s32 signal)
{
	unsigned int decision;

	for (__u64 end = now + ms * MS; now < end; now += 100 * MS) {
		all_is_measured(signal);
		decision = ask();
		if (decision != NOTHING)
			return decision;
	}
	return NOTHING;
}

/* Asks when the engine wants to be asked, until then. */
static unsigned int wait_for(unsigned int ms)
{
	__u64 end = now + ms * MS;
	unsigned int decision = ask();

	while (decision == NOTHING && verdict.tick_at <= end) {
		EXPECT(verdict.tick_at > now);
		now = verdict.tick_at;
		decision = ask();
	}
	if (decision == NOTHING)
		now = end;
	return decision;
}

static int order(unsigned int decision, bool helper, __u64 id, const char *text)
{
	struct sidestep_trigger_order given = {
		.decision = decision, .helper = helper, .id = id, .why = text,
	};

	return sidestep_trigger_order(&t, now, &given, &why);
}

static void prepares(void)
{
	start();
	EXPECT(walk(60000, -7000) == NOTHING);
	/* Thresh -75, Hys 1: not below -76. */
	EXPECT(walk(60000, -7600) == NOTHING);
	put(DIRECT, SIGNAL, -7650);
	EXPECT(ask() == NOTHING && verdict.tick_at == now + 160 * MS);
	now += 100 * MS;
	put(DIRECT, SIGNAL, -7655);
	EXPECT(wait_for(1000) == PREPARE);
	EXPECT(said("prepare: signal -76.6 dBm < -76.0 dBm for 160 ms"));
	EXPECT(ask() == NOTHING && verdict.cause.decision == PREPARE);
}

static void executes(void)
{
	start();
	walk(1000, -7000);
	EXPECT(walk(1000, -8000) == PREPARE);
	EXPECT(walk(60000, -8000) == NOTHING);
	EXPECT(walk(60000, -8300) == NOTHING);
	EXPECT(walk(1000, -8301) == EXECUTE);
	EXPECT(said("execute: signal -83.1 dBm < -83.0 dBm for 160 ms"));
	EXPECT(walk(60000, -9000) == NOTHING);
}

/* A drop below both thresholds at once. */
static void executes_at_once(void)
{
	start();
	walk(1000, -7000);
	EXPECT(walk(1000, -9000) == EXECUTE);
}

static void waits_for_infra(void)
{
	start();
	put(DIRECT, LIVENESS, 1);
	for (int i = 0; i < 20; i++, now += 100 * MS)
		put(DIRECT, SIGNAL, -9000);
	EXPECT(ask() == PREPARE);
	for (int i = 0; i < 20; i++, now += 100 * MS) {
		put(DIRECT, SIGNAL, -9000);
		EXPECT(ask() == NOTHING);
	}
	EXPECT(walk(100, -9000) == NOTHING);
	EXPECT(walk(1000, -9000) == EXECUTE);
}

/* X1 with the modem's signal: unknown, worse, within the hysteresis, better. */
static void infra_threshold(void)
{
	start();
	config.infra_threshold_mbm = -10000;
	reconfigure();
	EXPECT(walk(2000, -9000) == PREPARE);
	EXPECT(walk(2000, -9000) == NOTHING);
	put(INFRA, SIGNAL, -10500);
	EXPECT(walk(2000, -9000) == NOTHING);
	put(INFRA, SIGNAL, -9900);
	EXPECT(walk(2000, -9000) == NOTHING);
	put(INFRA, SIGNAL, -9899);
	EXPECT(walk(2000, -9000) == EXECUTE);
}

/* The leaving condition of X1: the other way has become bad. */
static void infra_fails_after_execute(void)
{
	start();
	walk(1000, -9000);
	EXPECT(t.stage == EXECUTE && t.event[EXECUTE][SIGNAL].entered);
	for (int i = 0; i < 30; i++, now += 100 * MS) {
		put(DIRECT, SIGNAL, -9000);
		put(DIRECT, LIVENESS, 1);
		put(INFRA, LIVENESS, 0);
		EXPECT(ask() == NOTHING);
	}
	EXPECT(!t.event[EXECUTE][SIGNAL].entered);
	EXPECT(order(PREPARE, false, 0, "") == 1);
	EXPECT(ask() == PREPARE);
	EXPECT(walk(1000, -9000) == EXECUTE);
}

static void releases(void)
{
	__u64 prepared;

	start();
	EXPECT(walk(1000, -8000) == PREPARE);
	prepared = now;
	/* Thresh -69, Hys 1: not above -68. */
	EXPECT(walk(60000, -6800) == NOTHING);
	EXPECT(walk(4900, -6700) == NOTHING);
	EXPECT(now - prepared > 30 * SECOND);
	EXPECT(walk(1000, -6700) == RELEASE);
	EXPECT(said("release: signal -67.0 dBm > -68.0 dBm for 5000 ms"));
	EXPECT(walk(60000, -6700) == NOTHING);
}

/* One measurement that is not good enough begins the hold time anew. */
static void hold_time(void)
{
	start();
	EXPECT(walk(1000, -8000) == PREPARE);
	EXPECT(walk(40000, -7200) == NOTHING);
	EXPECT(walk(4900, -6700) == NOTHING);
	EXPECT(walk(100, -6800) == NOTHING);
	EXPECT(walk(5000, -6700) == NOTHING);
	EXPECT(walk(200, -6700) == RELEASE);
}

static void minimum_stay(void)
{
	__u64 prepared;

	start();
	EXPECT(walk(1000, -8000) == PREPARE);
	prepared = now;
	EXPECT(walk(60000, -5000) == RELEASE);
	EXPECT(now == prepared + 30 * SECOND);
}

/* It counts from when the session left home, not from the last decision. */
static void minimum_stay_counts_from_home(void)
{
	__u64 prepared;

	start();
	walk(1000, -7000);
	EXPECT(walk(1000, -8000) == PREPARE);
	prepared = now;
	walk(20000, -8000);
	EXPECT(walk(1000, -9000) == EXECUTE);
	EXPECT(walk(60000, -5000) == RELEASE);
	EXPECT(now == prepared + 30 * SECOND);
}

static void goes_and_comes_and_goes(void)
{
	start();
	walk(1000, -7000);
	for (int i = 0; i < 3; i++) {
		EXPECT(walk(1000, -8000) == PREPARE);
		EXPECT(walk(1000, -9000) == EXECUTE);
		EXPECT(walk(60000, -5000) == RELEASE);
	}
}

static void losses_execute(void)
{
	start();
	walk(1000, -6000);
	for (int i = 0; i < 3; i++) {
		put(DIRECT, LIVENESS, 0);
		EXPECT(ask() == NOTHING);
	}
	put(DIRECT, LIVENESS, 0);
	EXPECT(ask() == EXECUTE);
	EXPECT(said("execute: 4 losses in a row"));
}

static void t310_executes(void)
{
	start();
	walk(1000, -6000);
	put(DIRECT, LIVENESS, 0);
	put(DIRECT, LIVENESS, 0);
	EXPECT(ask() == NOTHING && verdict.tick_at == now + 500 * MS);
	EXPECT(wait_for(1000) == EXECUTE);
	EXPECT(said("execute: no better in 500 ms (T310)"));
}

/* Both paths dead: bring the other one up, and go there when it lives. */
static void failure_without_infra(void)
{
	start();
	walk(1000, -6000);
	for (int i = 0; i < 4; i++)
		put(INFRA, LIVENESS, 0);
	EXPECT(ask() == NOTHING);
	for (int i = 0; i < 4; i++)
		put(DIRECT, LIVENESS, 0);
	EXPECT(ask() == PREPARE);
	put(DIRECT, LIVENESS, 0);
	EXPECT(ask() == NOTHING);
	put(INFRA, LIVENESS, 1);
	EXPECT(ask() == NOTHING);
	put(INFRA, LIVENESS, 1);
	EXPECT(ask() == EXECUTE);
}

static void failure_must_end_before_release(void)
{
	start();
	walk(1000, -6000);
	for (int i = 0; i < 4; i++)
		put(DIRECT, LIVENESS, 0);
	EXPECT(ask() == EXECUTE);
	for (int i = 0; i < 600; i++, now += 100 * MS) {
		put(DIRECT, SIGNAL, -6000);
		put(DIRECT, LOSS, 0);
		put(DIRECT, LIVENESS, 0);
		EXPECT(ask() == NOTHING);
	}
	EXPECT(walk(5000, -6000) == NOTHING);
	EXPECT(walk(1000, -6000) == RELEASE);
}

/* All rules of release that there are must hold. */
static void loss_prevents_release(void)
{
	start();
	EXPECT(walk(1000, -8000) == PREPARE);
	for (int i = 0; i < 600; i++, now += 100 * MS) {
		put(DIRECT, SIGNAL, -6000);
		put(DIRECT, LIVENESS, 1);
		put(DIRECT, LOSS, 100);
		EXPECT(ask() == NOTHING);
	}
	EXPECT(walk(4900, -6000) == NOTHING);
	EXPECT(walk(1000, -6000) == RELEASE);
}

static void loss_and_rtt_rules(void)
{
	start();
	config.rule[PREPARE].threshold[RTT] = 100000;
	config.rule[EXECUTE].threshold[RTT] = 300000;
	reconfigure();
	walk(1000, -6000);
	put(DIRECT, LOSS, 200);
	EXPECT(wait_for(900) == NOTHING);
	walk(100, -6000);
	put(DIRECT, LOSS, 201);
	EXPECT(wait_for(900) == PREPARE);
	EXPECT(said("prepare: loss 20.1 % > 20.0 % for 160 ms"));
	put(DIRECT, RTT, 300001);
	EXPECT(wait_for(900) == EXECUTE);
	EXPECT(said("execute: rtt 300.1 ms > 300.0 ms for 160 ms"));
}

/* Home without any rule: when it has answered for as long as it must. */
static void liveness_alone_releases(void)
{
	start();
	for (int q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
		config.rule[RELEASE].threshold[q] = OFF;
	reconfigure();
	EXPECT(walk(1000, -8000) == PREPARE);
	EXPECT(walk(20000, -7000) == NOTHING);
	put(DIRECT, LIVENESS, 0);
	put(DIRECT, LIVENESS, 0);
	EXPECT(walk(60000, -7000) == RELEASE);
	EXPECT(said("release: alive for 9860 ms"));
}

/* What is unknown neither prepares, nor executes, nor releases. */
static void unknown_is_nothing(void)
{
	start();
	EXPECT(wait_for(3600000) == NOTHING);
	put(DIRECT, SIGNAL, -9000);
	EXPECT(t.measured[DIRECT][SIGNAL].known);
	config.rule[PREPARE].time_to_trigger_ms = 1024;
	config.stale_ms = 1000;
	reconfigure();
	/* It gets stale before its time to trigger ends. */
	EXPECT(wait_for(3600000) == NOTHING);
	EXPECT(!t.measured[DIRECT][SIGNAL].known);
	EXPECT(walk(2000, -8000) == PREPARE);
	for (int i = 0; i < 1200; i++, now += 100 * MS) {
		put(DIRECT, LIVENESS, 1);
		put(DIRECT, LOSS, 0);
		EXPECT(ask() == NOTHING);
	}
	EXPECT(t.link[DIRECT].state == SIDESTEP_LINK_ALIVE);
	EXPECT(walk(4900, -5000) == NOTHING);
	EXPECT(walk(1000, -5000) == RELEASE);
}

/* Where nobody measures the signal the link itself is enough to go home. */
static void never_measured(void)
{
	start();
	put(DIRECT, LIVENESS, 1);
	for (int i = 0; i < 4; i++)
		put(DIRECT, LIVENESS, 0);
	EXPECT(ask() == EXECUTE);
	for (int i = 0; i < 299; i++, now += 100 * MS) {
		put(DIRECT, LIVENESS, 1);
		put(DIRECT, LOSS, i < 20 ? 300 : 0);
		EXPECT(ask() == NOTHING);
	}
	for (int i = 0; i < 2; i++, now += 100 * MS) {
		put(DIRECT, LIVENESS, 1);
		put(DIRECT, LOSS, 0);
		if (ask() == RELEASE)
			return;
	}
	EXPECT(!"released");
}

static void unknown_liveness(void)
{
	start();
	EXPECT(walk(1000, -8000) == PREPARE);
	for (int i = 0; i < 1200; i++, now += 100 * MS) {
		put(DIRECT, SIGNAL, -5000);
		put(DIRECT, LOSS, 0);
		EXPECT(ask() == NOTHING);
	}
	EXPECT(t.link[DIRECT].state == SIDESTEP_LINK_UNKNOWN);
	EXPECT(!t.measured[DIRECT][LIVENESS].known);
}

static void stale_is_told_in_time(void)
{
	start();
	put(DIRECT, SIGNAL, -7200);
	ask();
	EXPECT(verdict.tick_at == now + SECOND);
	now += SECOND - 1;
	ask();
	EXPECT(t.measured[DIRECT][SIGNAL].known);
	now += 1;
	ask();
	EXPECT(!t.measured[DIRECT][SIGNAL].known);
	EXPECT(verdict.tick_at == SIDESTEP_NEVER);
	/* The filter begins anew. */
	config.filter_coefficient = 19;
	reconfigure();
	put(DIRECT, SIGNAL, -7000);
	EXPECT(t.measured[DIRECT][SIGNAL].value == -7000);
}

static void infra_is_known_for_longer(void)
{
	start();
	put(INFRA, LIVENESS, 1);
	now += 199 * SECOND;
	ask();
	EXPECT(t.link[INFRA].state == SIDESTEP_LINK_ALIVE);
	now += SECOND;
	ask();
	EXPECT(t.link[INFRA].state == SIDESTEP_LINK_UNKNOWN);
}

/* An event that was due before is not stopped by what comes after it. */
static void late_caller(void)
{
	start();
	all_is_measured(-7700);
	now += 500 * MS;
	put(DIRECT, SIGNAL, -5000);
	EXPECT(ask() == PREPARE);
	EXPECT(said("prepare: signal -77.0 dBm < -76.0 dBm for 160 ms"));
	EXPECT(t.away_since == now - 340 * MS);
}

static void refuses(unsigned int path, unsigned int quantity, __s32 value,
		    __u64 at, int expected, const char *text)
{
	struct sidestep_trigger before = t;
	int err = put_at(path, quantity, value, at);

	ktap_expect(err == expected && why && !strcmp(why, text), __LINE__,
		    "%s: %d %s", text, err, why);
	EXPECT(!memcmp(&before, &t, sizeof(t)));
}

static void refused_measurements(void)
{
	start();
	all_is_measured(-6000);
	refuses(2, SIGNAL, -6000, now, -ENODEV, "there is no such path");
	refuses(DIRECT, 4, 0, now, -EINVAL, "there is no such quantity");
	refuses(DIRECT, SIGNAL, -15001, now, -ERANGE,
		"a signal is -15000 to 5000 mBm");
	refuses(INFRA, SIGNAL, 5001, now, -ERANGE,
		"a signal is -15000 to 5000 mBm");
	refuses(DIRECT, LOSS, -1, now, -ERANGE, "a loss is 0 to 1000 permille");
	refuses(DIRECT, LOSS, 1001, now, -ERANGE,
		"a loss is 0 to 1000 permille");
	refuses(DIRECT, RTT, -1, now, -ERANGE,
		"a round-trip time is 0 to 60000000 us");
	refuses(DIRECT, RTT, 60000001, now, -ERANGE,
		"a round-trip time is 0 to 60000000 us");
	refuses(DIRECT, LIVENESS, 2, now, -ERANGE, "liveness is 0 or 1");
	refuses(DIRECT, SIGNAL, -6000, now + 1, -EINVAL,
		"measured in the future");
	refuses(DIRECT, SIGNAL, -6000, now - 1, -ESTALE,
		"measured before what is known already");
	refuses(DIRECT, RTT, 1, now - SECOND, -ESTALE, "measured too long ago");
	EXPECT(!put_at(DIRECT, RTT, 1, now - SECOND + 1));
	now -= 1;
	refuses(INFRA, RTT, 1, now, -EINVAL, "measured in the future");
}

static void orders_act_at_once(void)
{
	start();
	EXPECT(order(PREPARE, true, 5, "tunnel ahead") == 1);
	EXPECT(ask() == PREPARE);
	EXPECT(said("prepare: order 5 of the helper: tunnel ahead"));
	/* Whatever the measurements say. */
	EXPECT(walk(10000, -5000) == NOTHING);
	EXPECT(order(EXECUTE, true, 6, "") == 1);
	EXPECT(ask() == EXECUTE);
	EXPECT(said("execute: order 6 of the helper"));
	walk(60000, -9000);
	EXPECT(order(RELEASE, true, 7, "") == 1);
	EXPECT(ask() == RELEASE);
	/* The rules do not undo it by what was known already. */
	EXPECT(walk(60000, -9000) == NOTHING);
	for (int i = 0; i < 4; i++)
		put(DIRECT, LIVENESS, 0);
	EXPECT(ask() == EXECUTE);
}

static void orders_are_idempotent(void)
{
	start();
	EXPECT(order(PREPARE, true, 5, "") == 1);
	EXPECT(order(PREPARE, true, 5, "") == 0);
	ask();
	EXPECT(ask() == NOTHING);
	/* Already so: nothing is decided, but the id is used up. */
	EXPECT(order(PREPARE, true, 9, "") == 0);
	EXPECT(ask() == NOTHING);
	EXPECT(order(EXECUTE, true, 8, "") == -ESTALE);
	EXPECT(!strcmp(why, "an order with a later id came before"));
	EXPECT(order(EXECUTE, true, 9, "") == -EEXIST);
	EXPECT(!strcmp(why, "another order had this id"));
	EXPECT(walk(60000, -5000) == RELEASE);
	/* One that comes twice does not act again after it was overtaken. */
	EXPECT(order(PREPARE, true, 9, "") == 0);
	EXPECT(ask() == NOTHING && t.stage == RELEASE);
	EXPECT(order(PREPARE, true, ~0ULL, "") == 1);
	EXPECT(order(EXECUTE, false, 0, "") == 1);
	EXPECT(ask() == EXECUTE);
	EXPECT(said("execute: by hand"));
}

static void refused_orders(void)
{
	char reason[SIDESTEP_TRIGGER_WHY_LEN + 1];
	struct sidestep_trigger before;

	start();
	EXPECT(order(EXECUTE, true, 5, "") == 1);
	ask();
	before = t;
	EXPECT(order(NOTHING, true, 6, "") == -EINVAL);
	EXPECT(!strcmp(why, "there is no such decision"));
	EXPECT(order(RELEASE, true, 6, "line\nbreak") == -EINVAL);
	EXPECT(!strcmp(why, "a reason is 47 printable characters at most"));
	EXPECT(order(RELEASE, true, 6, "\303\244") == -EINVAL);
	memset(reason, 'x', sizeof(reason));
	reason[SIDESTEP_TRIGGER_WHY_LEN] = '\0';
	EXPECT(order(RELEASE, true, 6, reason) == -EINVAL);
	EXPECT(order(RELEASE, true, 4, "") == -ESTALE);
	now--;
	EXPECT(order(RELEASE, true, 6, "") == -EINVAL);
	now++;
	EXPECT(!memcmp(&before, &t, sizeof(t)));
	reason[SIDESTEP_TRIGGER_WHY_LEN - 1] = '\0';
	EXPECT(order(RELEASE, true, 6, reason) == 1);
}

static void modes(void)
{
	start();
	config.mode = SIDESTEP_MODE_MANUAL;
	reconfigure();
	EXPECT(walk(10000, -9000) == NOTHING);
	EXPECT(order(PREPARE, true, 1, "") == 1);
	EXPECT(ask() == PREPARE);
	EXPECT(walk(120000, -5000) == NOTHING);
	config.mode = SIDESTEP_MODE_HOLD;
	reconfigure();
	EXPECT(walk(120000, -5000) == NOTHING);
	EXPECT(order(RELEASE, true, 2, "") == -EBUSY);
	EXPECT(!strcmp(why, "the mode is hold"));
	EXPECT(order(RELEASE, false, 0, "") == -EBUSY);
	EXPECT(order(PREPARE, true, 1, "") == 0);
	EXPECT(t.stage == PREPARE);
	config.mode = SIDESTEP_MODE_AUTO;
	reconfigure();
	EXPECT(walk(4900, -5000) == NOTHING);
	EXPECT(walk(1000, -5000) == RELEASE);
}

/* What went wrong in hold is acted upon afterwards. */
static void hold_ends(void)
{
	start();
	walk(1000, -6000);
	config.mode = SIDESTEP_MODE_HOLD;
	reconfigure();
	EXPECT(walk(10000, -8000) == NOTHING);
	config.mode = SIDESTEP_MODE_AUTO;
	reconfigure();
	EXPECT(walk(1000, -8000) == PREPARE);
	config.mode = SIDESTEP_MODE_HOLD;
	reconfigure();
	for (int i = 0; i < 4; i++)
		put(DIRECT, LIVENESS, 0);
	EXPECT(ask() == NOTHING);
	config.mode = SIDESTEP_MODE_AUTO;
	reconfigure();
	EXPECT(ask() == EXECUTE);
}

/* 5.8.10.2.3: a time to trigger begins anew, an entry is removed. */
static void reconfiguration_resets(void)
{
	start();
	all_is_measured(-7700);
	now += 100 * MS;
	reconfigure();
	ask();
	EXPECT(verdict.tick_at == now + 160 * MS);
	EXPECT(wait_for(1000) == PREPARE);
	walk(4000, -7700);
	EXPECT(t.event[PREPARE][SIGNAL].entered);
	reconfigure();
	EXPECT(!t.event[PREPARE][SIGNAL].entered);
}

static void extrapolates(void)
{
	__s32 signal = -5000;

	start();
	config.rule[PREPARE].threshold[SIGNAL] = -8200;
	config.horizon_ms = 2000;
	config.window_ms = 2000;
	reconfigure();
	EXPECT(walk(10000, signal) == NOTHING);
	/* 5 dB a second: at -72 there are 2 s left. */
	while (signal > -8200 && walk(100, signal) == NOTHING)
		signal -= 50;
	EXPECT(signal == -7200);
	EXPECT(said("prepare: signal -72.0 dBm falls to -82.0 dBm in 2000 ms"));
}

/* What came before a gap has no part in the line. */
static void extrapolation_begins_anew(void)
{
	start();
	config.horizon_ms = 10000;
	config.window_ms = 10000;
	reconfigure();
	for (int i = 0; i < 20; i++, now += 100 * MS)
		put(DIRECT, SIGNAL, -5000 - 10 * i);
	EXPECT(t.falls_in == 30100);
	now += SECOND;
	ask();
	EXPECT(t.falls_in == -1);
	for (int i = 0; i < 4; i++, now += 100 * MS) {
		put(DIRECT, SIGNAL, -5000 - 10 * i);
		EXPECT(t.falls_in == -1);
	}
	put(DIRECT, SIGNAL, -5040);
	EXPECT(t.falls_in == 31600);
}

static void other_filter(void)
{
	start();
	put(DIRECT, SIGNAL, -5000);
	put(INFRA, SIGNAL, -9000);
	config.hold_ms++;
	reconfigure();
	EXPECT(t.measured[DIRECT][SIGNAL].known);
	config.filter_coefficient = 19;
	reconfigure();
	EXPECT(!t.measured[DIRECT][SIGNAL].known);
	EXPECT(!t.measured[INFRA][SIGNAL].known);
	put(DIRECT, SIGNAL, -7000);
	EXPECT(t.measured[DIRECT][SIGNAL].value == -7000);
}

static void probes_speed_up(void)
{
	start();
	walk(1000, -6000);
	for (int path = DIRECT; path <= INFRA; path++)
		sidestep_pace_sent(&t.pace[path], now);
	ask();
	EXPECT(verdict.probe_at[DIRECT] == now + 215 * MS);
	EXPECT(verdict.probe_at[INFRA] == now + 65 * SECOND);
	put(DIRECT, SIGNAL, -6999);
	ask();
	EXPECT(verdict.probe_at[DIRECT] == now + 215 * MS);
	put(DIRECT, SIGNAL, -7001);
	ask();
	EXPECT(verdict.probe_at[DIRECT] == now + 50 * MS);
	EXPECT(verdict.probe_at[INFRA] == now + SECOND);
	put(DIRECT, LIVENESS, 0);
	ask();
	EXPECT(verdict.probe_at[DIRECT] == now + 5 * MS);
	order(PREPARE, true, 1, "");
	ask();
	EXPECT(verdict.probe_at[INFRA] == now + 200 * MS);
	put(INFRA, LIVENESS, 0);
	ask();
	EXPECT(verdict.probe_at[INFRA] == now + 50 * MS);
	for (int i = 0; i < 4; i++)
		put(DIRECT, LIVENESS, 0);
	ask();
	EXPECT(verdict.probe_at[DIRECT] == now + 100 * MS);
	now += 10 * SECOND;
	put(DIRECT, LIVENESS, 0);
	sidestep_pace_sent(&t.pace[DIRECT], now);
	ask();
	EXPECT(verdict.probe_at[DIRECT] == now + 500 * MS);
}

static void another_path(void)
{
	start();
	EXPECT(walk(1000, -8000) == PREPARE);
	sidestep_trigger_forget(&t, now, DIRECT);
	EXPECT(!t.measured[DIRECT][SIGNAL].known);
	EXPECT(t.link[DIRECT].state == SIDESTEP_LINK_UNKNOWN);
	EXPECT(t.link[INFRA].state == SIDESTEP_LINK_ALIVE);
	EXPECT(t.stage == PREPARE);
}

static double gauss(void)
{
	double u = (random_next(&seed) >> 11) * 0x1p-53 + 0x1p-54;
	double v = (random_next(&seed) >> 11) * 0x1p-53;

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/*
 * Signal -66 dBm, 8 dB above where it would be too bad, shadowing of 1 dB that
 * changes with 2 s, noise of 2.5 dB, one probe in 200 lost. The signal takes
 * no decision; lost probes come to two in a row about twenty times. To four within
 * T310, which fail the link, they come in one run of 400.
 */
static void healthy_day(void)
{
	unsigned int decisions[SIDESTEP_DECISIONS + 1] = { 0 }, shaky = 0;
	double shadow = 0;
	bool was_shaky = false;

	now = 1000 * SECOND;
	sidestep_trigger_init(&t, false, now);
	for (unsigned int i = 0; i < 24 * 36000; i++, now += 100 * MS) {
		bool lost = random_below(&seed, 200) == 0;

		shadow = 0.95 * shadow + 0.312 * gauss();
		put(DIRECT, SIGNAL, lround(-6600 + 100 * shadow +
					   250 * gauss()));
		put(DIRECT, LIVENESS, !lost);
		put(DIRECT, LOSS, lost ? 50 : 0);
		if (i % 650 == 0)
			put(INFRA, LIVENESS, 1);
		was_shaky = t.link[DIRECT].state == SIDESTEP_LINK_SHAKY;
		decisions[ask()]++;
		shaky += was_shaky;
	}
	printf("# a day: %u prepares, %u executes, %u times 100 ms of T310\n",
	       decisions[PREPARE], decisions[EXECUTE], shaky);
	EXPECT(decisions[EXECUTE] == 0);
	EXPECT(decisions[PREPARE] == 0);
	EXPECT(shaky > 0);
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "trigger: prepares by S2", prepares },
		{ "trigger: executes by X1", executes },
		{ "trigger: executes at once if it is that bad",
		  executes_at_once },
		{ "trigger: executes for the signal's sake only where infra works",
		  waits_for_infra },
		{ "trigger: X1 with the infra path's signal", infra_threshold },
		{ "trigger: X1 is left when infra fails",
		  infra_fails_after_execute },
		{ "trigger: releases by S1", releases },
		{ "trigger: hold time", hold_time },
		{ "trigger: minimum stay", minimum_stay },
		{ "trigger: minimum stay counts from home",
		  minimum_stay_counts_from_home },
		{ "trigger: goes, comes and goes", goes_and_comes_and_goes },
		{ "trigger: executes after losses in a row", losses_execute },
		{ "trigger: executes when T310 expires", t310_executes },
		{ "trigger: both paths fail", failure_without_infra },
		{ "trigger: no release before a failure's end",
		  failure_must_end_before_release },
		{ "trigger: loss prevents a release", loss_prevents_release },
		{ "trigger: rules of loss and rtt", loss_and_rtt_rules },
		{ "trigger: releases by liveness alone",
		  liveness_alone_releases },
		{ "trigger: what is unknown decides nothing",
		  unknown_is_nothing },
		{ "trigger: what nobody ever measured has no say",
		  never_measured },
		{ "trigger: unknown liveness releases nothing",
		  unknown_liveness },
		{ "trigger: what is stale is unknown", stale_is_told_in_time },
		{ "trigger: infra is known for longer",
		  infra_is_known_for_longer },
		{ "trigger: a late caller changes nothing", late_caller },
		{ "trigger: measurements that are refused",
		  refused_measurements },
		{ "trigger: orders act at once", orders_act_at_once },
		{ "trigger: orders are idempotent", orders_are_idempotent },
		{ "trigger: orders that are refused", refused_orders },
		{ "trigger: modes", modes },
		{ "trigger: hold ends", hold_ends },
		{ "trigger: reconfiguration resets", reconfiguration_resets },
		{ "trigger: extrapolation prepares", extrapolates },
		{ "trigger: extrapolation begins anew after a gap",
		  extrapolation_begins_anew },
		{ "trigger: another filter coefficient begins anew",
		  other_filter },
		{ "trigger: probes speed up", probes_speed_up },
		{ "trigger: a path that is another now", another_path },
		{ "trigger: a day of a noisy but healthy link", healthy_day },
	};

	seed = random_seed();
	return ktap_run(KTAP_CASES(cases));
}
