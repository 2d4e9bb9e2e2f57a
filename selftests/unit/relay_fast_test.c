// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Relays that the kernel forwards: the function is host 1, both UEs are host 0, each with
 * addresses of its own. As long as nobody runs the loop the process forwards nothing.
 */
#include "../../userspace/mno/relay.h"
#include "../../userspace/mno/relay_fast.h"

#include "hosts.h"
#include "ktap.h"
#include "wg_fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/time.h>
#include <unistd.h>

enum { UE_A, UE_B, UE_A2, WHO };

static const uint8_t public[RELAY_SIDES][PF_WG_KEY_LEN] = { { 0xaa }, { 0xbb } };
static const char *const address4[WHO] = { "192.0.2.10", "192.0.2.11", "192.0.2.12" };
static const char *const address6[WHO] = { "2001:db8::a", "2001:db8::b", "2001:db8::c" };
static struct relays_conf conf;
static sd_event *event;
static struct relays *relays;
static struct relay *relay;
static int fd[WHO][2];
static int family;

static void on_latched(struct relay *which, enum relay_side side, void *data)
{
	(void)which;
	(void)side;
	(void)data;
}

static void on_ended(struct relay *which, enum relay_end end, void *data)
{
	(void)which;
	(void)end;
	(void)data;
	EXPECT(false);
}

static const struct relay_ops ops = { on_latched, on_ended };

static void settle(void)
{
	while (sd_event_run(event, 60000) > 0)
		;
}

/* --- hosts ---------------------------------------------------------------- */

static bool set_up_hosts(void)
{
	for (int who = 0; who < WHO; who++) {
		char command[128];

		snprintf(command, sizeof(command),
			 "ip addr add %s/24 dev l0 && ip addr add %s/64 dev l0 nodad",
			 address4[who], address6[who]);
		if (!hosts_run(0, command))
			return false;
	}
	return hosts_run(1, "ip addr add 192.0.2.1/24 dev l0 && ip addr add 2001:db8::1/64 dev l0 nodad && ip link set lo up") &&
	       hosts_run(1, "echo 1 > /proc/sys/net/ipv4/ip_forward && echo 1 > /proc/sys/net/ipv6/conf/all/forwarding") &&
	       hosts_run(1, "nft list ruleset");
}

