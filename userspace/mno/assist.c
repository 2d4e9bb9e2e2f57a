// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/clock.h"
#include "../common/log.h"
#include "assist_priv.h"
#include "outgoing.h"
#include "refuse.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *assist_by_name(enum assist_by by)
{
	static const char *const names[ASSIST_BYS] = { "ue", "operator", "peer", "judge" };

	return by < ASSIST_BYS ? names[by] : "?";
}

/* --- its sides ------------------------------------------------------------ */

const char *assist_epuid(const struct assist *a, enum relay_side side)
{
	return side == RELAY_A ? a->doc.requesting : a->doc.targeted;
}

const char *assist_pfid(const struct assist *a, enum relay_side side)
{
	return pf_epuid_pfid(assist_epuid(a, side));
}

bool assist_ours(const struct assist *a, enum relay_side side)
{
	return !strcmp(assist_pfid(a, side), a->function->conf.pfid);
}

enum relay_side assist_far(const struct assist *a)
{
	if (!assist_ours(a, RELAY_A))
		return RELAY_A;
	return assist_ours(a, RELAY_B) ? RELAY_SIDES : RELAY_B;
}

enum relay_side assist_side(const struct assist *a, const char *epuid)
{
	if (!strcmp(a->doc.requesting, epuid))
		return RELAY_A;
	return strcmp(a->doc.targeted, epuid) ? RELAY_SIDES : RELAY_B;
}

const char *assist_peer(const struct assist *a, enum relay_side side)
{
	return assist_epuid(a, side == RELAY_A ? RELAY_B : RELAY_A);
}

bool assist_id_is_of(const char *id, const char *pfid)
{
	size_t len = strlen(pfid);

	return !strncmp(id, pfid, len) && id[len] == '/';
}

static int compare(const void *a, const void *b)
{
	const struct assist *x = a, *y = b;

	return strcmp(x->id, y->id);
}

struct assist *assist_find(struct function *f, const char *id)
{
	struct assist key;
	void *found;

	if (strlen(id) >= sizeof(key.id))
		return NULL;
	strcpy(key.id, id);
	found = tfind(&key, &f->assists_by_id, compare);
	return found ? *(struct assist **)found : NULL;
}

struct assist *assist_of(struct function *f, const char *epuid, const char *peer)
{
	struct subscriber *s = subscriber_find(f, epuid);
	struct assist_side_link *link;

	if (!s)
		return NULL;
	LIST_FOREACH(link, &s->sessions, entry)
		if (assist_side(link->a, peer) != RELAY_SIDES)
			return link->a;
	return NULL;
}

/* --- the record ----------------------------------------------------------- */

/* Return: false for want of memory, and nothing is done. */
static bool enlist(struct assist *a)
{
	struct function *f = a->function;
	struct subscriber *s[RELAY_SIDES] = {};
	enum relay_side side;

	for (side = 0; side < RELAY_SIDES; side++) {
		if (!assist_ours(a, side))
			continue;
		s[side] = subscriber_get(f, assist_epuid(a, side));
		if (!s[side])
			return false;
	}
	if (!tsearch(a, &f->assists_by_id, compare))
		return false;
	LIST_INSERT_HEAD(&f->assists, a, entry);
	for (side = 0; side < RELAY_SIDES; side++) {
		a->link[side] = (struct assist_side_link){ .a = a, .subscriber = s[side] };
		if (s[side])
			LIST_INSERT_HEAD(&s[side]->sessions, &a->link[side], entry);
	}
	return true;
}

struct assist *assist_new(struct function *f, const char *id, const struct pf_assist *doc)
{
	struct assist *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->function = f;
	strcpy(a->id, id);
	a->doc = *doc;
	a->owner = !strcmp(assist_pfid(a, RELAY_A), f->conf.pfid);
	a->state = PF_SESSION_ASKED;
	a->side_state[RELAY_A] = PF_SESSION_ASKED;
	a->side_state[RELAY_B] = PF_SESSION_ASKED;
	a->began = time(NULL);
	a->ends = a->began + doc->window_s;
	a->backoff_s = 1;
	a->compare_ns = clock_now_ns(CLOCK_BOOTTIME) + ASSIST_COMPARE_S * 1000000000ull;
	if (!enlist(a)) {
		free(a);
		return NULL;
	}
	/* Both UEs, and both functions, know that. */
	if (f->stun)
		stun_server_add(f->stun, a->id, doc->check_key, sizeof(doc->check_key));
	return a;
}

static void unlist(struct assist *a)
{
	enum relay_side side;

	for (side = 0; side < RELAY_SIDES; side++)
		if (a->link[side].subscriber)
			LIST_REMOVE(&a->link[side], entry);
	tdelete(a, &a->function->assists_by_id, compare);
	LIST_REMOVE(a, entry);
}

