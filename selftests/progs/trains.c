// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trains: many datagrams for little work
 *
 * "trains ADDR PORT COUNT" sends COUNT trains (UDP_SEGMENT) of 64 datagrams.
 */
#include "common.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum limits {
	SEGMENT = 8,
	SEGMENTS = 64,
};

int main(int argc, char **argv)
{
	static const char train[SEGMENT * SEGMENTS];
	const int size = SEGMENT;
	struct endpoint to;
	int fd, count;

	if (argc != 4) {
		fprintf(stderr, "usage: trains ADDR PORT COUNT\n");
		return 2;
	}
	endpoint_parse(&to, argv[1], (uint16_t)parse_number(argv[2], "PORT", 1, 65535));
	count = (int)parse_number(argv[3], "COUNT", 1, 1e6);
	/* One that waits when its buffer is full. */
	fd = socket(to.ss.ss_family, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to.ss, to.len) ||
	    setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)))
		die("socket: %s", strerror(errno));
	while (count--)
		/* Nobody listens there: the answer to one is an error of the next. */
		if (send(fd, train, sizeof(train), 0) < 0 && errno != ECONNREFUSED)
			die("send: %s", strerror(errno));
	return 0;
}
