// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * teller: says each step of the story when a program says it, and how far it is
 *
 *     teller LOG COPY SIZE NAME=FILE...
 *
 * FILEs are the logs of helpers and functions, the kernel's events, and what the
 * script does with the world; they may come later. LOG gets each line of them,
 * with CLOCK_MONOTONIC nanoseconds and NAME in front; what is a step is said as a
 * sentence on stdout, with the seconds from when the radios part. That is known with
 * the line "zero NANOSECONDS" of the world; what was said before waits for it. Of a
 * FILE named signal_a (the feeder's log) the last line is the signal now. COPY is what
 * scp writes, SIZE how big it is to be.
 *
 * SIGTERM ends it, when all was read.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../userspace/common/clock.h"
#include "sentence.h"

enum limits {
	MAX_SOURCES = 12,
	MAX_LINE = 1024,
	MAX_WAITING = 64,
	LOOK_NS = 5 * 1000 * 1000,
	NS_PER_S = 1000 * 1000 * 1000,
};

/* How often it is said how far the story is. */
static const int64_t progress_ns = 5LL * NS_PER_S;

struct source {
	const char *name;
	const char *path;
	FILE *file;
	char line[MAX_LINE];
	size_t len;
};

struct said {
	int64_t at;
	char text[SENTENCE_LEN];
};

/**
 * struct teller - the program
 * @zero: from when on seconds are counted, 0: not known yet
 * @waiting: sentences until then
 * @n_waiting: of @waiting
 * @log: gets all lines
 * @copy: what scp writes
 * @size: of it at the end
 * @mbm: the last signal, 0: none yet
 * @next: when progress is due
 */
struct teller {
	int64_t zero;
	struct said waiting[MAX_WAITING];
	int n_waiting;
	FILE *log;
	const char *copy;
	int64_t size;
	int mbm;
	int64_t next;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static int64_t now(void)
{
	return clock_now_ns(CLOCK_MONOTONIC);
}

static void say(const struct teller *t, const struct said *said)
{
	printf("t=%7.2f s  %s\n", (double)(said->at - t->zero) / NS_PER_S, said->text);
}

static void know_zero(struct teller *t, int64_t zero)
{
	t->zero = zero;
	t->next = zero - (zero - now()) / progress_ns * progress_ns;
	for (int i = 0; i < t->n_waiting; i++)
		say(t, &t->waiting[i]);
}

static void take(struct teller *t, const struct source *s)
{
	struct said said = { .at = now() };

	if (!strncmp(s->name, "signal", 6)) {
		sscanf(s->line, "%*s %d", &t->mbm);
		return;
	}
	fprintf(t->log, "%" PRId64 " %s %s\n", said.at, s->name, s->line);
	if (!t->zero && !strncmp(s->line, "zero ", 5))
		know_zero(t, strtoll(s->line + 5, NULL, 10));
	if (!sentence_of(s->name, s->line, said.text))
		return;
	if (t->zero)
		say(t, &said);
	else if (t->n_waiting < MAX_WAITING)
		t->waiting[t->n_waiting++] = said;
}

static void hear(struct teller *t, struct source *s)
{
	int c;

	if (!s->file)
		s->file = fopen(s->path, "re");
	if (!s->file)
		return;
	clearerr(s->file);
	while ((c = getc(s->file)) != EOF) {
		if (c == '\n') {
			s->line[s->len] = '\0';
			s->len = 0;
			take(t, s);
		} else if (s->len < sizeof(s->line) - 1) {
			s->line[s->len++] = c;
		}
	}
}

static void progress(struct teller *t)
{
	struct said said = { .at = now() };
	struct stat st;

	if (!t->zero || said.at < t->next)
		return;
	t->next += progress_ns;
	if (!t->mbm || stat(t->copy, &st))
		return;
	snprintf(said.text, sizeof(said.text),
		 "    ... %d dBm on the direct link, %d %% of the file copied", t->mbm / 100,
		 (int)(100 * st.st_size / t->size));
	say(t, &said);
}

static void tell(struct teller *t, struct source *sources, int n)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	bool last;

	do {
		last = stop;
		for (int i = 0; i < n; i++)
			hear(t, &sources[i]);
		progress(t);
		fflush(stdout);
		if (!last)
			nanosleep(&look, NULL);
	} while (!last);
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct source sources[MAX_SOURCES] = { 0 };
	static struct teller t;
	int n = argc - 4;

	if (n < 1 || n > MAX_SOURCES)
		errx(1, "usage: teller LOG COPY SIZE NAME=FILE...");
	t.log = fopen(argv[1], "we");
	if (!t.log)
		err(1, "%s", argv[1]);
	t.copy = argv[2];
	t.size = strtoll(argv[3], NULL, 10);
	for (int i = 0; i < n; i++) {
		sources[i].name = strtok(argv[4 + i], "=");
		sources[i].path = strtok(NULL, "");
	}
	sigaction(SIGTERM, &sa, NULL);
	tell(&t, sources, n);
	if (fclose(t.log))
		err(1, "%s", argv[1]);
	return 0;
}
