// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mno_test: what the helper makes of its function's words: triggers, reports, agreement,
 * orders, and what it remembers. Each message may be lost, or come twice
 */
#include "ktap.h"
#include "../../userspace/common/coaps.h"
#include "../../userspace/ue/mno_agreement.h"
#include "../../userspace/ue/mno_call.h"
#include "../../userspace/ue/mno_path.h"
#include "../../userspace/ue/mno_report.h"
#include "../../userspace/ue/mno_store.h"
#include "../../userspace/ue/mno_trigger.h"

#include <stdlib.h>
#include <string.h>

#define MS 1000000ull
#define SECOND (1000 * MS)
#define PEER "ue-b@b.example"

/* --- triggers ------------------------------------------------------------- */

static void rule_put(struct session_rule *rule, unsigned int attr, int32_t value)
{
	rule->has |= 1u << attr;
	rule->value[attr] = value;
}

/* The defaults of the kernel. */
static void default_rules(struct session_rule rule[SIDESTEP_DECISION_MAX + 1])
{
	static const int32_t threshold[] = { -6700, -7300, -8200 };
	static const int32_t loss[] = { 100, 200, 500 };

	memset(rule, 0, (SIDESTEP_DECISION_MAX + 1) * sizeof(*rule));
	for (int i = 0; i <= SIDESTEP_DECISION_MAX; i++) {
		rule[i].decision = i;
		rule_put(&rule[i], SIDESTEP_RULE_A_THRESHOLD_MBM, threshold[i]);
		rule_put(&rule[i], SIDESTEP_RULE_A_LOSS_PERMILLE, loss[i]);
		rule_put(&rule[i], SIDESTEP_RULE_A_RTT_US, SIDESTEP_TRIGGER_OFF);
		rule_put(&rule[i], SIDESTEP_RULE_A_HYSTERESIS_MDB, 1000);
		rule_put(&rule[i], SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS, 160);
	}
}

/* As the kernel takes what it is told. */
static void apply(struct session_rule *kernel, const struct session_rule *said)
{
	for (int i = 0; i <= SIDESTEP_DECISION_MAX; i++)
		for (unsigned int attr = 0; attr <= SIDESTEP_RULE_A_MAX; attr++)
			if (said[i].has & 1u << attr)
				kernel[i].value[attr] = said[i].value[attr];
}

static const struct pf_trigger *find(const struct pf_trigger *trigger, size_t n,
				     uint32_t type)
{
	static const struct pf_trigger none;

	for (size_t i = 0; i < n; i++)
		if (trigger[i].type == type)
			return &trigger[i];
	return &none;
}

static void test_trigger_offer(void)
{
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1];
	struct pf_trigger trigger[PF_MAX_TRIGGERS];
	size_t n;

	default_rules(rule);
	n = mno_trigger_offer(trigger, rule);
	EXPECT(n == 5);
	EXPECT(find(trigger, n, PF_TRIGGER_S2_PREPARE)->threshold == -7300);
	EXPECT(find(trigger, n, PF_TRIGGER_S2_PREPARE)->hysteresis == 1000);
	EXPECT(find(trigger, n, PF_TRIGGER_X1_EXECUTE)->threshold == -8200);
	EXPECT(find(trigger, n, PF_TRIGGER_S1_RELEASE)->threshold == -6700);
	EXPECT(find(trigger, n, PF_TRIGGER_LOSS_PREPARE)->threshold == 200);
	EXPECT(find(trigger, n, PF_TRIGGER_LOSS_PREPARE)->hysteresis == 0);
	EXPECT(find(trigger, n, PF_TRIGGER_LOSS_EXECUTE)->time_to_trigger_ms == 160);
	rule[SIDESTEP_DECISION_PREPARE].value[SIDESTEP_RULE_A_RTT_US] = 50000;
	EXPECT(mno_trigger_offer(trigger, rule) == 6);
	EXPECT(find(trigger, 6, PF_TRIGGER_RTT_PREPARE)->threshold == 50000);
}

