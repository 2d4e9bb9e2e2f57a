/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: what is made of the demo's runs */
#ifndef DEMO_REPORT_H
#define DEMO_REPORT_H

#include <stdio.h>

#include "run.h"

enum report_limits {
	VERDICT_MAX_REASONS = 32,
	VERDICT_REASON_LEN = 120,
};

/**
 * struct verdict - is Sidestep's run clean, and if not, why
 * @reasons: one sentence each
 * @count: of @reasons; 0 is clean
 */
struct verdict {
	char reasons[VERDICT_MAX_REASONS][VERDICT_REASON_LEN];
	unsigned int count;
};

/* Longest gap of the control period, less the sending interval. */
int64_t verdict_jitter_us(const struct run *run, enum stream stream);
/* Sending interval, delay difference of the paths, the jitter, and what a cut without warning may cost. */
int64_t verdict_bound_us(const struct run *run, enum stream stream);
uint64_t verdict_story_retransmissions(const struct run *run);
void verdict_make(struct verdict *v, const struct run *sidestep,
		  const struct run *without);

void result_write(FILE *out, const struct verdict *v,
		  const struct run *sidestep, const struct run *without,
		  const struct run *mptcp);
void table_write(FILE *out, const struct verdict *v, const struct run *sidestep,
		 const struct run *without, const struct run *mptcp);
void timeline_write(FILE *out, const struct run *sidestep,
		    const struct run *without);

#endif
