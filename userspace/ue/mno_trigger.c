// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_trigger.h"

#include <string.h>

/**
 * struct known - a type of trigger
 * @type: enum pf_trigger_type
 * @decision: whose rule
 * @threshold: enum sidestep_rule_attr
 */
static const struct known {
	uint32_t type;
	uint8_t decision;
	uint8_t threshold;
} known[] = {
	/* Those whose time to trigger counts most come last. */
	{ PF_TRIGGER_RTT_PREPARE, SIDESTEP_DECISION_PREPARE, SIDESTEP_RULE_A_RTT_US },
	{ PF_TRIGGER_RTT_EXECUTE, SIDESTEP_DECISION_EXECUTE, SIDESTEP_RULE_A_RTT_US },
	{ PF_TRIGGER_LOSS_PREPARE, SIDESTEP_DECISION_PREPARE,
	  SIDESTEP_RULE_A_LOSS_PERMILLE },
	{ PF_TRIGGER_LOSS_EXECUTE, SIDESTEP_DECISION_EXECUTE,
	  SIDESTEP_RULE_A_LOSS_PERMILLE },
	{ PF_TRIGGER_S2_PREPARE, SIDESTEP_DECISION_PREPARE,
	  SIDESTEP_RULE_A_THRESHOLD_MBM },
	{ PF_TRIGGER_X1_EXECUTE, SIDESTEP_DECISION_EXECUTE,
	  SIDESTEP_RULE_A_THRESHOLD_MBM },
	{ PF_TRIGGER_S1_RELEASE, SIDESTEP_DECISION_RELEASE,
	  SIDESTEP_RULE_A_THRESHOLD_MBM },
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

_Static_assert((int)N_KNOWN <= (int)PF_MAX_TRIGGERS, "all fit into an agreement");

static bool rule_has(const struct session_rule *rule, unsigned int attr)
{
	return rule->has & 1u << attr;
}

size_t mno_trigger_offer(struct pf_trigger trigger[PF_MAX_TRIGGERS],
			 const struct session_rule told[SIDESTEP_DECISION_MAX + 1])
{
	size_t n = 0;

	for (const struct known *k = known; k < known + N_KNOWN; k++) {
		const struct session_rule *rule = &told[k->decision];
		bool is_signal = k->threshold == SIDESTEP_RULE_A_THRESHOLD_MBM;

		if (!rule_has(rule, k->threshold) ||
		    rule->value[k->threshold] == SIDESTEP_TRIGGER_OFF)
			continue;
		trigger[n++] = (struct pf_trigger){
			.type = k->type,
			.threshold = rule->value[k->threshold],
			.hysteresis = is_signal ?
				      rule->value[SIDESTEP_RULE_A_HYSTERESIS_MDB] : 0,
			.time_to_trigger_ms =
				rule->value[SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS],
		};
	}
	return n;
}

static void put(struct session_rule *rule, unsigned int attr, int32_t value)
{
	rule->has |= 1u << attr;
	rule->value[attr] = value;
}

static void put_trigger(struct session_rule *rule, const struct known *k,
			const struct pf_trigger *trigger)
{
	put(rule, k->threshold, trigger->threshold);
	put(rule, SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS, trigger->time_to_trigger_ms);
	if (k->threshold == SIDESTEP_RULE_A_THRESHOLD_MBM)
		put(rule, SIDESTEP_RULE_A_HYSTERESIS_MDB, trigger->hysteresis);
}

static void leave_same(struct session_rule *rule, const struct session_rule *told)
{
	for (unsigned int attr = 0; attr <= SIDESTEP_RULE_A_MAX; attr++)
		if (rule_has(rule, attr) && rule_has(told, attr) &&
		    rule->value[attr] == told->value[attr])
			rule->has &= ~(1u << attr);
}

bool mno_trigger_rules(struct session_rule rule[SIDESTEP_DECISION_MAX + 1],
		       const struct pf_agreement *agreed,
		       const struct session_rule told[SIDESTEP_DECISION_MAX + 1])
{
	bool differs = false;

	memset(rule, 0, (SIDESTEP_DECISION_MAX + 1) * sizeof(*rule));
	for (const struct known *k = known; k < known + N_KNOWN; k++)
		for (size_t i = 0; i < agreed->n_triggers; i++)
			if (agreed->trigger[i].type == k->type)
				put_trigger(&rule[k->decision], k, &agreed->trigger[i]);
	for (int decision = 0; decision <= SIDESTEP_DECISION_MAX; decision++) {
		rule[decision].decision = decision;
		leave_same(&rule[decision], &told[decision]);
		differs |= rule[decision].has;
	}
	return differs;
}
