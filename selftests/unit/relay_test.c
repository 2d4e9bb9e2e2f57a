// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Relays on this host's loopback, with UEs and strangers that are sockets. What the
 * kernel does of it is tested by test_mno_relay.sh.
 */
#include "../../userspace/mno/relay.h"

#include "../../userspace/common/clock.h"
#include "ktap.h"
#include "wg_fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum {
	PORT_MIN = 45000,
	PORT_MAX = 45031,
	/* Nothing comes in so many milliseconds: nothing comes. */
	PATIENCE_MS = 30,
};

enum { UE_A, UE_B, UE_A2, STRANGER, WHO };

static const uint8_t public[RELAY_SIDES][PF_WG_KEY_LEN] = { { 0xaa }, { 0xbb } };
static struct relays_conf conf;
static sd_event *event;
static struct relays *relays;
static struct relay *relay;
static int fd[WHO][2];
static int family;
static unsigned int latched[RELAY_SIDES];
static unsigned int ended;
static enum relay_end end;
static void *ended_data;

static void on_latched(struct relay *which, enum relay_side side, void *data)
{
	(void)data;
	EXPECT(which == relay);
	latched[side]++;
}

static void on_ended(struct relay *which, enum relay_end how, void *data)
{
	(void)which;
	ended++;
	end = how;
	ended_data = data;
}

static const struct relay_ops ops = { on_latched, on_ended };

static void settle(void)
{
	while (sd_event_run(event, PATIENCE_MS * 1000) > 0)
		;
}

/* --- UEs ------------------------------------------------------------------ */

static void open_sockets(void)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};

	for (int who = 0; who < WHO; who++) {
		fd[who][0] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		fd[who][1] = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		if (bind(fd[who][0], (void *)&sin, sizeof(sin)) ||
		    bind(fd[who][1], (void *)&sin6, sizeof(sin6)))
			abort();
	}
}

static void send_to(enum relay_side side, unsigned int who, const void *buf, size_t len)
{
	struct sockaddr_storage to;

	relay_address(relay, side, family, &to);
	EXPECT(to.ss_family == family);
	if (sendto(fd[who][family == AF_INET6], buf, len, 0, (void *)&to,
		   family == AF_INET ? sizeof(struct sockaddr_in) :
				       sizeof(struct sockaddr_in6)) < 0)
		abort();
}

static void say(enum relay_side side, unsigned int who, struct wg_fake fake)
{
	send_to(side, who, fake.buf, fake.len);
	settle();
}

/* got - the next datagram, by its kind, if it is from that side's port */
static enum wg_kind got(unsigned int who, enum relay_side side)
{
	struct sockaddr_storage from = {}, port;
	socklen_t len = sizeof(from);
	uint8_t buf[2048];
	ssize_t n;

	n = recvfrom(fd[who][family == AF_INET6], buf, sizeof(buf), 0, (void *)&from,
		     &len);
	if (n < 0)
		return WG_NONE;
	relay_address(relay, side, family, &port);
	EXPECT(!memcmp(&from, &port, len));
	return wg_kind(buf, n);
}

static void drain(void)
{
	uint8_t buf[2048];

	for (int who = 0; who < WHO; who++)
		for (int i = 0; i < 2; i++)
			while (recv(fd[who][i], buf, sizeof(buf), 0) >= 0)
				;
}

static uint64_t dropped(enum relay_side side, enum relay_drop drop)
{
	struct relay_counters counters;

	relay_counters(relay, &counters);
	return counters.drop[side][drop];
}

/* --- relays --------------------------------------------------------------- */

static void open_table(void)
{
	memset(latched, 0, sizeof(latched));
	ended = 0;
	family = AF_INET;
	if (relays_open(&relays, event, &conf, &ops))
		abort();
	relays_settle(relays);
}

static void open_relay(uint32_t window_s)
{
	open_table();
	if (relay_open(&relay, relays, "a@a.example", public, window_s, &fd))
		abort();
}

