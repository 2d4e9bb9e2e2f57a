/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnel: a session's standby, a WireGuard device whose own packets leave by the
 * modem and by nothing else
 *
 * They have a mark; a rule leads what has it to a table with the modem's default
 * routes (of both families) and behind these an unreachable one, so that without the
 * modem nothing leaves by another way. Mark and table are the same number, a hash of
 * the modem's name, so that a daemon that starts anew finds its own again; sessions
 * with one modem share them.
 */
#ifndef _SIDESTEP_TUNNEL_H
#define _SIDESTEP_TUNNEL_H

#include "../common/conf.h"
#include "netview.h"
#include "wireguard.h"

struct tunnel;

/**
 * enum tunnel_readiness - what it lacks, first things first
 */
enum tunnel_readiness {
	TUNNEL_NO_MODEM,	/* the modem's device is missing */
	TUNNEL_NO_ROUTE,	/* it has no address or default route */
	TUNNEL_NO_PEER,		/* the peer's WireGuard key is not known yet */
	TUNNEL_NO_ENDPOINT,	/* nor told or found where the peer is */
	TUNNEL_COLD,		/* down, as configured */
	TUNNEL_NO_HANDSHAKE,	/* none in the last 180 s (REJECT_AFTER_TIME) */
	TUNNEL_UP,
};

/**
 * struct tunnel_state - what there is to say of it
 * @readiness: see there
 * @endpoint: where the peer is; AF_UNSPEC if not known
 * @handshake_age_s: since the last handshake; -1 if there was none
 * @rx_bytes: with UDP and IP headers as far as they can be told
 * @tx_bytes: likewise
 * @listen_port: UDP
 */
struct tunnel_state {
	enum tunnel_readiness readiness;
	struct sockaddr_storage endpoint;
	int64_t handshake_age_s;
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	uint16_t listen_port;
};

/**
 * tunnel_open() - make the device, or adopt the one that is there
 * @tunnel: the result
 * @conf: names, port, standby; must outlive the tunnel
 * @private_key: WireGuard's
 * @view: must outlive the tunnel
 * @rtnl: likewise
 * @genl: of WireGuard, likewise
 *
 * A device of that name that is no WireGuard device, or has another private key, is
 * not touched: -EEXIST. An adopted one keeps its peer and handshake. Failures are
 * logged.
 *
 * Return: 0 or a negative errno value.
 */
int tunnel_open(struct tunnel **tunnel, const struct conf_session *conf,
		const uint8_t private_key[WG_KEY_LEN], const struct netview *view,
		struct rtnl *rtnl, struct genl *genl);

/* tunnel_close() - forget it; with @remove also the device, and rule and table if no
 * other tunnel (of this process) uses them
 */
void tunnel_close(struct tunnel *tunnel, bool remove);

/**
 * tunnel_set_peer() - who is at the other end
 * @tunnel: the tunnel
 * @peer: key, allowed prefixes, and the endpoint if one is known
 * @initiator: this end sends keepalives at once; the other one, which could cross its
 *	       handshake, only when a handshake has come; for the first 2 s with a peer
 *	       that end keeps the endpoint back as well, for whatever is sent would
 *	       begin a handshake
 *
 * What is so already is not touched. Return: 0 or a negative errno value.
 */
int tunnel_set_peer(struct tunnel *tunnel, const struct wireguard_peer *peer,
		    bool initiator);

/**
 * tunnel_forget_peer() - until tunnel_set_peer() tells of it anew
 *
 * The end that sends keepalives at once begins a handshake then, without the wait of
 * REKEY_TIMEOUT (5 s) after the last one; an endpoint that was not told is forgotten.
 */
void tunnel_forget_peer(struct tunnel *tunnel);

/* tunnel_mark() - SO_MARK of its packets, which leads them out by the modem */
uint32_t tunnel_mark(const struct tunnel *tunnel);

/* tunnel_shaken_ns() - CLOCK_REALTIME of the last handshake with the peer; 0: none */
int64_t tunnel_shaken_ns(const struct tunnel *tunnel);

/* tunnel_need() - a cold tunnel is up while it is needed */
void tunnel_need(struct tunnel *tunnel, bool needed);

/* tunnel_follow() - the view has changed: modem's routes, or the device is gone */
void tunnel_follow(struct tunnel *tunnel);

/* tunnel_tick() - to be called about once a second; looks for a first handshake */
void tunnel_tick(struct tunnel *tunnel);

/* tunnel_woken() - the host was suspended, and WireGuard has forgotten its keys */
void tunnel_woken(struct tunnel *tunnel);

/* Return: 0 or a negative errno value. */
int tunnel_read(const struct tunnel *tunnel, struct tunnel_state *state);

#endif /* _SIDESTEP_TUNNEL_H */
