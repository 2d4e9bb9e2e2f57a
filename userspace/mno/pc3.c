// SPDX-License-Identifier: GPL-2.0-or-later
#include "pc3.h"
#include "../common/clock.h"
#include "../common/log.h"
#include "agreement.h"
#include "assist.h"
#include "function.h"
#include "refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_SEGMENTS = 6,
};

/**
 * struct ask - a request while it is worked on
 * @segment: of its path, @n of them
 * @changed: an agreement that is changed, @before: what it was, with @before.subscriber
 *	     NULL if it was not there
 */
struct ask {
	struct function *f;
	struct coaps_assoc *assoc;
	struct subscriber *subscriber;
	const struct coaps_message *request;
	struct coaps_message *response;
	char path[COAPS_PATH_SIZE];
	char *segment[MAX_SEGMENTS];
	unsigned int n;
	struct agreement *changed;
	struct agreement before;
};

/* --- answers -------------------------------------------------------------- */

static void answer(struct ask *ask, unsigned int code, size_t len)
{
	ask->response->code = code;
	ask->response->len = len;
	ask->response->body = coaps_body();
	ask->response->format = len ? PF_FORMAT_CBOR : -1;
}

static struct agreement *agreement_of(struct ask *ask, const char *id)
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

/* What the UE has not confirmed: the function's own offer, or an answer that was lost. */
static void offer_all(struct subscriber *s)
{
	const struct agreement *agreement;

	LIST_FOREACH(agreement, &s->agreements, entry)
		if (!agreement->confirmed)
			send_offer(s, agreement);
}

/* --- registration --------------------------------------------------------- */

static void register_ue(struct ask *ask)
{
	struct pf_registered answered = { .version = PF_VERSION,
					  .lifetime_s = SUBSCRIBER_LIFETIME_S };
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	struct subscriber *s = ask->subscriber;
	struct pf_registration doc;
	bool is_new = !s->registered;
	const char *why;
	int err = pf_decode_registration(&doc, ask->request->body, ask->request->len, &why);

	if (err) {
		refuse_document(ask->response, err, why);
		return;
	}
	if (assist_registered(s, &doc)) {
		refuse_not_stored(ask->response);
		return;
	}
	if (is_new)
		s->since_ns = now;
	s->registered = true;
	s->until_ns = now + SUBSCRIBER_LIFETIME_S * 1000000000ull;
	s->boot = doc.boot;
	function_stun(s->function, coaps_assoc_remote(ask->assoc)->ss_family,
		      &answered.stun);
	answer(ask, is_new ? COAPS_CREATED : COAPS_CHANGED,
	       pf_encode_registered(&answered, coaps_body(), COAPS_MAX_BODY));
	offer_all(s);
	pc3_send(s);
}

static void deregister_ue(struct ask *ask)
{
	subscriber_gone(ask->subscriber);
	answer(ask, COAPS_DELETED, 0);
}

/* --- agreements ----------------------------------------------------------- */

static bool read_offer(struct ask *ask, struct pf_agreement *doc)
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
static struct agreement *place_for(struct ask *ask, const struct pf_agreement *doc)
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

static void answer_offer(struct ask *ask, struct agreement *agreement, unsigned int code)
{
	db_agreement_put(ask->f->db, ask->subscriber->epuid, &agreement->doc,
			 agreement->confirmed);
	answer(ask, code,
	       pf_encode_agreement(&agreement->doc, coaps_body(), COAPS_MAX_BODY));
}

static void change(struct ask *ask, struct agreement *agreement, bool is_new)
{
	ask->changed = agreement;
	if (!is_new)
		ask->before = *agreement;
}

static void offer(struct ask *ask)
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

static void confirm(struct ask *ask, struct agreement *agreement)
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
	answer(ask, COAPS_CHANGED, 0);
}

static void offer_again(struct ask *ask, struct agreement *agreement)
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

static void put_agreement(struct ask *ask)
{
	struct agreement *agreement = agreement_of(ask, ask->segment[5]);

	if (!agreement)
		return;
	if (ask->request->has_if_match)
		confirm(ask, agreement);
	else
		offer_again(ask, agreement);
}

static void take_back(struct ask *ask)
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
static void at_once(struct ask *ask, void (*run)(struct ask *ask), void (*begin)(struct db *db))
{
	begin(ask->f->db);
	run(ask);
	if (!db_commit(ask->f->db))
		return;
	take_back(ask);
	refuse_not_stored(ask->response);
}

/* No UE relies on what it has not confirmed. */
static void offer_at_once(struct ask *ask)
{
	at_once(ask, offer, db_begin_lazy);
}

static void put_at_once(struct ask *ask)
{
	at_once(ask, put_agreement, db_begin);
}

static void delete_agreement(struct ask *ask)
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
	answer(ask, COAPS_DELETED, 0);
}

