// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the trigger engine can be told, and whether it makes sense. Ranges are
 * those of TS 38.331 where it has the same parameter. Pure: no lock, no clock.
 */
#include "trend.h"
#include "trigger_config.h"

/* Ends a list of values. */
#define END 0xffff

static const __u16 coefficients[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 17, 19, END,
};

static const __u16 times_to_trigger[] = {
	0, 40, 64, 80, 100, 128, 160, 256, 320, 480, 512, 640, 1024, 1280, 2560,
	5120, END,
};

static const __u16 losses[] = { 1, 2, 3, 4, 6, 8, 16, 32, END };
static const __u16 n310s[] = { 1, 2, 3, 4, 6, 8, 10, 20, END };
static const __u16 n311s[] = { 1, 2, 3, 4, 5, 6, 8, 10, END };
static const __u16 t310s[] = {
	0, 50, 100, 200, 500, 1000, 2000, 4000, 6000, END,
};

static const __u16 t311s[] = {
	1000, 3000, 5000, 10000, 15000, 20000, 30000, END,
};

#define IN_RULE(member)					\
	.in_rule = true, .offset = offsetof(struct sidestep_rule, member)

/* Of each rule; those of the quantities first, in their order. */
static const struct sidestep_trigger_field rule_fields[] = {
	{ .attr = SIDESTEP_RULE_A_THRESHOLD_MBM, .name = "threshold_mbm",
	  IN_RULE(threshold[SIDESTEP_QUANTITY_SIGNAL]),
	  .min = -15000, .max = 0, .step = 1, .can_be_off = true,
	  .why = "a signal is -15000 to 0 mBm, or off" },
	{ .attr = SIDESTEP_RULE_A_LOSS_PERMILLE, .name = "loss_permille",
	  IN_RULE(threshold[SIDESTEP_QUANTITY_LOSS]),
	  .min = 0, .max = 1000, .step = 1, .can_be_off = true,
	  .why = "a loss is 0 to 1000 permille, or off" },
	{ .attr = SIDESTEP_RULE_A_RTT_US, .name = "rtt_us",
	  IN_RULE(threshold[SIDESTEP_QUANTITY_RTT]),
	  .min = 0, .max = 60000000, .step = 1, .can_be_off = true,
	  .why = "a round-trip time is 0 to 60000000 us, or off" },
	{ .attr = SIDESTEP_RULE_A_HYSTERESIS_MDB, .name = "hysteresis_mdb",
	  IN_RULE(hysteresis_mdb),
	  .min = 0, .max = 15000, .step = 500,
	  .why = "a hysteresis is 0 to 15000 mdB in steps of 500" },
	{ .attr = SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS,
	  .name = "time_to_trigger_ms", IN_RULE(time_to_trigger_ms),
	  .values = times_to_trigger,
	  .why =
	  "a time to trigger is 0, 40, 64, 80, 100, 128, 160, 256, 320, 480, 512, 640, 1024, 1280, 2560 or 5120 ms",
	},
};

#define AT(member) .offset = offsetof(struct sidestep_trigger_config, member)

