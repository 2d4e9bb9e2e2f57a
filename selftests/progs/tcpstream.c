// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tcpstream: a TCP transfer in both directions at once
 *
 * Each end sends a pattern, checks what it receives and, when everything that
 * it has sent was acknowledged and the peer has ended, prints what the kernel
 * counted (TCP_INFO) as one JSON object. Segments sent again are those with data:
 * a host that is busy with the end of many programs may be late to acknowledge a FIN.
 */
#include "ends.h"
#include "errqueue.h"

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
	/* Between two urgent bytes, and one. */
	URGENT_EVERY = 4096,
};

/* How often a sender with a rate writes, if that is a byte at least. */
static const uint64_t tick_least_ns = 10 * NSEC_PER_MSEC;
/* A connection that moves nothing for so long is dead. */
static const uint64_t give_up_ns = 60 * NSEC_PER_SEC;

/**
 * struct options - the command line
 * @ends: addresses and socket options
 * @bytes: to send, UINT64_MAX: until told or until the peer ends
 * @rate: bytes per second, 0: as fast as it goes
 * @urgent: the last one of URGENT_EVERY bytes is urgent
 */
struct options {
	struct ends ends;
	uint64_t bytes;
	double rate;
	bool urgent;
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
 * @marks: times that urgent data was next
 * @marks_wrong: of these, where there is none
 * @last_rx_ns: when data was read last
 * @stall_ns: longest time between two reads
 * @starved: poll() promised data, but there was none to read
 * @sent_all: the last byte was written
 * @ended: it was acknowledged, and the peer was told that it was the last
 * @retransmits: segments sent again until then
 * @peer_over: the peer has ended
 * @errqueue: what was sent without a copy
 */
struct stream {
	struct options opt;
	int fd;
	uint64_t start_ns;
	uint64_t moved_ns;
	uint64_t sent;
	uint64_t received;
	uint32_t corrupted;
	uint32_t marks;
	uint32_t marks_wrong;
	uint64_t last_rx_ns;
	uint64_t stall_ns;
	bool starved;
	bool sent_all;
	bool ended;
	uint32_t retransmits;
	bool peer_over;
	struct errqueue errqueue;
};

static uint8_t buf[CHUNK];

static bool sending_over(const struct stream *s)
{
	if (stop_asked || s->sent >= s->opt.bytes)
		return true;
	return s->opt.bytes == UINT64_MAX && s->peer_over;
}

static uint64_t tick(const struct stream *s)
{
	double byte_ns = s->opt.rate > 0 ? (double)NSEC_PER_SEC / s->opt.rate : 0;

	if (s->sent_all || byte_ns < (double)tick_least_ns)
		return tick_least_ns;
	return (uint64_t)byte_ns;
}

/* Return: how many bytes may have been sent by now. */
static uint64_t allowance(const struct stream *s)
{
	uint64_t tick_ns = tick(s);
	uint64_t ticks = (clock_ns() - s->start_ns) / tick_ns + 1;
	double bytes = s->opt.rate * (double)(ticks * tick_ns) / (double)NSEC_PER_SEC;

	if (s->opt.rate <= 0 || bytes > (double)s->opt.bytes)
		return s->opt.bytes;
	return (uint64_t)bytes;
}

static struct tcp_info kernel_counts(const struct stream *s)
{
	struct tcp_info ti = { 0 };
	socklen_t len = sizeof(ti);

	if (getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &ti, &len))
		die("TCP_INFO: %s", strerror(errno));
	return ti;
}

static bool all_acknowledged(const struct stream *s)
{
	int queued = 0;

	if (ioctl(s->fd, SIOCOUTQ, &queued))
		die("SIOCOUTQ: %s", strerror(errno));
	return queued == 0;
}

static void end_when_due(struct stream *s)
{
	if (s->ended || !s->sent_all || !all_acknowledged(s))
		return;
	s->ended = true;
	s->retransmits = kernel_counts(s).tcpi_total_retrans;
	if (shutdown(s->fd, SHUT_WR))
		die("shutdown: %s", strerror(errno));
}

