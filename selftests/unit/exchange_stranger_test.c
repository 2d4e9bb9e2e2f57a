// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exchange, and strangers on the link: some with keys that are not awaited, some
 * with the peer's, some with none.
 */
#include "exchange_end.h"
#include "ktap.h"
#include "stranger.h"
#include "../../userspace/ue/hello.h"

#include <sys/socket.h>
#include <unistd.h>

enum {
	/* More than the buffers hold. */
	MANY = 10000,
	LAST = 0x7fffffff,
	/* Where somebody listens and is silent. */
	OTHER_PORT = 4444,
};

/* Somebody who has the key of host 0. */
static void shake(struct stranger *stranger)
{
	stranger_connect(stranger, 0);
	stranger_tls(stranger, &end_key[0], TLS1_3_VERSION, "X25519");
	UNTIL(stranger_shake(stranger));
}

static size_t frame(uint8_t *buf, size_t len)
{
	buf[0] = len >> 8;
	buf[1] = len;
	return len + 2;
}

static size_t sample(uint8_t *buf, uint32_t serial)
{
	struct offer offer;

	end_sample(&offer, OFFER_VERSION, serial);
	return frame(buf, offer_encode(&offer, buf + 2, OFFER_MAX_SIZE));
}

/* One that has a member more, unknown, and is @len long. */
static size_t long_sample(uint8_t *buf, size_t len)
{
	size_t at = sample(buf, 1), pad = len + 2 - at - 5;
	const uint8_t member[] = { 0x18, 0x64, 0x59, pad >> 8, pad };

	/* So many more members of the map are less than 24. */
	buf[2]++;
	memcpy(buf + at, member, sizeof(member));
	memset(buf + at + sizeof(member), 0, pad);
	return frame(buf, len);
}

static void refused(const void *buf, size_t len, const char *why)
{
	struct stranger stranger;

	end_open(&b, 1, &end_key[2], &end_key[0]);
	shake(&stranger);
	UNTIL(stranger_send(&stranger, buf, len));
	UNTIL(b.failed);
	EXPECT(strstr(b.why, why) && !b.offered && !b.gone);
	UNTIL(stranger_ended(&stranger));
	stranger_close(&stranger);
	exchange_close(b.exchange);
}

static void test_malformed(void)
{
	uint8_t buf[2 + 2 * OFFER_MAX_SIZE] = {};

	refused(buf, 2, "no length");
	long_sample(buf, OFFER_MAX_SIZE + 1);
	refused(buf, 2 + OFFER_MAX_SIZE + 1, "no length");
	memset(buf, 0xff, sizeof(buf));
	refused(buf, sizeof(buf), "no length");
	frame(buf, 100);
	refused(buf, 102, "malformed");
	/* A good one, cut short. */
	refused(buf, frame(buf, sample(buf, 1) - 3), "malformed");
}

static void test_pieces(void)
{
	uint8_t buf[2 + OFFER_MAX_SIZE];
	struct stranger stranger;
	size_t len = long_sample(buf, OFFER_MAX_SIZE);

	end_open(&b, 1, &end_key[2], &end_key[0]);
	shake(&stranger);
	for (size_t i = 0; i < len && !b.failed; i++) {
		EXPECT(!b.offered);
		UNTIL(stranger_send(&stranger, buf + i, 1));
		sd_event_run(end_event, 0);
	}
	UNTIL(b.offered);
	/* Two at once. */
	len = sample(buf, 2);
	len += sample(buf + len, 3);
	UNTIL(stranger_send(&stranger, buf, len));
	UNTIL(b.offered == 3);
	EXPECT(end_serial(&b.offer) == 3);
	stranger_close(&stranger);
	UNTIL(b.gone);
	exchange_close(b.exchange);
}

/* Return: the serial of the last whole offer in what was sent. */
static uint32_t last_serial(const uint8_t *buf, size_t len)
{
	const char *why;
	struct offer offer = {};
	size_t n;

	for (size_t at = 0; at + 2 <= len; at += n) {
		n = 2 + (buf[at] << 8 | buf[at + 1]);
		if (at + n > len || offer_decode(&offer, buf + at + 2, n - 2, &why))
			break;
	}
	return end_serial(&offer);
}

/* A peer that does not read for a while gets the newest in the end. */
static void test_slow(void)
{
	static uint8_t buf[MANY * 128];
	uint8_t own[2 + OFFER_MAX_SIZE];
	struct stranger stranger;
	unsigned int asked;
	size_t len = 0;

	end_open(&b, 1, &end_key[2], &end_key[0]);
	shake(&stranger);
	UNTIL(b.asked);
	do {
		asked = b.asked;
		b.serial++;
		exchange_offer_again(b.peer);
		sd_event_run(end_event, 0);
		/* Full for a moment, or for good? */
		if (b.asked == asked)
			end_settle();
	} while (b.asked > asked && b.asked < MANY);
	EXPECT(b.asked < MANY);
	b.serial = LAST;
	exchange_offer_again(b.peer);
	UNTIL(stranger_send(&stranger, own, sample(own, 1)));
	UNTIL(b.offered);
	UNTIL((len += stranger_read(&stranger, buf + len, sizeof(buf) - len),
	       last_serial(buf, len) == LAST));
	stranger_close(&stranger);
	exchange_close(b.exchange);
}

static void send_away(const struct hostkey *own, int version, const char *groups)
{
	struct stranger stranger;

	stranger_connect(&stranger, 0);
	stranger_tls(&stranger, own, version, groups);
	UNTIL((stranger_shake(&stranger), stranger_ended(&stranger)));
	stranger_close(&stranger);
}

