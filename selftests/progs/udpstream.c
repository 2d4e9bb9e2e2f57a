// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * udpstream: a two-way stream of numbered datagrams
 *
 * Each end sends at a fixed rate by absolute deadlines, receives, checks and
 * counts. Both start when each has heard the other (hello), and both end when
 * each knows how many the other has sent (fin). Hello and fin are not counted.
 * The last line on stdout is one JSON object. Not only UDP: also SCTP and raw IP.
 */
#include "ends.h"
#include "errqueue.h"
#include "fragments.h"

#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum limits {
	HEAD_LEN = 20,
	SIZE_MAX_UDP = 65507,
	SIZE_DEFAULT = 160,
	SEND_BURST = 32,
	SOCKET_BYTES = 16 << 20,
	SEQ_MAX = 1 << 28,
	ANCILLARY_TEXT = 256,
};

static const uint64_t hello_every_ns = 20 * NSEC_PER_MSEC;
static const uint64_t fin_every_ns = 50 * NSEC_PER_MSEC;
/* How long late copies are waited for at the end. */
static const uint64_t drain_ns = 500 * NSEC_PER_MSEC;
/* A peer that is silent for so long when it should speak has gone. */
static const uint64_t give_up_ns = 30 * NSEC_PER_SEC;

#define PACKET_MAGIC 0x53747031u

enum packet_kind {
	PACKET_HELLO = 1,
	PACKET_DATA,
	PACKET_FIN,
};

/**
 * struct packet - a datagram's head; the pattern follows
 * @magic: PACKET_MAGIC
 * @kind: enum packet_kind
 * @heard: hello: a hello was heard; fin: the receiver's fin was heard
 * @size: of the whole datagram, head included
 * @seq: data: number from 0; fin: how many were sent
 * @stamp: data: CLOCK_MONOTONIC when sent, nanoseconds
 */
struct packet {
	uint32_t magic;
	uint8_t kind;
	uint8_t heard;
	uint16_t size;
	uint32_t seq;
	uint64_t stamp;
} __attribute__((packed));

_Static_assert(sizeof(struct packet) == HEAD_LEN, "head of a datagram");

/**
 * struct options - the command line
 * @ends: addresses and socket options
 * @protocol: IP protocol: IPPROTO_UDP, IPPROTO_SCTP, or any other for raw IP
 * @rate: datagrams per second
 * @count: datagrams to send, SEQ_MAX: until told or until the peer ends
 * @size: of a datagram
 * @batch: datagrams in one send(), for the socket option gso
 * @fragment: bytes of an IP fragment, made here; 0: by the kernel
 * @log: one line per datagram received, or NULL
 */
struct options {
	struct ends ends;
	int protocol;
	double rate;
	uint32_t count;
	size_t size;
	uint32_t batch;
	size_t fragment;
	FILE *log;
};

/**
 * struct sender - the sending half
 * @start_ns: deadline of datagram 0
 * @sent: datagrams sent; the number of the next one
 * @errors: of these, refused by the kernel
 * @error: why, errno
 * @calls: send calls that were not refused
 * @last_ns: when the last one was sent
 * @longest_gap_ns: between two
 * @blocked: the socket's buffer is full
 * @over: the last one was sent
 */
struct sender {
	uint64_t start_ns;
	uint32_t sent;
	uint32_t errors;
	int error;
	uint32_t calls;
	uint64_t last_ns;
	uint64_t longest_gap_ns;
	bool blocked;
	bool over;
};

/**
 * struct receiver - the receiving half
 * @seen: a bit per number
 * @seen_bits: how many fit
 * @next: the highest number received, and one
 * @received: different datagrams
 * @duplicated: datagrams received again
 * @reordered: datagrams received after a later one
 * @corrupted: datagrams that are not as sent
 * @calls: receive calls that brought something
 * @stamped: of these, with a time of arrival
 * @ancillary: what was said of the first datagram besides
 * @ancillary_changed: of how many later ones something else
 * @last_ns: when the last datagram came
 * @longest_gap_ns: between two
 * @delays: one-way delays, microseconds
 */
