// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mno_call_test: what the helper makes of its function's orders. Each may be lost, or come
 * twice
 */
#include "ktap.h"
#include "mno_words.h"
#include "../../userspace/common/coaps.h"
#include "../../userspace/ue/mno_call.h"

/* How often each act comes until the handshake at @shaken_ms, or the end. */
static unsigned int count(bool initiator, unsigned int act, uint64_t shaken_ms,
			  struct mno_call *call)
{
	struct pf_order order = connect_order(initiator);
	struct mno_call_view view = {};
	unsigned int times = 0, acts;
	uint64_t now = SECOND;

	*call = (struct mno_call){};
	acts = mno_call_connect(call, &order, false, now);
	EXPECT(acts == MNO_CALL_TELL && call->state == PF_SESSION_ASKED);
	/* Who begins does so with the endpoint, once. */
	EXPECT(mno_call_holds(call));
	acts = mno_call_step(call, &view, now);
	EXPECT(acts & MNO_CALL_BEGIN && mno_call_holds(call) == !initiator);
	times += !!(acts & act);
	while (call->state == PF_SESSION_ASKED && call->next_ns >= now) {
		now = call->next_ns;
		view.shaken = now >= SECOND + shaken_ms * MS;
		acts = mno_call_step(call, &view, now);
		times += !!(acts & act);
	}
	EXPECT(!call->next_ns);
	return times;
}

static void test_call_initiator(void)
{
	struct mno_call call;

	EXPECT(count(true, MNO_CALL_BEGIN, 100, &call) == 1);
	EXPECT(call.state == PF_SESSION_RELAYED && mno_call_is_on(&call));
	EXPECT(count(true, MNO_CALL_BEGIN, 500, &call) == 2);
	EXPECT(count(true, MNO_CALL_BEGIN, 1500, &call) == 3);
	EXPECT(count(true, MNO_CALL_BEGIN, 100000, &call) == 4);
	EXPECT(call.state == PF_SESSION_FAILED && call.why && !mno_call_is_on(&call));
	EXPECT(count(true, MNO_CALL_PUNCH, 100000, &call) == 0);
	EXPECT(count(true, MNO_CALL_REPORT | MNO_CALL_CHECK, 100, &call) == 1);
}

static void test_call_other(void)
{
	struct mno_call call;

	EXPECT(count(false, MNO_CALL_PUNCH, 10, &call) == 1);
	EXPECT(count(false, MNO_CALL_PUNCH, 100, &call) == 3);
	EXPECT(count(false, MNO_CALL_PUNCH, 100000, &call) == 6);
	EXPECT(count(false, MNO_CALL_BEGIN, 100000, &call) == 1);
	EXPECT(count(false, MNO_CALL_BEGIN, 100, &call) == 1);
	EXPECT(!mno_call_holds(&call) && call.state == PF_SESSION_RELAYED);
}

/* The peer has not begun: then this end may. */
static void test_call_hold(void)
{
	struct pf_order order = connect_order(false);
	struct mno_call_view view = {};
	struct mno_call call = {};
	unsigned int acts = 0;

	mno_call_connect(&call, &order, false, SECOND);
	mno_call_step(&call, &view, SECOND);
	EXPECT(mno_call_holds(&call));
	acts = mno_call_step(&call, &view, SECOND + (MNO_CALL_HOLD_MS - 1) * MS);
	EXPECT(mno_call_holds(&call) && !(acts & MNO_CALL_TELL));
	acts = mno_call_step(&call, &view, SECOND + MNO_CALL_HOLD_MS * MS);
	EXPECT(!mno_call_holds(&call) && acts & MNO_CALL_TELL);
}

static unsigned int receive(struct mno_call *call, uint64_t number, struct pf_order *order,
			    unsigned int *carried)
{
	switch (mno_call_news(call, number)) {
	case MNO_CALL_OLD:
		return COAPS_CHANGED;
	case MNO_CALL_AGAIN:
		return call->code;
	default:
		break;
	}
	mno_call_answered(call, number, order->version == 3 ? COAPS_CHANGED :
							      COAPS_PRECONDITION_FAILED);
	if (call->code != COAPS_CHANGED)
		return call->code;
	++*carried;
	if (order->kind == PF_ORDER_CONNECT)
		mno_call_connect(call, order, false, SECOND);
	else
		mno_call_release(call, order, SECOND);
	return call->code;
}

/* Each may come late, or often: the last one counts. */
static void test_call_numbers(void)
{
	struct pf_order connect = connect_order(true), release = connect;
	unsigned int carried = 0;
	struct mno_call call = {};

	release.kind = PF_ORDER_RELEASE;
	EXPECT(receive(&call, 11, &connect, &carried) == COAPS_CHANGED && carried == 1);
	EXPECT(receive(&call, 11, &connect, &carried) == COAPS_CHANGED && carried == 1);
	EXPECT(receive(&call, 13, &release, &carried) == COAPS_CHANGED && carried == 2);
	EXPECT(call.leaving);
	EXPECT(receive(&call, 12, &connect, &carried) == COAPS_CHANGED && carried == 2);
	EXPECT(call.leaving);
	connect.version = 2;
	EXPECT(receive(&call, 14, &connect, &carried) == COAPS_PRECONDITION_FAILED);
	connect.version = 3;
	EXPECT(receive(&call, 14, &connect, &carried) == COAPS_PRECONDITION_FAILED);
	EXPECT(carried == 2);
}

