// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logfile.h"
#include "run.h"

const char *const state_names[STATES] = {
	[STATE_DIRECT] = "direct",
	[STATE_BICAST] = "bicast",
	[STATE_INFRA] = "infra",
};

static const char *const device_names[DEVICES] = {
	[DEVICE_DIRECT] = "direct0",
	[DEVICE_INFRA] = "wg0",
	[DEVICE_METERED] = "modem0",
};

static const char *const ue_names[UES] = { [UE_A] = "a", [UE_B] = "b" };

static int find_name(const char *const *names, int count, const char *name)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/* Makes room for one more at the end; the room doubles. */
static void *list_grow(void *list, size_t count, size_t size)
{
	if (count & (count - 1))
		return list;
	list = realloc(list, (count ? 2 * count : 1) * size);
	if (!list)
		err(LOGFILE_EXIT, "realloc");
	return list;
}

/* Reads "KEY VALUE" lines; each key of @keys must be there. */
static void load_figures(const char *dir, const char *name,
			 const char *const *keys, int64_t *values, int count)
{
	struct logfile lf;
	unsigned int seen = 0;
	char key[32];
	int64_t value;
	int i;

	logfile_open(&lf, dir, name);
	while (logfile_next(&lf)) {
		if (sscanf(lf.line, "%31s %" SCNd64, key, &value) != 2)
			logfile_die(&lf, "not KEY VALUE: %s", lf.line);
		i = find_name(keys, count, key);
		if (i < 0)
			logfile_die(&lf, "unknown key %s", key);
		values[i] = value;
		seen |= 1u << i;
	}
	for (i = 0; i < count; i++)
		if (!(seen & 1u << i))
			logfile_die(&lf, "no %s", keys[i]);
	logfile_close(&lf);
}

static void load_params(struct run *run, const char *dir)
{
	static const char *const keys[] = {
		"rate_pps", "direct_delay_us", "infra_delay_us", "file_bytes",
	};
	int64_t v[4];

	load_figures(dir, "params", keys, v, 4);
	run->rate_pps = v[0];
	run->delay_us[PATH_DIRECT] = v[1];
	run->delay_us[PATH_INFRA] = v[2];
	run->file_bytes = v[3];
	if (run->rate_pps <= 0)
		errx(LOGFILE_EXIT, "%s/params: rate_pps is not positive", dir);
}

static void load_step(struct run *run, struct logfile *lf, int64_t at,
		      const char *rest)
{
	struct step *step = &run->steps[run->steps_count];
	char state[8], link[8];
	int i;

	if (run->steps_count == RUN_MAX_STEPS)
		logfile_die(lf, "more than %d steps", RUN_MAX_STEPS);
	if (sscanf(rest, "%23s %7s %7s", step->name, state, link) != 3)
		logfile_die(lf, "not a step: %s", lf->line);
	i = find_name(state_names, STATES, state);
	if (i < 0)
		logfile_die(lf, "unknown state %s", state);
	step->state = i;
	step->cut = !strcmp(link, "cut");
	step->start = at;
	if (run->steps_count)
		step[-1].end = at;
	run->steps_count++;
}

static void load_events(struct run *run, const char *dir)
{
	bool ended = false;
	struct logfile lf;
	char word[8];
	int64_t at;
	int used;

	logfile_open(&lf, dir, "events");
	while (logfile_next(&lf)) {
		if (ended || sscanf(lf.line, "%" SCNd64 " %7s %n", &at, word,
				    &used) != 2)
			logfile_die(&lf, "not an event: %s", lf.line);
		if (!strcmp(word, "step"))
			load_step(run, &lf, at, lf.line + used);
		else if (!strcmp(word, "end") && run->steps_count)
			ended = true;
		else
			logfile_die(&lf, "unknown event %s", word);
	}
	if (!ended || run->steps_count < 2)
		logfile_die(&lf, "truncated: the story has no end");
	run->steps[run->steps_count - 1].end = at;
	logfile_close(&lf);
}

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
	i = find_name(device_names, DEVICES, dev);
	if (i >= 0)
		s->dev[ue][i] = c;
}