/* A punches, B initiates, A answers; A comes from @who. */
static void meet(unsigned int who)
{
	say(RELAY_A, who, wg_fake_initiation(public[RELAY_B], 0xa0));
	say(RELAY_B, UE_B, wg_fake_initiation(public[RELAY_A], 0xb0));
	say(RELAY_A, who, wg_fake_response(public[RELAY_B], 0xb0));
	drain();
}

static void close_table(void)
{
	relays_close(relays, false);
	drain();
}

static void pass(int for_family)
{
	struct relay_counters counters;

	open_relay(60);
	family = for_family;
	meet(UE_A);
	EXPECT(latched[RELAY_A] == 1 && latched[RELAY_B] == 1);
	say(RELAY_A, UE_A, wg_fake_data());
	EXPECT(got(UE_B, RELAY_B) == WG_DATA);
	say(RELAY_B, UE_B, wg_fake_data());
	say(RELAY_B, UE_B, wg_fake_data());
	EXPECT(got(UE_A, RELAY_A) == WG_DATA && got(UE_A, RELAY_A) == WG_DATA);
	EXPECT(got(UE_A, RELAY_A) == WG_NONE && got(UE_B, RELAY_B) == WG_NONE);
	relay_counters(relay, &counters);
	/* The punch was kept, and is not counted. */
	EXPECT(counters.packets[RELAY_A] == 2 && counters.packets[RELAY_B] == 3);
	EXPECT(counters.bytes[RELAY_A] == WG_RESPONSE_LEN + WG_FAKE_DATA_LEN);
	EXPECT(counters.bytes[RELAY_B] == WG_INITIATION_LEN + 2 * WG_FAKE_DATA_LEN);
	EXPECT(!relay_is_fast(relay));
	close_table();
}

static void test_pass(void)
{
	pass(AF_INET);
	pass(AF_INET6);
}

static void test_kept(void)
{
	open_relay(60);
	say(RELAY_B, UE_B, wg_fake_initiation(public[RELAY_A], 0xb0));
	EXPECT(got(UE_A, RELAY_A) == WG_NONE);
	say(RELAY_A, UE_A, wg_fake_initiation(public[RELAY_B], 0xa0));
	EXPECT(got(UE_A, RELAY_A) == WG_INITIATION);
	close_table();
}

static void test_families(void)
{
	open_relay(60);
	say(RELAY_A, UE_A, wg_fake_initiation(public[RELAY_B], 0xa0));
	family = AF_INET6;
	say(RELAY_B, UE_B, wg_fake_initiation(public[RELAY_A], 0xb0));
	family = AF_INET;
	EXPECT(got(UE_A, RELAY_A) == WG_INITIATION);
	say(RELAY_A, UE_A, wg_fake_response(public[RELAY_B], 0xb0));
	say(RELAY_A, UE_A, wg_fake_data());
	family = AF_INET6;
	drain();
	say(RELAY_B, UE_B, wg_fake_data());
	family = AF_INET;
	EXPECT(got(UE_A, RELAY_A) == WG_DATA);
	close_table();
}

static void test_drops(void)
{
	uint8_t big[4096] = { WG_DATA };

	open_relay(60);
	say(RELAY_A, UE_A, wg_fake_data());
	EXPECT(dropped(RELAY_A, RELAY_DROP_UNLATCHED) == 1);
	say(RELAY_A, UE_A, wg_fake_initiation(public[RELAY_A], 0xa0));
	EXPECT(dropped(RELAY_A, RELAY_DROP_MAC1) == 1);
	meet(UE_A);
	say(RELAY_B, STRANGER, wg_fake_data());
	EXPECT(dropped(RELAY_B, RELAY_DROP_SOURCE) == 1);
	say(RELAY_B, STRANGER, wg_fake_response(public[RELAY_A], 0xdead));
	EXPECT(dropped(RELAY_B, RELAY_DROP_ANSWER) == 1);
	send_to(RELAY_B, UE_B, big, 16);
	settle();
	EXPECT(dropped(RELAY_B, RELAY_DROP_FORM) == 1);
	send_to(RELAY_B, UE_B, big, sizeof(big));
	settle();
	EXPECT(dropped(RELAY_B, RELAY_DROP_FORM) == 2);
	for (int i = 0; i < 100; i++)
		send_to(RELAY_B, STRANGER,
			wg_fake_initiation(public[RELAY_A], i).buf, WG_INITIATION_LEN);
	settle();
	/* It may have seen the turn of a second. */
	EXPECT(dropped(RELAY_B, RELAY_DROP_CANDIDATE) >= 100 - 3 * RELAY_CANDIDATES_A_SECOND);
	close_table();
}

