/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_TRIGGER_CONFIG_H
#define _SIDESTEP_TRIGGER_CONFIG_H

#include "linkfail.h"

/* In the place of a threshold: there is none, the rule does not exist. */
#define SIDESTEP_TRIGGER_OFF INT_MIN

/**
 * enum sidestep_mode - who decides
 * @SIDESTEP_MODE_AUTO: the rules and orders
 * @SIDESTEP_MODE_HOLD: nobody, all stays as it is
 * @SIDESTEP_MODE_MANUAL: orders only
 */
enum sidestep_mode {
	SIDESTEP_MODE_AUTO,
	SIDESTEP_MODE_HOLD,
	SIDESTEP_MODE_MANUAL,
	/* private: */
	__SIDESTEP_MODE_LAST
};

/**
 * enum sidestep_decision - what is decided; also how far a session is
 * @SIDESTEP_DECISION_RELEASE: home: the direct path alone
 * @SIDESTEP_DECISION_PREPARE: the infra path is brought up, packets take both
 * @SIDESTEP_DECISION_EXECUTE: the infra path alone
 * @SIDESTEP_DECISIONS: how many there are; as a decision: none
 */
enum sidestep_decision {
	SIDESTEP_DECISION_RELEASE,
	SIDESTEP_DECISION_PREPARE,
	SIDESTEP_DECISION_EXECUTE,
	SIDESTEP_DECISIONS,
};

/**
 * enum sidestep_quantity - what is measured
 * @SIDESTEP_QUANTITY_SIGNAL: received power, mBm (1/100 dBm)
 * @SIDESTEP_QUANTITY_LOSS: packets lost, permille
 * @SIDESTEP_QUANTITY_RTT: round-trip time, microseconds
 * @SIDESTEP_QUANTITY_LIVENESS: 1 if a probe was answered, 0 if not in time
 * @SIDESTEP_QUANTITIES: how many there are
 * @SIDESTEP_QUANTITIES_RULED: ... that have a threshold, these are the first
 */
enum sidestep_quantity {
	SIDESTEP_QUANTITY_SIGNAL,
	SIDESTEP_QUANTITY_LOSS,
	SIDESTEP_QUANTITY_RTT,
	SIDESTEP_QUANTITY_LIVENESS,
	SIDESTEP_QUANTITIES,
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
 *	      known any more, 200 to 60000
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

extern const struct sidestep_trigger_config sidestep_trigger_defaults;

bool sidestep_trigger_check(const struct sidestep_trigger_config *config,
			    struct sidestep_trigger_fault *fault);

#endif /* _SIDESTEP_TRIGGER_CONFIG_H */
