// SPDX-License-Identifier: GPL-2.0-or-later
/* What a run is worth: docs/triggers.md defines each figure. */
#include <math.h>

#include "replay.h"

#define FALSE_ALARM_NS (30 * NS_PER_S)
#define PINGPONG_NS (10 * NS_PER_S)
#define FAIL_STEPS (NS_PER_S / STEP_NS)
#define NONE SIZE_MAX

/* The first step from @from on at which the link is bad, or good, for 1 s. */
static size_t next_stretch(const struct walk *walk, size_t from, bool bad)
{
	size_t length = 0;

	for (size_t i = from; i < walk->steps; i++) {
		length = (walk->level[i] < FAIL_DBM) == bad ? length + 1 : 0;
		if (length == FAIL_STEPS)
			return i + 1 - length;
	}
	return NONE;
}

static bool fails_within(const struct walk *walk, __u64 from, __u64 until)
{
	size_t at = 0;

	while ((at = next_stretch(walk, at, true)) != NONE &&
	       at * STEP_NS <= until) {
		size_t ends = next_stretch(walk, at, false);

		if (ends == NONE || ends * STEP_NS > from)
			return true;
		at = ends;
	}
	return false;
}

/* When the session left home for the stay that @at is in; NONE if in none. */
static __u64 away_since(const struct run *run, __u64 at)
{
	__u64 since = NONE;

	for (size_t i = 0; i < run->count && run->changes[i].at <= at; i++) {
		if (run->changes[i].cause.decision == SIDESTEP_DECISION_RELEASE)
			since = NONE;
		else if (since == NONE)
			since = run->changes[i].at;
	}
	return since;
}

static __u64 next_leaving(const struct run *run, __u64 after)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->changes[i].at > after)
			return run->changes[i].at;
	return NONE;
}

static bool is_usable(const struct run *run, __u64 at)
{
	__u64 since = away_since(run, at);

	return since != NONE && since + (__u64)(SETUP_S * NS_PER_S) <= at;
}

static void add_lead(struct score *score, const struct run *run, __u64 failed)
{
	__u64 left = away_since(run, failed);

	if (left == NONE)
		left = next_leaving(run, failed);
	if (left == NONE)
		return;
	score->leads = realloc(score->leads, (score->leads_count + 1) *
			       sizeof(*score->leads));
	if (!score->leads)
		abort();
	score->leads[score->leads_count++] =
		((double)failed - (double)left) / NS_PER_S;
}

static void add_failures(struct score *score, const struct walk *walk,
			 const struct run *run)
{
	size_t at = next_stretch(walk, 0, true);
	bool missed = false;

	if (at == NONE)
		return;
	score->failing++;
	add_lead(score, run, at * STEP_NS);
	for (; at != NONE; at = next_stretch(walk, at, true)) {
		missed |= !is_usable(run, at * STEP_NS);
		at = next_stretch(walk, at, false);
		if (at == NONE)
			break;
	}
	if (missed && score->missed < 8)
		score->missed_seeds[score->missed] = walk->seed;
	score->missed += missed;
}

/* Changes between prepare and execute are none between home and away. */
static void add_stays(struct score *score, const struct walk *walk,
		      const struct run *run)
{
	__u64 end = walk->steps * STEP_NS, since = 0;
	bool away = false;

	for (size_t i = 0; i < run->count; i++) {
		const struct change *change = &run->changes[i];
		bool leaves = change->cause.decision != SIDESTEP_DECISION_RELEASE;

		if (leaves == away)
			continue;
		if (away)
			score->away_s += (double)(change->at - since) / NS_PER_S;
		if (since && change->at - since < PINGPONG_NS)
			score->pingpongs++;
		if (leaves) {
			score->alarms++;
			score->false_alarms +=
				!fails_within(walk, change->at,
					      change->at + FALSE_ALARM_NS);
		}
		away = leaves;
		since = change->at;
	}
	if (away)
		score->away_s += (double)(end - since) / NS_PER_S;
	score->seconds += (double)end / NS_PER_S;
}

/**
 * score_add() - add a run
 * @score: of the strategy, all 0 at first
 * @walk: the walk
 * @run: what the strategy made of it
 */
void score_add(struct score *score, const struct walk *walk,
	       const struct run *run)
{
	score->walks++;
	score->probes += run->probes;
	add_failures(score, walk, run);
	add_stays(score, walk, run);
}

void score_free(struct score *score)
{
	free(score->leads);
}

/* Per cent of the failing walks. */
double score_missed(const struct score *score)
{
	return score->failing ? 100.0 * score->missed / score->failing : 0;
}

/* Bytes on the metered path, per cent of always-on duplication's. */
double score_metered(const struct score *score)
{
	double bytes = score->away_s * TRAFFIC_BYTES_PER_S +
		       score->probes * 2.0 * PROBE_BYTES;

	return 100 * bytes / (score->seconds * TRAFFIC_BYTES_PER_S);
}

/* An hour. */
double score_pingpongs(const struct score *score)
{
	return score->pingpongs / (score->seconds / 3600);
}

static int by_value(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

/* NAN if there is none. */
double score_lead(const struct score *score, unsigned int percentile)
{
	if (!score->leads_count)
		return NAN;
	qsort(score->leads, score->leads_count, sizeof(*score->leads),
	      by_value);
	return score->leads[(score->leads_count - 1) * percentile / 100];
}
