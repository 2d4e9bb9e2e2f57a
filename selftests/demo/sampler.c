// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sampler: every 100 ms, the counters of the demo's two UEs
 *
 *     sampler LOG FILE NAME=NETNS...
 *
 * LOG gets one record a line, each with CLOCK_MONOTONIC nanoseconds in front:
 *
 *     T clock REALTIME_NS                             first line
 *     T dev NAME DEVICE RX_PACKETS RX_BYTES TX_PACKETS TX_BYTES
 *     T tcp NAME COUNTER=VALUE...
 *     T file BYTES                                    the size of FILE
 *     T end                                           last line
 *
 * SIGTERM or SIGINT ends it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum limits {
	MAX_NS = 4,
	MAX_TEXT = 16384,
	INTERVAL_NS = 100 * 1000 * 1000,
	NS_PER_S = 1000 * 1000 * 1000,
};

enum source { SOURCE_DEV, SOURCE_SNMP, SOURCE_NETSTAT, SOURCES };

static const char *const sources[SOURCES] = {
	[SOURCE_DEV] = "/proc/thread-self/net/dev",
	[SOURCE_SNMP] = "/proc/thread-self/net/snmp",
	[SOURCE_NETSTAT] = "/proc/thread-self/net/netstat",
};

/* What says how TCP fared; a switch that harms it moves one of these. */
static const char *const counters[] = {
	"RetransSegs", "TCPLossProbes", "TCPTimeouts", "TCPFastRetrans",
	"TCPLostRetransmit", "TCPDSACKRecv", "TCPOFOQueue",
};

struct ns {
	const char *name;
	int fd[SOURCES];
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static int64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* A file of /proc/net stays with the namespace that it was opened in. */
static void ns_open(struct ns *ns, char *spec)
{
	char path[256];
	char *eq = strchr(spec, '=');
	int fd, i;

	if (!eq)
		errx(1, "%s: not NAME=NETNS", spec);
	*eq = '\0';
	ns->name = spec;
	snprintf(path, sizeof(path), "/run/netns/%s", eq + 1);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
	for (i = 0; i < SOURCES; i++) {
		ns->fd[i] = open(sources[i], O_RDONLY | O_CLOEXEC);
		if (ns->fd[i] < 0)
			err(1, "%s", sources[i]);
	}
}

static char *source_read(int fd, enum source source)
{
	static char text[MAX_TEXT];
	size_t len = 0;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET))
		err(1, "%s", sources[source]);
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	if (n < 0)
		err(1, "%s", sources[source]);
	if (len == sizeof(text) - 1)
		errx(1, "%s: longer than %d bytes", sources[source], MAX_TEXT);
	text[len] = '\0';
	return text;
}

static void devs_write(FILE *log, int64_t t, const struct ns *ns)
{
	char *save, *line;
	char *text = source_read(ns->fd[SOURCE_DEV], SOURCE_DEV);
	uint64_t rxb, rxp, txb, txp;
	char dev[32];

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, " %31[^:]: %" SCNu64 " %" SCNu64
			   " %*u %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
			   dev, &rxb, &rxp, &txb, &txp) != 5)
			continue;
		fprintf(log, "%" PRId64 " dev %s %s %" PRIu64 " %" PRIu64
			" %" PRIu64 " %" PRIu64 "\n", t, ns->name, dev,
			rxp, rxb, txp, txb);
	}
}

static bool counter_wanted(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		if (!strcmp(counters[i], name))
			return true;
	return false;
}

/* /proc/net/snmp and netstat: a line of names, then a line of values. */
static void tcp_write(FILE *log, const struct ns *ns, enum source source)
{
	char *lines, *names, *values, *name, *value, *next_name, *next_value;
	char *text = source_read(ns->fd[source], source);

	for (names = strtok_r(text, "\n", &lines); names;
	     names = strtok_r(NULL, "\n", &lines)) {
		values = strtok_r(NULL, "\n", &lines);
		if (!values)
			return;
		if (strncmp(names, "Tcp", 3))
			continue;
		name = strtok_r(names, " ", &next_name);
		value = strtok_r(values, " ", &next_value);
		while (name && value) {
			if (counter_wanted(name))
				fprintf(log, " %s=%s", name, value);
			name = strtok_r(NULL, " ", &next_name);
			value = strtok_r(NULL, " ", &next_value);
		}
	}
}

static void sample(FILE *log, const struct ns *ns, int n, const char *file)
{
	int64_t t = now(CLOCK_MONOTONIC);
	struct stat st;
	int i;

	for (i = 0; i < n; i++) {
		devs_write(log, t, &ns[i]);
		fprintf(log, "%" PRId64 " tcp %s", t, ns[i].name);
		tcp_write(log, &ns[i], SOURCE_SNMP);
		tcp_write(log, &ns[i], SOURCE_NETSTAT);
		fputc('\n', log);
	}
	fprintf(log, "%" PRId64 " file %" PRId64 "\n", t,
		stat(file, &st) ? (int64_t)0 : (int64_t)st.st_size);
}

static void run(FILE *log, const struct ns *ns, int n, const char *file)
{
	int64_t next = now(CLOCK_MONOTONIC);
	struct timespec ts;

	fprintf(log, "%" PRId64 " clock %" PRId64 "\n", next,
		now(CLOCK_REALTIME));
	while (!stop) {
		sample(log, ns, n, file);
		next += INTERVAL_NS;
		ts.tv_sec = next / NS_PER_S;
		ts.tv_nsec = next % NS_PER_S;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	}
	sample(log, ns, n, file);
	fprintf(log, "%" PRId64 " end\n", now(CLOCK_MONOTONIC));
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct ns ns[MAX_NS];
	FILE *log;
	int i, n = argc - 3;

	if (n < 1 || n > MAX_NS)
		errx(1, "usage: sampler LOG FILE NAME=NETNS...");
	log = fopen(argv[1], "w");
	if (!log)
		err(1, "%s", argv[1]);
	for (i = 0; i < n; i++)
		ns_open(&ns[i], argv[3 + i]);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	run(log, ns, n, argv[2]);
	if (fclose(log))
		err(1, "%s", argv[1]);
	return 0;
}
