/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the test programs share: clock, sockets, payload pattern, samples. */
#ifndef SELFTESTS_PROGS_COMMON_H
#define SELFTESTS_PROGS_COMMON_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_USEC 1000ull

/**
 * struct endpoint - the address of a socket
 * @ss: the address
 * @len: its length
 */
struct endpoint {
	struct sockaddr_storage ss;
	socklen_t len;
};

/**
 * struct samples - a growing list of figures
 * @v: the figures
 * @count: how many
 * @room: how many fit
 */
struct samples {
	uint32_t *v;
	size_t count;
	size_t room;
};

/* Set by SIGTERM and SIGINT, see stop_init(). */
extern volatile sig_atomic_t stop_asked;

uint64_t clock_ns(void);
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void *xrealloc(void *p, size_t size);

void stop_init(void);
int wait_fd(int fd, short events, uint64_t until_ns);

void endpoint_parse(struct endpoint *ep, const char *addr, uint16_t port);
int socket_open(const struct endpoint *ep, int type);
int socket_open_of(const struct endpoint *ep, int type, int protocol);
void socket_buffers(int fd, int bytes);

double parse_number(const char *text, const char *what, double min, double max);

void pattern_fill(void *buf, size_t len, uint64_t offset);
bool pattern_holds(const void *buf, size_t len, uint64_t offset);

void samples_add(struct samples *s, uint64_t value);
void samples_sort(struct samples *s);
uint32_t samples_at(const struct samples *s, double quantile);

#endif /* SELFTESTS_PROGS_COMMON_H */
