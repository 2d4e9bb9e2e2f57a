// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Selectors against packets, in tables.
 */
#include "ktap.h"
#include "selector.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum {
	ICMP = 1,
	TCP = 6,
	UDP = 17,
	ALL_BITS = 0xffffffff,
};

/* In these tests a cgroup is its id, and /16 its parent. */
bool sidestep_selector_in_cgroup(const void *cgroup, __u64 id)
{
	__u64 at;

	for (at = *(const __u64 *)cgroup; at; at /= 16)
		if (at == id)
			return true;
	return false;
}

struct row {
	const char *what;
	struct sidestep_selector selector;
	struct sidestep_view view;
	bool match;
};

static void matches(const struct row *row, size_t count)
{
	for (size_t i = 0; i < count; i++, row++)
		ktap_expect(sidestep_selector_match(&row->selector,
						    &row->view) == row->match,
			    __LINE__, "%s: not %d", row->what, row->match);
}

#define UPPER(proto, sport, dport) { proto, SIDESTEP_PORTS_SEEN, sport, dport, 0, false, false, 0 }
#define PACKET(proto, sport, dport) { .upper = UPPER(proto, sport, dport) }
#define HIDDEN(proto) { .upper = { proto, SIDESTEP_PORTS_HIDDEN, 0, 0, 0, true, true, 1 } }
#define NO_PORTS(proto) { .upper = { proto, SIDESTEP_PORTS_NONE, 0, 0, 0, false, false, 0 } }
#define PROTO(number) { .has = SIDESTEP_HAS_PROTO, .proto = number }

static void protocol(void)
{
	static const struct row table[] = {
		{ "nothing asked, tcp", {}, PACKET(TCP, 1, 2), true },
		{ "nothing asked, proto 0", {}, NO_PORTS(0), true },
		{ "tcp is tcp", PROTO(TCP),
		  PACKET(TCP, 1, 2), true },
		{ "udp is not tcp", PROTO(TCP),
		  PACKET(UDP, 1, 2), false },
		{ "proto 0 can be asked for", PROTO(0),
		  PACKET(TCP, 1, 2), false },
	};

	matches(table, SIZE(table));
}

#define DPORT(first, last) \
	{ .has = SIDESTEP_HAS_DPORT, .dport = { first, last } }
#define SPORT(first, last) \
	{ .has = SIDESTEP_HAS_SPORT, .sport = { first, last } }
#define TCP_DPORT(first, last) \
	{ .has = SIDESTEP_HAS_DPORT | SIDESTEP_HAS_PROTO, .proto = TCP, \
	  .dport = { first, last } }

static void ports(void)
{
	static const struct row table[] = {
		{ "below", DPORT(10, 20), PACKET(TCP, 15, 9), false },
		{ "first", DPORT(10, 20), PACKET(TCP, 0, 10), true },
		{ "last", DPORT(10, 20), PACKET(UDP, 0, 20), true },
		{ "above", DPORT(10, 20), PACKET(TCP, 15, 21), false },
		{ "source", SPORT(10, 20), PACKET(TCP, 10, 9), true },
		{ "not source", SPORT(10, 20), PACKET(TCP, 9, 10), false },
		{ "all ports", DPORT(0, 65535), PACKET(UDP, 0, 65535), true },
		{ "both", { .has = SIDESTEP_HAS_SPORT | SIDESTEP_HAS_DPORT,
			    .sport = { 1, 1 }, .dport = { 2, 2 } },
		  PACKET(TCP, 1, 2), true },
		{ "one of both", { .has = SIDESTEP_HAS_SPORT | SIDESTEP_HAS_DPORT,
				   .sport = { 1, 1 }, .dport = { 2, 2 } },
		  PACKET(TCP, 2, 2), false },
		{ "no ports", DPORT(0, 65535), NO_PORTS(ICMP), false },
		{ "hidden: in doubt", DPORT(10, 20), HIDDEN(UDP), true },
		{ "hidden: of that protocol", TCP_DPORT(10, 20),
		  HIDDEN(TCP), true },
		{ "hidden: of another protocol", TCP_DPORT(10, 20),
		  HIDDEN(UDP), false },
	};

	matches(table, SIZE(table));
}

#define MARK(value, bits) \
	{ .has = SIDESTEP_HAS_MARK, .mark = value, .mask = bits }

