// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PC6-role in CoAP over DTLS. Each function keeps an association of its own to each
 * peer, on which it asks; on those that peers have made it only answers.
 */
#include "../common/coaps.h"
#include "../common/log.h"
#include "assist.h"
#include "function.h"
#include "pc6.h"
#include "refuse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	KEEPALIVE_S = 25,
	/* For so long, after the peer has come anew: it may have forgotten ours. */
	DOUBT_S = 4,
	DOUBT_KEEPALIVE_S = 1,
	/* After a failure, doubled up to the greatest. */
	RETRY_S = 1,
	RETRY_MAX_S = 30,
	TIMER_SLACK_US = 10000,
	/* Requests of one function: so many a second, and so many at once. */
	RATE = 1000,
	BURST = 2000,
};

/**
 * struct peer - another function
 * @conf: in the configuration
 * @assoc: made here; NULL: waits for @timer
 * @up: it is connected
 * @retry_s: how long it will be waited
 * @tokens: requests that it may send at once, in thousandths
 * @filled_ns: when @tokens was right
 */
struct peer {
	struct pc6 *pc6;
	const struct mno_conf_peer *conf;
	struct coaps_assoc *assoc;
	bool up;
	unsigned int retry_s;
	uint64_t tokens, filled_ns;
	sd_event_source *timer;
};

/**
 * struct pc6 - all of them
 * @asks: credential for associations that are made here
 * @answers: the same, for those of others
 */
struct pc6 {
	struct function *f;
	struct coaps *asks, *answers;
	size_t n;
	struct peer peer[MNO_CONF_MAX_PEERS];
};

/* struct assist_ask - a request whose answer matters */
struct assist_ask {
	struct function *f;
	char pfid[PF_ID_SIZE];
	char session[PF_SESSION_SIZE];
};

/* --- associations --------------------------------------------------------- */

static struct peer *peer_find(struct pc6 *pc6, const char *pfid)
{
	size_t i;

	for (i = 0; pc6 && i < pc6->n; i++)
		if (!strcmp(pc6->peer[i].conf->pfid, pfid))
			return &pc6->peer[i];
	return NULL;
}

static void wait_to_connect(struct peer *peer)
{
	sd_event_source_set_time_relative(peer->timer, peer->retry_s * 1000000ull);
	sd_event_source_set_enabled(peer->timer, SD_EVENT_ONESHOT);
	peer->retry_s *= 2;
	if (peer->retry_s > RETRY_MAX_S)
		peer->retry_s = RETRY_MAX_S;
}

static void try_to_connect(struct peer *peer)
{
	peer->assoc = coaps_connect(peer->pc6->asks, NULL, &peer->conf->addr,
				    peer->conf->pfid, KEEPALIVE_S, peer);
	if (!peer->assoc)
		wait_to_connect(peer);
}

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
	struct peer *peer = data;

	(void)source;
	(void)now;
	if (peer->assoc)
		coaps_set_keepalive(peer->assoc, KEEPALIVE_S);
	else
		try_to_connect(peer);
	return 0;
}

/* Who connects may have begun anew, and not know of this one's association. */
static void doubt(struct peer *peer)
{
	if (!peer || !peer->up)
		return;
	coaps_set_keepalive(peer->assoc, DOUBT_KEEPALIVE_S);
	sd_event_source_set_time_relative(peer->timer, DOUBT_S * 1000000ull);
	sd_event_source_set_enabled(peer->timer, SD_EVENT_ONESHOT);
}

static void connected(void *data, struct coaps_assoc *assoc)
{
	struct peer *peer = coaps_assoc_data(assoc);

	if (!peer) {
		doubt(peer_find(data, coaps_assoc_name(assoc)));
		return;
	}
	peer->up = true;
	peer->retry_s = RETRY_S;
	log_say(LOG_INFO, NULL, "function %s: connected", peer->conf->pfid);
	assist_reachable(peer->pc6->f, peer->conf->pfid);
}

