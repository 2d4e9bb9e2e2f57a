// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mno_serve: what the function asks of this host
 */
#include "mno_priv.h"

#include "../common/log.h"
#include "mno_path.h"
#include "ue_session_mno.h"

#include <stdio.h>
#include <string.h>

static bool is_over(const struct mno *mno, const char *session)
{
	for (size_t i = 0; i < MNO_OVER; i++)
		if (!strcmp(mno->over[i], session))
			return true;
	return false;
}

/* The release may overtake what it ends. */
static void note_over(struct mno *mno, const char *session)
{
	if (is_over(mno, session))
		return;
	snprintf(mno->over[mno->next_over], PF_SESSION_SIZE, "%s", session);
	mno->next_over = (mno->next_over + 1) % MNO_OVER;
}

static unsigned int take_order(struct mno *mno, uint64_t number,
			       const struct coaps_message *request, const char **why)
{
	struct pf_order order;

	if (pf_decode_order(&order, request->body, request->len, why))
		return COAPS_BAD_REQUEST;
	if (order.kind == PF_ORDER_CONNECT && is_over(mno, order.session))
		return COAPS_CHANGED;
	for (size_t i = 0; i < mno->host->n_sessions; i++)
		if (ue_session_mno_owns(mno->host->session[i], &order))
			return ue_session_mno_order(mno->host->session[i], number, &order,
						    why);
	if (order.kind == PF_ORDER_RELEASE)
		note_over(mno, order.session);
	if (order.kind != PF_ORDER_CONNECT)
		return COAPS_CHANGED;
	*why = "no such agreement";
	return COAPS_NOT_FOUND;
}

static unsigned int take_offer(struct mno *mno, uint64_t id,
			       const struct coaps_message *request, const char **why)
{
	struct pf_agreement doc;

	if (pf_decode_agreement(&doc, request->body, request->len, why))
		return COAPS_BAD_REQUEST;
	*why = "another id than that of the path";
	if (doc.id != id)
		return COAPS_BAD_REQUEST;
	*why = "no session with that peer";
	for (size_t i = 0; i < mno->host->n_sessions; i++)
		if (!strcmp(mno->host->session[i]->conf.peer_epuid, doc.peer))
			return ue_session_mno_offered(mno->host->session[i], &doc, why);
	return COAPS_NOT_FOUND;
}

static unsigned int dispatch(struct mno *mno, const struct coaps_message *request,
			     const char **why)
{
	enum mno_path_kind kind;
	uint64_t number;

	kind = mno_path_parse(request->path, &number);
	*why = "no such resource";
	if (kind == MNO_PATH_NONE)
		return COAPS_NOT_FOUND;
	*why = "PUT is for that";
	if (request->code != COAPS_PUT)
		return COAPS_METHOD_NOT_ALLOWED;
	*why = "application/cbor is for that";
	if (request->format != PF_FORMAT_CBOR)
		return COAPS_UNSUPPORTED_FORMAT;
	return kind == MNO_PATH_ORDER ? take_order(mno, number, request, why) :
					take_offer(mno, number, request, why);
}

static void put_problem(struct coaps_message *response, const char *why)
{
	struct pf_problem problem = { .title = "refused" };
	uint8_t *body = coaps_body();

	snprintf(problem.detail, sizeof(problem.detail), "%s", why);
	response->len = pf_encode_problem(&problem, body, COAPS_MAX_BODY);
	response->body = body;
	response->format = PF_FORMAT_PROBLEM;
}

void mno_requested(void *data, struct coaps_assoc *assoc,
		   const struct coaps_message *request, struct coaps_message *response)
{
	struct mno *mno = data;
	const char *why = "";

	(void)assoc;
	response->code = dispatch(mno, request, &why);
	if (response->code / 100 == 2)
		return;
	log_say(LOG_DEBUG, NULL, "ProSe Function: %.60s is refused: %s", request->path,
		why);
	put_problem(response, why);
}
