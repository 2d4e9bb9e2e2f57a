/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store: what a session needs after a restart, in a file of its own
 */
#ifndef _SIDESTEP_STORE_H
#define _SIDESTEP_STORE_H

#include "exchange.h"

/**
 * struct stored - the file's content
 * @wg_private: private key of this end of the tunnel
 * @peer_key: public key of the host that the rest is about
 * @has_keys: @keys are there
 * @keys: the session's
 * @has_peer: @peer is there
 * @peer: what the peer offered last
 * @n_own: used entries of @own
 * @own: this host's addresses on the direct link, with prefix lengths, when they were
 *	 last seen: the direct device may be away
 */
struct stored {
	uint8_t wg_private[32];
	uint8_t peer_key[HOSTKEY_LEN];
	bool has_keys;
	struct exchange_keys keys;
	bool has_peer;
	struct offer peer;
	size_t n_own;
	struct rtnl_prefix own[OFFER_MAX_ADDRS];
};

/**
 * store_read() - what was last written
 * @stored: the result
 * @dir: the directory
 * @session: the session device; the file is DIR/SESSION.session
 *
 * A file that others may read, or that is damaged, is logged with its name and
 * refused.
 *
 * Return: 0, -ENOENT if there is none, or another negative errno value.
 */
int store_read(struct stored *stored, const char *dir, const char *session);

/**
 * store_write() - replace it, mode 0600
 *
 * The old content stays until the new one is on the disk (write, fsync, rename, fsync
 * of the directory), so a full disk or a power cut loses nothing.
 *
 * Return: 0 or a negative errno value; failures are logged.
 */
int store_write(const struct stored *stored, const char *dir, const char *session);
void store_remove(const char *dir, const char *session);

#endif /* _SIDESTEP_STORE_H */