static void test_rate(void)
{
	struct wg_fake data = wg_fake_data();
	struct relay_counters counters;

	conf.limits.packets_s = 100;
	open_relay(60);
	meet(UE_A);
	for (int i = 0; i < 200; i++)
		send_to(RELAY_A, UE_A, data.buf, data.len);
	settle();
	relay_counters(relay, &counters);
	EXPECT(counters.packets[RELAY_A] >= 20 && counters.packets[RELAY_A] < 60);
	EXPECT(counters.packets[RELAY_A] + dropped(RELAY_A, RELAY_DROP_RATE) == 201);
	EXPECT(!dropped(RELAY_B, RELAY_DROP_RATE));
	close_table();
	conf.limits.packets_s = 0;
	conf.limits.bytes_s = 9600;
	open_relay(60);
	meet(UE_A);
	for (int i = 0; i < 200; i++)
		send_to(RELAY_A, UE_A, data.buf, data.len);
	settle();
	relay_counters(relay, &counters);
	EXPECT(counters.packets[RELAY_A] >= 20 && counters.packets[RELAY_A] < 60);
	close_table();
	conf.limits = RELAY_LIMITS_DEFAULT;
}

static void wait_for_end(unsigned int seconds)
{
	uint64_t deadline = clock_now_ns(CLOCK_MONOTONIC) + seconds * 1000000000ull;

	while (!ended && clock_now_ns(CLOCK_MONOTONIC) < deadline)
		sd_event_run(event, PATIENCE_MS * 1000);
}

static void test_lifetime(void)
{
	struct sockaddr_storage to;

	open_relay(1);
	meet(UE_A);
	relay_address(relay, RELAY_A, AF_INET, &to);
	wait_for_end(4);
	EXPECT(ended == 1 && end == RELAY_END_LIFETIME && ended_data == &fd);
	EXPECT(!relays_next(relays, NULL));
	/* Nobody is there any more. */
	EXPECT(!connect(fd[STRANGER][0], (void *)&to, sizeof(struct sockaddr_in)));
	EXPECT(send(fd[STRANGER][0], "x", 1, 0) == 1);
	EXPECT(recv(fd[STRANGER][0], &to, 1, 0) < 0 && errno == ECONNREFUSED);
	to.ss_family = AF_UNSPEC;
	EXPECT(!connect(fd[STRANGER][0], (void *)&to, sizeof(struct sockaddr_in)));
	close_table();
}

/* Strangers keep no relay alive. */
static void test_idle(void)
{
	uint64_t deadline = clock_now_ns(CLOCK_MONOTONIC) + 4000000000ull;

	conf.limits.idle_s = 1;
	open_relay(60);
	meet(UE_A);
	while (!ended && clock_now_ns(CLOCK_MONOTONIC) < deadline)
		say(RELAY_A, STRANGER, wg_fake_initiation(public[RELAY_B], 0xe0));
	EXPECT(ended == 1 && end == RELAY_END_IDLE);
	close_table();
	open_relay(60);
	meet(UE_A);
	deadline = clock_now_ns(CLOCK_MONOTONIC) + 2500000000ull;
	while (!ended && clock_now_ns(CLOCK_MONOTONIC) < deadline)
		say(RELAY_A, UE_A, wg_fake_data());
	EXPECT(!ended);
	close_table();
	conf.limits = RELAY_LIMITS_DEFAULT;
}

