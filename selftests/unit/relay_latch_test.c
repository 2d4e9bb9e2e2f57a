// SPDX-License-Identifier: GPL-2.0-or-later
#include "../../userspace/mno/relay_latch.h"

#include "ktap.h"
#include "wg_fake.h"

#include <arpa/inet.h>

/* Who sends: the UEs, the same behind other mappings, and strangers. */
enum {
	UE_A = 1,
	UE_A2,
	UE_B,
	UE_B2,
	STRANGER,
	STRANGER2,
	STRANGERS = 20,
};

static const uint8_t public[RELAY_SIDES][WG_MAC1_KEY_LEN] = { { 0xaa }, { 0xbb } };
static const uint8_t elsewhere[WG_MAC1_KEY_LEN] = { 0xcc };
static const uint64_t second_ns = 1000000000;

static struct relay_port port[RELAY_SIDES];
static struct relay_verdict verdict;
static uint64_t now_ns;

static struct sockaddr_storage address(unsigned int who)
{
	struct sockaddr_storage addr = {};
	struct sockaddr_in *sin = (void *)&addr;

	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(0xc6336400 + who);
	sin->sin_port = htons(51820);
	return addr;
}

static void begin(void)
{
	memset(port, 0, sizeof(port));
	now_ns = 1000 * second_ns;
	for (int side = 0; side < RELAY_SIDES; side++)
		if (wg_mac1_key(&port[side].mac1, public[!side]))
			abort();
}

static void come(enum relay_side in, unsigned int who, struct wg_fake fake)
{
	struct sockaddr_storage from = address(who);

	relay_latch_judge(port, in, &from, fake.buf, fake.len, now_ns, &verdict);
}

static bool is_to(unsigned int who)
{
	struct sockaddr_storage addr = address(who);

	for (size_t i = 0; i < verdict.n_to; i++)
		if (relay_same_source(verdict.to[i], &addr))
			return true;
	return false;
}

static bool only_to(unsigned int who)
{
	return verdict.drop == RELAY_DROPS && verdict.n_to == 1 && is_to(who);
}

static bool is_dropped(enum relay_drop drop)
{
	return verdict.drop == drop && !verdict.n_to && !verdict.give_kept;
}

static bool is_latched(enum relay_side side, unsigned int who)
{
	struct sockaddr_storage addr = address(who);

	return relay_same_source(&port[side].latch.addr, &addr);
}

/* Index 0xa<n> is A's, 0xb<n> is B's, and so on. */
static void initiate(enum relay_side in, unsigned int who, uint32_t index)
{
	come(in, who, wg_fake_initiation(public[!in], index));
}

static void answer(enum relay_side in, unsigned int who, uint32_t index)
{
	come(in, who, wg_fake_response(public[!in], index));
}

static void data(enum relay_side in, unsigned int who)
{
	come(in, who, wg_fake_data());
}

/* A punches, B initiates, A answers. */
static void meet(void)
{
	begin();
	initiate(RELAY_A, UE_A, 0xa0);
	initiate(RELAY_B, UE_B, 0xb0);
	answer(RELAY_A, UE_A, 0xb0);
}

static void test_meet(void)
{
	begin();
	initiate(RELAY_A, UE_A, 0xa0);
	EXPECT(verdict.drop == RELAY_DROPS && !verdict.n_to);
	initiate(RELAY_B, UE_B, 0xb0);
	EXPECT(only_to(UE_A) && verdict.give_kept);
	EXPECT(!verdict.latched[RELAY_A] && !verdict.latched[RELAY_B]);
	answer(RELAY_A, UE_A, 0xb0);
	EXPECT(only_to(UE_B) && verdict.latched[RELAY_A] && verdict.latched[RELAY_B]);
	EXPECT(is_latched(RELAY_A, UE_A) && is_latched(RELAY_B, UE_B));
	data(RELAY_A, UE_A);
	EXPECT(only_to(UE_B));
	data(RELAY_B, UE_B);
	EXPECT(only_to(UE_A) && !verdict.latched[RELAY_A] && !verdict.latched[RELAY_B]);
}

static void test_kept(void)
{
	begin();
	initiate(RELAY_B, UE_B, 0xb0);
	EXPECT(verdict.drop == RELAY_DROPS && !verdict.n_to && !verdict.give_kept);
	initiate(RELAY_B, UE_B, 0xb1);
	initiate(RELAY_A, UE_A, 0xa0);
	EXPECT(verdict.give_kept && wg_sender(port[RELAY_A].kept) == 0xb1);
	initiate(RELAY_A, UE_A, 0xa1);
	EXPECT(!verdict.give_kept);
	answer(RELAY_A, UE_A, 0xb1);
	EXPECT(only_to(UE_B) && is_latched(RELAY_A, UE_A));
}

