/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange_priv: what the files of the exchange share
 */
#ifndef _SIDESTEP_EXCHANGE_PRIV_H
#define _SIDESTEP_EXCHANGE_PRIV_H

#include "exchange_conn.h"

/**
 * struct exchange_peer - a host that may connect
 * @next: another one
 * @exchange: the exchange
 * @key: its public key
 * @ifindex: the link; 0: none
 * @conn: its connection, or the attempt at one, or NULL
 * @met: it has offered, on this connection or on one that this one has replaced
 * @data: for the ops
 */
struct exchange_peer {
	struct exchange_peer *next;
	struct exchange *exchange;
	uint8_t key[HOSTKEY_LEN];
	uint32_t ifindex;
	struct exchange_conn *conn;
	bool met;
	void *data;
};

/**
 * struct exchange - see there
 * @event: the loop
 * @key: this host's
 * @ops: what is called
 * @ctx: TLS
 * @fd: the listening socket
 * @io: its events
 * @peers: who may connect
 * @strangers: connections whose peer is not known yet
 * @n_strangers: how many
 */
struct exchange {
	sd_event *event;
	const struct hostkey *key;
	const struct exchange_ops *ops;
	SSL_CTX *ctx;
	int fd;
	sd_event_source *io;
	struct exchange_peer *peers;
	struct exchange_conn *strangers;
	unsigned int n_strangers;
};

/* exchange_forget() - the connection is nobody's any more */
void exchange_forget(struct exchange_conn *conn);

/* exchange_lost() - the peer has no connection any more; tells the ops */
void exchange_lost(struct exchange_peer *peer, const char *why);

/* exchange_adopt() - it is that of the peer found, and an older one ends */
void exchange_adopt(struct exchange_conn *conn);

#endif /* _SIDESTEP_EXCHANGE_PRIV_H */
