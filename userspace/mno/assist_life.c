// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to a session from outside: other functions, time, and restarts.
 */
#include "../common/clock.h"
#include "../common/log.h"
#include "assist_priv.h"
#include "outgoing.h"

#include <stdlib.h>
#include <string.h>

/* --- the other function --------------------------------------------------- */

/* Return: the session, if its other side is that function's. */
static struct assist *shared_with(struct function *f, const char *id, const char *from)
{
	struct assist *a = assist_find(f, id);
	enum relay_side far = a ? assist_far(a) : RELAY_SIDES;

	if (far == RELAY_SIDES || strcmp(assist_pfid(a, far), from) != 0)
		return NULL;
	a->confirmed = true;
	return a;
}

unsigned int assist_candidates(struct function *f, const char *from, const char *id,
			       const struct pf_candidates *doc)
{
	struct assist *a = shared_with(f, id, from);
	size_t i;

	if (!a)
		return COAPS_NOT_FOUND;
	for (i = 0; i < doc->n; i++)
		if (mno_conf_is_own(&f->conf, &doc->candidate[i].addr))
			return COAPS_FORBIDDEN;
	assist_pass(a, assist_far(a), doc);
	return COAPS_CHANGED;
}

/* The far UE does not do without it any more, or does. */
static int far_wants(struct assist *a, enum relay_side far, enum pf_decision decision)
{
	if (decision <= a->doc.decision)
		return assist_wants(a, far, decision > PF_DECISION_RELEASE, PF_DECISION_NONE);
	assist_open(a);
	a->wants[far] = decision > PF_DECISION_RELEASE;
	a->doc.decision = decision;
	assist_store(a);
	assist_connect(a, far == RELAY_A ? RELAY_B : RELAY_A, decision);
	return assist_commit(a);
}

unsigned int assist_alerted(struct function *f, const char *from, const char *id,
			    const struct pf_alert *doc)
{
	struct assist *a = shared_with(f, id, from);
	enum relay_side far;

	if (!a)
		return COAPS_NOT_FOUND;
	far = assist_far(a);
	if (a->side_state[far] != doc->state && assist_said(a, far, doc->state))
		return COAPS_INTERNAL_ERROR;
	if (doc->decision != PF_DECISION_NONE && far_wants(a, far, doc->decision))
		return COAPS_INTERNAL_ERROR;
	return COAPS_CHANGED;
}

unsigned int assist_cancelled(struct function *f, const char *from, const char *id)
{
	struct assist *a = shared_with(f, id, from);

	/* It may overtake what it ends. */
	if (!assist_find(f, id) && assist_id_is_of(id, from))
		over_add(&f->over, id, "");
	if (!a)
		return COAPS_NOT_FOUND;
	return assist_drop(a, "the other function has ended it") ? COAPS_INTERNAL_ERROR :
								   COAPS_DELETED;
}

void assist_unknown(struct function *f, const char *id)
{
	struct assist *a = assist_find(f, id);

	if (a && a->answered)
		assist_drop(a, "the other function does not know it");
}

void assist_reachable(struct function *f, const char *pfid)
{
	const struct over_session *over = NULL;
	struct assist *a;

	LIST_FOREACH(a, &f->assists, entry) {
		enum relay_side far = assist_far(a);
		enum relay_side near = far == RELAY_A ? RELAY_B : RELAY_A;

		if (far == RELAY_SIDES || strcmp(assist_pfid(a, far), pfid) != 0)
			continue;
		/* It may have begun anew. */
		a->compare_ns = 0;
		a->untold[near] |= a->told[near].n > 0;
		a->backoff_s = 1;
		if (a->retry_ns)
			a->retry_ns = 1;
	}
	while ((over = over_next(&f->over, pfid, over)))
		pc6_coap.cancel(f->pc6, pfid, over->id);
}

/* --- UEs that come again -------------------------------------------------- */

static bool says(const struct pf_registration *registration, const char *id)
{
	size_t i;

	for (i = 0; i < registration->n_sessions; i++)
		if (!strcmp(registration->session[i], id))
			return true;
	return false;
}

/* Who has begun anew knows no candidates, and maybe nothing of the session. */
static void order_again(struct subscriber *s, const struct pf_registration *registration)
{
	bool is_anew = registration->boot != s->boot;
	struct assist_side_link *link;
	enum relay_side side;
	struct assist *a;
	bool knows;

	LIST_FOREACH(link, &s->sessions, entry) {
		a = link->a;
		side = link - a->link;
		knows = says(registration, a->id);
		a->confirmed |= knows;
		if (!knows && !outgoing_find(s, a->id, PF_ORDER_CONNECT))
			assist_connect(a, side, PF_DECISION_NONE);
		if ((is_anew || !knows) && !outgoing_find(s, a->id, PF_ORDER_CANDIDATES))
			assist_order_candidates(a, side);
	}
}