static void test_mac1(void)
{
	begin();
	come(RELAY_A, UE_A, wg_fake_initiation(elsewhere, 0xa0));
	EXPECT(is_dropped(RELAY_DROP_MAC1));
	come(RELAY_A, UE_A, wg_fake_initiation(public[RELAY_A], 0xa0));
	EXPECT(is_dropped(RELAY_DROP_MAC1));
	initiate(RELAY_B, UE_B, 0xb0);
	EXPECT(!verdict.n_to);
	come(RELAY_A, UE_A, wg_fake_response(elsewhere, 0xb0));
	EXPECT(is_dropped(RELAY_DROP_MAC1));
	meet();
	come(RELAY_A, UE_A, wg_fake_initiation(elsewhere, 0xa1));
	EXPECT(is_dropped(RELAY_DROP_MAC1));
}

static void test_form(void)
{
	struct wg_fake fake = wg_fake_data();

	meet();
	fake.len = WG_DATA_MIN_LEN - 1;
	come(RELAY_A, UE_A, fake);
	EXPECT(is_dropped(RELAY_DROP_FORM));
	fake.len = 0;
	come(RELAY_A, UE_A, fake);
	EXPECT(is_dropped(RELAY_DROP_FORM));
}

static void test_unlatched(void)
{
	begin();
	data(RELAY_A, UE_A);
	EXPECT(is_dropped(RELAY_DROP_UNLATCHED));
	initiate(RELAY_A, UE_A, 0xa0);
	initiate(RELAY_B, UE_B, 0xb0);
	data(RELAY_A, UE_A);
	EXPECT(is_dropped(RELAY_DROP_UNLATCHED));
	data(RELAY_B, UE_B);
	EXPECT(is_dropped(RELAY_DROP_UNLATCHED));
}

static void test_source(void)
{
	meet();
	data(RELAY_A, STRANGER);
	EXPECT(is_dropped(RELAY_DROP_SOURCE));
	data(RELAY_A, UE_B);
	EXPECT(is_dropped(RELAY_DROP_SOURCE));
	come(RELAY_A, STRANGER, wg_fake_cookie(0xb0));
	EXPECT(is_dropped(RELAY_DROP_SOURCE));
	/* Who has sent a good mac1 is still another source. */
	initiate(RELAY_A, STRANGER, 0xe0);
	data(RELAY_A, STRANGER);
	EXPECT(is_dropped(RELAY_DROP_SOURCE));
	data(RELAY_B, UE_B);
	EXPECT(only_to(UE_A));
}

/* Its messages reach the peer, which does not answer them; so does the UE's own. */
static void test_first(void)
{
	begin();
	initiate(RELAY_A, STRANGER, 0xe0);
	initiate(RELAY_A, UE_A, 0xa0);
	initiate(RELAY_B, UE_B, 0xb0);
	EXPECT(verdict.n_to == 2 && is_to(STRANGER) && is_to(UE_A));
	answer(RELAY_A, UE_A, 0xb0);
	EXPECT(only_to(UE_B) && is_latched(RELAY_A, UE_A));
	data(RELAY_B, UE_B);
	EXPECT(only_to(UE_A));
	data(RELAY_A, STRANGER);
	EXPECT(is_dropped(RELAY_DROP_SOURCE));
}

static void test_credit(void)
{
	begin();
	initiate(RELAY_A, STRANGER, 0xe0);
	initiate(RELAY_B, UE_B, 0xb0);
	EXPECT(only_to(STRANGER));
	initiate(RELAY_B, UE_B, 0xb1);
	EXPECT(verdict.drop == RELAY_DROPS && !verdict.n_to);
	initiate(RELAY_A, STRANGER, 0xe1);
	EXPECT(verdict.give_kept);
	initiate(RELAY_B, UE_B, 0xb2);
	EXPECT(!verdict.n_to);
	/* Cookies, too, are paid for. */
	come(RELAY_A, STRANGER, wg_fake_cookie(0xb2));
	EXPECT(only_to(UE_B));
	come(RELAY_A, STRANGER, wg_fake_cookie(0xb2));
	come(RELAY_A, STRANGER, wg_fake_cookie(0xb2));
	come(RELAY_A, STRANGER, wg_fake_cookie(0xb2));
	EXPECT(is_dropped(RELAY_DROP_ANSWER));
}

