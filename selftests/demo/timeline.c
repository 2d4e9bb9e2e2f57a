// SPDX-License-Identifier: GPL-2.0-or-later
/* timeline.svg: the two runs, one above the other, on one axis of time */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "report.h"

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
	PLOTS = 4,
	PANEL = TITLE + 2 * (BAND + BAND_GAP) + PLOT_GAP + PLOTS * (PLOT + PLOT_GAP),
	HEIGHT = HEADER + 2 * (PANEL + AXIS) + PANEL_GAP - 10,
	BIN_MS = 100,
	BINS_PER_S = 1000 / BIN_MS,
};

#define INK "#22303c"
#define FAINT "#d5dce2"
#define MUTED "#66737f"
#define GOOD "#1a7f4b"
#define BAD "#c62f3d"
#define COLOUR_DIRECT "#2a9d6f"
#define COLOUR_INFRA "#3d6fd1"
#define COLOUR_BICAST "#8a5cc2"
#define COLOUR_A_TO_B "#d9822b"
#define COLOUR_B_TO_A "#0f8b9d"

static const char *const state_colours[STATES] = {
	[STATE_DIRECT] = COLOUR_DIRECT,
	[STATE_BICAST] = COLOUR_BICAST,
	[STATE_INFRA] = COLOUR_INFRA,
};

static const char *const state_words[STATES] = {
	[STATE_DIRECT] = "direct",
	[STATE_BICAST] = "bicast (both)",
	[STATE_INFRA] = "infra",
};

static const char *const flow_colours[UES] = {
	[UE_A] = COLOUR_A_TO_B,
	[UE_B] = COLOUR_B_TO_A,
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

static double x_at(const struct panel *p, double seconds)
{
	double part = (seconds - p->from) / (p->to - p->from);

	return LEFT + fmin(fmax(part, 0), 1) * (WIDTH - LEFT - RIGHT);
}

static double x_ns(const struct panel *p, int64_t at)
{
	return x_at(p, run_seconds(p->run, at));
}

static void rect(FILE *out, double x, double y, double w, double h,
		 const char *fill, double opacity)
{
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" fill-opacity=\"%.2f\"/>\n",
		x, y, fmax(w, 0.5), h, fill, opacity);
}

static void line(FILE *out, double x1, double y1, double x2, double y2,
		 const char *colour)
{
	fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n",
		x1, y1, x2, y2, colour);
}

static void __attribute__((format(printf, 6, 7)))
text(FILE *out, double x, double y, const char *class, const char *colour,
     const char *fmt, ...)
{
	va_list ap;

	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" fill=\"%s\">", x,
		y, class, colour);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fprintf(out, "</text>\n");
}

/* A band's look is the same as long as @look of the steps is. */
static void draw_band(struct panel *p, const char *name,
		      int (*look)(const struct step *s),
		      void (*fill)(const struct panel *p, int look, double x,
				   double w))
{
	const struct step *steps = p->run->steps;
	size_t i, next;

	text(p->out, LEFT - 10, p->top + BAND - 5, "label end", INK, "%s", name);
	for (i = 0; i < p->run->steps_count; i = next) {
		double x = x_ns(p, steps[i].start);

		for (next = i + 1; next < p->run->steps_count; next++)
			if (look(&steps[next]) != look(&steps[i]))
				break;
		fill(p, look(&steps[i]), x, x_ns(p, steps[next - 1].end) - x);
	}
	p->top += BAND + BAND_GAP;
}

static int look_cut(const struct step *s)
{
	return s->cut;
}

static void fill_cut(const struct panel *p, int cut, double x, double w)
{
	rect(p->out, x, p->top, w, BAND, cut ? "url(#dead)" : COLOUR_DIRECT,
	     cut ? 1 : 0.35);
	text(p->out, x + w / 2, p->top + BAND - 5, "band", cut ? BAD : INK, "%s",
	     cut ? "dead: all is lost, carrier still up" : "good");
}

static int look_state(const struct step *s)
{
	return s->state;
}

static void fill_state(const struct panel *p, int state, double x, double w)
{
	rect(p->out, x, p->top, w, BAND, state_colours[state], 0.9);
	text(p->out, x + w / 2, p->top + BAND - 5, "band", "#ffffff", "%s",
	     state_words[state]);
}