/* Return: false if the socket or the rate takes no more. */
static bool send_some(struct stream *s)
{
	uint64_t allowed = allowance(s);
	uint64_t room = allowed > s->sent ? allowed - s->sent : 0;
	size_t len = room < CHUNK ? (size_t)room : CHUNK;
	uint8_t *from = zerocopy_buffer(&s->errqueue, buf);
	size_t to_urgent = URGENT_EVERY - s->sent % URGENT_EVERY;
	ssize_t n;

	if (!len || !from)
		return false;
	if (s->opt.urgent && len > to_urgent)
		len = to_urgent;
	pattern_fill(from, len, s->sent);
	if (s->opt.urgent && len == to_urgent)
		n = send(s->fd, from, len, MSG_OOB);
	else
		n = zerocopy_send(&s->errqueue, s->fd, from, len);
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
			s->sent_all = true;
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

/* Reading stops before an urgent byte. */
static void note_mark(struct stream *s)
{
	int at_mark = 0;

	if (ioctl(s->fd, SIOCATMARK, &at_mark))
		die("SIOCATMARK: %s", strerror(errno));
	if (!at_mark)
		return;
	s->marks++;
	if (s->received % URGENT_EVERY != URGENT_EVERY - 1)
		s->marks_wrong++;
}

static void receive_due(struct stream *s, bool promised)
{
	int burst;

	s->starved = false;
	for (burst = 0; burst < 4 && !s->peer_over; burst++) {
		ssize_t n = recv(s->fd, buf, sizeof(buf), 0);

		if (n < 0) {
			if (errno != EAGAIN)
				die("receive: %s", strerror(errno));
			s->starved = burst == 0 && promised;
			return;
		}
		if (n == 0)
			s->peer_over = true;
		else
			note_received(s, (size_t)n);
		if (s->opt.urgent)
			note_mark(s);
	}
}

static uint64_t next_tick(const struct stream *s)
{
	uint64_t now = clock_ns(), tick_ns = tick(s);

	return now + tick_ns - (now - s->start_ns) % tick_ns;
}

/* A part of a TLS record wakes its reader, who would ask for the rest for ever. */
static short events_wanted(const struct stream *s)
{
	short events = s->peer_over || s->starved ? 0 : POLLIN;

	if (!s->sent_all && allowance(s) > s->sent)
		events |= POLLOUT;
	return events;
}

static void stream_run(struct stream *s)
{
	int events;

	s->start_ns = s->moved_ns = clock_ns();
	while (!s->ended || !s->peer_over || !all_acknowledged(s) ||
	       !zerocopy_over(&s->errqueue)) {
		send_due(s);
		events = wait_fd(s->fd, events_wanted(s), next_tick(s));
		if (events & POLLERR)
			errqueue_read(&s->errqueue, s->fd);
		receive_due(s, events & POLLIN);
		end_when_due(s);
		if (clock_ns() > s->moved_ns + give_up_ns)
			die("no progress: sent %llu, received %llu bytes",
			    (unsigned long long)s->sent,
			    (unsigned long long)s->received);
	}
}

static void print_result(const struct stream *s)
{
	struct tcp_info ti = kernel_counts(s);

	printf("{\"bytes_sent\": %llu, \"bytes_received\": %llu, \"corrupted\": %u, "
	       "\"retransmits\": %u, \"lost\": %u, \"dsack_dups\": %u, "
	       "\"reord_seen\": %u, \"longest_stall_us\": %llu, \"duration_ms\": %llu, "
	       "\"syn_data\": %s, \"zerocopied\": %u, \"marks\": %u, \"marks_wrong\": %u}\n",
	       (unsigned long long)s->sent, (unsigned long long)s->received,
	       s->corrupted, s->retransmits, ti.tcpi_lost,
	       ti.tcpi_dsack_dups, ti.tcpi_reord_seen,
	       (unsigned long long)(s->stall_ns / NSEC_PER_USEC),
	       (unsigned long long)((clock_ns() - s->start_ns) / NSEC_PER_MSEC),
	       ti.tcpi_options & TCPI_OPT_SYN_DATA ? "true" : "false",
	       s->errqueue.finished, s->marks, s->marks_wrong);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: tcpstream " ENDS_USAGE " [-b BYTES] [-R BYTES/S] [-u]\n"
		"Without -b: until SIGTERM, or until the other end has ended.\n");
	_exit(2);
}

static void parse_options(struct options *o, int argc, char **argv)
{
	int c;

	o->bytes = UINT64_MAX;
	while ((c = getopt(argc, argv, ENDS_OPTIONS "b:R:u")) != -1) {
		if (ends_option(&o->ends, c, optarg))
			continue;
		switch (c) {
		case 'b':
			o->bytes = (uint64_t)parse_number(optarg, "-b", 0, 1e15);
			break;
		case 'R':
			o->rate = parse_number(optarg, "-R", 1, 1e12);
			break;
		case 'u':
			o->urgent = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !ends_complete(&o->ends))
		usage();
}

/* Urgent data is in its place among the rest. */
static void set_inline(int fd)
{
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &one, sizeof(one)))
		die("SO_OOBINLINE: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct stream s = { .fd = -1 };
	struct ends *ends = &s.opt.ends;

	parse_options(&s.opt, argc, argv);
	stop_init();
	s.fd = ends->listen ? ends_accept(ends, 0) : ends_connect(ends, 0);
	set_inline(s.fd);
	if (sockopt_is(ends, "tls"))
		sockopt_tls(s.fd);
	if (sockopt_is(ends, "zerocopy"))
		zerocopy_init(&s.errqueue, CHUNK);
	stream_run(&s);
	print_result(&s);
	return 0;
}
