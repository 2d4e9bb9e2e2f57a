// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"

const char *const state_names[STATES] = {
	[STATE_DIRECT] = "direct",
	[STATE_BICAST] = "bicast",
	[STATE_INFRA] = "infra",
};

static void load_params(struct run *run, const char *dir)
{
	static const char *const keys[] = {
		"udp_pps", "udp6_pps", "direct_delay_us", "infra_delay_us", "blind_us",
		"file_bytes", "tcp_only",
	};
	int64_t v[7];

	loader_figures(dir, "params", keys, v, 7);
	run->rate_pps[STREAM_V4] = v[0];
	run->rate_pps[STREAM_V6] = v[1];
	run->delay_us[PATH_DIRECT] = v[2];
	run->delay_us[PATH_INFRA] = v[3];
	run->blind_us = v[4];
	run->file_bytes = v[5];
	run->tcp_only = v[6];
	if (v[0] <= 0 || v[1] <= 0)
		errx(LOGFILE_EXIT, "%s/params: a rate is not positive", dir);
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
	i = loader_find(state_names, STATES, state);
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
	ping->echoes = loader_grow(ping->echoes, ping->count, sizeof(echo));
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

	loader_figures(dir, "scp", keys, v, 5);
	run->scp.seconds = (double)(v[1] - v[0]) / NS_PER_S;
	run->scp.finished = !v[2];
	run->scp.sha256_ok = v[3];
	run->scp.bytes = v[4];
}

static void load_heard_lines(struct run *run, const char *dir, enum ue from)
{
	struct chat *chat = &run->chat[from];
	uint64_t number, next = 0;
	struct logfile lf;
	int64_t at, delay;
	char name[16];

	snprintf(name, sizeof(name), "chat_%s.log", loader_ues[!from]);
	logfile_open(&lf, dir, name);
	while (logfile_next(&lf)) {
		if (sscanf(lf.line, "%" SCNd64 " %" SCNu64 " %" SCNd64, &at, &number,
			   &delay) != 3 || number != next++)
			logfile_die(&lf, "not the next line of the chat: %s", lf.line);
		if (at - delay * NS_PER_US < run_story_start(run) || at > run_story_end(run))
			continue;
		if (delay > chat->longest_us)
			chat->longest_us = delay;
	}
	if (next != chat->heard)
		logfile_die(&lf, "counts otherwise than who has heard");
	logfile_close(&lf);
}

static void load_chat(struct run *run, const char *dir)
{
	struct logfile lf;
	char name[16];
	char *text;
	int ue;

	for (ue = 0; ue < UES; ue++) {
		snprintf(name, sizeof(name), "chat_%s.json", loader_ues[ue]);
		text = logfile_slurp(&lf, dir, name);
		run->chat[ue].said = loader_number(&lf, text, "said");
		run->chat[!ue].heard = loader_number(&lf, text, "heard");
		run->chat[!ue].wrong = loader_number(&lf, text, "wrong");
		free(text);
	}
	for (ue = 0; ue < UES; ue++)
		load_heard_lines(run, dir, ue);
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
	int stream, ue;

	load_params(run, dir);
	load_events(run, dir);
	samples_load(run, dir);
	radio_load(run, dir);
	if (!run->tcp_only) {
		for (stream = 0; stream < STREAMS; stream++)
			for (ue = 0; ue < UES; ue++)
				flow_load(run, dir, stream, ue);
		load_ping(run, dir);
	}
	load_chat(run, dir);
	load_scp(run, dir);
	count_retransmissions(run);
}

void run_free(struct run *run)
{
	int stream, ue;

	for (stream = 0; stream < STREAMS; stream++)
		for (ue = 0; ue < UES; ue++)
			free(run->flow[stream][ue].arrivals);
	for (ue = 0; ue < UES; ue++)
		free(run->heard[ue]);
	free(run->decisions);
	free(run->ping.echoes);
	free(run->samples);
}
