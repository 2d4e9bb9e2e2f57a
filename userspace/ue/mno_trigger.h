/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_trigger: the kernel's rules as triggers of an agreement, and back. Pure
 *
 * A rule of the kernel has one time to trigger for all that it looks at; an agreement has
 * one for each trigger. The signal's counts then, or else the loss's.
 */
#ifndef _SIDESTEP_MNO_TRIGGER_H
#define _SIDESTEP_MNO_TRIGGER_H

#include "../common/pf_msg.h"
#include "../common/session.h"

/**
 * mno_trigger_offer() - what the kernel goes by now
 * @trigger: the result; thresholds that are off are no triggers
 * @told: the kernel's rules, by enum sidestep_decision
 *
 * Return: how many.
 */
size_t mno_trigger_offer(struct pf_trigger trigger[PF_MAX_TRIGGERS],
			 const struct session_rule told[SIDESTEP_DECISION_MAX + 1]);

/**
 * mno_trigger_rules() - what the kernel is to be told
 * @rule: the result, by enum sidestep_decision; @has says what differs from @told
 * @agreed: of types that are not known here nothing is said
 * @told: the kernel's rules now
 *
 * Return: whether anything differs.
 */
bool mno_trigger_rules(struct session_rule rule[SIDESTEP_DECISION_MAX + 1],
		       const struct pf_agreement *agreed,
		       const struct session_rule told[SIDESTEP_DECISION_MAX + 1]);

#endif /* _SIDESTEP_MNO_TRIGGER_H */