/* A sample is complete with the size of the file. */
static void add_sample(struct run *run, struct logfile *lf,
		       const struct sample *s)
{
	int ue, dev;

	for (ue = 0; ue < UES; ue++)
		for (dev = 0; dev < DEVICES; dev++)
			if (!s->dev[ue][dev].tx_packets)
				logfile_die(lf, "nothing was sent on %s of UE %s",
					    device_names[dev], ue_names[ue]);
	run->samples = list_grow(run->samples, run->samples_count, sizeof(*s));
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
	ue = find_name(ue_names, UES, name);
	if (ue < 0)
		logfile_die(lf, "unknown UE %s", name);
	if (!strcmp(word, "dev"))
		load_device(lf, s, ue, rest + used);
	else if (!strcmp(word, "tcp"))
		load_counters(lf, s, ue, rest + used);
	else
		logfile_die(lf, "unknown record %s", word);
}

static void load_samples(struct run *run, const char *dir)
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

static uint64_t json_number(const struct logfile *lf, const char *text,
			    const char *key)
{
	char quoted[40];
	const char *found;
	char *end;
	uint64_t value;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	found = strstr(text, quoted);
	if (!found)
		logfile_die(lf, "no key \"%s\"", key);
	found += strlen(quoted);
	value = strtoull(found, &end, 10);
	if (end == found)
		logfile_die(lf, "\"%s\" is not a number", key);
	return value;
}

static void count_arrival(struct flow *flow, struct logfile *lf,
			  unsigned char *seen, uint64_t *next)
{
	uint64_t seq;
	int64_t at;

	if (sscanf(lf->line, "%" SCNd64 " %" SCNu64 " %*u", &at, &seq) != 2 ||
	    seq >= flow->sent)
		logfile_die(lf, "not a datagram that was sent: %s", lf->line);
	flow->arrivals = list_grow(flow->arrivals, flow->count, sizeof(at));
	flow->arrivals[flow->count++] = at;
	if (seen[seq]) {
		flow->duplicated++;
		return;
	}
	seen[seq] = 1;
	flow->received++;
	if (seq < *next)
		flow->reordered++;
	else
		*next = seq + 1;
}

static void load_arrivals(struct flow *flow, const char *dir, const char *name)
{
	unsigned char *seen = calloc(flow->sent + 1, 1);
	struct logfile lf;
	uint64_t next = 0;

	if (!seen)
		err(LOGFILE_EXIT, "calloc");
	logfile_open(&lf, dir, name);
	while (logfile_next(&lf))
		count_arrival(flow, &lf, seen, &next);
	flow->lost = flow->sent - flow->received;
	logfile_close(&lf);
	free(seen);
}

/* The receiver has counted too; a log that says otherwise is no evidence. */
static void check_counts(const struct flow *flow, const struct logfile *lf,
			 const char *text)
{
	if (json_number(lf, text, "received") != flow->received ||
	    json_number(lf, text, "duplicated") != flow->duplicated ||
	    json_number(lf, text, "reordered") != flow->reordered)
		logfile_die(lf, "counts otherwise than the receiver's log");
}

