/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a socket's error queue tells of packets that were sent: when they left,
 * and which of the buffers that were sent without a copy are free again.
 */
#ifndef SELFTESTS_PROGS_ERRQUEUE_H
#define SELFTESTS_PROGS_ERRQUEUE_H

#include "common.h"

#include <sys/types.h>

/**
 * struct errqueue - what was told
 * @ring: buffers that are sent without a copy; NULL: sockets copy as always
 * @size: of one of them
 * @sent: how often was sent so
 * @finished: of these, given back by the kernel
 * @stamped: packets of which was said when they left
 */
struct errqueue {
	uint8_t *ring;
	size_t size;
	uint32_t sent;
	uint32_t finished;
	uint32_t stamped;
};

void zerocopy_init(struct errqueue *q, size_t size);
uint8_t *zerocopy_buffer(struct errqueue *q, uint8_t *other);
ssize_t zerocopy_send(struct errqueue *q, int fd, const void *from, size_t len);
bool zerocopy_over(const struct errqueue *q);

void errqueue_read(struct errqueue *q, int fd);

#endif /* SELFTESTS_PROGS_ERRQUEUE_H */
