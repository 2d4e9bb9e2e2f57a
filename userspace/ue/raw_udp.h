/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * raw_udp: datagrams from and to a port that the kernel's WireGuard owns
 *
 * A raw socket sends them, and gets a copy of those to the port that may be STUN's (RFC
 * 8489, by the magic cookie). WireGuard gets these, too, and drops them. Needs
 * CAP_NET_RAW.
 */
#ifndef _SIDESTEP_RAW_UDP_H
#define _SIDESTEP_RAW_UDP_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct raw_udp;

enum raw_udp_limits {
	/* Of a datagram's payload. */
	RAW_UDP_MAX = 548,
};

/**
 * typedef raw_udp_received - a datagram that may be STUN's has come
 * @data: as given
 * @from: its source
 * @buf: its payload
 * @len: of it
 */
typedef void (*raw_udp_received)(void *data, const struct sockaddr_storage *from,
				 const uint8_t *buf, size_t len);

/**
 * raw_udp_open() - be ready to send and to receive
 * @raw: the result
 * @event: the loop
 * @port: WireGuard's, host byte order
 * @mark: SO_MARK of WireGuard's own packets: it leads them out by the modem
 * @received: called for each datagram; NULL: none is wanted
 * @data: for @received
 *
 * Return: 0, or a negative errno value: -EPERM: no CAP_NET_RAW.
 */
int raw_udp_open(struct raw_udp **raw, sd_event *event, uint16_t port, uint32_t mark,
		 raw_udp_received received, void *data);

/* raw_udp_close() - NULL is fine */
void raw_udp_close(struct raw_udp *raw);

/* raw_udp_send() - Return: 0 or a negative errno value */
int raw_udp_send(struct raw_udp *raw, const struct sockaddr_storage *to, const void *buf,
		 size_t len);

#endif /* _SIDESTEP_RAW_UDP_H */