/* A plot's frame: a name of up to two lines, the scale, the steps' begins. */
static void draw_frame(const struct panel *p, const char *name,
		       const char *unit, const char *top, const char *bottom)
{
	double bottom_y = p->top + PLOT;
	size_t i;

	rect(p->out, LEFT, p->top, WIDTH - LEFT - RIGHT, PLOT, "#f6f8fa", 1);
	for (i = 1; i < p->run->steps_count; i++) {
		double x = x_ns(p, p->run->steps[i].start);

		line(p->out, x, p->top, x, bottom_y, FAINT);
	}
	line(p->out, LEFT, bottom_y, WIDTH - RIGHT, bottom_y, MUTED);
	text(p->out, LEFT - 34, p->top + PLOT / 2 - 3, "label end", INK, "%s",
	     name);
	text(p->out, LEFT - 34, p->top + PLOT / 2 + 12, "small end", MUTED, "%s",
	     unit);
	text(p->out, LEFT - 6, p->top + 9, "small end", MUTED, "%s", top);
	text(p->out, LEFT - 6, bottom_y, "small end", MUTED, "%s", bottom);
}

static uint64_t path_packets(const struct sample *s, enum path path)
{
	return s->dev[UE_A][path].rx_packets + s->dev[UE_B][path].rx_packets;
}

/* Packets per bin that came in between a sample and the one before it. */
static double path_rate(const struct run *run, size_t i, enum path path)
{
	const struct sample *s = &run->samples[i];
	double seconds = (double)(s->at - s[-1].at) / NS_PER_S;

	return (double)(path_packets(s, path) - path_packets(s - 1, path)) /
	       (seconds * BINS_PER_S);
}

static bool sample_shown(const struct panel *p, size_t i)
{
	double seconds = run_seconds(p->run, p->run->samples[i].at);

	return i && seconds >= p->from && seconds <= p->to &&
	       p->run->samples[i].at - p->run->samples[i - 1].at > NS_PER_S / 50;
}

static double path_peak(const struct panel *p)
{
	double peak = 1;
	size_t i;
	int path;

	for (path = 0; path < PATHS; path++)
		for (i = 1; i < p->run->samples_count; i++)
			if (sample_shown(p, i))
				peak = fmax(peak, path_rate(p->run, i, path));
	return peak;
}

static void draw_path(const struct panel *p, enum path path, double peak,
		      const char *colour)
{
	size_t i;

	fprintf(p->out, "<polyline fill=\"none\" stroke-width=\"1.6\" stroke=\"%s\" points=\"",
		colour);
	for (i = 1; i < p->run->samples_count; i++)
		if (sample_shown(p, i))
			fprintf(p->out, "%.1f,%.1f ",
				x_ns(p, p->run->samples[i].at),
				p->top + PLOT -
				path_rate(p->run, i, path) / peak * (PLOT - 4));
	fprintf(p->out, "\"/>\n");
}

static void draw_paths(struct panel *p, double peak)
{
	char top[16];

	snprintf(top, sizeof(top), "%.0f", peak);
	draw_frame(p, "on each path", "packets / 100 ms", top, "0");
	draw_path(p, PATH_DIRECT, peak, COLOUR_DIRECT);
	draw_path(p, PATH_INFRA, peak, COLOUR_INFRA);
	text(p->out, WIDTH - RIGHT - 6, p->top + 12, "small end", COLOUR_INFRA,
	     "metered path, both UEs, in and out: %.3f MB",
	     (double)run_metered_bytes(p->run, p->run->steps[0].start,
				       run_story_end(p->run)) / 1e6);
	p->top += PLOT + PLOT_GAP;
}

/* How many of a flow's datagrams arrived in the bin that begins at @from. */
static unsigned int count_bin(const struct flow *flow, size_t *next,
			      int64_t from, int64_t to)
{
	unsigned int count = 0;

	while (*next < flow->count && flow->arrivals[*next] < to) {
		if (flow->arrivals[*next] >= from)
			count++;
		++*next;
	}
	return count;
}

/* One direction upwards from the middle, the other one downwards. */
static void draw_flow(const struct panel *p, enum ue ue)
{
	const struct run *run = p->run;
	int64_t bin = NS_PER_S / BINS_PER_S;
	int64_t end = run_story_start(run) + (int64_t)(p->to * NS_PER_S);
	int64_t at = run_story_start(run) + (int64_t)(p->from * NS_PER_S);
	double middle = p->top + PLOT / 2.0;
	double unit = PLOT / 2.0 / (2.0 * run->rate_pps / BINS_PER_S);
	size_t next = 0;

	for (; at < end; at += bin) {
		double h = unit * count_bin(&run->flow[ue], &next, at, at + bin);

		h = fmin(h, PLOT / 2.0);
		if (h > 0)
			rect(p->out, x_ns(p, at), ue == UE_A ? middle - h : middle,
			     x_ns(p, at + bin) - x_ns(p, at) - 0.6, h,
			     flow_colours[ue], 0.85);
	}
}

