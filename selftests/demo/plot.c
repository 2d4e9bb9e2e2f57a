// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "report.h"
#include "svg.h"

static const char *const flow_colours[UES] = {
	[UE_A] = COLOUR_A_TO_B,
	[UE_B] = COLOUR_B_TO_A,
};

double panel_x(const struct panel *p, double seconds)
{
	double part = (seconds - p->from) / (p->to - p->from);

	return LEFT + fmin(fmax(part, 0), 1) * (WIDTH - LEFT - RIGHT);
}

double panel_x_ns(const struct panel *p, int64_t at)
{
	return panel_x(p, run_seconds(p->run, at));
}

/* A plot's frame: a name of up to two lines, the scale, the steps' begins. */
static void draw_frame(const struct panel *p, const char *name,
		       const char *unit, const char *top, const char *bottom)
{
	double bottom_y = p->top + PLOT;
	size_t i;

	svg_rect(p->out, LEFT, p->top, WIDTH - LEFT - RIGHT, PLOT, "#f6f8fa", 1);
	for (i = 1; i < p->run->steps_count; i++) {
		double x = panel_x_ns(p, p->run->steps[i].start);

		svg_line(p->out, x, p->top, x, bottom_y, FAINT);
	}
	svg_line(p->out, LEFT, bottom_y, WIDTH - RIGHT, bottom_y, MUTED);
	svg_text(p->out, LEFT - 34, p->top + PLOT / 2 - 3, "label end", INK, "%s",
		 name);
	svg_text(p->out, LEFT - 34, p->top + PLOT / 2 + 12, "small end", MUTED, "%s",
		 unit);
	svg_text(p->out, LEFT - 6, p->top + 9, "small end", MUTED, "%s", top);
	svg_text(p->out, LEFT - 6, bottom_y, "small end", MUTED, "%s", bottom);
}

static uint64_t path_bytes(const struct sample *s, enum path path)
{
	return s->dev[UE_A][path].rx_bytes + s->dev[UE_B][path].rx_bytes;
}

/* Of the scale. */
enum { SIGNAL_TOP_DBM = -40, SIGNAL_BOTTOM_DBM = -100 };

static double signal_y(const struct panel *p, double dbm)
{
	return p->top + PLOT * (SIGNAL_TOP_DBM - dbm) / (SIGNAL_TOP_DBM - SIGNAL_BOTTOM_DBM);
}

/* Nothing is drawn over a time in which nothing was heard. */
static void draw_heard(const struct panel *p, enum ue ue)
{
	const struct heard *h = p->run->heard[ue];
	size_t i;

	for (i = 1; i < p->run->heard_count[ue]; i++) {
		double seconds = run_seconds(p->run, h[i].at);

		if (seconds < p->from || seconds > p->to || h[i].at - h[i - 1].at > NS_PER_S)
			continue;
		svg_line(p->out, panel_x_ns(p, h[i - 1].at), signal_y(p, h[i - 1].mbm / 100.0),
			 panel_x(p, seconds), signal_y(p, h[i].mbm / 100.0), flow_colours[!ue]);
	}
}

static const char *decision_word(char letter)
{
	return letter == 'P' ? "prepare" : letter == 'E' ? "execute" : "release";
}

/* Of A's; B's are a moment before or after. */
static void draw_decisions(const struct panel *p)
{
	const struct decision *d = p->run->decisions;
	size_t i;

	for (i = 0; i < p->run->decisions_count; i++) {
		double x = panel_x_ns(p, d[i].at);

		if (d[i].ue != UE_A || run_seconds(p->run, d[i].at) < p->from)
			continue;
		svg_line(p->out, x, p->top, x, p->top + PLOT, COLOUR_BICAST);
		svg_text(p->out, x + 4, p->top + PLOT - 6, "small", COLOUR_BICAST, "%s",
			 decision_word(d[i].letter));
	}
}

void plot_signal(struct panel *p)
{
	char top[16], bottom[16];

	snprintf(top, sizeof(top), "%d dBm", SIGNAL_TOP_DBM);
	snprintf(bottom, sizeof(bottom), "%d dBm", SIGNAL_BOTTOM_DBM);
	draw_frame(p, "signal", "and A's triggers", top, bottom);
	draw_heard(p, UE_A);
	draw_heard(p, UE_B);
	draw_decisions(p);
	p->top += PLOT + PLOT_GAP;
}

/* kB per bin that came in between a sample and the one before it. */
static double path_rate(const struct run *run, size_t i, enum path path)
{
	const struct sample *s = &run->samples[i];
	double seconds = (double)(s->at - s[-1].at) / NS_PER_S;

	return (double)(path_bytes(s, path) - path_bytes(s - 1, path)) /
	       (seconds * BINS_PER_S * 1000);
}

