/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP datagrams that the program takes apart itself, into fragments of IP. */
#ifndef SELFTESTS_PROGS_FRAGMENTS_H
#define SELFTESTS_PROGS_FRAGMENTS_H

#include "common.h"

#include <sys/types.h>

/**
 * struct fragments - how they are sent
 * @fd: raw socket; 0: not open yet
 * @id: of the last datagram
 * @mtu: of the largest fragment; 0: the kernel does all this
 */
struct fragments {
	int fd;
	uint16_t id;
	size_t mtu;
};

ssize_t fragments_send(struct fragments *f, int udp, const void *data, size_t len);

#endif /* SELFTESTS_PROGS_FRAGMENTS_H */
