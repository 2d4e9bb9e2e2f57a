/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge: what the function makes of the reports under one agreement, by the same engine
 * as the UE's kernel (kmod/trigger.h). Pure: no clock
 *
 * The function hears less than the kernel measures: once a second at most, and what has
 * changed. So it decides one thing alone, to prepare; by the triggers that were agreed on,
 * and before them where the signal falls so fast that the UE's own rule would come late.
 */
#ifndef _SIDESTEP_JUDGE_H
#define _SIDESTEP_JUDGE_H

#include "../common/pf_msg.h"

#include <stdbool.h>
#include <stdint.h>

struct judge;

enum judge_limits {
	/* Reports further apart say too little, ms. */
	JUDGE_REPORT_MS = 2500,
	/* Prepare if the signal will have fallen to the threshold of execute so soon, ms; by
	 * the reports of so many ms. A shorter window, or a longer horizon, takes noise for
	 * a fall more often; judge_test counts how often these do.
	 */
	JUDGE_HORIZON_MS = 5000,
	JUDGE_WINDOW_MS = 10000,
	/* filterCoefficient (TS 38.331) for reports that are a second apart: k = 4 is for
	 * measurements, ten a second.
	 */
	JUDGE_FILTER = 13,
	/* A report holds for so long, ms: what has not changed is not reported again. */
	JUDGE_STALE_MS = 60000,
	/* "prepare: signal -66.0 dBm falls to -82.0 dBm in 4000 ms", with its NUL */
	JUDGE_WORDS_SIZE = PF_TEXT_SIZE - 16,
};

/**
 * judge_new() - begin, with nothing known
 * @doc: the agreement
 * @now_ns: the time, of a clock that does not go back
 *
 * Return: NULL if there is nothing to be judged: no triggers to prepare, or reports that
 * are too far apart; or for want of memory.
 */
struct judge *judge_new(const struct pf_agreement *doc, uint64_t now_ns);

/* judge_free() - also of NULL */
void judge_free(struct judge *judge);

/**
 * judge_hear() - take a report into account
 * @judge: the judge
 * @report: the next one
 * @now_ns: when it came, not before the last call
 * @words: why, if it is so
 *
 * What a report lacks is not known any more, and decides nothing. What the UE has decided
 * is where the judge begins from.
 *
 * Return: is the UE to prepare? Said once, until it has been home again.
 */
bool judge_hear(struct judge *judge, const struct pf_report *report, uint64_t now_ns,
		char words[JUDGE_WORDS_SIZE]);

/* judge_tick() - likewise, by what was reported before; once a second or so */
bool judge_tick(struct judge *judge, uint64_t now_ns, char words[JUDGE_WORDS_SIZE]);

#endif /* _SIDESTEP_JUDGE_H */
