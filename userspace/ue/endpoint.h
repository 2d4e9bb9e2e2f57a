/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * endpoint: where the peer's end of the tunnel is, of all that was said of it. Pure
 */
#ifndef _SIDESTEP_ENDPOINT_H
#define _SIDESTEP_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>

/**
 * enum endpoint_source - who has said it; later ones count more
 * @ENDPOINT_OFFERED: the peer, on the direct link
 * @ENDPOINT_CONFIGURED: Endpoint=
 * @ENDPOINT_RELAY: the operator's function, in an order
 * @ENDPOINT_CHECKED: a connectivity check; the peer has answered there
 */
enum endpoint_source {
	ENDPOINT_OFFERED,
	ENDPOINT_CONFIGURED,
	ENDPOINT_RELAY,
	ENDPOINT_CHECKED,
	ENDPOINT_SOURCES,
};

/**
 * struct endpoint - what was said
 * @said: by enum endpoint_source; AF_UNSPEC: nothing
 * @hold: the peer begins, and this end has none until it has begun
 */
struct endpoint {
	struct sockaddr_storage said[ENDPOINT_SOURCES];
	bool hold;
};

/* endpoint_say() - from now on; @addr NULL: nothing. Return: is it something else? */
bool endpoint_say(struct endpoint *endpoint, enum endpoint_source source,
		  const struct sockaddr_storage *addr);

/* endpoint_same() - address and port */
bool endpoint_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b);

/* endpoint_now() - the one that counts; family AF_UNSPEC for none */
const struct sockaddr_storage *endpoint_now(const struct endpoint *endpoint);

#endif /* _SIDESTEP_ENDPOINT_H */
