// SPDX-License-Identifier: GPL-2.0-or-later
/* What the radios heard, and what the kernels decided because of it. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "loader.h"

static void load_heard(struct run *run, const char *dir, enum ue ue)
{
	struct logfile lf;
	struct heard h;
	char name[16];

	snprintf(name, sizeof(name), "signal_%s", loader_ues[ue]);
	logfile_open(&lf, dir, name);
	while (logfile_next(&lf)) {
		if (sscanf(lf.line, "%" SCNd64 " %d", &h.at, &h.mbm) != 2)
			logfile_die(&lf, "not a signal: %s", lf.line);
		run->heard[ue] = loader_grow(run->heard[ue], run->heard_count[ue], sizeof(h));
		run->heard[ue][run->heard_count[ue]++] = h;
	}
	if (!run->heard_count[ue] || h.at < run_story_end(run))
		logfile_die(&lf, "truncated: nothing was heard at the story's end");
	logfile_close(&lf);
}

/* "NANOSECONDS watch_a TIME p2p0 decision: ...; prepare: ...;" */
static bool decision_read(const char *line, struct decision *d)
{
	const char *reason = strstr(line, " decision: ");
	char ue;

	if (!reason || sscanf(line, "%" SCNd64 " watch_%c", &d->at, &ue) != 2)
		return false;
	reason = strchr(reason, ';');
	if (!reason || reason[1] != ' ' || !reason[2] || !strchr("per", reason[2]))
		return false;
	d->ue = ue == 'b' ? UE_B : UE_A;
	d->letter = toupper(reason[2]);
	return true;
}

/* "NANOSECONDS world end ..." */
static bool is_end(const char *line, int64_t end)
{
	int64_t at;
	int used = 0;

	return sscanf(line, "%" SCNd64 " world end %n", &at, &used) == 1 && used && at == end;
}

static void load_decisions(struct run *run, const char *dir)
{
	bool ended = false;
	struct logfile lf;
	struct decision d;

	logfile_open(&lf, dir, "told");
	while (logfile_next(&lf)) {
		ended |= is_end(lf.line, run_story_end(run));
		if (!decision_read(lf.line, &d))
			continue;
		run->decisions = loader_grow(run->decisions, run->decisions_count, sizeof(d));
		run->decisions[run->decisions_count++] = d;
	}
	if (!ended)
		logfile_die(&lf, "truncated, or ends otherwise than the events");
	logfile_close(&lf);
}

void radio_load(struct run *run, const char *dir)
{
	int ue;

	for (ue = 0; ue < UES; ue++)
		load_heard(run, dir, ue);
	load_decisions(run, dir);
}
