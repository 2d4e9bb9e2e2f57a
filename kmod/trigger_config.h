/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_TRIGGER_CONFIG_H
#define _SIDESTEP_TRIGGER_CONFIG_H

#include <linux/sidestep.h>

#include "linkfail.h"

/**
 * enum sidestep_trigger_config_limits - sizes of the tables by decision and quantity
 * @SIDESTEP_DECISIONS: how many decisions there are; as a decision: none
 * @SIDESTEP_QUANTITIES: how many quantities there are
 * @SIDESTEP_QUANTITIES_RULED: ... that have a threshold, these are the first
 */
enum sidestep_trigger_config_limits {
	SIDESTEP_DECISIONS = __SIDESTEP_DECISION_LAST,
	SIDESTEP_QUANTITIES = __SIDESTEP_QUANTITY_LAST,
	SIDESTEP_QUANTITIES_RULED = SIDESTEP_QUANTITY_LIVENESS,
};

/**
 * struct sidestep_rule - when something is decided, of the direct path
 * @threshold: by enum sidestep_quantity: signal, -15000 to 0 mBm; loss, 0 to
 *	       1000 permille; rtt, 0 to 60000000 microseconds; or
 *	       %SIDESTEP_TRIGGER_OFF. To prepare and to execute one of them must
 *	       be passed for the worse, to release all of them for the better
 * @hysteresis_mdb: of the signal, 0 to 15000 in steps of 500 (1/1000 dB)
 * @time_to_trigger_ms: 0, 40, 64, 80, 100, 128, 160, 256, 320, 480, 512, 640,
 *			1024, 1280, 2560 or 5120
 */
struct sidestep_rule {
	__s32	threshold[SIDESTEP_QUANTITIES_RULED];
	__s32	hysteresis_mdb;
	__s32	time_to_trigger_ms;
};

/**
 * struct sidestep_trigger_config - the rules that are agreed upon
 * @mode: enum sidestep_mode
 * @filter_coefficient: of the layer 3 filter of the signal, 0 to 9, 11, 13, 15,
 *			17 or 19
 * @rule: by enum sidestep_decision
 * @infra_threshold_mbm: to execute for the signal's sake, that of the infra path
 *			 must be better: -15000 to 0, or %SIDESTEP_TRIGGER_OFF
 * @link: when a path has failed
 * @horizon_ms: prepare if the signal, extrapolated, falls to the threshold of
 *		execute within that time: 100 to 10000, 0 for never
 * @window_ms: what it is extrapolated from, 500 to %SIDESTEP_TREND_WINDOW
 * @hold_ms: release only after the rule has held that long, 0 to 600000
 * @min_stay_ms: and only that long after the session left home, 0 to 3600000
 * @stale_ms: what was last measured on the direct path that long ago is not
 *	      known any more, 1000 to 60000: probes and answers may be lost
 *	      without that, even at %SIDESTEP_PACE_GONE
 */
struct sidestep_trigger_config {
	__s32	mode;
	__s32	filter_coefficient;
	struct sidestep_rule		rule[SIDESTEP_DECISIONS];
	__s32	infra_threshold_mbm;
	struct sidestep_linkfail_limits	link;
	__s32	horizon_ms;
	__s32	window_ms;
	__s32	hold_ms;
	__s32	min_stay_ms;
	__s32	stale_ms;
};

/**
 * struct sidestep_trigger_fault - what is wrong with a configuration
 * @decision: enum sidestep_decision, whose rule the field is part of;
 *	      %SIDESTEP_DECISIONS if it is of none
 * @field: its name, with its unit
 * @why: what is wrong; a text that stays, fit for an extack
 */
struct sidestep_trigger_fault {
	__u8		decision;
	const char	*field;
	const char	*why;
};

/**
 * struct sidestep_trigger_field - a number of a configuration
 * @decision: enum sidestep_decision, whose rule it is part of;
 *	      %SIDESTEP_DECISIONS if of none
 * @attr: enum sidestep_rule_attr, or of none, enum sidestep_trigger_attr
 * @name: what users call it
 * @in_rule: every rule has it
 * @offset: where it is, in &struct sidestep_rule or the configuration
 * @values: what it may be, up to 0xffff; NULL if @min to @max in steps of @step
 * @min: the least value
 * @max: the greatest value
 * @step: it must be a multiple of this
 * @can_be_off: it may be %SIDESTEP_TRIGGER_OFF
 * @why: what is wrong with other values
 */
struct sidestep_trigger_field {
	__u8		decision;
	__u8		attr;
	const char	*name;
	bool		in_rule;
	size_t		offset;
	const __u16	*values;
	__s32		min;
	__s32		max;
	__s32		step;
	bool		can_be_off;
	const char	*why;
};

extern const struct sidestep_trigger_config sidestep_trigger_defaults;

const struct sidestep_trigger_field *
sidestep_trigger_field(unsigned int decision, unsigned int index);
__s32 sidestep_trigger_get(const struct sidestep_trigger_config *config,
			   unsigned int decision,
			   const struct sidestep_trigger_field *field);
void sidestep_trigger_set(struct sidestep_trigger_config *config,
			  unsigned int decision,
			  const struct sidestep_trigger_field *field,
			  __s32 value);

bool sidestep_trigger_check(const struct sidestep_trigger_config *config,
			    struct sidestep_trigger_fault *fault);

#endif /* _SIDESTEP_TRIGGER_CONFIG_H */