/* --- reports -------------------------------------------------------------- */

/* Return: may it be taken? */
static bool check_report(struct ask *ask, const struct agreement *agreement,
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

static void act(struct ask *ask, struct agreement *agreement, const struct pf_report *doc)
{
	struct pf_problem problem = {};
	unsigned int refused;

	answer(ask, COAPS_CHANGED, 0);
	if (doc->decision == PF_DECISION_RELEASE && assist_released(agreement))
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

static void report(struct ask *ask)
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
		answer(ask, COAPS_CHANGED, 0);
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

/* --- sessions ------------------------------------------------------------- */

static void put_session(struct ask *ask)
{
	struct pf_session_report doc;
	struct pf_problem problem = {};
	char id[COAPS_PATH_SIZE];
	unsigned int code;
	const char *why;
	int err = pf_decode_session_report(&doc, ask->request->body, ask->request->len, &why);

	if (err) {
		refuse_document(ask->response, err, why);
		return;
	}
	snprintf(id, sizeof(id), "%.100s/%.100s", ask->segment[3], ask->segment[4]);
	code = assist_reported(ask->subscriber, id, &doc, &problem);
	if (code == COAPS_CHANGED)
		answer(ask, code, 0);
	else
		refuse_problem(ask->response, code, &problem);
}

static void get_sessions(struct ask *ask)
{
	struct pf_sessions doc;

	assist_sessions(ask->subscriber, &doc);
	answer(ask, COAPS_CONTENT, pf_encode_sessions(&doc, coaps_body(), COAPS_MAX_BODY));
}

/* --- requests ------------------------------------------------------------- */

/**
 * struct resource - what may be asked for
 * @path: "E" is the EPUID of the UE that asks, "*" anything
 * @has_body: in CBOR
 */
static const struct resource {
	unsigned int method;
	const char *path[MAX_SEGMENTS + 1];
	bool has_body;
	void (*run)(struct ask *ask);
} resources[] = {
	{ COAPS_PUT, { "pf", "v1", "ues", "E" }, true, register_ue },
	{ COAPS_DELETE, { "pf", "v1", "ues", "E" }, false, deregister_ue },
	{ COAPS_POST, { "pf", "v1", "ues", "E", "agreements" }, true, offer_at_once },
	{ COAPS_PUT, { "pf", "v1", "ues", "E", "agreements", "*" }, true, put_at_once },
	{ COAPS_DELETE, { "pf", "v1", "ues", "E", "agreements", "*" }, false,
	  delete_agreement },
	{ COAPS_PUT, { "pf", "v1", "reports", "*" }, true, report },
	{ COAPS_PUT, { "pf", "v1", "sessions", "*", "*" }, true, put_session },
	{ COAPS_GET, { "pf", "v1", "sessions", "E" }, false, get_sessions },
};

static void split(struct ask *ask)
{
	char *next = ask->path;

	strcpy(ask->path, ask->request->path);
	while (next && ask->n < MAX_SEGMENTS)
		ask->segment[ask->n++] = strsep(&next, "/");
	if (next)
		ask->n = 0;
}

/* *@other: but for the EPUID, which is another's. */
static bool path_is(const struct ask *ask, const char *const *path, bool *other)
{
	unsigned int i;

	*other = false;
	for (i = 0; i < ask->n; i++) {
		if (!path[i])
			return false;
		if (!strcmp(path[i], "E"))
			*other = strcmp(ask->segment[i], coaps_assoc_name(ask->assoc)) != 0;
		else if (strcmp(path[i], "*") != 0 && strcmp(path[i], ask->segment[i]) != 0)
			return false;
	}
	return !path[i];
}

/* Return: NULL if it was refused. */
static const struct resource *find_resource(struct ask *ask)
{
	bool other, is_there = false;
	size_t i;

	for (i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		if (!path_is(ask, resources[i].path, &other))
			continue;
		is_there = true;
		if (other)
			break;
		if (resources[i].method == ask->request->code)
			return &resources[i];
	}
	if (!is_there)
		refuse(ask->response, COAPS_NOT_FOUND, "no such resource", ask->request->path);
	else if (other)
		refuse(ask->response, COAPS_FORBIDDEN, "not yours",
		       "the certificate names another UE");
	else
		refuse(ask->response, COAPS_METHOD_NOT_ALLOWED, "no such method", NULL);
	return NULL;
}

static bool may_ask(struct ask *ask, const struct resource *resource)
{
	struct subscriber *s = ask->subscriber;

	if (!s)
		refuse(ask->response, COAPS_UNAVAILABLE, "no memory", NULL);
	else if (!subscriber_may(&s->tokens, &s->filled_ns, SUBSCRIBER_RATE * 60,
				 SUBSCRIBER_BURST))
		refuse(ask->response, COAPS_TOO_MANY_REQUESTS, "too many requests", NULL);
	else if (!s->registered && resource->run != register_ue)
		refuse(ask->response, COAPS_NOT_FOUND, "not registered", NULL);
	else
		return !resource->has_body || !refuse_format(ask->response, ask->request);
	return false;
}

static void requested(void *data, struct coaps_assoc *assoc,
		      const struct coaps_message *request, struct coaps_message *response)
{
	struct ask ask = { .f = data, .assoc = assoc, .request = request,
			   .response = response, .subscriber = coaps_assoc_data(assoc) };
	const struct resource *resource;

	split(&ask);
	resource = find_resource(&ask);
	if (resource && may_ask(&ask, resource))
		resource->run(&ask);
	if (response->code < MNO_MAX_CODE)
		ask.f->figures.response[response->code]++;
}

/* --- orders --------------------------------------------------------------- */

static void order_answered(void *data, int error, const struct coaps_message *response)
{
	struct outgoing *out = data;
	struct subscriber *s = out->subscriber;
	struct pf_order order = out->order;
	struct pf_problem problem;
	const char *why;

	out->sent = false;
	if (error) {
		s->function->figures.count[MNO_COUNT_ORDERS_FAILED]++;
		return;
	}
	outgoing_answered(out);
	if (response->code / 100 == 2)
		return;
	s->function->figures.count[MNO_COUNT_ORDERS_FAILED]++;
	if (pf_decode_problem(&problem, response->body, response->len, &why))
		snprintf(problem.detail, sizeof(problem.detail), "%u.%02u",
			 response->code / 100, response->code % 100);
	assist_refused(s, &order, *problem.detail ? problem.detail : problem.title);
}

static void send_order(struct subscriber *s, struct outgoing *out)
{
	uint8_t body[PF_MAX_SIZE];
	struct coaps_message request = {
		.code = COAPS_PUT, .format = PF_FORMAT_CBOR, .body = body,
		.len = pf_encode_order(&out->order, body, sizeof(body)),
	};

	snprintf(request.path, sizeof(request.path), "pf-c/v1/orders/%" PRIu64, out->n);
	out->sent = !coaps_request(s->assoc, &request, order_answered, out);
	if (out->sent)
		s->function->figures.count[MNO_COUNT_ORDERS]++;
}

void pc3_send(struct subscriber *s)
{
	struct outgoing *out;

	if (!s->assoc || !s->registered)
		return;
	STAILQ_FOREACH(out, &s->outgoing, entry)
		if (!out->sent)
			send_order(s, out);
}

void pc3_sessions_changed(struct subscriber *s)
{
	char path[COAPS_PATH_SIZE];

	if (!s->assoc)
		return;
	snprintf(path, sizeof(path), "pf/v1/sessions/%s", s->epuid);
	coaps_notify(s->assoc, path);
}

/* --- associations --------------------------------------------------------- */

/* A UE has one; the newer one counts, for the older may be one of before a NAT's rebind. */
static void connected(void *data, struct coaps_assoc *assoc)
{
	struct function *f = data;
	struct subscriber *s = subscriber_get(f, coaps_assoc_name(assoc));
	struct outgoing *out;

	if (!s)
		return;
	if (s->assoc) {
		coaps_assoc_set_data(s->assoc, NULL);
		coaps_disconnect(s->assoc);
	}
	STAILQ_FOREACH(out, &s->outgoing, entry)
		out->sent = false;
	s->assoc = assoc;
	coaps_assoc_set_data(assoc, s);
}

static void closed(void *data, struct coaps_assoc *assoc, const char *why)
{
	struct subscriber *s = coaps_assoc_data(assoc);

	(void)data;
	(void)why;
	if (s && s->assoc == assoc)
		s->assoc = NULL;
}

/* Only UEs of this function have a business here. */
static bool is_ours(void *data, const char *name)
{
	const struct function *f = data;

	return !pf_epuid_fault(name) && !strcmp(pf_epuid_pfid(name), f->conf.pfid);
}

static const struct coaps_ops ops = { requested, connected, closed };

int pc3_open(struct function *f)
{
	struct coaps_setup setup = {
		.cert = f->conf.ue.cert, .key = f->conf.ue.key, .ca = f->conf.ue.ca,
		.listen = f->conf.listen, .ops = &ops, .data = f, .trusted = is_ours,
	};

	return coaps_open(&f->ues, f->event, &setup);
}

void pc3_tick(struct function *f)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	struct subscriber *s;

	LIST_FOREACH(s, &f->subscribers.list, entry) {
		if (s->registered && now >= s->until_ns)
			subscriber_gone(s);
		if (!STAILQ_EMPTY(&s->outgoing))
			pc3_send(s);
	}
}
