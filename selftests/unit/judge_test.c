// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * judge_test: the function's judgement of reports, beside a UE with the kernel's engine
 * that measures ten times a second and reports as the helper does. Time is virtual.
 */
#include <malloc.h>
#include <math.h>

#include "../../userspace/mno/judge.h"
#include "../../userspace/ue/mno_report.h"
#include "ktap.h"
#include "random.h"
#include "words.h"

enum {
	SAMPLE_MS = 100,
	REPORT_MS = 1000,
	GOOD_MBM = -5000,
};

#define MS 1000000ull

static const struct pf_agreement agreed = {
	.min_report_ms = REPORT_MS,
	.n_triggers = 4,
	.trigger = {
		{ PF_TRIGGER_S2_PREPARE, -7300, 1000, 160 },
		{ PF_TRIGGER_X1_EXECUTE, -8200, 1000, 160 },
		{ PF_TRIGGER_S1_RELEASE, -6700, 1000, 160 },
		{ PF_TRIGGER_LOSS_PREPARE, 200, 0, 160 },
	},
};

static struct judge *judge;
static char words[JUDGE_WORDS_SIZE];
static uint64_t now_ns;

static void begin_with(const struct pf_agreement *doc)
{
	judge_free(judge);
	/* The same for all, so that a seed repeats a day. */
	now_ns = 1000000 * MS;
	judge = judge_new(doc, now_ns);
	EXPECT(judge);
}

static void begin(void)
{
	begin_with(&agreed);
}

static struct pf_report report(int32_t mbm)
{
	return (struct pf_report){ .decision = PF_DECISION_RELEASE, .has_signal = true,
				   .signal_mbm = mbm };
}

static bool hear(const struct pf_report *said)
{
	return judge_hear(judge, said, now_ns, words);
}

/* Return: is the UE to prepare, by now? */
static bool wait_ms(unsigned int ms)
{
	bool decided = false;

	while (ms) {
		unsigned int step = ms < 1000 ? ms : 1000;

		now_ns += step * MS;
		decided |= judge_tick(judge, now_ns, words);
		ms -= step;
	}
	return decided;
}

/* From @mbm on, so much a second. Return: the second at which it was decided, 0 if never. */
static unsigned int fall(int32_t mbm, int32_t by, unsigned int seconds)
{
	struct pf_report said;
	unsigned int i;

	for (i = 1; i <= seconds; i++, mbm -= by) {
		said = report(mbm);
		if (hear(&said) || wait_ms(REPORT_MS))
			return i;
	}
	return 0;
}

/* --- a UE beside it ------------------------------------------------------- */

static struct {
	struct sidestep_trigger engine;
	struct mno_reports reports;
	__u64 random;
	unsigned int sent;
	/* When each of the two has decided to prepare; 0: not yet. */
	uint64_t own_ns, judged_ns;
} ue;

static void ue_begin(uint64_t seed)
{
	begin();
	memset(&ue, 0, sizeof(ue));
	ue.random = seed;
	sidestep_trigger_init(&ue.engine, false, now_ns);
}