static void test_trigger_rules(void)
{
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1], said[SIDESTEP_DECISION_MAX + 1];
	struct pf_agreement doc = {
		.n_triggers = 3,
		.trigger = {
			{ PF_TRIGGER_S2_PREPARE, -7000, 2000, 320 },
			{ PF_TRIGGER_LOSS_PREPARE, 200, 0, 640 },
			{ 77, 1, 1, 1 },
		},
	};

	default_rules(rule);
	EXPECT(mno_trigger_rules(said, &doc, rule));
	EXPECT(!said[SIDESTEP_DECISION_EXECUTE].has && !said[SIDESTEP_DECISION_RELEASE].has);
	EXPECT(said[SIDESTEP_DECISION_PREPARE].has ==
	       (1u << SIDESTEP_RULE_A_THRESHOLD_MBM | 1u << SIDESTEP_RULE_A_HYSTERESIS_MDB |
		1u << SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS));
	/* There is one time to trigger, and the signal's counts. */
	EXPECT(said[SIDESTEP_DECISION_PREPARE].value[SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS] ==
	       320);
	apply(rule, said);
	EXPECT(!mno_trigger_rules(said, &doc, rule));
}

/* --- the agreement: a function that answers, over a way that loses --------- */

enum fate {
	ARRIVES,
	IS_LOST,
	ANSWER_IS_LOST,
	COMES_TWICE,
	FATES,
};

/**
 * struct function - what the other end knows
 * @doc: of the agreement; id 0: nothing
 * @confirmed: the version that this end has confirmed
 * @unheard: what it offered itself was not answered
 * @next_id: of the next agreement
 */
struct function {
	struct pf_agreement doc;
	bool unheard;
	uint32_t confirmed;
	uint32_t next_id;
};

/**
 * struct end - this host
 * @a: the agreement
 * @rule: the kernel's
 * @now_ns: the time
 */
struct end {
	struct mno_agreement a;
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1];
	uint64_t now_ns;
};

static void make_offer(const struct end *end, struct pf_agreement *offer)
{
	*offer = (struct pf_agreement){
		.peer = PEER, .wg_key = { 1 }, .window_s = 100, .min_report_ms = 1000,
	};
	offer->n_triggers = mno_trigger_offer(offer->trigger, end->rule);
}

/* No signal's threshold above -75 dBm, all in the function's own version. */
static unsigned int answer_offer(struct function *function, const struct pf_agreement *offer,
				 bool again, struct pf_agreement *answer)
{
	if (again && offer->id != function->doc.id)
		return COAPS_NOT_FOUND;
	*answer = *offer;
	answer->id = function->doc.id ?: ++function->next_id;
	answer->version = function->doc.version + 1;
	for (size_t i = 0; i < answer->n_triggers; i++)
		if (answer->trigger[i].type == PF_TRIGGER_S2_PREPARE &&
		    answer->trigger[i].threshold > -7500)
			answer->trigger[i].threshold = -7500;
	function->doc = *answer;
	return again ? COAPS_CHANGED : COAPS_CREATED;
}

static unsigned int answer_confirm(struct function *function, uint32_t id, uint32_t version)
{
	if (!function->doc.id || id != function->doc.id)
		return COAPS_NOT_FOUND;
	if (version != function->doc.version)
		return COAPS_PRECONDITION_FAILED;
	function->confirmed = version;
	return COAPS_CHANGED;
}

static void take(struct end *end, const struct pf_agreement *doc)
{
	struct session_rule said[SIDESTEP_DECISION_MAX + 1];
	struct pf_agreement offer;

	mno_trigger_rules(said, doc, end->rule);
	apply(end->rule, said);
	make_offer(end, &offer);
	mno_agreement_take(&end->a, doc, &offer);
}

static unsigned int ask(struct end *end, struct function *function,
			enum mno_agreement_act act, struct pf_agreement *answer)
{
	struct pf_agreement offer;
	uint32_t id, version = mno_agreement_version(&end->a, &id);

	if (act == MNO_AGREEMENT_CONFIRM)
		return answer_confirm(function, id, version);
	make_offer(end, &offer);
	offer.id = act == MNO_AGREEMENT_OFFER ? 0 : id;
	return answer_offer(function, &offer, act == MNO_AGREEMENT_REOFFER, answer);
}

static void hear(struct end *end, enum mno_agreement_act act, unsigned int code,
		 const struct pf_agreement *answer)
{
	if (code / 100 != 2)
		mno_agreement_failed(&end->a, code, "no", end->now_ns);
	else if (act == MNO_AGREEMENT_CONFIRM)
		mno_agreement_confirmed(&end->a);
	else if (mno_agreement_is_good(&end->a, answer, PEER))
		take(end, answer);
	else
		mno_agreement_failed(&end->a, 0, "another", end->now_ns);
}