static void test_call_release(void)
{
	struct pf_order order = connect_order(true);
	struct mno_call_view view = { .fresh = true };
	struct mno_call call = {};

	mno_call_connect(&call, &order, true, SECOND);
	EXPECT(call.state == PF_SESSION_RELAYED);
	strcpy(order.session, "a.example/8");
	EXPECT(!mno_call_release(&call, &order, SECOND) && !call.leaving);
	strcpy(order.session, "a.example/7");
	EXPECT(!mno_call_release(&call, &order, SECOND) && call.leaving);
	EXPECT(!mno_call_step(&call, &view, 2 * SECOND) && mno_call_is_on(&call));
	view.home = true;
	EXPECT(mno_call_step(&call, &view, 2 * SECOND) == (MNO_CALL_TELL | MNO_CALL_END));
	EXPECT(!mno_call_is_on(&call) && !*call.session && !call.connect.kind);
	/* One that cannot get home does not keep the relay for ever. */
	mno_call_connect(&call, &order, true, SECOND);
	mno_call_release(&call, &order, SECOND);
	view.home = false;
	EXPECT(mno_call_step(&call, &view, SECOND + MNO_CALL_HOME_MS * MS) & MNO_CALL_END);
}

static void test_call_direct(void)
{
	struct pf_order order = connect_order(true);
	struct mno_call_view view = { .fresh = true };
	struct mno_call call = {};

	mno_call_connect(&call, &order, true, SECOND);
	EXPECT(mno_call_direct(&call, true) == (MNO_CALL_TELL | MNO_CALL_REPORT));
	EXPECT(!mno_call_direct(&call, true) && call.state == PF_SESSION_DIRECT);
	EXPECT(!mno_call_reported(&call, PF_SESSION_RELAYED) && !call.reported);
	EXPECT(!mno_call_reported(&call, PF_SESSION_DIRECT) &&
	       call.reported == PF_SESSION_DIRECT);
	EXPECT(!mno_call_step(&call, &view, 9 * SECOND));
	EXPECT(mno_call_direct(&call, false) && call.state == PF_SESSION_RELAYED);
	view.fresh = false;
	EXPECT(mno_call_step(&call, &view, 9 * SECOND) == (MNO_CALL_TELL | MNO_CALL_REPORT));
	EXPECT(call.state == PF_SESSION_FAILED && !mno_call_is_on(&call));
	EXPECT(!mno_call_direct(&call, true));
	EXPECT(mno_call_reported(&call, PF_SESSION_FAILED) & MNO_CALL_END);
}

/* The order comes again, with another number: what works is left alone. */
static void test_call_again(void)
{
	struct pf_order order = connect_order(true);
	struct mno_call call = {};

	mno_call_connect(&call, &order, true, SECOND);
	mno_call_direct(&call, true);
	mno_call_reported(&call, PF_SESSION_DIRECT);
	EXPECT(mno_call_connect(&call, &order, false, 5 * SECOND) ==
	       (MNO_CALL_REPORT | MNO_CALL_CHECK));
	EXPECT(call.state == PF_SESSION_DIRECT && !call.reported && !call.next_ns);
	strcpy(order.session, "a.example/8");
	EXPECT(mno_call_connect(&call, &order, false, 5 * SECOND) == MNO_CALL_TELL);
	EXPECT(call.state == PF_SESSION_ASKED);
}

static void test_call_listed(void)
{
	struct pf_session_doc doc = {
		.session = "a.example/7", .peer = PEER, .state = PF_SESSION_RELAYED,
		.order = 11,
	};
	struct mno_call call = { .order = 10 };

	/* The order is on its way. */
	EXPECT(!mno_call_adopt(&call, &doc) && !*call.session && call.order == 10);
	call.order = 0;
	EXPECT(mno_call_adopt(&call, &doc) == MNO_CALL_REPORT);
	EXPECT(mno_call_is_on(&call) && call.order == 11 && !mno_call_holds(&call));
	EXPECT(!mno_call_adopt(&call, &doc));
	EXPECT(!mno_call_listed(&call, true, 10 * SECOND));
	EXPECT(!mno_call_listed(&call, false, SECOND) && !call.leaving);
	EXPECT(!mno_call_listed(&call, false, 10 * SECOND) && call.leaving);
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "call: who begins tries four times", test_call_initiator },
		{ "call: who does not punches", test_call_other },
		{ "call: who does not waits, but not for ever", test_call_hold },
		{ "call: orders that come late or often", test_call_numbers },
		{ "call: the way home", test_call_release },
		{ "call: without the relay, and back, and lost", test_call_direct },
		{ "call: the order comes again", test_call_again },
		{ "call: what the function lists", test_call_listed },
	};

	return ktap_run(KTAP_CASES(cases));
}
