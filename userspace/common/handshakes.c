// SPDX-License-Identifier: GPL-2.0-or-later
#include "handshakes.h"

#include <string.h>

#define NSEC_PER_MSEC 1000000ull

enum {
	PREFIX_LEN = 8,
};

static void end_of(struct handshake *one, const struct sockaddr_storage *from)
{
	const struct sockaddr_in6 *in6 = (const void *)from;
	const struct sockaddr_in *in = (const void *)from;

	memset(one, 0, sizeof(*one));
	one->port = from->ss_family == AF_INET6 ? in6->sin6_port : in->sin_port;
	if (from->ss_family == AF_INET6) {
		one->addr = in6->sin6_addr;
		return;
	}
	memset(&one->addr.s6_addr[10], 0xff, 2);
	memcpy(&one->addr.s6_addr[12], &in->sin_addr, sizeof(in->sin_addr));
}

static bool same_end(const struct handshake *a, const struct handshake *b)
{
	return a->port == b->port && IN6_ARE_ADDR_EQUAL(&a->addr, &b->addr);
}

static bool same_source(const struct handshake *a, const struct handshake *b)
{
	size_t len = IN6_IS_ADDR_V4MAPPED(&a->addr) ? sizeof(a->addr) : PREFIX_LEN;

	return !memcmp(&a->addr, &b->addr, len);
}

/* Return: its index, or @all->n */
static unsigned int find(const struct handshakes *all, const struct sockaddr_storage *from)
{
	struct handshake wanted;
	unsigned int i;

	end_of(&wanted, from);
	for (i = 0; i < all->n && !same_end(&all->one[i], &wanted); i++)
		;
	return i;
}

static void expire(struct handshakes *all, uint64_t now_ns)
{
	unsigned int i = 0;

	while (i < all->n)
		if (all->one[i].end_ns <= now_ns)
			all->one[i] = all->one[--all->n];
		else
			i++;
}

enum handshakes_verdict handshakes_begin(struct handshakes *all,
					 const struct sockaddr_storage *from,
					 const uint8_t cookie[DTLS_HELLO_COOKIE_LEN],
					 uint64_t now_ns)
{
	struct handshake new;
	unsigned int i, same = 0;

	expire(all, now_ns);
	end_of(&new, from);
	for (i = 0; i < all->n; i++) {
		if (same_end(&all->one[i], &new)) {
			memcpy(all->one[i].cookie, cookie, sizeof(all->one[i].cookie));
			return HANDSHAKES_KNOWN;
		}
		same += same_source(&all->one[i], &new);
	}
	if (same >= HANDSHAKES_OF_SOURCE)
		return HANDSHAKES_SOURCE;
	if (all->n == HANDSHAKES_MAX)
		return HANDSHAKES_FULL;
	memcpy(new.cookie, cookie, sizeof(new.cookie));
	new.end_ns = now_ns + NSEC_PER_MSEC * (handshakes_hurried(all) ?
					       HANDSHAKE_HURRIED_MS : HANDSHAKE_MS);
	all->one[all->n++] = new;
	return HANDSHAKES_BEGUN;
}

void handshakes_done(struct handshakes *all, const struct sockaddr_storage *from)
{
	unsigned int i = find(all, from);

	if (i < all->n)
		all->one[i] = all->one[--all->n];
}

bool handshakes_knows(const struct handshakes *all, const struct sockaddr_storage *from)
{
	return find(all, from) < all->n;
}

bool handshakes_knows_cookie(const struct handshakes *all, const uint8_t *cookie, size_t len)
{
	unsigned int i;

	if (len != DTLS_HELLO_COOKIE_LEN)
		return false;
	for (i = 0; i < all->n; i++)
		if (!memcmp(all->one[i].cookie, cookie, len))
			return true;
	return false;
}

unsigned int handshakes_count(const struct handshakes *all, uint64_t now_ns)
{
	unsigned int i, n = 0;

	for (i = 0; i < all->n; i++)
		n += all->one[i].end_ns > now_ns;
	return n;
}

bool handshakes_hurried(const struct handshakes *all)
{
	return all->n > HANDSHAKES_MAX / 2;
}
