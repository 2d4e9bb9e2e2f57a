/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every document of pf_msg, with samples: for the unit test and the fuzz target.
 */
#ifndef _SELFTESTS_PF_DOCS_H
#define _SELFTESTS_PF_DOCS_H

#include "../../userspace/common/pf_msg.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct pf_doc - one kind of document
 * @name: its
 * @size: of its struct
 * @bare: makes a sample with what is needed alone; the struct is zero before
 * @full: makes the longest one there is, of @bare
 */
struct pf_doc {
	const char *name;
	size_t size;
	void (*bare)(void *doc);
	void (*full)(void *doc);
	size_t (*encode)(const void *doc, uint8_t *buf, size_t size);
	int (*decode)(void *doc, const uint8_t *buf, size_t len, const char **why);
};

static void set_addr(struct sockaddr_storage *addr, const char *text, uint16_t port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		memcpy(addr, &in, sizeof(in));
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		memcpy(addr, &in6, sizeof(in6));
	else
		abort();
}

/* The longest there are. */
static void long_epuid(char id[PF_ID_SIZE])
{
	memset(id, 'e', PF_ID_SIZE - 1);
	id[1] = '@';
}

static void long_session(char id[PF_SESSION_SIZE])
{
	memset(id, 'p', PF_ID_SIZE - 1);
	strcpy(id + PF_ID_SIZE - 1, "/9223372036854775807");
}

static void long_words(char text[PF_TEXT_SIZE])
{
	memset(text, 'w', PF_TEXT_SIZE - 1);
}

static void long_addr(struct sockaddr_storage *addr)
{
	set_addr(addr, "2001:db8::1", 65535);
}

static void long_candidates(struct pf_candidates *candidates)
{
	candidates->n = PF_MAX_CANDIDATES;
	for (size_t i = 0; i < candidates->n; i++) {
		candidates->candidate[i].type = PF_CANDIDATE_RELAY;
		candidates->candidate[i].priority = UINT32_MAX;
		long_addr(&candidates->candidate[i].addr);
	}
}

static void bare_registration(void *data)
{
	struct pf_registration *doc = data;

	doc->version = PF_VERSION;
}

static void full_registration(void *data)
{
	struct pf_registration *doc = data;

	doc->boot = UINT64_MAX;
	doc->n_sessions = PF_MAX_SESSIONS;
	for (size_t i = 0; i < doc->n_sessions; i++)
		long_session(doc->session[i]);
}

static void bare_registered(void *data)
{
	struct pf_registered *doc = data;

	doc->version = PF_VERSION;
	doc->lifetime_s = 1;
}

static void full_registered(void *data)
{
	struct pf_registered *doc = data;

	doc->lifetime_s = 86400;
	long_addr(&doc->stun);
}

static void bare_agreement(void *data)
{
	struct pf_agreement *doc = data;

	strcpy(doc->peer, "b@b");
	memset(doc->wg_key, 0xaa, sizeof(doc->wg_key));
	doc->window_s = 1;
}

static void full_agreement(void *data)
{
	struct pf_agreement *doc = data;

	doc->id = UINT32_MAX;
	doc->version = UINT32_MAX;
	long_epuid(doc->peer);
	doc->has_peer_key = true;
	doc->peer_key[PF_WG_KEY_LEN - 1] = 1;
	doc->relay_only = true;
	doc->window_s = 604800;
	doc->min_report_ms = 3600000;
	doc->n_triggers = PF_MAX_TRIGGERS;
	doc->n_unknown = PF_MAX_TRIGGERS;
	for (size_t i = 0; i < PF_MAX_TRIGGERS; i++) {
		doc->trigger[i] = (struct pf_trigger){
			UINT32_MAX, i & 1 ? INT32_MAX : INT32_MIN, INT32_MAX, 5120 };
		doc->unknown[i] = UINT32_MAX;
	}
}

static void bare_confirm(void *data)
{
	(void)data;
}

static void full_confirm(void *data)
{
	((struct pf_confirm *)data)->version = UINT32_MAX;
}

static void bare_report(void *data)
{
	(void)data;
}

static void full_report(void *data)
{
	struct pf_report *doc = data;

	doc->version = UINT32_MAX;
	doc->seq = UINT32_MAX;
	doc->decision = PF_DECISION_EXECUTE;
	doc->has_signal = true;
	doc->has_loss = true;
	doc->has_rtt = true;
	doc->infra_ready = true;
	doc->signal_mbm = INT32_MIN;
	doc->loss_permille = 1000;
	doc->rtt_us = UINT32_MAX;
	long_words(doc->cause);
}

static void bare_session_report(void *data)
{
	((struct pf_session_report *)data)->state = PF_SESSION_ASKED;
}

static void full_session_report(void *data)
{
	struct pf_session_report *doc = data;

	doc->state = PF_SESSION_ENDED;
	long_candidates(&doc->candidates);
	long_words(doc->why);
}

static void bare_sessions(void *data)
{
	(void)data;
}

static void full_sessions(void *data)
{
	struct pf_sessions *doc = data;

	doc->n = PF_MAX_SESSIONS;
	for (size_t i = 0; i < doc->n; i++) {
		long_session(doc->doc[i].session);
		long_epuid(doc->doc[i].peer);
		doc->doc[i].state = PF_SESSION_ENDED;
		doc->doc[i].order = UINT64_MAX;
	}
}