static void release_unknown(struct subscriber *s, const struct pf_registration *registration)
{
	struct pf_order order = { .kind = PF_ORDER_RELEASE, .cause = "it is over" };
	size_t i;

	for (i = 0; i < registration->n_sessions; i++) {
		const char *id = registration->session[i];

		if (assist_find(s->function, id) || outgoing_find(s, id, PF_ORDER_RELEASE))
			continue;
		strcpy(order.session, id);
		outgoing_add(s, &order);
	}
}

int assist_registered(struct subscriber *s, const struct pf_registration *registration)
{
	struct function *f = s->function;
	int err;

	db_begin(f->db);
	order_again(s, registration);
	release_unknown(s, registration);
	err = db_commit(f->db);
	assist_settle_orders(s, !err);
	return err;
}

/* --- time ----------------------------------------------------------------- */

static const char *is_over(const struct assist *a, uint64_t now_ns)
{
	const struct function *f = a->function;

	if (a->ends <= time(NULL))
		return "its window is over";
	if (f->grace_until_ns && now_ns >= f->grace_until_ns && !a->confirmed)
		return "nobody has confirmed it since the restart";
	return NULL;
}

/* @soon: how many may be yet, as soon as can be */
static bool is_compared(struct assist *a, uint64_t now_ns, unsigned int *soon)
{
	if (now_ns < a->compare_ns || (!a->compare_ns && !*soon))
		return false;
	*soon -= !a->compare_ns;
	a->compare_ns = now_ns + ASSIST_COMPARE_S * 1000000000ull;
	return true;
}

static void compare(struct assist *a)
{
	enum relay_side far = assist_far(a);
	enum relay_side near = far == RELAY_A ? RELAY_B : RELAY_A;

	if (far != RELAY_SIDES)
		assist_alert(a, a->wants[near] ? a->doc.decision : PF_DECISION_RELEASE);
	assist_pass_untold(a);
}

void assist_tick(struct function *f)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	unsigned int soon = ASSIST_SOON;
	struct assist *a, *next;
	const char *over;

	for (a = LIST_FIRST(&f->assists); a; a = next) {
		next = LIST_NEXT(a, entry);
		assist_keep_maps(a, now);
		over = is_over(a, now);
		if (over)
			assist_end(a, over);
		else if (a->owner && !a->answered && a->retry_ns && now >= a->retry_ns)
			assist_ask(a);
		else if (a->answered && is_compared(a, now, &soon))
			compare(a);
	}
	if (f->grace_until_ns && now >= f->grace_until_ns)
		f->grace_until_ns = 0;
}

/* --- relays --------------------------------------------------------------- */

void assist_relay_latched(struct assist *a)
{
	assist_store(a);
}

void assist_relay_ended(struct assist *a, enum relay_end end)
{
	a->relay = NULL;
	/* What cannot be stored now is ended with the next second. */
	a->ends = 0;
	assist_end(a, end == RELAY_END_IDLE ? "its relay was idle" : "its relay's life is over");
}

/* --- restart -------------------------------------------------------------- */

static void restore_relay(struct assist *a, const struct db_session *session)
{
	int err = relay_restore(&a->relay, a->function->relays, a->doc.requesting,
				&session->relay, a);

	if (!err)
		return;
	a->relay = NULL;
	log_say(LOG_WARNING, NULL, "session %s: its relay cannot be opened again: %s", a->id,
		strerror(-err));
	a->ends = 0;
}

void assist_restore(struct function *f, const struct db_session *session)
{
	struct assist *a = assist_new(f, session->id, &session->doc);

	if (!a)
		return;
	memcpy(a->targeted_key, session->targeted_key, sizeof(a->targeted_key));
	memcpy(a->wants, session->wants, sizeof(a->wants));
	a->by = session->by;
	a->state = session->state;
	a->side_state[RELAY_A] = session->state;
	a->side_state[RELAY_B] = session->state;
	a->began = session->began;
	a->ends = session->ends;
	if (session->has_relay)
		restore_relay(a, session);
	/* What was asked may not have been answered; the same again does no harm. */
	a->answered = !a->owner || assist_far(a) == RELAY_SIDES;
	a->retry_ns = a->answered ? 0 : 1;
}
