// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hellos between two hosts, on two links.
 */
#include "hosts.h"
#include "ktap.h"
#include "../../userspace/ue/hello.h"
#include "../../userspace/ue/hostkey.h"
#include "../../userspace/ue/offer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	WAIT_S = 10,
	ROUND_US = 5000,
	QUIET_US = 50000,
	MANY = 200,
	/* A second may end among them. */
	MAX_HEARD = 2 * 48,
	NO_LINK = 12345,
};

/* Is the first link's device in the group? */
#define MEMBER "grep -q 'l0 *ff120000000000000000000000005153' /proc/net/igmp6"

/**
 * struct listener - a host, and what it heard last
 */
struct listener {
	struct hello *hello;
	unsigned int heard;
	uint8_t hint[HELLO_HINT_LEN];
	struct sockaddr_in6 from;
	unsigned int version;
};

static const uint8_t public[HOSTS][HOSTKEY_LEN] = { { 0 }, { 1 } };
static sd_event *event;
static struct listener listener[HOSTS];

static void on_hello(const uint8_t hint[HELLO_HINT_LEN], const struct sockaddr_in6 *from,
		     unsigned int version, void *data)
{
	struct listener *l = data;

	l->heard++;
	memcpy(l->hint, hint, sizeof(l->hint));
	l->from = *from;
	l->version = version;
}

/* All that was said has been heard. */
static void settle(void)
{
	while (sd_event_run(event, QUIET_US) > 0)
		;
}

/* Host 1 has heard more than @n in time. */
static bool hears_after(unsigned int n)
{
	time_t deadline = time(NULL) + WAIT_S;

	while (listener[1].heard <= n && time(NULL) < deadline)
		sd_event_run(event, ROUND_US);
	return listener[1].heard > n;
}

static void open_host(unsigned int host, const uint8_t *key)
{
	listener[host] = (struct listener){};
	hosts_enter(host);
	if (hello_open(&listener[host].hello, event, key, on_hello, &listener[host]))
		abort();
}

static void open_both(void)
{
	open_host(0, public[0]);
	open_host(1, public[1]);
}

static void close_both(void)
{
	hello_close(listener[0].hello);
	hello_close(listener[1].hello);
}

static int join(unsigned int host, unsigned int link)
{
	return hello_join(listener[host].hello, hosts_link(host, link));
}

static void leave(unsigned int host, unsigned int link)
{
	hello_leave(listener[host].hello, hosts_link(host, link));
}

static int say(unsigned int link)
{
	return hello_say(listener[0].hello, hosts_link(0, link), NULL);
}

static void test_decode(void)
{
	uint8_t buf[32] = "SDST\7xyz0123456789abcdef", hint[HELLO_HINT_LEN] = {};
	unsigned int version = 0;

	EXPECT(hello_decode(hint, &version, buf, 24));
	EXPECT(version == 7 && !memcmp(hint, "0123456789abcdef", sizeof(hint)));
	EXPECT(hello_decode(hint, &version, buf, sizeof(buf)));
	EXPECT(!hello_decode(hint, &version, buf, 23));
	EXPECT(!hello_decode(hint, &version, buf, 0));
	buf[3] = 't';
	EXPECT(!hello_decode(hint, &version, buf, 24));
}

/* SHA-256 of 32 zeros */
static void test_hint(void)
{
	static const uint8_t sum[HELLO_HINT_LEN] = {
		0x66, 0x68, 0x7a, 0xad, 0xf8, 0x62, 0xbd, 0x77,
		0x6c, 0x8f, 0xc1, 0x8b, 0x8e, 0x9f, 0x8e, 0x20,
	};
	uint8_t hint[HELLO_HINT_LEN];

	hello_hint(hint, public[0]);
	EXPECT(!memcmp(hint, sum, sizeof(hint)));
}

static void test_heard(void)
{
	struct sockaddr_in6 from = hosts_address(1, 0, 1, HELLO_PORT);
	struct listener *l = &listener[1];
	uint8_t hint[HELLO_HINT_LEN];

	open_both();
	EXPECT(!join(0, 0) && !join(1, 0));
	EXPECT(!say(0));
	EXPECT(hears_after(0));
	hello_hint(hint, public[0]);
	EXPECT(!memcmp(l->hint, hint, sizeof(hint)) && l->version == OFFER_VERSION);
	EXPECT(!memcmp(&l->from.sin6_addr, &from.sin6_addr, sizeof(from.sin6_addr)) &&
	       l->from.sin6_scope_id == from.sin6_scope_id &&
	       l->from.sin6_port == from.sin6_port);
	/* An answer, to where it came from. */
	EXPECT(!hello_say(l->hello, from.sin6_scope_id, &l->from));
	settle();
	EXPECT(listener[0].heard == 1 && l->heard == 1);
	close_both();
}

/* Nobody hears himself, nor who says to be him. */
static void test_own(void)
{
	open_host(0, public[0]);
	open_host(1, public[0]);
	EXPECT(!join(0, 0) && !join(1, 0));
	EXPECT(!say(0));
	settle();
	EXPECT(!listener[0].heard && !listener[1].heard);
	close_both();
}

