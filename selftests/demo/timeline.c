// SPDX-License-Identifier: GPL-2.0-or-later
/* timeline.svg: the two runs, one above the other, on one axis of time */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "report.h"
#include "svg.h"

static const char *const state_colours[STATES] = {
	[STATE_DIRECT] = COLOUR_DIRECT,
	[STATE_BICAST] = COLOUR_BICAST,
	[STATE_INFRA] = COLOUR_INFRA,
};

/* Of a band's part, for few words or one. */
enum { WIDE = 230, NARROW = 42 };

static const char *const state_words[STATES] = {
	[STATE_DIRECT] = "direct",
	[STATE_BICAST] = "bicast",
	[STATE_INFRA] = "infra",
};

/* A band's look is the same as long as @look of the steps is. */
static void draw_band(struct panel *p, const char *name,
		      int (*look)(const struct step *s),
		      void (*fill)(const struct panel *p, int look, double x,
				   double w))
{
	const struct step *steps = p->run->steps;
	size_t i, next;

	svg_text(p->out, LEFT - 10, p->top + BAND - 5, "label end", INK, "%s", name);
	for (i = 0; i < p->run->steps_count; i = next) {
		double x = panel_x_ns(p, steps[i].start);

		for (next = i + 1; next < p->run->steps_count; next++)
			if (look(&steps[next]) != look(&steps[i]))
				break;
		fill(p, look(&steps[i]), x, panel_x_ns(p, steps[next - 1].end) - x);
	}
	p->top += BAND + BAND_GAP;
}

static int look_cut(const struct step *s)
{
	return s->cut;
}

static void fill_cut(const struct panel *p, int cut, double x, double w)
{
	svg_rect(p->out, x, p->top, w, BAND, cut ? "url(#dead)" : COLOUR_DIRECT,
		 cut ? 1 : 0.35);
	svg_text(p->out, x + w / 2, p->top + BAND - 5, "band", cut ? BAD : INK, "%s",
		 !cut ? "good" : w < WIDE ? "dead" : "dead: all is lost, carrier still up");
}

static int look_state(const struct step *s)
{
	return s->state;
}

static void fill_state(const struct panel *p, int state, double x, double w)
{
	svg_rect(p->out, x, p->top, w, BAND, state_colours[state], 0.9);
	if (w >= NARROW)
		svg_text(p->out, x + w / 2, p->top + BAND - 5, "band", "#ffffff", "%s",
			 state_words[state]);
}

static void draw_axis(const struct panel *p)
{
	int s;

	for (s = (int)ceil(p->from); s <= (int)p->to; s++) {
		double x = panel_x(p, s);

		svg_line(p->out, x, p->top - PLOT_GAP, x,
			 p->top - PLOT_GAP + (s % 2 ? 3 : 6), MUTED);
		if (s % 2 == 0)
			svg_text(p->out, x, p->top + 4, "small middle", MUTED, "%d", s);
	}
	svg_text(p->out, (LEFT + WIDTH - RIGHT) / 2.0, p->top + 20, "label middle",
		 MUTED, "seconds since the radios began to part");
}

static void draw_summary(const struct panel *p)
{
	const struct run *run = p->run;
	const struct flow *a = &run->flow[STREAM_V4][UE_A], *b = &run->flow[STREAM_V4][UE_B];
	int64_t gap = gap_us(a->story) > gap_us(b->story) ? gap_us(a->story) :
		      gap_us(b->story);
	uint64_t again = verdict_story_retransmissions(run);
	bool good = !(a->lost + b->lost + a->duplicated + b->duplicated +
		      a->reordered + b->reordered + again) &&
		    gap <= verdict_bound_us(run, STREAM_V4);

	svg_text(p->out, WIDTH - RIGHT, p->top - 8, "head end", good ? GOOD : BAD,
		 "UDP: %" PRIu64 " lost, %" PRIu64 " doubled, %" PRIu64
		 " reordered, longest gap %.0f ms. TCP: %" PRIu64
		 " retransmissions.", a->lost + b->lost,
		 a->duplicated + b->duplicated, a->reordered + b->reordered,
		 (double)gap / 1000, again);
}

static void draw_panel(struct panel *p, const char *title, double peak)
{
	p->top += TITLE;
	svg_text(p->out, LEFT, p->top - 8, "head", INK, "%s", title);
	draw_summary(p);
	draw_band(p, "direct link", look_cut, fill_cut);
	draw_band(p, "packets take", look_state, fill_state);
	p->top += PLOT_GAP - BAND_GAP;
	plot_signal(p);
	plot_paths(p, peak);
	plot_delivered(p);
	plot_ping(p);
	plot_scp(p);
	draw_axis(p);
	p->top += AXIS;
}

static double draw_key(FILE *out, double x, const char *colour,
		       const char *word, double width)
{
	svg_rect(out, x, 66, 12, 12, colour, 0.9);
	svg_text(out, x + 17, 76, "label", INK, "%s", word);
	return x + width;
}

static void draw_legend(FILE *out)
{
	double x = LEFT;

	x = draw_key(out, x, COLOUR_DIRECT, "direct path", 110);
	x = draw_key(out, x, COLOUR_INFRA, "infra path (metered)", 165);
	x = draw_key(out, x, COLOUR_BICAST, "bicast: a copy on both", 175);
	x = draw_key(out, x, "url(#dead)", "direct link dead", 140);
	x = draw_key(out, x, COLOUR_A_TO_B, "delivered, A to B", 145);
	x = draw_key(out, x, COLOUR_B_TO_A, "delivered, B to A", 145);
	draw_key(out, x, "#edc5c9", "gap, too long", 60);
}

static void draw_header(FILE *out, const struct run *run)
{
	svg_begin(out, WIDTH, HEIGHT,
		  "Sidestep: a live session crosses from the direct link to the standby tunnel and back");
	svg_text(out, LEFT, 30, "name", INK,
		 "A session lives through the death and the return of its direct link");
	svg_text(out, LEFT, 50, "label", MUTED,
		 "One way: direct %" PRId64 " ms, infra %" PRId64
		 " ms. UDP %" PRId64 " datagrams a second each way, an scp copy from A to B, ping. Sockets and addresses stay the same.",
		 run->delay_us[PATH_DIRECT] / 1000, run->delay_us[PATH_INFRA] / 1000,
		 run->rate_pps[STREAM_V4]);
	draw_legend(out);
}

void timeline_write(FILE *out, const struct run *sidestep,
		    const struct run *without)
{
	struct panel above = { .out = out, .run = without, .top = HEADER };
	struct panel below = { .out = out, .run = sidestep };
	double peak;

	/* Of the control period, as much as the first step is long. */
	above.from = -fmin(run_seconds(sidestep, sidestep->steps[1].end),
			   -run_seconds(sidestep, sidestep->steps[0].start));
	above.to = fmax(run_seconds(sidestep, run_story_end(sidestep)),
			run_seconds(without, run_story_end(without)));
	below.from = above.from;
	below.to = above.to;
	/* With room for words above the curves. */
	peak = 1.2 * fmax(plot_paths_peak(&above), plot_paths_peak(&below));
	draw_header(out, sidestep);
	draw_panel(&above, "Without Sidestep", peak);
	below.top = above.top + PANEL_GAP;
	draw_panel(&below, "With Sidestep", peak);
	fprintf(out, "</svg>\n");
}