/* One round: what is due is sent, and meets its fate. Return: was anything due? */
static bool round_trip(struct end *end, struct function *function, enum fate fate)
{
	struct pf_agreement offer, answer = {};
	enum mno_agreement_act act;
	unsigned int code;

	make_offer(end, &offer);
	end->now_ns += 100 * SECOND;
	act = mno_agreement_next(&end->a, &offer, end->now_ns);
	if (act == MNO_AGREEMENT_WAIT)
		return false;
	if (fate == IS_LOST) {
		mno_agreement_linked(&end->a);
		return true;
	}
	code = ask(end, function, act, &answer);
	if (fate == COMES_TWICE)
		code = ask(end, function, act, &answer);
	if (fate == ANSWER_IS_LOST)
		mno_agreement_linked(&end->a);
	else
		hear(end, act, code, &answer);
	return true;
}

/* As ue_session_agree_offered() does it. */
static void hear_offer(struct end *end, const struct pf_agreement *doc)
{
	if (doc->id != end->a.agreed.id &&
	    !(end->a.has_answer && doc->id == end->a.answer.id))
		return;
	if (mno_agreement_known(&end->a, doc))
		mno_agreement_doubt(&end->a);
	else if (mno_agreement_is_good(&end->a, doc, PEER))
		take(end, doc);
}

static void function_offers(struct end *end, struct function *function, int32_t threshold,
			    enum fate fate)
{
	if (!function->doc.id)
		return;
	function->doc.version++;
	for (size_t i = 0; i < function->doc.n_triggers; i++)
		if (function->doc.trigger[i].type == PF_TRIGGER_S2_PREPARE)
			function->doc.trigger[i].threshold = threshold;
	function->unheard = fate == IS_LOST || fate == ANSWER_IS_LOST;
	if (fate != IS_LOST)
		hear_offer(end, &function->doc);
	if (fate == COMES_TWICE)
		hear_offer(end, &function->doc);
}

/* Both ends, and the kernel, mean the same. */
static bool is_agreed(const struct end *end, const struct function *function)
{
	struct pf_agreement offer;

	make_offer(end, &offer);
	return function->doc.id && end->a.agreed.id == function->doc.id &&
	       end->a.agreed.version == function->doc.version &&
	       function->confirmed == function->doc.version && !end->a.has_answer &&
	       offer.n_triggers == function->doc.n_triggers &&
	       !memcmp(offer.trigger, function->doc.trigger,
		       offer.n_triggers * sizeof(offer.trigger[0]));
}

static bool settles(struct end *end, struct function *function)
{
	int rounds = 0;

	if (function->unheard && function->confirmed != function->doc.version)
		hear_offer(end, &function->doc);
	while (round_trip(end, function, ARRIVES))
		if (++rounds > 6)
			return false;
	return is_agreed(end, function);
}

static void begin(struct end *end, struct function *function)
{
	*end = (struct end){};
	*function = (struct function){};
	default_rules(end->rule);
}

static void test_agreement(void)
{
	struct function function;
	struct end end;

	begin(&end, &function);
	EXPECT(round_trip(&end, &function, ARRIVES) && end.a.has_answer);
	EXPECT(!is_agreed(&end, &function));
	EXPECT(round_trip(&end, &function, ARRIVES) && is_agreed(&end, &function));
	EXPECT(!round_trip(&end, &function, ARRIVES));
	EXPECT(end.rule[SIDESTEP_DECISION_PREPARE].value[SIDESTEP_RULE_A_THRESHOLD_MBM] ==
	       -7500);
	/* By hand. */
	end.rule[SIDESTEP_DECISION_EXECUTE].value[SIDESTEP_RULE_A_THRESHOLD_MBM] = -9000;
	EXPECT(settles(&end, &function) && function.doc.version == 2);
	EXPECT(find(function.doc.trigger, function.doc.n_triggers,
		    PF_TRIGGER_X1_EXECUTE)->threshold == -9000);
	/* The same is confirmed to a function that was found again. */
	mno_agreement_linked(&end.a);
	EXPECT(settles(&end, &function) && function.doc.version == 2);
}

