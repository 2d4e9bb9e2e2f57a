// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/clock.h"
#include "../common/log.h"
#include "assist_priv.h"
#include "pc3.h"
#include "refuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *assist_by_name(enum assist_by by)
{
	static const char *const names[ASSIST_BYS] = { "ue", "operator", "peer" };

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

struct assist *assist_find(struct function *f, const char *id)
{
	struct assist *a;

	LIST_FOREACH(a, &f->assists, entry)
		if (!strcmp(a->id, id))
			return a;
	return NULL;
}

struct assist *assist_of(struct function *f, const char *epuid, const char *peer)
{
	struct assist *a;

	LIST_FOREACH(a, &f->assists, entry)
		if (assist_side(a, epuid) != RELAY_SIDES && assist_side(a, peer) != RELAY_SIDES)
			return a;
	return NULL;
}

/* --- the record ----------------------------------------------------------- */

void assist_log(const struct assist *a, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_say(LOG_INFO, NULL, "session %s of %s and %s: %s", a->id, a->doc.requesting,
		a->doc.targeted, text);
	db_audit(a->function->db, a->id, text);
}

void assist_store(const struct assist *a)
{
	struct db_session row = {
		.doc = a->doc, .has_relay = a->relay, .state = a->state, .by = a->by,
		.wants = { a->wants[RELAY_A], a->wants[RELAY_B] },
		.began = a->began, .ends = a->ends,
	};

	strcpy(row.id, a->id);
	memcpy(row.targeted_key, a->targeted_key, sizeof(row.targeted_key));
	if (a->relay)
		relay_state(a->relay, &row.relay);
	db_session_put(a->function->db, &row);
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
	LIST_INSERT_HEAD(&f->assists, a, entry);
	/* Both UEs, and both functions, know that. */
	if (f->stun)
		stun_server_add(f->stun, a->id, doc->check_key, sizeof(doc->check_key));
	return a;
}

void assist_free(struct assist *a)
{
	if (a->relay)
		relay_close(a->relay);
	if (a->function->stun)
		stun_server_del(a->function->stun, a->id);
	LIST_REMOVE(a, entry);
	free(a);
}

void assists_free(struct function *f)
{
	struct assist *a;

	while ((a = LIST_FIRST(&f->assists))) {
		LIST_REMOVE(a, entry);
		free(a);
	}
}

/* --- UEs are told --------------------------------------------------------- */

static struct subscriber *subscriber_of(const struct assist *a, enum relay_side side)
{
	if (!assist_ours(a, side))
		return NULL;
	return subscriber_find(a->function, assist_epuid(a, side));
}

static void tell(struct assist *a, enum relay_side side, struct pf_order *order)
{
	struct subscriber *s = subscriber_of(a, side);
	struct agreement *agreement;

	if (!s)
		return;
	strcpy(order->session, a->id);
	agreement = agreement_with(s, assist_peer(a, side));
	if (agreement) {
		order->agreement = agreement->doc.id;
		order->version = agreement->doc.version;
	}
	a->order[side] = outgoing_add(s, order);
}

static void send_to(struct subscriber *s)
{
	if (!s)
		return;
	pc3_send(s);
	pc3_sessions_changed(s);
}

void assist_commit(struct assist *a)
{
	db_commit(a->function->db);
	send_to(subscriber_of(a, RELAY_A));
	send_to(subscriber_of(a, RELAY_B));
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
	tell(a, side, &order);
}

static void release(struct assist *a, enum relay_side side, const char *cause)
{
	struct pf_order order = { .kind = PF_ORDER_RELEASE };

	snprintf(order.cause, sizeof(order.cause), "%s", cause);
	tell(a, side, &order);
}

static bool is_private(const struct assist *a, enum relay_side side)
{
	struct subscriber *s = subscriber_of(a, side);
	struct agreement *agreement = s ? agreement_with(s, assist_peer(a, side)) : NULL;

	return agreement && agreement->doc.relay_only;
}

void assist_pass(struct assist *a, enum relay_side side)
{
	enum relay_side other = side == RELAY_A ? RELAY_B : RELAY_A;
	struct pf_order order = { .kind = PF_ORDER_CANDIDATES };

	if (!a->candidates[side].n || is_private(a, side) || is_private(a, other))
		return;
	if (assist_ours(a, other)) {
		order.candidates = a->candidates[side];
		tell(a, other, &order);
		send_to(subscriber_of(a, other));
	} else {
		pc6_coap.candidates(a->function->pc6, assist_pfid(a, other), a->id,
				    &a->candidates[side]);
	}
}

/* --- its end -------------------------------------------------------------- */

void assist_drop(struct assist *a, const char *cause)
{
	struct function *f = a->function;
	struct subscriber *s[RELAY_SIDES] = { subscriber_of(a, RELAY_A),
					      subscriber_of(a, RELAY_B) };

	assist_log(a, "ended: %s", cause);
	db_begin(f->db);
	release(a, RELAY_A, cause);
	release(a, RELAY_B, cause);
	db_session_del(f->db, a->id);
	db_commit(f->db);
	assist_free(a);
	send_to(s[RELAY_A]);
	send_to(s[RELAY_B]);
}

void assist_end(struct assist *a, const char *cause)
{
	enum relay_side far = assist_far(a);

	if (far != RELAY_SIDES)
		pc6_coap.cancel(a->function->pc6, assist_pfid(a, far), a->id);
	assist_drop(a, cause);
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

void assist_check_wants(struct assist *a)
{
	if (a->owner && a->by != ASSIST_BY_OPERATOR && !a->wants[RELAY_A] &&
	    !a->wants[RELAY_B])
		assist_end(a, "both are home");
}

/* --- its state ------------------------------------------------------------ */

void assist_settle(struct assist *a)
{
	enum pf_session_state x = a->side_state[RELAY_A], y = a->side_state[RELAY_B];
	enum pf_session_state now = x == PF_SESSION_FAILED || y == PF_SESSION_FAILED ?
				    PF_SESSION_FAILED : x < y ? x : y;
	struct function *f = a->function;

	if (now == a->state)
		return;
	a->state = now;
	if (now == PF_SESSION_RELAYED)
		f->figures.count[MNO_COUNT_SESSIONS_RELAYED]++;
	else if (now == PF_SESSION_DIRECT)
		f->figures.count[MNO_COUNT_SESSIONS_DIRECT]++;
	else if (now == PF_SESSION_FAILED)
		f->figures.count[MNO_COUNT_SESSIONS_FAILED]++;
	assist_log(a, "%s", now == PF_SESSION_RELAYED ? "by the relay" :
		   now == PF_SESSION_DIRECT ? "direct" : "failed");
	assist_store(a);
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
	if (report->candidates.n)
		a->candidates[side] = report->candidates;
	if (a->side_state[side] != report->state) {
		a->side_state[side] = report->state;
		assist_settle(a);
		assist_alert(a, PF_DECISION_NONE);
	}
	if (report->candidates.n)
		assist_pass(a, side);
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
	enum relay_side side;
	struct assist *a;

	memset(doc, 0, sizeof(*doc));
	LIST_FOREACH(a, &s->function->assists, entry) {
		side = assist_side(a, s->epuid);
		if (side == RELAY_SIDES || doc->n == PF_MAX_SESSIONS)
			continue;
		strcpy(doc->doc[doc->n].session, a->id);
		strcpy(doc->doc[doc->n].peer, assist_peer(a, side));
		doc->doc[doc->n].state = a->state;
		doc->doc[doc->n++].order = a->order[side];
	}
}