static void test_rebind(void)
{
	struct relay_state state;

	open_relay(60);
	meet(UE_A);
	say(RELAY_A, UE_A2, wg_fake_data());
	EXPECT(got(UE_B, RELAY_B) == WG_NONE);
	say(RELAY_A, UE_A2, wg_fake_initiation(public[RELAY_B], 0xa1));
	EXPECT(got(UE_B, RELAY_B) == WG_INITIATION && latched[RELAY_A] == 1);
	say(RELAY_B, UE_B, wg_fake_response(public[RELAY_A], 0xa1));
	EXPECT(got(UE_A2, RELAY_A) == WG_RESPONSE);
	EXPECT(latched[RELAY_A] == 2 && latched[RELAY_B] == 1);
	relay_state(relay, &state);
	EXPECT(state.latch[RELAY_A].ss_family == AF_INET);
	say(RELAY_B, UE_B, wg_fake_data());
	EXPECT(got(UE_A2, RELAY_A) == WG_DATA && got(UE_A, RELAY_A) == WG_NONE);
	close_table();
}

static void test_restore(void)
{
	struct relay_state before, after;
	struct relay *second;

	open_relay(60);
	meet(UE_A);
	relay_state(relay, &before);
	EXPECT(before.ends > time(NULL) + 50 && before.ends <= time(NULL) + 61);
	close_table();
	open_table();
	EXPECT(!relay_restore(&relay, relays, "a@a.example", &before, &fd));
	relay_state(relay, &after);
	EXPECT(!memcmp(before.port, after.port, sizeof(before.port)));
	EXPECT(!memcmp(before.latch, after.latch, sizeof(before.latch)));
	EXPECT(!memcmp(before.wg_key, after.wg_key, sizeof(before.wg_key)));
	EXPECT(llabs(before.ends - after.ends) <= 1);
	say(RELAY_A, UE_A, wg_fake_data());
	EXPECT(got(UE_B, RELAY_B) == WG_DATA);
	say(RELAY_A, STRANGER, wg_fake_data());
	EXPECT(dropped(RELAY_A, RELAY_DROP_SOURCE) == 1);
	EXPECT(relay_restore(&second, relays, "a@a.example", &before, NULL) == -EINVAL);
	before.ends = time(NULL) - 1;
	EXPECT(relay_restore(&second, relays, "a@a.example", &before, NULL) == -ETIME);
	before.ends += 60;
	before.port[RELAY_A] = PORT_MAX + 1;
	EXPECT(relay_restore(&second, relays, "a@a.example", &before, NULL) == -EINVAL);
	close_table();
}

static void test_quota(void)
{
	struct relay *more[3];

	conf.limits.max_per_owner = 2;
	conf.limits.max = 4;
	open_relay(60);
	EXPECT(!relay_open(&more[0], relays, "a@a.example", public, 60, NULL));
	EXPECT(relay_open(&more[1], relays, "a@a.example", public, 60, NULL) == -EDQUOT);
	EXPECT(!relay_open(&more[1], relays, "b@a.example", public, 60, NULL));
	EXPECT(!relay_open(&more[2], relays, "b@a.example", public, 60, NULL));
	EXPECT(relays_next(relays, NULL) == relay && relays_next(relays, relay) == more[0]);
	EXPECT(!relays_next(relays, more[2]) && !strcmp(relay_owner(more[2]), "b@a.example"));
	EXPECT(relay_open(&more[2], relays, "c@a.example", public, 60, NULL) == -ENOSPC);
	relay_close(more[0]);
	EXPECT(!relay_open(&more[0], relays, "a@a.example", public, 60, NULL));
	close_table();
	conf.limits = RELAY_LIMITS_DEFAULT;
}