static void test_join(void)
{
	open_both();
	EXPECT(!join(1, 0) && !join(1, 1) && !join(1, 0));
	leave(1, 0);
	EXPECT(!say(0));
	EXPECT(hears_after(0));
	EXPECT(hosts_run(1, MEMBER));
	leave(1, 0);
	EXPECT(hosts_run(1, "! " MEMBER));
	EXPECT(!say(0));
	settle();
	EXPECT(listener[1].heard == 1);
	EXPECT(!say(1));
	EXPECT(hears_after(1));
	/* It was never joined, or is not there. */
	leave(1, 0);
	EXPECT(hello_join(listener[1].hello, NO_LINK) == -ENODEV);
	hello_leave(listener[1].hello, NO_LINK);
	EXPECT(hello_say(listener[0].hello, NO_LINK, NULL) < 0);
	EXPECT(!join(1, 0));
	EXPECT(!say(0));
	EXPECT(hears_after(2));
	close_both();
}

static void test_down(void)
{
	open_both();
	EXPECT(!join(1, 0));
	EXPECT(hosts_run(1, "ip link set l0 down && ip link set l0 up"));
	EXPECT(hosts_run(1, "ip addr add fe80::2/64 dev l0 nodad"));
	EXPECT(hosts_run(1, "ip addr add fe80::b02/64 dev l0 nodad preferred_lft 0"));
	/* Still joined; again is no fault. */
	EXPECT(!join(1, 0));
	EXPECT(!say(0));
	EXPECT(hears_after(0));
	close_both();
}

static void send_raw(const void *buf, size_t len)
{
	struct sockaddr_in6 to = hosts_address(0, 0, 2, HELLO_PORT);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	EXPECT(sendto(fd, buf, len, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)len);
	close(fd);
}

static void test_garbage(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(HELLO_PORT) };
	char buf[1000] = "SDST\1\1\1\1who is it?";

	open_both();
	EXPECT(!join(1, 0));
	send_raw(buf, 0);
	send_raw(buf, 23);
	send_raw("HTTP/1.1 400 Bad Request", 24);
	settle();
	EXPECT(!listener[1].heard);
	/* More than is known, of a later revision. */
	send_raw(buf, sizeof(buf));
	EXPECT(hears_after(0));
	EXPECT(listener[1].from.sin6_port == htons(HELLO_PORT));
	/* From elsewhere than the link. */
	EXPECT(hosts_run(0, "ip addr add fd00::1/64 dev l0 nodad"));
	EXPECT(hosts_run(1, "ip addr add fd00::2/64 dev l0 nodad"));
	to.sin6_addr.s6_addr[0] = 0xfd;
	to.sin6_addr.s6_addr[15] = 2;
	EXPECT(!hello_say(listener[0].hello, 0, &to));
	settle();
	EXPECT(listener[1].heard == 1);
	EXPECT(hosts_run(0, "ip addr del fd00::1/64 dev l0"));
	EXPECT(hosts_run(1, "ip addr del fd00::2/64 dev l0"));
	close_both();
}

static void test_flood(void)
{
	unsigned int heard;
	time_t deadline;

	open_both();
	EXPECT(!join(1, 0) && !join(1, 1));
	for (int i = 0; i < MANY; i++) {
		EXPECT(!say(0));
		sd_event_run(event, 0);
	}
	settle();
	heard = listener[1].heard;
	EXPECT(heard >= 24 && heard <= MAX_HEARD);
	/* Of the other link nothing was taken. */
	EXPECT(!say(1));
	EXPECT(hears_after(heard));
	heard = listener[1].heard;
	/* In the next second it is well again. */
	deadline = time(NULL) + WAIT_S;
	while (listener[1].heard == heard && time(NULL) < deadline) {
		EXPECT(!say(0));
		settle();
	}
	EXPECT(listener[1].heard > heard);
	close_both();
}

static void test_taken(void)
{
	struct hello *second;
	int own_stderr = dup(STDERR_FILENO);

	open_host(1, public[1]);
	close(STDERR_FILENO);
	EXPECT(hello_open(&second, event, public[0], on_hello, NULL) == -EADDRINUSE);
	dup2(own_stderr, STDERR_FILENO);
	close(own_stderr);
	hello_close(listener[1].hello);
}

static const struct ktap_case cases[] = {
	{ "hello: what is one", test_decode },
	{ "hello: the hint", test_hint },
	{ "hello: it is heard, and can be answered", test_heard },
	{ "hello: not by oneself", test_own },
	{ "hello: on joined links, until all have left", test_join },
	{ "hello: on a link that was down", test_down },
	{ "hello: garbage, and from off the link", test_garbage },
	{ "hello: so many a second and link", test_flood },
	{ "hello: a port that is taken", test_taken },
};

int main(void)
{
	int ret;

	if (!hosts_open()) {
		printf("KTAP version 1\n1..1\nok 1 hello # SKIP no namespaces for this user\n");
		return 4;
	}
	if (sd_event_new(&event) < 0)
		abort();
	ret = ktap_run(KTAP_CASES(cases));
	sd_event_unref(event);
	return ret;
}