struct receiver {
	uint64_t *seen;
	uint32_t seen_bits;
	uint32_t next;
	uint32_t received;
	uint32_t duplicated;
	uint32_t reordered;
	uint32_t corrupted;
	uint32_t calls;
	uint32_t stamped;
	char ancillary[ANCILLARY_TEXT];
	uint32_t ancillary_changed;
	uint64_t last_ns;
	uint64_t longest_gap_ns;
	struct samples delays;
};

/**
 * struct stream - one end
 * @opt: command line
 * @fd: socket
 * @connected: the peer's address is known
 * @started: both ends are there
 * @heard_hello: the peer is there
 * @peer_over: the peer's fin was heard
 * @peer_sent: and this is its count
 * @peer_knows: the peer has heard our fin
 * @closed: SCTP: the peer has ended the connection
 * @retransmits: SCTP: what was sent again
 * @next_control_ns: when to send the next hello or fin
 * @heard_ns: when anything was heard last
 * @complete_ns: since when both ends know all
 * @tx: sending half
 * @rx: receiving half
 * @errqueue: what is known of what was sent
 * @fragments: how datagrams are sent in fragments
 */
struct stream {
	struct options opt;
	int fd;
	bool connected;
	bool started;
	bool heard_hello;
	bool peer_over;
	uint32_t peer_sent;
	bool peer_knows;
	bool closed;
	uint64_t retransmits;
	uint64_t next_control_ns;
	uint64_t heard_ns;
	uint64_t complete_ns;
	struct sender tx;
	struct receiver rx;
	struct errqueue errqueue;
	struct fragments fragments;
};

static uint8_t buf[65536];

static void stream_start(struct stream *s)
{
	if (s->started)
		return;
	s->started = true;
	s->tx.start_ns = clock_ns();
}

static void send_control(struct stream *s, enum packet_kind kind, bool heard, uint32_t seq)
{
	struct packet p = {
		.magic = htobe32(PACKET_MAGIC),
		.kind = kind,
		.heard = heard,
		.size = htobe16(sizeof(p)),
		.seq = htobe32(seq),
	};

	/* Control is repeated until answered, so a refusal does not matter. */
	if (s->connected && send(s->fd, &p, sizeof(p), 0) >= 0)
		s->tx.calls++;
}

static void send_hello(struct stream *s)
{
	send_control(s, PACKET_HELLO, s->heard_hello, 0);
}

static void send_fin(struct stream *s)
{
	send_control(s, PACKET_FIN, s->peer_over, s->tx.sent);
}

static uint64_t send_deadline(const struct stream *s)
{
	return s->tx.start_ns +
	       (uint64_t)((double)s->tx.sent * (double)NSEC_PER_SEC / s->opt.rate);
}

static void note_sent(struct sender *tx, uint64_t now)
{
	if (tx->last_ns && now - tx->last_ns > tx->longest_gap_ns)
		tx->longest_gap_ns = now - tx->last_ns;
	tx->last_ns = now;
	tx->sent++;
}

static void fill_data(uint8_t *to, size_t size, uint32_t seq, uint64_t now)
{
	struct packet *p = (struct packet *)to;

	*p = (struct packet){
		.magic = htobe32(PACKET_MAGIC),
		.kind = PACKET_DATA,
		.size = htobe16((uint16_t)size),
		.seq = htobe32(seq),
		.stamp = htobe64(now),
	};
	pattern_fill(to + HEAD_LEN, size - HEAD_LEN, seq);
}

static ssize_t send_filled(struct stream *s, const uint8_t *from, size_t len)
{
	if (s->fragments.mtu)
		return fragments_send(&s->fragments, s->fd, from, len);
	return zerocopy_send(&s->errqueue, s->fd, from, len);
}

