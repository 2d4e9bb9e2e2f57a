/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hello: "I am here", on a direct link
 *
 * A datagram to a link-local multicast group (IPv6, UDP port HELLO_PORT), or to the
 * host that said it. It proves nothing; all that follows from it is a connection on
 * which both prove who they are (exchange.h). Wire format: docs/exchange.md
 */
#ifndef _SIDESTEP_HELLO_H
#define _SIDESTEP_HELLO_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* Link-local scope, "transient" as no number is assigned (RFC 4291, 2.7). */
#define HELLO_GROUP "ff12::5153"

enum hello_limits {
	/* UDP for hellos, TCP for exchanges. */
	HELLO_PORT = 22807,
	/* Of SHA-256 of a host's public key. */
	HELLO_HINT_LEN = 16,
};

struct hello;

/**
 * typedef hello_cb - a hello was heard, not from this host
 * @hint: the first bytes of SHA-256 of who says to have sent it
 * @from: link-local address of who sent it, with the scope id of the direct device;
 *	  the port is HELLO_PORT
 * @version: of its exchange (enum offer_limits)
 * @data: of hello_open()
 *
 * Limited to some dozens a second and link.
 */
typedef void (*hello_cb)(const uint8_t hint[HELLO_HINT_LEN],
			 const struct sockaddr_in6 *from, unsigned int version,
			 void *data);

/**
 * hello_open() - begin to hear
 * @hello: the result
 * @event: the loop
 * @public: this host's public key (HOSTKEY_LEN bytes)
 * @cb: called with each hello of others
 * @data: for @cb
 *
 * Return: 0 or a negative errno value.
 */
int hello_open(struct hello **hello, sd_event *event, const uint8_t *public,
	       hello_cb cb, void *data);
void hello_close(struct hello *hello);

/* hello_hint() - that of a public key */
void hello_hint(uint8_t hint[HELLO_HINT_LEN], const uint8_t *public);

/* hello_join() - hear on this link, too; again after it was down or is another. 0 or
 * a negative errno value
 */
int hello_join(struct hello *hello, uint32_t ifindex);
void hello_leave(struct hello *hello, uint32_t ifindex);

/* hello_say() - to all on the link, or to @to if not NULL. 0 or a negative errno
 * value
 */
int hello_say(struct hello *hello, uint32_t ifindex, const struct sockaddr_in6 *to);

/**
 * hello_decode() - read a datagram. Pure
 * @hint: the result
 * @version: likewise
 * @buf: the datagram
 * @len: its length
 *
 * Return: whether it is a hello.
 */
bool hello_decode(uint8_t hint[HELLO_HINT_LEN], unsigned int *version,
		  const uint8_t *buf, size_t len);

#endif /* _SIDESTEP_HELLO_H */