/* Whatever is lost of the first six rounds, and whenever the function offers by itself. */
static void test_agreement_losses(void)
{
	enum { ROUNDS = 6 };
	struct function function;
	struct end end;
	unsigned int n = 1;
	bool all = true;

	for (int i = 0; i < ROUNDS; i++)
		n *= FATES;
	for (unsigned int fates = 0; fates < n * ROUNDS * FATES && all; fates++) {
		unsigned int left = fates, offer_at = fates / n / FATES;

		begin(&end, &function);
		for (unsigned int i = 0; i < ROUNDS; i++, left /= FATES) {
			round_trip(&end, &function, (enum fate)(left % FATES));
			if (i == offer_at)
				function_offers(&end, &function, -7800,
						(enum fate)(fates / n % FATES));
		}
		all = settles(&end, &function);
		ktap_expect(all, __LINE__, "fates %u", fates);
	}
}

/* The function has lost its database, or this end its file. */
static void test_agreement_forgotten(void)
{
	struct function function;
	struct end end;

	begin(&end, &function);
	EXPECT(settles(&end, &function));
	function.doc = (struct pf_agreement){};
	mno_agreement_linked(&end.a);
	EXPECT(settles(&end, &function) && function.doc.id == 2);
	end.a = (struct mno_agreement){};
	EXPECT(settles(&end, &function) && function.doc.id == 2);
	/* The function has an older one, of a copy of its database. */
	function.doc.version = 40;
	mno_agreement_linked(&end.a);
	EXPECT(settles(&end, &function) && end.a.agreed.version == 41);
}

static void test_agreement_refused(void)
{
	struct mno_agreement a = {};
	struct pf_agreement offer = { .peer = PEER };
	uint64_t now = SECOND, waits = 0;

	for (int i = 0; i < 10; i++) {
		EXPECT(mno_agreement_next(&a, &offer, now) == MNO_AGREEMENT_OFFER);
		EXPECT(mno_agreement_next(&a, &offer, now) == MNO_AGREEMENT_WAIT);
		mno_agreement_failed(&a, COAPS_FORBIDDEN, "no consent", now);
		EXPECT(mno_agreement_next(&a, &offer, now) == MNO_AGREEMENT_WAIT);
		waits = a.not_before_ns - now;
		EXPECT(waits >= MNO_AGREEMENT_FIRST_WAIT_MS * MS &&
		       waits <= MNO_AGREEMENT_LONGEST_WAIT_MS * MS);
		now = a.not_before_ns;
	}
	EXPECT(waits == MNO_AGREEMENT_LONGEST_WAIT_MS * MS);
	EXPECT(!strcmp(a.why, "no consent"));
	mno_agreement_linked(&a);
	EXPECT(mno_agreement_next(&a, &offer, now - SECOND) == MNO_AGREEMENT_OFFER);
}

/* A function that never knows what it has just answered is not asked without end. */
static void test_agreement_mad(void)
{
	struct pf_agreement answer = { .id = 7, .version = 1, .peer = PEER };
	struct pf_agreement offer = { .peer = PEER };
	struct mno_agreement a = {};
	unsigned int asked = 0;

	for (int i = 0; i < 1000; i++) {
		switch (mno_agreement_next(&a, &offer, SECOND)) {
		case MNO_AGREEMENT_OFFER:
			asked++;
			mno_agreement_take(&a, &answer, &offer);
			break;
		case MNO_AGREEMENT_CONFIRM:
			mno_agreement_failed(&a, COAPS_NOT_FOUND, "what?", SECOND);
			break;
		default:
			break;
		}
	}
	EXPECT(asked == 2);
}

static void test_agreement_foreign(void)
{
	struct pf_agreement doc = { .id = 7, .version = 3, .peer = PEER };
	struct mno_agreement a = { .agreed = doc };

	EXPECT(mno_agreement_is_good(&a, &doc, PEER));
	EXPECT(!mno_agreement_is_good(&a, &doc, "x@y"));
	doc.version = 2;
	EXPECT(!mno_agreement_is_good(&a, &doc, PEER));
	doc.version = 0;
	EXPECT(!mno_agreement_is_good(&a, &doc, PEER));
	EXPECT(mno_agreement_holds(&a, 7, 3));
	EXPECT(!mno_agreement_holds(&a, 7, 2) && !mno_agreement_holds(&a, 8, 3));
	EXPECT(!mno_agreement_holds(&(struct mno_agreement){}, 0, 0));
}

/* --- orders --------------------------------------------------------------- */

