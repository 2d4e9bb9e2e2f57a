// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_fast.h"
#include "forwarding.h"

#include "../common/log.h"
#include "../common/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	/* The process ends a relay before the kernel does. */
	MORE_S = 10,
	/* Part of a second's rate that may come at once */
	BURST = 4,
	/* Before it is said that all are eaten. */
	EATEN_PACKETS = 8,
	UDP_HEADER = 8,
	HEADERS4 = 20 + UDP_HEADER,
	HEADERS6 = 40 + UDP_HEADER,
};

#define TABLE "inet prosefd"
#define KEY4 "ip saddr . udp sport . udp dport"
#define KEY6 "ip6 saddr . udp sport . udp dport"
#define FLOW4 "ip saddr . udp sport . ip daddr . udp dport"
#define FLOW6 "ip6 saddr . udp sport . ip6 daddr . udp dport"
/* The type of a message is its first byte; 4 is data. */
#define HANDSHAKE "@th,64,8 != 4 meta l4proto @process"

/* What is over the rate is not in @pace, but in @live. */
static const char sets[] =
	"add table " TABLE "\n"
	"add set " TABLE " pace4 { type ipv4_addr . inet_service . inet_service; flags timeout; limit rate 1 mbytes/second; counter; }\n"
	"add set " TABLE " live4 { type ipv4_addr . inet_service . inet_service; flags timeout; counter; }\n"
	"add map " TABLE " daddr4 { type ipv4_addr . inet_service . inet_service : ipv4_addr; }\n"
	"add map " TABLE " dport4 { type ipv4_addr . inet_service . inet_service : inet_service; }\n"
	"add map " TABLE " sport4 { type ipv4_addr . inet_service . ipv4_addr . inet_service : inet_service; counter; }\n"
	"add set " TABLE " pace6 { type ipv6_addr . inet_service . inet_service; flags timeout; limit rate 1 mbytes/second; counter; }\n"
	"add set " TABLE " live6 { type ipv6_addr . inet_service . inet_service; flags timeout; counter; }\n"
	"add map " TABLE " daddr6 { type ipv6_addr . inet_service . inet_service : ipv6_addr; }\n"
	"add map " TABLE " dport6 { type ipv6_addr . inet_service . inet_service : inet_service; }\n"
	"add map " TABLE " sport6 { type ipv6_addr . inet_service . ipv6_addr . inet_service : inet_service; counter; }\n"
	"add set " TABLE " process { type inet_proto; flags timeout; }\n"
	"add chain " TABLE " go4\n"
	"add chain " TABLE " in4\n"
	"add chain " TABLE " go6\n"
	"add chain " TABLE " in6\n"
	"add chain " TABLE " pre { type filter hook prerouting priority raw; }\n"
	"add chain " TABLE " post { type filter hook postrouting priority srcnat; }\n"
	"flush table " TABLE "\n";

static const char rules[] =
	"add rule " TABLE " go4 ip daddr set " KEY4 " map @daddr4 udp dport set " KEY4 " map @dport4 notrack accept\n"
	"add rule " TABLE " in4 ip frag-off & 0x3fff != 0 return\n"
	"add rule " TABLE " in4 " HANDSHAKE " return\n"
	"add rule " TABLE " in4 " KEY4 " @pace4 goto go4\n"
	"add rule " TABLE " in4 " KEY4 " @live4 drop\n"
	"add rule " TABLE " go6 ip6 daddr set " KEY6 " map @daddr6 udp dport set " KEY6 " map @dport6 notrack accept\n"
	"add rule " TABLE " in6 exthdr frag exists return\n"
	"add rule " TABLE " in6 " HANDSHAKE " return\n"
	"add rule " TABLE " in6 " KEY6 " @pace6 goto go6\n"
	"add rule " TABLE " in6 " KEY6 " @live6 drop\n";

