/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agreement: what the function takes of an offer. Pure
 */
#ifndef _SIDESTEP_AGREEMENT_H
#define _SIDESTEP_AGREEMENT_H

#include "../common/pf_msg.h"

/**
 * struct agreement_limits - what an operator allows
 * @window_s: greatest Time-Window
 * @min_report_ms: least time between reports
 */
struct agreement_limits {
	uint32_t window_s;
	uint32_t min_report_ms;
};

/**
 * agreement_answer() - negotiate
 * @answer: the result: the offer with values clamped to what is allowed, without the
 *	    triggers whose types are not known here, which are listed; id and version are
 *	    the caller's to set
 * @offer: a UE's
 * @limits: the operator's
 *
 * Return: NULL, or why there can be no agreement: triggers that contradict each other,
 * or the same one twice.
 */
const char *agreement_answer(struct pf_agreement *answer, const struct pf_agreement *offer,
			     const struct agreement_limits *limits);

/**
 * agreement_fit() - what was agreed on, or answered, by the limits of now
 * @doc: changed to what they allow, with the next version
 * @limits: the operator's
 *
 * Return: was it changed? Then it is another one, to be offered and confirmed.
 */
bool agreement_fit(struct pf_agreement *doc, const struct agreement_limits *limits);

#endif /* _SIDESTEP_AGREEMENT_H */
