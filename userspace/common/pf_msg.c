// SPDX-License-Identifier: GPL-2.0-or-later
#include "pf_msg.h"

#include "pf_table.h"

#include <errno.h>
#include <string.h>

enum pf_keys {
	KEY_VERSION = 1,	/* of those that have one */
	KEY_KIND = 1,		/* of an order */
};

enum pf_ranges {
	MAX_LIFETIME_S = 86400,
	MAX_WINDOW_S = 604800,
	MAX_REPORT_MS = 3600000,
	MAX_TIME_TO_TRIGGER_MS = 5120,
};

#define VERSION KEY_VERSION, U32(version, "version", PF_VERSION, PF_VERSION), NEEDED
#define DECISION(key) \
	key, U32(decision, "decision", PF_DECISION_NONE, PF_DECISION_EXECUTE)
#define CAUSE(key) key, WORDS(cause, "cause")

#define DOC pf_registration
static const struct pf_field session_id = {
	.kind = PF_TEXT,
	.size = PF_SESSION_SIZE,
	.check = pf_session_fault,
	.fault = "session: no text, or too long",
};

static const struct pf_field registration_fields[] = {
	{ VERSION },
	{ 2, U64(boot, "boot"), NEEDED },
	{ 3, LIST(PF_LIST, n_sessions, session, "sessions", PF_MAX_SESSIONS,
		  &session_id) },
	{}
};
#undef DOC

#define DOC pf_registered
static const struct pf_field registered_fields[] = {
	{ VERSION },
	{ 2, U32(lifetime_s, "lifetime", 1, MAX_LIFETIME_S), NEEDED },
	{ 3, ADDR(stun, "STUN server", AF_UNSPEC) },
	{}
};
#undef DOC

#define DOC pf_trigger
static const struct pf_field trigger_fields[] = {
	{ 1, U32(type, "trigger's type", 1, UINT32_MAX), NEEDED },
	{ 2, VALUE(PF_S32, threshold, "threshold"), .min = INT32_MIN, .max = INT32_MAX,
	  NEEDED },
	{ 3, U32(hysteresis, "hysteresis", 0, INT32_MAX) },
	{ 4, U32(time_to_trigger_ms, "time to trigger", 0, MAX_TIME_TO_TRIGGER_MS) },
	{}
};
#undef DOC

#define DOC pf_agreement
static const struct pf_field trigger_type = {
	.kind = PF_U32,
	.size = sizeof(uint32_t),
	.min = 1,
	.max = UINT32_MAX,
	.fault = "trigger's type: of another type, or out of range",
};

static const struct pf_field agreement_fields[] = {
	{ 1, U32(id, "id", 0, UINT32_MAX) },
	{ 2, U32(version, "version", 0, UINT32_MAX) },
	{ 3, EPUID(peer, "peer"), NEEDED },
	{ 4, KEY(wg_key, "WireGuard key"), NEEDED },
	{ 5, KEY(peer_key, "peer's WireGuard key"), HAS(has_peer_key) },
	{ 6, BOOL(relay_only, "relay only") },
	{ 7, U32(window_s, "window", 1, MAX_WINDOW_S), NEEDED },
	{ 8, U32(min_report_ms, "report interval", 0, MAX_REPORT_MS) },
	{ 9, LIST(PF_MAPS, n_triggers, trigger, "triggers", PF_MAX_TRIGGERS,
		  trigger_fields) },
	{ 10, LIST(PF_LIST, n_unknown, unknown, "unknown types", PF_MAX_TRIGGERS,
		   &trigger_type) },
	{}
};
#undef DOC

#define DOC pf_confirm
static const struct pf_field confirm_fields[] = {
	{ 1, U32(version, "version", 0, UINT32_MAX), NEEDED },
	{}
};
#undef DOC

#define DOC pf_report
static const struct pf_field report_fields[] = {
	{ 1, U32(version, "version", 0, UINT32_MAX), NEEDED },
	{ 2, U32(seq, "seq", 0, UINT32_MAX), NEEDED },
	{ DECISION(3), NEEDED },
	{ 4, VALUE(PF_S32, signal_mbm, "signal"), .min = INT32_MIN, .max = INT32_MAX,
	  HAS(has_signal) },
	{ 5, U32(loss_permille, "loss", 0, 1000), HAS(has_loss) },
	{ 6, U32(rtt_us, "round-trip time", 0, UINT32_MAX), HAS(has_rtt) },
	{ 7, BOOL(infra_ready, "infra ready") },
	{ CAUSE(8) },
	{}
};
#undef DOC