/**
 * struct relay_fast - see there
 * @nft: what is gathered
 * @can4: forwarding is on
 * @can6: likewise
 * @bytes_s: of each direction
 * @trusted: something has gone all the way
 */
struct relay_fast {
	struct nft *nft;
	bool can4;
	bool can6;
	uint64_t bytes_s;
	bool trusted;
};

int relay_fast_commit(struct relay_fast *fast, const char **why)
{
	return nft_commit(fast->nft, why);
}

/* --- paths ---------------------------------------------------------------- */

/**
 * struct end - of a path, as text
 * @addr: of the latched source
 * @port: of the source
 * @relay: of the relay, where it sends to
 */
struct end {
	char addr[INET6_ADDRSTRLEN];
	unsigned int port;
	unsigned int relay;
};

static int family_digit(const struct relay_fast_path *path)
{
	return path->source[RELAY_A].ss_family == AF_INET ? 4 : 6;
}

static void end_of(struct end *end, const struct relay_fast_path *path,
		   enum relay_side side)
{
	const struct sockaddr_storage *source = &path->source[side];
	const struct sockaddr_in6 *sin6 = (const void *)source;
	const struct sockaddr_in *sin = (const void *)source;

	end->relay = path->port[side];
	if (source->ss_family == AF_INET) {
		inet_ntop(AF_INET, &sin->sin_addr, end->addr, sizeof(end->addr));
		end->port = ntohs(sin->sin_port);
	} else {
		inet_ntop(AF_INET6, &sin6->sin6_addr, end->addr, sizeof(end->addr));
		end->port = ntohs(sin6->sin6_port);
	}
}

static void add_set_elements(struct relay_fast *fast, int digit, const char *key,
			     uint64_t lifetime_s)
{
	nft_add(fast->nft, "add element " TABLE " pace%d { %s limit rate %" PRIu64
	    " bytes/second burst %" PRIu64 " bytes counter timeout %" PRIu64 "s }\n",
	    digit, key, fast->bytes_s, fast->bytes_s / BURST + 1, lifetime_s);
	nft_add(fast->nft, "add element " TABLE " live%d { %s timeout %" PRIu64 "s }\n", digit,
	    key, lifetime_s);
}

static void add_one_way(struct relay_fast *fast, int digit, const struct end *from,
			const struct end *to, uint64_t lifetime_s)
{
	char key[INET6_ADDRSTRLEN + 32];

	snprintf(key, sizeof(key), "%s . %u . %u", from->addr, from->port, from->relay);
	add_set_elements(fast, digit, key, lifetime_s);
	nft_add(fast->nft, "add element " TABLE " daddr%d { %s : %s }\n", digit, key, to->addr);
	nft_add(fast->nft, "add element " TABLE " dport%d { %s : %u }\n", digit, key, to->port);
	nft_add(fast->nft, "add element " TABLE " sport%d { %s . %u . %s . %u : %u }\n", digit,
	    from->addr, from->port, to->addr, to->port, to->relay);
}

static void del_one_way(struct relay_fast *fast, int digit, const struct end *from,
			const struct end *to)
{
	static const char *const by_key[] = { "pace", "live", "daddr", "dport" };

	for (size_t i = 0; i < sizeof(by_key) / sizeof(*by_key); i++)
		nft_add(fast->nft, "delete element " TABLE " %s%d { %s . %u . %u }\n", by_key[i],
		    digit, from->addr, from->port, from->relay);
	nft_add(fast->nft, "delete element " TABLE " sport%d { %s . %u . %s . %u }\n", digit,
	    from->addr, from->port, to->addr, to->port);
}

void relay_fast_add(struct relay_fast *fast, const struct relay_fast_path *path,
		    uint64_t lifetime_s)
{
	int digit = family_digit(path);
	struct end a, b;

	end_of(&a, path, RELAY_A);
	end_of(&b, path, RELAY_B);
	add_one_way(fast, digit, &a, &b, lifetime_s + MORE_S);
	add_one_way(fast, digit, &b, &a, lifetime_s + MORE_S);
}

