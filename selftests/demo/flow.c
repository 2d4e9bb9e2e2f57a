// SPDX-License-Identifier: GPL-2.0-or-later
/* The UDP streams, as their receivers saw them. */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "loader.h"

const char *const stream_names[STREAMS] = { [STREAM_V4] = "udp", [STREAM_V6] = "udp6" };

/* @seen: when each one was received, or 0 */
static void count_arrival(struct flow *flow, struct logfile *lf, int64_t *seen,
			  uint64_t *next)
{
	uint64_t seq;
	int64_t at;

	if (sscanf(lf->line, "%" SCNd64 " %" SCNu64 " %*u", &at, &seq) != 2 ||
	    at <= 0 || seq >= flow->sent)
		logfile_die(lf, "not a datagram that was sent: %s", lf->line);
	flow->arrivals = loader_grow(flow->arrivals, flow->count, sizeof(at));
	flow->arrivals[flow->count++] = at;
	if (seen[seq]) {
		flow->duplicated++;
		return;
	}
	seen[seq] = at;
	flow->received++;
	if (seq < *next)
		flow->reordered++;
	else
		*next = seq + 1;
}

static void note_lost(struct flow *flow, const int64_t *seen)
{
	uint64_t first = 0, last = flow->sent;

	if (!flow->lost)
		return;
	while (seen[first])
		first++;
	while (seen[last - 1])
		last--;
	flow->lost_span = last - first;
	flow->lost_after = first ? seen[first - 1] : 0;
}

static void load_arrivals(struct flow *flow, const char *dir, const char *name)
{
	int64_t *seen = calloc(flow->sent + 1, sizeof(*seen));
	struct logfile lf;
	uint64_t next = 0;

	if (!seen)
		err(LOGFILE_EXIT, "calloc");
	logfile_open(&lf, dir, name);
	while (logfile_next(&lf))
		count_arrival(flow, &lf, seen, &next);
	flow->lost = flow->sent - flow->received;
	note_lost(flow, seen);
	logfile_close(&lf);
	free(seen);
}

/* The receiver has counted too; a log that says otherwise is no evidence. */
static void check_counts(const struct flow *flow, const struct logfile *lf,
			 const char *text)
{
	if (loader_number(lf, text, "received") != flow->received ||
	    loader_number(lf, text, "duplicated") != flow->duplicated ||
	    loader_number(lf, text, "reordered") != flow->reordered)
		logfile_die(lf, "counts otherwise than the receiver's log");
}

static void note_gap(struct gap *longest, int64_t from, int64_t to)
{
	if (to - from > longest->to - longest->from)
		*longest = (struct gap){ from, to };
}

/* A stream that does not live to the story's end has its last gap there. */
static void find_gaps(const struct run *run, struct flow *flow)
{
	int64_t control = run->steps[0].start;
	int64_t start = run_story_start(run);
	int64_t end = run_story_end(run);
	int64_t last = control;
	size_t i;

	for (i = 0; i < flow->count && last < end; i++) {
		int64_t at = flow->arrivals[i];

		if (at > start)
			note_gap(&flow->story, last, at);
		else if (at > control)
			note_gap(&flow->control, last, at);
		if (at > control)
			last = at;
	}
	if (last < end)
		note_gap(&flow->story, last, end);
}

static char *slurp(struct logfile *lf, const char *dir, enum stream stream, enum ue ue)
{
	char name[24];

	snprintf(name, sizeof(name), "%s_%s.json", stream_names[stream], loader_ues[ue]);
	return logfile_slurp(lf, dir, name);
}

void flow_load(struct run *run, const char *dir, enum stream stream, enum ue from)
{
	enum ue to = from == UE_A ? UE_B : UE_A;
	struct flow *flow = &run->flow[stream][from];
	struct logfile lf;
	char name[24];
	char *text;

	text = slurp(&lf, dir, stream, from);
	flow->sent = loader_number(&lf, text, "sent");
	free(text);
	snprintf(name, sizeof(name), "%s_%s.log", stream_names[stream], loader_ues[to]);
	load_arrivals(flow, dir, name);
	text = slurp(&lf, dir, stream, to);
	flow->corrupted = loader_number(&lf, text, "corrupted");
	check_counts(flow, &lf, text);
	free(text);
	find_gaps(run, flow);
}
