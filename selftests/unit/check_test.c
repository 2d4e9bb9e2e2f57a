// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_test: two ends look for a way to each other, through NATs of all kinds, on a
 * network that is simulated: 30 ms each way
 */
#include "ktap.h"
#include "random.h"
#include "../../userspace/ue/check.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000ull
#define SECOND (1000 * MS)
#define DELAY (30 * MS)

enum {
	ENDS = 2,
	SERVER = ENDS,
	WG_PORT = 51820,
	MAX_FLYING = 64,
	MAX_MAPPINGS = 32,
};

/**
 * enum nat - before an end
 * @NAT_NONE: none, a public address
 * @NAT_EASY: one port for all destinations; lets in what was sent to (RFC 4787:
 *	      endpoint-independent mapping, address-dependent filtering)
 * @NAT_STRICT: likewise, but for the port, too
 * @NAT_SYMMETRIC: a port for each destination, and strict
 */
enum nat {
	NAT_NONE,
	NAT_EASY,
	NAT_STRICT,
	NAT_SYMMETRIC,
};

struct mapping {
	struct sockaddr_storage to;
	uint16_t port;
};

/**
 * struct end - one of the two
 * @number: 0 or 1
 * @nat: before it
 * @mapping: what it has sent to
 * @check: its checks
 * @next_ns: when they are due
 * @mapped: as the STUN server sees it
 * @chosen: the way in use; AF_UNSPEC: the relay
 * @n_chosen: how often that was said
 */
struct end {
	unsigned int number;
	enum nat nat;
	struct mapping mapping[MAX_MAPPINGS];
	size_t n_mappings;
	struct check check;
	uint64_t next_ns;
	struct sockaddr_storage mapped;
	struct sockaddr_storage chosen;
	unsigned int n_chosen;
};

struct datagram {
	struct sockaddr_storage from, to;
	uint64_t at_ns;
	uint8_t buf[STUN_MAX_SIZE];
	size_t len;
};

static struct end end[ENDS];
static struct datagram flying[MAX_FLYING];
static size_t n_flying;
static uint64_t now;
static bool cut;
static unsigned int loss_percent, sent;
static __u64 seed;

static struct sockaddr_storage addr4(uint32_t host, uint16_t port)
{
	struct sockaddr_storage addr = {};

	*(struct sockaddr_in *)&addr = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr = { htonl(host) },
	};
	return addr;
}

static uint32_t host_of(const struct sockaddr_storage *addr)
{
	return ntohl(((const struct sockaddr_in *)addr)->sin_addr.s_addr);
}

static uint16_t port_of(const struct sockaddr_storage *addr)
{
	return ntohs(((const struct sockaddr_in *)addr)->sin_port);
}

/* 198.51.100.1 and .2; the server is .9. */
static uint32_t public_host(unsigned int number)
{
	return 0xc6336401 + (number == SERVER ? 8 : number);
}

static uint16_t outside_port(struct end *e, const struct sockaddr_storage *to)
{
	size_t i;

	for (i = 0; i < e->n_mappings; i++)
		if (!memcmp(&e->mapping[i].to, to, sizeof(*to)))
			return e->mapping[i].port;
	if (i == MAX_MAPPINGS)
		abort();
	e->mapping[i].to = *to;
	e->mapping[i].port = e->nat == NAT_SYMMETRIC ? 40000 + i : WG_PORT;
	e->n_mappings++;
	return e->mapping[i].port;
}

static bool lets_in(const struct end *e, const struct datagram *d)
{
	bool strict = e->nat >= NAT_STRICT;

	if (e->nat == NAT_NONE)
		return port_of(&d->to) == WG_PORT;
	for (size_t i = 0; i < e->n_mappings; i++)
		if (e->mapping[i].port == port_of(&d->to) &&
		    host_of(&e->mapping[i].to) == host_of(&d->from) &&
		    (!strict || port_of(&e->mapping[i].to) == port_of(&d->from)))
			return true;
	return false;
}

