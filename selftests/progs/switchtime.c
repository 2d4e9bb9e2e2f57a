// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * switchtime: how long the kernel needs to leave the direct path
 *
 * Opens FLOWS connected UDP sockets to the peer, sends a datagram from each,
 * waits until these have arrived, and asks for state bicast. Prints the time
 * from the request to the kernel's answer, in nanoseconds: the new state is in
 * effect then. Asks for state direct again.
 *
 * With INFRA, the device of the infra path, it gives the order to prepare, as a
 * helper does, and sends another datagram when that is answered. Prints the time
 * from the order until the datagram leaves there.
 */
#include "../../userspace/common/genl.h"
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sidestep.h>
#include <net/if.h>
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
	/* A tagged datagram of one byte: IPv4, tag, UDP; probes are longer. */
	TAGGED_LEN = 20 + 16 + 8 + 1,
};

static void allow_files(rlim_t n)
{
	struct rlimit limit = { n, n };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit: %s", strerror(errno));
}

static int flow_open(const struct endpoint *peer)
{
	int fd = socket_open(peer, SOCK_DGRAM);

	if (connect(fd, (const struct sockaddr *)&peer->ss, peer->len) ||
	    send(fd, "", 1, 0) != 1)
		die("flow: %s", strerror(errno));
	return fd;
}

/* Nobody listens at the peer; that this was said is forgotten. */
static void flow_forgive(int fd)
{
	socklen_t len = sizeof(int);
	int error;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
}

/* A socket that sees what leaves a device. */
static int tap_open(const char *dev)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(dev),
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));

	if (fd < 0 || !addr.sll_ifindex ||
	    bind(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		die("%s: %s", dev, strerror(errno));
	return fd;
}

/* Waits for the datagram; probes leave there, too. */
static void tap_await(int tap)
{
	char packet[2048];

	while (recv(tap, packet, sizeof(packet), 0) != TAGGED_LEN)
		if (errno)
			die("tap: %s", strerror(errno));
}

static uint64_t order(struct genl *genl, const char *dev, uint8_t decision,
		      int flow, int tap)
{
	static char buf[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct ack ack = { 0 };
	struct nlmsghdr *msg;
	uint64_t start;
	int err;

	flow_forgive(flow);
	start = clock_ns();
	msg = genl_message(buf, SIDESTEP_CMD_TRIGGER, SIDESTEP_GENL_VERSION);
	mnl_attr_put_strz(msg, SIDESTEP_A_IFNAME, dev);
	mnl_attr_put_u8(msg, SIDESTEP_A_DECISION, decision);
	mnl_attr_put_u64(msg, SIDESTEP_A_ORDER_ID, start);
	err = genl_call(genl, msg, NLM_F_ACK, NULL, NULL, &ack);
	if (err)
		die("order: %s (%s)", ack.text, strerror(-err));
	if (tap < 0)
		return 0;
	if (send(flow, "", 1, 0) != 1)
		die("flow: %s", strerror(errno));
	errno = 0;
	tap_await(tap);
	return clock_ns() - start;
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
	int i, flows, err, flow = -1;

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: switchtime DEVICE PEER FLOWS [INFRA]\n");
		return 2;
	}
	flows = (int)parse_number(argv[3], "FLOWS", 0, FLOWS_MAX);
	endpoint_parse(&peer, argv[2], PORT);
	allow_files((rlim_t)flows + FILES_SPARE);
	for (i = 0; i < flows; i++)
		flow = flow_open(&peer);
	/* A CPU that still carries datagrams would be slower. */
	usleep(SETTLE_US);
	err = genl_open(&genl, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP);
	if (err)
		die("no family: %s", strerror(-err));
	if (argc == 5) {
		printf("%llu\n",
		       (unsigned long long)order(&genl, argv[1],
						 SIDESTEP_DECISION_PREPARE, flow,
						 tap_open(argv[4])));
		order(&genl, argv[1], SIDESTEP_DECISION_RELEASE, flow, -1);
		return 0;
	}
	printf("%llu\n",
	       (unsigned long long)switch_to(&genl, argv[1], SIDESTEP_STATE_BICAST));
	switch_to(&genl, argv[1], SIDESTEP_STATE_DIRECT);
	return 0;
}