/* All ports but one pair's are others'. */
static void test_ports(void)
{
	struct relay_state state;
	bool seen[PORT_MAX - PORT_MIN + 1] = {};
	struct relay *another;

	conf.limits.max_per_owner = 0;
	open_table();
	for (int i = 0; i < (PORT_MAX - PORT_MIN + 1) / 2; i++) {
		EXPECT(!relay_open(&relay, relays, "a@a.example", public, 60, NULL));
		relay_state(relay, &state);
		for (int side = 0; side < RELAY_SIDES; side++) {
			EXPECT(state.port[side] >= PORT_MIN && state.port[side] <= PORT_MAX);
			EXPECT(!seen[state.port[side] - PORT_MIN]);
			seen[state.port[side] - PORT_MIN] = true;
		}
	}
	EXPECT(relay_open(&another, relays, "a@a.example", public, 60, NULL) == -ENOSPC);
	relay_close(relay);
	EXPECT(!relay_open(&another, relays, "a@a.example", public, 60, NULL));
	close_table();
	conf.limits = RELAY_LIMITS_DEFAULT;
}

/* Totals outlive the relay. */
static void test_totals(void)
{
	struct relay_counters counters;

	open_relay(60);
	meet(UE_A);
	say(RELAY_A, STRANGER, wg_fake_data());
	relay_close(relay);
	relays_totals(relays, &counters);
	EXPECT(counters.packets[RELAY_A] == 1 && counters.packets[RELAY_B] == 1);
	EXPECT(counters.drop[RELAY_A][RELAY_DROP_SOURCE] == 1);
	close_table();
}

static void test_address(void)
{
	struct sockaddr_storage addr;
	struct sockaddr_in *sin = (void *)&addr;
	struct relays_conf bad = conf;

	inet_pton(AF_INET, "192.0.2.9", &conf.public4);
	open_relay(60);
	relay_address(relay, RELAY_A, AF_INET, &addr);
	EXPECT(sin->sin_addr.s_addr == conf.public4.s_addr);
	close_table();
	conf.public4.s_addr = 0;
	bad.listen6 = in6addr_any;
	EXPECT(!relays_open(&relays, event, &bad, &ops));
	EXPECT(!relay_open(&relay, relays, "a@a.example", public, 60, NULL));
	relay_address(relay, RELAY_A, AF_INET6, &addr);
	EXPECT(addr.ss_family == AF_UNSPEC);
	close_table();
	bad.listen4.s_addr = INADDR_ANY;
	EXPECT(relays_open(&relays, event, &bad, &ops) == -EINVAL);
	bad = conf;
	bad.port_min = bad.port_max;
	EXPECT(relays_open(&relays, event, &bad, &ops) == -EINVAL);
}

static void test_names(void)
{
	for (int drop = 0; drop < RELAY_DROPS; drop++)
		EXPECT(relay_drop_name(drop) && *relay_drop_name(drop));
	EXPECT(!strcmp(relay_drop_name(RELAY_DROPS), "?"));
	EXPECT(strcmp(relay_end_name(RELAY_END_IDLE), relay_end_name(RELAY_END_LIFETIME)));
}

static const struct ktap_case cases[] = {
	{ "relay: passes, both ways, both families", test_pass },
	{ "relay: an initiation is kept", test_kept },
	{ "relay: from IPv4 to IPv6", test_families },
	{ "relay: what is dropped is counted", test_drops },
	{ "relay: not more than its rate", test_rate },
	{ "relay: not longer than its lifetime", test_lifetime },
	{ "relay: not longer than it is used", test_idle },
	{ "relay: another mapping", test_rebind },
	{ "relay: restored", test_restore },
	{ "relay: quotas", test_quota },
	{ "relay: ports", test_ports },
	{ "relay: totals", test_totals },
	{ "relay: what UEs are told; bad configurations", test_address },
	{ "relay: names", test_names },
};

int main(void)
{
	conf = (struct relays_conf){
		.listen4.s_addr = htonl(INADDR_LOOPBACK),
		.listen6 = IN6ADDR_LOOPBACK_INIT,
		.port_min = PORT_MIN,
		.port_max = PORT_MAX,
		.limits = RELAY_LIMITS_DEFAULT,
	};
	if (sd_event_new(&event) < 0)
		abort();
	open_sockets();
	return ktap_run(KTAP_CASES(cases));
}
