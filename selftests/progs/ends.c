// SPDX-License-Identifier: GPL-2.0-or-later
#include "ends.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum limits {
	ACCEPT_BACKLOG = 1,
};

static const uint64_t connect_every_ns = 100 * NSEC_PER_MSEC;
static const uint64_t give_up_ns = 60 * NSEC_PER_SEC;

/* Return: whether @c, of getopt() with ENDS_OPTIONS, is one of those. */
bool ends_option(struct ends *e, int c, const char *arg)
{
	switch (c) {
	case 'l':
		e->listen = true;
		return true;
	case 'c':
		e->peer_text = arg;
		return true;
	case 'p':
		e->port = (uint16_t)parse_number(arg, "-p", 1, 65535);
		return true;
	case 'B':
		e->local_text = arg;
		return true;
	case 'o':
		if (e->n_sockopts == ENDS_SOCKET_OPTIONS)
			die("-o: no more than %d", ENDS_SOCKET_OPTIONS);
		e->sockopt[e->n_sockopts++] = arg;
		return true;
	default:
		return false;
	}
}

/* To be called after the last option. Return: whether all was said. */
bool ends_complete(struct ends *e)
{
	if (e->listen == !!e->peer_text || !e->port)
		return false;
	if (e->peer_text)
		endpoint_parse(&e->peer, e->peer_text, e->port);
	if (e->local_text || e->listen)
		endpoint_parse(&e->local, e->local_text, e->listen ? e->port : 0);
	return true;
}

/* Return: a socket with the options of the command line, bound if it says so. */
int ends_socket(const struct ends *e, int type, int protocol)
{
	int fd = socket_open_of(e->listen ? &e->local : &e->peer, type, protocol);

	sockopt_apply(e, fd);
	if (e->local.len &&
	    bind(fd, (const struct sockaddr *)&e->local.ss, e->local.len))
		die("bind: %s", strerror(errno));
	return fd;
}

/* Return: the first connection that somebody makes. */
int ends_accept(const struct ends *e, int protocol)
{
	int fd = ends_socket(e, SOCK_STREAM, protocol);
	int conn;

	if (listen(fd, ACCEPT_BACKLOG))
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
static int connect_once(const struct ends *e, int protocol)
{
	int fd = ends_socket(e, SOCK_STREAM, protocol);

	if (connect(fd, (const struct sockaddr *)&e->peer.ss, e->peer.len) &&
	    errno != EINPROGRESS)
		die("connect: %s", strerror(errno));
	if (!wait_fd(fd, POLLOUT, clock_ns() + give_up_ns))
		die("connect: no answer");
	if (connect_error(fd) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Return: a connection to the peer, as soon as that listens. */
int ends_connect(const struct ends *e, int protocol)
{
	uint64_t until = clock_ns() + give_up_ns;
	int fd;

	while ((fd = connect_once(e, protocol)) < 0) {
		if (clock_ns() > until || stop_asked)
			die("nobody listens");
		wait_fd(-1, 0, clock_ns() + connect_every_ns);
	}
	return fd;
}
