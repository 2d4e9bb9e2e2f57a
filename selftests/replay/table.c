// SPDX-License-Identifier: GPL-2.0-or-later
/* The table, and result.json; docs/triggers.md has the keys. */
#include <math.h>

#include "replay.h"

#define GOAL_MISSED 2.0
#define GOAL_PINGPONGS 1.0
#define GOAL_METERED 5.0

/* What is always on was not alarmed by anything. */
static void write_alarms(FILE *out, const struct score *score, bool always)
{
	if (always || !score->alarms)
		fprintf(out, "%9s", "-");
	else
		fprintf(out, "%9.1f", 100.0 * score->false_alarms /
			score->alarms);
	if (always || isnan(score_lead(score, 50)))
		fprintf(out, "%8s%8s", "-", "-");
	else
		fprintf(out, "%8.1f%8.1f", score_lead(score, 50),
			score_lead(score, 5));
}

static void write_group(FILE *out, const char *name, const struct score *scores)
{
	fprintf(out, "\n%s: %u walks, %.1f hours, the link fails in %u\n", name,
		scores->walks, scores->seconds / 3600, scores->failing);
	fprintf(out, "%24s%9s%9s%16s%11s%11s\n", "", "missed", "false",
		"lead time, s", "ping-pongs", "metered");
	fprintf(out, "%24s%9s%9s%8s%8s%11s%11s\n", "", "%", "alarms %",
		"median", "5th %", "an hour", "%");
	for (unsigned int i = 0; i < STRATEGIES; i++) {
		const struct score *s = &scores[i];

		fprintf(out, "%-24s%9.1f", strategy_names[i], score_missed(s));
		write_alarms(out, s, strategy_get(i).always);
		fprintf(out, "%11.2f%11.2f\n", score_pingpongs(s),
			score_metered(s));
	}
}

static void write_curve(FILE *out, const struct result *result)
{
	fprintf(out, "\nthe defaults with another threshold of prepare; up to 5 m/s\n"
		"%12s%12s%16s%14s\n", "dBm", "missed %", "round corners %",
		"metered %");
	for (unsigned int i = 0; i < CURVE_POINTS; i++) {
		const struct point *p = &result->curve[i];

		fprintf(out, "%12.0f%12.1f%16.1f%14.2f\n", p->prepare_dbm,
			score_missed(&p->open), score_missed(&p->corner),
			score_metered(&p->day));
	}
}

static void write_goal(FILE *out, const char *what, double value, double goal)
{
	fprintf(out, "%-60s <= %.0f %8.2f  %s\n", what, goal, value,
		value <= goal ? "met" : "missed");
}

static void write_seeds(FILE *out, const struct score *score)
{
	fprintf(out, "seeds of walks missed by the defaults, not round corners:");
	for (unsigned int i = 0; i < score->missed && i < 8; i++)
		fprintf(out, " %llu", score->missed_seeds[i]);
	fprintf(out, "%s\n", score->missed > 8 ? " ..." :
			     score->missed ? "" : " none");
}

/**
 * table_write() - say what was found
 * @out: where
 * @result: what
 */
void table_write(FILE *out, const struct result *result)
{
	const struct score *open = &result->open[STRATEGY_DEFAULTS];

	fprintf(out, "%u walks, seeds %llu to %llu; set-up time %.1f s\n",
		result->walks, result->seed,
		result->seed + result->walks - 1, SETUP_S);
	write_group(out, "up to 5 m/s", result->open);
	write_group(out, "up to 5 m/s, round a corner", result->corner);
	write_group(out, "15 m/s", result->fast);
	write_group(out, "a day with 20 dips, a walk for each", result->day);
	write_curve(out, result);
	fprintf(out, "\n");
	write_goal(out, "missed by the defaults, up to 5 m/s, %",
		   score_missed(open), GOAL_MISSED);
	write_goal(out, "their ping-pongs an hour, all walks",
		   score_pingpongs(&result->all[STRATEGY_DEFAULTS]),
		   GOAL_PINGPONGS);
	write_goal(out, "their metered bytes over the day, % of always-on",
		   score_metered(&result->day[STRATEGY_DEFAULTS]),
		   GOAL_METERED);
	write_seeds(out, open);
}

static void json_number(FILE *out, const char *name, double value,
			const char *after)
{
	if (isnan(value))
		fprintf(out, "\"%s\": null%s", name, after);
	else
		fprintf(out, "\"%s\": %.3f%s", name, value, after);
}

static void json_score(FILE *out, const char *name, const struct score *s,
		       const char *after)
{
	fprintf(out, "      \"%s\": {\"walks\": %u, \"failing\": %u, \"missed\": %u, \"alarms\": %u, \"false_alarms\": %u, \"pingpongs\": %u, ",
		name, s->walks, s->failing, s->missed, s->alarms,
		s->false_alarms, s->pingpongs);
	json_number(out, "hours", s->seconds / 3600, ", ");
	json_number(out, "lead_s_median", score_lead(s, 50), ", ");
	json_number(out, "lead_s_5th", score_lead(s, 5), ", ");
	json_number(out, "metered_percent", score_metered(s), "}");
	fprintf(out, "%s\n", after);
}

static void json_strategies(FILE *out, const struct result *result)
{
	fprintf(out, "  \"strategies\": [\n");
	for (unsigned int i = 0; i < STRATEGIES; i++) {
		fprintf(out, "    {\"name\": \"%s\",\n", strategy_names[i]);
		json_score(out, "open", &result->open[i], ",");
		json_score(out, "corner", &result->corner[i], ",");
		json_score(out, "fast", &result->fast[i], ",");
		json_score(out, "all", &result->all[i], ",");
		json_score(out, "day", &result->day[i],
			   i + 1 < STRATEGIES ? "}," : "}");
	}
	fprintf(out, "  ],\n");
}

/**
 * json_write() - the same for programs
 * @out: where
 * @result: what
 */
void json_write(FILE *out, const struct result *result)
{
	fprintf(out, "{\n  \"seed\": %llu,\n  \"walks\": %u,\n",
		result->seed, result->walks);
	json_strategies(out, result);
	fprintf(out, "  \"curve\": [\n");
	for (unsigned int i = 0; i < CURVE_POINTS; i++) {
		const struct point *p = &result->curve[i];

		fprintf(out, "    {\"prepare_dbm\": %.0f,\n", p->prepare_dbm);
		json_score(out, "open", &p->open, ",");
		json_score(out, "corner", &p->corner, ",");
		json_score(out, "day", &p->day,
			   i + 1 < CURVE_POINTS ? "}," : "}");
	}
	fprintf(out, "  ]\n}\n");
}