#define DOC pf_candidate
static const struct pf_field candidate_fields[] = {
	{ 1, U32(type, "candidate's type", PF_CANDIDATE_HOST, PF_CANDIDATE_TYPES - 1),
	  NEEDED },
	{ 2, ADDR(addr, "candidate's address", AF_UNSPEC), NEEDED },
	{ 3, U32(priority, "priority", 0, UINT32_MAX), NEEDED },
	{}
};
#undef DOC

#define CANDIDATES(n, array) \
	LIST(PF_MAPS, n, array, "candidates", PF_MAX_CANDIDATES, candidate_fields)
#define STATE(key) \
	key, U32(state, "state", PF_SESSION_ASKED, PF_SESSION_STATES - 1), NEEDED

#define DOC pf_candidates
static const struct pf_field candidates_fields[] = {
	{ 1, CANDIDATES(n, candidate), NEEDED },
	{}
};
#undef DOC

#define DOC pf_session_report
static const struct pf_field session_report_fields[] = {
	{ STATE(1) },
	{ 2, CANDIDATES(candidates.n, candidates.candidate) },
	{ 3, WORDS(why, "why") },
	{}
};
#undef DOC

#define DOC pf_session_doc
static const struct pf_field session_doc_fields[] = {
	{ 1, SESSION(session, "session"), NEEDED },
	{ 2, EPUID(peer, "peer"), NEEDED },
	{ STATE(3) },
	{ 4, U64(order, "order"), NEEDED },
	{}
};
#undef DOC

#define DOC pf_sessions
static const struct pf_field sessions_fields[] = {
	{ 1, LIST(PF_MAPS, n, doc, "sessions", PF_MAX_SESSIONS, session_doc_fields),
	  NEEDED },
	{}
};
#undef DOC

#define DOC pf_order
#define ORDER								\
	{ KEY_KIND, U32(kind, "kind", 1, PF_ORDER_KINDS - 1), NEEDED },	\
	{ 2, SESSION(session, "session"), NEEDED },			\
	{ 3, U32(agreement, "agreement", 0, UINT32_MAX) },		\
	{ 4, U32(version, "version", 0, UINT32_MAX) }
static const struct pf_field connect_fields[] = {
	ORDER,
	{ 5, EPUID(peer, "peer"), NEEDED },
	{ 6, KEY(peer_key, "peer's WireGuard key"), NEEDED },
	{ 7, KEY(check_key, "check key"), NEEDED },
	{ 8, ADDR(relay, "relay", AF_INET) },
	{ 9, ADDR(relay6, "relay6", AF_INET6) },
	{ 10, BOOL(initiator, "initiator") },
	{ DECISION(11) },
	{ 12, U32(valid_s, "validity", 1, MAX_WINDOW_S), NEEDED },
	{ CAUSE(14) },
	{}
};

static const struct pf_field candidates_order_fields[] = {
	ORDER,
	{ 13, CANDIDATES(candidates.n, candidates.candidate), NEEDED },
	{ CAUSE(14) },
	{}
};

static const struct pf_field release_fields[] = {
	ORDER,
	{ DECISION(11) },
	{ CAUSE(14) },
	{}
};
#undef DOC

static const struct pf_field *const order_fields[PF_ORDER_KINDS] = {
	[PF_ORDER_CONNECT] = connect_fields,
	[PF_ORDER_CANDIDATES] = candidates_order_fields,
	[PF_ORDER_RELEASE] = release_fields,
};

#define DOC pf_assist
static const struct pf_field assist_fields[] = {
	{ VERSION },
	{ 2, EPUID(requesting, "requesting"), NEEDED },
	{ 3, EPUID(targeted, "targeted"), NEEDED },
	{ 4, KEY(wg_key, "WireGuard key"), NEEDED },
	{ 5, KEY(check_key, "check key"), NEEDED },
	{ 6, ADDR(relay, "relay", AF_INET) },
	{ 7, ADDR(relay6, "relay6", AF_INET6) },
	{ DECISION(8) },
	{ 9, U32(window_s, "window", 1, MAX_WINDOW_S), NEEDED },
	{ CAUSE(10) },
	{}
};
#undef DOC

#define DOC pf_assist_answer
static const struct pf_field assist_answer_fields[] = {
	{ VERSION },
	{ 2, KEY(wg_key, "WireGuard key"), NEEDED },
	{}
};
#undef DOC

#define DOC pf_alert
static const struct pf_field alert_fields[] = {
	{ STATE(1) },
	{ DECISION(2) },
	{ CAUSE(3) },
	{}
};
#undef DOC