static struct pf_order connect_order(bool initiator)
{
	struct pf_order order = {
		.kind = PF_ORDER_CONNECT, .session = "a.example/7", .agreement = 7,
		.version = 3, .peer = PEER, .initiator = initiator,
		.peer_key = { 1 }, .check_key = { 2 }, .valid_s = 60,
	};

	*(struct sockaddr_in *)&order.relay = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(7),
		.sin_addr = { htonl(0xcb007107) },
	};
	return order;
}

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

/* --- reports -------------------------------------------------------------- */

static struct session told(uint8_t decision, uint32_t loss)
{
	struct session s = {
		.has = 1u << SIDESTEP_A_DECISION,
		.decision = decision,
		.reason = "prepare: because",
	};
	struct session_path *direct = &s.path[SIDESTEP_PATH_DIRECT];

	direct->has = 1u << SIDESTEP_PATH_A_LOSS;
	direct->loss_permille = loss;
	direct->link = SIDESTEP_LINK_ALIVE;
	return s;
}

static void test_report(void)
{
	struct session s = told(SIDESTEP_DECISION_RELEASE, 10);
	struct mno_reports reports = {};
	struct pf_report report;

	mno_report_fill(&report, &s, -6000);
	EXPECT(report.decision == PF_DECISION_RELEASE && report.has_signal &&
	       report.signal_mbm == -6000 && report.has_loss && !report.has_rtt);
	EXPECT(mno_report_due(&reports, &report, false, false, 1000, SECOND));
	mno_report_take(&reports, &report, false, 500, SECOND);
	EXPECT(report.seq == 500);
	EXPECT(!mno_report_due(&reports, &report, false, false, 1000, 60 * SECOND));
	report.signal_mbm = -6200;
	EXPECT(!mno_report_due(&reports, &report, false, false, 1000, 3 * SECOND));
	EXPECT(mno_report_due(&reports, &report, true, false, 1000, 3 * SECOND));
	EXPECT(!mno_report_due(&reports, &report, true, false, 1000, 2 * SECOND - 1));
	report.decision = PF_DECISION_PREPARE;
	EXPECT(mno_report_due(&reports, &report, false, false, 1000, SECOND + 1));
	mno_report_take(&reports, &report, false, 500, SECOND + 1);
	EXPECT(report.seq == 501);
	mno_report_fill(&report, &s, INT32_MIN);
	EXPECT(!report.has_signal && !report.signal_mbm);
}

/* What came of it was nothing, or is over. */
static void test_report_again(void)
{
	static const unsigned int wait_s[] = { 3, 6, 12, 24, 48, 60, 60 };
	struct session s = told(SIDESTEP_DECISION_PREPARE, 10);
	struct mno_reports reports = {};
	struct pf_report report;
	uint64_t now = SECOND;

	mno_report_fill(&report, &s, -6000);
	mno_report_take(&reports, &report, true, 500, now);
	for (size_t i = 0; i < sizeof(wait_s) / sizeof(wait_s[0]); i++) {
		EXPECT(!mno_report_due(&reports, &report, false, true, 1000,
				       now + wait_s[i] * SECOND - 1));
		now += wait_s[i] * SECOND;
		EXPECT(!mno_report_due(&reports, &report, false, false, 1000, now));
		EXPECT(!mno_report_due(&reports, &report, false, true, 61000, now));
		EXPECT(mno_report_due(&reports, &report, false, true, 1000, now));
		mno_report_take(&reports, &report, true, 500, now);
	}
	/* It has worked for a while; the next failure is another one. */
	mno_report_take(&reports, &report, false, 500, now);
	EXPECT(mno_report_due(&reports, &report, false, true, 1000, now + 3 * SECOND));
	report.decision = PF_DECISION_RELEASE;
	mno_report_take(&reports, &report, true, 500, now);
	EXPECT(!mno_report_due(&reports, &report, false, true, 1000, now + 600 * SECOND));
}

