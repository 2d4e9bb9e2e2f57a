// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flood: as much as goes through, from one end to the other
 *
 * Each end says "ready". The sender waits for a line, sends an amount as fast as
 * it can, and waits for the end of its input. The receiver counts from the first
 * bytes until all is received and the machine has nothing left to do, not even
 * with copies that no socket sees. Its clock only runs while the CPU does.
 * Neither looks at a clock or at the payload for each packet, so that what is
 * measured is the kernel. The last line on stdout is one JSON object.
 */
#include "../progs/common.h"
#include "mark.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

enum limits {
	/* TCP is given and asked for so much at once. */
	CHUNK = 128 << 10,
	SIZE_MAX_UDP = 65507,
	SOCKET_BYTES = 4 << 20,
	LINE_MAX_LEN = 256,
};

/* Datagrams that have not come for so long will not come. */
static const uint64_t silence_ns = 100 * NSEC_PER_MSEC;
/* All is done if the CPU is idle for most of such a time. */
static const uint64_t rest_ns = 100 * NSEC_PER_MSEC;
static const uint64_t idle_for_rest_ns = 80 * NSEC_PER_MSEC;
/* Nothing else takes so long. */
static const uint64_t give_up_ns = 60 * NSEC_PER_SEC;

/**
 * struct options - the command line
 * @listen: receive
 * @tcp: else UDP
 * @at: where to receive, or where to send to
 * @amount: datagrams, or bytes, to send
 * @size: bytes of a datagram
 */
struct options {
	bool listen;
	bool tcp;
	struct endpoint at;
	uint64_t amount;
	size_t size;
};

/**
 * struct clock - two clocks at a time
 * @ns: CLOCK_MONOTONIC
 * @idle_ns: for how long the CPU has had nothing to do
 */
struct clock {
	uint64_t ns;
	uint64_t idle_ns;
};

/**
 * struct count - what was received
 * @bytes: payload
 * @packets: datagrams
 * @next: the number of the datagram that should come next
 * @late: datagrams that came after a later one
 */
struct count {
	uint64_t bytes;
	uint64_t packets;
	uint64_t next;
	uint64_t late;
};

static uint8_t buf[CHUNK];

/* Exact, but takes long to read. */
static uint64_t read_idle_ns(void)
{
	FILE *f = fopen("/proc/timer_list", "r");
	unsigned long long ns, sum = 0;
	char line[LINE_MAX_LEN];
	int found = 0;

	if (!f)
		die("/proc/timer_list: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " .idle_sleeptime : %llu", &ns) == 1) {
			sum += ns;
			found++;
		}
	fclose(f);
	if (found != 1)
		die("/proc/timer_list: %d CPUs with idle_sleeptime, should be 1", found);
	return sum;
}

/* The same in steps of 10 ms, with little effort. */
static uint64_t read_idle_roughly(void)
{
	FILE *f = fopen("/proc/uptime", "r");
	double idle;

	if (!f || fscanf(f, "%*f %lf", &idle) != 1)
		die("/proc/uptime cannot be read");
	fclose(f);
	return (uint64_t)(idle * (double)NSEC_PER_SEC);
}

/* Reading the idle time takes time, which is not to be counted. */
static void clock_begin(struct clock *c)
{
	c->idle_ns = read_idle_ns();
	c->ns = clock_ns();
	mark_begin();
}

static void clock_end(struct clock *c)
{
	mark_end();
	c->ns = clock_ns();
	c->idle_ns = read_idle_ns();
}

static void rest(void)
{
	wait_fd(-1, 0, clock_ns() + rest_ns);
}

static void wait_until_done(void)
{
	uint64_t until = clock_ns() + give_up_ns;
	uint64_t before, now = read_idle_roughly();

	do {
		if (clock_ns() > until)
			die("the CPU does not come to rest");
		before = now;
		rest();
		now = read_idle_roughly();
	} while (now - before < idle_for_rest_ns);
}

static void make_blocking(int fd)
{
	struct timeval silence = { .tv_usec = silence_ns / NSEC_PER_USEC };

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
}

static void count_datagram(struct count *c, size_t len)
{
	uint64_t seq;

	if (len < sizeof(seq))
		die("a datagram of %zu bytes", len);
	memcpy(&seq, buf, sizeof(seq));
	seq = be64toh(seq);
	c->packets++;
	if (seq < c->next)
		c->late++;
	else
		c->next = seq + 1;
}

/* Until the end of TCP, or until datagrams do not come any more. */
static void receive_all(int fd, bool tcp, struct count *c)
{
	ssize_t len;

	while ((len = recv(fd, buf, sizeof(buf), 0)) != 0) {
		if (len < 0) {
			if (errno == EAGAIN && !tcp)
				return;
			if (errno == EAGAIN)
				continue;
			die("recv: %s", strerror(errno));
		}
		c->bytes += (uint64_t)len;
		if (!tcp)
			count_datagram(c, (size_t)len);
	}
}

