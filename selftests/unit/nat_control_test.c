// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Host 1 is the NAT, with 192.0.2.1 and 2001:db8::1 on l0, and at the same time what is
 * behind it, 10.0.0.2 and fd00::2; host 0 is the world.
 */
#include "../../userspace/mno/nat_control.h"

#include "datagrams.h"
#include "ktap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	INSIDE = 51820,
	OUTSIDE = 4000,
	WORLD = 5000,
	/* Much is not to come. */
	PATIENCE_MS = 200,
};

static const char *const inside_addr[] = { "10.0.0.2", "fd00::2" };
static const char *const outside_addr[] = { "192.0.2.1", "2001:db8::1" };
static const char *const world_addr[] = { "192.0.2.2", "2001:db8::2" };
static struct nat_control *nat;

static struct nat_mapping mapping(enum family family, uint16_t inside, uint16_t outside)
{
	return (struct nat_mapping){
		.inside = address(family, inside_addr[family], inside),
		.outside = address(family, outside_addr[family], outside),
		.lifetime_s = 60,
	};
}

static int map_it(const struct nat_mapping *map)
{
	const char *why;

	return nat_control_nft.map(nat, map, &why);
}

static void begin(void)
{
	hosts_enter(1);
	if (nat_control_nft.open(&nat, "l0"))
		abort();
}

static void end(void)
{
	nat_control_nft.close(nat);
	if (!hosts_run(1, "nft delete table inet prosefd-nat"))
		abort();
}

/* Other ports of the world each time, so that no connection is an old one. */
static void both_ways(enum family family)
{
	static uint16_t next = WORLD;
	struct sockaddr_storage world = address(family, world_addr[family], next++);
	struct sockaddr_storage asked = address(family, world_addr[family], next++);
	struct nat_mapping map = mapping(family, INSIDE, OUTSIDE);
	int in = open_socket(1, map.inside, PATIENCE_MS);
	int out = open_socket(0, world, PATIENCE_MS);
	int other = open_socket(0, asked, PATIENCE_MS);

	hosts_enter(1);
	EXPECT(!comes_as(out, map.outside, in, world));
	EXPECT(!map_it(&map));
	/* From whom nothing was sent to, and to whom nothing came from. */
	EXPECT(comes_as(other, map.outside, in, asked));
	close(other);
	world = address(family, world_addr[family], next);
	other = open_socket(0, address(family, world_addr[family], next++), PATIENCE_MS);
	EXPECT(comes_as(in, world, other, map.outside));
	nat_control_nft.unmap(nat, &map);
	close(other);
	asked = address(family, world_addr[family], next);
	other = open_socket(0, address(family, world_addr[family], next++), PATIENCE_MS);
	EXPECT(!comes_as(other, map.outside, in, asked));
	close(in);
	close(out);
	close(other);
}

static void test_both_ways(void)
{
	begin();
	both_ways(V4);
	both_ways(V6);
	end();
}

static void test_taken(void)
{
	struct nat_mapping one = mapping(V4, INSIDE, OUTSIDE);
	struct nat_mapping other = mapping(V4, INSIDE + 1, OUTSIDE);
	struct nat_mapping second = mapping(V4, INSIDE, OUTSIDE + 1), crossed;

	begin();
	EXPECT(!map_it(&one));
	EXPECT(!map_it(&one));
	EXPECT(map_it(&other) == -EEXIST);
	EXPECT(map_it(&second) == -EEXIST);
	/* They do not take away what is not theirs. */
	nat_control_nft.unmap(nat, &other);
	EXPECT(map_it(&other) == -EEXIST);
	nat_control_nft.unmap(nat, &one);
	nat_control_nft.unmap(nat, &one);
	EXPECT(!map_it(&other));
	/* Nor one half of each of two. */
	EXPECT(!map_it(&second));
	crossed = mapping(V4, INSIDE, OUTSIDE);
	nat_control_nft.unmap(nat, &crossed);
	EXPECT(map_it(&crossed) == -EEXIST);
	end();
}

static bool is_listed(const char *what)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "nft list table inet prosefd-nat | grep -q '%s'", what);
	return hosts_run(1, command);
}

static void test_lifetime(void)
{
	struct nat_mapping map = mapping(V4, INSIDE, OUTSIDE);

	begin();
	map.lifetime_s = 1;
	EXPECT(!map_it(&map));
	map.lifetime_s = 3600;
	EXPECT(!map_it(&map));
	EXPECT(is_listed("timeout 1h") && !is_listed("timeout 1s"));
	map.lifetime_s = 1;
	EXPECT(!map_it(&map));
	sleep(2);
	EXPECT(!is_listed("51820"));
	/* Another process begins with none. */
	map.lifetime_s = 3600;
	EXPECT(!map_it(&map));
	nat_control_nft.close(nat);
	EXPECT(is_listed("timeout 1h"));
	begin();
	EXPECT(!is_listed("51820"));
	end();
}

static void test_bad(void)
{
	struct nat_mapping map = mapping(V4, INSIDE, OUTSIDE);
	struct nat_control *other;

	begin();
	map.lifetime_s = 0;
	EXPECT(map_it(&map) == -EINVAL);
	map = mapping(V4, INSIDE, 0);
	EXPECT(map_it(&map) == -EINVAL);
	map = mapping(V4, INSIDE, OUTSIDE);
	map.outside = address(V6, outside_addr[V6], OUTSIDE);
	EXPECT(map_it(&map) == -EINVAL);
	memset(&map.inside, 0, sizeof(map.inside));
	EXPECT(map_it(&map) == -EINVAL);
	EXPECT(nat_control_nft.open(&other, "l0\" accept; #") == -EINVAL);
	EXPECT(nat_control_nft.open(&other, "") == -EINVAL);
	end();
	nat_control_nft.close(NULL);
}

static const struct ktap_case cases[] = {
	{ "nat_control: in, out, and no more", test_both_ways },
	{ "nat_control: what is another's stays another's", test_taken },
	{ "nat_control: lifetimes", test_lifetime },
	{ "nat_control: bad mappings", test_bad },
};

int main(void)
{
	if (!hosts_open() || !hosts_run(1, "nft list ruleset > /dev/null 2>&1")) {
		printf("KTAP version 1\n1..1\nok 1 nat_control # SKIP no nftables for this user\n");
		return 4;
	}
	if (!hosts_run(0, "ip addr add 192.0.2.2/24 dev l0 && ip addr add 2001:db8::2/64 dev l0 nodad && ip link set lo up") ||
	    !hosts_run(1, "ip addr add 192.0.2.1/24 dev l0 && ip addr add 2001:db8::1/64 dev l0 nodad && ip link set lo up && ip addr add 10.0.0.2/32 dev lo && ip addr add fd00::2/128 dev lo nodad"))
		abort();
	return ktap_run(KTAP_CASES(cases));
}
