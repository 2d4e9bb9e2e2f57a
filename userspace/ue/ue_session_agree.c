// SPDX-License-Identifier: GPL-2.0-or-later
#include "ue_session_agree.h"

#include "../common/clock.h"
#include "../common/log.h"
#include "mno_trigger.h"
#include "ue_session_mno.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NSEC_PER_SEC 1000000000ull

enum {
	/* What this end offers; the function may make less of it. */
	WINDOW_S = 86400,
	MIN_REPORT_MS = 1000,
	/* An older signal is not known any more. */
	SIGNAL_AGE_S = 2,
};

/* --- the offer ------------------------------------------------------------ */

/* Return: false: not yet, something is not known. */
static bool fill_offer(struct ue_session *s, struct pf_agreement *offer)
{
	struct wireguard_device wg;
	struct ack ack;

	if (!s->mno.has_rules || !s->tunnel ||
	    wireguard_get(&s->host->wireguard, s->conf.tunnel, &wg, &ack))
		return false;
	*offer = (struct pf_agreement){
		.has_peer_key = s->stored.has_peer,
		.relay_only = s->conf.relay_only,
		.window_s = WINDOW_S,
		.min_report_ms = MIN_REPORT_MS,
	};
	memcpy(offer->peer, s->conf.peer_epuid, sizeof(offer->peer));
	memcpy(offer->wg_key, wg.public_key, sizeof(offer->wg_key));
	explicit_bzero(&wg, sizeof(wg));
	if (s->stored.has_peer)
		memcpy(offer->peer_key, s->stored.peer.wg_key, sizeof(offer->peer_key));
	offer->n_triggers = mno_trigger_offer(offer->trigger, s->mno.rule);
	return true;
}

/* The kernel goes by what the function said. Return: NULL, or why it does not */
static const char *take(struct ue_session *s, const struct pf_agreement *doc)
{
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1];
	struct pf_agreement offer;
	struct ack ack = {};

	if (mno_trigger_rules(rule, doc, s->mno.rule) &&
	    kernel_set_rules(s->host->kernel, s->conf.device, rule, &ack)) {
		log_say(LOG_WARNING, s->conf.device,
			"the kernel refuses what the function says of triggers: %s",
			ack.text);
		return "the kernel refuses these triggers";
	}
	if (ue_session_look(s, &ack) || !fill_offer(s, &offer))
		return "the kernel does not tell of the session";
	mno_agreement_take(&s->mno.agreement, doc, &offer);
	return NULL;
}

/* --- asking --------------------------------------------------------------- */

static void failed(struct ue_session *s, unsigned int code, const char *why)
{
	struct mno_agreement *a = &s->mno.agreement;

	if (strcmp(a->why, why))
		log_say(LOG_WARNING, s->conf.device,
			"no agreement with the function about %s: %s",
			s->conf.peer_epuid, why);
	mno_agreement_failed(a, code, why, host_now_ns());
}

static void answered_offer(struct ue_session *s, const struct coaps_message *response)
{
	struct pf_agreement doc;
	const char *why;

	if (pf_decode_agreement(&doc, response->body, response->len, &why)) {
		failed(s, 0, why);
		return;
	}
	if (!mno_agreement_is_good(&s->mno.agreement, &doc, s->conf.peer_epuid)) {
		failed(s, 0, "its answer is about something else");
		return;
	}
	for (size_t i = 0; i < doc.n_unknown; i++)
		log_say(LOG_INFO, s->conf.device,
			"the function does not know triggers of type %" PRIu32,
			doc.unknown[i]);
	why = take(s, &doc);
	if (why)
		failed(s, 0, why);
}

static void answered_confirm(struct ue_session *s)
{
	struct mno_agreement *a = &s->mno.agreement;

	if (!mno_agreement_confirmed(a))
		return;
	log_say(LOG_NOTICE, s->conf.device,
		"agreed with the function about %s: version %" PRIu32 ", %zu triggers",
		s->conf.peer_epuid, a->agreed.version, a->agreed.n_triggers);
	ue_session_mno_save(s);
}

static void on_answer(void *data, uint64_t cookie, int error,
		      const struct coaps_message *response)
{
	struct ue_session *s = data;
	enum mno_agreement_act sent = s->mno.agreement.sent;
	char text[PF_TEXT_SIZE];

	if (cookie != s->mno.asked || sent == MNO_AGREEMENT_WAIT)
		return;
	if (error) {
		failed(s, 0, "the function does not answer");
		return;
	}
	if (response->code / 100 != 2) {
		mno_problem(text, response);
		failed(s, response->code, text);
	} else if (sent == MNO_AGREEMENT_CONFIRM) {
		answered_confirm(s);
	} else {
		answered_offer(s, response);
	}
	ue_session_agree(s);
	ue_session_report(s);
}