void relay_fast_del(struct relay_fast *fast, const struct relay_fast_path *path)
{
	int digit = family_digit(path);
	struct end a, b;

	end_of(&a, path, RELAY_A);
	end_of(&b, path, RELAY_B);
	del_one_way(fast, digit, &a, &b);
	del_one_way(fast, digit, &b, &a);
}

void relay_fast_del_all(struct relay_fast *fast)
{
	static const char *const all[] = {
		"set", "pace", "set", "live", "map", "daddr", "map", "dport", "map", "sport",
	};

	nft_forget(fast->nft);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i += 2)
		for (int digit = 4; digit <= 6; digit += 2)
			nft_add(fast->nft, "flush %s " TABLE " %s%d\n", all[i], all[i + 1], digit);
}

void relay_fast_alive(struct relay_fast *fast)
{
	nft_add(fast->nft, "flush set " TABLE " process\n");
	nft_add(fast->nft, "add element " TABLE " process { udp timeout %ds }\n", RELAY_FAST_ALIVE_S);
}

/* --- counters ------------------------------------------------------------- */

/* "KEY . PORT ... counter packets N bytes N ...", or in a map "... bytes N : PORT" */
bool relay_fast_parse(const char *line, uint16_t *port, uint64_t *packets,
		      uint64_t *bytes)
{
	const char *counter = strstr(line, " counter packets "), *at;
	unsigned int number;
	int used = 0;

	if (!counter || sscanf(counter, " counter packets %" SCNu64 " bytes %" SCNu64 "%n",
			       packets, bytes, &used) != 2)
		return false;
	at = counter + used;
	if (sscanf(at, " : %u", &number) != 1) {
		for (at = counter; at > line && strncmp(at, " . ", 3); at--)
			;
		if (at == line || sscanf(at, " . %u", &number) != 1)
			return false;
	}
	*port = number;
	return number <= UINT16_MAX;
}

/**
 * struct reading - what is made of a listing
 * @is_over: of a set of what is over the rate
 * @headers: what is not UDP payload of a packet
 * @cb: see relay_fast_read()
 * @data: likewise
 * @packets: sum
 */
struct reading {
	bool is_over;
	unsigned int headers;
	relay_fast_cb cb;
	void *data;
	uint64_t packets;
};

static void read_line(struct reading *reading, const char *line)
{
	struct relay_fast_count count = {};
	uint64_t packets, bytes;
	uint16_t port;

	if (!relay_fast_parse(line, &port, &packets, &bytes))
		return;
	reading->packets += packets;
	if (!reading->cb)
		return;
	if (reading->is_over) {
		count.over = packets;
	} else {
		count.packets = packets;
		count.bytes = bytes - packets * reading->headers;
	}
	reading->cb(port, reading->is_over, &count, reading->data);
}

static int list(struct relay_fast *fast, const char *what, struct reading *reading)
{
	char command[64], *text, *line;
	const char *why;

	snprintf(command, sizeof(command), "list %s", what);
	text = nft_ask(fast->nft, command, &why);
	if (!text)
		return -EIO;
	for (char *rest = text; (line = strsep(&rest, "\n"));)
		read_line(reading, line);
	free(text);
	return 0;
}

int relay_fast_read(struct relay_fast *fast, relay_fast_cb cb, void *data)
{
	struct reading went4 = { false, HEADERS4, cb, data, 0 };
	struct reading went6 = { false, HEADERS6, cb, data, 0 };
	struct reading over = { true, 0, cb, data, 0 };
	int err;

	err = list(fast, "map " TABLE " sport4", &went4);
	err = err ?: list(fast, "map " TABLE " sport6", &went6);
	err = err ?: list(fast, "set " TABLE " live4", &over);
	err = err ?: list(fast, "set " TABLE " live6", &over);
	fast->trusted |= went4.packets + went6.packets > 0;
	return err;
}

