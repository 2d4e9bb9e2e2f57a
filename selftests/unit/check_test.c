// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_test: two ends look for a way to each other, through NATs of all kinds, on a
 * network that is simulated: 30 ms each way
 */
#include "ktap.h"
#include "random.h"
#include "../../userspace/ue/check.h"
#include "../../userspace/ue/endpoint.h"

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
 * @NAT_OPEN: one port for all destinations; lets in what anybody sends (RFC 4787:
 *	      endpoint-independent mapping and filtering)
 * @NAT_EASY: one port for all destinations; lets in what was sent to
 *	      (address-dependent filtering)
 * @NAT_STRICT: likewise, but for the port, too
 * @NAT_SYMMETRIC: a port for each destination, and strict
 */
enum nat {
	NAT_NONE,
	NAT_OPEN,
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
 * @answered: where answers came from
 * @n_answered: how many of these
 * @chosen: the way in use; AF_UNSPEC: the relay
 * @n_chosen: how often that was said
 * @n_consented: how often it has answered since
 */
struct end {
	unsigned int number;
	enum nat nat;
	struct mapping mapping[MAX_MAPPINGS];
	size_t n_mappings;
	struct check check;
	uint64_t next_ns;
	struct sockaddr_storage mapped;
	struct sockaddr_storage answered[MAX_MAPPINGS];
	size_t n_answered;
	struct sockaddr_storage chosen;
	unsigned int n_chosen;
	unsigned int n_consented;
};

struct datagram {
	struct sockaddr_storage from, to;
	uint64_t at_ns;
	uint8_t buf[STUN_MAX_SIZE];
	size_t len;
};

static struct end end[ENDS];
static struct datagram flying[MAX_FLYING];
/* The last one with USE-CANDIDATE, as who listens on the way has it. */
static struct datagram overheard;
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
		    (e->nat == NAT_OPEN ||
		     host_of(&e->mapping[i].to) == host_of(&d->from)) &&
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
	struct stun_message message;

	memcpy(d.buf, buf, len);
	d.from = addr4(public_host(e->number), outside_port(e, to));
	if (!stun_decode(&message, buf, len) && message.use_candidate)
		overheard = d;
	fly(&d);
}

static void on_mapped(void *data, const struct sockaddr_storage *addr)
{
	((struct end *)data)->mapped = *addr;
}

static void note_answer(struct end *e, const struct datagram *d)
{
	struct stun_message message;

	if (stun_decode(&message, d->buf, d->len) || message.class != STUN_SUCCESS)
		return;
	e->answered[e->n_answered++ % MAX_MAPPINGS] = d->from;
}

static bool has_answered(const struct end *e, const struct sockaddr_storage *addr)
{
	for (size_t i = 0; i < e->n_answered && i < MAX_MAPPINGS; i++)
		if (!memcmp(&e->answered[i], addr, sizeof(*addr)))
			return true;
	return false;
}

/* Never where no packet has gone there and back. */
static void on_chosen(void *data, const struct sockaddr_storage *addr)
{
	struct end *e = data;

	EXPECT(!addr || has_answered(e, addr));
	e->chosen = addr ? *addr : (struct sockaddr_storage){};
	e->n_chosen++;
}

/* Only of the one in use. */
static void on_consented(void *data)
{
	struct end *e = data;

	EXPECT(e->check.used >= 0 && endpoint_same(&e->chosen,
						   &e->check.pair[e->check.used].addr));
	e->n_consented++;
}

static const struct check_ops ops = { on_send, on_mapped, on_chosen, on_consented };

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
			note_answer(e, d);
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

/* Each goes to where the other one is seen, after so many words of it. */
static bool are_connected_after(unsigned int n)
{
	for (struct end *e = end; e < end + ENDS; e++)
		if (host_of(&e->chosen) != public_host(!e->number) || e->n_chosen != n)
			return false;
	return true;
}

