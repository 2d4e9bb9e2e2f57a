// SPDX-License-Identifier: GPL-2.0-or-later
#include "pc3.h"
#include "pc3_priv.h"
#include "../common/clock.h"
#include "../common/log.h"
#include "assist.h"
#include "outgoing.h"
#include "refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- answers -------------------------------------------------------------- */

void pc3_answer(struct pc3_ask *ask, unsigned int code, size_t len)
{
	ask->response->code = code;
	ask->response->len = len;
	ask->response->body = coaps_body();
	ask->response->format = len ? PF_FORMAT_CBOR : -1;
}

/* --- registration --------------------------------------------------------- */

static void register_ue(struct pc3_ask *ask)
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
	pc3_answer(ask, is_new ? COAPS_CREATED : COAPS_CHANGED,
		   pf_encode_registered(&answered, coaps_body(), COAPS_MAX_BODY));
	pc3_offer_all(s);
	pc3_send(s);
}

static void deregister_ue(struct pc3_ask *ask)
{
	subscriber_gone(ask->subscriber);
	pc3_answer(ask, COAPS_DELETED, 0);
}

/* --- sessions ------------------------------------------------------------- */

static void put_session(struct pc3_ask *ask)
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
		pc3_answer(ask, code, 0);
	else
		refuse_problem(ask->response, code, &problem);
}

static void get_sessions(struct pc3_ask *ask)
{
	struct pf_sessions doc;

	if (db_sync(ask->f->db)) {
		refuse_not_stored(ask->response);
		return;
	}
	assist_sessions(ask->subscriber, &doc);
	pc3_answer(ask, COAPS_CONTENT, pf_encode_sessions(&doc, coaps_body(), COAPS_MAX_BODY));
}

/* --- requests ------------------------------------------------------------- */

/**
 * struct resource - what may be asked for
 * @path: "E" is the EPUID of the UE that asks, "*" anything
 * @has_body: in CBOR
 */
static const struct resource {
	unsigned int method;
	const char *path[PC3_SEGMENTS + 1];
	bool has_body;
	void (*run)(struct pc3_ask *ask);
} resources[] = {
	{ COAPS_PUT, { "pf", "v1", "ues", "E" }, true, register_ue },
	{ COAPS_DELETE, { "pf", "v1", "ues", "E" }, false, deregister_ue },
	{ COAPS_POST, { "pf", "v1", "ues", "E", "agreements" }, true, pc3_offer },
	{ COAPS_PUT, { "pf", "v1", "ues", "E", "agreements", "*" }, true, pc3_put_agreement },
	{ COAPS_DELETE, { "pf", "v1", "ues", "E", "agreements", "*" }, false,
	  pc3_delete_agreement },
	{ COAPS_PUT, { "pf", "v1", "reports", "*" }, true, pc3_report },
	{ COAPS_PUT, { "pf", "v1", "sessions", "*", "*" }, true, put_session },
	{ COAPS_GET, { "pf", "v1", "sessions", "E" }, false, get_sessions },
};

static void split(struct pc3_ask *ask)
{
	char *next = ask->path;

	strcpy(ask->path, ask->request->path);
	while (next && ask->n < PC3_SEGMENTS)
		ask->segment[ask->n++] = strsep(&next, "/");
	if (next)
		ask->n = 0;
}

/* *@other: but for the EPUID, which is another's. */
static bool path_is(const struct pc3_ask *ask, const char *const *path, bool *other)
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
static const struct resource *find_resource(struct pc3_ask *ask)
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

static bool may_ask(struct pc3_ask *ask, const struct resource *resource)
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
	struct pc3_ask ask = { .f = data, .assoc = assoc, .request = request,
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
	if (response->code / 100 == 2) {
		pc3_send(s);
		return;
	}
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

	if (!s->assoc || !s->registered || STAILQ_EMPTY(&s->outgoing) ||
	    db_sync(s->function->db))
		return;
	STAILQ_FOREACH(out, &s->outgoing, entry)
		if (!out->sent && !outgoing_waits(out))
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
	outgoing_expire(f);
}
