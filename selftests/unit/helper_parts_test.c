// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * helper_parts_test: what the helper decides without asking anybody: endpoint,
 * own_addrs, standby, kernel_diff
 */
#include "ktap.h"
#include "../../userspace/ue/endpoint.h"
#include "../../userspace/ue/kernel_diff.h"
#include "../../userspace/ue/own_addrs.h"
#include "../../userspace/ue/standby.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define NS 1000000000ull

static const struct rtnl_prefix four = { AF_INET, 24, { 10, 77, 0, 1 } };
static const struct rtnl_prefix four_too = { AF_INET, 24, { 10, 78, 0, 1 } };
static const struct rtnl_prefix six = { AF_INET6, 64, { 0xfd, 0x77, [15] = 1 } };
static const struct rtnl_prefix local = { AF_INET6, 64, { 0xfe, 0x80, [15] = 1 } };

/* --- own_addrs ------------------------------------------------------------ */

static bool has_just(const struct own_addrs *own, const struct rtnl_prefix *a,
		     const struct rtnl_prefix *b)
{
	return own->n == (size_t)!!a + !!b && (!a || !memcmp(&own->addr[0], a, sizeof(*a))) &&
	       (!b || !memcmp(&own->addr[1], b, sizeof(*b)));
}

static void test_own_addrs(void)
{
	struct rtnl_prefix now[] = { six, local, four };
	struct own_addrs own = {};

	EXPECT(own_addrs_update(&own, now, 3, 1) && has_just(&own, &four, &six));
	EXPECT(!own_addrs_update(&own, now, 3, 2));
	EXPECT(!own_addrs_update(&own, now + 2, 1, 3) &&
		!own_addrs_update(&own, now + 2, 1, 3 + OWN_ADDRS_PATIENCE_S - 1) &&
		has_just(&own, &four, &six));
	EXPECT(own_addrs_update(&own, now + 2, 1, 3 + OWN_ADDRS_PATIENCE_S) &&
		has_just(&own, &four, NULL));
}

static void test_own_addrs_away(void)
{
	struct rtnl_prefix now[] = { four, four_too };
	struct own_addrs own = {};

	own_addrs_update(&own, now, 2, 1);
	own_addrs_update(&own, now, 1, 2);
	own_addrs_away(&own);
	EXPECT(!own_addrs_update(&own, now, 1, 2 + OWN_ADDRS_PATIENCE_S) &&
		has_just(&own, &four, &four_too));
}

static void test_own_addrs_many(void)
{
	struct rtnl_prefix now[2 * OFFER_MAX_ADDRS];
	struct own_addrs own = {};

	for (size_t i = 0; i < 2 * OFFER_MAX_ADDRS; i++) {
		now[i] = four;
		now[i].addr[3] = i + 1;
	}
	own_addrs_update(&own, now, 2 * OFFER_MAX_ADDRS, 1);
	EXPECT(own.n == OFFER_MAX_ADDRS);
}

/* --- endpoint ------------------------------------------------------------- */

static bool is_port(const struct endpoint *endpoint, uint16_t port)
{
	const struct sockaddr_in *in = (const void *)endpoint_now(endpoint);

	return port ? in->sin_family == AF_INET && in->sin_port == htons(port) :
		      in->sin_family == AF_UNSPEC;
}

static void test_endpoint(void)
{
	struct sockaddr_storage at[ENDPOINT_SOURCES] = {};
	struct endpoint endpoint = {};

	EXPECT(is_port(&endpoint, 0));
	for (int i = ENDPOINT_SOURCES - 1; i >= 0; i--) {
		*(struct sockaddr_in *)&at[i] = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_port = htons(i + 1),
		};
		EXPECT(endpoint_say(&endpoint, i, &at[i]));
		EXPECT(!endpoint_say(&endpoint, i, &at[i]));
		EXPECT(is_port(&endpoint, ENDPOINT_SOURCES));
	}
	endpoint.hold = true;
	EXPECT(is_port(&endpoint, 0));
	endpoint.hold = false;
	for (int i = ENDPOINT_SOURCES - 1; i >= 0; i--) {
		EXPECT(is_port(&endpoint, i + 1));
		EXPECT(endpoint_say(&endpoint, i, NULL));
	}
	EXPECT(is_port(&endpoint, 0));
}