static void test_too_many(void)
{
	int forwarded = 0;

	meet();
	for (int i = 0; i < 100; i++) {
		initiate(RELAY_A, STRANGERS + i, 0xe0 + i);
		forwarded += verdict.drop == RELAY_DROPS;
	}
	EXPECT(is_dropped(RELAY_DROP_CANDIDATE));
	EXPECT(forwarded > 0 && forwarded <= RELAY_CANDIDATES_A_SECOND);
	initiate(RELAY_A, UE_A, 0xa1);
	EXPECT(only_to(UE_B));
	now_ns += second_ns;
	initiate(RELAY_A, UE_A2, 0xa2);
	EXPECT(only_to(UE_B));
}

static void test_rebind_initiator(void)
{
	meet();
	initiate(RELAY_A, UE_A2, 0xa1);
	EXPECT(only_to(UE_B) && is_latched(RELAY_A, UE_A));
	data(RELAY_A, UE_A2);
	EXPECT(is_dropped(RELAY_DROP_SOURCE));
	answer(RELAY_B, UE_B, 0xa1);
	EXPECT(only_to(UE_A2) && verdict.latched[RELAY_A] && !verdict.latched[RELAY_B]);
	data(RELAY_A, UE_A2);
	EXPECT(only_to(UE_B));
	data(RELAY_A, UE_A);
	EXPECT(is_dropped(RELAY_DROP_SOURCE));
}

/* Several initiations may be on their way. */
static void test_rebind_again(void)
{
	meet();
	initiate(RELAY_A, UE_A2, 0xa1);
	initiate(RELAY_A, UE_A2, 0xa2);
	answer(RELAY_B, UE_B, 0xa1);
	EXPECT(only_to(UE_A2) && is_latched(RELAY_A, UE_A2));
}

static void test_rebind_responder(void)
{
	meet();
	initiate(RELAY_A, UE_A, 0xa1);
	answer(RELAY_B, UE_B2, 0xa1);
	EXPECT(only_to(UE_A) && is_latched(RELAY_B, UE_B2));
	data(RELAY_A, UE_A);
	EXPECT(only_to(UE_B2));
}

/* Without the peer's answer a good mac1 is nothing, and the answer must be the peer's. */
static void test_thief(void)
{
	meet();
	initiate(RELAY_A, STRANGER, 0xe0);
	EXPECT(only_to(UE_B) && is_latched(RELAY_A, UE_A));
	answer(RELAY_B, STRANGER2, 0xe0);
	EXPECT(is_dropped(RELAY_DROP_ANSWER) && is_latched(RELAY_A, UE_A));
	answer(RELAY_B, STRANGER2, 0xe1);
	EXPECT(is_dropped(RELAY_DROP_ANSWER));
	initiate(RELAY_B, STRANGER2, 0xf0);
	EXPECT(only_to(UE_A));
	answer(RELAY_B, STRANGER2, 0xe0);
	EXPECT(is_dropped(RELAY_DROP_ANSWER));
	answer(RELAY_A, STRANGER, 0xf0);
	EXPECT(is_dropped(RELAY_DROP_ANSWER));
	EXPECT(is_latched(RELAY_A, UE_A) && is_latched(RELAY_B, UE_B));
}

/* The side that is heard is not lost with the one that is not. */
static void test_thieves_in_silence(void)
{
	meet();
	now_ns += RELAY_SILENT_S * second_ns;
	data(RELAY_B, UE_B);
	initiate(RELAY_B, STRANGER2, 0xf0);
	initiate(RELAY_A, STRANGER, 0xe0);
	answer(RELAY_A, STRANGER, 0xf0);
	EXPECT(is_dropped(RELAY_DROP_ANSWER) && is_latched(RELAY_B, UE_B));
	answer(RELAY_B, STRANGER2, 0xe0);
	EXPECT(is_dropped(RELAY_DROP_ANSWER) && is_latched(RELAY_A, UE_A));
}

