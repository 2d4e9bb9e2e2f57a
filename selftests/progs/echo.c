// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * echo: many flows, each with few packets
 *
 * "echo -l" answers on one port, UDP and TCP, until it is told to stop. Else it
 * opens COUNT sockets, one source port each, sends ROUNDS datagrams on each, or
 * opens one TCP connection, and waits for the answers. With -x it asks for
 * none. Exit code 1 if an answer is missing. The last line on stdout is one
 * JSON object.
 */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum limits {
	SIZE_MAX_UDP = 65507,
	COUNT_MAX = 60000,
	BURST = 16,
};

/* First byte of a datagram: what is wanted of the server. */
enum wish {
	WISH_ECHO = 'e',
	WISH_NONE = 'n',
};

/**
 * struct options - the command line
 * @listen: be the server
 * @tcp: one TCP connection instead of datagrams
 * @quiet: ask for no answers
 * @local: bind address, with the first source port; 0 for any
 * @peer: peer address
 * @count: sockets
 * @rounds: datagrams on each
 * @size: of a datagram
 * @rate: datagrams per second
 * @mark: SO_MARK
 * @tos: IP_TOS, IPV6_TCLASS
 * @wait_ms: how long answers are waited for, at the end
 */
struct options {
	bool listen, tcp, quiet;
	struct endpoint local, peer;
	int count, rounds, size, rate, mark, tos, wait_ms;
};

static char buf[SIZE_MAX_UDP + 1];

static void set_option(int fd, int level, int name, int value)
{
	if (value && setsockopt(fd, level, name, &value, sizeof(value)))
		die("setsockopt: %s", strerror(errno));
}

static void set_port(struct endpoint *ep, int port)
{
	/* The same place in both families. */
	((struct sockaddr_in *)&ep->ss)->sin_port = htons((uint16_t)port);
}

static int get_port(const struct endpoint *ep)
{
	return ntohs(((const struct sockaddr_in *)&ep->ss)->sin_port);
}

static int bound_socket(const struct options *o, int type, int shift)
{
	struct endpoint local = o->local;
	int fd = socket_open(&local, type);

	if (get_port(&local))
		set_port(&local, get_port(&local) + shift);
	set_option(fd, SOL_SOCKET, SO_MARK, o->mark);
	if (local.ss.ss_family == AF_INET)
		set_option(fd, IPPROTO_IP, IP_TOS, o->tos);
	else
		set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, o->tos);
	if (bind(fd, (struct sockaddr *)&local.ss, local.len))
		die("bind: %s", strerror(errno));
	return fd;
}

static void answer_udp(int fd)
{
	struct endpoint from;
	ssize_t len;

	for (;;) {
		from.len = sizeof(from.ss);
		len = recvfrom(fd, buf, sizeof(buf), 0,
			       (struct sockaddr *)&from.ss, &from.len);
		if (len < 0)
			return;
		if (len && buf[0] == WISH_ECHO)
			sendto(fd, buf, (size_t)len, 0,
			       (struct sockaddr *)&from.ss, from.len);
	}
}

/* The client speaks first, and ends the connection. */
static void answer_tcp(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return;
	while ((len = read(fd, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)len) != len)
			break;
	close(fd);
}

static void serve(const struct options *o)
{
	int udp = bound_socket(o, SOCK_DGRAM, 0);
	int tcp = bound_socket(o, SOCK_STREAM, 0);
	struct pollfd fds[] = { { .fd = udp, .events = POLLIN },
				{ .fd = tcp, .events = POLLIN } };
	sigset_t none;

	socket_buffers(udp, 64 << 20);
	if (listen(tcp, 16))
		die("listen: %s", strerror(errno));
	sigemptyset(&none);
	puts("ready");
	fflush(stdout);
	while (!stop_asked) {
		if (ppoll(fds, 2, NULL, &none) <= 0)
			continue;
		if (fds[0].revents)
			answer_udp(udp);
		if (fds[1].revents)
			answer_tcp(tcp);
	}
}

static void report(const struct options *o, int sent, int answered)
{
	printf("{\"sent\":%d,\"answered\":%d}\n", sent, answered);
	exit(!o->quiet && answered != sent);
}

static void connect_to(int fd, const struct endpoint *peer)
{
	if (connect(fd, (const struct sockaddr *)&peer->ss, peer->len) &&
	    errno != EINPROGRESS)
		die("connect: %s", strerror(errno));
}

static void talk_tcp(const struct options *o)
{
	uint64_t until = clock_ns() + (uint64_t)o->wait_ms * NSEC_PER_MSEC;
	int fd = bound_socket(o, SOCK_STREAM, 0);
	bool answered;

	connect_to(fd, &o->peer);
	answered = wait_fd(fd, POLLOUT, until) == POLLOUT &&
		   write(fd, "hello", 5) == 5 &&
		   wait_fd(fd, POLLIN, until) == POLLIN &&
		   read(fd, buf, sizeof(buf)) == 5;
	/* Nothing is sent any more when this program has ended. */
	shutdown(fd, SHUT_WR);
	if (answered)
		wait_fd(fd, POLLIN, until);
	report(o, 1, answered);
}

