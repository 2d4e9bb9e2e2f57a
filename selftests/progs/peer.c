// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * peer: a peer in user space, whose numbers are where the test wants them
 *
 * "peer -i ID -k KEY -B LOCAL -c PEER -s FIRST -n COUNT DIRECT INFRA" answers
 * the peer's probes on both devices (IPv4) until it knows our epoch, in which
 * FIRST is the next number. It asks for bicast, and sends COUNT times four
 * tagged datagrams on both paths, the last two of them swapped on the direct
 * one, and all of those once more. The source port of a datagram is FIRST_PORT
 * and its place in the order.
 */
#include "common.h"
#include "tag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum limits {
	FIRST_PORT = 20000,
	PORT = 9,
	KEY_LEN = 16,
	ANSWER_SECONDS = 10,
};

/**
 * struct peer - the command line, and what is known
 * @id: session id
 * @key: of what we send
 * @local: our address
 * @remote: the peer's
 * @epoch: ours
 * @their_epoch: the peer's
 * @first: our first number
 * @count: how many packets
 * @fd: raw sockets, by enum sidestep_path
 * @probes: of ours so far
 */
struct peer {
	uint16_t id;
	siphash_key_t key;
	struct endpoint local;
	struct endpoint remote;
	uint64_t epoch;
	uint64_t their_epoch;
	uint64_t first;
	int count;
	int fd[2];
	uint64_t probes;
};

/* What is behind the IP header. */
struct probe_packet {
	struct sidestep_tag tag;
	struct sidestep_probe probe;
};

struct data_packet {
	struct sidestep_tag tag;
	struct udphdr udp;
};

static uint32_t ipv4_of(const struct endpoint *ep)
{
	return ((const struct sockaddr_in *)&ep->ss)->sin_addr.s_addr;
}

static void flow_fill(const struct peer *p, struct sidestep_flow *flow)
{
	flow->epoch = p->epoch ^ p->their_epoch;
	sidestep_addr_map4(flow->saddr, ipv4_of(&p->local));
	sidestep_addr_map4(flow->daddr, ipv4_of(&p->remote));
}

static void packet_send(const struct peer *p, int path, const void *packet, size_t len)
{
	if (send(p->fd[path], packet, len, 0) != (ssize_t)len)
		die("send: %s", strerror(errno));
}

static void answer(struct peer *p, int path, const struct sidestep_probe *request)
{
	struct probe_packet a = {
		.tag = {
			.next = IPPROTO_NONE,
			.bits = sidestep_tag_bits(1u << path, SIDESTEP_ON_BOTH, true),
			.id = htobe16(p->id),
		},
		.probe = {
			.type = SIDESTEP_PROBE_ANSWER,
			.path = (uint8_t)path,
			.number = htobe64(++p->probes),
			.nonce = request->nonce,
			.epoch = htobe64(p->epoch),
			.peer_epoch = request->epoch,
			.next_seq = htobe64(p->first),
		},
	};
	struct sidestep_flow flow;

	flow_fill(p, &flow);
	a.tag.mac = sidestep_probe_mac(&a.tag, &a.probe, &flow, &p->key);
	packet_send(p, path, &a, sizeof(a));
}

/* Return: whether the peer knew our epoch when it asked. */
static bool request_take(struct peer *p, int path)
{
	struct {
		struct iphdr ip;
		uint8_t rest[256];
	} buf;
	struct probe_packet request;
	ssize_t len = recv(p->fd[path], &buf, sizeof(buf), 0);

	if (len != (ssize_t)(sizeof(buf.ip) + sizeof(request)))
		return false;
	memcpy(&request, buf.rest, sizeof(request));
	if (!sidestep_tag_is_control(&request.tag) ||
	    request.probe.type != SIDESTEP_PROBE_REQUEST)
		return false;
	p->their_epoch = be64toh(request.probe.epoch);
	answer(p, path, &request.probe);
	return be64toh(request.probe.peer_epoch) == p->epoch;
}

