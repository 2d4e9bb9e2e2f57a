// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two ends of the exchange on a link. Host 0 has the lower key and connects to host 1.
 */
#include "exchange_end.h"
#include "ktap.h"
#include "scratch.h"
#include "../../userspace/ue/exchange_priv.h"
#include "../../userspace/ue/hello.h"

#include <errno.h>
#include <netinet/tcp.h>

static void meet(void)
{
	end_open_both();
	end_connect();
	UNTIL(a.offered && b.offered);
}

static void test_meet(void)
{
	struct sockaddr_in6 of_a, of_b;

	meet();
	of_a = hosts_address(1, 0, 1, 0);
	of_b = hosts_address(0, 0, 2, HELLO_PORT);
	EXPECT(a.offered == 1 && b.offered == 1 && !a.failed && !b.failed);
	EXPECT(end_serial(&a.offer) == 1 && !strcmp(a.offer.name, "someone"));
	EXPECT(IN6_ARE_ADDR_EQUAL(&a.from.sin6_addr, &of_b.sin6_addr) &&
	       a.from.sin6_scope_id == of_b.sin6_scope_id);
	EXPECT(IN6_ARE_ADDR_EQUAL(&b.from.sin6_addr, &of_a.sin6_addr) &&
	       b.from.sin6_scope_id == of_a.sin6_scope_id);
	EXPECT(exchange_connects(a.peer) && !exchange_connects(b.peer));
	/* There is one already. */
	end_connect();
	end_settle();
	EXPECT(a.offered == 1 && b.offered == 1 && a.asked == 1 && b.asked == 1);
	end_close_both();
}

static void test_keys(void)
{
	struct exchange_keys first;

	meet();
	first = a.keys;
	EXPECT(a.keys.id && a.keys.id == b.keys.id);
	EXPECT(!memcmp(a.keys.keys_id, b.keys.keys_id, OFFER_KEYS_ID_LEN));
	EXPECT(!memcmp(a.keys.tx, b.keys.rx, SIDESTEP_KEY_LEN));
	EXPECT(!memcmp(a.keys.rx, b.keys.tx, SIDESTEP_KEY_LEN));
	EXPECT(memcmp(a.keys.tx, a.keys.rx, SIDESTEP_KEY_LEN));
	exchange_peer_link(a.peer, 0);
	EXPECT(a.gone == 1);
	UNTIL(b.gone == 1);
	exchange_peer_link(a.peer, hosts_link(0, 0));
	end_connect();
	UNTIL(a.offered == 2 && b.offered == 2);
	EXPECT(memcmp(first.keys_id, a.keys.keys_id, OFFER_KEYS_ID_LEN));
	EXPECT(memcmp(first.tx, a.keys.tx, SIDESTEP_KEY_LEN) &&
	       memcmp(first.rx, a.keys.rx, SIDESTEP_KEY_LEN));
	EXPECT(!memcmp(a.keys.tx, b.keys.rx, SIDESTEP_KEY_LEN));
	end_close_both();
}

static void test_again(void)
{
	meet();
	exchange_offer_again(a.peer);
	end_settle();
	EXPECT(a.asked == 2 && b.offered == 1);
	a.serial = 2;
	exchange_offer_again(a.peer);
	b.serial = 3;
	exchange_offer_again(b.peer);
	UNTIL(a.offered == 2 && b.offered == 2);
	EXPECT(end_serial(&a.offer) == 3 && end_serial(&b.offer) == 2);
	EXPECT(!memcmp(a.keys.tx, b.keys.rx, SIDESTEP_KEY_LEN));
	end_close_both();
}

/* What is offered may be known later only. */
static void test_later(void)
{
	end_open_both();
	a.silent = true;
	end_connect();
	UNTIL(a.offered);
	end_settle();
	EXPECT(a.asked && !b.offered && !b.failed);
	a.silent = false;
	UNTIL(b.offered);
	end_close_both();
}

static void test_wrong_key(void)
{
	/* Host 0 thinks that host 1 has another one. */
	end_open(&a, 0, &end_key[0], &end_key[1]);
	end_open(&b, 1, &end_key[2], &end_key[0]);
	end_connect();
	UNTIL(a.failed);
	EXPECT(strstr(a.why, "another key than PeerKey="));
	end_settle();
	EXPECT(!a.offered && !a.gone && !b.offered && !b.gone && !b.failed);
	end_close_both();
	/* Host 1 thinks so of host 0. */
	end_open(&a, 0, &end_key[0], &end_key[2]);
	end_open(&b, 1, &end_key[2], &end_key[1]);
	end_connect();
	UNTIL(a.failed);
	EXPECT(strstr(a.why, "its PeerKey="));
	end_settle();
	EXPECT(!a.offered && !a.gone && !b.offered && !b.gone && !b.failed);
	end_close_both();
}