static void fly(const struct datagram *d)
{
	sent++;
	if (n_flying == MAX_FLYING)
		abort();
	if (cut || random_below(&seed, 100) < loss_percent)
		return;
	flying[n_flying++] = *d;
}

static void on_send(void *data, const struct sockaddr_storage *to, const uint8_t *buf,
		    size_t len)
{
	struct end *e = data;
	struct datagram d = { .to = *to, .at_ns = now + DELAY, .len = len };

	memcpy(d.buf, buf, len);
	d.from = addr4(public_host(e->number), outside_port(e, to));
	fly(&d);
}

static void on_mapped(void *data, const struct sockaddr_storage *addr)
{
	((struct end *)data)->mapped = *addr;
}

static void on_chosen(void *data, const struct sockaddr_storage *addr)
{
	struct end *e = data;

	e->chosen = addr ? *addr : (struct sockaddr_storage){};
	e->n_chosen++;
}

static const struct check_ops ops = { on_send, on_mapped, on_chosen };

/* The function's STUN server. */
static void serve(const struct datagram *d)
{
	struct stun_message message, answer = { .class = STUN_SUCCESS, .mapped = d->from };
	struct datagram back = { .from = d->to, .to = d->from, .at_ns = now + DELAY };

	EXPECT(!stun_decode(&message, d->buf, d->len) && message.role == STUN_NO_ROLE);
	EXPECT(!strcmp(message.user, "a.example/7"));
	memcpy(answer.id, message.id, sizeof(answer.id));
	back.len = stun_encode(&answer, end[0].check.key, PF_CHECK_KEY_LEN, back.buf,
			       sizeof(back.buf));
	fly(&back);
}

static void arrive(const struct datagram *d)
{
	if (host_of(&d->to) == public_host(SERVER)) {
		serve(d);
		return;
	}
	for (struct end *e = end; e < end + ENDS; e++)
		if (host_of(&d->to) == public_host(e->number) && lets_in(e, d)) {
			check_received(&e->check, &d->from, d->buf, d->len, now);
			e->next_ns = now;
		}
}

static void step(void)
{
	struct datagram d;

	for (struct end *e = end; e < end + ENDS; e++)
		if (e->next_ns && now >= e->next_ns)
			e->next_ns = check_step(&e->check, now);
	for (size_t i = 0; i < n_flying;) {
		if (now < flying[i].at_ns) {
			i++;
			continue;
		}
		d = flying[i];
		flying[i] = flying[--n_flying];
		arrive(&d);
	}
}

static void run(uint64_t ns)
{
	for (uint64_t until = now + ns; now < until; now += MS)
		step();
}

static void give_candidates(struct end *to, const struct end *from)
{
	struct pf_candidates candidates = { .n = 1 };

	candidates.candidate[0].type = PF_CANDIDATE_HOST;
	candidates.candidate[0].addr =
		from->nat == NAT_NONE ? addr4(public_host(from->number), WG_PORT) :
					addr4(0x0a000002, WG_PORT);
	candidates.candidate[0].priority = check_priority(PF_CANDIDATE_HOST, AF_INET);
	if (from->mapped.ss_family) {
		candidates.candidate[1] = (struct pf_candidate){
			PF_CANDIDATE_SRFLX, from->mapped,
			check_priority(PF_CANDIDATE_SRFLX, AF_INET),
		};
		candidates.n = 2;
	}
	check_candidates(&to->check, &candidates, now);
	to->next_ns = now;
}

