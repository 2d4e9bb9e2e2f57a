// SPDX-License-Identifier: GPL-2.0-or-later
/* The console's table: one row a figure, one column a run. */
#include <inttypes.h>

#include "report.h"

enum { CELL_LEN = 32, RUNS = 2 };

/* Writes a row; @cell fills in one run's column. */
static void row(FILE *out, const struct run *const *runs, const char *name,
		void (*cell)(char *text, const struct run *run))
{
	char text[RUNS][CELL_LEN];
	int i;

	for (i = 0; i < RUNS; i++)
		cell(text[i], runs[i]);
	fprintf(out, "  %-34s %20s %20s\n", name, text[0], text[1]);
}

static void cell_count(char *text, uint64_t count)
{
	snprintf(text, CELL_LEN, "%" PRIu64, count);
}

static void cell_ms(char *text, int64_t us)
{
	snprintf(text, CELL_LEN, "%.1f ms", (double)us / 1000);
}

static void cell_sent(char *text, const struct run *run)
{
	cell_count(text, run->flow[UE_A].sent + run->flow[UE_B].sent);
}

static void cell_lost(char *text, const struct run *run)
{
	cell_count(text, run->flow[UE_A].lost + run->flow[UE_B].lost);
}

static void cell_doubled(char *text, const struct run *run)
{
	cell_count(text, run->flow[UE_A].duplicated + run->flow[UE_B].duplicated);
}

static void cell_reordered(char *text, const struct run *run)
{
	cell_count(text, run->flow[UE_A].reordered + run->flow[UE_B].reordered);
}

static void cell_gap(char *text, const struct run *run)
{
	int64_t a = gap_us(run->flow[UE_A].story);
	int64_t b = gap_us(run->flow[UE_B].story);

	cell_ms(text, a > b ? a : b);
}

static void cell_bound(char *text, const struct run *run)
{
	cell_ms(text, verdict_bound_us(run));
}

static void cell_jitter(char *text, const struct run *run)
{
	cell_ms(text, verdict_jitter_us(run));
}

static void cell_ping(char *text, const struct run *run)
{
	snprintf(text, CELL_LEN, "%" PRIu64 " / %" PRIu64 " / %" PRIu64,
		 run->ping.sent, run->ping.lost, run->ping.duplicated);
}

static void cell_scp(char *text, const struct run *run)
{
	if (!run->scp.finished)
		snprintf(text, CELL_LEN, "gave up");
	else
		snprintf(text, CELL_LEN, "%s, %.1f s",
			 run->scp.sha256_ok ? "sha256 ok" : "DIFFERS",
			 run->scp.seconds);
}

static void cell_retransmissions(char *text, const struct run *run)
{
	cell_count(text, verdict_story_retransmissions(run));
}

static void cell_control(char *text, const struct run *run)
{
	cell_count(text, run->steps[0].retransmissions);
}

static void cell_metered(char *text, const struct run *run)
{
	uint64_t bytes = run_metered_bytes(run, run->steps[0].start,
					   run_story_end(run));

	if (bytes < 1000 * 1000)
		snprintf(text, CELL_LEN, "%.1f kB", (double)bytes / 1e3);
	else
		snprintf(text, CELL_LEN, "%.1f MB", (double)bytes / 1e6);
}

static void write_verdict(FILE *out, const struct verdict *v)
{
	unsigned int i;

	if (!v->count)
		fprintf(out, "\nSidestep's column is clean.\n");
	else
		fprintf(out, "\nSidestep's column is NOT clean:\n");
	for (i = 0; i < v->count; i++)
		fprintf(out, "  %s\n", v->reasons[i]);
}

void table_write(FILE *out, const struct verdict *v,
		 const struct run *sidestep, const struct run *without)
{
	const struct run *const runs[RUNS] = { without, sidestep };

	fprintf(out, "\n  %-34s %20s %20s\n", "", "without Sidestep",
		"with Sidestep");
	row(out, runs, "UDP datagrams sent, both ways", cell_sent);
	row(out, runs, "  lost", cell_lost);
	row(out, runs, "  doubled", cell_doubled);
	row(out, runs, "  reordered", cell_reordered);
	row(out, runs, "  longest gap", cell_gap);
	row(out, runs, "  allowed gap", cell_bound);
	row(out, runs, "  of it the guest's own jitter", cell_jitter);
	row(out, runs, "ping: sent / lost / doubled", cell_ping);
	row(out, runs, "scp: copy, time", cell_scp);
	row(out, runs, "TCP retransmissions, by the story", cell_retransmissions);
	row(out, runs, "  in the control period", cell_control);
	row(out, runs, "metered path, both UEs, in and out", cell_metered);
	write_verdict(out, v);
}