#define DOC pf_problem
static const struct pf_field problem_fields[] = {
	{ -1, WORDS(title, "title"), NEEDED },
	{ -2, WORDS(detail, "detail") },
	{}
};
#undef DOC

static int refuse(void *doc, size_t size, const char *why)
{
	if (!why)
		return 0;
	memset(doc, 0, size);
	return -EBADMSG;
}

static const char *check_size(size_t len)
{
	return len > PF_MAX_SIZE ? "too long" : NULL;
}

static int take(const struct pf_field *fields, void *doc, size_t size,
		const uint8_t *buf, size_t len, const char **why)
{
	memset(doc, 0, size);
	*why = check_size(len) ?: pf_take(fields, doc, buf, len);
	return refuse(doc, size, *why);
}

/* What another version has besides its number may be anything. */
static int take_versioned(const struct pf_field *fields, void *doc, size_t size,
			  const uint8_t *buf, size_t len, const char **why)
{
	uint64_t version = 0;

	memset(doc, 0, size);
	*why = check_size(len) ?: pf_find_number(buf, len, KEY_VERSION, &version);
	if (*why)
		return -EBADMSG;
	if (version && version != PF_VERSION) {
		*why = "another version of the protocol";
		return -EPROTONOSUPPORT;
	}
	return take(fields, doc, size, buf, len, why);
}

#define DOCUMENT(name, take)							\
size_t pf_encode_##name(const struct pf_##name *doc, uint8_t *buf, size_t size)	\
{										\
	return pf_put(name##_fields, doc, buf, size);				\
}										\
										\
int pf_decode_##name(struct pf_##name *doc, const uint8_t *buf, size_t len,	\
		     const char **why)						\
{										\
	return take(name##_fields, doc, sizeof(*doc), buf, len, why);		\
}

DOCUMENT(registration, take_versioned)
DOCUMENT(registered, take_versioned)
DOCUMENT(agreement, take)
DOCUMENT(confirm, take)
DOCUMENT(report, take)
DOCUMENT(session_report, take)
DOCUMENT(sessions, take)
DOCUMENT(candidates, take)
DOCUMENT(assist_answer, take_versioned)
DOCUMENT(alert, take)
DOCUMENT(problem, take)

static const char *check_relays(const struct sockaddr_storage *relay,
				const struct sockaddr_storage *relay6)
{
	return relay->ss_family || relay6->ss_family ? NULL : "no relay";
}

size_t pf_encode_assist(const struct pf_assist *doc, uint8_t *buf, size_t size)
{
	return pf_put(assist_fields, doc, buf, size);
}

int pf_decode_assist(struct pf_assist *doc, const uint8_t *buf, size_t len,
		     const char **why)
{
	int ret = take_versioned(assist_fields, doc, sizeof(*doc), buf, len, why);

	if (ret)
		return ret;
	*why = check_relays(&doc->relay, &doc->relay6);
	return refuse(doc, sizeof(*doc), *why);
}

static const struct pf_field *fields_of(uint64_t kind)
{
	return kind < PF_ORDER_KINDS ? order_fields[kind] : NULL;
}

size_t pf_encode_order(const struct pf_order *doc, uint8_t *buf, size_t size)
{
	return fields_of(doc->kind) ? pf_put(fields_of(doc->kind), doc, buf, size) : 0;
}

int pf_decode_order(struct pf_order *doc, const uint8_t *buf, size_t len,
		    const char **why)
{
	uint64_t kind = 0;

	memset(doc, 0, sizeof(*doc));
	*why = check_size(len) ?: pf_find_number(buf, len, KEY_KIND, &kind);
	if (!*why && !fields_of(kind))
		*why = "an order of no known kind";
	if (*why)
		return -EBADMSG;
	*why = pf_take(fields_of(kind), doc, buf, len);
	if (!*why && doc->kind == PF_ORDER_CONNECT)
		*why = check_relays(&doc->relay, &doc->relay6);
	return refuse(doc, sizeof(*doc), *why);
}

static bool is_among(const struct pf_candidate *one, const struct pf_candidates *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (one->type == all->candidate[i].type &&
		    one->priority == all->candidate[i].priority &&
		    !memcmp(&one->addr, &all->candidate[i].addr, sizeof(one->addr)))
			return true;
	return false;
}

static bool are_among(const struct pf_candidates *some, const struct pf_candidates *all)
{
	for (size_t i = 0; i < some->n; i++)
		if (!is_among(&some->candidate[i], all))
			return false;
	return true;
}

bool pf_candidates_same(const struct pf_candidates *a, const struct pf_candidates *b)
{
	return are_among(a, b) && are_among(b, a);
}
