/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wireguard_parse: the kernel's answer about a WireGuard device
 */
#ifndef _SIDESTEP_WIREGUARD_PARSE_H
#define _SIDESTEP_WIREGUARD_PARSE_H

#include "wireguard.h"

enum wireguard_parse_limits {
	/* Peers whose keys are kept. */
	WIREGUARD_MAX_PEERS = 16,
};

/**
 * struct wireguard_answer - one device, from as many messages as it takes
 * @dev: the device, with its first peer
 * @n_keys: used entries of @key
 * @key: public keys of all peers
 * @more_keys: there are more of them
 * @more_allowed: the first peer has more allowed prefixes than are kept
 */
struct wireguard_answer {
	struct wireguard_device *dev;
	size_t n_keys;
	uint8_t key[WIREGUARD_MAX_PEERS][WG_KEY_LEN];
	bool more_keys;
	bool more_allowed;
};

/* wireguard_parse() - a message of WG_CMD_GET_DEVICE; @data is the answer so far. A
 * netlink_cb
 */
int wireguard_parse(const struct nlmsghdr *nlh, void *data);

#endif /* _SIDESTEP_WIREGUARD_PARSE_H */