static void send_data(struct stream *s, uint64_t now)
{
	uint8_t *to = zerocopy_buffer(&s->errqueue, buf);
	uint32_t i, n = s->opt.batch;

	if (n > s->opt.count - s->tx.sent)
		n = s->opt.count - s->tx.sent;
	s->tx.blocked = !to;
	if (!to)
		return;
	for (i = 0; i < n; i++)
		fill_data(to + i * s->opt.size, s->opt.size, s->tx.sent + i, now);
	if (send_filled(s, to, n * s->opt.size) < 0) {
		if (errno == EAGAIN) {
			s->tx.blocked = true;
			return;
		}
		s->tx.errors += n;
		s->tx.error = errno;
	} else {
		s->tx.calls++;
	}
	while (n--)
		note_sent(&s->tx, now);
}

static bool sending_over(const struct stream *s)
{
	if (stop_asked || s->tx.sent >= s->opt.count)
		return true;
	return s->opt.count == SEQ_MAX && s->peer_over;
}

static void send_due(struct stream *s)
{
	int burst;

	for (burst = 0; burst < SEND_BURST; burst++) {
		uint64_t now = clock_ns();

		if (sending_over(s)) {
			s->tx.over = true;
			s->next_control_ns = now;
			return;
		}
		if (now < send_deadline(s))
			return;
		send_data(s, now);
		if (s->tx.blocked)
			return;
	}
}

static bool mark_seen(struct receiver *rx, uint32_t seq)
{
	uint64_t bit = 1ull << (seq % 64);

	if (seq >= rx->seen_bits) {
		uint32_t bits = (seq / 65536 + 1) * 65536;

		rx->seen = xrealloc(rx->seen, bits / 8);
		memset(rx->seen + rx->seen_bits / 64, 0, (bits - rx->seen_bits) / 8);
		rx->seen_bits = bits;
	}
	if (rx->seen[seq / 64] & bit)
		return false;
	rx->seen[seq / 64] |= bit;
	return true;
}

static void note_arrival(struct receiver *rx, uint64_t now)
{
	if (rx->last_ns && now - rx->last_ns > rx->longest_gap_ns)
		rx->longest_gap_ns = now - rx->last_ns;
	rx->last_ns = now;
}

static void receive_data(struct stream *s, const struct packet *p, size_t len)
{
	struct receiver *rx = &s->rx;
	uint32_t seq = be32toh(p->seq);
	uint64_t now = clock_ns();
	uint64_t delay_us = (now - be64toh(p->stamp)) / NSEC_PER_USEC;

	if (seq >= SEQ_MAX || !pattern_holds(p + 1, len - sizeof(*p), seq)) {
		rx->corrupted++;
		return;
	}
	if (s->opt.log)
		fprintf(s->opt.log, "%llu %u %llu\n", (unsigned long long)now, seq,
			(unsigned long long)delay_us);
	note_arrival(rx, now);
	if (!mark_seen(rx, seq)) {
		rx->duplicated++;
		return;
	}
	rx->received++;
	samples_add(&rx->delays, delay_us);
	if (seq < rx->next)
		rx->reordered++;
	else
		rx->next = seq + 1;
}

static void receive_hello(struct stream *s, const struct packet *p)
{
	bool had_started = s->started;

	s->heard_hello = true;
	if (p->heard)
		stream_start(s);
	/* The peer asks; or it may not know yet, and not hear it from our data. */
	if (s->started && (!p->heard || !had_started))
		send_hello(s);
}

static void receive_fin(struct stream *s, const struct packet *p)
{
	s->peer_over = true;
	s->peer_sent = be32toh(p->seq);
	if (p->heard)
		s->peer_knows = true;
	else if (s->tx.over)
		send_fin(s);
}