static double normal(void)
{
	double u = (random_next(&ue.random) >> 11) * 0x1p-53 + 0x1p-54;
	double v = (random_next(&ue.random) >> 11) * 0x1p-53;

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

static void ue_report(int32_t mbm)
{
	static const struct session_rule prepare = {
		.has = 1u << SIDESTEP_RULE_A_THRESHOLD_MBM,
		.value[SIDESTEP_RULE_A_THRESHOLD_MBM] = -7300,
	};
	struct session told = { .decision = ue.engine.stage };
	struct pf_report said;

	told.path[SIDESTEP_PATH_DIRECT].link = SIDESTEP_LINK_ALIVE;
	mno_report_fill(&said, &told, mbm);
	if (!mno_report_due(&ue.reports, &said, mno_report_near(&told, &prepare, mbm), false,
			    REPORT_MS, now_ns))
		return;
	mno_report_take(&ue.reports, &said, false, 0, now_ns);
	ue.sent++;
	if (hear(&said) && !ue.judged_ns)
		ue.judged_ns = now_ns;
}

/* A tenth of a second, with so much noise. The helper looks once a second. */
static void ue_step(double mbm, double noise)
{
	struct sidestep_trigger_verdict verdict;
	int32_t sample = lround(mbm + noise * normal());
	const char *why;

	now_ns += SAMPLE_MS * MS;
	sidestep_trigger_measure(&ue.engine, now_ns, SIDESTEP_PATH_DIRECT,
				 SIDESTEP_QUANTITY_SIGNAL, sample, now_ns, &why);
	sidestep_trigger_tick(&ue.engine, now_ns, &verdict);
	if (verdict.decided && verdict.cause.decision == SIDESTEP_DECISION_PREPARE &&
	    !ue.own_ns)
		ue.own_ns = now_ns;
	if (now_ns / MS % REPORT_MS == 0) {
		ue_report(sample);
		if (judge_tick(judge, now_ns, words) && !ue.judged_ns)
			ue.judged_ns = now_ns;
	}
}

/* --- it acts before the UE ------------------------------------------------ */

/* Return: how long before the UE it was decided, ms; 0 if not. */
static unsigned int lead_ms(int db_a_second, double noise, uint64_t seed)
{
	double mbm = GOOD_MBM;

	ue_begin(seed);
	for (int i = 0; i < 300; i++)
		ue_step(mbm, noise);
	ktap_expect(!ue.judged_ns, __LINE__, "while all is well: %s", words);
	for (; !ue.own_ns; mbm -= 10 * db_a_second)
		ue_step(mbm, noise);
	return ue.judged_ns ? (ue.own_ns - ue.judged_ns) / MS : 0;
}

static void test_fading(void)
{
	for (int rate = 2; rate <= 4; rate++) {
		unsigned int lead = lead_ms(rate, 0, 1);

		printf("# %d dB/s: %u ms before the UE: %s\n", rate, lead, words);
		ktap_expect(lead >= 500, __LINE__, "%d dB/s: %u ms", rate, lead);
	}
	EXPECT(!strncmp(words, "prepare: signal -", 17) && strstr(words, " falls to -82.0 dBm in "));
}

static void test_fading_with_noise(void)
{
	__u64 seed = random_seed();
	unsigned int before = 0;

	for (int i = 0; i < 100; i++)
		before += lead_ms(3, 100, random_next(&seed)) > 0;
	printf("# 3 dB/s with noise: before the UE in %u of 100\n", before);
	EXPECT(before >= 80);
}

/* Slower, the UE's own rule leaves time enough, and comes first. */
static void test_slow_fading(void)
{
	double mbm = GOOD_MBM;

	ue_begin(1);
	for (; !ue.own_ns; mbm -= 5)
		ue_step(mbm, 0);
	EXPECT(!ue.judged_ns);
}

/* --- it does not act for nothing ------------------------------------------ */

/* DAYS=40 in the environment: so many, for docs/mno-protocol.md. Seeds are given. */
static void test_day(void)
{
	const char *given = getenv("DAYS");
	unsigned int days = given ? strtoul(given, NULL, 10) : 1, alarms;

	for (int32_t mbm = -6500; mbm <= GOOD_MBM; mbm += 500) {
		alarms = 0;
		for (unsigned int day = 1; day <= days; day++) {
			ue_begin(day);
			for (int i = 0; i < 24 * 3600 * 10; i++)
				ue_step(mbm, 250);
			alarms += ue.judged_ns != 0;
			EXPECT(!ue.own_ns);
		}
		printf("# %d mBm: %u of %u days with an alarm; %u reports a day\n", mbm, alarms,
		       days, ue.sent);
		ktap_expect(alarms <= days / 4, __LINE__, "%d mBm: %s", mbm, words);
	}
}

static void test_single_report(void)
{
	struct pf_report bad = report(-8000), good = report(GOOD_MBM);

	begin();
	for (int i = 0; i < 100; i++) {
		EXPECT(!hear(&bad) && !wait_ms(REPORT_MS));
		EXPECT(!hear(&good) && !wait_ms(10000));
	}
}

static void test_missing_signal(void)
{
	struct pf_report none = { .decision = PF_DECISION_RELEASE };
	struct pf_report said;

	/* It never was there; and it is there for less than it takes. */
	begin();
	for (int i = 0; i < 100; i++)
		EXPECT(!hear(&none) && !wait_ms(REPORT_MS));
	for (int32_t mbm = -6000, i = 0; mbm > -7200; mbm -= 300, i++) {
		said = i % 4 == 3 ? none : report(mbm);
		EXPECT(!hear(&said) && !wait_ms(REPORT_MS));
	}
	/* Bad, then unknown, for as long as one likes. */
	said = report(-8000);
	EXPECT(!hear(&said) && !wait_ms(REPORT_MS) && !hear(&none) && !wait_ms(600000));
}

static void test_silence(void)
{
	struct pf_report said = report(-7100);

	begin();
	EXPECT(!fall(-6000, 300, 4));
	EXPECT(!wait_ms(JUDGE_STALE_MS));
	EXPECT(!hear(&said) && !wait_ms(600000));
	/* What is bad and stays so is not said again: it counts. */
	said = report(-8000);
	EXPECT(!hear(&said) && !wait_ms(2000) && wait_ms(1000));
	EXPECT(!strcmp(words, "prepare: signal -80.0 dBm < -74.0 dBm for 2560 ms"));
}

static void test_renewed(void)
{
	begin();
	EXPECT(!fall(-6000, 300, 4));
	begin();
	EXPECT(!fall(-7200 + 300, 300, 1));
	begin();
	EXPECT(fall(-6000, 300, 8) == 5);
}

static void test_wrong_values(void)
{
	struct pf_report said = report(INT32_MIN);

	begin();
	said.has_rtt = said.has_loss = true;
	said.rtt_us = UINT32_MAX;
	for (int i = 0; i < 10; i++)
		EXPECT(!hear(&said) && !wait_ms(REPORT_MS));
	said = report(INT32_MAX);
	EXPECT(!hear(&said) && !wait_ms(60000));
}

/* --- once ----------------------------------------------------------------- */

static void test_once(void)
{
	struct pf_report said = report(-8000), good = report(GOOD_MBM);

	begin();
	EXPECT(fall(-6000, 300, 8) == 5);
	EXPECT(!fall(-7500, 300, 10));
	/* The UE prepares, executes, and goes home. */
	said.decision = PF_DECISION_PREPARE;
	EXPECT(!hear(&said) && !wait_ms(60000));
	said.decision = PF_DECISION_EXECUTE;
	EXPECT(!hear(&said) && !wait_ms(60000));
	EXPECT(!hear(&good) && !wait_ms(60000));
	EXPECT(fall(-6000, 300, 8) == 5);
}

/* It does not take the order, and its link becomes good by itself. */
static void test_not_taken(void)
{
	struct pf_report good = report(GOOD_MBM);

	begin();
	EXPECT(fall(-6000, 300, 8) == 5);
	EXPECT(!hear(&good) && !wait_ms(REPORT_MS));
	EXPECT(!fall(-6000, 300, 8));
	EXPECT(!hear(&good) && !wait_ms(50000));
	EXPECT(fall(-6000, 300, 8) == 5);
}

/* A UE that is away decides for itself. */
static void test_away(void)
{
	struct pf_report said = report(-8000);

	begin();
	said.decision = PF_DECISION_PREPARE;
	EXPECT(!hear(&said) && !wait_ms(60000));
}

static void test_loss(void)
{
	struct pf_report said = report(GOOD_MBM);

	begin();
	said.has_loss = true;
	said.loss_permille = 300;
	EXPECT(!hear(&said) && wait_ms(3000));
	EXPECT(!strcmp(words, "prepare: loss 30.0 % > 20.0 % for 2560 ms"));
}

/* --- what is judged ------------------------------------------------------- */

static void test_nothing_to_judge(void)
{
	struct pf_agreement doc = { .min_report_ms = REPORT_MS };

	EXPECT(!judge_new(&doc, now_ns));
	doc = agreed;
	doc.min_report_ms = JUDGE_REPORT_MS + 1;
	EXPECT(!judge_new(&doc, now_ns));
	doc = agreed;
	doc.n_triggers = 1;
	doc.trigger[0].type = PF_TRIGGER_TYPES;
	EXPECT(!judge_new(&doc, now_ns));
	/* Release is worse than execute; no prepare is between them for the function to see. */
	doc = agreed;
	doc.trigger[0] = (struct pf_trigger){ PF_TRIGGER_RTT_PREPARE, 100000, 0, 160 };
	doc.trigger[2].threshold = -9000;
	EXPECT(!judge_new(&doc, now_ns));
	judge_free(NULL);
}

static void test_size(void)
{
	begin();
	printf("# %zu bytes each\n", malloc_usable_size(judge));
	EXPECT(malloc_usable_size(judge) <= 2048);
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "judge: a signal that fades: before the UE's own rule", test_fading },
		{ "judge: a signal that fades, with noise", test_fading_with_noise },
		{ "judge: one that fades slowly: the UE itself is first", test_slow_fading },
		{ "judge: a day of a noisy but healthy link", test_day },
		{ "judge: one report decides nothing", test_single_report },
		{ "judge: no signal is neither good nor bad", test_missing_signal },
		{ "judge: a report after long silence", test_silence },
		{ "judge: another version begins anew", test_renewed },
		{ "judge: values out of range", test_wrong_values },
		{ "judge: said once, until the UE was home again", test_once },
		{ "judge: a UE that takes no orders", test_not_taken },
		{ "judge: a UE that is away", test_away },
		{ "judge: loss", test_loss },
		{ "judge: agreements with nothing to judge by", test_nothing_to_judge },
		{ "judge: its size", test_size },
	};
	int status = ktap_run(KTAP_CASES(cases));

	judge_free(judge);
	return status;
}
