// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inject: what somebody on the direct link can send
 *
 * "inject capture DEV 4|6 data|request|answer|bye FILE" waits for a tagged packet
 * or such a probe to leave by DEV and writes its frame into FILE. "inject send
 * [-r] [-d MAC] DEV FILE FAULT COUNT" sends it COUNT times with a fault in it;
 * -r: as a packet whose data is not linear at the receiver, -d: to another
 * station. "inject shadow DEV FAULT" sends, until SIGTERM, behind each packet and
 * probe that leaves by DEV another one with the fault, and says how many.
 */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum limits {
	FRAME_MAX = 2048,
	TAG_LEN = 16,
	TAG_PROTOCOL = 253,
	TAG_CONTROL = 0x10,
	TAG_WANTS = 0x03,
	TAG_VERSION = 0xe0,
	CAPTURE_SECONDS = 10,
	RING_BLOCK = 4096,
	RING_FRAMES = RING_BLOCK / FRAME_MAX,
	/* Of a fragment: the tag and 16 bytes. */
	FRAGMENT_LEN = TAG_LEN + 16,
};

/**
 * struct frame - an Ethernet frame with an IP packet
 * @len: its length
 * @data: its bytes
 */
struct frame {
	size_t len;
	uint8_t data[FRAME_MAX];
};

/**
 * struct link - where frames are sent
 * @fd: packet socket, bound
 * @ring: mapped transmit ring, or NULL
 */
struct link {
	int fd;
	uint8_t *ring;
};

static bool is_ipv6(const struct frame *f)
{
	return f->data[12] == 0x86 && f->data[13] == 0xdd;
}

static struct iphdr *ipv4_of(struct frame *f)
{
	return (struct iphdr *)(f->data + ETH_HLEN);
}

static struct ip6_hdr *ipv6_of(struct frame *f)
{
	return (struct ip6_hdr *)(f->data + ETH_HLEN);
}

static size_t tag_offset(struct frame *f)
{
	if (is_ipv6(f))
		return ETH_HLEN + sizeof(struct ip6_hdr);
	return ETH_HLEN + ipv4_of(f)->ihl * 4u;
}

static uint8_t *tag_of(struct frame *f)
{
	return f->data + tag_offset(f);
}

static void ipv4_checksum(struct iphdr *ip)
{
	uint16_t words[10];
	uint32_t sum = 0;
	int i;

	ip->check = 0;
	memcpy(words, ip, sizeof(words));
	for (i = 0; i < 10; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = (uint16_t)~(sum + (sum >> 16));
}

/* The packet ends @len bytes after its IP header, and says so. */
static void set_payload_len(struct frame *f, size_t len)
{
	f->len = tag_offset(f) + len;
	if (is_ipv6(f)) {
		ipv6_of(f)->ip6_plen = htons((uint16_t)len);
		return;
	}
	ipv4_of(f)->tot_len = htons((uint16_t)(f->len - ETH_HLEN));
	ipv4_checksum(ipv4_of(f));
}

static void fault_replay(struct frame *f)
{
	(void)f;
}

static void fault_mac(struct frame *f)
{
	tag_of(f)[TAG_LEN - 1] ^= 1;
}

static void fault_future(struct frame *f)
{
	tag_of(f)[4] ^= 0x40;
}

static void fault_version(struct frame *f)
{
	tag_of(f)[1] ^= TAG_VERSION;
}

static void fault_session(struct frame *f)
{
	tag_of(f)[3] ^= 1;
}

static void fault_wants(struct frame *f)
{
	tag_of(f)[1] ^= TAG_WANTS;
}

static void fault_next(struct frame *f)
{
	tag_of(f)[0] ^= 1;
}

/* One byte of what the MAC does not cover. */
static void fault_payload(struct frame *f)
{
	f->data[f->len - 1] ^= 0xff;
}

static void fault_short(struct frame *f)
{
	set_payload_len(f, TAG_LEN - 1);
}

static void fault_truncated(struct frame *f)
{
	set_payload_len(f, f->len - tag_offset(f) - 8);
}

static void fault_first_fragment(struct frame *f)
{
	ipv4_of(f)->frag_off = htons(IP_MF);
	set_payload_len(f, FRAGMENT_LEN);
}

static void fault_last_fragment(struct frame *f)
{
	size_t rest = f->len - tag_offset(f) - FRAGMENT_LEN;

	memmove(tag_of(f), tag_of(f) + FRAGMENT_LEN, rest);
	ipv4_of(f)->frag_off = htons(FRAGMENT_LEN / 8);
	set_payload_len(f, rest);
}

static const struct {
	const char *name;
	void (*apply)(struct frame *f);
} faults[] = {
	{ "replay", fault_replay },
	{ "mac", fault_mac },
	{ "future", fault_future },
	{ "version", fault_version },
	{ "session", fault_session },
	{ "wants", fault_wants },
	{ "next", fault_next },
	{ "payload", fault_payload },
	{ "short", fault_short },
	{ "truncated", fault_truncated },
	{ "first-fragment", fault_first_fragment },
	{ "last-fragment", fault_last_fragment },
};

static int packet_socket(const char *dev)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(dev),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (!sll.sll_ifindex)
		die("no such device: %s", dev);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die("packet socket: %s", strerror(errno));
	return fd;
}

/* What a captured packet may be: a probe's type, or 0. */
static const char *const kinds[] = { "data", "request", "answer", "bye" };

static bool is_tagged(struct frame *f)
{
	if (f->len < ETH_HLEN + sizeof(struct ip6_hdr) + TAG_LEN)
		return false;
	if (is_ipv6(f))
		return ipv6_of(f)->ip6_nxt == TAG_PROTOCOL;
	return f->data[12] == 8 && f->data[13] == 0 &&
	       ipv4_of(f)->protocol == TAG_PROTOCOL;
}

