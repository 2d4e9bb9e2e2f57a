// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tcpstream: a TCP transfer in both directions at once
 *
 * Each end sends a pattern, checks what it receives and, when everything that
 * it has sent was acknowledged and the peer has ended, prints what the kernel
 * counted (TCP_INFO) as one JSON object.
 */
#include "common.h"

#include <errno.h>
#include <getopt.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum limits {
	CHUNK = 65536,
	ACCEPT_BACKLOG = 1,
};

/* How often a sender with a rate writes. */
static const uint64_t tick_ns = 10 * NSEC_PER_MSEC;
static const uint64_t connect_every_ns = 100 * NSEC_PER_MSEC;
/* A connection that moves nothing for so long is dead. */
static const uint64_t give_up_ns = 60 * NSEC_PER_SEC;

/**
 * struct options - the command line
 * @listen: accept one connection
 * @local: bind address
 * @peer: peer address
 * @bytes: to send, UINT64_MAX: until told or until the peer ends
 * @rate: bytes per second, 0: as fast as it goes
 */
struct options {
	bool listen;
	struct endpoint local;
	struct endpoint peer;
	uint64_t bytes;
	double rate;
};

/**
 * struct stream - one end
 * @opt: command line
 * @fd: connection
 * @start_ns: when it was made
 * @moved_ns: when data moved last, either way
 * @sent: bytes written
 * @received: bytes read
 * @corrupted: reads that did not match the pattern
 * @last_rx_ns: when data was read last
 * @stall_ns: longest time between two reads
 * @sent_all: the last byte was written
 * @peer_over: the peer has ended
 */
struct stream {
	struct options opt;
	int fd;
	uint64_t start_ns;
	uint64_t moved_ns;
	uint64_t sent;
	uint64_t received;
	uint32_t corrupted;
	uint64_t last_rx_ns;
	uint64_t stall_ns;
	bool sent_all;
	bool peer_over;
};

static uint8_t buf[CHUNK];

static bool sending_over(const struct stream *s)
{
	if (stop_asked || s->sent >= s->opt.bytes)
		return true;
	return s->opt.bytes == UINT64_MAX && s->peer_over;
}

/* Return: how many bytes may have been sent by now. */
static uint64_t allowance(const struct stream *s)
{
	uint64_t ticks = (clock_ns() - s->start_ns) / tick_ns + 1;
	double bytes = s->opt.rate * (double)(ticks * tick_ns) / (double)NSEC_PER_SEC;

	if (s->opt.rate <= 0 || bytes > (double)s->opt.bytes)
		return s->opt.bytes;
	return (uint64_t)bytes;
}

static void end_sending(struct stream *s)
{
	s->sent_all = true;
	if (shutdown(s->fd, SHUT_WR))
		die("shutdown: %s", strerror(errno));
}

/* Return: false if the socket or the rate takes no more. */
static bool send_some(struct stream *s)
{
	uint64_t allowed = allowance(s);
	uint64_t room = allowed > s->sent ? allowed - s->sent : 0;
	size_t len = room < CHUNK ? (size_t)room : CHUNK;
	ssize_t n;

	if (!len)
		return false;
	pattern_fill(buf, len, s->sent);
	n = send(s->fd, buf, len, 0);
	if (n < 0) {
		if (errno != EAGAIN)
			die("send: %s", strerror(errno));
		return false;
	}
	s->sent += (uint64_t)n;
	s->moved_ns = clock_ns();
	return (size_t)n == len;
}

static void send_due(struct stream *s)
{
	int burst;

	for (burst = 0; burst < 4 && !s->sent_all; burst++) {
		if (sending_over(s))
			end_sending(s);
		else if (!send_some(s))
			return;
	}
}

static void note_received(struct stream *s, size_t len)
{
	uint64_t now = clock_ns();

	if (!pattern_holds(buf, len, s->received))
		s->corrupted++;
	if (s->last_rx_ns && now - s->last_rx_ns > s->stall_ns)
		s->stall_ns = now - s->last_rx_ns;
	s->last_rx_ns = now;
	s->moved_ns = now;
	s->received += len;
}

static void receive_due(struct stream *s)
{
	int burst;

	for (burst = 0; burst < 4 && !s->peer_over; burst++) {
		ssize_t n = recv(s->fd, buf, sizeof(buf), 0);

		if (n < 0) {
			if (errno != EAGAIN)
				die("receive: %s", strerror(errno));
			return;
		}
		if (n == 0)
			s->peer_over = true;
		else
			note_received(s, (size_t)n);
	}
}

static bool all_acknowledged(const struct stream *s)
{
	int queued = 0;

	if (ioctl(s->fd, SIOCOUTQ, &queued))
		die("SIOCOUTQ: %s", strerror(errno));
	return queued == 0;
}

static uint64_t next_tick(const struct stream *s)
{
	uint64_t now = clock_ns();

	return now + tick_ns - (now - s->start_ns) % tick_ns;
}

