// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Agreements of UEs, and the reports under them.
 */
#include "pc3_priv.h"
#include "../common/clock.h"
#include "../common/log.h"
#include "agreement.h"
#include "assist.h"
#include "refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct agreement *agreement_of(struct pc3_ask *ask, const char *id)
{
	char *end;
	unsigned long number = strtoul(id, &end, 10);
	struct agreement *agreement = *end || number > UINT32_MAX ? NULL :
				      agreement_find(ask->subscriber, number);

	if (!agreement)
		refuse(ask->response, COAPS_NOT_FOUND, "no such agreement", id);
	return agreement;
}

/* --- offers --------------------------------------------------------------- */

static void offer_answered(void *data, int error, const struct coaps_message *response)
{
	struct subscriber *s = data;

	/* It is offered again with the next registration. */
	if (!error && response->code / 100 != 2 && function_may_say(s->function))
		log_say(LOG_NOTICE, NULL, "%s does not take an offer: %u.%02u", s->epuid,
			response->code / 100, response->code % 100);
}

static void send_offer(struct subscriber *s, const struct agreement *agreement)
{
	uint8_t body[PF_MAX_SIZE];
	struct coaps_message request = {
		.code = COAPS_PUT, .format = PF_FORMAT_CBOR, .body = body,
		.len = pf_encode_agreement(&agreement->doc, body, sizeof(body)),
	};

	snprintf(request.path, sizeof(request.path), "pf-c/v1/agreements/%" PRIu32,
		 agreement->doc.id);
	coaps_request(s->assoc, &request, offer_answered, s);
}

void pc3_offer_all(struct subscriber *s)
{
	const struct agreement *agreement;

	LIST_FOREACH(agreement, &s->agreements, entry)
		if (!agreement->confirmed)
			send_offer(s, agreement);
}

/* --- agreements ----------------------------------------------------------- */

static bool read_offer(struct pc3_ask *ask, struct pf_agreement *doc)
{
	const struct coaps_message *request = ask->request;
	struct pf_agreement offer;
	const char *why;
	int err = pf_decode_agreement(&offer, request->body, request->len, &why);

	if (err) {
		refuse_document(ask->response, err, why);
		return false;
	}
	why = agreement_answer(doc, &offer, &ask->f->conf.agreement);
	if (!why && !strcmp(offer.peer, ask->subscriber->epuid))
		why = "a UE is no peer of its own";
	if (why)
		refuse(ask->response, COAPS_BAD_REQUEST, "no agreement", why);
	return !why;
}

/* An offer for the same peer takes the place of the agreement that there is. */
static struct agreement *place_for(struct pc3_ask *ask, const struct pf_agreement *doc)
{
	struct agreement *same = agreement_about(ask->subscriber, doc->peer), *agreement;
	unsigned int n = 0;

	LIST_FOREACH(agreement, &ask->subscriber->agreements, entry)
		n++;
	if (same || n < SUBSCRIBER_AGREEMENTS)
		return same;
	refuse(ask->response, COAPS_TOO_MANY_REQUESTS, "too many agreements",
	       "a UE has 16 at most");
	return NULL;
}

static void answer_offer(struct pc3_ask *ask, struct agreement *agreement, unsigned int code)
{
	db_agreement_put(ask->f->db, ask->subscriber->epuid, &agreement->doc,
			 agreement->confirmed);
	pc3_answer(ask, code,
		   pf_encode_agreement(&agreement->doc, coaps_body(), COAPS_MAX_BODY));
}

static void change(struct pc3_ask *ask, struct agreement *agreement, bool is_new)
{
	ask->changed = agreement;
	if (!is_new)
		ask->before = *agreement;
}

static void offer(struct pc3_ask *ask)
{
	struct subscriber *s = ask->subscriber;
	struct agreement *agreement;
	struct pf_agreement doc;

	if (!read_offer(ask, &doc))
		return;
	agreement = place_for(ask, &doc);
	if (ask->response->code)
		return;
	doc.id = agreement ? agreement->doc.id : db_next(ask->f->db, DB_COUNTER_AGREEMENT);
	doc.version = agreement ? agreement->doc.version + 1 : 1;
	if (agreement) {
		change(ask, agreement, false);
		agreement_renew(agreement, &doc);
	} else {
		agreement = agreement_add(s, &doc, false);
		change(ask, agreement, true);
	}
	if (!agreement) {
		refuse(ask->response, COAPS_INTERNAL_ERROR, "no agreement", "no memory");
		return;
	}
	answer_offer(ask, agreement, COAPS_CREATED);
	snprintf(ask->response->location, sizeof(ask->response->location),
		 "pf/v1/ues/%s/agreements/%" PRIu32, s->epuid, doc.id);
}

static void confirm(struct pc3_ask *ask, struct agreement *agreement)
{
	struct pf_confirm doc;
	const char *why;
	int err = pf_decode_confirm(&doc, ask->request->body, ask->request->len, &why);

	if (err) {
		refuse_document(ask->response, err, why);
		return;
	}
	if (doc.version != agreement->doc.version ||
	    ask->request->if_match != agreement->doc.version) {
		refuse(ask->response, COAPS_PRECONDITION_FAILED, "another version", NULL);
		return;
	}
	if (!agreement->confirmed) {
		change(ask, agreement, false);
		agreement->confirmed = true;
		agreement->has_seq = false;
		db_agreement_put(ask->f->db, ask->subscriber->epuid, &agreement->doc, true);
		db_audit(ask->f->db, ask->subscriber->epuid, "agreement confirmed");
	}
	pc3_answer(ask, COAPS_CHANGED, 0);
}