static void closed(void *data, struct coaps_assoc *assoc, const char *why)
{
	struct peer *peer = coaps_assoc_data(assoc);

	(void)data;
	if (!peer)
		return;
	log_say(peer->up || peer->retry_s == RETRY_S ? LOG_WARNING : LOG_DEBUG, NULL,
		"function %s: %s", peer->conf->pfid, why);
	peer->assoc = NULL;
	peer->up = false;
	wait_to_connect(peer);
}

/* --- what is asked of others ---------------------------------------------- */

/* Return: 0 or a negative errno value: @answered is not called. */
static int ask(struct pc6 *pc6, const char *pfid, unsigned int method, const char *session,
	       const char *more, size_t len, coaps_answered answered, void *data)
{
	struct peer *peer = peer_find(pc6, pfid);
	struct coaps_message request = {
		.code = method, .format = len ? PF_FORMAT_CBOR : -1,
		.body = coaps_body(), .len = len,
	};

	if (!peer || !peer->up)
		return -ENOTCONN;
	snprintf(request.path, sizeof(request.path), "pf6/v1/assists/%s%s", session, more);
	return coaps_request(peer->assoc, &request, answered, data);
}

/* Return: likewise; @answered gets a struct assist_ask, and frees it. */
static int ask_heard(struct pc6 *pc6, const char *pfid, unsigned int method,
		     const char *session, const char *more, size_t len,
		     coaps_answered answered)
{
	struct assist_ask *asked = calloc(1, sizeof(*asked));
	int err;

	if (!pc6 || !asked) {
		free(asked);
		return -ENOMEM;
	}
	asked->f = pc6->f;
	strcpy(asked->pfid, pfid);
	strcpy(asked->session, session);
	err = ask(pc6, pfid, method, session, more, len, answered, asked);
	if (err)
		free(asked);
	return err;
}

static void assist_done(struct assist_ask *asked, unsigned int code,
			const struct pf_assist_answer *doc, const char *why)
{
	assist_answered(asked->f, asked->pfid, asked->session, code, doc, why);
	free(asked);
}

static void on_assist_answered(void *data, int error, const struct coaps_message *response)
{
	struct pf_assist_answer doc;
	struct pf_problem problem;
	const char *why;

	if (error) {
		assist_done(data, 0, NULL, strerror(-error));
		return;
	}
	if (response->code == COAPS_CREATED) {
		if (pf_decode_assist_answer(&doc, response->body, response->len, &why))
			assist_done(data, COAPS_BAD_REQUEST, NULL, why);
		else
			assist_done(data, COAPS_CREATED, &doc, NULL);
		return;
	}
	if (pf_decode_problem(&problem, response->body, response->len, &why))
		strcpy(problem.title, "refused");
	assist_done(data, response->code, NULL, problem.title);
}

static void send_assist(struct pc6 *pc6, const char *pfid, const char *session,
			const struct pf_assist *doc)
{
	size_t len = pf_encode_assist(doc, coaps_body(), COAPS_MAX_BODY);

	if (ask_heard(pc6, pfid, COAPS_PUT, session, "", len, on_assist_answered) && pc6)
		assist_answered(pc6->f, pfid, session, 0, NULL, "not connected");
}

static void on_candidates_answered(void *data, int error,
				   const struct coaps_message *response)
{
	struct assist_ask *asked = data;

	assist_passed(asked->f, asked->session, error ? 0 : response->code);
	free(asked);
}

static void send_candidates(struct pc6 *pc6, const char *pfid, const char *session,
			    const struct pf_candidates *doc)
{
	size_t len = pf_encode_candidates(doc, coaps_body(), COAPS_MAX_BODY);

	if (ask_heard(pc6, pfid, COAPS_PUT, session, "/candidates", len,
		      on_candidates_answered) && pc6)
		assist_passed(pc6->f, session, 0);
}

static void on_alert_answered(void *data, int error, const struct coaps_message *response)
{
	struct assist_ask *asked = data;

	if (!error && response->code == COAPS_NOT_FOUND)
		assist_unknown(asked->f, asked->session);
	free(asked);
}

static void send_alert(struct pc6 *pc6, const char *pfid, const char *session,
		       const struct pf_alert *doc)
{
	size_t len = pf_encode_alert(doc, coaps_body(), COAPS_MAX_BODY);

	ask_heard(pc6, pfid, COAPS_PUT, session, "/alert", len, on_alert_answered);
}