bool relay_fast_eaten(struct relay_fast *fast, bool *trusted)
{
	struct reading came = {};

	*trusted = fast->trusted;
	return !*trusted && !list(fast, "set " TABLE " pace4", &came) &&
	       !list(fast, "set " TABLE " pace6", &came) &&
	       came.packets >= EATEN_PACKETS;
}

/* --- the table ------------------------------------------------------------ */

static void add_rules4(struct relay_fast *fast, const struct relays_conf *conf)
{
	char addr[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &conf->listen4, addr, sizeof(addr));
	nft_add(fast->nft, "add rule " TABLE " pre ip daddr %s udp dport %u-%u goto in4\n", addr,
	    conf->port_min, conf->port_max);
	nft_add(fast->nft, "add rule " TABLE " post udp sport set " FLOW4
	    " map @sport4 ip saddr set %s\n", addr);
}

static void add_rules6(struct relay_fast *fast, const struct relays_conf *conf)
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &conf->listen6, addr, sizeof(addr));
	nft_add(fast->nft, "add rule " TABLE " pre ip6 daddr %s udp dport %u-%u goto in6\n", addr,
	    conf->port_min, conf->port_max);
	nft_add(fast->nft, "add rule " TABLE " post udp sport set " FLOW6
	    " map @sport6 ip6 saddr set %s\n", addr);
}

static void add_all(struct relay_fast *fast, const struct relays_conf *conf)
{
	nft_add(fast->nft, "%s%s", sets, rules);
	if (fast->can4)
		add_rules4(fast, conf);
	if (fast->can6)
		add_rules6(fast, conf);
}

/* A table of another version may be in the way. */
static int make_table(struct relay_fast *fast, const struct relays_conf *conf)
{
	const char *why;
	int err;

	add_all(fast, conf);
	err = relay_fast_commit(fast, &why);
	if (err) {
		nft_add(fast->nft, "add table " TABLE "\ndelete table " TABLE "\n");
		add_all(fast, conf);
		err = relay_fast_commit(fast, &why);
	}
	if (err)
		log_say(LOG_NOTICE, NULL, "the kernel does not forward for relays: %s",
			why);
	return err;
}

static int start(struct relay_fast *fast, const struct relays_conf *conf)
{
	fast->nft = nft_open();
	if (!fast->nft)
		return -ENOMEM;
	fast->bytes_s = conf->limits.bytes_s ?: UINT32_MAX;
	fast->can4 = conf->listen4.s_addr && forwarding_is_on(AF_INET);
	fast->can6 = !IN6_IS_ADDR_UNSPECIFIED(&conf->listen6) &&
		     forwarding_is_on(AF_INET6);
	if (!fast->can4 && !fast->can6) {
		log_say(LOG_NOTICE, NULL,
			"the kernel does not forward for relays: forwarding is off");
		return -EOPNOTSUPP;
	}
	return make_table(fast, conf);
}

int relay_fast_open(struct relay_fast **result, const struct relays_conf *conf)
{
	struct relay_fast *fast = calloc(1, sizeof(*fast));
	int err;

	if (!fast)
		return -ENOMEM;
	err = start(fast, conf);
	if (err) {
		relay_fast_close(fast, true);
		return err;
	}
	*result = fast;
	return 0;
}

void relay_fast_close(struct relay_fast *fast, bool keep)
{
	const char *why;

	if (!fast)
		return;
	if (!keep) {
		nft_forget(fast->nft);
		nft_add(fast->nft, "delete table " TABLE "\n");
		nft_commit(fast->nft, &why);
	}
	nft_close(fast->nft);
	free(fast);
}

bool relay_fast_can(const struct relay_fast *fast, int family)
{
	return fast && (family == AF_INET ? fast->can4 : fast->can6);
}
