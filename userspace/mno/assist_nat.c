// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the operator has the NAT: the port of a UE's tunnel is mapped as long as the
 * session lasts and the UE is there.
 */
#include "../common/clock.h"
#include "../common/log.h"
#include "assist_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define NSEC_PER_SEC 1000000000ull

enum {
	/* Should this process never come back. */
	LIFETIME_S = 120,
	RENEW_S = 60,
	/* Ports that are tried, from the one on that the UE's address leads to. */
	TRIES = 16,
	/* RFC 8445 5.1.2.1, of one that is server-reflexive, in IPv4. */
	PRIORITY = 100 << 24 | 65534 << 8 | 255,
};

static const struct sockaddr_in *in_of(const struct sockaddr_storage *addr)
{
	return (const struct sockaddr_in *)addr;
}

/* Only what the UE's own association comes from: it could name another's port. */
static bool is_its_own(const struct assist *a, enum relay_side side,
		       const struct sockaddr_storage *addr)
{
	const struct subscriber *s = a->link[side].subscriber;
	const struct sockaddr_storage *remote = s && s->assoc ?
						coaps_assoc_remote(s->assoc) : NULL;

	return remote && remote->ss_family == AF_INET && addr->ss_family == AF_INET &&
	       in_of(remote)->sin_addr.s_addr == in_of(addr)->sin_addr.s_addr &&
	       mno_conf_is_behind(&a->function->conf, addr);
}

static const struct sockaddr_storage *inside_of(const struct assist *a, enum relay_side side,
						const struct pf_candidates *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (is_its_own(a, side, &all->candidate[i].addr))
			return &all->candidate[i].addr;
	return NULL;
}

static bool is_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	return a->ss_family == b->ss_family && in_of(a)->sin_port == in_of(b)->sin_port &&
	       in_of(a)->sin_addr.s_addr == in_of(b)->sin_addr.s_addr;
}

/* The same one again after a restart, if it is free. */
static void choose_port(struct nat_mapping *map, const struct mno_nat *conf, unsigned int try)
{
	const struct sockaddr_in *inside = in_of(&map->inside);
	uint32_t n = ntohl(inside->sin_addr.s_addr) * 31 + ntohs(inside->sin_port) + try;
	struct sockaddr_in *outside = (void *)&map->outside;

	*outside = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr = conf->addr,
		.sin_port = htons(conf->port_min + n % (conf->port_max - conf->port_min + 1)),
	};
}

static int map_anew(const struct function *f, struct nat_mapping *map, const char **why)
{
	int err = -EEXIST;

	for (unsigned int try = 0; err == -EEXIST && try < TRIES; try++) {
		choose_port(map, &f->conf.nat, try);
		err = nat_control_nft.map(f->nat, map, why);
	}
	return err;
}

static void say(const struct assist *a, const struct nat_mapping *map, const char *what)
{
	char inside[INET_ADDRSTRLEN], outside[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &in_of(&map->inside)->sin_addr, inside, sizeof(inside));
	inet_ntop(AF_INET, &in_of(&map->outside)->sin_addr, outside, sizeof(outside));
	log_say(LOG_INFO, NULL, "session %s: the NAT %s %s:%u to %s:%u", a->id, what, outside,
		ntohs(in_of(&map->outside)->sin_port), inside,
		ntohs(in_of(&map->inside)->sin_port));
}

void assist_unmap(struct assist *a, enum relay_side side)
{
	struct nat_mapping *map = &a->mapping[side];

	if (!map->lifetime_s)
		return;
	nat_control_nft.unmap(a->function->nat, map);
	say(a, map, "does not lead any more");
	memset(map, 0, sizeof(*map));
}

/* A UE can cause each of them. */
static void complain(const struct assist *a, const char *what, const char *why)
{
	if (function_may_say(a->function))
		log_say(LOG_WARNING, NULL, "session %s: %s: %s", a->id, what, why);
}

static void map_new(struct assist *a, enum relay_side side,
		    const struct sockaddr_storage *inside)
{
	struct nat_mapping map = { .inside = *inside, .lifetime_s = LIFETIME_S };
	const char *why;

	if (map_anew(a->function, &map, &why)) {
		complain(a, "no mapping", why);
		return;
	}
	a->mapping[side] = map;
	a->renew_ns[side] = clock_now_ns(CLOCK_BOOTTIME) + RENEW_S * NSEC_PER_SEC;
	say(a, &map, "leads");
}

/* It takes the place of the last one if there is no room. */
static void add_candidate(struct pf_candidates *all, const struct nat_mapping *map)
{
	size_t at = all->n < PF_MAX_CANDIDATES ? all->n++ : all->n - 1;

	all->candidate[at] = (struct pf_candidate){
		.type = PF_CANDIDATE_SRFLX, .addr = map->outside, .priority = PRIORITY,
	};
}

void assist_map(struct assist *a, enum relay_side side, struct pf_candidates *told)
{
	const struct sockaddr_storage *inside = inside_of(a, side, told);
	struct nat_mapping *map = &a->mapping[side];

	if (!a->function->nat)
		return;
	if (map->lifetime_s && (!inside || !is_same(inside, &map->inside)))
		assist_unmap(a, side);
	if (inside && !map->lifetime_s)
		map_new(a, side, inside);
	if (map->lifetime_s)
		add_candidate(told, map);
}

static void renew(struct assist *a, enum relay_side side, uint64_t now_ns)
{
	const char *why;

	if (now_ns < a->renew_ns[side])
		return;
	a->renew_ns[side] = now_ns + RENEW_S * NSEC_PER_SEC;
	if (nat_control_nft.map(a->function->nat, &a->mapping[side], &why))
		complain(a, "its mapping is not renewed", why);
}

void assist_keep_maps(struct assist *a, uint64_t now_ns)
{
	enum relay_side side;

	for (side = 0; side < RELAY_SIDES; side++) {
		if (!a->mapping[side].lifetime_s)
			continue;
		if (is_its_own(a, side, &a->mapping[side].inside))
			renew(a, side, now_ns);
		else
			assist_unmap(a, side);
	}
}
