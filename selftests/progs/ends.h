/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two ends of a stream: their addresses, and the options of their sockets. */
#ifndef SELFTESTS_PROGS_ENDS_H
#define SELFTESTS_PROGS_ENDS_H

#include "common.h"

enum ends_limits {
	ENDS_SOCKET_OPTIONS = 8,
};

/**
 * struct ends - what the command line says of them
 * @listen: wait for the peer
 * @local: bind address
 * @peer: peer address
 * @local_text: as given
 * @peer_text: as given
 * @port: the listener's
 * @sockopt: socket options, NAME=VALUE
 * @n_sockopts: how many
 */
struct ends {
	bool listen;
	struct endpoint local;
	struct endpoint peer;
	const char *local_text;
	const char *peer_text;
	uint16_t port;
	const char *sockopt[ENDS_SOCKET_OPTIONS];
	unsigned int n_sockopts;
};

#define ENDS_OPTIONS "lc:p:B:o:"
#define ENDS_USAGE "-l|-c ADDR -p PORT [-B ADDR] [-o SOCKOPT=VALUE]..."

bool ends_option(struct ends *e, int c, const char *arg);
bool ends_complete(struct ends *e);

int ends_socket(const struct ends *e, int type, int protocol);
int ends_accept(const struct ends *e, int protocol);
int ends_connect(const struct ends *e, int protocol);

bool sockopt_is(const struct ends *e, const char *name);
void sockopt_apply(const struct ends *e, int fd);
void sockopt_tls(int fd);

#endif /* SELFTESTS_PROGS_ENDS_H */
