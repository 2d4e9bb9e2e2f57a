/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay_fast: relays in the kernel, by nftables
 *
 * Table "inet prosefd". In prerouting, before connection tracking, what comes from a
 * latched source to its port gets the other UE's address and port as destination, and is
 * forwarded like any other packet; in postrouting it gets the other port of the relay as
 * source. No connection is tracked: each packet is looked up in maps, so a change holds
 * from the next packet on, and what is not in them goes to the socket, as do fragments.
 *
 * So do handshake messages, as long as the process says that it is alive: a side changes
 * its source by them. Without it the kernel forwards them like data. Elements time out
 * with the relay's lifetime, should the process be dead by then.
 *
 * The host must forward (net.ipv4.ip_forward, net.ipv6.conf.all.forwarding), and its
 * firewall let it. An ICMPv6 "packet too big" from beyond the relay does not reach the
 * sender: the tunnel's MTU must fit.
 *
 * Changes are gathered, and made at once by relay_fast_commit().
 */
#ifndef _SIDESTEP_RELAY_FAST_H
#define _SIDESTEP_RELAY_FAST_H

#include "relay.h"

enum relay_fast_limits {
	/* So long after relay_fast_alive() the process is thought to be dead. */
	RELAY_FAST_ALIVE_S = 5,
};

/**
 * struct relay_fast_path - one relay; both sources are of one family
 * @source: latched
 * @port: of each side, host byte order
 */
struct relay_fast_path {
	struct sockaddr_storage source[RELAY_SIDES];
	uint16_t port[RELAY_SIDES];
};

/**
 * struct relay_fast_count - what the kernel did since a path was added
 * @packets: forwarded
 * @bytes: likewise, UDP payload
 * @over: packets over the rate
 */
struct relay_fast_count {
	uint64_t packets;
	uint64_t bytes;
	uint64_t over;
};

/**
 * typedef relay_fast_cb - a counter of one direction
 * @port: of the relay, host byte order: where packets left if @is_over is false,
 *	  otherwise where they came in
 * @is_over: only @over is set; otherwise all but @over
 * @count: since the path was added
 * @data: of relay_fast_read()
 */
typedef void (*relay_fast_cb)(uint16_t port, bool is_over,
			      const struct relay_fast_count *count, void *data);

struct relay_fast;

/**
 * relay_fast_open() - make the table, or take over the one that is there
 * @fast: the result
 * @conf: addresses, ports, and the rate
 *
 * Return: 0, or a negative errno value: the kernel will not; the reason is logged.
 */
int relay_fast_open(struct relay_fast **fast, const struct relays_conf *conf);

/* relay_fast_close() - @keep: the table stays. NULL is fine */
void relay_fast_close(struct relay_fast *fast, bool keep);

/* relay_fast_can() - does the host forward this family? */
bool relay_fast_can(const struct relay_fast *fast, int family);

void relay_fast_add(struct relay_fast *fast, const struct relay_fast_path *path,
		    uint64_t lifetime_s);
void relay_fast_del(struct relay_fast *fast, const struct relay_fast_path *path);

/* relay_fast_del_all() - forgets what was gathered, too */
void relay_fast_del_all(struct relay_fast *fast);

/* relay_fast_alive() - the process is */
void relay_fast_alive(struct relay_fast *fast);

/* relay_fast_commit() - all or nothing. 0 or a negative errno value; @why is set to the
 * kernel's words, valid until the next call
 */
int relay_fast_commit(struct relay_fast *fast, const char **why);

/* relay_fast_read() - all counters. 0 or a negative errno value */
int relay_fast_read(struct relay_fast *fast, relay_fast_cb cb, void *data);

/**
 * relay_fast_eaten() - does a firewall forbid it?
 * @fast: see there; relay_fast_read() was just called
 * @trusted: the result: no, something has gone all the way
 *
 * Return: packets have come in, and nothing has ever left.
 */
bool relay_fast_eaten(struct relay_fast *fast, bool *trusted);

/**
 * relay_fast_parse() - one line of a listing. Pure
 * @line: as nft(8) lists elements, one a line
 * @port: the result: of the relay, where it came in or, in a map, where it leaves
 * @packets: likewise
 * @bytes: likewise, with IP and UDP headers
 *
 * Return: is there an element with a counter?
 */
bool relay_fast_parse(const char *line, uint16_t *port, uint64_t *packets,
		      uint64_t *bytes);

#endif /* _SIDESTEP_RELAY_FAST_H */