/* --- standby -------------------------------------------------------------- */

static void test_standby(void)
{
	struct standby standby = {};

	EXPECT(standby_per_day(&standby, 5, 1) == -1);
	standby_update(&standby, true, 1000, 1);
	EXPECT(standby_counts(&standby));
	EXPECT(standby_per_day(&standby, 2000, (STANDBY_LEAST_S - 1) * NS) == -1);
	EXPECT(standby_per_day(&standby, 2000, 864 * NS + 1) == 100000);
	standby_update(&standby, false, 2000, 864 * NS + 1);
	standby_update(&standby, true, 900000, 2 * 864 * NS + 1);
	EXPECT(standby_per_day(&standby, 903000, 3 * 864 * NS + 1) == 200000);
	standby_update(&standby, true, 10, 3 * 864 * NS + 1);
	EXPECT(standby_per_day(&standby, 10, 3 * 864 * NS + 1) == 50000);
}

/* --- kernel_diff ---------------------------------------------------------- */

static const struct conf_session conf = { .direct = "wlan0", .tunnel = "wg0" };

static const struct stored stored = {
	.has_keys = true,
	.keys = { .id = 7 },
	.has_peer = true,
	.peer = {
		.n_addrs = 2,
		.addr = { { AF_INET, 24, { 10, 77, 0, 2 } },
			  { AF_INET6, 64, { 0xfd, 0x77, [15] = 2 } } },
	},
};

/* As the kernel tells it. */
static struct session told(void)
{
	struct session s = { .id = 7, .n_peers = 2 };

	s.has |= 1ull << SIDESTEP_A_ID;
	for (size_t i = 0; i < s.n_peers; i++) {
		s.peer[i].len = stored.peer.addr[i].family == AF_INET ? 4 : 16;
		memcpy(s.peer[i].addr, stored.peer.addr[i].addr, s.peer[i].len);
	}
	s.path[SIDESTEP_PATH_DIRECT].has = s.path[SIDESTEP_PATH_INFRA].has = 1;
	strcpy(s.path[SIDESTEP_PATH_DIRECT].ifname, "wlan0");
	strcpy(s.path[SIDESTEP_PATH_INFRA].ifname, "wg0");
	return s;
}

static bool differs(const struct session *s, bool new_keys, unsigned int flags)
{
	struct kernel_config config;

	kernel_diff(&config, &conf, &stored, s, new_keys);
	return config.flags == flags;
}

static void test_kernel_diff(void)
{
	struct session same = told(), s = {};

	EXPECT(differs(&s, false, KERNEL_CONFIG_ALL));
	EXPECT(differs(&same, false, 0));
	EXPECT(differs(&same, true, KERNEL_CONFIG_ID | KERNEL_CONFIG_KEYS));
	s = same;
	s.id = 8;
	EXPECT(differs(&s, false, KERNEL_CONFIG_ID | KERNEL_CONFIG_KEYS));
	s = same;
	s.peer[0] = same.peer[1];
	s.peer[1] = same.peer[0];
	EXPECT(differs(&s, false, KERNEL_CONFIG_PEERS));
	s = same;
	s.peer[1].is_prefix = true;
	EXPECT(differs(&s, false, KERNEL_CONFIG_PEERS));
	s = same;
	s.path[SIDESTEP_PATH_DIRECT].ifname[0] = 'x';
	EXPECT(differs(&s, false, KERNEL_CONFIG_DIRECT));
	s = same;
	s.path[SIDESTEP_PATH_INFRA].has = 0;
	EXPECT(differs(&s, false, KERNEL_CONFIG_INFRA));
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "own addresses: one that is missing is kept for a while", test_own_addrs },
		{ "own addresses: time in which the device is away does not count",
		  test_own_addrs_away },
		{ "own addresses: no more than can be offered", test_own_addrs_many },
		{ "endpoint: the best that was said, none while it is held back",
		  test_endpoint },
		{ "standby: what it costs a day, while it stands by", test_standby },
		{ "kernel: it is told what differs", test_kernel_diff },
	};

	return ktap_run(KTAP_CASES(cases));
}
