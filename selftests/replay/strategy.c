// SPDX-License-Identifier: GPL-2.0-or-later
/* The strategies that are compared; all are rules of the same engine. */
#include <math.h>

#include "replay.h"

#define OFF SIDESTEP_TRIGGER_OFF

const char *const strategy_names[STRATEGIES] = {
	"threshold only",
	"+ hysteresis",
	"+ time to trigger",
	"+ extrapolation",
	"loss only",
	"defaults",
	"always-on duplication",
	"ping-count monitor",
};

enum { THRESHOLD, HYSTERESIS, TIME, TREND, LOSS, DEFAULTS, ALWAYS, PING };

_Static_assert(DEFAULTS == STRATEGY_DEFAULTS, "which are the defaults?");

static void set_all(struct sidestep_trigger_config *config,
		    unsigned int quantity, __s32 threshold)
{
	for (int d = 0; d < SIDESTEP_DECISIONS; d++)
		config->rule[d].threshold[quantity] = threshold;
}

/* Home again as soon as the rule says so, and nothing but the signal counts. */
static struct sidestep_trigger_config signal_only(void)
{
	struct sidestep_trigger_config config = sidestep_trigger_defaults;

	config.filter_coefficient = 0;
	config.hold_ms = 0;
	config.min_stay_ms = 0;
	config.link.consecutive_loss = 32;
	config.link.n310 = 20;
	config.link.t310_ms = 6000;
	set_all(&config, SIDESTEP_QUANTITY_LOSS, OFF);
	for (int d = 0; d < SIDESTEP_DECISIONS; d++) {
		config.rule[d].hysteresis_mdb = 0;
		config.rule[d].time_to_trigger_ms = 0;
	}
	config.rule[SIDESTEP_DECISION_RELEASE].threshold[SIDESTEP_QUANTITY_SIGNAL] =
		config.rule[SIDESTEP_DECISION_PREPARE].threshold[SIDESTEP_QUANTITY_SIGNAL];
	return config;
}

static void add_steps(struct sidestep_trigger_config *config,
		      unsigned int which)
{
	for (int d = 0; d < SIDESTEP_DECISIONS; d++) {
		if (which >= HYSTERESIS)
			config->rule[d].hysteresis_mdb = 1000;
		if (which >= TIME)
			config->rule[d].time_to_trigger_ms = 160;
	}
	if (which >= TREND)
		config->horizon_ms = 2000;
}

/* ping -i 1, switch after 3 lost in a row, back after 3 answered. */
static struct sidestep_trigger_config ping_only(void)
{
	struct sidestep_trigger_config config = signal_only();

	set_all(&config, SIDESTEP_QUANTITY_SIGNAL, OFF);
	config.link.consecutive_loss = 3;
	config.link.n311 = 3;
	config.stale_ms = 5000;
	return config;
}

/**
 * strategy_get() - one of the strategies
 * @which: 0 to %STRATEGIES - 1
 *
 * Return: the strategy.
 */
struct strategy strategy_get(unsigned int which)
{
	struct strategy strategy = {
		.name = strategy_names[which],
		.config = sidestep_trigger_defaults,
		.always = which == ALWAYS,
		.ping = which == PING,
	};

	if (which <= TREND) {
		strategy.config = signal_only();
		add_steps(&strategy.config, which);
	} else if (which == LOSS) {
		set_all(&strategy.config, SIDESTEP_QUANTITY_SIGNAL, OFF);
	} else if (which == ALWAYS) {
		strategy.config.mode = SIDESTEP_MODE_MANUAL;
	} else if (which == PING) {
		strategy.config = ping_only();
	}
	return strategy;
}

/**
 * strategy_with_threshold() - the defaults, but for the threshold of prepare
 * @prepare_dbm: this threshold; those of release and execute move with it
 *
 * Return: the strategy.
 */
struct strategy strategy_with_threshold(double prepare_dbm)
{
	struct strategy strategy = strategy_get(DEFAULTS);
	struct sidestep_rule *rule = strategy.config.rule;
	const int signal = SIDESTEP_QUANTITY_SIGNAL;
	__s32 prepare = lround(100 * prepare_dbm);
	__s32 moved = prepare - rule[SIDESTEP_DECISION_PREPARE].threshold[signal];

	rule[SIDESTEP_DECISION_PREPARE].threshold[signal] = prepare;
	rule[SIDESTEP_DECISION_RELEASE].threshold[signal] += moved;
	if (rule[SIDESTEP_DECISION_EXECUTE].threshold[signal] > prepare)
		rule[SIDESTEP_DECISION_EXECUTE].threshold[signal] = prepare;
	return strategy;
}
