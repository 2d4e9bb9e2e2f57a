/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange: offers over TLS 1.3 on the direct link, between two hosts that know each
 * other's public keys
 *
 * TCP port HELLO_PORT on link-local addresses of direct devices. Both ends have
 * self-signed certificates of their Ed25519 host keys; nothing of a certificate counts
 * but its key. The host with the lower public key (memcmp()) connects, the other
 * accepts. On the connection each end sends its offer, and again when it has changed:
 * two bytes with the length, big-endian, and CBOR. The connection stays open, so that
 * its end tells that the peer or the link is gone.
 */
#ifndef _SIDESTEP_EXCHANGE_H
#define _SIDESTEP_EXCHANGE_H

#include "hostkey.h"
#include "offer.h"

#include <linux/sidestep.h>
#include <systemd/sd-event.h>

enum exchange_limits {
	/* From the first packet to the peer's first offer. */
	EXCHANGE_PATIENCE_S = 10,
	/* What was sent must be acknowledged within (TCP_USER_TIMEOUT); keepalives
	 * after as much silence.
	 */
	EXCHANGE_SILENCE_S = 10,
	/* Connections that have not proved anything yet; more are closed at once. */
	EXCHANGE_MAX_STRANGERS = 16,
};

/**
 * struct exchange_keys - what both ends take from the connection's secret
 * @id: session id, 1..65535, the same at both ends
 * @keys_id: names the keys, says nothing of them; the same at both ends
 * @tx: key for what this end sends
 * @rx: key for what it receives
 *
 * By the exporter of TLS 1.3 (RFC 8446, 7.5), label "EXPORTER-sidestep-session".
 */
struct exchange_keys {
	uint16_t id;
	uint8_t keys_id[OFFER_KEYS_ID_LEN];
	uint8_t tx[SIDESTEP_KEY_LEN];
	uint8_t rx[SIDESTEP_KEY_LEN];
};

struct exchange;
struct exchange_peer;

/**
 * struct exchange_ops - what the exchange asks and tells
 * @offer: fill in what we offer this peer now; false: nothing yet, try later
 * @offered: the peer's offer has come, the first of a connection or a later one. @keys
 *	     are those of this connection: the two ends use them unless both have said
 *	     the same keys_id. @from is its link-local address with the scope id
 * @gone: a connection on which the peer had offered is over
 * @failed: an attempt came to nothing; why, in words (another key, another version,
 *	    malformed, no answer)
 */
struct exchange_ops {
	bool (*offer)(struct offer *offer, void *peer_data);
	void (*offered)(const struct offer *offer, const struct exchange_keys *keys,
			const struct sockaddr_in6 *from, void *peer_data);
	void (*gone)(const char *why, void *peer_data);
	void (*failed)(const char *why, void *peer_data);
};

/**
 * exchange_open() - listen
 * @exchange: the result
 * @event: the loop
 * @key: this host's; must outlive the exchange
 * @ops: what is called
 *
 * Return: 0 or a negative errno value; failures are logged.
 */
int exchange_open(struct exchange **exchange, sd_event *event,
		  const struct hostkey *key, const struct exchange_ops *ops);
void exchange_close(struct exchange *exchange);

/**
 * exchange_peer_add() - from now on this peer may connect
 * @exchange: the exchange
 * @key: its public key
 * @data: for the ops
 *
 * Several with one key are allowed, on different links.
 *
 * Return: the peer, or NULL if there is no memory.
 */
struct exchange_peer *exchange_peer_add(struct exchange *exchange,
					const uint8_t key[HOSTKEY_LEN], void *data);

/* exchange_peer_link() - the number of its direct device; 0: none now, which also ends
 * its connection
 */
void exchange_peer_link(struct exchange_peer *peer, uint32_t ifindex);
void exchange_peer_del(struct exchange_peer *peer);

/* exchange_connects() - is it this end that connects to that peer? */
bool exchange_connects(const struct exchange_peer *peer);

/* exchange_connect() - the peer has said hello; nothing is done if there is a
 * connection, or an attempt goes on, or this end is not the one that connects
 */
void exchange_connect(struct exchange_peer *peer, const struct sockaddr_in6 *to);

/* exchange_offer_again() - what we offer may have changed; sent if it has */
void exchange_offer_again(struct exchange_peer *peer);

#endif /* _SIDESTEP_EXCHANGE_H */