static void load_flow(struct run *run, const char *dir, enum ue from)
{
	enum ue to = from == UE_A ? UE_B : UE_A;
	struct flow *flow = &run->flow[from];
	struct logfile lf;
	char name[16];
	char *text;

	snprintf(name, sizeof(name), "udp_%s.json", ue_names[from]);
	text = logfile_slurp(&lf, dir, name);
	flow->sent = json_number(&lf, text, "sent");
	free(text);
	snprintf(name, sizeof(name), "udp_%s.log", ue_names[to]);
	load_arrivals(flow, dir, name);
	snprintf(name, sizeof(name), "udp_%s.json", ue_names[to]);
	text = logfile_slurp(&lf, dir, name);
	flow->corrupted = json_number(&lf, text, "corrupted");
	check_counts(flow, &lf, text);
	free(text);
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

static void load_echo(struct run *run, struct logfile *lf)
{
	struct ping *ping = &run->ping;
	struct echo echo;
	double real;

	if (strstr(lf->line, "(DUP!)")) {
		ping->duplicated++;
		return;
	}
	if (sscanf(lf->line, "[%lf] %*u bytes from %*s icmp_seq=%*u ttl=%*u time=%lf",
		   &real, &echo.rtt_ms) != 2)
		logfile_die(lf, "not an echo: %s", lf->line);
	echo.at = (int64_t)(real * 1e6) * NS_PER_US - run->clock_offset;
	ping->echoes = list_grow(ping->echoes, ping->count, sizeof(echo));
	ping->echoes[ping->count++] = echo;
}

static void load_ping(struct run *run, const char *dir)
{
	struct ping *ping = &run->ping;
	bool summary = false;
	struct logfile lf;

	logfile_open(&lf, dir, "ping.log");
	while (logfile_next(&lf)) {
		if (strstr(lf.line, " bytes from "))
			load_echo(run, &lf);
		else if (sscanf(lf.line, "%" SCNu64 " packets transmitted, %"
				SCNu64 " received", &ping->sent,
				&ping->received) == 2)
			summary = true;
	}
	if (!summary)
		logfile_die(&lf, "truncated: no summary");
	if (ping->received != ping->count || ping->sent < ping->received)
		logfile_die(&lf, "the summary counts otherwise than the lines");
	ping->lost = ping->sent - ping->received;
	logfile_close(&lf);
}

static void load_scp(struct run *run, const char *dir)
{
	static const char *const keys[] = {
		"started_ns", "ended_ns", "exit", "sha256_ok", "bytes",
	};
	int64_t v[5];

	load_figures(dir, "scp", keys, v, 5);
	run->scp.seconds = (double)(v[1] - v[0]) / NS_PER_S;
	run->scp.finished = !v[2];
	run->scp.sha256_ok = v[3];
	run->scp.bytes = v[4];
}

const struct sample *run_sample_at(const struct run *run, int64_t at)
{
	size_t i = 0;

	while (i + 1 < run->samples_count && run->samples[i + 1].at <= at)
		i++;
	return &run->samples[i];
}

static uint64_t sample_retransmissions(const struct sample *s)
{
	return s->retransmissions[UE_A] + s->retransmissions[UE_B];
}

static uint64_t retransmissions(const struct run *run, int64_t from, int64_t to)
{
	return sample_retransmissions(run_sample_at(run, to)) -
	       sample_retransmissions(run_sample_at(run, from));
}

/* What comes after the last step is still the story's doing. */
static void count_retransmissions(struct run *run)
{
	size_t i, last = run->steps_count - 1;

	for (i = 0; i <= last; i++)
		run->steps[i].retransmissions =
			retransmissions(run, run->steps[i].start,
					i < last ? run->steps[i].end : INT64_MAX);
	run->retransmissions = retransmissions(run, 0, INT64_MAX);
}

static uint64_t metered_bytes(const struct sample *s)
{
	uint64_t bytes = 0;
	int ue;

	for (ue = 0; ue < UES; ue++)
		bytes += s->dev[ue][DEVICE_METERED].rx_bytes +
			 s->dev[ue][DEVICE_METERED].tx_bytes;
	return bytes;
}

uint64_t run_metered_bytes(const struct run *run, int64_t from, int64_t to)
{
	return metered_bytes(run_sample_at(run, to)) -
	       metered_bytes(run_sample_at(run, from));
}

int64_t run_story_start(const struct run *run)
{
	return run->steps[1].start;
}

int64_t run_story_end(const struct run *run)
{
	return run->steps[run->steps_count - 1].end;
}

double run_seconds(const struct run *run, int64_t at)
{
	return (double)(at - run_story_start(run)) / NS_PER_S;
}

void run_load(struct run *run, const char *dir)
{
	int ue;

	load_params(run, dir);
	load_events(run, dir);
	load_samples(run, dir);
	for (ue = 0; ue < UES; ue++) {
		load_flow(run, dir, ue);
		find_gaps(run, &run->flow[ue]);
	}
	load_ping(run, dir);
	load_scp(run, dir);
	count_retransmissions(run);
}

void run_free(struct run *run)
{
	int ue;

	for (ue = 0; ue < UES; ue++)
		free(run->flow[ue].arrivals);
	free(run->ping.echoes);
	free(run->samples);
}