static const struct sidestep_trigger_field fields[] = {
	{ SIDESTEP_DECISIONS, SIDESTEP_TRIGGER_A_MODE,
	  "mode", AT(mode),
	  .min = 0, .max = SIDESTEP_MODE_MAX, .step = 1,
	  .why = "a mode is auto, hold or manual" },
	{ SIDESTEP_DECISIONS, SIDESTEP_TRIGGER_A_FILTER_COEFFICIENT,
	  "filter_coefficient", AT(filter_coefficient),
	  .values = coefficients,
	  .why = "a filter coefficient is 0 to 9, 11, 13, 15, 17 or 19" },
	{ SIDESTEP_DECISIONS, SIDESTEP_TRIGGER_A_STALE_MS,
	  "stale_ms", AT(stale_ms),
	  .min = 1000, .max = 60000, .step = 1,
	  .why = "what is stale is 1000 to 60000 ms old" },
	{ SIDESTEP_DECISION_PREPARE, SIDESTEP_RULE_A_HORIZON_MS,
	  "horizon_ms", AT(horizon_ms),
	  .min = 0, .max = 10000, .step = 100,
	  .why = "a horizon is 100 to 10000 ms in steps of 100, or 0 for none" },
	{ SIDESTEP_DECISION_PREPARE, SIDESTEP_RULE_A_WINDOW_MS,
	  "window_ms", AT(window_ms),
	  .min = 500, .max = SIDESTEP_TREND_WINDOW, .step = 1,
	  .why = "a window is 500 to 10000 ms" },
	{ SIDESTEP_DECISION_EXECUTE, SIDESTEP_RULE_A_INFRA_THRESHOLD_MBM,
	  "infra_threshold_mbm",
	  AT(infra_threshold_mbm),
	  .min = -15000, .max = 0, .step = 1, .can_be_off = true,
	  .why = "a signal is -15000 to 0 mBm, or off" },
	{ SIDESTEP_DECISION_EXECUTE, SIDESTEP_RULE_A_CONSECUTIVE_LOSS,
	  "consecutive_loss",
	  AT(link.consecutive_loss), .values = losses,
	  .why = "losses in a row are 1, 2, 3, 4, 6, 8, 16 or 32" },
	{ SIDESTEP_DECISION_EXECUTE, SIDESTEP_RULE_A_N310,
	  "n310", AT(link.n310), .values = n310s,
	  .why = "N310 is 1, 2, 3, 4, 6, 8, 10 or 20" },
	{ SIDESTEP_DECISION_EXECUTE, SIDESTEP_RULE_A_N311,
	  "n311", AT(link.n311), .values = n311s,
	  .why = "N311 is 1, 2, 3, 4, 5, 6, 8 or 10" },
	{ SIDESTEP_DECISION_EXECUTE, SIDESTEP_RULE_A_T310_MS,
	  "t310_ms", AT(link.t310_ms),
	  .values = t310s,
	  .why = "T310 is 0, 50, 100, 200, 500, 1000, 2000, 4000 or 6000 ms" },
	{ SIDESTEP_DECISION_EXECUTE, SIDESTEP_RULE_A_T311_MS,
	  "t311_ms", AT(link.t311_ms),
	  .values = t311s,
	  .why = "T311 is 1000, 3000, 5000, 10000, 15000, 20000 or 30000 ms" },
	{ SIDESTEP_DECISION_RELEASE, SIDESTEP_RULE_A_HOLD_MS,
	  "hold_ms", AT(hold_ms),
	  .min = 0, .max = 600000, .step = 1,
	  .why = "a hold time is 0 to 600000 ms" },
	{ SIDESTEP_DECISION_RELEASE, SIDESTEP_RULE_A_MIN_STAY_MS,
	  "min_stay_ms", AT(min_stay_ms),
	  .min = 0, .max = 3600000, .step = 1,
	  .why = "a minimum stay is 0 to 3600000 ms" },
};

/**
 * sidestep_trigger_defaults - the rules until others are agreed upon
 *
 * For a link that fails at -85 dBm; docs/triggers.md says how they were found.
 */
const struct sidestep_trigger_config sidestep_trigger_defaults = {
	.mode = SIDESTEP_MODE_AUTO,
	.filter_coefficient = 4,
	.rule = {
		[SIDESTEP_DECISION_PREPARE] = {
			.threshold = { -7300, 200, SIDESTEP_TRIGGER_OFF },
			.hysteresis_mdb = 1000,
			.time_to_trigger_ms = 160,
		},
		[SIDESTEP_DECISION_EXECUTE] = {
			.threshold = { -8200, 500, SIDESTEP_TRIGGER_OFF },
			.hysteresis_mdb = 1000,
			.time_to_trigger_ms = 160,
		},
		[SIDESTEP_DECISION_RELEASE] = {
			.threshold = { -6700, 100, SIDESTEP_TRIGGER_OFF },
			.hysteresis_mdb = 1000,
			.time_to_trigger_ms = 160,
		},
	},
	.infra_threshold_mbm = SIDESTEP_TRIGGER_OFF,
	.link = {
		.consecutive_loss = 4,
		.n310 = 2,
		.n311 = 2,
		.t310_ms = 500,
		.t311_ms = 10000,
	},
	.horizon_ms = 0,
	.window_ms = 2000,
	.hold_ms = 5000,
	.min_stay_ms = 30000,
	.stale_ms = 1000,
};

/**
 * sidestep_trigger_field() - the numbers of a rule, one by one
 * @decision: enum sidestep_decision, whose; %SIDESTEP_DECISIONS for those of none
 * @index: which, from 0
 *
 * Return: it, or NULL behind the last.
 */
const struct sidestep_trigger_field *
sidestep_trigger_field(unsigned int decision, unsigned int index)
{
	unsigned int i;

	if (decision != SIDESTEP_DECISIONS) {
		if (index < ARRAY_SIZE(rule_fields))
			return &rule_fields[index];
		index -= ARRAY_SIZE(rule_fields);
	}
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].decision == decision && !index--)
			return &fields[i];
	return NULL;
}