static void draw_gap(const struct panel *p, enum ue ue, struct gap gap)
{
	double x = x_ns(p, gap.from), w = x_ns(p, gap.to) - x;
	double y = p->top + (ue == UE_A ? 0 : PLOT / 2.0);

	rect(p->out, x, y, w, PLOT / 2.0, BAD, 0.16);
	text(p->out, x + w / 2, y + PLOT / 4.0 + 4, "band", BAD, "gap %.2f s",
	     (double)(gap.to - gap.from) / NS_PER_S);
}

/* All the gaps that are longer than allowed. Return: how many. */
static int draw_gaps(const struct panel *p, enum ue ue)
{
	const struct flow *flow = &p->run->flow[ue];
	int64_t bound = verdict_bound_us(p->run);
	int64_t end = run_story_end(p->run);
	int drawn = 0;
	size_t i;

	for (i = 1; i <= flow->count; i++) {
		struct gap gap = { flow->arrivals[i - 1],
				   i < flow->count ? flow->arrivals[i] : end };

		if (gap.from >= end || gap_us(gap) <= bound)
			continue;
		draw_gap(p, ue, gap);
		drawn++;
	}
	return drawn;
}

/* Where the longest of the gaps is that are as short as they must be. */
static void mark_longest(const struct panel *p, enum ue ue)
{
	struct gap gap = p->run->flow[ue].story;
	double x = x_ns(p, gap.to);
	double y = ue == UE_A ? p->top : p->top + PLOT / 2.0;
	bool right = x < WIDTH - RIGHT - 120;

	line(p->out, x, y, x, y + PLOT / 2.0, INK);
	text(p->out, right ? x + 5 : x - 5, ue == UE_A ? y + 11 : y + PLOT / 2.0 - 4,
	     right ? "small" : "small end", INK, "longest gap %.1f ms",
	     (double)gap_us(gap) / 1000);
}

static void draw_delivered(struct panel *p)
{
	char peak[16];
	int ue;

	snprintf(peak, sizeof(peak), "%.0f", 2.0 * p->run->rate_pps / BINS_PER_S);
	draw_frame(p, "UDP delivered", "datagrams / 100 ms", peak, peak);
	for (ue = 0; ue < UES; ue++) {
		draw_flow(p, ue);
		if (!draw_gaps(p, ue))
			mark_longest(p, ue);
	}
	line(p->out, LEFT, p->top + PLOT / 2.0, WIDTH - RIGHT,
	     p->top + PLOT / 2.0, MUTED);
	text(p->out, LEFT + 6, p->top + 11, "small", COLOUR_A_TO_B, "A to B");
	text(p->out, LEFT + 6, p->top + PLOT - 4, "small", COLOUR_B_TO_A,
	     "B to A");
	p->top += PLOT + PLOT_GAP;
}

static double echo_top_ms(const struct run *run)
{
	return 3.2 * (double)run->delay_us[PATH_INFRA] / 1000;
}

static void draw_ping(struct panel *p)
{
	double top_ms = echo_top_ms(p->run);
	const struct ping *ping = &p->run->ping;
	char top[16];
	size_t i;

	snprintf(top, sizeof(top), "%.0f ms", top_ms);
	draw_frame(p, "ping", "round trip", top, "0");
	for (i = 0; i < ping->count; i++) {
		double seconds = run_seconds(p->run, ping->echoes[i].at);
		double ms = fmin(ping->echoes[i].rtt_ms, top_ms);

		if (seconds < p->from || seconds > p->to)
			continue;
		fprintf(p->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"1.8\" fill=\"%s\"/>\n",
			x_at(p, seconds),
			p->top + PLOT - ms / top_ms * (PLOT - 4), INK);
	}
	p->top += PLOT + PLOT_GAP;
}

