// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The figures of the replay, of handmade walks and decisions: 0 to 100 s in steps of
 * 50 ms, the link is good or dead.
 */
#include <math.h>

#include "../replay/replay.h"
#include "ktap.h"

#define STEPS 2000
#define RELEASE SIDESTEP_DECISION_RELEASE
#define PREPARE SIDESTEP_DECISION_PREPARE
#define EXECUTE SIDESTEP_DECISION_EXECUTE

static float level[STEPS];
static struct walk walk = { .seed = 7, .steps = STEPS, .level = level };
static struct change changes[16];
static struct run run = { .changes = changes };
static struct score score;

static void good_link(void)
{
	for (int i = 0; i < STEPS; i++)
		level[i] = -60;
	run.count = 0;
	score_free(&score);
	score = (struct score){ 0 };
}

static void dead(double from, double until)
{
	for (int i = from * 20; i < until * 20; i++)
		level[i] = -90;
}

static void decide(double at, unsigned int decision)
{
	changes[run.count++] = (struct change){
		.at = at * NS_PER_S, .cause.decision = decision,
	};
}

static void add(void)
{
	score_add(&score, &walk, &run);
}

static bool near(double value, double expected)
{
	ktap_expect(fabs(value - expected) < 0.01, __LINE__, "%f, not %f",
		    value, expected);
	return true;
}

static void prepared_in_time(void)
{
	good_link();
	dead(50, 60);
	decide(49.5, PREPARE);
	add();
	EXPECT(score.failing == 1 && score.missed == 0);
	EXPECT(near(score_lead(&score, 50), 0.5));
	EXPECT(score.alarms == 1 && score.false_alarms == 0);
}

static void prepared_too_late(void)
{
	good_link();
	dead(50, 60);
	decide(49.55, PREPARE);
	add();
	EXPECT(score.missed == 1 && score.missed_seeds[0] == 7);
	EXPECT(near(score_missed(&score), 100));
}

static void prepared_after_the_failure(void)
{
	good_link();
	dead(50, 60);
	decide(52, EXECUTE);
	add();
	EXPECT(score.missed == 1);
	EXPECT(near(score_lead(&score, 50), -2));
}

static void never_prepared(void)
{
	good_link();
	dead(50, 60);
	add();
	EXPECT(score.missed == 1);
	EXPECT(isnan(score_lead(&score, 50)));
	EXPECT(near(score_metered(&score), 0));
}

/* Less than a second is no failure. */
static void a_moment(void)
{
	good_link();
	dead(50, 50.95);
	add();
	EXPECT(score.failing == 0);
	dead(50, 51);
	add();
	EXPECT(score.failing == 1);
}

/* The first one was seen, the second came when the session had gone home. */
static void each_failure_counts(void)
{
	good_link();
	dead(20, 30);
	dead(60, 70);
	decide(10, PREPARE);
	decide(40, RELEASE);
	add();
	EXPECT(score.failing == 1 && score.missed == 1);
	EXPECT(near(score_lead(&score, 50), 10));
}

static void false_alarms(void)
{
	good_link();
	dead(60, 70);
	decide(10, PREPARE);
	decide(20, RELEASE);
	decide(29.9, PREPARE);
	decide(29.95, RELEASE);
	decide(30, PREPARE);
	decide(61, RELEASE);
	decide(65, EXECUTE);
	add();
	EXPECT(score.alarms == 4 && score.false_alarms == 2);
}

/* A stay of less than 10 s, at home or away; neither the first nor the last. */
static void pingpongs(void)
{
	good_link();
	decide(5, PREPARE);
	decide(20, RELEASE);
	decide(29.9, PREPARE);
	decide(30, EXECUTE);
	decide(39.8, RELEASE);
	decide(49.8, PREPARE);
	decide(95, RELEASE);
	add();
	EXPECT(score.pingpongs == 2);
	EXPECT(near(score_pingpongs(&score), 72));
}

static void bytes(void)
{
	good_link();
	decide(20, PREPARE);
	decide(30, EXECUTE);
	decide(45, RELEASE);
	decide(90, PREPARE);
	add();
	EXPECT(near(score_metered(&score), 35));
	/* 384 bytes each: 1 % of 12.5 MB are 325.5 probes. */
	run.probes = 3255;
	run.count = 0;
	add();
	EXPECT(near(score_metered(&score), (35 + 10) / 2.0));
	run.probes = 0;
}

static void percentiles(void)
{
	good_link();
	for (int lead = 1; lead <= 21; lead++) {
		good_link();
		dead(50, 60);
	}
	for (int lead = 21; lead >= 1; lead--) {
		run.count = 0;
		decide(50 - lead, PREPARE);
		add();
	}
	EXPECT(near(score_lead(&score, 50), 11));
	EXPECT(near(score_lead(&score, 5), 2));
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "trigger: score: prepared in time", prepared_in_time },
		{ "trigger: score: prepared too late", prepared_too_late },
		{ "trigger: score: prepared after the failure",
		  prepared_after_the_failure },
		{ "trigger: score: never prepared", never_prepared },
		{ "trigger: score: a moment is no failure", a_moment },
		{ "trigger: score: each failure counts", each_failure_counts },
		{ "trigger: score: false alarms", false_alarms },
		{ "trigger: score: ping-pongs", pingpongs },
		{ "trigger: score: bytes", bytes },
		{ "trigger: score: percentiles", percentiles },
	};
	int failed = ktap_run(KTAP_CASES(cases));

	score_free(&score);
	return failed;
}