void assist_free(struct assist *a)
{
	if (a->relay)
		relay_close(a->relay);
	assist_unmap(a, RELAY_A);
	assist_unmap(a, RELAY_B);
	if (a->function->stun)
		stun_server_del(a->function->stun, a->id);
	unlist(a);
	free(a);
}

void assists_free(struct function *f)
{
	struct assist *a;

	while ((a = LIST_FIRST(&f->assists))) {
		unlist(a);
		free(a);
	}
}

/* --- UEs are told --------------------------------------------------------- */

void assist_tell(struct assist *a, enum relay_side side, struct pf_order *order)
{
	struct subscriber *s = a->link[side].subscriber;
	struct agreement *agreement;

	if (!s)
		return;
	strcpy(order->session, a->id);
	agreement = agreement_with(s, assist_peer(a, side));
	if (agreement) {
		order->agreement = agreement->doc.id;
		order->version = agreement->doc.version;
	}
	outgoing_add(s, order);
}

static uint32_t seconds_left(const struct assist *a)
{
	int64_t left = a->ends - time(NULL);

	return left > 1 ? left : 1;
}

static void relay_of(const struct assist *a, enum relay_side side, struct pf_order *order)
{
	if (!a->relay) {
		order->relay = a->doc.relay;
		order->relay6 = a->doc.relay6;
		return;
	}
	relay_address(a->relay, side, AF_INET, &order->relay);
	relay_address(a->relay, side, AF_INET6, &order->relay6);
}

/* The side that is ordered last begins: the other one has punched by then. */
void assist_connect(struct assist *a, enum relay_side side, enum pf_decision decision)
{
	struct pf_order order = {
		.kind = PF_ORDER_CONNECT, .initiator = side == RELAY_B,
		.decision = decision, .valid_s = seconds_left(a),
	};

	strcpy(order.peer, assist_peer(a, side));
	memcpy(order.peer_key, side == RELAY_A ? a->targeted_key : a->doc.wg_key,
	       sizeof(order.peer_key));
	memcpy(order.check_key, a->doc.check_key, sizeof(order.check_key));
	relay_of(a, side, &order);
	strcpy(order.cause, a->doc.cause);
	assist_tell(a, side, &order);
}

static void release(struct assist *a, enum relay_side side, const char *cause)
{
	struct pf_order order = { .kind = PF_ORDER_RELEASE };

	snprintf(order.cause, sizeof(order.cause), "%s", cause);
	assist_tell(a, side, &order);
}

/* --- its end -------------------------------------------------------------- */

int assist_drop(struct assist *a, const char *cause)
{
	struct subscriber *s[RELAY_SIDES] = { a->link[RELAY_A].subscriber,
					      a->link[RELAY_B].subscriber };
	int err;

	assist_open(a);
	assist_log(a, "ended: %s", cause);
	release(a, RELAY_A, cause);
	release(a, RELAY_B, cause);
	db_session_del(a->function->db, a->id);
	err = assist_settle(a);
	if (err)
		return err;
	if (!a->owner)
		over_add(&a->function->over, a->id, "");
	assist_free(a);
	assist_send(s[RELAY_A]);
	assist_send(s[RELAY_B]);
	return 0;
}

int assist_end(struct assist *a, const char *cause)
{
	enum relay_side far = assist_far(a);
	char id[PF_SESSION_SIZE], pfid[PF_ID_SIZE];
	struct function *f = a->function;
	int err;

	strcpy(id, a->id);
	if (far != RELAY_SIDES)
		snprintf(pfid, sizeof(pfid), "%s", assist_pfid(a, far));
	err = assist_drop(a, cause);
	if (!err && far != RELAY_SIDES) {
		over_add(&f->over, id, pfid);
		pc6_coap.cancel(f->pc6, pfid, id);
	}
	return err;
}

void assist_alert(struct assist *a, enum pf_decision decision)
{
	struct pf_alert alert = { .decision = decision };
	enum relay_side far = assist_far(a);

	if (far == RELAY_SIDES)
		return;
	alert.state = a->side_state[far == RELAY_A ? RELAY_B : RELAY_A];
	strcpy(alert.cause, a->doc.cause);
	pc6_coap.alert(a->function->pc6, assist_pfid(a, far), a->id, &alert);
}

static bool is_unwanted(const struct assist *a)
{
	return a->owner && a->by != ASSIST_BY_OPERATOR && !a->wants[RELAY_A] &&
	       !a->wants[RELAY_B];
}