/* Return: how many answers there were. */
static int drain(int poll_fd, int timeout_ms)
{
	struct epoll_event events[64];
	int n = epoll_wait(poll_fd, events, 64, timeout_ms);
	int answers = 0;

	for (int i = 0; i < n; i++)
		while (recv(events[i].data.fd, buf, sizeof(buf), 0) >= 0)
			answers++;
	return answers;
}

static int *sockets_open(const struct options *o, int poll_fd)
{
	struct rlimit limit = { COUNT_MAX + 100, COUNT_MAX + 100 };
	int *fds = xrealloc(NULL, (size_t)o->count * sizeof(*fds));

	/* Only root may, and only root needs so many. */
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < o->count; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		fds[i] = bound_socket(o, SOCK_DGRAM, i);
		connect_to(fds[i], &o->peer);
		event.data.fd = fds[i];
		if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fds[i], &event))
			die("epoll: %s", strerror(errno));
	}
	return fds;
}

static void send_one(int fd, const struct options *o)
{
	buf[0] = o->quiet ? WISH_NONE : WISH_ECHO;
	while (send(fd, buf, (size_t)o->size, 0) < 0) {
		if (errno == EAGAIN)
			wait_fd(fd, POLLOUT, clock_ns() + NSEC_PER_SEC);
		else if (errno != ECONNREFUSED)
			die("send: %s", strerror(errno));
	}
}

static void talk_udp(const struct options *o)
{
	int poll_fd = epoll_create1(EPOLL_CLOEXEC);
	int *fds = sockets_open(o, poll_fd);
	int sent, answered = 0;
	uint64_t start = clock_ns(), until;

	for (sent = 0; sent < o->count * o->rounds; sent++) {
		until = start + (uint64_t)sent * NSEC_PER_SEC / (uint64_t)o->rate;
		while (sent % BURST == 0 && clock_ns() < until)
			answered += drain(poll_fd, 1);
		send_one(fds[sent % o->count], o);
	}
	until = clock_ns() + (uint64_t)o->wait_ms * NSEC_PER_MSEC;
	while (!o->quiet && answered < sent && clock_ns() < until)
		answered += drain(poll_fd, 10);
	report(o, sent, answered);
}

static int number(const char *what, int min, int max)
{
	return (int)parse_number(optarg, what, min, max);
}

static const char usage[] =
	"usage: echo {-l | -c PEER} -B LOCAL -p PORT [-q SOURCE_PORT] [-t] [-x]\n"
	"            [-N COUNT] [-n ROUNDS] [-s SIZE] [-r RATE] [-m MARK] [-d TOS] [-w MS]\n";

static void parse_options(struct options *o, int argc, char **argv)
{
	const char *local = NULL, *peer = NULL;
	int option, port = 0, source = 0;

	while ((option = getopt(argc, argv, "lc:B:p:q:txN:n:s:r:m:d:w:")) != -1) {
		switch (option) {
		case 'l': o->listen = true; break;
		case 'c': peer = optarg; break;
		case 'B': local = optarg; break;
		case 'p': port = number("-p", 1, 65535); break;
		case 'q': source = number("-q", 1, 65535); break;
		case 't': o->tcp = true; break;
		case 'x': o->quiet = true; break;
		case 'N': o->count = number("-N", 1, COUNT_MAX); break;
		case 'n': o->rounds = number("-n", 1, 100000); break;
		case 's': o->size = number("-s", 1, SIZE_MAX_UDP); break;
		case 'r': o->rate = number("-r", 1, 1000000); break;
		case 'm': o->mark = number("-m", 0, 1 << 30); break;
		case 'd': o->tos = number("-d", 0, 255); break;
		case 'w': o->wait_ms = number("-w", 1, 600000); break;
		default: die("%s", usage);
		}
	}
	if (optind != argc || !port || !local || o->listen == !!peer)
		die("%s", usage);
	endpoint_parse(&o->local, local, (uint16_t)(o->listen ? port : source));
	if (peer)
		endpoint_parse(&o->peer, peer, (uint16_t)port);
}

int main(int argc, char **argv)
{
	struct options o = { .count = 1, .rounds = 1, .size = 100, .rate = 1000,
			     .wait_ms = 1000 };

	parse_options(&o, argc, argv);
	stop_init();
	if (o.listen)
		serve(&o);
	else if (o.tcp)
		talk_tcp(&o);
	else
		talk_udp(&o);
	return 0;
}
