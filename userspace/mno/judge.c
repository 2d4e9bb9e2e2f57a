// SPDX-License-Identifier: GPL-2.0-or-later
#include "judge.h"

#include "../../kmod/trigger.h"
#include "../../kmod/words.h"

#include <stdlib.h>

/**
 * struct judge - the engine of one agreement
 * @engine: has no say in execute: it never hears of the infra path
 * @tick_at: when something happens by itself
 * @decision: that the UE has reported last
 */
struct judge {
	struct sidestep_trigger engine;
	uint64_t tick_at;
	enum pf_decision decision;
};

/* --- rules ---------------------------------------------------------------- */

/**
 * struct ruled - a type of trigger that counts here
 * @type: enum pf_trigger_type
 * @decision: whose rule
 * @quantity: of that
 */
static const struct ruled {
	uint32_t type;
	uint8_t decision;
	uint8_t quantity;
} ruled[] = {
	{ PF_TRIGGER_S2_PREPARE, SIDESTEP_DECISION_PREPARE, SIDESTEP_QUANTITY_SIGNAL },
	{ PF_TRIGGER_LOSS_PREPARE, SIDESTEP_DECISION_PREPARE, SIDESTEP_QUANTITY_LOSS },
	{ PF_TRIGGER_RTT_PREPARE, SIDESTEP_DECISION_PREPARE, SIDESTEP_QUANTITY_RTT },
	/* What the signal must not fall to; and when all is well again. */
	{ PF_TRIGGER_X1_EXECUTE, SIDESTEP_DECISION_EXECUTE, SIDESTEP_QUANTITY_SIGNAL },
	{ PF_TRIGGER_S1_RELEASE, SIDESTEP_DECISION_RELEASE, SIDESTEP_QUANTITY_SIGNAL },
};

#define N_RULED (sizeof(ruled) / sizeof(ruled[0]))

static void take_trigger(struct sidestep_trigger_config *config,
			 const struct pf_trigger *trigger)
{
	struct sidestep_rule *rule;
	size_t i;

	for (i = 0; i < N_RULED; i++) {
		if (ruled[i].type != trigger->type)
			continue;
		rule = &config->rule[ruled[i].decision];
		rule->threshold[ruled[i].quantity] = trigger->threshold;
		if (ruled[i].quantity == SIDESTEP_QUANTITY_SIGNAL)
			rule->hysteresis_mdb = trigger->hysteresis;
	}
}

/* A single report decides nothing: the next one has its say before the time is over. */
static int32_t time_to_trigger(const struct pf_agreement *doc)
{
	return 2 * doc->min_report_ms <= 2560 ? 2560 : 5120;
}

/* Return: is there anything to prepare by? */
static bool fill_config(struct sidestep_trigger_config *config,
			const struct pf_agreement *doc)
{
	const int32_t *prepare = config->rule[SIDESTEP_DECISION_PREPARE].threshold;
	struct sidestep_trigger_fault fault;
	size_t i, q;

	*config = sidestep_trigger_defaults;
	config->filter_coefficient = JUDGE_FILTER;
	config->horizon_ms = JUDGE_HORIZON_MS;
	config->window_ms = JUDGE_WINDOW_MS;
	config->stale_ms = JUDGE_STALE_MS;
	for (i = 0; i < SIDESTEP_DECISIONS; i++) {
		for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
			config->rule[i].threshold[q] = SIDESTEP_TRIGGER_OFF;
		config->rule[i].time_to_trigger_ms = time_to_trigger(doc);
	}
	for (i = 0; i < doc->n_triggers; i++)
		take_trigger(config, &doc->trigger[i]);
	for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
		if (prepare[q] != SIDESTEP_TRIGGER_OFF)
			return sidestep_trigger_check(config, &fault);
	return false;
}

struct judge *judge_new(const struct pf_agreement *doc, uint64_t now_ns)
{
	struct sidestep_trigger_config config;
	struct judge *judge;

