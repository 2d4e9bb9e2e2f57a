/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay_alias: a rule of nftables by which what still comes from the relay has come from the
 * peer, for all who look at its source after that: WireGuard, which answers there
 */
#ifndef _SIDESTEP_RELAY_ALIAS_H
#define _SIDESTEP_RELAY_ALIAS_H

#include "../common/nft.h"

#include <stdint.h>
#include <sys/socket.h>

/**
 * relay_alias_add() - gather the commands for it
 * @nft: nft_commit() makes the rule, in a table of its own; nft_close() takes it away, and so
 *	 does the end of the process
 * @port: the tunnel's, host byte order; no two tunnels of a network namespace have the same
 * @relay: what is left
 * @peer: what is used instead
 *
 * Instead of one that @nft has made before. The rule comes before connection tracking: to a
 * firewall, too, such a packet is the peer's. Fragments stay the relay's.
 *
 * Return: 0, or -EAFNOSUPPORT: the two are not of one family, IPv4 or IPv6.
 */
int relay_alias_add(struct nft *nft, uint16_t port, const struct sockaddr_storage *relay,
		    const struct sockaddr_storage *peer);

#endif /* _SIDESTEP_RELAY_ALIAS_H */