static void open_sockets(void)
{
	struct timeval patience = { .tv_usec = 100000 };

	hosts_enter(0);
	for (int who = 0; who < WHO; who++)
		for (int i = 0; i < 2; i++) {
			struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
			struct sockaddr_in sin = { .sin_family = AF_INET };

			inet_pton(AF_INET, address4[who], &sin.sin_addr);
			inet_pton(AF_INET6, address6[who], &sin6.sin6_addr);
			fd[who][i] = socket(i ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
			if (bind(fd[who][i], i ? (void *)&sin6 : (void *)&sin,
				 i ? sizeof(sin6) : sizeof(sin)) ||
			    setsockopt(fd[who][i], SOL_SOCKET, SO_RCVTIMEO, &patience,
				       sizeof(patience)))
				abort();
		}
}

static socklen_t length(void)
{
	return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static void say(enum relay_side side, unsigned int who, struct wg_fake fake)
{
	struct sockaddr_storage to;

	relay_address(relay, side, family, &to);
	if (sendto(fd[who][family == AF_INET6], fake.buf, fake.len, 0, (void *)&to,
		   length()) < 0)
		abort();
}

/* got - a datagram, from that side's port, in time? */
static bool got(unsigned int who, enum relay_side side)
{
	struct sockaddr_storage from = {}, port;
	socklen_t len = sizeof(from);
	uint8_t buf[2048];

	relay_address(relay, side, family, &port);
	return recvfrom(fd[who][family == AF_INET6], buf, sizeof(buf), 0, (void *)&from,
			&len) > 0 && !memcmp(&from, &port, len);
}

static void drain(void)
{
	uint8_t buf[2048];

	for (int who = 0; who < WHO; who++)
		for (int i = 0; i < 2; i++)
			while (recv(fd[who][i], buf, sizeof(buf), MSG_DONTWAIT) >= 0)
				;
}

/* passes - data, and nobody runs the loop */
static bool passes(enum relay_side from, unsigned int who, unsigned int to)
{
	say(from, who, wg_fake_data());
	return got(to, !from);
}

/* --- relays --------------------------------------------------------------- */

static void open_table(int of_family)
{
	family = of_family;
	hosts_enter(1);
	if (relays_open(&relays, event, &conf, &ops))
		abort();
}

static void meet(unsigned int who)
{
	say(RELAY_A, who, wg_fake_initiation(public[RELAY_B], 0xa0));
	say(RELAY_B, UE_B, wg_fake_initiation(public[RELAY_A], 0xb0));
	settle();
	say(RELAY_A, who, wg_fake_response(public[RELAY_B], 0xb0));
	settle();
	drain();
}

static void open_met(int of_family)
{
	open_table(of_family);
	relays_settle(relays);
	if (relay_open(&relay, relays, "a@a.example", public, 60, NULL))
		abort();
	meet(UE_A);
}

static bool has_table(void)
{
	return hosts_run(1, "nft list table inet prosefd > /dev/null 2>&1");
}

static void pass(int of_family)
{
	open_met(of_family);
	EXPECT(relay_is_fast(relay));
	EXPECT(passes(RELAY_A, UE_A, UE_B) && passes(RELAY_B, UE_B, UE_A));
	EXPECT(!passes(RELAY_A, UE_A2, UE_B) && !passes(RELAY_B, UE_A, UE_A));
	EXPECT(!passes(RELAY_B, UE_A2, UE_A));
	relays_close(relays, false);
	EXPECT(!has_table());
}

static void test_pass(void)
{
	pass(AF_INET);
	pass(AF_INET6);
}

static void test_counted(void)
{
	struct relay_counters before, after;

	open_met(AF_INET6);
	relay_counters(relay, &before);
	for (int i = 0; i < 10; i++)
		passes(RELAY_A, UE_A, UE_B);
	passes(RELAY_B, UE_B, UE_A);
	/* The table asks the kernel each second, as long as nothing has ever passed. */
	for (int i = 0; i < 30; i++)
		sd_event_run(event, 100000);
	relay_counters(relay, &after);
	EXPECT(after.packets[RELAY_A] == before.packets[RELAY_A] + 10);
	EXPECT(after.packets[RELAY_B] == before.packets[RELAY_B] + 1);
	EXPECT(after.bytes[RELAY_A] == before.bytes[RELAY_A] + 10 * WG_FAKE_DATA_LEN);
	relays_close(relays, false);
}

static void test_handshake(void)
{
	open_met(AF_INET);
	say(RELAY_A, UE_A, wg_fake_initiation(public[RELAY_B], 0xa1));
	EXPECT(!got(UE_B, RELAY_B));
	settle();
	EXPECT(got(UE_B, RELAY_B));
	/* The process is thought to be dead. */
	sleep(RELAY_FAST_ALIVE_S + 1);
	say(RELAY_A, UE_A, wg_fake_initiation(public[RELAY_B], 0xa2));
	EXPECT(got(UE_B, RELAY_B));
	relays_close(relays, false);
}

static bool is_told_alive(void)
{
	return hosts_run(1, "nft list set inet prosefd process | grep -q udp");
}

/* The kernel is not spoken to each second for relays that are not its own. */
static void test_idle(void)
{
	open_table(AF_INET);
	relays_settle(relays);
	if (relay_open(&relay, relays, "a@a.example", public, 60, NULL))
		abort();
	EXPECT(is_told_alive() && hosts_run(1, "nft flush set inet prosefd process"));
	for (int i = 0; i < 15; i++)
		sd_event_run(event, 100000);
	EXPECT(!is_told_alive());
	meet(UE_A);
	EXPECT(relay_is_fast(relay) && is_told_alive());
	relays_close(relays, false);
}

static void test_rebind(void)
{
	open_met(AF_INET);
	say(RELAY_A, UE_A2, wg_fake_initiation(public[RELAY_B], 0xa1));
	settle();
	say(RELAY_B, UE_B, wg_fake_response(public[RELAY_A], 0xa1));
	settle();
	drain();
	EXPECT(relay_is_fast(relay) && passes(RELAY_A, UE_A2, UE_B));
	EXPECT(passes(RELAY_B, UE_B, UE_A2) && !passes(RELAY_A, UE_A, UE_B));
	relays_close(relays, false);
}

/* The table stays, the sockets do not; then it is taken over. */
static void test_restart(void)
{
	struct relay_state state;
	struct sockaddr_storage port;
	char c;

	open_met(AF_INET);
	relay_state(relay, &state);
	relay_address(relay, RELAY_A, AF_INET, &port);
	relays_close(relays, true);
	sendto(fd[UE_A][0], wg_fake_data().buf, WG_FAKE_DATA_LEN, 0, (void *)&port, length());
	EXPECT(recv(fd[UE_B][0], &c, 1, 0) == 1);
	open_table(AF_INET);
	EXPECT(!relay_restore(&relay, relays, "a@a.example", &state, NULL));
	EXPECT(passes(RELAY_A, UE_A, UE_B));
	relays_settle(relays);
	EXPECT(relay_is_fast(relay) && passes(RELAY_A, UE_A, UE_B));
	relays_close(relays, true);
	/* One that nobody wants any more ends. */
	open_table(AF_INET);
	EXPECT(!relay_restore(&relay, relays, "a@a.example", &state, NULL));
	relay_close(relay);
	relays_settle(relays);
	sendto(fd[UE_A][0], wg_fake_data().buf, WG_FAKE_DATA_LEN, 0, (void *)&port, length());
	EXPECT(recv(fd[UE_B][0], &c, 1, 0) < 0);
	relays_close(relays, false);
}

static void test_close(void)
{
	struct sockaddr_storage to;

	open_met(AF_INET);
	relay_address(relay, RELAY_A, AF_INET, &to);
	relay_close(relay);
	settle();
	sendto(fd[UE_A][0], wg_fake_data().buf, WG_FAKE_DATA_LEN, 0, (void *)&to, length());
	EXPECT(recv(fd[UE_B][0], &to, 1, 0) < 0);
	EXPECT(has_table());
	relays_close(relays, false);
}

/* Between the same sources only one can be the kernel's; it is the other one's turn then. */
static void test_same_pair(void)
{
	struct relay *first;

	open_met(AF_INET);
	first = relay;
	EXPECT(!relay_open(&relay, relays, "a@a.example", public, 60, NULL));
	meet(UE_A);
	EXPECT(relay_is_fast(first) && !relay_is_fast(relay));
	say(RELAY_A, UE_A, wg_fake_data());
	settle();
	EXPECT(got(UE_B, RELAY_B));
	relay_close(first);
	settle();
	EXPECT(relay_is_fast(relay) && passes(RELAY_A, UE_A, UE_B));
	relays_close(relays, false);
}

/* The host is no router; then of one family only. */
static void test_forwarding(void)
{
	EXPECT(hosts_run(1, "echo 0 > /proc/sys/net/ipv4/ip_forward && echo 0 > /proc/sys/net/ipv6/conf/all/forwarding"));
	open_met(AF_INET);
	EXPECT(!relay_is_fast(relay) && !has_table());
	relays_close(relays, false);
	EXPECT(hosts_run(1, "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"));
	open_met(AF_INET);
	EXPECT(!relay_is_fast(relay));
	relays_close(relays, false);
	open_met(AF_INET6);
	EXPECT(relay_is_fast(relay) && passes(RELAY_A, UE_A, UE_B));
	relays_close(relays, false);
	EXPECT(hosts_run(1, "echo 1 > /proc/sys/net/ipv4/ip_forward"));
}

static void test_refused(void)
{
	open_table(AF_INET);
	relays_settle(relays);
	EXPECT(hosts_run(1, "nft delete table inet prosefd"));
	EXPECT(!relay_open(&relay, relays, "a@a.example", public, 60, NULL));
	meet(UE_A);
	EXPECT(!relay_is_fast(relay));
	say(RELAY_A, UE_A, wg_fake_data());
	settle();
	EXPECT(got(UE_B, RELAY_B));
	relays_close(relays, false);
}

static void test_parse(void)
{
	static const struct {
		const char *line;
		bool good;
		uint16_t port;
		uint64_t packets;
		uint64_t bytes;
	} cases[] = {
		{ "		elements = { 10.2.0.2 . 51821 . 10.1.0.2 . 51820 counter packets 50 bytes 6400 : 40000,", true, 40000, 50, 6400 },
		{ "			     2001:db8::2 . 51820 . 40001 limit rate 1000 bytes/second burst 5000 bytes counter packets 7 bytes 900 timeout 1h expires 59m57s828ms }", true, 40001, 7, 900 },
		{ "			     10.1.0.2 . 51820 . 40000 counter packets 10 bytes 1280 timeout 1h expires 59m57s68ms,", true, 40000, 10, 1280 },
		{ "		counter", false, 0, 0, 0 },
		{ "		limit rate 1 mbytes/second counter packets 0 bytes", false, 0, 0, 0 },
		{ " counter packets 1 bytes 2", false, 0, 0, 0 },
		{ "10.1.0.2 . 65536 counter packets 1 bytes 2", false, 0, 0, 0 },
		{ "", false, 0, 0, 0 },
	};
	uint64_t packets, bytes;
	uint16_t port;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool good = relay_fast_parse(cases[i].line, &port, &packets, &bytes);

		ktap_expect(good == cases[i].good &&
			    (!good || (port == cases[i].port && packets == cases[i].packets &&
				       bytes == cases[i].bytes)),
			    __LINE__, "%s", cases[i].line);
	}
}

static const struct ktap_case cases[] = {
	{ "relay_fast: what nft lists", test_parse },
	{ "relay_fast: passes, both ways, both families, and nothing else", test_pass },
	{ "relay_fast: it is counted", test_counted },
	{ "relay_fast: handshakes are the process's while it lives", test_handshake },
	{ "relay_fast: nothing is asked for relays that are the process's", test_idle },
	{ "relay_fast: another mapping", test_rebind },
	{ "relay_fast: closed", test_close },
	{ "relay_fast: without a process, and with the next one", test_restart },
	{ "relay_fast: two relays of one pair", test_same_pair },
	{ "relay_fast: a host that is no router", test_forwarding },
	{ "relay_fast: the kernel refuses", test_refused },
};

int main(void)
{
	conf = (struct relays_conf){
		.port_min = 45000,
		.port_max = 45099,
		.fast = true,
		.limits = RELAY_LIMITS_DEFAULT,
	};
	inet_pton(AF_INET, "192.0.2.1", &conf.listen4);
	inet_pton(AF_INET6, "2001:db8::1", &conf.listen6);
	if (!hosts_open() || !set_up_hosts()) {
		printf("KTAP version 1\n1..1\nok 1 relay_fast # SKIP no nftables for this user\n");
		return 4;
	}
	if (sd_event_new(&event) < 0)
		abort();
	open_sockets();
	return ktap_run(KTAP_CASES(cases));
}
