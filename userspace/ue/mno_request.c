// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mno_request: what this host asks its function; the registration first
 */
#include "mno_priv.h"

#include "../common/log.h"
#include "ue_session_mno.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MSEC_PER_SEC = 1000,
};

/* --- requests ------------------------------------------------------------- */

static void take_out(struct mno_request *request)
{
	struct mno_request **link = &request->mno->requests;

	while (*link != request)
		link = &(*link)->next;
	*link = request->next;
}

/* What was not answered in time will not be: the way there is another, or none. */
static void on_answer(void *data, int error, const struct coaps_message *response)
{
	struct mno_request *request = data;
	struct mno *mno = request->mno;

	take_out(request);
	if (request->answered)
		request->answered(request->data, request->cookie, error, response);
	free(request);
	if (error == -ETIMEDOUT && mno->assoc)
		mno_broken(mno);
}

int mno_request(struct mno *mno, const struct coaps_message *message,
		mno_answered answered, void *data, uint64_t cookie)
{
	struct mno_request *request;
	int err;

	if (!mno->connected)
		return -ENOTCONN;
	request = malloc(sizeof(*request));
	if (!request)
		return -ENOMEM;
	*request = (struct mno_request){ mno, answered, data, cookie, mno->requests };
	err = coaps_request(mno->assoc, message, on_answer, request);
	if (err) {
		free(request);
		return err;
	}
	mno->requests = request;
	return 0;
}

void mno_forget(struct mno *mno, void *data)
{
	for (struct mno_request *r = mno->requests; r; r = r->next)
		if (r->data == data)
			r->answered = NULL;
}

void mno_forget_all(struct mno *mno)
{
	struct mno_request *request;

	while ((request = mno->requests)) {
		mno->requests = request->next;
		if (mno->coaps)
			coaps_forget(mno->coaps, request);
		free(request);
	}
}

void mno_problem(char text[PF_TEXT_SIZE], const struct coaps_message *response)
{
	struct pf_problem problem;
	const char *why;

	if (response->format != PF_FORMAT_PROBLEM ||
	    pf_decode_problem(&problem, response->body, response->len, &why))
		snprintf(text, PF_TEXT_SIZE, "%u.%02u", response->code / 100,
			 response->code % 100);
	else
		snprintf(text, PF_TEXT_SIZE, "%.60s%s%.60s", problem.title,
			 *problem.detail ? ": " : "", problem.detail);
}

/* --- what the function knows of sessions ---------------------------------- */

static void on_sessions(void *data, int error, const struct coaps_message *response)
{
	struct mno *mno = data;
	struct pf_sessions sessions;
	const char *why;

	if (error || response->code != COAPS_CONTENT)
		return;
	if (pf_decode_sessions(&sessions, response->body, response->len, &why)) {
		log_say(LOG_DEBUG, NULL, "ProSe Function: its sessions: %s", why);
		return;
	}
	for (size_t i = 0; i < mno->host->n_sessions; i++)
		ue_session_mno_listed(mno->host->session[i], &sessions);
}

static void observe_sessions(struct mno *mno)
{
	struct coaps_message message = {
		.code = COAPS_GET, .format = -1, .observe = true,
	};
	int err;

	snprintf(message.path, sizeof(message.path), "pf/v1/sessions/%s", mno->epuid);
	err = coaps_request(mno->assoc, &message, on_sessions, mno);
	if (err)
		log_say(LOG_WARNING, NULL, "ProSe Function: its sessions: %s",
			strerror(-err));
}

/* --- registration --------------------------------------------------------- */

static void is_registered(struct mno *mno)
{
	bool again = mno->registered;

	mno->registered = true;
	mno->failures = 0;
	mno_in(mno, (uint64_t)mno->answer.lifetime_s * MSEC_PER_SEC / 2);
	if (again)
		return;
	log_say(LOG_NOTICE, NULL, "registered as %s with the ProSe Function %s", mno->epuid,
		pf_epuid_pfid(mno->epuid));
	*mno->why = '\0';
	observe_sessions(mno);
	for (size_t i = 0; i < mno->host->n_sessions; i++)
		ue_session_mno_linked(mno->host->session[i]);
}

static void on_registered(void *data, uint64_t cookie, int error,
			  const struct coaps_message *response)
{
	struct mno *mno = data;
	char text[PF_TEXT_SIZE];
	const char *why;

	(void)cookie;
	if (error)
		return;
	if (response->code / 100 != 2) {
		mno_problem(text, response);
		mno->registered = false;
		mno_say(mno, "it does not register %s: %s", mno->epuid, text);
	} else if (pf_decode_registered(&mno->answer, response->body, response->len, &why)) {
		mno->registered = false;
		mno_say(mno, "its answer to the registration is none: %s", why);
	} else {
		is_registered(mno);
		return;
	}
	mno_again(mno);
}

static void name_sessions(const struct mno *mno, struct pf_registration *registration)
{
	const struct host *host = mno->host;
	const char *name;

	for (size_t i = 0; i < host->n_sessions &&
			   registration->n_sessions < PF_MAX_SESSIONS; i++) {
		name = ue_session_mno_name(host->session[i]);
		if (*name)
			snprintf(registration->session[registration->n_sessions++],
				 PF_SESSION_SIZE, "%s", name);
	}
}

void mno_register(struct mno *mno)
{
	struct pf_registration registration = {
		.version = PF_VERSION,
		.boot = mno->boot,
	};
	struct coaps_message message = { .code = COAPS_PUT, .format = PF_FORMAT_CBOR };
	uint8_t body[PF_MAX_SIZE];
	int err;

	name_sessions(mno, &registration);
	message.body = body;
	message.len = pf_encode_registration(&registration, body, sizeof(body));
	snprintf(message.path, sizeof(message.path), "pf/v1/ues/%s", mno->epuid);
	err = mno_request(mno, &message, on_registered, mno, 0);
	if (err) {
		mno_say(mno, "registration: %s", strerror(-err));
		mno_again(mno);
	}
}