int assist_wants(struct assist *a, enum relay_side side, bool wants, enum pf_decision decision)
{
	bool before = a->wants[side];
	int err = 0;

	a->wants[side] = wants;
	if (is_unwanted(a)) {
		err = assist_end(a, "both are home");
		if (err)
			a->wants[side] = before;
		return err;
	}
	a->wants[side] = before;
	assist_open(a);
	a->wants[side] = wants;
	assist_store(a);
	err = assist_commit(a);
	if (!err && decision != PF_DECISION_NONE)
		assist_alert(a, decision);
	return err;
}

/* --- its state ------------------------------------------------------------ */

static void count_state(struct function *f, enum pf_session_state state)
{
	if (state == PF_SESSION_RELAYED)
		f->figures.count[MNO_COUNT_SESSIONS_RELAYED]++;
	else if (state == PF_SESSION_DIRECT)
		f->figures.count[MNO_COUNT_SESSIONS_DIRECT]++;
	else if (state == PF_SESSION_FAILED)
		f->figures.count[MNO_COUNT_SESSIONS_FAILED]++;
}

/* Return: it is another one than before. */
static bool settle(struct assist *a)
{
	enum pf_session_state x = a->side_state[RELAY_A], y = a->side_state[RELAY_B];
	enum pf_session_state now = x == PF_SESSION_FAILED || y == PF_SESSION_FAILED ?
				    PF_SESSION_FAILED : x < y ? x : y;

	if (now == a->state)
		return false;
	a->state = now;
	assist_log(a, "%s", now == PF_SESSION_RELAYED ? "by the relay" :
		   now == PF_SESSION_DIRECT ? "direct" : "failed");
	assist_store(a);
	return true;
}

/* A UE says its state again when it registers. */
int assist_said(struct assist *a, enum relay_side side, enum pf_session_state state)
{
	bool is_new;
	int err;

	assist_remember(a);
	db_begin_lazy(a->function->db);
	a->side_state[side] = state;
	is_new = settle(a);
	err = assist_commit(a);
	if (!err && is_new)
		count_state(a->function, a->state);
	return err;
}

static const char *candidate_fault(const struct function *f,
				   const struct pf_candidates *candidates)
{
	const char *fault;
	size_t i;

	for (i = 0; i < candidates->n; i++) {
		fault = pf_addr_fault(&candidates->candidate[i].addr);
		if (fault)
			return fault;
		if (mno_conf_is_own(&f->conf, &candidates->candidate[i].addr))
			return "an address of the operator's own network";
	}
	return NULL;
}

unsigned int assist_reported(struct subscriber *s, const char *id,
			     const struct pf_session_report *report,
			     struct pf_problem *problem)
{
	struct assist *a = assist_find(s->function, id);
	enum relay_side side = a ? assist_side(a, s->epuid) : RELAY_SIDES;
	const char *fault = candidate_fault(s->function, &report->candidates);

	if (side == RELAY_SIDES)
		return refuse_say(problem, COAPS_NOT_FOUND, "no such session", id);
	if (fault) {
		if (function_may_say(s->function))
			log_say(LOG_WARNING, NULL, "%s names as a candidate: %s", s->epuid,
				fault);
		return refuse_say(problem, COAPS_FORBIDDEN, "a candidate that cannot be one", fault);
	}
	a->confirmed = true;
	if (a->side_state[side] != report->state) {
		if (assist_said(a, side, report->state))
			return assist_not_stored(problem);
		assist_alert(a, PF_DECISION_NONE);
	}
	if (report->candidates.n)
		assist_pass(a, side, &report->candidates);
	if (report->state == PF_SESSION_FAILED)
		assist_end(a, *report->why ? report->why : "a UE has given up");
	return COAPS_CHANGED;
}

void assist_refused(struct subscriber *s, const struct pf_order *order, const char *why)
{
	struct assist *a = assist_find(s->function, order->session);

	if (function_may_say(s->function))
		log_say(LOG_WARNING, NULL, "%s does not take an order: %s", s->epuid, why);
	if (a && order->kind == PF_ORDER_CONNECT)
		assist_end(a, "a UE does not take its order");
}

void assist_sessions(struct subscriber *s, struct pf_sessions *doc)
{
	struct assist_side_link *link;
	enum relay_side side;
	struct assist *a;

	memset(doc, 0, sizeof(*doc));
	LIST_FOREACH(link, &s->sessions, entry) {
		if (doc->n == PF_MAX_SESSIONS)
			break;
		a = link->a;
		side = link - a->link;
		strcpy(doc->doc[doc->n].session, a->id);
		strcpy(doc->doc[doc->n].peer, assist_peer(a, side));
		doc->doc[doc->n].state = a->state;
		doc->doc[doc->n++].order = a->order[side];
	}
}