static void say_ready(void)
{
	puts("ready");
	fflush(stdout);
}

static int receiver_open(const struct options *o)
{
	int fd = socket_open(&o->at, o->tcp ? SOCK_STREAM : SOCK_DGRAM);
	int conn;

	if (!o->tcp)
		socket_buffers(fd, SOCKET_BYTES);
	if (bind(fd, (const struct sockaddr *)&o->at.ss, o->at.len) ||
	    (o->tcp && listen(fd, 1)))
		die("listen: %s", strerror(errno));
	say_ready();
	while (!wait_fd(fd, POLLIN, clock_ns() + give_up_ns))
		continue;
	if (!o->tcp)
		return fd;
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		die("accept: %s", strerror(errno));
	close(fd);
	return conn;
}

static void receive(const struct options *o)
{
	struct count count = { 0 };
	struct clock begin, end;
	int fd = receiver_open(o);

	clock_begin(&begin);
	make_blocking(fd);
	receive_all(fd, o->tcp, &count);
	wait_until_done();
	clock_end(&end);
	printf("{\"busy_ns\": %llu, \"bytes\": %llu, \"packets\": %llu, \"late\": %llu}\n",
	       (unsigned long long)(end.ns - begin.ns - (end.idle_ns - begin.idle_ns)),
	       (unsigned long long)count.bytes, (unsigned long long)count.packets,
	       (unsigned long long)count.late);
}

static int sender_open(const struct options *o)
{
	int fd = socket_open(&o->at, o->tcp ? SOCK_STREAM : SOCK_DGRAM);

	make_blocking(fd);
	if (connect(fd, (const struct sockaddr *)&o->at.ss, o->at.len))
		die("connect: %s", strerror(errno));
	return fd;
}

static uint32_t retransmits(int fd)
{
	struct tcp_info ti = { 0 };
	socklen_t len = sizeof(ti);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &ti, &len))
		die("TCP_INFO: %s", strerror(errno));
	return ti.tcpi_total_retrans;
}

static void send_datagrams(int fd, const struct options *o)
{
	uint64_t seq, number;

	for (seq = 0; seq < o->amount; seq++) {
		number = htobe64(seq);
		memcpy(buf, &number, sizeof(number));
		if (send(fd, buf, o->size, 0) < 0)
			die("send: %s", strerror(errno));
	}
}

static void send_bytes(int fd, const struct options *o)
{
	uint64_t left = o->amount;
	ssize_t len;

	while (left) {
		len = send(fd, buf, left < CHUNK ? left : CHUNK, MSG_NOSIGNAL);
		if (len < 0)
			die("send: %s", strerror(errno));
		left -= (uint64_t)len;
	}
	shutdown(fd, SHUT_WR);
}

static void send_all(const struct options *o)
{
	int fd;

	say_ready();
	getchar();
	fd = sender_open(o);
	if (o->tcp)
		send_bytes(fd, o);
	else
		send_datagrams(fd, o);
	/* Its own end would be work that the receiver counts. */
	while (getchar() != EOF)
		continue;
	printf("{\"amount\": %llu, \"retransmits\": %u}\n",
	       (unsigned long long)o->amount, o->tcp ? retransmits(fd) : 0);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: flood -l ADDR -p PORT udp|tcp\n"
		"       flood -c ADDR -p PORT -n DATAGRAMS|BYTES [-s BYTES_OF_A_DATAGRAM] udp|tcp\n");
	exit(2);
}

static void parse_option(struct options *o, int c, const char **addr, uint16_t *port)
{
	switch (c) {
	case 'l':
		o->listen = true;
		/* fallthrough */
	case 'c':
		*addr = optarg;
		break;
	case 'p':
		*port = (uint16_t)parse_number(optarg, "-p", 1, 65535);
		break;
	case 'n':
		o->amount = (uint64_t)parse_number(optarg, "-n", 1, 1e15);
		break;
	case 's':
		o->size = (size_t)parse_number(optarg, "-s", sizeof(uint64_t), SIZE_MAX_UDP);
		break;
	default:
		usage();
	}
}

static void parse_options(struct options *o, int argc, char **argv)
{
	const char *addr = NULL;
	uint16_t port = 0;
	int c;

	while ((c = getopt(argc, argv, "l:c:p:n:s:")) != -1)
		parse_option(o, c, &addr, &port);
	if (!addr || !port || optind + 1 != argc || o->listen == !!o->amount)
		usage();
	o->tcp = !strcmp(argv[optind], "tcp");
	endpoint_parse(&o->at, addr, port);
}

int main(int argc, char **argv)
{
	struct options o = { .size = 1200 };

	parse_options(&o, argc, argv);
	/* Reading a page from a disk would be silence. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall: %s", strerror(errno));
	if (o.listen)
		receive(&o);
	else
		send_all(&o);
	return 0;
}
