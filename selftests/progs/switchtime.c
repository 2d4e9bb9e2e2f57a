// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * switchtime: how long the kernel needs to leave the direct path
 *
 * Opens FLOWS connected UDP sockets to the peer, sends a datagram from each,
 * waits until these have arrived, and asks for state bicast. Prints the time
 * from the request to the kernel's answer, in nanoseconds: the new state is in
 * effect then. Asks for state direct again.
 */
#include "../../userspace/common/genl.h"
#include "common.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/sidestep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum limits {
	FLOWS_MAX = 100000,
	/* Files that are open besides the flows. */
	FILES_SPARE = 16,
	PORT = 9,
	SETTLE_US = 200000,
};

static void allow_files(rlim_t n)
{
	struct rlimit limit = { n, n };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit: %s", strerror(errno));
}

static void flow_open(const struct endpoint *peer)
{
	int fd = socket_open(peer, SOCK_DGRAM);

	if (connect(fd, (const struct sockaddr *)&peer->ss, peer->len) ||
	    send(fd, "", 1, 0) != 1)
		die("flow: %s", strerror(errno));
}

static uint64_t switch_to(struct genl *genl, const char *dev, uint8_t state)
{
	static char buf[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg;
	struct ack ack = { 0 };
	uint64_t start;
	int err;

	msg = genl_message(buf, SIDESTEP_CMD_SWITCH, SIDESTEP_GENL_VERSION);
	mnl_attr_put_strz(msg, SIDESTEP_A_IFNAME, dev);
	mnl_attr_put_u8(msg, SIDESTEP_A_WANTED, state);
	start = clock_ns();
	err = genl_call(genl, msg, NLM_F_ACK, NULL, NULL, &ack);
	if (err)
		die("switch: %s (%s)", ack.text, strerror(-err));
	return clock_ns() - start;
}

int main(int argc, char **argv)
{
	struct endpoint peer;
	struct genl genl;
	int i, flows, err;

	if (argc != 4) {
		fprintf(stderr, "usage: switchtime DEVICE PEER FLOWS\n");
		return 2;
	}
	flows = (int)parse_number(argv[3], "FLOWS", 0, FLOWS_MAX);
	endpoint_parse(&peer, argv[2], PORT);
	allow_files((rlim_t)flows + FILES_SPARE);
	for (i = 0; i < flows; i++)
		flow_open(&peer);
	/* A CPU that still carries datagrams would be slower. */
	usleep(SETTLE_US);
	err = genl_open(&genl, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP);
	if (err)
		die("no family: %s", strerror(-err));
	printf("%llu\n",
	       (unsigned long long)switch_to(&genl, argv[1], SIDESTEP_STATE_BICAST));
	switch_to(&genl, argv[1], SIDESTEP_STATE_DIRECT);
	return 0;
}
