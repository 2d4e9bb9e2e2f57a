/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handshakes: those with a listening credential that are not finished, from addresses that
 * have answered. So many of one source, so many in all. Pure
 */
#ifndef _SIDESTEP_HANDSHAKES_H
#define _SIDESTEP_HANDSHAKES_H

#include "dtls_hello.h"

#include <netinet/in.h>
#include <stdbool.h>

enum handshakes_limits {
	/* A processor ends some 150 a second: who came later would give up before its turn. */
	HANDSHAKES_MAX = 1000,
	/* Of an IPv4 address, behind which there may be many, or an IPv6 /64. */
	HANDSHAKES_OF_SOURCE = 100,
	/* It is sent again so often, after 1, 3 s, and given up after so long. */
	HANDSHAKE_RETRANSMIT = 2,
	HANDSHAKE_MS = 7000,
	/* While more than half of all that may be are there. */
	HANDSHAKE_HURRIED_RETRANSMIT = 1,
	HANDSHAKE_HURRIED_MS = 3000,
};

/**
 * struct handshake - one
 * @addr: of the other end; IPv4 in IPv6
 * @cookie: by which it was let in
 * @end_ns: it is given up then
 */
struct handshake {
	struct in6_addr addr;
	in_port_t port;
	uint8_t cookie[DTLS_HELLO_COOKIE_LEN];
	uint64_t end_ns;
};

/* struct handshakes - @n of them; all zero at first */
struct handshakes {
	unsigned int n;
	struct handshake one[HANDSHAKES_MAX];
};

/**
 * enum handshakes_verdict - of a ClientHello with a good cookie
 * @HANDSHAKES_BEGUN: a new one
 * @HANDSHAKES_KNOWN: its handshake is there
 * @HANDSHAKES_SOURCE: refused, its source has as many as it may
 * @HANDSHAKES_FULL: refused, there are as many as may be
 */
enum handshakes_verdict {
	HANDSHAKES_BEGUN,
	HANDSHAKES_KNOWN,
	HANDSHAKES_SOURCE,
	HANDSHAKES_FULL,
};

enum handshakes_verdict handshakes_begin(struct handshakes *all,
					 const struct sockaddr_storage *from,
					 const uint8_t cookie[DTLS_HELLO_COOKIE_LEN],
					 uint64_t now_ns);

/* handshakes_done() - it is finished */
void handshakes_done(struct handshakes *all, const struct sockaddr_storage *from);

/* handshakes_knows() - is one from there not finished? */
bool handshakes_knows(const struct handshakes *all, const struct sockaddr_storage *from);

/* handshakes_knows_cookie() - was one let in by it? */
bool handshakes_knows_cookie(const struct handshakes *all, const uint8_t *cookie, size_t len);

/* handshakes_count() - how many are not given up yet */
unsigned int handshakes_count(const struct handshakes *all, uint64_t now_ns);

/* handshakes_hurried() - are there so many that each has less time? */
bool handshakes_hurried(const struct handshakes *all);

#endif /* _SIDESTEP_HANDSHAKES_H */