static void marks(void)
{
	static const struct row table[] = {
		{ "the same", MARK(7, ALL_BITS), { .mark = 7 }, true },
		{ "another", MARK(7, ALL_BITS), { .mark = 5 }, false },
		{ "masked", MARK(1, 0xf), { .mark = 0x71 }, true },
		{ "masked, another", MARK(1, 0xf), { .mark = 0x17 }, false },
		{ "no mark", MARK(0, ALL_BITS), { .mark = 0 }, true },
		{ "no mark asked", MARK(0, ALL_BITS), { .mark = 1 }, false },
		{ "empty mask", MARK(0, 0), { .mark = 1 }, true },
		{ "highest bit", MARK(0x80000000, 0x80000000),
		  { .mark = 0x80000001 }, true },
	};

	matches(table, SIZE(table));
}

static void dscp(void)
{
	static const struct row table[] = {
		{ "the same", { .has = SIDESTEP_HAS_DSCP, .dscp = 46 },
		  { .dscp = 46 }, true },
		{ "another", { .has = SIDESTEP_HAS_DSCP, .dscp = 46 },
		  { .dscp = 0 }, false },
		{ "0 can be asked for", { .has = SIDESTEP_HAS_DSCP, .dscp = 0 },
		  { .dscp = 1 }, false },
	};

	matches(table, SIZE(table));
}

static const __u64 leaf = 0x123;

#define UID(first, last) { .has = SIDESTEP_HAS_UID, .uid = { first, last } }
#define CGROUP(id) { .has = SIDESTEP_HAS_CGROUP, .cgroup = id }

static void owners(void)
{
	static const struct row table[] = {
		{ "uid first", UID(5, 7), { .owned = true, .uid = 5 }, true },
		{ "uid last", UID(5, 7), { .owned = true, .uid = 7 }, true },
		{ "uid below", UID(5, 7), { .owned = true, .uid = 4 }, false },
		{ "uid above", UID(5, 7), { .owned = true, .uid = 8 }, false },
		{ "root", UID(0, 0), { .owned = true, .uid = 0 }, true },
		{ "nobody's is not root's", UID(0, 0), { .uid = 0 }, false },
		{ "cgroup itself", CGROUP(0x123),
		  { .owned = true, .cgroup = &leaf }, true },
		{ "its parent", CGROUP(0x12),
		  { .owned = true, .cgroup = &leaf }, true },
		{ "the root", CGROUP(1),
		  { .owned = true, .cgroup = &leaf }, true },
		{ "a child", CGROUP(0x1234),
		  { .owned = true, .cgroup = &leaf }, false },
		{ "a sibling", CGROUP(0x124),
		  { .owned = true, .cgroup = &leaf }, false },
		{ "cgroup of nobody", CGROUP(0x123), { .cgroup = &leaf }, false },
		{ "no cgroup", CGROUP(0x123), { .owned = true }, false },
	};

	matches(table, SIZE(table));
}

/* All seven fields; each in turn does not hold. */
static void all_must_hold(void)
{
	static const struct sidestep_selector selector = {
		.has = 127, .proto = TCP, .dscp = 8, .sport = { 1, 1 },
		.dport = { 2, 2 }, .mark = 3, .mask = ALL_BITS,
		.uid = { 4, 4 }, .cgroup = 0x123,
	};
	static const struct sidestep_view good = {
		.upper = UPPER(TCP, 1, 2), .dscp = 8, .owned = true, .mark = 3,
		.uid = 4, .cgroup = &leaf,
	};
	static const __u64 other = 9;
	struct sidestep_view bad[7];

	for (size_t i = 0; i < SIZE(bad); i++)
		bad[i] = good;
	bad[0].upper.proto = UDP;
	bad[1].upper.sport = 9;
	bad[2].upper.dport = 9;
	bad[3].dscp = 9;
	bad[4].mark = 9;
	bad[5].uid = 9;
	bad[6].cgroup = &other;
	EXPECT(sidestep_selector_match(&selector, &good));
	for (size_t i = 0; i < SIZE(bad); i++)
		ktap_expect(!sidestep_selector_match(&selector, &bad[i]),
			    __LINE__, "field %zu does not count", i);
}

static void which_have_ports(void)
{
	static const __u8 with[] = { 6, 17, 33, 132, 136 };
	unsigned int proto, found = 0;

	for (size_t i = 0; i < SIZE(with); i++)
		EXPECT(sidestep_selector_has_ports(with[i]));
	for (proto = 0; proto < 256; proto++)
		found += sidestep_selector_has_ports(proto);
	EXPECT(found == SIZE(with));
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "selector: protocol", protocol },
		{ "selector: ports, and fragments without", ports },
		{ "selector: mark and mask", marks },
		{ "selector: DSCP", dscp },
		{ "selector: uid and cgroup", owners },
		{ "selector: all fields must hold", all_must_hold },
		{ "selector: protocols with ports", which_have_ports },
	};

	return ktap_run(KTAP_CASES(cases));
}
