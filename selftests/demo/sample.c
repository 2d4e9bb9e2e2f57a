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

static void load_counters(struct logfile *lf, struct sample *s, enum ue ue,
			  const char *rest)
{
	const char *found = strstr(rest, " RetransSegs=");

	if (!found || sscanf(found, " RetransSegs=%" SCNu64,
			     &s->retransmissions[ue]) != 1)
		logfile_die(lf, "no RetransSegs");
}

static void load_device(struct logfile *lf, struct sample *s, enum ue ue,
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
	if (i >= 0)
		s->dev[ue][i] = c;
}

/* A sample is complete with the size of the file. */
static void add_sample(struct run *run, struct logfile *lf,
		       const struct sample *s)
{
	int ue;

	for (ue = 0; ue < UES; ue++)
		if (!s->dev[ue][DEVICE_DIRECT].tx_packets)
			logfile_die(lf, "nothing was sent on the direct link of UE %s",
				    loader_ues[ue]);
	run->samples = loader_grow(run->samples, run->samples_count, sizeof(*s));
	run->samples[run->samples_count++] = *s;
}

static void load_sample_line(struct run *run, struct logfile *lf,
			     struct sample *s, const char *word,
			     const char *rest)
{
	char name[8];
	int ue, used;

	if (!strcmp(word, "file")) {
		s->file_bytes = strtoull(rest, NULL, 10);
		add_sample(run, lf, s);
		return;
	}
	if (sscanf(rest, "%7s%n", name, &used) != 1)
		logfile_die(lf, "not a sample: %s", lf->line);
	ue = loader_find(loader_ues, UES, name);
	if (ue < 0)
		logfile_die(lf, "unknown UE %s", name);
	if (!strcmp(word, "dev"))
		load_device(lf, s, ue, rest + used);
	else if (!strcmp(word, "tcp"))
		load_counters(lf, s, ue, rest + used);
	else
		logfile_die(lf, "unknown record %s", word);
}

void samples_load(struct run *run, const char *dir)
{
	struct sample s = { 0 };
	bool ended = false;
	struct logfile lf;
	char word[8];
	int used;

	logfile_open(&lf, dir, "samples");
	while (logfile_next(&lf)) {
		if (ended || sscanf(lf.line, "%" SCNd64 " %7s %n", &s.at, word,
				    &used) != 2)
			logfile_die(&lf, "not a sample: %s", lf.line);
		if (!strcmp(word, "clock"))
			run->clock_offset =
				strtoll(lf.line + used, NULL, 10) - s.at;
		else if (!strcmp(word, "end"))
			ended = true;
		else
			load_sample_line(run, &lf, &s, word, lf.line + used);
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