static short events_wanted(const struct stream *s)
{
	short events = s->peer_over ? 0 : POLLIN;

	if (!s->sent_all && allowance(s) > s->sent)
		events |= POLLOUT;
	return events;
}

static void stream_run(struct stream *s)
{
	s->start_ns = s->moved_ns = clock_ns();
	while (!s->sent_all || !s->peer_over || !all_acknowledged(s)) {
		send_due(s);
		wait_fd(s->fd, events_wanted(s), next_tick(s));
		receive_due(s);
		if (clock_ns() > s->moved_ns + give_up_ns)
			die("no progress: sent %llu, received %llu bytes",
			    (unsigned long long)s->sent,
			    (unsigned long long)s->received);
	}
}

static void print_result(const struct stream *s)
{
	struct tcp_info ti = { 0 };
	socklen_t len = sizeof(ti);

	if (getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &ti, &len))
		die("TCP_INFO: %s", strerror(errno));
	printf("{\"bytes_sent\": %llu, \"bytes_received\": %llu, \"corrupted\": %u, "
	       "\"retransmits\": %u, \"lost\": %u, \"dsack_dups\": %u, "
	       "\"reord_seen\": %u, \"longest_stall_us\": %llu, \"duration_ms\": %llu}\n",
	       (unsigned long long)s->sent, (unsigned long long)s->received,
	       s->corrupted, ti.tcpi_total_retrans, ti.tcpi_lost,
	       ti.tcpi_dsack_dups, ti.tcpi_reord_seen,
	       (unsigned long long)(s->stall_ns / NSEC_PER_USEC),
	       (unsigned long long)((clock_ns() - s->start_ns) / NSEC_PER_MSEC));
}

static int accept_one(const struct options *o)
{
	int fd = socket_open(&o->local, SOCK_STREAM);
	int conn;

	if (bind(fd, (const struct sockaddr *)&o->local.ss, o->local.len) ||
	    listen(fd, ACCEPT_BACKLOG))
		die("listen: %s", strerror(errno));
	if (!wait_fd(fd, POLLIN, clock_ns() + give_up_ns))
		die("nobody connected");
	conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (conn < 0)
		die("accept: %s", strerror(errno));
	close(fd);
	return conn;
}

static int connect_error(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return err;
}

/* Return: a connection, or -1 if nobody listens yet. */
static int connect_once(const struct options *o)
{
	int fd = socket_open(&o->peer, SOCK_STREAM);

	if (o->local.len &&
	    bind(fd, (const struct sockaddr *)&o->local.ss, o->local.len))
		die("bind: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)&o->peer.ss, o->peer.len) &&
	    errno != EINPROGRESS)
		die("connect: %s", strerror(errno));
	if (!wait_fd(fd, POLLOUT, clock_ns() + give_up_ns))
		die("connect: no answer");
	if (connect_error(fd) == 0)
		return fd;
	close(fd);
	return -1;
}

static int connect_to(const struct options *o)
{
	uint64_t until = clock_ns() + give_up_ns;
	int fd;

	while ((fd = connect_once(o)) < 0) {
		if (clock_ns() > until || stop_asked)
			die("nobody listens");
		wait_fd(-1, 0, clock_ns() + connect_every_ns);
	}
	return fd;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: tcpstream -l|-c ADDR -p PORT [-B ADDR] [-b BYTES] [-R BYTES/S]\n"
		"Without -b: until SIGTERM, or until the other end has ended.\n");
	_exit(2);
}

static void parse_options(struct options *o, int argc, char **argv)
{
	const char *local = NULL, *peer = NULL;
	uint16_t port = 0;
	int c;

	o->bytes = UINT64_MAX;
	while ((c = getopt(argc, argv, "lc:p:B:b:R:")) != -1) {
		switch (c) {
		case 'l':
			o->listen = true;
			break;
		case 'c':
			peer = optarg;
			break;
		case 'p':
			port = (uint16_t)parse_number(optarg, "-p", 1, 65535);
			break;
		case 'B':
			local = optarg;
			break;
		case 'b':
			o->bytes = (uint64_t)parse_number(optarg, "-b", 0, 1e15);
			break;
		case 'R':
			o->rate = parse_number(optarg, "-R", 1, 1e12);
			break;
		default:
			usage();
		}
	}
	if (optind != argc || o->listen == !!peer || !port)
		usage();
	if (peer)
		endpoint_parse(&o->peer, peer, port);
	if (local || o->listen)
		endpoint_parse(&o->local, local, o->listen ? port : 0);
}

int main(int argc, char **argv)
{
	struct stream s = { .fd = -1 };

	parse_options(&s.opt, argc, argv);
	stop_init();
	s.fd = s.opt.listen ? accept_one(&s.opt) : connect_to(&s.opt);
	stream_run(&s);
	print_result(&s);
	return 0;
}
