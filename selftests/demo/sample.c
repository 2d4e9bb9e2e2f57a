// SPDX-License-Identifier: GPL-2.0-or-later
/* The sampler's log. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"

static const char *const device_names[DEVICES] = {
	[DEVICE_DIRECT] = "direct0",
	[DEVICE_INFRA] = "wg0",
	[DEVICE_METERED] = "modem0",
};

/**
 * struct reading - a sample that is being read
 * @s: it; the tunnel's device comes late, and goes, but what it has counted stays
 * @seen: of it, a bit for each device and %SEEN_TCP, by UE
 */
struct reading {
	struct sample s;
	unsigned int seen[UES];
};

enum {
	SEEN_TCP = 1 << DEVICES,
	SEEN_ALWAYS = 1 << DEVICE_DIRECT | 1 << DEVICE_METERED | SEEN_TCP,
};

static void load_counters(struct logfile *lf, struct reading *r, enum ue ue,
			  const char *rest)
{
	const char *found = strstr(rest, " RetransSegs=");

	if (!found || sscanf(found, " RetransSegs=%" SCNu64,
			     &r->s.retransmissions[ue]) != 1)
		logfile_die(lf, "no RetransSegs");
	r->seen[ue] |= SEEN_TCP;
}

static void load_device(struct logfile *lf, struct reading *r, enum ue ue,
			const char *rest)
{
	struct device_count c;
	char dev[16];
	int i;

	if (sscanf(rest, " %15s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		   dev, &c.rx_packets, &c.rx_bytes, &c.tx_packets,
		   &c.tx_bytes) != 5)
		logfile_die(lf, "not a device's counters: %s", lf->line);
	i = loader_find(device_names, DEVICES, dev);
	if (i < 0)
		return;
	r->s.dev[ue][i] = c;
	r->seen[ue] |= 1 << i;
}

/* A sample is complete with the size of the file. */
static void add_sample(struct run *run, struct logfile *lf, struct reading *r)
{
	int ue;

	for (ue = 0; ue < UES; ue++) {
		if ((r->seen[ue] & SEEN_ALWAYS) != SEEN_ALWAYS)
			logfile_die(lf, "not all was counted at UE %s", loader_ues[ue]);
		if (!r->s.dev[ue][DEVICE_DIRECT].tx_packets)
			logfile_die(lf, "nothing was sent on the direct link of UE %s",
				    loader_ues[ue]);
		r->seen[ue] = 0;
	}
	run->samples = loader_grow(run->samples, run->samples_count, sizeof(r->s));
	run->samples[run->samples_count++] = r->s;
}

static void load_sample_line(struct run *run, struct logfile *lf,
			     struct reading *r, const char *word,
			     const char *rest)
{
	char name[8];
	int ue, used;

	if (!strcmp(word, "file")) {
		r->s.file_bytes = strtoull(rest, NULL, 10);
		add_sample(run, lf, r);
		return;
	}
	if (sscanf(rest, "%7s%n", name, &used) != 1)
		logfile_die(lf, "not a sample: %s", lf->line);
	ue = loader_find(loader_ues, UES, name);
	if (ue < 0)
		logfile_die(lf, "unknown UE %s", name);
	if (!strcmp(word, "dev"))
		load_device(lf, r, ue, rest + used);
	else if (!strcmp(word, "tcp"))
		load_counters(lf, r, ue, rest + used);
	else
		logfile_die(lf, "unknown record %s", word);
}

void samples_load(struct run *run, const char *dir)
{
	struct reading r = { 0 };
	bool ended = false;
	struct logfile lf;
	char word[8];
	int used;

	logfile_open(&lf, dir, "samples");
	while (logfile_next(&lf)) {
		if (ended || sscanf(lf.line, "%" SCNd64 " %7s %n", &r.s.at, word,
				    &used) != 2)
			logfile_die(&lf, "not a sample: %s", lf.line);
		if (!strcmp(word, "clock"))
			run->clock_offset =
				strtoll(lf.line + used, NULL, 10) - r.s.at;
		else if (!strcmp(word, "end"))
			ended = true;
		else
			load_sample_line(run, &lf, &r, word, lf.line + used);
	}
	if (!ended || !run->clock_offset || !run->samples_count)
		logfile_die(&lf, "truncated: the sampler did not end");
	logfile_close(&lf);
}

const struct sample *run_sample_at(const struct run *run, int64_t at)
{
	size_t i = 0;

	while (i + 1 < run->samples_count && run->samples[i + 1].at <= at)
		i++;
	return &run->samples[i];
}
