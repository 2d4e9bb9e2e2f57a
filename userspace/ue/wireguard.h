/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wireguard: a WireGuard device with one peer (linux/wireguard.h)
 */
#ifndef _SIDESTEP_WIREGUARD_H
#define _SIDESTEP_WIREGUARD_H

#include "../common/genl.h"
#include "rtnl.h"

#include <linux/wireguard.h>
#include <netinet/in.h>

enum wireguard_limits {
	WIREGUARD_MAX_ALLOWED = 16,
};

/**
 * struct wireguard_peer - the peer
 * @key: its public key
 * @endpoint: AF_UNSPEC if not known (reading), or not to be changed (writing)
 * @keepalive_s: 0 for none
 * @n_allowed: used entries of @allowed
 * @allowed: what may be sent to it and come from it
 * @handshake_s: CLOCK_REALTIME of the last handshake, 0 if there was none; reading
 * @handshake_ns: its nanoseconds, to tell two in one second from each other; reading
 * @rx_bytes: WireGuard's messages with a peer's data, handshakes included; reading
 * @tx_bytes: likewise
 */
struct wireguard_peer {
	uint8_t key[WG_KEY_LEN];
	struct sockaddr_storage endpoint;
	uint16_t keepalive_s;
	size_t n_allowed;
	struct rtnl_prefix allowed[WIREGUARD_MAX_ALLOWED];
	int64_t handshake_s;
	uint32_t handshake_ns;
	uint64_t rx_bytes;
	uint64_t tx_bytes;
};

/**
 * struct wireguard_device - the device
 * @private_key: all zero if there is none
 * @public_key: reading only
 * @listen_port: UDP; writing: 0 for what there is
 * @mark: SO_MARK of its packets
 * @has_peer: @peer is there; reading: the first, if there are several
 * @peer: the peer
 */
struct wireguard_device {
	uint8_t private_key[WG_KEY_LEN];
	uint8_t public_key[WG_KEY_LEN];
	uint16_t listen_port;
	uint32_t mark;
	bool has_peer;
	struct wireguard_peer peer;
};

/* Of the family; no group is needed. -ENOENT if the kernel has no WireGuard. */
int wireguard_open(struct genl *genl);

/* wireguard_keygen() - a private key (RFC 7748, clamped), from getrandom() */
int wireguard_keygen(uint8_t private_key[WG_KEY_LEN]);

int wireguard_get(struct genl *genl, const char *ifname,
		  struct wireguard_device *dev, struct ack *ack);

/* wireguard_set() - private key, port and mark; the peer is not touched */
int wireguard_set(struct genl *genl, const char *ifname,
		  const struct wireguard_device *dev, struct ack *ack);

/**
 * wireguard_set_peer() - make it the only peer, or change what differs
 *
 * Allowed prefixes are replaced. A known peer keeps its handshake; if nothing differs,
 * nothing is sent to the kernel.
 */
int wireguard_set_peer(struct genl *genl, const char *ifname,
		       const struct wireguard_peer *peer, struct ack *ack);

/**
 * wireguard_nudge() - send the peer a keepalive now
 *
 * It is the first packet of a device that has found another way, by which the peer
 * learns of that. Nothing happens if the device is down or @keepalive_s is 0.
 */
int wireguard_nudge(struct genl *genl, const char *ifname,
		    const uint8_t key[WG_KEY_LEN], uint16_t keepalive_s,
		    struct ack *ack);

/* wireguard_set_endpoint() - of a known peer, and nothing else */
int wireguard_set_endpoint(struct genl *genl, const char *ifname,
			   const uint8_t key[WG_KEY_LEN],
			   const struct sockaddr_storage *endpoint, struct ack *ack);

/* wireguard_forget() - the peer goes, with all that is remembered of its handshakes */
int wireguard_forget(struct genl *genl, const char *ifname,
		     const uint8_t key[WG_KEY_LEN], struct ack *ack);

#endif /* _SIDESTEP_WIREGUARD_H */
