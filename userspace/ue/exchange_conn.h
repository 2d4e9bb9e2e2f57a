/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange_conn: one connection of the exchange, from its first packet to its end
 */
#ifndef _SIDESTEP_EXCHANGE_CONN_H
#define _SIDESTEP_EXCHANGE_CONN_H

#include "exchange_tls.h"

enum exchange_conn_state {
	/* TCP, if this end connects */
	CONN_CONNECTING,
	/* TLS */
	CONN_SHAKING,
	/* the peer may still refuse; offers go both ways */
	CONN_OPEN,
	/* over; only the memory is left */
	CONN_CLOSED,
};

/**
 * struct exchange_conn - the connection
 * @exchange: the exchange
 * @peer: who is at the other end; NULL until that is proven, where this end listens
 * @found: whom the certificate names; it becomes @peer with the handshake
 * @state: see there
 * @connects: this end does
 * @since_us: when it began
 * @busy: its events are handled right now: it must not be freed
 * @fd: the socket
 * @ssl: TLS on it
 * @io: its events
 * @timer: the end of patience; NULL when the peer has offered
 * @ifindex: the link
 * @from: the other end
 * @in: an offer that comes, with its length in front
 * @in_len: so much of it is there
 * @out: an offer that goes, likewise
 * @out_len: its length
 * @out_at: so much of it is gone
 * @again: there is another one to be sent after it
 * @retry: when it is looked again for something to offer; NULL if nothing is owed
 * @keys: of this connection
 * @heard: the peer has offered
 * @next: another connection without a peer
 */
struct exchange_conn {
	struct exchange *exchange;
	struct exchange_peer *peer;
	struct exchange_peer *found;
	enum exchange_conn_state state;
	bool connects;
	uint64_t since_us;
	bool busy;
	int fd;
	SSL *ssl;
	sd_event_source *io;
	sd_event_source *timer;
	uint32_t ifindex;
	struct sockaddr_in6 from;
	uint8_t in[2 + OFFER_MAX_SIZE];
	size_t in_len;
	uint8_t out[2 + OFFER_MAX_SIZE];
	size_t out_len;
	size_t out_at;
	bool again;
	sd_event_source *retry;
	struct exchange_keys keys;
	bool heard;
	struct exchange_conn *next;
};

/**
 * exchange_conn_new() - take over a socket
 * @exchange: the exchange
 * @fd: connected, or about to be; owned by the connection, closed also on failure
 * @peer: whom this end connects to; NULL where it listens
 * @from: the other end
 *
 * Return: the connection, or NULL.
 */
struct exchange_conn *exchange_conn_new(struct exchange *exchange, int fd,
					struct exchange_peer *peer,
					const struct sockaddr_in6 *from);

/* exchange_conn_close() - without a word to the ops; frees it, or lets that be done */
void exchange_conn_close(struct exchange_conn *conn);

/* exchange_conn_offer() - send what is offered now, unless that was sent last */
void exchange_conn_offer(struct exchange_conn *conn);

#endif /* _SIDESTEP_EXCHANGE_CONN_H */
