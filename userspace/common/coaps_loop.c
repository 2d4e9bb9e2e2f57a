// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libcoap in the loop. Whatever it is asked for, libcoap 4.3 goes through all of its
 * sessions, so with thousands of them it is asked seldom, and for much at once.
 */
#include "coaps_priv.h"

#include <errno.h>
#include <sys/epoll.h>

enum {
	MAX_BATCH = 64,
	/* Where datagrams that libcoap may not read are among others. */
	MAX_TURNS = 16,
	/* For each association. It is several times what libcoap takes to pass over it. */
	REST_NS = 500,
	/* A shorter one is none, a longer one is felt. */
	MIN_REST_US = 100,
	MAX_REST_US = 20000,
};

static void rest(struct coaps *coaps)
{
	uint64_t rest_us = coaps->n * (uint64_t)REST_NS / 1000;

	if (rest_us < MIN_REST_US)
		return;
	if (rest_us > MAX_REST_US)
		rest_us = MAX_REST_US;
	coaps->resting = true;
	sd_event_source_set_enabled(coaps->io, SD_EVENT_OFF);
	sd_event_source_set_enabled(coaps->kick, SD_EVENT_OFF);
	sd_event_source_set_time_relative(coaps->rest, rest_us);
	sd_event_source_set_enabled(coaps->rest, SD_EVENT_ONESHOT);
}

/* libcoap reads one datagram for each event: that of the socket that listens is said as often
 * as it may. Return: number of events
 */
static int repeat(const struct coaps *coaps, struct epoll_event *events, int n, bool *more)
{
	unsigned int times;
	int i;

	for (i = 0; i < n && !events[i].data.ptr; i++)
		;
	if (!coaps->gate || i == n)
		return n;
	times = coaps_gate_pass(coaps->gate, coaps->batch, more);
	if (!times)
		events[i] = events[--n];
	for (; times > 1; times--)
		events[n++] = events[i];
	return n;
}

/* As many as come in a rest, so that few reads find nothing. */
static void batch_adapt(struct coaps *coaps, int fd)
{
	struct epoll_event event;

	if (epoll_wait(fd, &event, 1, 0) <= 0)
		coaps->batch -= coaps->batch / 4;
	else if (coaps->batch <= MAX_BATCH / 2)
		coaps->batch *= 2;
}

/* Return: is there more, and was not looked at? */
static bool turn(struct coaps *coaps)
{
	int fd = coap_context_get_coap_fd(coaps->ctx);
	/* A listener's own are two, its socket and its timer. */
	struct epoll_event events[MAX_BATCH + 2];
	int n = epoll_wait(fd, events, MAX_BATCH, 0);
	bool more = false;

	n = n > 0 ? repeat(coaps, events, n, &more) : 0;
	coap_io_do_epoll(coaps->ctx, events, n);
	if (n && !more)
		batch_adapt(coaps, fd);
	return more;
}

static void run(struct coaps *coaps)
{
	unsigned int turns = 1;

	while (turn(coaps) && turns < MAX_TURNS)
		turns++;
	/* libcoap has just looked after its timers. */
	coaps->kicked = false;
	sd_event_source_set_enabled(coaps->kick, SD_EVENT_OFF);
	coaps_reap(coaps);
	rest(coaps);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	run(data);
	return 0;
}

static int on_kick(sd_event_source *source, void *data)
{
	(void)source;
	run(data);
	return 0;
}

static int on_rest(sd_event_source *source, uint64_t now, void *data)
{
	struct coaps *coaps = data;

	(void)source;
	(void)now;
	coaps->resting = false;
	sd_event_source_set_enabled(coaps->io, SD_EVENT_ON);
	if (coaps->kicked)
		run(coaps);
	return 0;
}

void coaps_kick(struct coaps *coaps)
{
	coaps->kicked = true;
	if (!coaps->resting)
		sd_event_source_set_enabled(coaps->kick, SD_EVENT_ONESHOT);
}

int coaps_loop_init(struct coaps *coaps)
{
	int fd = coap_context_get_coap_fd(coaps->ctx);
	int err;

	if (fd < 0)
		return -EOPNOTSUPP;
	coaps->batch = 1;
	err = sd_event_add_io(coaps->event, &coaps->io, fd, EPOLLIN, on_io, coaps);
	if (err >= 0)
		err = sd_event_add_defer(coaps->event, &coaps->kick, on_kick, coaps);
	if (err >= 0)
		err = sd_event_add_time_relative(coaps->event, &coaps->rest, CLOCK_MONOTONIC,
						 0, 1, on_rest, coaps);
	if (err >= 0)
		err = sd_event_source_set_enabled(coaps->rest, SD_EVENT_OFF);
	return err < 0 ? err : 0;
}

void coaps_loop_end(struct coaps *coaps)
{
	sd_event_source_disable_unref(coaps->io);
	sd_event_source_disable_unref(coaps->kick);
	sd_event_source_disable_unref(coaps->rest);
}
