// SPDX-License-Identifier: GPL-2.0-or-later
#include "own_addrs.h"

#include <string.h>
#include <sys/socket.h>

static bool has(const struct rtnl_prefix *addr, size_t n,
		const struct rtnl_prefix *wanted)
{
	for (size_t i = 0; i < n; i++)
		if (prefix_same(&addr[i], wanted))
			return true;
	return false;
}

static void take_out(struct own_addrs *own, size_t i)
{
	own->n--;
	memmove(&own->addr[i], &own->addr[i + 1],
		(own->n - i) * sizeof(*own->addr));
	memmove(&own->missing_s[i], &own->missing_s[i + 1],
		(own->n - i) * sizeof(*own->missing_s));
}

/* Those that are missing for too long go. */
static bool give_up(struct own_addrs *own, const struct rtnl_prefix *addr, size_t n,
		    uint64_t now_s)
{
	bool changed = false;

	for (size_t i = own->n; i--;) {
		if (has(addr, n, &own->addr[i])) {
			own->missing_s[i] = 0;
		} else if (!own->missing_s[i]) {
			own->missing_s[i] = now_s;
		} else if (now_s - own->missing_s[i] >= OWN_ADDRS_PATIENCE_S) {
			take_out(own, i);
			changed = true;
		}
	}
	return changed;
}

/* Behind the others of its family. */
static void put_in(struct own_addrs *own, const struct rtnl_prefix *addr)
{
	size_t i = own->n;

	while (i && addr->family == AF_INET && own->addr[i - 1].family != AF_INET)
		i--;
	memmove(&own->addr[i + 1], &own->addr[i], (own->n - i) * sizeof(*own->addr));
	memmove(&own->missing_s[i + 1], &own->missing_s[i],
		(own->n - i) * sizeof(*own->missing_s));
	own->addr[i] = *addr;
	own->missing_s[i] = 0;
	own->n++;
}

bool own_addrs_update(struct own_addrs *own, const struct rtnl_prefix *addr,
		      size_t n, uint64_t now_s)
{
	bool changed = give_up(own, addr, n, now_s);

	for (size_t i = 0; i < n && own->n < OFFER_MAX_ADDRS; i++) {
		if (prefix_is_link_local(&addr[i]) ||
		    has(own->addr, own->n, &addr[i]))
			continue;
		put_in(own, &addr[i]);
		changed = true;
	}
	return changed;
}

void own_addrs_away(struct own_addrs *own)
{
	memset(own->missing_s, 0, sizeof(own->missing_s));
}