static void test_strangers(void)
{
	struct stranger stranger;

	end_open(&b, 1, &end_key[2], &end_key[0]);
	stranger_connect(&stranger, 0);
	UNTIL(send(stranger.fd, "GET / HTTP/1.1\r\n\r\n", 18, 0) == 18);
	UNTIL(stranger_ended(&stranger));
	stranger_close(&stranger);
	send_away(&end_key[1], TLS1_3_VERSION, "X25519");
	send_away(NULL, TLS1_3_VERSION, "X25519");
	send_away(&end_key[0], TLS1_2_VERSION, "X25519");
	send_away(&end_key[0], TLS1_3_VERSION, "P-521");
	EXPECT(!b.offered && !b.gone && !b.failed && !b.asked);
	shake(&stranger);
	UNTIL(b.asked);
	stranger_reset(&stranger);
	UNTIL(b.failed);
	exchange_close(b.exchange);
}

/* A later connection of the peer's, without an offer, takes the first one's place. */
static void test_replaced(void)
{
	struct stranger stranger;

	end_open_both();
	end_connect();
	UNTIL(a.offered && b.offered);
	shake(&stranger);
	UNTIL(a.gone);
	EXPECT(!b.gone && !b.failed);
	stranger_reset(&stranger);
	UNTIL(b.gone);
	EXPECT(b.gone == 1 && !b.failed);
	end_connect();
	UNTIL(a.offered == 2 && b.offered == 2);
	shake(&stranger);
	UNTIL(b.asked == 4);
	exchange_peer_link(b.peer, 0);
	EXPECT(b.gone == 2 && !b.failed);
	stranger_close(&stranger);
	end_close_both();
}

static void test_writes(void)
{
	struct stranger stranger;

	end_open(&b, 1, &end_key[2], &end_key[0]);
	shake(&stranger);
	UNTIL(b.asked);
	stranger_reset(&stranger);
	/* The end of the connection has not been looked at yet. */
	b.serial++;
	exchange_offer_again(b.peer);
	UNTIL(b.failed == 1);
	exchange_close(b.exchange);
}

/* Whoever says the peer's hello and is silent then keeps it out for a second. */
static void test_decoy(void)
{
	struct sockaddr_in6 own, to = hosts_address(0, 0, 0xb02, OTHER_PORT);
	double began = end_now_s();
	int fd;

	own = hosts_address(1, 0, 0xb02, OTHER_PORT);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	EXPECT(!bind(fd, (struct sockaddr *)&own, sizeof(own)) && !listen(fd, 1));
	end_open_both();
	hosts_enter(0);
	exchange_connect(a.peer, &to);
	end_connect();
	end_settle();
	EXPECT(!a.offered && !b.asked);
	UNTIL((end_connect(), a.offered && b.offered));
	EXPECT(end_now_s() - began < 5);
	/* It is none any more. */
	hosts_enter(0);
	exchange_connect(a.peer, &to);
	end_settle();
	EXPECT(!a.gone && !b.gone && !a.failed);
	end_close_both();
	close(fd);
}

static bool ended(const struct stranger *stranger, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (!stranger_ended(&stranger[i]))
			return false;
	return true;
}

/* All that takes EXCHANGE_PATIENCE_S, at once: strangers who are silent, a peer that
 * proves who it is and offers nothing, and one that is not there any more.
 */
static void test_patience(void)
{
	struct stranger stranger[EXCHANGE_MAX_STRANGERS], one_more, mute;
	struct end other;
	double began = end_now_s();

	end_open_both();
	end_connect();
	UNTIL(a.offered && b.offered);
	end_add(&other, &b, &end_key[1], 1);
	stranger_connect(&mute, 1);
	stranger_tls(&mute, &end_key[1], TLS1_3_VERSION, "X25519");
	UNTIL(stranger_shake(&mute));
	UNTIL(other.asked);
	for (unsigned int i = 0; i < EXCHANGE_MAX_STRANGERS; i++)
		stranger_connect(&stranger[i], 0);
	end_settle();
	stranger_connect(&one_more, 0);
	UNTIL(stranger_ended(&one_more));
	EXPECT(end_now_s() - began < 5);
	for (unsigned int i = 0; i < EXCHANGE_MAX_STRANGERS; i++)
		EXPECT(!stranger_ended(&stranger[i]));
	/* Host 1 hears nothing from host 0. */
	EXPECT(hosts_run(0, "ip neigh replace fe80::2 dev l0 lladdr 2:0:0:0:0:1 nud permanent"));
	b.serial++;
	exchange_offer_again(b.peer);
	UNTIL(ended(stranger, EXCHANGE_MAX_STRANGERS) && b.gone && other.failed);
	EXPECT(end_now_s() - began > 9);
	EXPECT(strstr(other.why, "offered nothing") && !other.offered && !b.failed);
	EXPECT(hosts_run(0, "ip neigh del fe80::2 dev l0"));
	exchange_peer_link(a.peer, 0);
	exchange_peer_link(a.peer, hosts_link(0, 0));
	end_connect();
	UNTIL(a.offered == 2 && b.offered == 2);
	for (unsigned int i = 0; i < EXCHANGE_MAX_STRANGERS; i++)
		stranger_close(&stranger[i]);
	stranger_close(&one_more);
	stranger_close(&mute);
	end_close_both();
}

static const struct ktap_case cases[] = {
	{ "exchange: malformed and oversized offers", test_malformed },
	{ "exchange: the longest offer, byte by byte; two at once", test_pieces },
	{ "exchange: a peer that does not read", test_slow },
	{ "exchange: strangers are sent away", test_strangers },
	{ "exchange: a met peer is gone, whichever connection ends", test_replaced },
	{ "exchange: writing to a connection that was reset", test_writes },
	{ "exchange: a decoy does not keep the peer out", test_decoy },
	{ "exchange: the end of patience", test_patience },
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