static void draw_scp(struct panel *p)
{
	const struct run *run = p->run;
	double total = (double)run->file_bytes;
	char top[16];
	size_t i;

	snprintf(top, sizeof(top), "%.1f MB", total / 1e6);
	draw_frame(p, "scp", "arrived of the file", top, "0");
	fprintf(p->out, "<polyline fill=\"none\" stroke-width=\"1.8\" stroke=\"%s\" points=\"",
		INK);
	for (i = 0; i < run->samples_count; i++)
		if (sample_shown(p, i))
			fprintf(p->out, "%.1f,%.1f ", x_ns(p, run->samples[i].at),
				p->top + PLOT - (double)run->samples[i].file_bytes /
				total * (PLOT - 4));
	fprintf(p->out, "\"/>\n");
	p->top += PLOT + PLOT_GAP;
}

static void draw_axis(const struct panel *p)
{
	int s;

	for (s = (int)ceil(p->from); s <= (int)p->to; s++) {
		double x = x_at(p, s);

		line(p->out, x, p->top - PLOT_GAP, x,
		     p->top - PLOT_GAP + (s % 2 ? 3 : 6), MUTED);
		if (s % 2 == 0)
			text(p->out, x, p->top + 4, "small middle", MUTED, "%d", s);
	}
	text(p->out, (LEFT + WIDTH - RIGHT) / 2.0, p->top + 20, "label middle",
	     MUTED, "seconds since the radios began to part");
}

static void draw_summary(const struct panel *p)
{
	const struct run *run = p->run;
	const struct flow *a = &run->flow[UE_A], *b = &run->flow[UE_B];
	int64_t gap = gap_us(a->story) > gap_us(b->story) ? gap_us(a->story) :
		      gap_us(b->story);
	uint64_t again = verdict_story_retransmissions(run);
	bool good = !(a->lost + b->lost + a->duplicated + b->duplicated +
		      a->reordered + b->reordered + again) &&
		    gap <= verdict_bound_us(run);

	text(p->out, WIDTH - RIGHT, p->top - 8, "head end", good ? GOOD : BAD,
	     "UDP: %" PRIu64 " lost, %" PRIu64 " doubled, %" PRIu64
	     " reordered, longest gap %.0f ms. TCP: %" PRIu64
	     " retransmissions.", a->lost + b->lost,
	     a->duplicated + b->duplicated, a->reordered + b->reordered,
	     (double)gap / 1000, again);
}

static void draw_panel(struct panel *p, const char *title, double peak)
{
	p->top += TITLE;
	text(p->out, LEFT, p->top - 8, "head", INK, "%s", title);
	draw_summary(p);
	draw_band(p, "direct link", look_cut, fill_cut);
	draw_band(p, "packets take", look_state, fill_state);
	p->top += PLOT_GAP - BAND_GAP;
	draw_paths(p, peak);
	draw_delivered(p);
	draw_ping(p);
	draw_scp(p);
	draw_axis(p);
	p->top += AXIS;
}

static double draw_key(FILE *out, double x, const char *colour,
		       const char *word, double width)
{
	rect(out, x, 66, 12, 12, colour, 0.9);
	text(out, x + 17, 76, "label", INK, "%s", word);
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
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n"
		"<title>Sidestep: a live session crosses from the direct link to the standby tunnel and back</title>\n"
		"<style>text{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif}"
		".name{font-size:20px;font-weight:bold}.head{font-size:14px;font-weight:bold}"
		".label{font-size:12px}.small{font-size:10px}"
		".band{font-size:11px;font-weight:bold;text-anchor:middle}"
		".end{text-anchor:end}.middle{text-anchor:middle}</style>\n"
		"<defs><pattern id=\"dead\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
		"<rect width=\"8\" height=\"8\" fill=\"#fbe3e5\"/><rect width=\"2\" height=\"8\" fill=\"#f0b9be\"/></pattern></defs>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	rect(out, 0, 0, WIDTH, HEIGHT, "#ffffff", 1);
	text(out, LEFT, 30, "name", INK,
	     "A session lives through the death and the return of its direct link");
	text(out, LEFT, 50, "label", MUTED,
	     "One way: direct %" PRId64 " ms, infra %" PRId64
	     " ms. UDP %" PRId64 " datagrams a second each way, an scp copy from A to B, ping. Sockets and addresses stay the same.",
	     run->delay_us[PATH_DIRECT] / 1000, run->delay_us[PATH_INFRA] / 1000,
	     run->rate_pps);
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
	peak = 1.2 * fmax(path_peak(&above), path_peak(&below));
	draw_header(out, sidestep);
	draw_panel(&above, "Without Sidestep", peak);
	below.top = above.top + PANEL_GAP;
	draw_panel(&below, "With Sidestep", peak);
	fprintf(out, "</svg>\n");
}