static void test_silence(void)
{
	meet();
	now_ns += RELAY_SILENT_S * second_ns - 1;
	data(RELAY_B, UE_B);
	initiate(RELAY_A, UE_A2, 0xa1);
	initiate(RELAY_B, UE_B, 0xb1);
	EXPECT(only_to(UE_A));
	now_ns += 1;
	initiate(RELAY_B, UE_B, 0xb2);
	EXPECT(verdict.n_to == 2 && is_to(UE_A) && is_to(UE_A2));
	data(RELAY_B, UE_B);
	EXPECT(only_to(UE_A));
	answer(RELAY_A, UE_A2, 0xb2);
	EXPECT(only_to(UE_B) && is_latched(RELAY_A, UE_A2));
	data(RELAY_A, UE_A);
	EXPECT(is_dropped(RELAY_DROP_SOURCE));
}

static void test_cookie(void)
{
	begin();
	initiate(RELAY_A, UE_A, 0xa0);
	initiate(RELAY_B, UE_B, 0xb0);
	come(RELAY_A, UE_A, wg_fake_cookie(0xb9));
	EXPECT(is_dropped(RELAY_DROP_ANSWER));
	/* It has paid with its first initiation for the one that was kept for it. */
	initiate(RELAY_B, UE_B, 0xb1);
	come(RELAY_A, UE_A, wg_fake_cookie(0xb1));
	EXPECT(only_to(UE_B));
	EXPECT(!verdict.latched[RELAY_A] && !verdict.latched[RELAY_B]);
}

/* The kernel may have forwarded the initiation. */
static void test_answer_to_unseen(void)
{
	meet();
	answer(RELAY_B, UE_B, 0xa7);
	EXPECT(only_to(UE_A) && !verdict.latched[RELAY_A]);
	answer(RELAY_B, UE_B2, 0xa7);
	EXPECT(is_dropped(RELAY_DROP_ANSWER) && is_latched(RELAY_B, UE_B));
}

static void test_restored(void)
{
	struct sockaddr_storage a = address(UE_A), b = address(UE_B);

	begin();
	relay_latch_set(&port[RELAY_A], &a, now_ns);
	relay_latch_set(&port[RELAY_B], &b, now_ns);
	data(RELAY_A, UE_A);
	EXPECT(only_to(UE_B));
	data(RELAY_A, STRANGER);
	EXPECT(is_dropped(RELAY_DROP_SOURCE));
	initiate(RELAY_A, UE_A2, 0xa1);
	answer(RELAY_B, UE_B, 0xa1);
	EXPECT(only_to(UE_A2));
}

static void test_same_source(void)
{
	struct sockaddr_storage a = address(UE_A), b = a, none = {};
	struct sockaddr_in6 *a6 = (void *)&a, *b6 = (void *)&b;
	struct sockaddr_in *b4 = (void *)&b;

	EXPECT(relay_same_source(&a, &b));
	b4->sin_port++;
	EXPECT(!relay_same_source(&a, &b));
	EXPECT(!relay_same_source(&none, &none));
	memset(&a, 0, sizeof(a));
	inet_pton(AF_INET6, "2001:db8::1", &a6->sin6_addr);
	a6->sin6_family = AF_INET6;
	b = a;
	EXPECT(relay_same_source(&a, &b));
	b6->sin6_addr.s6_addr[15] = 2;
	EXPECT(!relay_same_source(&a, &b));
}

static const struct ktap_case cases[] = {
	{ "relay_latch: both latch when one answers the other", test_meet },
	{ "relay_latch: an initiation is kept for who comes later", test_kept },
	{ "relay_latch: nothing on another mac1", test_mac1 },
	{ "relay_latch: what is not WireGuard's", test_form },
	{ "relay_latch: no data before the handshake", test_unlatched },
	{ "relay_latch: no data of another source", test_source },
	{ "relay_latch: a stranger who comes first does not stay", test_first },
	{ "relay_latch: a candidate is sent no more than it has sent", test_credit },
	{ "relay_latch: candidates do not drown the peer", test_too_many },
	{ "relay_latch: another mapping: its initiation is answered", test_rebind_initiator },
	{ "relay_latch: another mapping: the one before the last is answered", test_rebind_again },
	{ "relay_latch: another mapping: it answers", test_rebind_responder },
	{ "relay_latch: who knows the keys steals nothing", test_thief },
	{ "relay_latch: nor when one side is silent", test_thieves_in_silence },
	{ "relay_latch: a silent side is open again", test_silence },
	{ "relay_latch: a cookie finds its way", test_cookie },
	{ "relay_latch: an answer to what was not seen", test_answer_to_unseen },
	{ "relay_latch: restored", test_restored },
	{ "relay_latch: what is the same source", test_same_source },
};

int main(void)
{
	return ktap_run(KTAP_CASES(cases));
}