	if (doc->min_report_ms > JUDGE_REPORT_MS || !fill_config(&config, doc))
		return NULL;
	judge = malloc(sizeof(*judge));
	if (!judge)
		return NULL;
	sidestep_trigger_init(&judge->engine, false, now_ns);
	sidestep_trigger_configure(&judge->engine, now_ns, &config);
	judge->tick_at = SIDESTEP_NEVER;
	judge->decision = PF_DECISION_NONE;
	return judge;
}

void judge_free(struct judge *judge)
{
	free(judge);
}

/* --- reports -------------------------------------------------------------- */

/* struct said - what a report says of a quantity, if it does */
struct said {
	bool is_there;
	int32_t value;
};

static bool is_known(const struct judge *judge, unsigned int quantity)
{
	return judge->engine.measured[SIDESTEP_PATH_DIRECT][quantity].known;
}

static void measure(struct judge *judge, unsigned int quantity, int32_t value,
		    uint64_t now_ns)
{
	const char *why;

	/* What is out of range is as if it had not been said. */
	sidestep_trigger_measure(&judge->engine, now_ns, SIDESTEP_PATH_DIRECT, quantity,
				 value, now_ns, &why);
}

static void take(struct judge *judge, const struct said said[SIDESTEP_QUANTITIES],
		 uint64_t now_ns)
{
	bool lacks = false;
	unsigned int q;

	for (q = 0; q < SIDESTEP_QUANTITIES_RULED; q++)
		lacks |= is_known(judge, q) && !said[q].is_there;
	if (lacks)
		sidestep_trigger_forget(&judge->engine, now_ns, SIDESTEP_PATH_DIRECT);
	for (q = 0; q < SIDESTEP_QUANTITIES; q++)
		if (said[q].is_there)
			measure(judge, q, said[q].value, now_ns);
}

/* Where the UE's kernel is, not where it should be. */
static void follow(struct judge *judge, enum pf_decision decision, uint64_t now_ns)
{
	struct sidestep_trigger_order order = { .why = "" };
	const char *why;

	if (decision == judge->decision || decision == PF_DECISION_NONE)
		return;
	judge->decision = decision;
	order.decision = decision - 1;
	sidestep_trigger_order(&judge->engine, now_ns, &order, &why);
}

bool judge_tick(struct judge *judge, uint64_t now_ns, char words[JUDGE_WORDS_SIZE])
{
	struct sidestep_trigger_verdict verdict;

	if (now_ns < judge->tick_at)
		return false;
	sidestep_trigger_tick(&judge->engine, now_ns, &verdict);
	judge->tick_at = verdict.tick_at;
	if (!verdict.decided || verdict.cause.kind == SIDESTEP_CAUSE_HAND ||
	    verdict.cause.decision != SIDESTEP_DECISION_PREPARE)
		return false;
	sidestep_words_cause(&verdict.cause, words, JUDGE_WORDS_SIZE);
	return true;
}

bool judge_hear(struct judge *judge, const struct pf_report *report, uint64_t now_ns,
		char words[JUDGE_WORDS_SIZE])
{
	/* At home a UE knows that its link lives; away it may not care. */
	struct said said[SIDESTEP_QUANTITIES] = {
		[SIDESTEP_QUANTITY_SIGNAL] = { report->has_signal, report->signal_mbm },
		[SIDESTEP_QUANTITY_LOSS] = { report->has_loss, report->loss_permille },
		[SIDESTEP_QUANTITY_RTT] = { report->has_rtt, report->rtt_us },
		[SIDESTEP_QUANTITY_LIVENESS] = {
			report->decision == PF_DECISION_RELEASE, true },
	};

	follow(judge, report->decision, now_ns);
	take(judge, said, now_ns);
	judge->tick_at = now_ns;
	return judge_tick(judge, now_ns, words);
}
