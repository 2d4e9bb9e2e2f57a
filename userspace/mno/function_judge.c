// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the function does by its own judgement of reports.
 */
#include "../common/clock.h"
#include "../common/log.h"
#include "assist.h"
#include "function.h"
#include "judge.h"

#include <stdio.h>

/* As if the UE had asked; it is told as well, for it does not know. */
static void begin(struct agreement *agreement, const char *words)
{
	struct subscriber *s = agreement->subscriber;
	struct pf_problem problem = {};
	char cause[PF_TEXT_SIZE];

	if (assist_of(s->function, s->epuid, agreement->doc.peer))
		return;
	snprintf(cause, sizeof(cause), "judged: %s", words);
	if (assist_begin(agreement, PF_DECISION_PREPARE, true, ASSIST_BY_JUDGE, cause,
			 &problem) && function_may_say(s->function))
		log_say(LOG_NOTICE, NULL, "%s and %s are not connected, %s: %s: %s", s->epuid,
			agreement->doc.peer, cause, problem.title, problem.detail);
}

void function_judge_hear(struct agreement *agreement, const struct pf_report *report)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	char words[JUDGE_WORDS_SIZE];

	if (!agreement->judge)
		agreement->judge = judge_new(&agreement->doc, now);
	if (agreement->judge && judge_hear(agreement->judge, report, now, words))
		begin(agreement, words);
}

void function_judge_tick(struct function *f)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	char words[JUDGE_WORDS_SIZE];
	struct agreement *agreement;
	struct subscriber *s;

	LIST_FOREACH(s, &f->subscribers.list, entry)
		LIST_FOREACH(agreement, &s->agreements, entry)
			if (agreement->judge && judge_tick(agreement->judge, now, words))
				begin(agreement, words);
}
