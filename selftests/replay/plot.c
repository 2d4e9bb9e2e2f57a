// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay.svg: failures missed against bytes on the metered path. The curve is the
 * defaults with other thresholds; the points are the strategies.
 */
#include <math.h>

#include "../demo/svg.h"
#include "replay.h"

enum layout {
	WIDTH = 900,
	HEIGHT = 560,
	LEFT = 80,
	RIGHT = 30,
	TOP = 90,
	BOTTOM = 60,
};

#define COLOUR_OPEN "#3d6fd1"
#define COLOUR_CORNER "#d9822b"
#define COLOUR_STRATEGY "#8a5cc2"
#define COLOUR_GOAL "#1a7f4b"
/* The axis of bytes is logarithmic, that of failures a square root. */
#define METERED_LEAST 0.5
#define METERED_MOST 120.0
#define GOAL_MISSED 2.0
#define GOAL_METERED 5.0

static double x_of(double metered)
{
	double part = log(fmax(metered, METERED_LEAST) / METERED_LEAST) /
		      log(METERED_MOST / METERED_LEAST);

	return LEFT + fmin(part, 1) * (WIDTH - LEFT - RIGHT);
}

static double y_of(double missed)
{
	return HEIGHT - BOTTOM - sqrt(missed / 100) * (HEIGHT - TOP - BOTTOM);
}

static void draw_axes(FILE *out)
{
	static const double missed[] = { 0, 1, 2, 5, 10, 20, 40, 60, 80, 100 };
	static const double metered[] = { 0.5, 1, 2, 5, 10, 20, 50, 100 };

	for (size_t i = 0; i < ARRAY_SIZE(missed); i++) {
		svg_line(out, LEFT, y_of(missed[i]), WIDTH - RIGHT, y_of(missed[i]), FAINT);
		svg_text(out, LEFT - 8, y_of(missed[i]) + 4, "end", MUTED, "%.0f",
		     missed[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(metered); i++) {
		svg_line(out, x_of(metered[i]), TOP, x_of(metered[i]),
		     HEIGHT - BOTTOM, FAINT);
		svg_text(out, x_of(metered[i]), HEIGHT - BOTTOM + 18, "middle",
		     MUTED, "%g", metered[i]);
	}
	svg_text(out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 16, "middle", INK,
	     "bytes on the metered path over a day with 20 dips, %% of always-on duplication");
	svg_text(out, LEFT, TOP - 12, "", INK,
	     "failing walks that were missed, %%, at up to 5 m/s");
}

static void draw_goal(FILE *out)
{
	double y = y_of(GOAL_MISSED), x = x_of(GOAL_METERED);

	fprintf(out, "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"" COLOUR_GOAL "\" fill-opacity=\"0.12\"/>\n",
		LEFT, y, x - LEFT, HEIGHT - BOTTOM - y);
	svg_text(out, LEFT + 6, HEIGHT - BOTTOM - 6, "", COLOUR_GOAL, "the goal");
}

static const struct score *missed_of(const struct point *p, bool corner)
{
	return corner ? &p->corner : &p->open;
}

static void draw_curve(FILE *out, const struct result *result, bool corner)
{
	const char *colour = corner ? COLOUR_CORNER : COLOUR_OPEN;

	fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"",
		colour);
	for (unsigned int i = 0; i < CURVE_POINTS; i++) {
		const struct point *p = &result->curve[i];

		fprintf(out, "%.1f,%.1f ", x_of(score_metered(&p->day)),
			y_of(score_missed(missed_of(p, corner))));
	}
	fprintf(out, "\"/>\n");
	for (unsigned int i = 0; i < CURVE_POINTS; i++) {
		const struct point *p = &result->curve[i];
		double x = x_of(score_metered(&p->day));
		double y = y_of(score_missed(missed_of(p, corner)));

		fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
			x, y, colour);
		svg_text(out, x + 4, y - 5, "small", colour, "%.0f",
		     p->prepare_dbm);
	}
}

/* Numbers in the plot, names where it is empty. */
static void draw_strategies(FILE *out, const struct result *result)
{
	for (unsigned int i = 0; i < STRATEGIES; i++) {
		double metered = score_metered(&result->day[i]);
		double missed = score_missed(&result->open[i]);
		double x = x_of(metered), y = y_of(missed);

		fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"7\" fill=\"" COLOUR_STRATEGY "\" fill-opacity=\"0.85\"/>\n",
			x, y);
		svg_text(out, x, y + 3.5, "small middle", "#ffffff", "%u", i + 1);
		svg_text(out, WIDTH - RIGHT - 330, TOP + 24 + 17 * i, "",
		     COLOUR_STRATEGY, "%u  %s: missed %.1f %%, bytes %.1f %%",
		     i + 1, strategy_names[i], missed, metered);
	}
}

/**
 * plot_write() - draw what was found
 * @out: where
 * @result: what
 */
void plot_write(FILE *out, const struct result *result)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n"
		"<title>Failures missed against bytes on the metered path</title>\n"
		"<style>text{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif;font-size:12px}"
		".name{font-size:18px;font-weight:bold}.small{font-size:10px}"
		".end{text-anchor:end}.middle{text-anchor:middle}</style>\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT);
	svg_text(out, LEFT, 30, "name", INK,
	     "What it costs not to be surprised: %u walks", result->walks);
	svg_text(out, LEFT, 52, "", COLOUR_OPEN,
	     "the defaults with other thresholds of prepare, dBm");
	svg_text(out, LEFT + 340, 52, "", COLOUR_CORNER,
	     "the same, round a corner of 25 dB");
	draw_axes(out);
	draw_goal(out);
	draw_curve(out, result, true);
	draw_curve(out, result, false);
	draw_strategies(out, result);
	fprintf(out, "</svg>\n");
}
