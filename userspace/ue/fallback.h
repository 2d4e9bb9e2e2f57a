/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fallback: the direct link's addresses and routes once more, on the session device,
 * for when the direct device is down or gone and took its own with it
 *
 * Addresses as /32 and /128; for each of them a route to its prefix with the same
 * length (the longest prefix wins whatever the metric) and a higher metric.
 */
#ifndef _SIDESTEP_FALLBACK_H
#define _SIDESTEP_FALLBACK_H

#include "netview.h"

enum fallback_limits {
	FALLBACK_METRIC = 5000,
	FALLBACK_MAX_ADDRS = 8,
};

/**
 * fallback_apply() - make the session device have just these
 * @rtnl: for requests
 * @view: what is there
 * @session: the session device, for the log, too
 * @addr: addresses of the direct device with the lengths of their prefixes; link-local
 *	  ones are left out
 * @n_addrs: how many
 *
 * Addresses, and routes that the helper has made, on the session device that are not
 * among them go, but for link-local ones. What is there already is not touched. A
 * device that is down gets its routes when it is up and this is called again.
 *
 * Return: 0 or a negative errno value; failures are logged.
 */
int fallback_apply(struct rtnl *rtnl, const struct netview *view,
		   const char *session, const struct rtnl_prefix *addr,
		   size_t n_addrs);

#endif /* _SIDESTEP_FALLBACK_H */
