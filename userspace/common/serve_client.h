/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serve_client: those who are reading what they asked for, on a Unix socket
 */
#ifndef _SIDESTEP_SERVE_CLIENT_H
#define _SIDESTEP_SERVE_CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

enum serve_client_limits {
	/* Who does not read is waited for, so many at once and so long. */
	SERVE_MAX_CLIENTS = 16,
	SERVE_PATIENCE_S = 5,
};

/**
 * struct serve_client - one of them
 * @fd: the connection; only if @timer is there
 * @writable: the connection has room again
 * @timer: patience ends
 * @buf: the rest of the document begins at @at of it
 * @at: what was written
 * @len: of @buf
 */
struct serve_client {
	int fd;
	sd_event_source *writable;
	sd_event_source *timer;
	uint8_t *buf;
	size_t at;
	size_t len;
};

/**
 * serve_client_begin() - write a document to a connection, then close it
 * @clients: SERVE_MAX_CLIENTS of them
 * @event: the loop
 * @fd: the connection, not blocking; consumed
 * @buf: the document
 * @len: its length
 */
void serve_client_begin(struct serve_client *clients, sd_event *event, int fd,
			const uint8_t *buf, size_t len);

/* serve_client_end() - whatever is left to be written */
void serve_client_end(struct serve_client *client);

#endif /* _SIDESTEP_SERVE_CLIENT_H */