/* Until their candidates are known to each other; the second end is later. */
static void begin(enum nat a, enum nat b)
{
	struct pf_order order = { .session = "a.example/7", .check_key = { 5, 6 } };
	struct sockaddr_storage server = addr4(public_host(SERVER), 3478);

	memset(end, 0, sizeof(end));
	n_flying = 0;
	now = SECOND;
	cut = false;
	sent = 0;
	for (unsigned int i = 0; i < ENDS; i++) {
		end[i].number = i;
		end[i].nat = i ? b : a;
		order.initiator = !i;
		check_init(&end[i].check, &order, i + 1, &ops, &end[i]);
		check_ask_server(&end[i].check, &server, now);
		end[i].next_ns = now;
	}
	run(4 * SECOND);
	give_candidates(&end[0], &end[1]);
	run(40 * MS);
	give_candidates(&end[1], &end[0]);
}

/* Each goes to where the other one is seen. */
static bool are_connected(void)
{
	for (struct end *e = end; e < end + ENDS; e++)
		if (host_of(&e->chosen) != public_host(!e->number) || e->n_chosen != 1)
			return false;
	return true;
}

static void test_mapped(void)
{
	begin(NAT_EASY, NAT_SYMMETRIC);
	EXPECT(host_of(&end[0].mapped) == public_host(0));
	EXPECT(port_of(&end[0].mapped) == WG_PORT);
	EXPECT(host_of(&end[1].mapped) == public_host(1) && port_of(&end[1].mapped) == 40000);
}

