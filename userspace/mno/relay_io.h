/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay_io: the sockets of a relay, and the datagrams through the process
 */
#ifndef _SIDESTEP_RELAY_IO_H
#define _SIDESTEP_RELAY_IO_H

#include "relay.h"

enum relay_io_numbers {
	RELAY_IO4,
	RELAY_IO6,
	RELAY_IOS,
};

/**
 * struct relay_socket - one side, one family
 * @relay: whose
 * @side: see there
 * @fd: -1: there is none
 * @source: its events
 */
struct relay_socket {
	struct relay *relay;
	enum relay_side side;
	int fd;
	sd_event_source *source;
};

/**
 * struct relay_pace - a rate, as the time when what has passed would have been due
 * @bytes_ns: by its bytes
 * @packets_ns: by its packets
 */
struct relay_pace {
	uint64_t bytes_ns;
	uint64_t packets_ns;
};

/**
 * struct relay_io - of a relay
 * @socket: all
 * @pace: what comes in on each side
 */
struct relay_io {
	struct relay_socket socket[RELAY_SIDES][RELAY_IOS];
	struct relay_pace pace[RELAY_SIDES];
};

/* struct relay_batch - room for datagrams that come in at once */
struct relay_batch;

struct relay_batch *relay_batch_new(void);
void relay_batch_free(struct relay_batch *batch);

/* relay_io_init() - closed */
void relay_io_init(struct relay *relay);

/* relay_io_open() - on the relay's ports. 0, -EADDRINUSE or another negative errno
 * value; then it is closed again
 */
int relay_io_open(struct relay *relay);
void relay_io_close(struct relay *relay);

/* relay_has_latched() - relay_io's word to the table: that side is on another source */
void relay_has_latched(struct relay *relay, enum relay_side side);

#endif /* _SIDESTEP_RELAY_IO_H */