static void test_wrong_link(void)
{
	struct end other;

	end_open_both();
	/* Nobody is awaited there. */
	exchange_peer_link(b.peer, hosts_link(1, 1));
	end_connect();
	UNTIL(a.failed);
	EXPECT(strstr(a.why, "does not await this host"));
	/* Somebody is, but not this one. */
	end_add(&other, &b, &end_key[1], 0);
	end_connect();
	UNTIL(a.failed == 2);
	end_settle();
	EXPECT(!a.offered && !b.offered && !other.offered && !b.failed && !other.failed);
	exchange_peer_link(b.peer, hosts_link(1, 0));
	end_connect();
	UNTIL(a.offered && b.offered);
	EXPECT(!other.offered);
	end_close_both();
}

static void test_version(void)
{
	end_open_both();
	b.version = 2;
	end_connect();
	UNTIL(a.failed);
	EXPECT(strstr(a.why, "version 2") && strstr(a.why, "this one 1"));
	EXPECT(!a.offered && !a.gone);
	UNTIL(b.gone || b.failed);
	end_close_both();
}

static void test_taken(void)
{
	int own_stderr = dup(STDERR_FILENO);
	struct exchange *second;

	end_open(&b, 1, &end_key[2], &end_key[0]);
	scratch_begin();
	EXPECT(exchange_open(&second, end_event, &end_key[2], &end_ops) == -EADDRINUSE);
	EXPECT(scratch_said("TCP port 22807 is taken"));
	scratch_end();
	dup2(own_stderr, STDERR_FILENO);
	close(own_stderr);
	exchange_close(b.exchange);
}

/* --- ends of connections -------------------------------------------------- */

static void test_restart(void)
{
	int on = 1;

	meet();
	/* It goes without a word. */
	EXPECT(!setsockopt(a.peer->conn->fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)));
	exchange_close(a.exchange);
	end_open(&a, 0, &end_key[0], &end_key[2]);
	a.serial = 2;
	end_connect();
	UNTIL(a.offered && b.offered == 2);
	EXPECT(!b.gone && end_serial(&b.offer) == 2);
	EXPECT(!memcmp(a.keys.tx, b.keys.rx, SIDESTEP_KEY_LEN));
	/* A good-bye that comes. */
	exchange_close(a.exchange);
	UNTIL(b.gone == 1);
	exchange_close(b.exchange);
}

static void delete_in(enum end_op op)
{
	end_open_both();
	b.deletes = op;
	if (op == END_FAILED)
		a.version = 2;
	end_connect();
	if (op == END_GONE) {
		UNTIL(b.offered);
		exchange_peer_link(a.peer, 0);
	}
	UNTIL(!b.peer);
	end_settle();
	end_close_both();
}

static void test_delete(void)
{
	for (enum end_op op = END_OFFER; op <= END_FAILED; op++)
		delete_in(op);
	/* Outside of the connection's own events. */
	meet();
	a.deletes = END_OFFER;
	exchange_offer_again(a.peer);
	EXPECT(!a.peer);
	UNTIL(b.gone);
	end_close_both();
	end_open_both();
	a.silent = true;
	end_connect();
	UNTIL(a.asked);
	a.deletes = END_OFFER;
	UNTIL(!a.peer);
	end_close_both();
	meet();
	a.deletes = END_GONE;
	exchange_peer_link(a.peer, 0);
	EXPECT(!a.peer);
	end_close_both();
}

/* --- all of it ------------------------------------------------------------ */

static const struct ktap_case cases[] = {
	{ "exchange: both ends offer", test_meet },
	{ "exchange: the same keys at both ends, others each time", test_keys },
	{ "exchange: an offer that has changed is sent again", test_again },
	{ "exchange: an offer may come later", test_later },
	{ "exchange: another key is refused, and named", test_wrong_key },
	{ "exchange: a peer counts on its own link only", test_wrong_link },
	{ "exchange: another version is named", test_version },
	{ "exchange: a port that is taken is named", test_taken },
	{ "exchange: a peer that starts again", test_restart },
	{ "exchange: a peer deleted by its own callback", test_delete },
};

int main(void)
{
	int ret;

	if (!end_begin())
		return 4;
	ret = ktap_run(KTAP_CASES(cases));
	end_finish();
	return ret;
}
