// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: datagrams to both sides of a relay, of UEs and of strangers
 *
 * However they come: nothing goes to who has not sent a good mac1 to that side; a
 * candidate is not sent more than it has sent; what is no handshake goes from the
 * latched source to the latched source.
 */
#include "input.h"

#include "../../userspace/mno/relay_fast.h"
#include "../../userspace/mno/relay_latch.h"

#include "../unit/wg_fake.h"

enum {
	SOURCES = 8,
	/* A step takes at most so much. */
	STEP_MS = 4000,
};

static const uint8_t public[RELAY_SIDES + 1][WG_MAC1_KEY_LEN] = { { 1 }, { 2 }, { 3 } };

/**
 * struct account - of a source on a side
 * @sent: messages with a good mac1
 * @got: messages as a candidate
 */
struct account {
	unsigned int sent;
	unsigned int got;
};

static struct relay_port port[RELAY_SIDES];
static struct account account[RELAY_SIDES][SOURCES];

static void expect(bool truth)
{
	if (!truth)
		abort();
}

static struct sockaddr_storage address(unsigned int who)
{
	struct sockaddr_storage addr = {};
	struct sockaddr_in6 *sin6 = (void *)&addr;
	struct sockaddr_in *sin = (void *)&addr;

	addr.ss_family = who % 2 ? AF_INET : AF_INET6;
	if (who % 2)
		sin->sin_port = who;
	else
		sin6->sin6_port = who;
	return addr;
}

static unsigned int who_is(const struct sockaddr_storage *addr)
{
	unsigned int who = 0;

	for (; who < SOURCES; who++) {
		struct sockaddr_storage its = address(who);

		if (relay_same_source(addr, &its))
			break;
	}
	expect(who < SOURCES);
	return who;
}

static bool is_latch(enum relay_side side, unsigned int who)
{
	struct sockaddr_storage addr = address(who);

	return relay_same_source(&port[side].latch.addr, &addr);
}

/* Small numbers, so that they meet. */
static struct wg_fake take_datagram(struct input *in)
{
	const uint8_t *key = public[TAKE(uint8_t, in) % (RELAY_SIDES + 1)];
	uint8_t kind = TAKE(uint8_t, in) % 6;
	uint32_t index = TAKE(uint8_t, in) % 16;
	struct wg_fake fake = { .len = kind * 32 };

	switch (kind) {
	case WG_INITIATION:
		return wg_fake_initiation(key, index);
	case WG_RESPONSE:
		return wg_fake_response(key, index);
	case WG_COOKIE:
		return wg_fake_cookie(index);
	case WG_DATA:
		return wg_fake_data();
	default:
		take_bytes(in, fake.buf, fake.len % sizeof(fake.buf));
		fake.len %= sizeof(fake.buf);
		return fake;
	}
}

static void pay(enum relay_side side, unsigned int who, bool was_latch)
{
	struct account *its = &account[side][who];

	expect(its->sent > 0);
	if (was_latch || is_latch(side, who))
		return;
	expect(++its->got <= its->sent);
}

static void check(enum relay_side in, unsigned int who, const struct wg_fake *fake,
		  const struct relay_verdict *verdict, const bool was_latch[2][SOURCES])
{
	bool good = wg_mac1_good(&port[in].mac1, fake->buf, fake->len);
	enum wg_kind kind = wg_kind(fake->buf, fake->len);
	unsigned int to;

	account[in][who].sent += good;
	expect(verdict->drop <= RELAY_DROPS && verdict->n_to <= RELAY_MAX_TO);
	expect(verdict->drop == RELAY_DROPS || !verdict->n_to);
	expect(!verdict->n_to || good || kind == WG_DATA || kind == WG_COOKIE);
	expect(!verdict->give_kept || (good && kind == WG_INITIATION));
	if (verdict->give_kept)
		pay(in, who, was_latch[in][who]);
	for (size_t i = 0; i < verdict->n_to; i++) {
		to = who_is(verdict->to[i]);
		pay(!in, to, was_latch[!in][to]);
		expect(kind != WG_DATA || (is_latch(in, who) && is_latch(!in, to)));
	}
	expect(good || (!verdict->latched[0] && !verdict->latched[1]));
}

static void step(struct input *in, uint64_t *now_ns)
{
	bool was_latch[RELAY_SIDES][SOURCES];
	uint8_t what = TAKE(uint8_t, in);
	enum relay_side side = what & 1;
	unsigned int who = what >> 1 & (SOURCES - 1);
	struct sockaddr_storage from = address(who);
	struct wg_fake fake = take_datagram(in);
	struct relay_verdict verdict;

	for (int i = 0; i < RELAY_SIDES; i++)
		for (int j = 0; j < SOURCES; j++)
			was_latch[i][j] = is_latch(i, j);
	*now_ns += TAKE(uint16_t, in) % STEP_MS * 1000000ull;
	relay_latch_judge(port, side, &from, fake.buf, fake.len, *now_ns, &verdict);
	check(side, who, &fake, &verdict, was_latch);
}

static void try_line(const uint8_t *data, size_t size)
{
	char line[256] = "1 . 2 counter packets ";
	size_t at = size && data[0] % 2 ? strlen(line) : 0;
	uint64_t packets, bytes;
	uint16_t number;

	if (size > sizeof(line) - at - 1)
		size = sizeof(line) - at - 1;
	memcpy(line + at, data, size);
	line[at + size] = 0;
	relay_fast_parse(line, &number, &packets, &bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint64_t now_ns = 1000000000000;

	try_line(data, size);
	memset(port, 0, sizeof(port));
	memset(account, 0, sizeof(account));
	for (int side = 0; side < RELAY_SIDES; side++)
		expect(!wg_mac1_key(&port[side].mac1, public[!side]));
	while (in.size)
		step(&in, &now_ns);
	return 0;
}
