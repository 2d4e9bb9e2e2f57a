// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walk.svg: one walk in time, and where the session was by the rules of some
 * strategies.
 */
#include "../demo/svg.h"
#include "replay.h"

enum layout {
	WIDTH = 900,
	HEIGHT = 420,
	LEFT = 150,
	RIGHT = 30,
	TOP = 50,
	LEVELS = 230,
	BARS = 300,
	BAR = 18,
	BAR_STEP = 28,
};

#define MEASURED "#b9c6d3"
#define LEVEL "#3d6fd1"
#define FAILS "#c0392b"
#define LEVEL_MOST -40.0
#define LEVEL_LEAST -100.0
#define NS_PER_STEP_S (1e9 / STEP_NS)

static const char *const colours[SIDESTEP_DECISIONS] = {
	[SIDESTEP_DECISION_RELEASE] = "#1a7f4b",
	[SIDESTEP_DECISION_PREPARE] = "#d9822b",
	[SIDESTEP_DECISION_EXECUTE] = "#8a5cc2",
};

static const char *const words[SIDESTEP_DECISIONS] = {
	[SIDESTEP_DECISION_RELEASE] = "direct",
	[SIDESTEP_DECISION_PREPARE] = "both paths",
	[SIDESTEP_DECISION_EXECUTE] = "infra",
};

static double x_of(const struct walk *walk, double step)
{
	return LEFT + step / walk->steps * (WIDTH - LEFT - RIGHT);
}

static double y_of(double dbm)
{
	return TOP + (LEVEL_MOST - dbm) / (LEVEL_MOST - LEVEL_LEAST) * LEVELS;
}

static void draw_line(FILE *out, const struct walk *walk, const float *dbm, size_t every,
		      const char *colour)
{
	fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" points=\"", colour);
	for (size_t i = 0; i < walk->steps; i += every)
		fprintf(out, "%.1f,%.1f ", x_of(walk, i), y_of(dbm[i]));
	fprintf(out, "\"/>\n");
}

/* @name is written a little below the line where another is close above. */
static void draw_level(FILE *out, double dbm, int below, const char *colour,
		       const char *name)
{
	fprintf(out, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\"/>\n"
		"<text x=\"%d\" y=\"%.1f\" class=\"end\" fill=\"%s\">%s %.0f dBm</text>\n",
		LEFT, y_of(dbm), WIDTH - RIGHT, y_of(dbm), colour, LEFT - 8,
		y_of(dbm) + 4 + below, colour, name, dbm);
}

static double threshold_of(enum sidestep_decision decision)
{
	const struct sidestep_rule *rule = &sidestep_trigger_defaults.rule[decision];

	return rule->threshold[SIDESTEP_QUANTITY_SIGNAL] / 100.0;
}

static void draw_levels(FILE *out)
{
	draw_level(out, threshold_of(SIDESTEP_DECISION_RELEASE), 0,
		   colours[SIDESTEP_DECISION_RELEASE], "release");
	draw_level(out, threshold_of(SIDESTEP_DECISION_PREPARE), 0,
		   colours[SIDESTEP_DECISION_PREPARE], "prepare");
	draw_level(out, threshold_of(SIDESTEP_DECISION_EXECUTE), 0,
		   colours[SIDESTEP_DECISION_EXECUTE], "execute");
	draw_level(out, FAIL_DBM, 4, FAILS, "fails");
}

static void draw_stay(FILE *out, const struct walk *walk, double y, __u64 from, __u64 to,
		      unsigned int decision)
{
	double x = x_of(walk, (double)from / STEP_NS);

	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
		x, y, x_of(walk, (double)to / STEP_NS) - x, BAR, colours[decision]);
}

static void draw_bar(FILE *out, const struct walk *walk, unsigned int which, double y)
{
	struct strategy strategy = strategy_get(which);
	unsigned int decision = SIDESTEP_DECISION_RELEASE;
	struct run run;
	__u64 from = 0;

	run_walk(&run, walk, &strategy);
	fprintf(out, "<text x=\"%d\" y=\"%.1f\" class=\"end\" fill=\"" INK "\">%s</text>\n",
		LEFT - 8, y + 13, strategy_names[which]);
	for (size_t i = 0; i < run.count; i++) {
		draw_stay(out, walk, y, from, run.changes[i].at, decision);
		from = run.changes[i].at;
		decision = run.changes[i].cause.decision;
	}
	draw_stay(out, walk, y, from, walk->steps * STEP_NS, decision);
	run_free(&run);
}

static void draw_legend(FILE *out)
{
	for (unsigned int i = 0; i < SIDESTEP_DECISIONS; i++)
		fprintf(out, "<text x=\"%u\" y=\"%d\" fill=\"%s\">%s</text>\n",
			LEFT + 110 * i, BARS - 6, colours[i], words[i]);
}

static void draw_time(FILE *out, const struct walk *walk)
{
	for (unsigned int s = 0; s * NS_PER_STEP_S < walk->steps; s += 60)
		fprintf(out, "<text x=\"%.1f\" y=\"%d\" class=\"middle\" fill=\"" MUTED "\">%u s</text>\n",
			x_of(walk, s * NS_PER_STEP_S), HEIGHT - 16, s);
}

static void draw(FILE *out, const struct walk *walk)
{
	static const unsigned int shown[] = { 0, 2, STRATEGY_DEFAULTS };

	draw_levels(out);
	draw_line(out, walk, walk->measured, 10, MEASURED);
	draw_line(out, walk, walk->level, 10, LEVEL);
	draw_legend(out);
	for (unsigned int i = 0; i < ARRAY_SIZE(shown); i++)
		draw_bar(out, walk, shown[i], BARS + BAR_STEP * i);
	draw_time(out, walk);
}

/**
 * walk_plot_write() - draw a walk
 * @out: where
 * @result: its seed is that of the walk
 */
void walk_plot_write(FILE *out, const struct result *result)
{
	struct walk walk = {
		.seed = result->seed, .kind = KIND_PLAIN, .speed = 5, .exponent = 3,
	};

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n"
		"<title>A walk in time</title>\n"
		"<style>text{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif;font-size:12px}"
		".end{text-anchor:end}.middle{text-anchor:middle}</style>\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n"
		"<text x=\"%d\" y=\"26\" fill=\"" INK "\">Out of reach and back at %.0f m/s: the signal (blue), what is measured of it (grey)</text>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, walk.speed);
	if (walk_make(&walk))
		draw(out, &walk);
	walk_free(&walk);
	fprintf(out, "</svg>\n");
}