static void test_nats(void)
{
	static const struct {
		enum nat a, b;
		bool works;
	} rows[] = {
		{ NAT_NONE, NAT_NONE, true },
		{ NAT_NONE, NAT_STRICT, true },
		{ NAT_SYMMETRIC, NAT_NONE, true },
		{ NAT_EASY, NAT_EASY, true },
		{ NAT_STRICT, NAT_STRICT, true },
		{ NAT_EASY, NAT_STRICT, true },
		{ NAT_EASY, NAT_SYMMETRIC, true },
		{ NAT_SYMMETRIC, NAT_EASY, true },
		{ NAT_STRICT, NAT_SYMMETRIC, false },
		{ NAT_SYMMETRIC, NAT_SYMMETRIC, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(rows[i].a, rows[i].b);
		run(2 * SECOND);
		ktap_expect(rows[i].works ? are_connected() :
			    !end[0].n_chosen && !end[1].n_chosen, __LINE__,
			    "row %zu: %u, %u", i, end[0].n_chosen, end[1].n_chosen);
	}
}

/* Where no way works, that costs nothing for long. */
static void test_quiet(void)
{
	unsigned int before;

	begin(NAT_SYMMETRIC, NAT_SYMMETRIC);
	run(10 * SECOND);
	EXPECT(sent < 60);
	before = sent;
	run(45 * SECOND);
	EXPECT(sent == before);
	run(60 * SECOND);
	EXPECT(sent > before);
}

static void test_best(void)
{
	struct pf_candidates candidates = { .n = 2, .candidate = {
		{ PF_CANDIDATE_SRFLX, addr4(public_host(1), WG_PORT), 1 },
		{ PF_CANDIDATE_HOST, addr4(0x0a000002, WG_PORT), 2 },
	} };

	begin(NAT_NONE, NAT_NONE);
	check_candidates(&end[0].check, &candidates, now);
	run(2 * SECOND);
	EXPECT(are_connected());
}

static void test_loss(void)
{
	unsigned int connected = 0;

	for (int i = 0; i < 100; i++) {
		loss_percent = 20;
		begin(NAT_STRICT, NAT_STRICT);
		run(8 * SECOND);
		connected += are_connected() || end[0].n_chosen;
	}
	loss_percent = 0;
	EXPECT(connected >= 95);
}

static void test_consent(void)
{
	unsigned int before;

	begin(NAT_EASY, NAT_EASY);
	run(2 * SECOND);
	before = sent;
	run(60 * SECOND);
	EXPECT(are_connected());
	/* Each end asks every 5 s, and the other answers. */
	EXPECT(sent - before >= 40 && sent - before <= 52);
	cut = true;
	run(CHECK_CONSENT_MS * MS);
	run((CHECK_MISSES + 1) * CHECK_DOUBT_MS * MS);
	for (struct end *e = end; e < end + ENDS; e++)
		EXPECT(e->n_chosen == 2 && e->chosen.ss_family == AF_UNSPEC);
	cut = false;
	run(CHECK_AGAIN_MS * MS + 5 * SECOND);
	for (struct end *e = end; e < end + ENDS; e++)
		EXPECT(e->n_chosen == 3 && host_of(&e->chosen) == public_host(!e->number));
}

/* One that is lost is no reason. */
static void test_consent_once(void)
{
	begin(NAT_EASY, NAT_EASY);
	run(2 * SECOND);
	for (int i = 0; i < 20; i++) {
		cut = true;
		run((CHECK_MISSES - 2) * CHECK_DOUBT_MS * MS + SECOND / 2);
		cut = false;
		run(4 * SECOND);
	}
	EXPECT(are_connected());
}

static void send_forged(struct end *to, const uint8_t *key, const char *user,
			enum stun_role role)
{
	struct stun_message message = {
		.class = STUN_REQUEST, .role = role, .use_candidate = true,
	};
	struct sockaddr_storage from = addr4(0xcb007101, 7);
	uint8_t buf[STUN_MAX_SIZE];
	size_t len;

	strcpy(message.user, user);
	len = stun_encode(&message, key, PF_CHECK_KEY_LEN, buf, sizeof(buf));
	check_received(&to->check, &from, buf, len, now);
	to->next_ns = now;
}

/* A stranger is not answered, and chooses nothing. */
static void test_strangers(void)
{
	static const uint8_t other_key[PF_CHECK_KEY_LEN] = { 1 };
	uint8_t junk[STUN_MAX_SIZE] = { 1 };
	struct sockaddr_storage from = addr4(0xcb007101, 7);
	unsigned int before;

	begin(NAT_SYMMETRIC, NAT_SYMMETRIC);
	run(20 * SECOND);
	before = sent;
	send_forged(&end[1], other_key, "a.example/7", STUN_CONTROLLING);
	send_forged(&end[1], end[1].check.key, "a.example/8", STUN_CONTROLLING);
	/* One's own, sent back. */
	send_forged(&end[1], end[1].check.key, "a.example/7", STUN_CONTROLLED);
	check_received(&end[1].check, &from, junk, sizeof(junk), now);
	run(SECOND);
	EXPECT(sent == before && !end[1].n_chosen);
	/* This end chooses itself. */
	send_forged(&end[0], end[0].check.key, "a.example/7", STUN_CONTROLLED);
	run(SECOND);
	EXPECT(sent > before && !end[0].n_chosen);
	for (int i = 0; i < 2 * CHECK_MAX_PAIRS; i++) {
		from = addr4(0xcb007101, 100 + i);
		send_forged(&end[0], end[0].check.key, "a.example/7", STUN_CONTROLLED);
	}
	EXPECT(end[0].check.n <= CHECK_MAX_PAIRS);
}

static void test_restart(void)
{
	begin(NAT_EASY, NAT_EASY);
	run(2 * SECOND);
	check_restart(&end[0].check, now);
	end[0].next_ns = now;
	EXPECT(end[0].n_chosen == 2 && !end[0].chosen.ss_family);
	run(SECOND);
	EXPECT(end[0].n_chosen == 3 && host_of(&end[0].chosen) == public_host(1));
	EXPECT(end[1].n_chosen == 1);
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "the STUN server tells the mapped address", test_mapped },
		{ "NATs of all kinds", test_nats },
		{ "no way: silence", test_quiet },
		{ "the best of those that work", test_best },
		{ "a fifth is lost", test_loss },
		{ "consent, its end, and another attempt", test_consent },
		{ "one that is lost is no end", test_consent_once },
		{ "strangers", test_strangers },
		{ "this end has another address", test_restart },
	};

	seed = random_seed();
	return ktap_run(KTAP_CASES(cases));
}
