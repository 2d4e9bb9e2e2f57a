/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unix_stream: the sockets on which daemons answer their operators
 */
#ifndef _SIDESTEP_UNIX_STREAM_H
#define _SIDESTEP_UNIX_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

/* unix_address() - of a socket. Return: 0 or -ENAMETOOLONG */
int unix_address(struct sockaddr_un *address, const char *path);

/**
 * unix_listen() - be there for others
 * @address: the result, for whoever removes it
 * @path: where
 * @mode: of the socket: who may
 *
 * A stale socket is replaced; one on which another daemon listens is not, and nothing
 * but a socket is removed.
 *
 * Return: a file descriptor, not blocking; -EADDRINUSE if another listens, -EEXIST if
 * there is something else, -ENAMETOOLONG, or another negative errno value.
 */
int unix_listen(struct sockaddr_un *address, const char *path, mode_t mode);

/**
 * unix_connect() - reach a daemon
 * @path: its socket
 *
 * Return: a file descriptor, not blocking; -ENOENT or -ECONNREFUSED if none runs,
 * -EACCES, -ETIMEDOUT if it has too much to do, or another negative errno value.
 */
int unix_connect(const char *path);

/**
 * unix_read_all() - what it says, up to the end
 * @fd: from unix_connect()
 * @buf: the result (malloc()), to be freed also on error; NULL before
 * @max: longer ones are refused
 * @patience_ms: for all of it
 *
 * Return: its length, -ETIMEDOUT, -EBADMSG if it is too long, or another negative errno
 * value.
 */
ssize_t unix_read_all(int fd, uint8_t **buf, size_t max, unsigned int patience_ms);

#endif /* _SIDESTEP_UNIX_STREAM_H */