static void send_act(struct ue_session *s, enum mno_agreement_act act,
		     const struct pf_agreement *offer)
{
	struct coaps_message message = { .code = COAPS_PUT, .format = PF_FORMAT_CBOR };
	const char *epuid = mno_epuid(s->host->mno);
	struct pf_agreement doc = *offer;
	struct pf_confirm confirm;
	uint8_t body[PF_MAX_SIZE];
	uint32_t id;

	confirm.version = mno_agreement_version(&s->mno.agreement, &id);
	doc.id = id;
	doc.version = confirm.version;
	if (act == MNO_AGREEMENT_OFFER) {
		doc.id = doc.version = 0;
		message.code = COAPS_POST;
		snprintf(message.path, sizeof(message.path), "pf/v1/ues/%s/agreements",
			 epuid);
	} else {
		snprintf(message.path, sizeof(message.path),
			 "pf/v1/ues/%s/agreements/%" PRIu32, epuid, id);
	}
	message.has_if_match = act == MNO_AGREEMENT_CONFIRM;
	message.if_match = confirm.version;
	message.body = body;
	message.len = act == MNO_AGREEMENT_CONFIRM ?
		      pf_encode_confirm(&confirm, body, sizeof(body)) :
		      pf_encode_agreement(&doc, body, sizeof(body));
	if (mno_request(s->host->mno, &message, on_answer, s, ++s->mno.asked))
		failed(s, 0, "it cannot be sent");
}

void ue_session_agree(struct ue_session *s)
{
	enum mno_agreement_act act;
	struct pf_agreement offer;

	if (!mno_is_registered(s->host->mno) || !fill_offer(s, &offer))
		return;
	act = mno_agreement_next(&s->mno.agreement, &offer, host_now_ns());
	if (act != MNO_AGREEMENT_WAIT)
		send_act(s, act, &offer);
}

void ue_session_agree_end(struct ue_session *s)
{
	struct coaps_message message = { .code = COAPS_DELETE, .format = -1 };
	uint32_t id = s->mno.agreement.agreed.id;

	if (!id || !mno_is_registered(s->host->mno))
		return;
	snprintf(message.path, sizeof(message.path), "pf/v1/ues/%s/agreements/%" PRIu32,
		 mno_epuid(s->host->mno), id);
	mno_request(s->host->mno, &message, NULL, NULL, 0);
}

unsigned int ue_session_agree_offered(struct ue_session *s,
				      const struct pf_agreement *doc, const char **why)
{
	struct mno_agreement *a = &s->mno.agreement;

	*why = "no such agreement";
	if (!doc->id || (doc->id != a->agreed.id &&
			 !(a->has_answer && doc->id == a->answer.id)))
		return COAPS_NOT_FOUND;
	if (mno_agreement_known(a, doc)) {
		mno_agreement_doubt(a);
		return COAPS_CHANGED;
	}
	*why = "that version is over";
	if (!mno_agreement_is_good(a, doc, s->conf.peer_epuid))
		return COAPS_PRECONDITION_FAILED;
	*why = take(s, doc);
	if (*why)
		return COAPS_CONFLICT;
	return COAPS_CHANGED;
}

/* --- reports -------------------------------------------------------------- */

int32_t ue_session_signal(const struct ue_session *s)
{
	uint64_t now = clock_now_ns(CLOCK_MONOTONIC);

	if (!s->radio.last_at_ns || now - s->radio.last_at_ns > SIGNAL_AGE_S * NSEC_PER_SEC)
		return INT32_MIN;
	return s->radio.last_mbm;
}

static void on_reported(void *data, uint64_t cookie, int error,
			const struct coaps_message *response)
{
	struct ue_session *s = data;

	(void)cookie;
	if (error || response->code / 100 == 2)
		return;
	if (response->code != COAPS_PRECONDITION_FAILED &&
	    response->code != COAPS_NOT_FOUND)
		return;
	mno_agreement_doubt(&s->mno.agreement);
	s->mno.reports.sent = false;
}

void ue_session_report(struct ue_session *s)
{
	struct coaps_message message = { .code = COAPS_PUT, .format = PF_FORMAT_CBOR };
	const struct pf_agreement *agreed = &s->mno.agreement.agreed;
	bool lacking = !*ue_session_mno_name(s);
	int32_t signal = ue_session_signal(s);
	uint64_t now = host_now_ns();
	uint8_t body[PF_MAX_SIZE];
	struct pf_report report;

	if (!agreed->id || !mno_is_registered(s->host->mno) ||
	    !session_has(&s->told, SIDESTEP_A_DECISION))
		return;
	mno_report_fill(&report, &s->told, signal);
	if (!mno_report_due(&s->mno.reports, &report, ue_session_mno_is_near(s), lacking,
			    agreed->min_report_ms, now))
		return;
	report.version = agreed->version;
	mno_report_take(&s->mno.reports, &report, lacking,
			clock_now_ns(CLOCK_REALTIME) / NSEC_PER_SEC, now);
	message.body = body;
	message.len = pf_encode_report(&report, body, sizeof(body));
	snprintf(message.path, sizeof(message.path), "pf/v1/reports/%" PRIu32, agreed->id);
	if (mno_request(s->host->mno, &message, on_reported, s, 0))
		s->mno.reports.sent = false;
}
