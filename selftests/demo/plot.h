/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plot: the curves of timeline.svg */
#ifndef DEMO_PLOT_H
#define DEMO_PLOT_H

#include <stdio.h>

#include "run.h"

enum layout {
	WIDTH = 1200,
	LEFT = 168,
	RIGHT = 30,
	HEADER = 92,
	TITLE = 34,
	BAND = 18,
	BAND_GAP = 4,
	PLOT = 88,
	PLOT_GAP = 16,
	AXIS = 46,
	PANEL_GAP = 2,
	PLOTS = 5,
	PANEL = TITLE + 2 * (BAND + BAND_GAP) + PLOT_GAP + PLOTS * (PLOT + PLOT_GAP),
	HEIGHT = HEADER + 2 * (PANEL + AXIS) + PANEL_GAP - 10,
	BIN_MS = 100,
	BINS_PER_S = 1000 / BIN_MS,
};

/**
 * struct panel - the part of the picture that shows one run
 * @out: the SVG
 * @run: the run
 * @from: the axis' begin, seconds since the radios began to part
 * @to: the axis' end
 * @top: of the next thing to draw
 */
struct panel {
	FILE *out;
	const struct run *run;
	double from;
	double to;
	double top;
};

double panel_x(const struct panel *p, double seconds);
double panel_x_ns(const struct panel *p, int64_t at);

/* Each draws one plot, and moves @p->top below it. */
void plot_signal(struct panel *p);
void plot_paths(struct panel *p, double peak);
void plot_delivered(struct panel *p);
void plot_ping(struct panel *p);
void plot_scp(struct panel *p);

/* The most packets per bin on any path. */
double plot_paths_peak(const struct panel *p);

#endif