static void bare_connect(void *data)
{
	struct pf_order *doc = data;

	doc->kind = PF_ORDER_CONNECT;
	strcpy(doc->session, "a/1");
	strcpy(doc->peer, "b@b");
	memset(doc->peer_key, 0xbb, sizeof(doc->peer_key));
	memset(doc->check_key, 0xcc, sizeof(doc->check_key));
	set_addr(&doc->relay, "192.0.2.1", 1);
	doc->valid_s = 1;
}

static void long_order(struct pf_order *doc)
{
	doc->agreement = UINT32_MAX;
	doc->version = UINT32_MAX;
	long_session(doc->session);
	long_words(doc->cause);
}

static void full_connect(void *data)
{
	struct pf_order *doc = data;

	long_order(doc);
	long_epuid(doc->peer);
	long_addr(&doc->relay6);
	set_addr(&doc->relay, "192.0.2.1", 65535);
	doc->initiator = true;
	doc->decision = PF_DECISION_EXECUTE;
	doc->valid_s = 604800;
}

static void bare_candidates_order(void *data)
{
	struct pf_order *doc = data;

	doc->kind = PF_ORDER_CANDIDATES;
	strcpy(doc->session, "a/1");
}

static void full_candidates_order(void *data)
{
	struct pf_order *doc = data;

	long_order(doc);
	long_candidates(&doc->candidates);
}

static void bare_release(void *data)
{
	struct pf_order *doc = data;

	doc->kind = PF_ORDER_RELEASE;
	strcpy(doc->session, "a/1");
}

static void full_release(void *data)
{
	struct pf_order *doc = data;

	long_order(doc);
	doc->decision = PF_DECISION_RELEASE;
}

static void bare_candidates(void *data)
{
	(void)data;
}

static void full_candidates(void *data)
{
	long_candidates(data);
}

static void bare_assist(void *data)
{
	struct pf_assist *doc = data;

	doc->version = PF_VERSION;
	strcpy(doc->requesting, "a@a");
	strcpy(doc->targeted, "b@b");
	memset(doc->wg_key, 0xaa, sizeof(doc->wg_key));
	memset(doc->check_key, 0xcc, sizeof(doc->check_key));
	set_addr(&doc->relay6, "2001:db8::2", 1);
	doc->window_s = 1;
}

static void full_assist(void *data)
{
	struct pf_assist *doc = data;

	long_epuid(doc->requesting);
	long_epuid(doc->targeted);
	set_addr(&doc->relay, "192.0.2.1", 65535);
	long_addr(&doc->relay6);
	doc->decision = PF_DECISION_EXECUTE;
	doc->window_s = 604800;
	long_words(doc->cause);
}

static void bare_assist_answer(void *data)
{
	struct pf_assist_answer *doc = data;

	doc->version = PF_VERSION;
	doc->wg_key[0] = 1;
}

static void full_assist_answer(void *data)
{
	struct pf_assist_answer *doc = data;

	memset(doc->wg_key, 0xff, sizeof(doc->wg_key));
}

static void bare_alert(void *data)
{
	((struct pf_alert *)data)->state = PF_SESSION_RELAYED;
}

static void full_alert(void *data)
{
	struct pf_alert *doc = data;

	doc->decision = PF_DECISION_EXECUTE;
	long_words(doc->cause);
}

static void bare_problem(void *data)
{
	strcpy(((struct pf_problem *)data)->title, "no");
}

static void full_problem(void *data)
{
	struct pf_problem *doc = data;

	long_words(doc->title);
	long_words(doc->detail);
}

#define PF_CODEC(doc)								\
static size_t encode_##doc(const void *data, uint8_t *buf, size_t size)	\
{										\
	return pf_encode_##doc(data, buf, size);				\
}										\
										\
static int decode_##doc(void *data, const uint8_t *buf, size_t len,		\
			const char **why)					\
{										\
	return pf_decode_##doc(data, buf, len, why);				\
}

PF_CODEC(registration)
PF_CODEC(registered)
PF_CODEC(agreement)
PF_CODEC(confirm)
PF_CODEC(report)
PF_CODEC(session_report)
PF_CODEC(sessions)
PF_CODEC(order)
PF_CODEC(candidates)
PF_CODEC(assist)
PF_CODEC(assist_answer)
PF_CODEC(alert)
PF_CODEC(problem)

#define PF_DOC(name, doc) \
	{ #name, sizeof(struct pf_##doc), bare_##name, full_##name, encode_##doc, \
	  decode_##doc }

static const struct pf_doc pf_docs[] = {
	PF_DOC(registration, registration),
	PF_DOC(registered, registered),
	PF_DOC(agreement, agreement),
	PF_DOC(confirm, confirm),
	PF_DOC(report, report),
	PF_DOC(session_report, session_report),
	PF_DOC(sessions, sessions),
	PF_DOC(connect, order),
	PF_DOC(candidates_order, order),
	PF_DOC(release, order),
	PF_DOC(candidates, candidates),
	PF_DOC(assist, assist),
	PF_DOC(assist_answer, assist_answer),
	PF_DOC(alert, alert),
	PF_DOC(problem, problem),
};

enum pf_docs_limits {
	N_PF_DOCS = sizeof(pf_docs) / sizeof(pf_docs[0]),
};

/* Longer than any struct. */
union pf_any {
	struct pf_registration registration;
	struct pf_agreement agreement;
	struct pf_session_report session_report;
	struct pf_sessions sessions;
	struct pf_order order;
	struct pf_assist assist;
	struct pf_problem problem;
};

#endif /* _SELFTESTS_PF_DOCS_H */
