// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * chat: two people at a TCP connection, who each say a line now and then
 *
 *     chat listen|connect LOCAL PEER PORT LOG
 *
 * Each end says a line every 250 ms, with its number and CLOCK_MONOTONIC
 * nanoseconds. LOG gets a line for each one heard: "NANOSECONDS NUMBER DELAY_US".
 * SIGTERM at one end: it says no more and hangs up, and so does the other one. The
 * last line on stdout is one JSON object.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../userspace/common/clock.h"

enum limits {
	EVERY_NS = 250 * 1000 * 1000,
	NS_PER_MS = 1000 * 1000,
	NS_PER_S = 1000 * 1000 * 1000,
	CONNECT_TRIES = 100,
	LINE_LEN = 128,
};

/**
 * struct chat - one end
 * @fd: the connection
 * @log: of lines heard
 * @next: when the next line is due
 * @said: lines
 * @heard: lines
 * @wrong: of these, that had another number
 * @silent: no more is said
 * @line: what was heard of the next line
 * @len: of @line
 */
struct chat {
	int fd;
	FILE *log;
	int64_t next;
	uint64_t said;
	uint64_t heard;
	uint64_t wrong;
	bool silent;
	char line[LINE_LEN];
	size_t len;
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

static struct sockaddr_in address(const char *text, const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(port ? atoi(port) : 0) };

	if (inet_pton(AF_INET, text, &sin.sin_addr) != 1)
		errx(1, "%s: not an IPv4 address", text);
	return sin;
}

static int stream_socket(const char *local, const char *port)
{
	struct sockaddr_in sin = address(local, port);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		err(1, "%s", local);
	return fd;
}

static int answer(const char *local, const char *port)
{
	int fd, listener = stream_socket(local, port);

	if (listen(listener, 1))
		err(1, "listen");
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		err(1, "accept");
	/* It stays open: MPTCP's other subflows come to it as well. */
	return fd;
}

/* Who is to answer may not have come yet. */
static int call(const char *local, const char *peer, const char *port)
{
	const struct timespec pause = { .tv_nsec = 100 * NS_PER_MS };
	struct sockaddr_in sin = address(peer, port);

	for (int i = 0; i < CONNECT_TRIES; i++) {
		int fd = stream_socket(local, NULL);

		if (!connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
			return fd;
		close(fd);
		nanosleep(&pause, NULL);
	}
	err(1, "%s", peer);
}

static void say(struct chat *c)
{
	char line[LINE_LEN];
	int64_t at = now();
	int len;

	if (c->silent || at < c->next)
		return;
	if (stop) {
		c->silent = true;
		shutdown(c->fd, SHUT_WR);
		return;
	}
	len = snprintf(line, sizeof(line), "%" PRIu64 " %" PRId64 " is all well?\n",
		       c->said, at);
	if (send(c->fd, line, len, MSG_NOSIGNAL) != len)
		err(1, "send");
	c->said++;
	c->next += EVERY_NS;
}

static void hear_line(struct chat *c)
{
	int64_t sent, at = now();
	uint64_t number;

	if (sscanf(c->line, "%" SCNu64 " %" SCNd64 " ", &number, &sent) != 2 ||
	    number != c->heard)
		c->wrong++;
	fprintf(c->log, "%" PRId64 " %" PRIu64 " %" PRId64 "\n", at, c->heard++,
		(at - sent) / 1000);
}

/* Return: false if the other one has hung up. */
static bool hear(struct chat *c)
{
	char buf[4096];
	ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n < 0)
		err(1, "recv");
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] != '\n' && c->len < sizeof(c->line) - 1) {
			c->line[c->len++] = buf[i];
			continue;
		}
		c->line[c->len] = '\0';
		c->len = 0;
		hear_line(c);
	}
	return n > 0;
}

static void chat(struct chat *c)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
	bool hung_up = false;

	c->next = now();
	while (!hung_up || !c->silent) {
		int64_t wait = c->silent ? NS_PER_S : c->next - now();

		poll(&pfd, hung_up ? 0 : 1, wait > 0 ? (int)(wait / NS_PER_MS) + 1 : 0);
		if (!hung_up && !hear(c))
			hung_up = true;
		if (hung_up)
			stop = 1;
		say(c);
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct chat c = { 0 };
	int one = 1;

	if (argc != 6)
		errx(1, "usage: chat listen|connect LOCAL PEER PORT LOG");
	c.log = fopen(argv[5], "we");
	if (!c.log)
		err(1, "%s", argv[5]);
	sigaction(SIGTERM, &sa, NULL);
	c.fd = strcmp(argv[1], "listen") ? call(argv[2], argv[3], argv[4]) :
					   answer(argv[2], argv[4]);
	setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	chat(&c);
	printf("{\"said\": %" PRIu64 ", \"heard\": %" PRIu64 ", \"wrong\": %" PRIu64 "}\n",
	       c.said, c.heard, c.wrong);
	if (fclose(c.log))
		err(1, "%s", argv[5]);
	return 0;
}
