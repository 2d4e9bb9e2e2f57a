// SPDX-License-Identifier: GPL-2.0-or-later
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

/* A prime, so that a shift by any power of two is seen. */
#define PATTERN_LEN 65521

volatile sig_atomic_t stop_asked;

uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

void die(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		die("out of memory");
	return p;
}

static void on_stop(int sig)
{
	(void)sig;
	stop_asked = 1;
}

/* SIGTERM and SIGINT are let in by wait_fd() only: no wake-up is missed. */
void stop_init(void)
{
	struct sigaction sa = { .sa_handler = on_stop };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* The default slack of 50 us would be part of every deadline. */
	prctl(PR_SET_TIMERSLACK, 1ul);
}

/* Return: the events of @fd, 0 if @until_ns came first or a signal did. */
int wait_fd(int fd, short events, uint64_t until_ns)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	uint64_t now = clock_ns();
	uint64_t left = until_ns > now ? until_ns - now : 0;
	struct timespec ts = {
		.tv_sec = (time_t)(left / NSEC_PER_SEC),
		.tv_nsec = (long)(left % NSEC_PER_SEC),
	};
	sigset_t none;

	sigemptyset(&none);
	if (ppoll(&pfd, 1, &ts, &none) > 0)
		return pfd.revents;
	return 0;
}

/* Return: whether @text is an IPv6 address, with %DEVICE if it is link-local. */
static bool parse_ipv6(struct sockaddr_in6 *sin6, const char *text)
{
	char addr[INET6_ADDRSTRLEN + IF_NAMESIZE];
	char *scope;

	snprintf(addr, sizeof(addr), "%s", text);
	scope = strchr(addr, '%');
	if (scope) {
		*scope++ = '\0';
		sin6->sin6_scope_id = if_nametoindex(scope);
		if (!sin6->sin6_scope_id)
			die("no such device: %s", scope);
	}
	return inet_pton(AF_INET6, addr, &sin6->sin6_addr) == 1;
}

/* @addr: IPv4 or IPv6 in text, NULL for any address of both families. */
void endpoint_parse(struct endpoint *ep, const char *addr, uint16_t port)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)&ep->ss;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&ep->ss;

	memset(ep, 0, sizeof(*ep));
	if (addr && inet_pton(AF_INET, addr, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(port);
		ep->len = sizeof(*sin);
		return;
	}
	if (addr && !parse_ipv6(sin6, addr))
		die("not an address: %s", addr);
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(port);
	ep->len = sizeof(*sin6);
}

/* Return: a non-blocking socket of @ep's family. */
int socket_open_of(const struct endpoint *ep, int type, int protocol)
{
	int fd = socket(ep->ss.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	int one = 1;

	if (fd < 0)
		die("socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

/* Return: likewise, of the type's usual protocol. */
int socket_open(const struct endpoint *ep, int type)
{
	return socket_open_of(ep, type, 0);
}

/* A full buffer would be counted as a loss of the network. */
void socket_buffers(int fd, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		die("socket buffers: %s", strerror(errno));
}

double parse_number(const char *text, const char *what, double min, double max)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !isfinite(v) || v < min || v > max)
		die("%s: not a number from %g to %g: %s", what, min, max, text);
	return v;
}

static const uint8_t *pattern_table(void)
{
	static uint8_t table[2 * PATTERN_LEN];
	uint32_t x = 2463534242u;
	size_t i;

	if (table[0])
		return table;
	for (i = 0; i < PATTERN_LEN; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		table[i] = (uint8_t)(x >> 8) | (i == 0);
		table[i + PATTERN_LEN] = table[i];
	}
	return table;
}

/* Fills @buf with what belongs at @offset of the endless pattern. */
void pattern_fill(void *buf, size_t len, uint64_t offset)
{
	const uint8_t *table = pattern_table();
	uint8_t *to = buf;

	while (len) {
		size_t n = len < PATTERN_LEN ? len : PATTERN_LEN;

		memcpy(to, table + offset % PATTERN_LEN, n);
		to += n;
		offset += n;
		len -= n;
	}
}

bool pattern_holds(const void *buf, size_t len, uint64_t offset)
{
	const uint8_t *table = pattern_table();
	const uint8_t *at = buf;

	while (len) {
		size_t n = len < PATTERN_LEN ? len : PATTERN_LEN;

		if (memcmp(at, table + offset % PATTERN_LEN, n))
			return false;
		at += n;
		offset += n;
		len -= n;
	}
	return true;
}

void samples_add(struct samples *s, uint64_t value)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 1024;
		s->v = xrealloc(s->v, s->room * sizeof(*s->v));
	}
	s->v[s->count++] = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void samples_sort(struct samples *s)
{
	if (s->count)
		qsort(s->v, s->count, sizeof(*s->v), compare_u32);
}

/* Return: the sample at @quantile (0..1) of sorted samples, 0 if none. */
uint32_t samples_at(const struct samples *s, double quantile)
{
	if (!s->count)
		return 0;
	return s->v[(size_t)(quantile * (double)(s->count - 1))];
}