static void test_report_near(void)
{
	struct session s = told(SIDESTEP_DECISION_RELEASE, 0);
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1];
	struct session_rule *prepare = &rule[SIDESTEP_DECISION_PREPARE];

	default_rules(rule);
	EXPECT(!mno_report_near(&s, prepare, -6000));
	EXPECT(mno_report_near(&s, prepare, -6301));
	EXPECT(!mno_report_near(&s, prepare, INT32_MIN));
	s.path[SIDESTEP_PATH_DIRECT].link = SIDESTEP_LINK_SHAKY;
	EXPECT(mno_report_near(&s, prepare, -6000));
	s = told(SIDESTEP_DECISION_PREPARE, 0);
	EXPECT(mno_report_near(&s, prepare, -6000));
	s = told(SIDESTEP_DECISION_RELEASE, 0);
	prepare->value[SIDESTEP_RULE_A_THRESHOLD_MBM] = SIDESTEP_TRIGGER_OFF;
	EXPECT(!mno_report_near(&s, prepare, -9000));
}

/* --- what is remembered --------------------------------------------------- */

static void test_store(void)
{
	struct mno_stored stored = {
		.agreed = {
			.id = 7, .version = 3, .peer = PEER, .wg_key = { 1 },
			.window_s = 60, .min_report_ms = 1000, .n_triggers = 1,
			.trigger = { { PF_TRIGGER_S2_PREPARE, -7000, 1000, 160 } },
		},
		.order = UINT64_MAX, .has_connect = true, .connect = connect_order(true),
		.state = PF_SESSION_DIRECT,
	};
	uint8_t buf[MNO_STORE_MAX_SIZE];
	struct mno_stored again;
	size_t len = mno_store_encode(&stored, buf, sizeof(buf));

	EXPECT(len && !mno_store_decode(&again, buf, len));
	EXPECT(!memcmp(&again, &stored, sizeof(stored)));
	for (size_t cut = 0; cut < len; cut++)
		EXPECT(mno_store_decode(&again, buf, cut));
	EXPECT(!mno_store_encode(&stored, buf, len - 1));
	stored = (struct mno_stored){ .order = 4 };
	len = mno_store_encode(&stored, buf, sizeof(buf));
	EXPECT(len && !mno_store_decode(&again, buf, len));
	EXPECT(!memcmp(&again, &stored, sizeof(stored)));
	buf[len] = 0;
	EXPECT(mno_store_decode(&again, buf, len + 1));
}

static void test_paths(void)
{
	static const struct {
		const char *path;
		enum mno_path_kind kind;
		uint64_t number;
	} rows[] = {
		{ "pf-c/v1/orders/1", MNO_PATH_ORDER, 1 },
		{ "pf-c/v1/orders/18446744073709551615", MNO_PATH_ORDER, UINT64_MAX },
		{ "pf-c/v1/orders/18446744073709551616", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/agreements/70", MNO_PATH_AGREEMENT, 70 },
		{ "pf-c/v1/orders/", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/0", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/01", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/-1", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/1/2", MNO_PATH_NONE, 0 },
		{ "pf-c/v1/orders/1 ", MNO_PATH_NONE, 0 },
		{ "pf-c/v2/orders/1", MNO_PATH_NONE, 0 },
		{ "", MNO_PATH_NONE, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t number = 0;
		enum mno_path_kind kind = mno_path_parse(rows[i].path, &number);

		ktap_expect(kind == rows[i].kind && (!kind || number == rows[i].number),
			    __LINE__, "%s", rows[i].path);
	}
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "triggers: what is offered", test_trigger_offer },
		{ "triggers: what the kernel is told", test_trigger_rules },
		{ "agreement: offer, answer, confirmation; another one", test_agreement },
		{ "agreement: whatever is lost or comes twice, both ends come to the same",
		  test_agreement_losses },
		{ "agreement: either end has forgotten it", test_agreement_forgotten },
		{ "agreement: refused, ever more rarely asked for", test_agreement_refused },
		{ "agreement: a function without memory", test_agreement_mad },
		{ "agreement: what is about something else", test_agreement_foreign },
		{ "call: who begins tries four times", test_call_initiator },
		{ "call: who does not punches", test_call_other },
		{ "call: who does not waits, but not for ever", test_call_hold },
		{ "call: orders that come late or often", test_call_numbers },
		{ "call: the way home", test_call_release },
		{ "call: without the relay, and back, and lost", test_call_direct },
		{ "call: the order comes again", test_call_again },
		{ "call: what the function lists", test_call_listed },
		{ "report: what changes, and decisions at once", test_report },
		{ "report: near a decision", test_report_near },
		{ "report: again, if nothing came of it", test_report_again },
		{ "store: what is written is read", test_store },
		{ "path: orders and agreements", test_paths },
	};

	return ktap_run(KTAP_CASES(cases));
}