static void offer_again(struct pc3_ask *ask, struct agreement *agreement)
{
	struct pf_agreement doc;

	if (!read_offer(ask, &doc))
		return;
	if (strcmp(doc.peer, agreement->doc.peer) != 0) {
		refuse(ask->response, COAPS_BAD_REQUEST, "no agreement", "another peer");
		return;
	}
	doc.id = agreement->doc.id;
	doc.version = agreement->doc.version + 1;
	change(ask, agreement, false);
	agreement_renew(agreement, &doc);
	answer_offer(ask, agreement, COAPS_CHANGED);
}

static void put_agreement(struct pc3_ask *ask)
{
	struct agreement *agreement = agreement_of(ask, ask->segment[5]);

	if (!agreement)
		return;
	if (ask->request->has_if_match)
		confirm(ask, agreement);
	else
		offer_again(ask, agreement);
}

static void take_back(struct pc3_ask *ask)
{
	struct agreement *agreement = ask->changed;

	if (!agreement)
		return;
	if (ask->before.subscriber) {
		/* That it had may be gone. */
		ask->before.judge = agreement->judge;
		*agreement = ask->before;
	} else {
		agreement_del(agreement);
	}
}

/* One commit, and nothing is sent meanwhile: many UEs come at the same time. */
static void at_once(struct pc3_ask *ask, void (*run)(struct pc3_ask *ask),
		    void (*begin)(struct db *db))
{
	begin(ask->f->db);
	run(ask);
	if (!db_commit(ask->f->db))
		return;
	take_back(ask);
	refuse_not_stored(ask->response);
}

/* No UE relies on what it has not confirmed. */
void pc3_offer(struct pc3_ask *ask)
{
	at_once(ask, offer, db_begin_lazy);
}

void pc3_put_agreement(struct pc3_ask *ask)
{
	at_once(ask, put_agreement, db_begin);
}

void pc3_delete_agreement(struct pc3_ask *ask)
{
	struct agreement *agreement = agreement_of(ask, ask->segment[5]);
	struct assist *a;

	if (!agreement)
		return;
	a = assist_of(ask->f, ask->subscriber->epuid, agreement->doc.peer);
	db_begin(ask->f->db);
	db_agreement_del(ask->f->db, ask->subscriber->epuid, agreement->doc.id);
	if (db_commit(ask->f->db) || (a && assist_end(a, "a UE has ended its agreement"))) {
		refuse_not_stored(ask->response);
		return;
	}
	agreement_del(agreement);
	pc3_answer(ask, COAPS_DELETED, 0);
}

/* --- reports -------------------------------------------------------------- */

/* Return: may it be taken? */
static bool check_report(struct pc3_ask *ask, const struct agreement *agreement,
			 const struct pf_report *doc)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	bool is_soon = agreement->has_seq &&
		       now - agreement->reported_ns < agreement->doc.min_report_ms * 1000000ull;

	if (!agreement->confirmed || doc->version != agreement->doc.version)
		refuse(ask->response, COAPS_PRECONDITION_FAILED, "another version", NULL);
	else if (is_soon && doc->decision == agreement->decision)
		refuse(ask->response, COAPS_TOO_MANY_REQUESTS, "too soon", NULL);
	return !ask->response->code;
}

static void act(struct pc3_ask *ask, struct agreement *agreement, const struct pf_report *doc)
{
	struct pf_problem problem = {};
	unsigned int refused;

	pc3_answer(ask, COAPS_CHANGED, 0);
	/* A UE that was home before may not have heard yet of what the function has judged. */
	if (doc->decision == PF_DECISION_RELEASE &&
	    ask->before.decision != PF_DECISION_RELEASE && assist_released(agreement))
		refuse_not_stored(ask->response);
	if (doc->decision <= PF_DECISION_RELEASE)
		return;
	refused = assist_begin(agreement, doc->decision, false, ASSIST_BY_UE, doc->cause,
			       &problem);
	if (!refused)
		return;
	if (function_may_say(ask->f))
		log_say(LOG_NOTICE, NULL, "%s asks for %s: %s: %s", ask->subscriber->epuid,
			agreement->doc.peer, problem.title, problem.detail);
	refuse_problem(ask->response, refused, &problem);
}

void pc3_report(struct pc3_ask *ask)
{
	struct agreement *agreement = agreement_of(ask, ask->segment[3]);
	struct pf_report doc;
	const char *why;
	int err;

	if (!agreement)
		return;
	err = pf_decode_report(&doc, ask->request->body, ask->request->len, &why);
	if (err) {
		refuse_document(ask->response, err, why);
		return;
	}
	if (!check_report(ask, agreement, &doc))
		return;
	/* An old one changes nothing; the UE counts anew when it has begun anew. */
	if (agreement->has_seq && (int32_t)(doc.seq - agreement->seq) <= 0) {
		pc3_answer(ask, COAPS_CHANGED, 0);
		return;
	}
	change(ask, agreement, false);
	agreement->has_seq = true;
	agreement->seq = doc.seq;
	agreement->reported_ns = clock_now_ns(CLOCK_BOOTTIME);
	agreement->decision = doc.decision;
	ask->subscriber->reports++;
	ask->f->figures.count[MNO_COUNT_REPORTS]++;
	act(ask, agreement, &doc);
	/* The same report may come once more. */
	if (ask->response->code == COAPS_INTERNAL_ERROR)
		take_back(ask);
	else
		function_judge_hear(agreement, &doc);
}