static void on_cancel_answered(void *data, int error, const struct coaps_message *response)
{
	struct assist_ask *asked = data;

	if (!error && response->code / 100 == 2)
		over_told(&asked->f->over, asked->session);
	free(asked);
}

static void send_cancel(struct pc6 *pc6, const char *pfid, const char *session)
{
	ask_heard(pc6, pfid, COAPS_DELETE, session, "", 0, on_cancel_answered);
}

/* --- what others ask ------------------------------------------------------ */

static void on_assist(struct function *f, const char *from, const char *id,
		      const struct coaps_message *request, struct coaps_message *response)
{
	struct pf_assist_answer answer;
	struct pf_problem problem = {};
	struct pf_assist doc;
	const char *why;
	int err = pf_decode_assist(&doc, request->body, request->len, &why);

	if (err) {
		refuse_document(response, err, why);
		return;
	}
	response->code = assist_requested(f, from, id, &doc, &answer, &problem);
	if (response->code != COAPS_CREATED) {
		if (function_may_say(f))
			log_say(LOG_NOTICE, NULL, "function %s asks for %s: %s", from, id,
				problem.title);
		refuse_problem(response, response->code, &problem);
		return;
	}
	response->format = PF_FORMAT_CBOR;
	response->body = coaps_body();
	response->len = pf_encode_assist_answer(&answer, coaps_body(), COAPS_MAX_BODY);
}

static void on_candidates(struct function *f, const char *from, const char *id,
			  const struct coaps_message *request,
			  struct coaps_message *response)
{
	struct pf_candidates doc;
	const char *why;
	int err = pf_decode_candidates(&doc, request->body, request->len, &why);

	if (err) {
		refuse_document(response, err, why);
		return;
	}
	response->code = assist_candidates(f, from, id, &doc);
	if (response->code != COAPS_CHANGED)
		refuse(response, response->code, "no candidates",
		       response->code == COAPS_FORBIDDEN ?
		       "an address of the operator's own network" : "no such session");
}

static void on_alert(struct function *f, const char *from, const char *id,
		     const struct coaps_message *request, struct coaps_message *response)
{
	struct pf_alert doc;
	const char *why;
	int err = pf_decode_alert(&doc, request->body, request->len, &why);

	if (err) {
		refuse_document(response, err, why);
		return;
	}
	response->code = assist_alerted(f, from, id, &doc);
	if (response->code != COAPS_CHANGED)
		refuse(response, response->code, "no such session", id);
}

static void on_cancel(struct function *f, const char *from, const char *id,
		      const struct coaps_message *request, struct coaps_message *response)
{
	(void)request;
	response->code = assist_cancelled(f, from, id);
	/* What is not there need not be ended. */
	if (response->code == COAPS_NOT_FOUND)
		response->code = COAPS_DELETED;
}

/* struct resource - what may be asked for. @more: behind the session's id */
static const struct resource {
	unsigned int method;
	const char *more;
	void (*run)(struct function *f, const char *from, const char *id,
		    const struct coaps_message *request, struct coaps_message *response);
} resources[] = {
	{ COAPS_PUT, "", on_assist },
	{ COAPS_PUT, "/candidates", on_candidates },
	{ COAPS_PUT, "/alert", on_alert },
	{ COAPS_DELETE, "", on_cancel },
};

/* Return: what is behind the id, or NULL if there is none. */
static const char *read_id(const char *path, char id[PF_SESSION_SIZE])
{
	static const char prefix[] = "pf6/v1/assists/";
	const char *end;

	if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	path += sizeof(prefix) - 1;
	end = strchr(path, '/');
	if (!end)
		return NULL;
	end += 1 + strcspn(end + 1, "/");
	if (end - path >= PF_SESSION_SIZE)
		return NULL;
	memcpy(id, path, end - path);
	id[end - path] = '\0';
	return pf_session_fault(id) ? NULL : end;
}