/* Until the peer knows us, and has measured both paths. */
static void meet(struct peer *p)
{
	uint64_t until = clock_ns() + ANSWER_SECONDS * NSEC_PER_SEC;
	struct pollfd fds[] = { { .fd = p->fd[0], .events = POLLIN },
				{ .fd = p->fd[1], .events = POLLIN } };
	int known[2] = { 0 };

	while (known[0] < 8 || known[1] < 8) {
		if (clock_ns() > until)
			die("the peer has not asked often enough");
		poll(fds, 2, 1000);
		for (int path = 0; path < 2; path++)
			if (fds[path].revents & POLLIN)
				known[path] += request_take(p, path);
	}
}

static void data_send(const struct peer *p, int path, int at)
{
	struct data_packet d = {
		.tag = {
			.next = IPPROTO_UDP,
			.bits = sidestep_tag_bits(SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH, false),
			.id = htobe16(p->id),
			.seq = htobe32((uint32_t)(p->first + (uint64_t)at)),
		},
		.udp = {
			.source = htobe16((uint16_t)(FIRST_PORT + at)),
			.dest = htobe16(PORT),
			.len = htobe16(sizeof(struct udphdr)),
		},
	};
	struct sidestep_flow flow;

	flow_fill(p, &flow);
	d.tag.mac = sidestep_tag_mac(&d.tag, p->first + (uint64_t)at,
				     sizeof(d.udp), &flow, &p->key);
	packet_send(p, path, &d, sizeof(d));
}

static void data_send_all(const struct peer *p)
{
	for (int i = 0; i < p->count; i++) {
		data_send(p, 0, i % 4 < 2 ? i : i ^ 1);
		data_send(p, 1, i);
		usleep(1000);
	}
	for (int i = 0; i < p->count; i++)
		data_send(p, 0, i);
}

static int path_socket(const struct peer *p, const char *dev)
{
	int fd = socket(AF_INET, SOCK_RAW, SIDESTEP_IPPROTO);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, strlen(dev)) ||
	    bind(fd, (const struct sockaddr *)&p->local.ss, p->local.len) ||
	    connect(fd, (const struct sockaddr *)&p->remote.ss, p->remote.len))
		die("%s: %s", dev, strerror(errno));
	return fd;
}

/* @file has 16 bytes, in base64. */
static void key_read(siphash_key_t *key, const char *file)
{
	char text[64];
	uint8_t bytes[64];
	FILE *f = fopen(file, "r");

	if (!f || !fgets(text, sizeof(text), f))
		die("%s: no key", file);
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	if (strlen(text) != 24 ||
	    EVP_DecodeBlock(bytes, (const unsigned char *)text, 24) < KEY_LEN)
		die("%s: not a key", file);
	sidestep_key_load(key, bytes);
}

static void usage(void)
{
	fprintf(stderr, "usage: peer -i ID -k KEY -B LOCAL -c PEER -s FIRST -n COUNT DIRECT INFRA\n");
	exit(2);
}

int main(int argc, char **argv)
{
	struct peer p = { .epoch = clock_ns() };
	int c;

	while ((c = getopt(argc, argv, "i:k:B:c:s:n:")) != -1) {
		switch (c) {
		case 'i': p.id = (uint16_t)parse_number(optarg, "-i", 1, 65535); break;
		case 'k': key_read(&p.key, optarg); break;
		case 'B': endpoint_parse(&p.local, optarg, 0); break;
		case 'c': endpoint_parse(&p.remote, optarg, 0); break;
		case 's': p.first = (uint64_t)parse_number(optarg, "-s", 1, 1e15); break;
		case 'n': p.count = (int)parse_number(optarg, "-n", 1, 10000) * 4; break;
		default: usage();
		}
	}
	if (argc != optind + 2 || !p.id || !p.local.len || !p.remote.len || !p.first || !p.count)
		usage();
	p.fd[0] = path_socket(&p, argv[optind]);
	p.fd[1] = path_socket(&p, argv[optind + 1]);
	meet(&p);
	data_send_all(&p);
	return 0;
}