static void receive_packet(struct stream *s, const uint8_t *data, size_t len)
{
	const struct packet *p = (const struct packet *)data;

	if (len < sizeof(*p) || be32toh(p->magic) != PACKET_MAGIC ||
	    be16toh(p->size) != len) {
		s->rx.corrupted++;
		return;
	}
	s->heard_ns = clock_ns();
	switch (p->kind) {
	case PACKET_HELLO:
		receive_hello(s, p);
		break;
	case PACKET_DATA:
		stream_start(s);
		receive_data(s, p, len);
		break;
	case PACKET_FIN:
		stream_start(s);
		receive_fin(s, p);
		break;
	default:
		s->rx.corrupted++;
	}
}

static void connect_to(struct stream *s, const struct endpoint *peer)
{
	if (connect(s->fd, (const struct sockaddr *)&peer->ss, peer->len))
		die("connect: %s", strerror(errno));
	s->connected = true;
}

/* One line of text for what was said of a datagram, without times. */
static void ancillary_add(char *text, const struct cmsghdr *c)
{
	const uint8_t *data = CMSG_DATA(c), *end = (const uint8_t *)c + c->cmsg_len;
	size_t at = strlen(text);

	at += (size_t)snprintf(text + at, ANCILLARY_TEXT - at, "%d/%d:",
			       c->cmsg_level, c->cmsg_type);
	for (; data < end && at < ANCILLARY_TEXT - 3; data++)
		at += (size_t)snprintf(text + at, ANCILLARY_TEXT - at, "%02x", *data);
}

/* Return: the size of the datagrams that came together in one. */
static size_t receive_ancillary(struct receiver *rx, struct msghdr *msg, size_t len)
{
	char text[ANCILLARY_TEXT] = "";
	struct cmsghdr *c;
	int size;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET) {
			rx->stamped++;
		} else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
			memcpy(&size, CMSG_DATA(c), sizeof(size));
			len = (size_t)size;
		} else if (strlen(text) < ANCILLARY_TEXT - 16) {
			ancillary_add(text, c);
		}
	}
	if (!rx->calls++)
		strcpy(rx->ancillary, text);
	else if (strcmp(rx->ancillary, text))
		rx->ancillary_changed++;
	return len;
}

/* Raw IPv4 sockets get the IP header too. */
static size_t header_len(const struct stream *s, const struct endpoint *from)
{
	if (s->opt.protocol == IPPROTO_UDP || s->opt.protocol == IPPROTO_SCTP ||
	    from->ss.ss_family == AF_INET6)
		return 0;
	return ((struct iphdr *)buf)->ihl * 4u;
}

static bool receive_error(struct stream *s)
{
	/* The peer's socket is closed: it has got all it waited for. */
	if (errno == ECONNREFUSED && s->peer_over)
		s->peer_knows = true;
	return errno == ECONNREFUSED;
}