static bool is_kind(struct frame *f, int kind)
{
	if (!(tag_of(f)[1] & TAG_CONTROL))
		return kind == 0;
	return f->len > tag_offset(f) + TAG_LEN && tag_of(f)[TAG_LEN] == kind;
}

/* Takes the next tagged frame that leaves by the device; false: none has come. */
static bool frame_take(int fd, struct frame *f, uint64_t until)
{
	while (wait_fd(fd, POLLIN, until)) {
		struct sockaddr_ll from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, f->data, sizeof(f->data), 0,
				     (struct sockaddr *)&from, &from_len);

		if (n < 0 || from.sll_pkttype != PACKET_OUTGOING)
			continue;
		f->len = (size_t)n;
		if (is_tagged(f))
			return true;
	}
	return false;
}

static void capture_frame(int fd, struct frame *f, bool ipv6, int kind)
{
	uint64_t until = clock_ns() + CAPTURE_SECONDS * NSEC_PER_SEC;

	while (frame_take(fd, f, until))
		if (is_ipv6(f) == ipv6 && is_kind(f, kind))
			return;
	die("no such packet within %d s", CAPTURE_SECONDS);
}

static int capture(char **argv)
{
	struct frame f;
	FILE *file;
	int kind;

	for (kind = 0; strcmp(kinds[kind], argv[2]); kind++)
		if (kind == 3)
			die("no such kind: %s", argv[2]);
	capture_frame(packet_socket(argv[0]), &f, !strcmp(argv[1], "6"), kind);
	file = fopen(argv[3], "w");
	if (!file || fwrite(f.data, f.len, 1, file) != 1 || fclose(file))
		die("%s: %s", argv[3], strerror(errno));
	return 0;
}

static void load_frame(struct frame *f, const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		die("%s: %s", path, strerror(errno));
	f->len = fread(f->data, 1, sizeof(f->data), file);
	fclose(file);
	if (f->len < ETH_HLEN + sizeof(struct iphdr) + TAG_LEN)
		die("%s: not a frame", path);
}

static void set_destination(struct frame *f, const char *mac)
{
	unsigned int b[6];
	int i;

	if (sscanf(mac, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6)
		die("not a MAC address: %s", mac);
	for (i = 0; i < 6; i++)
		f->data[i] = (uint8_t)b[i];
}

static void apply_fault(struct frame *f, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(faults[i].name, name))
			continue;
		faults[i].apply(f);
		return;
	}
	die("no such fault: %s", name);
}

/* Packets from the ring have only their Ethernet header in the linear part. */
static void ring_open(struct link *link)
{
	struct tpacket_req req = {
		.tp_block_size = RING_BLOCK,
		.tp_block_nr = 1,
		.tp_frame_size = FRAME_MAX,
		.tp_frame_nr = RING_FRAMES,
	};
	int version = TPACKET_V2;

	if (setsockopt(link->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(link->fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)))
		die("ring: %s", strerror(errno));
	link->ring = mmap(NULL, RING_BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED,
			  link->fd, 0);
	if (link->ring == MAP_FAILED)
		die("ring: %s", strerror(errno));
}

static void ring_send(struct link *link, const struct frame *f, int number)
{
	uint8_t *slot = link->ring + number % RING_FRAMES * FRAME_MAX;
	struct tpacket2_hdr *head = (struct tpacket2_hdr *)slot;

	while (__atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE)
		usleep(1000);
	memcpy(slot + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll), f->data, f->len);
	head->tp_len = (uint32_t)f->len;
	__atomic_store_n(&head->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
	if (send(link->fd, NULL, 0, 0) < 0)
		die("send: %s", strerror(errno));
}

static void link_send(struct link *link, const struct frame *f, int number)
{
	if (link->ring)
		ring_send(link, f, number);
	else if (send(link->fd, f->data, f->len, 0) < 0)
		die("send: %s", strerror(errno));
}

static void usage(void)
{
	fprintf(stderr, "usage: inject capture DEV 4|6 data|request|answer|bye FILE\n"
			"       inject send [-r] [-d MAC] DEV FILE FAULT COUNT\n"
			"       inject shadow DEV FAULT\n");
	exit(2);
}

static int send_frames(int argc, char **argv)
{
	struct link link = { 0 };
	struct frame f;
	const char *mac = NULL;
	bool ring = false;
	int i, c, count;

	while ((c = getopt(argc, argv, "rd:")) != -1) {
		if (c == 'r')
			ring = true;
		else if (c == 'd')
			mac = optarg;
		else
			usage();
	}
	if (argc - optind != 4)
		usage();
	argv += optind;
	link.fd = packet_socket(argv[0]);
	load_frame(&f, argv[1]);
	apply_fault(&f, argv[2]);
	count = (int)parse_number(argv[3], "COUNT", 1, 100000);
	if (mac)
		set_destination(&f, mac);
	if (ring)
		ring_open(&link);
	for (i = 0; i < count; i++)
		link_send(&link, &f, i);
	return 0;
}

/* What a socket sends itself it does not see; so this is no echo. */
static int shadow(char **argv)
{
	struct link link = { .fd = packet_socket(argv[0]) };
	unsigned int count = 0;
	struct frame f;

	stop_init();
	while (!stop_asked) {
		if (!frame_take(link.fd, &f, clock_ns() + NSEC_PER_SEC / 10))
			continue;
		apply_fault(&f, argv[1]);
		link_send(&link, &f, 0);
		count++;
	}
	printf("%u\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "shadow"))
		return shadow(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "capture"))
		return capture(argv + 2);
	if (argc > 1 && !strcmp(argv[1], "send"))
		return send_frames(argc - 1, argv + 1);
	usage();
}