static bool are_connected(void)
{
	return are_connected_after(1);
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
		{ NAT_OPEN, NAT_STRICT, true },
		{ NAT_OPEN, NAT_SYMMETRIC, true },
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
	for (struct end *e = end; e < end + ENDS; e++)
		EXPECT(e->n_consented >= 10 && e->n_consented <= 14);
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

static void send_forged_from(struct sockaddr_storage from, struct end *to,
			     const uint8_t *key, const char *user, enum stun_role role)
{
	struct stun_message message = {
		.class = STUN_REQUEST, .role = role, .use_candidate = true,
	};
	uint8_t buf[STUN_MAX_SIZE];
	size_t len;

	strcpy(message.user, user);
	len = stun_encode(&message, key, PF_CHECK_KEY_LEN, buf, sizeof(buf));
	check_received(&to->check, &from, buf, len, now);
	to->next_ns = now;
}

static void send_forged(struct end *to, const uint8_t *key, const char *user,
			enum stun_role role)
{
	send_forged_from(addr4(0xcb007101, 7), to, key, user, role);
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

/* What the controlling end has said, from an address of a stranger's. */
static void replay(unsigned int number)
{
	struct sockaddr_storage from = addr4(0xcb007101, 100 + number);

	check_received(&end[1].check, &from, overheard.buf, overheard.len, now);
	end[1].next_ns = now;
}

/* Its source is nobody's word: nothing goes where no answer has come from. */
static void test_replayed(void)
{
	begin(NAT_EASY, NAT_EASY);
	run(2 * SECOND);
	replay(0);
	run(20 * SECOND);
	EXPECT(are_connected());
	begin(NAT_SYMMETRIC, NAT_SYMMETRIC);
	run(2 * SECOND);
	replay(0);
	run(20 * SECOND);
	EXPECT(!end[1].n_chosen);
}

/* The NAT of an end gives it other ports, and the end knows. */
static void move(struct end *e)
{
	e->nat = NAT_SYMMETRIC;
	e->n_mappings = 0;
	check_restart(&e->check, now);
	e->next_ns = now;
}

static size_t n_told(const struct check *check)
{
	size_t n = 0;

	for (size_t i = 0; i < check->n; i++)
		n += check->pair[i].told;
	return n;
}

static void test_replayed_many(void)
{
	struct pf_candidates candidates = {};

	begin(NAT_EASY, NAT_EASY);
	run(10 * SECOND);
	for (unsigned int i = 0; i < 2 * CHECK_MAX_PAIRS; i++)
		replay(i);
	EXPECT(end[1].check.n == CHECK_MAX_PAIRS);
	run(20 * SECOND);
	EXPECT(are_connected() && n_told(&end[1].check) == 2);
	/* There is room for who answers. */
	move(&end[0]);
	run(2 * SECOND);
	EXPECT(end[1].n_chosen == 2 && port_of(&end[1].chosen) != WG_PORT);
	for (unsigned int i = 0; i < CHECK_MAX_PAIRS; i++)
		replay(i);
	/* What is in use stays, even if many are told. */
	candidates.n = PF_MAX_CANDIDATES;
	for (size_t i = 0; i < candidates.n; i++)
		candidates.candidate[i].addr = addr4(0xcb007200 + i, WG_PORT);
	check_candidates(&end[1].check, &candidates, now);
	EXPECT(!memcmp(&end[1].check.pair[end[1].check.used].addr, &end[1].chosen,
		       sizeof(end[1].chosen)));
}

/* Addresses that were seen do not keep out those that are told. */
static void test_told(void)
{
	begin(NAT_EASY, NAT_EASY);
	run(2 * SECOND);
	begin(NAT_EASY, NAT_EASY);
	end[1].check.n = 0;
	for (unsigned int i = 0; i < CHECK_MAX_PAIRS; i++)
		replay(i);
	give_candidates(&end[1], &end[0]);
	run(2 * SECOND);
	EXPECT(are_connected());
	/* Seen first, and told then. */
	begin(NAT_NONE, NAT_NONE);
	EXPECT(end[1].check.n == 1 && n_told(&end[1].check) == 1);
}

/* The end that does not choose has to have an answer itself. */
static void test_named(void)
{
	struct end *e = &end[1];

	begin(NAT_NONE, NAT_NONE);
	e->check.n = 0;
	check_init(&end[0].check, &(struct pf_order){ .session = "a.example/7",
		   .initiator = true, .check_key = { 5, 6 } }, 1, &ops, &end[0]);
	send_forged_from(addr4(public_host(0), WG_PORT), e, e->check.key, "a.example/7",
			 STUN_CONTROLLING);
	run(2 * DELAY - 2 * MS);
	EXPECT(!e->n_chosen);
	run(5 * MS);
	EXPECT(e->n_chosen == 1 && host_of(&e->chosen) == public_host(0));
	/* Another way that did not work before. */
	begin(NAT_EASY, NAT_EASY);
	run(20 * SECOND);
	EXPECT(host_of(&e->check.pair[0].addr) == 0x0a000002);
	EXPECT(e->check.pair[0].tries == CHECK_TRIES);
	send_forged_from(addr4(0x0a000002, WG_PORT), e, e->check.key, "a.example/7",
			 STUN_CONTROLLING);
	run(SECOND);
	EXPECT(are_connected() && e->check.pair[0].tries == 4);
}

/* The end that does not choose: the other one finds out, and chooses again. */
static void test_moved(void)
{
	begin(NAT_EASY, NAT_EASY);
	run(2 * SECOND);
	move(&end[1]);
	run(CHECK_MISSES * CHECK_DOUBT_MS * MS + SECOND);
	EXPECT(are_connected_after(3) && port_of(&end[0].chosen) != WG_PORT);
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
		{ "the other end has another address", test_moved },
		{ "what a stranger sends again", test_replayed },
		{ "and again, from everywhere", test_replayed_many },
		{ "candidates have room", test_told },
		{ "what is named has to answer", test_named },
	};

	seed = random_seed();
	return ktap_run(KTAP_CASES(cases));
}