/* Return: false if there is nothing to receive. */
static bool receive_one(struct stream *s)
{
	static char control[1024] __attribute__((aligned(8)));
	struct endpoint from = { .len = 0 };
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = {
		.msg_name = &from.ss,
		.msg_namelen = sizeof(from.ss),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(s->fd, &msg, 0);
	size_t at, size;

	if (len < 0)
		return receive_error(s);
	s->closed = len == 0;
	if (s->closed)
		return false;
	from.len = msg.msg_namelen;
	if (!s->connected)
		connect_to(s, &from);
	at = header_len(s, &from);
	size = receive_ancillary(&s->rx, &msg, (size_t)len - at);
	for (; at < (size_t)len; at += size)
		receive_packet(s, buf + at, (size_t)len - at < size ? (size_t)len - at : size);
	return true;
}

static void receive_due(struct stream *s)
{
	int burst;

	for (burst = 0; burst < SEND_BURST; burst++)
		if (!receive_one(s))
			return;
}

static void control_due(struct stream *s)
{
	uint64_t now = clock_ns();

	if ((s->started && !s->tx.over) || now < s->next_control_ns)
		return;
	if (s->started) {
		send_fin(s);
		s->next_control_ns = now + fin_every_ns;
	} else {
		send_hello(s);
		s->next_control_ns = now + hello_every_ns;
	}
}

static bool stream_complete(const struct stream *s)
{
	return s->tx.over && s->peer_over && s->peer_knows;
}

static void note_retransmits(struct stream *s)
{
	struct sctp_assoc_stats stats = { 0 };
	socklen_t len = sizeof(stats);

	if (s->opt.protocol == IPPROTO_SCTP &&
	    getsockopt(s->fd, IPPROTO_SCTP, SCTP_GET_ASSOC_STATS, &stats, &len))
		die("SCTP_GET_ASSOC_STATS: %s", strerror(errno));
	s->retransmits = stats.sas_rtxchunks;
}

static bool stream_finished(struct stream *s)
{
	uint64_t now = clock_ns();
	bool waiting = !s->started || s->tx.over;

	if (stream_complete(s)) {
		if (!s->complete_ns) {
			s->complete_ns = now;
			note_retransmits(s);
		}
		return s->closed || (now >= s->complete_ns + drain_ns &&
				     now >= s->rx.last_ns + drain_ns);
	}
	if (!s->started && stop_asked)
		return true;
	return waiting && now >= s->heard_ns + give_up_ns &&
	       now >= s->tx.last_ns + give_up_ns;
}

static uint64_t next_deadline(const struct stream *s)
{
	if (!s->started || s->tx.over)
		return s->next_control_ns;
	if (s->tx.blocked)
		return clock_ns() + NSEC_PER_SEC;
	return send_deadline(s);
}

static void stream_run(struct stream *s)
{
	s->heard_ns = clock_ns();
	while (!stream_finished(s)) {
		short events = POLLIN;

		if (s->tx.blocked)
			events |= POLLOUT;
		if (s->started && !s->tx.over)
			send_due(s);
		control_due(s);
		if (wait_fd(s->fd, events, next_deadline(s)) & POLLERR)
			errqueue_read(&s->errqueue, s->fd);
		receive_due(s);
	}
}

/* Return: what the socket believes, 0 if that is nothing. */
static int path_mtu(const struct stream *s)
{
	bool v6 = s->opt.ends.local.ss.ss_family == AF_INET6;
	socklen_t len = sizeof(int);
	int mtu = 0;

	if (getsockopt(s->fd, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_MTU : IP_MTU, &mtu, &len))
		return 0;
	return mtu;
}

static void print_result(struct stream *s)
{
	struct receiver *rx = &s->rx;
	bool complete = stream_complete(s);
	uint32_t expected = complete ? s->peer_sent : rx->next;

	samples_sort(&rx->delays);
	printf("{\"complete\": %s, \"sent\": %u, \"received\": %u, \"lost\": %u, "
	       "\"duplicated\": %u, \"reordered\": %u, \"corrupted\": %u, "
	       "\"send_errors\": %u, \"longest_gap_us\": %llu, "
	       "\"send_longest_gap_us\": %llu, \"delay_min_us\": %u, "
	       "\"delay_median_us\": %u, \"delay_max_us\": %u, ",
	       complete ? "true" : "false", s->tx.sent, rx->received,
	       expected - rx->received, rx->duplicated, rx->reordered,
	       rx->corrupted, s->tx.errors,
	       (unsigned long long)(rx->longest_gap_ns / NSEC_PER_USEC),
	       (unsigned long long)(s->tx.longest_gap_ns / NSEC_PER_USEC),
	       samples_at(&rx->delays, 0), samples_at(&rx->delays, 0.5),
	       samples_at(&rx->delays, 1));
	printf("\"send_error\": \"%s\", \"path_mtu\": %d, \"sends\": %u, "
	       "\"sends_stamped\": %u, \"zerocopied\": %u, \"retransmits\": %llu, "
	       "\"receives\": %u, \"receives_stamped\": %u, \"ancillary\": \"%s\", "
	       "\"ancillary_changed\": %u}\n",
	       s->tx.error ? strerrorname_np(s->tx.error) : "", path_mtu(s), s->tx.calls,
	       s->errqueue.stamped, s->errqueue.finished,
	       (unsigned long long)s->retransmits, rx->calls, rx->stamped,
	       rx->ancillary, rx->ancillary_changed);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: udpstream " ENDS_USAGE " -r RATE [-n COUNT|-t SECONDS]\n"
		"                 [-s SIZE] [-g DATAGRAMS] [-F BYTES] [-P sctp|PROTOCOL] [-w LOG]\n"
		"Without -n and -t: until SIGTERM, or until the other end has ended.\n");
	exit(2);
}

