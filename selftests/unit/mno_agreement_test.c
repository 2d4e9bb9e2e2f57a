// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mno_agreement_test: what the helper makes of its function's words about triggers. Each
 * message may be lost, or come twice
 */
#include "ktap.h"
#include "mno_words.h"
#include "../../userspace/common/coaps.h"
#include "../../userspace/ue/mno_agreement.h"

#include <stdlib.h>

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

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "agreement: offer, answer, confirmation; another one", test_agreement },
		{ "agreement: whatever is lost or comes twice, both ends come to the same",
		  test_agreement_losses },
		{ "agreement: either end has forgotten it", test_agreement_forgotten },
		{ "agreement: refused, ever more rarely asked for", test_agreement_refused },
		{ "agreement: a function without memory", test_agreement_mad },
		{ "agreement: what is about something else", test_agreement_foreign },
	};

	return ktap_run(KTAP_CASES(cases));
}
