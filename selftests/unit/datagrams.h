/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * datagrams: of both families, between the hosts of hosts.h
 */
#ifndef _SELFTESTS_DATAGRAMS_H
#define _SELFTESTS_DATAGRAMS_H

#include "hosts.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* enum family - index of pairs of addresses */
enum family { V4, V6 };

static inline struct sockaddr_storage address(enum family family, const char *text, uint16_t port)
{
	struct sockaddr_storage addr = {};
	struct sockaddr_in6 *in6 = (void *)&addr;
	struct sockaddr_in *in = (void *)&addr;

	addr.ss_family = family == V4 ? AF_INET : AF_INET6;
	if (inet_pton(addr.ss_family, text,
		      family == V4 ? (void *)&in->sin_addr : &in6->sin6_addr) != 1)
		abort();
	in->sin_port = htons(port);
	return addr;
}

static inline socklen_t length(const struct sockaddr_storage *addr)
{
	return addr->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
					    sizeof(struct sockaddr_in6);
}

/* It waits so long for a datagram. */
static inline int open_socket(unsigned int host, struct sockaddr_storage addr,
			      unsigned int patience_ms)
{
	struct timeval patience = {
		.tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000,
	};
	int fd;

	hosts_enter(host);
	fd = socket(addr.ss_family, SOCK_DGRAM, 0);
	if (bind(fd, (void *)&addr, length(&addr)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		abort();
	return fd;
}

/* Is what is sent there received, and as from @as? */
static inline bool comes_as(int from, struct sockaddr_storage to, int fd, struct sockaddr_storage as)
{
	struct sockaddr_storage seen = {};
	socklen_t len = sizeof(seen);
	char text[8] = "";

	sendto(from, "intact", 6, 0, (void *)&to, length(&to));
	return recvfrom(fd, text, sizeof(text), 0, (void *)&seen, &len) == 6 &&
	       !strcmp(text, "intact") && !memcmp(&seen, &as, sizeof(seen));
}

#endif /* _SELFTESTS_DATAGRAMS_H */
