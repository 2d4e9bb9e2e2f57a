// SPDX-License-Identifier: GPL-2.0-or-later
/* The console's table: one row a figure, one column a run. */
#include <inttypes.h>

#include "report.h"

enum { CELL_LEN = 32, RUNS = 3 };

typedef void (*cell_fn)(char *text, const struct run *run);

static void write_row(FILE *out, const struct run *const *runs, const char *name,
		      cell_fn cell, bool of_tcp)
{
	char text[CELL_LEN];
	int i;

	fprintf(out, "  %-38s", name);
	for (i = 0; i < RUNS; i++) {
		if (of_tcp || !runs[i]->tcp_only)
			cell(text, runs[i]);
		fprintf(out, " %18s", of_tcp || !runs[i]->tcp_only ? text : "-");
	}
	fputc('\n', out);
}

/* Writes a row; @cell fills in one run's column. */
static void row(FILE *out, const struct run *const *runs, const char *name, cell_fn cell)
{
	write_row(out, runs, name, cell, false);
}

/* Of what there is in each run. */
static void row_tcp(FILE *out, const struct run *const *runs, const char *name, cell_fn cell)
{
	write_row(out, runs, name, cell, true);
}

static void cell_count(char *text, uint64_t count)
{
	snprintf(text, CELL_LEN, "%" PRIu64, count);
}

static void cell_ms(char *text, int64_t us)
{
	snprintf(text, CELL_LEN, "%.1f ms", (double)us / 1000);
}

/* Of both directions. */
#define SUM(run, stream, field) \
	((run)->flow[stream][UE_A].field + (run)->flow[stream][UE_B].field)

static int64_t longest_gap(const struct run *run, enum stream stream)
{
	int64_t a = gap_us(run->flow[stream][UE_A].story);
	int64_t b = gap_us(run->flow[stream][UE_B].story);

	return a > b ? a : b;
}

static void cell_sent(char *text, const struct run *run)
{
	cell_count(text, SUM(run, STREAM_V4, sent));
}

static void cell_lost(char *text, const struct run *run)
{
	cell_count(text, SUM(run, STREAM_V4, lost));
}

static void cell_doubled(char *text, const struct run *run)
{
	cell_count(text, SUM(run, STREAM_V4, duplicated));
}

static void cell_reordered(char *text, const struct run *run)
{
	cell_count(text, SUM(run, STREAM_V4, reordered));
}

static void cell_gap(char *text, const struct run *run)
{
	cell_ms(text, longest_gap(run, STREAM_V4));
}

static void cell_bound(char *text, const struct run *run)
{
	cell_ms(text, verdict_bound_us(run, STREAM_V4));
}

static void cell_jitter(char *text, const struct run *run)
{
	cell_ms(text, verdict_jitter_us(run, STREAM_V4));
}

static void cell_v6(char *text, const struct run *run)
{
	snprintf(text, CELL_LEN, "%" PRIu64 " / %" PRIu64 " / %" PRIu64,
		 SUM(run, STREAM_V6, sent), SUM(run, STREAM_V6, lost),
		 SUM(run, STREAM_V6, duplicated) + SUM(run, STREAM_V6, reordered));
}

static void cell_v6_gap(char *text, const struct run *run)
{
	cell_ms(text, longest_gap(run, STREAM_V6));
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

static void cell_chat(char *text, const struct run *run)
{
	const struct chat *a = &run->chat[UE_A], *b = &run->chat[UE_B];

	snprintf(text, CELL_LEN, "%" PRIu64 " / %" PRIu64, a->said + b->said,
		 a->said + b->said - a->heard - b->heard);
}

static void cell_wait(char *text, const struct run *run)
{
	int64_t a = run->chat[UE_A].longest_us, b = run->chat[UE_B].longest_us;

	cell_ms(text, a > b ? a : b);
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

void table_write(FILE *out, const struct verdict *v, const struct run *sidestep,
		 const struct run *without, const struct run *mptcp)
{
	const struct run *const runs[RUNS] = { without, sidestep, mptcp };

	fprintf(out, "\n  %-38s %18s %18s %18s\n", "", "without Sidestep",
		"with Sidestep", "kernel MPTCP");
	row(out, runs, "UDP datagrams, IPv4, both ways", cell_sent);
	row(out, runs, "  lost", cell_lost);
	row(out, runs, "  doubled", cell_doubled);
	row(out, runs, "  reordered", cell_reordered);
	row(out, runs, "  longest gap", cell_gap);
	row(out, runs, "  allowed gap", cell_bound);
	row(out, runs, "  of it the guest's own jitter", cell_jitter);
	row(out, runs, "UDP, IPv6: sent / lost / not in order", cell_v6);
	row(out, runs, "  longest gap", cell_v6_gap);
	row(out, runs, "ping: sent / lost / doubled", cell_ping);
	row_tcp(out, runs, "scp: copy, time", cell_scp);
	row_tcp(out, runs, "chat: lines said / not heard", cell_chat);
	row_tcp(out, runs, "  longest until one was heard", cell_wait);
	row_tcp(out, runs, "TCP retransmissions, by the story", cell_retransmissions);
	row_tcp(out, runs, "  in the control period", cell_control);
	row_tcp(out, runs, "metered path, both UEs, in and out", cell_metered);
	write_verdict(out, v);
}
