// SPDX-License-Identifier: GPL-2.0-or-later
#include "fragments.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>

enum limits {
	PACKET_MAX = 65536,
};

/**
 * struct fragment - where in its datagram one is
 * @id: of the datagram
 * @at: bytes before it
 * @len: its bytes
 * @more: others follow
 */
struct fragment {
	uint16_t id;
	size_t at;
	size_t len;
	bool more;
};

/* Return: bytes of @packet's header. */
static size_t header4(uint8_t *packet, const struct sockaddr_in *from,
		      const struct sockaddr_in *to, const struct fragment *frag)
{
	struct iphdr *ip = (struct iphdr *)packet;

	*ip = (struct iphdr){
		.version = 4,
		.ihl = sizeof(*ip) / 4,
		.id = htons(frag->id),
		/* DF too: its id must not be taken away for that. */
		.frag_off = htons((uint16_t)(frag->at / 8 | IP_DF | (frag->more ? IP_MF : 0))),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = from->sin_addr.s_addr,
		.daddr = to->sin_addr.s_addr,
	};
	return sizeof(*ip);
}

static size_t header6(uint8_t *packet, const struct sockaddr_in6 *from,
		      const struct sockaddr_in6 *to, const struct fragment *frag)
{
	struct ip6_hdr *ip = (struct ip6_hdr *)packet;
	struct ip6_frag *fh = (struct ip6_frag *)(ip + 1);

	*ip = (struct ip6_hdr){
		.ip6_plen = htons((uint16_t)(sizeof(*fh) + frag->len)),
		.ip6_nxt = IPPROTO_FRAGMENT,
		.ip6_hlim = 64,
		.ip6_src = from->sin6_addr,
		.ip6_dst = to->sin6_addr,
	};
	ip->ip6_vfc = 6 << 4;
	*fh = (struct ip6_frag){
		.ip6f_nxt = IPPROTO_UDP,
		.ip6f_offlg = htons((uint16_t)frag->at) | (frag->more ? IP6F_MORE_FRAG : 0),
		.ip6f_ident = htonl(frag->id),
	};
	return sizeof(*ip) + sizeof(*fh);
}

static ssize_t send_one(struct fragments *f, const struct endpoint *from,
			const struct endpoint *to, const uint8_t *datagram,
			const struct fragment *frag)
{
	static uint8_t packet[PACKET_MAX];
	struct endpoint where = *to;
	size_t head;

	if (to->ss.ss_family == AF_INET) {
		head = header4(packet, (void *)&from->ss, (void *)&to->ss, frag);
	} else {
		head = header6(packet, (void *)&from->ss, (void *)&to->ss, frag);
		/* A raw socket takes it for the protocol. */
		((struct sockaddr_in6 *)&where.ss)->sin6_port = 0;
	}
	memcpy(packet + head, datagram + frag->at, frag->len);
	return sendto(f->fd, packet, head + frag->len, 0, (void *)&where.ss, where.len);
}

static uint16_t port_of(const struct endpoint *ep)
{
	/* At the same place in both families. */
	return ((const struct sockaddr_in *)&ep->ss)->sin_port;
}

/*
 * Sends a datagram as the connected socket @udp would. Receivers must do without
 * its checksum. Return: as send().
 */
ssize_t fragments_send(struct fragments *f, int udp, const void *data, size_t len)
{
	static uint8_t datagram[PACKET_MAX];
	struct endpoint from = { .len = sizeof(from.ss) }, to = { .len = sizeof(to.ss) };
	struct udphdr *uh = (struct udphdr *)datagram;
	struct fragment frag = { .id = ++f->id };
	size_t total = sizeof(*uh) + len, room;

	if (getsockname(udp, (void *)&from.ss, &from.len) ||
	    getpeername(udp, (void *)&to.ss, &to.len))
		return -1;
	if (!f->fd)
		f->fd = socket_open_of(&to, SOCK_RAW, IPPROTO_RAW);
	*uh = (struct udphdr){
		.source = port_of(&from),
		.dest = port_of(&to),
		.len = htons((uint16_t)total),
	};
	memcpy(uh + 1, data, len);
	room = f->mtu - (to.ss.ss_family == AF_INET ? sizeof(struct iphdr) :
			 sizeof(struct ip6_hdr) + sizeof(struct ip6_frag));
	for (; frag.at < total; frag.at += frag.len) {
		frag.len = room & ~(size_t)7;
		frag.more = frag.at + frag.len < total;
		if (!frag.more)
			frag.len = total - frag.at;
		if (send_one(f, &from, &to, datagram, &frag) < 0)
			return -1;
	}
	return (ssize_t)len;
}
