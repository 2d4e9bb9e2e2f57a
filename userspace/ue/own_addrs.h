/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * own_addrs: this host's addresses on the direct link, also while that takes them away
 *
 * A device that is down loses its IPv6 addresses, one that is gone all. They belong to
 * the session nevertheless: one is given up only when the device has been up without
 * it for OWN_ADDRS_PATIENCE_S. Pure.
 */
#ifndef _SIDESTEP_OWN_ADDRS_H
#define _SIDESTEP_OWN_ADDRS_H

#include "offer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum own_addrs_limits {
	OWN_ADDRS_PATIENCE_S = 30,
};

/**
 * struct own_addrs - the addresses, IPv4 first
 * @n: used entries of the others
 * @addr: with the lengths of their prefixes, no link-local ones
 * @missing_s: since when the device is up without it; 0: it has it, or is away
 */
struct own_addrs {
	size_t n;
	struct rtnl_prefix addr[OFFER_MAX_ADDRS];
	uint64_t missing_s[OFFER_MAX_ADDRS];
};

/**
 * own_addrs_update() - the device has these now
 * @own: the addresses
 * @addr: those of the device
 * @n: how many
 * @now_s: the time, not 0
 *
 * Not to be called while the device is down or gone; own_addrs_away() is.
 *
 * Return: whether @own has changed.
 */
bool own_addrs_update(struct own_addrs *own, const struct rtnl_prefix *addr,
		      size_t n, uint64_t now_s);

/* own_addrs_away() - the device is down or gone: nothing is missing */
void own_addrs_away(struct own_addrs *own);

#endif /* _SIDESTEP_OWN_ADDRS_H */
