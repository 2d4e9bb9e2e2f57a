/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a session was told, for programs that look whether it has changed. */
#ifndef SELFTESTS_PROGS_TOLD_H
#define SELFTESTS_PROGS_TOLD_H

#include "../../userspace/common/genl.h"
#include "../../userspace/common/session.h"

/**
 * struct told - what commands may change
 * @id: session id
 * @n_peers: used entries of @peer
 * @peer: as in struct session
 * @n_selectors: used entries of @selector
 * @selector: as in struct session
 * @wanted: enum sidestep_state
 * @device: of the paths
 *
 * To be compared as a whole: what is not used is 0.
 */
struct told {
	uint16_t id;
	size_t n_peers;
	struct session_peer peer[SIDESTEP_MAX_PEERS];
	size_t n_selectors;
	struct selector selector[SIDESTEP_MAX_SELECTORS];
	uint8_t wanted;
	char device[SIDESTEP_PATH_MAX + 1][IFNAMSIZ];
};

/**
 * told_ask() - ask the kernel
 * @genl: the socket
 * @device: the session
 * @told: the result
 *
 * Return: 0, or a negative errno value and @told is 0.
 */
int told_ask(struct genl *genl, const char *device, struct told *told);

#endif /* SELFTESTS_PROGS_TOLD_H */