static bool sample_shown(const struct panel *p, size_t i)
{
	double seconds = run_seconds(p->run, p->run->samples[i].at);

	return i && seconds >= p->from && seconds <= p->to &&
	       p->run->samples[i].at - p->run->samples[i - 1].at > NS_PER_S / 50;
}

double plot_paths_peak(const struct panel *p)
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
				panel_x_ns(p, p->run->samples[i].at),
				p->top + PLOT -
				path_rate(p->run, i, path) / peak * (PLOT - 4));
	fprintf(p->out, "\"/>\n");
}

void plot_paths(struct panel *p, double peak)
{
	char top[16];

	snprintf(top, sizeof(top), "%.0f", peak);
	draw_frame(p, "on each path", "kB / 100 ms", top, "0");
	draw_path(p, PATH_DIRECT, peak, COLOUR_DIRECT);
	draw_path(p, PATH_INFRA, peak, COLOUR_INFRA);
	svg_text(p->out, WIDTH - RIGHT - 6, p->top + 12, "small end", COLOUR_INFRA,
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
	double unit = PLOT / 2.0 / (2.0 * run->rate_pps[STREAM_V4] / BINS_PER_S);
	size_t next = 0;

	for (; at < end; at += bin) {
		double h = unit * count_bin(&run->flow[STREAM_V4][ue], &next, at, at + bin);

		h = fmin(h, PLOT / 2.0);
		if (h > 0)
			svg_rect(p->out, panel_x_ns(p, at), ue == UE_A ? middle - h : middle,
				 panel_x_ns(p, at + bin) - panel_x_ns(p, at) - 0.6, h,
				 flow_colours[ue], 0.85);
	}
}

static void draw_gap(const struct panel *p, enum ue ue, struct gap gap)
{
	double x = panel_x_ns(p, gap.from), w = panel_x_ns(p, gap.to) - x;
	double y = p->top + (ue == UE_A ? 0 : PLOT / 2.0);

	svg_rect(p->out, x, y, w, PLOT / 2.0, BAD, 0.16);
	svg_text(p->out, x + w / 2, y + PLOT / 4.0 + 4, "band", BAD, "gap %.2f s",
		 (double)(gap.to - gap.from) / NS_PER_S);
}

/* All the gaps that are longer than allowed. Return: how many. */
static int draw_gaps(const struct panel *p, enum ue ue)
{
	const struct flow *flow = &p->run->flow[STREAM_V4][ue];
	int64_t bound = verdict_bound_us(p->run, STREAM_V4);
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
	struct gap gap = p->run->flow[STREAM_V4][ue].story;
	double x = panel_x_ns(p, gap.to);
	double y = ue == UE_A ? p->top : p->top + PLOT / 2.0;
	bool right = x < WIDTH - RIGHT - 120;

	svg_line(p->out, x, y, x, y + PLOT / 2.0, INK);
	svg_text(p->out, right ? x + 5 : x - 5, ue == UE_A ? y + 11 : y + PLOT / 2.0 - 4,
		 right ? "small" : "small end", INK, "longest gap %.1f ms",
		 (double)gap_us(gap) / 1000);
}

void plot_delivered(struct panel *p)
{
	char peak[16];
	int ue;

	snprintf(peak, sizeof(peak), "%.0f", 2.0 * p->run->rate_pps[STREAM_V4] / BINS_PER_S);
	draw_frame(p, "UDP delivered", "datagrams / 100 ms", peak, peak);
	for (ue = 0; ue < UES; ue++) {
		draw_flow(p, ue);
		if (!draw_gaps(p, ue))
			mark_longest(p, ue);
	}
	svg_line(p->out, LEFT, p->top + PLOT / 2.0, WIDTH - RIGHT,
		 p->top + PLOT / 2.0, MUTED);
	svg_text(p->out, LEFT + 6, p->top + 11, "small", COLOUR_A_TO_B, "A to B");
	svg_text(p->out, LEFT + 6, p->top + PLOT - 4, "small", COLOUR_B_TO_A,
		 "B to A");
	p->top += PLOT + PLOT_GAP;
}

static double echo_top_ms(const struct run *run)
{
	return 3.2 * (double)run->delay_us[PATH_INFRA] / 1000;
}

void plot_ping(struct panel *p)
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
			panel_x(p, seconds),
			p->top + PLOT - ms / top_ms * (PLOT - 4), INK);
	}
	p->top += PLOT + PLOT_GAP;
}

void plot_scp(struct panel *p)
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
			fprintf(p->out, "%.1f,%.1f ", panel_x_ns(p, run->samples[i].at),
				p->top + PLOT - (double)run->samples[i].file_bytes /
				total * (PLOT - 4));
	fprintf(p->out, "\"/>\n");
	p->top += PLOT + PLOT_GAP;
}
