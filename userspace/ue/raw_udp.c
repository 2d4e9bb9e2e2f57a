// SPDX-License-Identifier: GPL-2.0-or-later
#include "raw_udp.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum raw_private {
	/* RFC 8489 5: at this place of a message. */
	COOKIE_AT = 4,
	MAX_DATAGRAM = 2048,
};

static const uint32_t STUN_COOKIE = 0x2112a442;

/**
 * struct raw_udp - two raw sockets
 * @fd: by family, IPv4 and IPv6; -1: the host has none
 * @source: likewise
 */
struct raw_udp {
	int fd[2];
	sd_event_source *source[2];
	uint16_t port;
	uint32_t mark;
	raw_udp_received received;
	void *data;
};

/* --- what comes in -------------------------------------------------------- */

/* What the filter sees begins with the IP header in IPv4, in IPv6 with that of UDP. */
static int filter_set(const struct raw_udp *raw, int fd, int family)
{
	struct sock_filter code[] = {
		family == AF_INET ?
		(struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0) :
		(struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, raw->port, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, sizeof(struct udphdr) + COOKIE_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STUN_COOKIE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, MAX_DATAGRAM),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);

	if (!raw->received)
		program = (struct sock_fprog){ 1, &nothing };
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Return: bytes of an IP header in front, or -1 if that is cut off. */
static int header_len(int family, const uint8_t *buf, ssize_t len)
{
	int header = family == AF_INET ? (buf[0] & 0xf) * 4 : 0;

	return len < header + (ssize_t)sizeof(struct udphdr) ? -1 : header;
}

static void take(struct raw_udp *raw, struct sockaddr_storage *from, const uint8_t *buf,
		 ssize_t len)
{
	int header = header_len(from->ss_family, buf, len);
	const uint8_t *payload = buf + header + sizeof(struct udphdr);
	struct udphdr udp;

	if (header < 0)
		return;
	memcpy(&udp, buf + header, sizeof(udp));
	((struct sockaddr_in *)from)->sin_port = udp.source;
	raw->received(raw->data, from, payload, len - header - sizeof(udp));
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct sockaddr_storage from = {};
	socklen_t from_len = sizeof(from);
	uint8_t buf[MAX_DATAGRAM];
	ssize_t len = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&from,
			       &from_len);

	(void)source;
	(void)events;
	if (len > 0)
		take(data, &from, buf, len);
	return 0;
}

/* --- open and close ------------------------------------------------------- */

static int open_one(struct raw_udp *raw, sd_event *event, int family)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
	int i = family == AF_INET6, at = offsetof(struct udphdr, check), err;

	if (fd < 0)
		return -errno;
	raw->fd[i] = fd;
	if (filter_set(raw, fd, family) ||
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &raw->mark, sizeof(raw->mark)) ||
	    (family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &at, sizeof(at))))
		return -errno;
	if (!raw->received)
		return 0;
	err = sd_event_add_io(event, &raw->source[i], fd, EPOLLIN, on_readable, raw);
	return err < 0 ? err : 0;
}

int raw_udp_open(struct raw_udp **result, sd_event *event, uint16_t port, uint32_t mark,
		 raw_udp_received received, void *data)
{
	struct raw_udp *raw = calloc(1, sizeof(*raw));
	int err;

	if (!raw)
		return -ENOMEM;
	*raw = (struct raw_udp){ .fd = { -1, -1 }, .port = port, .mark = mark,
				 .received = received, .data = data };
	err = open_one(raw, event, AF_INET);
	if (!err)
		err = open_one(raw, event, AF_INET6);
	if (err && err != -EAFNOSUPPORT) {
		raw_udp_close(raw);
		return err;
	}
	*result = raw;
	return 0;
}

void raw_udp_close(struct raw_udp *raw)
{
	int i;

	if (!raw)
		return;
	for (i = 0; i < 2; i++) {
		sd_event_source_disable_unref(raw->source[i]);
		if (raw->fd[i] >= 0)
			close(raw->fd[i]);
	}
	free(raw);
}

/* --- what goes out -------------------------------------------------------- */

/* The address that the kernel will send from. */
static int source_of(const struct raw_udp *raw, const struct sockaddr_in *to,
		     struct in_addr *from)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in local;
	socklen_t len = sizeof(local);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &raw->mark, sizeof(raw->mark)) ||
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)) ||
	    getsockname(fd, (struct sockaddr *)&local, &len))
		err = -errno;
	close(fd);
	*from = local.sin_addr;
	return err;
}

static uint32_t sum16(const void *buf, size_t len)
{
	const uint8_t *byte = buf;
	uint32_t sum = 0;

	for (; len > 1; len -= 2, byte += 2)
		sum += byte[0] << 8 | byte[1];
	return len ? sum + (byte[0] << 8) : sum;
}

/* RFC 768, in IPv4; the kernel does it for IPv6. */
static uint16_t checksum(struct in_addr from, struct in_addr to, const void *buf, size_t len)
{
	uint32_t sum = sum16(&from, sizeof(from)) + sum16(&to, sizeof(to)) + IPPROTO_UDP +
		       len + sum16(buf, len);

	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(sum == 0xffff ? 0xffff : ~sum);
}

static int send_buf(const struct raw_udp *raw, const struct sockaddr_storage *to,
		    const uint8_t *buf, size_t len)
{
	struct sockaddr_storage where = *to;
	bool is_ipv6 = to->ss_family == AF_INET6;
	socklen_t size = is_ipv6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	/* Of a raw socket it would be the protocol. */
	((struct sockaddr_in *)&where)->sin_port = 0;
	return sendto(raw->fd[is_ipv6], buf, len, 0, (struct sockaddr *)&where, size) < 0 ?
	       -errno : 0;
}

int raw_udp_send(struct raw_udp *raw, const struct sockaddr_storage *to, const void *buf,
		 size_t len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)to;
	struct {
		struct udphdr udp;
		uint8_t payload[RAW_UDP_MAX];
	} datagram = {
		.udp = { .source = htons(raw->port), .dest = in->sin_port,
			 .len = htons(sizeof(struct udphdr) + len) },
	};
	struct in_addr from = {};
	int err;

	if (len > sizeof(datagram.payload))
		return -EMSGSIZE;
	if (raw->fd[to->ss_family == AF_INET6] < 0)
		return -EAFNOSUPPORT;
	memcpy(datagram.payload, buf, len);
	len += sizeof(datagram.udp);
	if (to->ss_family == AF_INET) {
		err = source_of(raw, in, &from);
		if (err)
			return err;
		datagram.udp.check = checksum(from, in->sin_addr, &datagram, len);
	}
	return send_buf(raw, to, (uint8_t *)&datagram, len);
}