static FILE *log_open(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die("%s: %s", path, strerror(errno));
	return f;
}

static int parse_protocol(const char *text)
{
	if (!strcmp(text, "sctp"))
		return IPPROTO_SCTP;
	return (int)parse_number(text, "-P", 0, 255);
}

static void parse_options(struct options *o, int argc, char **argv)
{
	double seconds = 0;
	int c;

	o->protocol = IPPROTO_UDP;
	o->count = SEQ_MAX;
	o->size = SIZE_DEFAULT;
	o->batch = 1;
	while ((c = getopt(argc, argv, ENDS_OPTIONS "r:n:t:s:g:F:P:w:")) != -1) {
		if (ends_option(&o->ends, c, optarg))
			continue;
		switch (c) {
		case 'r':
			o->rate = parse_number(optarg, "-r", 0.01, 1e6);
			break;
		case 'n':
			o->count = (uint32_t)parse_number(optarg, "-n", 1, SEQ_MAX - 1);
			break;
		case 't':
			seconds = parse_number(optarg, "-t", 0.001, 1e6);
			break;
		case 's':
			o->size = (size_t)parse_number(optarg, "-s", HEAD_LEN, SIZE_MAX_UDP);
			break;
		case 'g':
			o->batch = (uint32_t)parse_number(optarg, "-g", 1, 64);
			break;
		case 'F':
			o->fragment = (size_t)parse_number(optarg, "-F", 576, 9000);
			break;
		case 'P':
			o->protocol = parse_protocol(optarg);
			break;
		case 'w':
			o->log = log_open(optarg);
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !ends_complete(&o->ends) || o->rate <= 0 ||
	    o->batch * o->size > SIZE_MAX_UDP)
		usage();
	if (seconds > 0)
		o->count = (uint32_t)(seconds * o->rate) + 1;
}

static void stream_open(struct stream *s)
{
	const struct ends *e = &s->opt.ends;

	if (s->opt.protocol == IPPROTO_SCTP) {
		s->fd = e->listen ? ends_accept(e, IPPROTO_SCTP) : ends_connect(e, IPPROTO_SCTP);
		s->connected = true;
	} else if (s->opt.protocol == IPPROTO_UDP) {
		s->fd = ends_socket(e, SOCK_DGRAM, 0);
	} else {
		s->fd = ends_socket(e, SOCK_RAW, s->opt.protocol);
	}
	socket_buffers(s->fd, SOCKET_BYTES);
	if (!e->listen && !s->connected)
		connect_to(s, &e->peer);
	if (sockopt_is(e, "zerocopy"))
		zerocopy_init(&s->errqueue, sizeof(buf));
	s->fragments.mtu = s->opt.fragment;
}

int main(int argc, char **argv)
{
	struct stream s = { .fd = -1 };

	parse_options(&s.opt, argc, argv);
	stop_init();
	stream_open(&s);
	stream_run(&s);
	print_result(&s);
	if (s.opt.log && fclose(s.opt.log))
		die("log: %s", strerror(errno));
	return stream_complete(&s) ? 0 : 1;
}