/* The certificate is that of a peer. */
static bool may_ask(struct pc6 *pc6, const struct coaps_assoc *assoc,
		    struct coaps_message *response)
{
	struct peer *peer = peer_find(pc6, coaps_assoc_name(assoc));

	if (peer && subscriber_may(&peer->tokens, &peer->filled_ns, RATE * 60, BURST))
		return true;
	refuse(response, COAPS_TOO_MANY_REQUESTS, "too many requests", NULL);
	return false;
}

static void run(struct pc6 *pc6, struct coaps_assoc *assoc,
		const struct coaps_message *request, struct coaps_message *response)
{
	char id[PF_SESSION_SIZE];
	const char *more = read_id(request->path, id);
	size_t i;

	for (i = 0; more && i < sizeof(resources) / sizeof(resources[0]); i++)
		if (resources[i].method == request->code && !strcmp(resources[i].more, more))
			break;
	if (!more || i == sizeof(resources) / sizeof(resources[0]))
		refuse(response, COAPS_NOT_FOUND, "no such resource", request->path);
	else if (request->code != COAPS_PUT || !refuse_format(response, request))
		resources[i].run(pc6->f, coaps_assoc_name(assoc), id, request, response);
}

static void requested(void *data, struct coaps_assoc *assoc,
		      const struct coaps_message *request, struct coaps_message *response)
{
	struct pc6 *pc6 = data;

	if (may_ask(pc6, assoc, response))
		run(pc6, assoc, request, response);
	if (response->code < MNO_MAX_CODE)
		pc6->f->figures.response[response->code]++;
}

/* --- open and close ------------------------------------------------------- */

static bool is_peer(void *data, const char *name)
{
	const struct pc6 *pc6 = data;

	return mno_conf_find(&pc6->f->conf, name);
}

static const struct coaps_ops ops = { requested, connected, closed };

static int peer_init(struct pc6 *pc6, const struct mno_conf_peer *conf)
{
	struct peer *peer = &pc6->peer[pc6->n++];

	peer->pc6 = pc6;
	peer->conf = conf;
	peer->retry_s = RETRY_S;
	return sd_event_add_time_relative(pc6->f->event, &peer->timer, CLOCK_BOOTTIME, 0,
					  TIMER_SLACK_US, on_timer, peer);
}

static void close_all(struct pc6 *pc6)
{
	size_t i;

	if (!pc6)
		return;
	for (i = 0; i < pc6->n; i++)
		sd_event_source_disable_unref(pc6->peer[i].timer);
	coaps_close(pc6->asks);
	coaps_close(pc6->answers);
	free(pc6);
}

static int open_all(struct pc6 **result, struct function *f)
{
	struct pc6 *pc6 = calloc(1, sizeof(*pc6));
	struct coaps_setup setup = {
		.cert = f->conf.peer.cert, .key = f->conf.peer.key, .ca = f->conf.peer.ca,
		.ops = &ops, .data = pc6, .trusted = is_peer,
	};
	size_t i;
	int err;

	if (!pc6)
		return -ENOMEM;
	pc6->f = f;
	err = coaps_open(&pc6->asks, f->event, &setup);
	setup.listen = f->conf.listen_peers;
	if (!err && setup.listen.ss_family)
		err = coaps_open(&pc6->answers, f->event, &setup);
	for (i = 0; !err && i < f->conf.n_peers; i++) {
		err = peer_init(pc6, &f->conf.peers[i]);
		if (err > 0)
			err = 0;
	}
	if (!err) {
		*result = pc6;
		return 0;
	}
	close_all(pc6);
	return err;
}

static unsigned int connected_peers(const struct pc6 *pc6)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; pc6 && i < pc6->n; i++)
		n += pc6->peer[i].up;
	return n;
}

static void count_hellos(const struct pc6 *pc6, struct coaps_hellos *hellos)
{
	if (pc6 && pc6->answers)
		coaps_hellos(pc6->answers, hellos);
}

const struct pc6_binding pc6_coap = {
	.open = open_all,
	.close = close_all,
	.connected = connected_peers,
	.hellos = count_hellos,
	.assist = send_assist,
	.candidates = send_candidates,
	.alert = send_alert,
	.cancel = send_cancel,
};
