// SPDX-License-Identifier: GPL-2.0-or-later
#include "agreement.h"

#include <string.h>

/**
 * struct range - what a trigger's values may be, in its unit
 */
struct range {
	int32_t min, max;
	uint32_t hysteresis_max;
};

/* As the kernel's engine takes them, see docs/triggers.md. */
static const struct range range[PF_TRIGGER_TYPES] = {
	[PF_TRIGGER_S2_PREPARE] = { -15000, 0, 15000 },
	[PF_TRIGGER_X1_EXECUTE] = { -15000, 0, 15000 },
	[PF_TRIGGER_S1_RELEASE] = { -15000, 0, 15000 },
	[PF_TRIGGER_LOSS_PREPARE] = { 0, 1000, 0 },
	[PF_TRIGGER_LOSS_EXECUTE] = { 0, 1000, 0 },
	[PF_TRIGGER_RTT_PREPARE] = { 0, 60000000, 0 },
	[PF_TRIGGER_RTT_EXECUTE] = { 0, 60000000, 0 },
};

/* TS 38.331 TimeToTrigger, ms */
static const uint32_t times[] = { 0, 40, 64, 80, 100, 128, 160, 256, 320, 480, 512, 640,
				  1024, 1280, 2560, 5120 };
/* Of a hysteresis, mdB */
static const uint32_t STEP = 500;

static bool is_known(uint32_t type)
{
	return type > 0 && type < PF_TRIGGER_TYPES;
}

static uint32_t nearest_time(uint32_t ms)
{
	size_t i = 0;

	while (i + 1 < sizeof(times) / sizeof(times[0]) && times[i + 1] <= ms)
		i++;
	return times[i];
}

static void clamp(struct pf_trigger *trigger)
{
	const struct range *allowed = &range[trigger->type];

	if (trigger->threshold < allowed->min)
		trigger->threshold = allowed->min;
	if (trigger->threshold > allowed->max)
		trigger->threshold = allowed->max;
	if (trigger->hysteresis > allowed->hysteresis_max)
		trigger->hysteresis = allowed->hysteresis_max;
	trigger->hysteresis -= trigger->hysteresis % STEP;
	trigger->time_to_trigger_ms = nearest_time(trigger->time_to_trigger_ms);
}

static const struct pf_trigger *find(const struct pf_agreement *doc, uint32_t type)
{
	size_t i;

	for (i = 0; i < doc->n_triggers; i++)
		if (doc->trigger[i].type == type)
			return &doc->trigger[i];
	return NULL;
}

/* Return: NULL, or that it is there already. */
static const char *take(struct pf_agreement *answer, const struct pf_trigger *trigger)
{
	if (!is_known(trigger->type)) {
		answer->unknown[answer->n_unknown++] = trigger->type;
		return NULL;
	}
	if (find(answer, trigger->type))
		return "the same trigger twice";
	answer->trigger[answer->n_triggers] = *trigger;
	clamp(&answer->trigger[answer->n_triggers++]);
	return NULL;
}

/* Is the one less urgent than the other? No news is fine. */
static bool above(const struct pf_agreement *doc, uint32_t high, uint32_t low)
{
	const struct pf_trigger *a = find(doc, high), *b = find(doc, low);

	return !a || !b || a->threshold >= b->threshold;
}

static const char *contradiction(const struct pf_agreement *doc)
{
	if (!above(doc, PF_TRIGGER_S1_RELEASE, PF_TRIGGER_S2_PREPARE))
		return "release below prepare";
	if (!above(doc, PF_TRIGGER_S2_PREPARE, PF_TRIGGER_X1_EXECUTE))
		return "prepare below execute";
	if (!above(doc, PF_TRIGGER_LOSS_EXECUTE, PF_TRIGGER_LOSS_PREPARE))
		return "a loss that executes below the one that prepares";
	if (!above(doc, PF_TRIGGER_RTT_EXECUTE, PF_TRIGGER_RTT_PREPARE))
		return "a round-trip time that executes below the one that prepares";
	return NULL;
}

const char *agreement_answer(struct pf_agreement *answer, const struct pf_agreement *offer,
			     const struct agreement_limits *limits)
{
	const char *fault;
	size_t i;

	*answer = *offer;
	answer->n_triggers = 0;
	answer->n_unknown = 0;
	memset(answer->trigger, 0, sizeof(answer->trigger));
	memset(answer->unknown, 0, sizeof(answer->unknown));
	if (answer->window_s > limits->window_s)
		answer->window_s = limits->window_s;
	if (answer->min_report_ms < limits->min_report_ms)
		answer->min_report_ms = limits->min_report_ms;
	for (i = 0; i < offer->n_triggers; i++) {
		fault = take(answer, &offer->trigger[i]);
		if (fault)
			return fault;
	}
	return contradiction(answer);
}

static bool same_terms(const struct pf_agreement *a, const struct pf_agreement *b)
{
	return a->window_s == b->window_s && a->min_report_ms == b->min_report_ms &&
	       a->n_triggers == b->n_triggers &&
	       !memcmp(a->trigger, b->trigger, a->n_triggers * sizeof(a->trigger[0]));
}

bool agreement_fit(struct pf_agreement *doc, const struct agreement_limits *limits)
{
	struct pf_agreement fitted;

	if (agreement_answer(&fitted, doc, limits) || same_terms(&fitted, doc))
		return false;
	fitted.version++;
	*doc = fitted;
	return true;
}
