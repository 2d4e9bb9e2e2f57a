// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Host 1 has the tunnel's port; host 0 is the relay.
 */
#include "../../userspace/ue/relay_alias.h"

#include "datagrams.h"
#include "ktap.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

enum {
	TUNNEL = 51820,
	RELAY = 40000,
	PEER = 4321,
	PATIENCE_MS = 2000,
};

static const char *const tunnel_addr[] = { "192.0.2.1", "2001:db8::1" };
static const char *const relay_addr[] = { "192.0.2.2", "2001:db8::2" };
static const char *const peer_addr[] = { "192.0.2.77", "2001:db8::77" };

static bool refuses_netfilter;

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);

int __wrap_socket(int domain, int type, int protocol)
{
	if (!refuses_netfilter || domain != AF_NETLINK || protocol != NETLINK_NETFILTER)
		return __real_socket(domain, type, protocol);
	errno = EPROTONOSUPPORT;
	return -1;
}

/* Fragments come whole, as the relay's. */
static bool fragments_come(int from, struct sockaddr_storage to, int fd)
{
	static char out[4000], in[sizeof(out) + 1];

	memset(out, 'x', sizeof(out));
	sendto(from, out, sizeof(out), 0, (void *)&to, length(&to));
	return recv(fd, in, sizeof(in), 0) == sizeof(out) && !memcmp(in, out, sizeof(out));
}

static void in_family(enum family family)
{
	struct sockaddr_storage tunnel = address(family, tunnel_addr[family], TUNNEL);
	struct sockaddr_storage beside = address(family, tunnel_addr[family], TUNNEL + 1);
	struct sockaddr_storage relay = address(family, relay_addr[family], RELAY);
	struct sockaddr_storage other = address(family, relay_addr[family], RELAY + 1);
	struct sockaddr_storage peer = address(family, peer_addr[family], PEER);
	struct sockaddr_storage third = address(family, peer_addr[family], PEER + 1);
	int at_tunnel = open_socket(1, tunnel, PATIENCE_MS);
	int at_beside = open_socket(1, beside, PATIENCE_MS);
	int at_relay = open_socket(0, relay, PATIENCE_MS);
	int at_other = open_socket(0, other, PATIENCE_MS);
	struct nft *alias, *other_owner;
	const char *why;

	hosts_enter(1);
	alias = nft_open();
	EXPECT(comes_as(at_relay, tunnel, at_tunnel, relay));
	EXPECT(!relay_alias_add(alias, TUNNEL, &relay, &peer));
	EXPECT(!nft_commit(alias, &why));
	EXPECT(comes_as(at_relay, tunnel, at_tunnel, peer));
	EXPECT(comes_as(at_other, tunnel, at_tunnel, other));
	EXPECT(fragments_come(at_relay, tunnel, at_tunnel));
	EXPECT(comes_as(at_relay, beside, at_beside, relay));
	EXPECT(!relay_alias_add(alias, TUNNEL, &relay, &third));
	EXPECT(!nft_commit(alias, &why));
	EXPECT(comes_as(at_relay, tunnel, at_tunnel, third));
	/* Nobody else's. */
	EXPECT(hosts_run(1, "nft flush ruleset && ! nft delete table inet sidestep-51820 2> /dev/null"));
	EXPECT(comes_as(at_relay, tunnel, at_tunnel, third));
	other_owner = nft_open();
	EXPECT(!relay_alias_add(other_owner, TUNNEL, &relay, &peer));
	EXPECT(nft_commit(other_owner, &why) == -EIO && strstr(why, "not permitted"));
	nft_close(other_owner);
	EXPECT(comes_as(at_relay, tunnel, at_tunnel, third));
	nft_close(alias);
	EXPECT(!hosts_run(1, "nft list tables | grep -q sidestep"));
	EXPECT(comes_as(at_relay, tunnel, at_tunnel, relay));
}

static void test_v4(void)
{
	in_family(V4);
}

static void test_v6(void)
{
	in_family(V6);
}

static void test_families(void)
{
	struct sockaddr_storage relay = address(V4, relay_addr[V4], RELAY);
	struct sockaddr_storage peer = address(V6, peer_addr[V6], PEER);
	struct sockaddr_storage none = {};
	struct nft *alias = nft_open();

	EXPECT(relay_alias_add(alias, TUNNEL, &relay, &peer) == -EAFNOSUPPORT);
	EXPECT(relay_alias_add(alias, TUNNEL, &none, &peer) == -EAFNOSUPPORT);
	EXPECT(relay_alias_add(alias, TUNNEL, &none, &none) == -EAFNOSUPPORT);
	nft_close(alias);
}

static void test_without(void)
{
	refuses_netfilter = true;
	EXPECT(!nft_open() && errno == EPROTONOSUPPORT);
	refuses_netfilter = false;
}

static const struct ktap_case cases[] = {
	{ "relay_alias: IPv4: the relay's, at the tunnel's port, as long as it is open", test_v4 },
	{ "relay_alias: IPv6: likewise", test_v6 },
	{ "relay_alias: other families", test_families },
	{ "relay_alias: a kernel without nftables", test_without },
};

int main(void)
{
	if (!hosts_open() || !hosts_run(1, "nft list ruleset > /dev/null 2>&1")) {
		printf("KTAP version 1\n1..1\nok 1 relay_alias # SKIP no nftables for this user\n");
		return 4;
	}
	if (!hosts_run(0, "ip addr add 192.0.2.2/24 dev l0 && ip addr add 2001:db8::2/64 dev l0 nodad") ||
	    !hosts_run(1, "ip addr add 192.0.2.1/24 dev l0 && ip addr add 2001:db8::1/64 dev l0 nodad"))
		abort();
	return ktap_run(KTAP_CASES(cases));
}