static size_t offset_of(unsigned int decision,
			const struct sidestep_trigger_field *field)
{
	size_t offset = field->offset;

	if (field->in_rule)
		offset += offsetof(struct sidestep_trigger_config, rule) +
			  decision * sizeof(struct sidestep_rule);
	return offset;
}

/**
 * sidestep_trigger_get() - read a number
 * @config: the configuration
 * @decision: as for sidestep_trigger_field()
 * @field: as that said
 *
 * Return: the number.
 */
__s32 sidestep_trigger_get(const struct sidestep_trigger_config *config,
			   unsigned int decision,
			   const struct sidestep_trigger_field *field)
{
	return *(const __s32 *)((const char *)config +
				offset_of(decision, field));
}

/**
 * sidestep_trigger_set() - write a number, good or not
 * @config: the configuration
 * @decision: as for sidestep_trigger_field()
 * @field: as that said
 * @value: the number
 */
void sidestep_trigger_set(struct sidestep_trigger_config *config,
			  unsigned int decision,
			  const struct sidestep_trigger_field *field,
			  __s32 value)
{
	*(__s32 *)((char *)config + offset_of(decision, field)) = value;
}

static bool value_good(const struct sidestep_trigger_field *field, __s32 value)
{
	const __u16 *listed = field->values;

	if (value == SIDESTEP_TRIGGER_OFF)
		return field->can_be_off;
	if (!listed)
		return value >= field->min && value <= field->max &&
		       value % field->step == 0;
	while (*listed != END && *listed != value)
		listed++;
	return *listed != END;
}

/* Returns whether all @count of @table, in @where, are good. */
static bool fields_good(const struct sidestep_trigger_field *table, unsigned int count,
			const void *where, struct sidestep_trigger_fault *fault)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		const struct sidestep_trigger_field *field = &table[i];

		if (value_good(field, *(const __s32 *)((const char *)where +
						       field->offset)))
			continue;
		fault->decision = field->decision;
		fault->field = field->name;
		fault->why = field->why;
		return false;
	}
	return true;
}

static const char *const contradictions[][SIDESTEP_QUANTITIES_RULED] = {
	{ "release is below prepare", "release is above prepare",
	  "release is above prepare" },
	{ "release is below execute", "release is above execute",
	  "release is above execute" },
	{ "execute is above prepare", "execute is below prepare",
	  "execute is below prepare" },
};

/* Whether decision @a would be taken of a worse link than @b. */
static bool is_worse(const struct sidestep_trigger_config *config,
		     unsigned int a, unsigned int b, unsigned int quantity)
{
	__s32 of_a = config->rule[a].threshold[quantity];
	__s32 of_b = config->rule[b].threshold[quantity];

	if (of_a == SIDESTEP_TRIGGER_OFF || of_b == SIDESTEP_TRIGGER_OFF)
		return false;
	return quantity == SIDESTEP_QUANTITY_SIGNAL ? of_a < of_b : of_a > of_b;
}

static bool quantity_good(const struct sidestep_trigger_config *config,
			  unsigned int quantity,
			  struct sidestep_trigger_fault *fault)
{
	unsigned int which;

	fault->decision = SIDESTEP_DECISION_RELEASE;
	if (is_worse(config, SIDESTEP_DECISION_RELEASE,
		     SIDESTEP_DECISION_PREPARE, quantity)) {
		which = 0;
	} else if (is_worse(config, SIDESTEP_DECISION_RELEASE,
			    SIDESTEP_DECISION_EXECUTE, quantity)) {
		which = 1;
	} else if (is_worse(config, SIDESTEP_DECISION_PREPARE,
			    SIDESTEP_DECISION_EXECUTE, quantity)) {
		fault->decision = SIDESTEP_DECISION_EXECUTE;
		which = 2;
	} else {
		return true;
	}
	fault->field = rule_fields[quantity].name;
	fault->why = contradictions[which][quantity];
	return false;
}

/**
 * sidestep_trigger_check() - find what is wrong with a configuration
 * @config: the configuration
 * @fault: the first thing that is wrong is put here
 *
 * Return: whether nothing is.
 */
bool sidestep_trigger_check(const struct sidestep_trigger_config *config,
			    struct sidestep_trigger_fault *fault)
{
	unsigned int i;

	if (!fields_good(fields, ARRAY_SIZE(fields), config, fault))
		return false;
	for (i = 0; i < SIDESTEP_DECISIONS; i++) {
		if (fields_good(rule_fields, ARRAY_SIZE(rule_fields),
				&config->rule[i], fault))
			continue;
		fault->decision = i;
		return false;
	}
	for (i = 0; i < SIDESTEP_QUANTITIES_RULED; i++)
		if (!quantity_good(config, i, fault))
			return false;
	return true;
}
