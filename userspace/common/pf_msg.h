/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pf_msg: what UEs and ProSe Functions tell each other, in CBOR (RFC 8949)
 *
 * Every document is a map with small unsigned keys; unknown keys are skipped, so that
 * they can be added. docs/mno-protocol.md has them in CDDL (RFC 8610). Pure.
 */
#ifndef _SIDESTEP_PF_MSG_H
#define _SIDESTEP_PF_MSG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pf_limits {
	/* Of the protocol; another one is refused. */
	PF_VERSION = 1,
	/* An EPUID or PFID with its NUL: it is a common name (X.520: 64 at most). */
	PF_ID_SIZE = 65,
	/* PFID "/" number, with its NUL. */
	PF_SESSION_SIZE = PF_ID_SIZE + 21,
	/* Words for people, with their NUL. */
	PF_TEXT_SIZE = 128,
	PF_MAX_TRIGGERS = 8,
	PF_MAX_CANDIDATES = 8,
	/* So many fit into PF_MAX_SIZE with the longest ids. */
	PF_MAX_SESSIONS = 6,
	PF_WG_KEY_LEN = 32,
	PF_CHECK_KEY_LEN = 32,
	/* An encoded document is never longer. */
	PF_MAX_SIZE = 1024,
	/* CoAP Content-Formats: application/cbor, application/concise-problem-details+cbor */
	PF_FORMAT_CBOR = 60,
	PF_FORMAT_PROBLEM = 257,
};

/**
 * enum pf_decision - what a trigger says, the numbers of enum sidestep_decision + 1
 */
enum pf_decision {
	PF_DECISION_NONE,
	PF_DECISION_RELEASE,
	PF_DECISION_PREPARE,
	PF_DECISION_EXECUTE,
};

/**
 * struct pf_registration - a UE is there
 * @version: PF_VERSION
 * @boot: random, another one after each start of the helper
 * @n_sessions: used entries of @session
 * @session: sessions of functions that this UE has endpoints for
 */
struct pf_registration {
	unsigned int version;
	uint64_t boot;
	size_t n_sessions;
	char session[PF_MAX_SESSIONS][PF_SESSION_SIZE];
};

/**
 * struct pf_registered - the function's answer
 * @version: PF_VERSION
 * @lifetime_s: the registration ends then, unless it is renewed; 1..86400
 * @stun: the function's STUN server; AF_UNSPEC if it has none
 */
struct pf_registered {
	unsigned int version;
	uint32_t lifetime_s;
	struct sockaddr_storage stun;
};

/**
 * enum pf_trigger_type - measurement events (TS 38.331 5.5.4, 5.8.10.4) and their like
 */
enum pf_trigger_type {
	PF_TRIGGER_S2_PREPARE = 1,	/* signal below: prepare */
	PF_TRIGGER_X1_EXECUTE = 2,	/* signal below, tunnel good: execute */
	PF_TRIGGER_S1_RELEASE = 3,	/* signal above: release */
	PF_TRIGGER_LOSS_PREPARE = 4,	/* loss above: prepare */
	PF_TRIGGER_LOSS_EXECUTE = 5,
	PF_TRIGGER_RTT_PREPARE = 6,	/* round-trip time above: prepare */
	PF_TRIGGER_RTT_EXECUTE = 7,
	PF_TRIGGER_TYPES,
};

/**
 * struct pf_trigger - one agreed trigger
 * @type: enum pf_trigger_type, or a number that this program does not know
 * @threshold: mBm, permille or microseconds, by @type
 * @hysteresis: in the same unit, mdB for a signal; not negative
 * @time_to_trigger_ms: 0..5120 (TS 38.331 TimeToTrigger)
 */
struct pf_trigger {
	uint32_t type;
	int32_t threshold;
	uint32_t hysteresis;
	uint32_t time_to_trigger_ms;
};

/**
 * struct pf_agreement - offer, answer, or re-offer; for one pair of UEs
 * @id: given by the function, unique for the UE; 0 in a first offer
 * @version: 0 in a first offer, then counted up by the function with each change
 * @peer: EPUID of the other UE. An agreement that is confirmed is this UE's consent to
 *	  be connected with it
 * @wg_key: public key of this UE's end of the tunnel
 * @has_peer_key: @peer_key is there
 * @peer_key: the other end's as this UE knows it, by the exchange on the direct link
 * @relay_only: the UE's addresses are not told to the peer
 * @window_s: for how long the function assists (Time-Window); 1..604800
 * @min_report_ms: reports are at least so far apart, but for a new decision
 * @n_triggers: used entries of @trigger
 * @trigger: an answer has them clamped
 * @n_unknown: used entries of @unknown
 * @unknown: of an answer: types that were offered, and that the function does not know
 */
struct pf_agreement {
	uint32_t id;
	uint32_t version;
	char peer[PF_ID_SIZE];
	uint8_t wg_key[PF_WG_KEY_LEN];
	bool has_peer_key;
	uint8_t peer_key[PF_WG_KEY_LEN];
	bool relay_only;
	uint32_t window_s;
	uint32_t min_report_ms;
	size_t n_triggers;
	struct pf_trigger trigger[PF_MAX_TRIGGERS];
	size_t n_unknown;
	uint32_t unknown[PF_MAX_TRIGGERS];
};

/**
 * struct pf_confirm - the UE takes the answer
 * @version: of the answer
 */
struct pf_confirm {
	uint32_t version;
};

/**
 * struct pf_report - what a UE has measured, or decided
 * @version: of the agreement
 * @seq: counted up by the UE; an older one changes nothing
 * @decision: that holds at the UE
 * @has_signal: @signal_mbm is known; likewise the others
 * @signal_mbm: of the direct link, unfiltered
 * @loss_permille: of probes on the direct path, 0..1000
 * @rtt_us: on the direct path
 * @infra_ready: the peer answers on the tunnel
 * @cause: why it was decided, in words; may be empty
 */
struct pf_report {
	uint32_t version;
	uint32_t seq;
	enum pf_decision decision;
	bool has_signal;
	bool has_loss;
	bool has_rtt;
	bool infra_ready;
	int32_t signal_mbm;
	uint32_t loss_permille;
	uint32_t rtt_us;
	char cause[PF_TEXT_SIZE];
};

/**
 * enum pf_candidate_type - as RFC 8445 5.1.1 has them
 */
enum pf_candidate_type {
	PF_CANDIDATE_HOST = 1,
	PF_CANDIDATE_SRFLX = 2,
	PF_CANDIDATE_RELAY = 3,
	PF_CANDIDATE_TYPES,
};

/**
 * struct pf_candidate - where an end of a tunnel may be reached
 * @type: enum pf_candidate_type
 * @addr: AF_INET or AF_INET6, port not 0; network byte order
 * @priority: RFC 8445 5.1.2.1, greater is better
 */
struct pf_candidate {
	enum pf_candidate_type type;
	struct sockaddr_storage addr;
	uint32_t priority;
};

/* struct pf_candidates - of one end */
struct pf_candidates {
	size_t n;
	struct pf_candidate candidate[PF_MAX_CANDIDATES];
};

/**
 * enum pf_session_state - of a session over the infrastructure path
 */
enum pf_session_state {
	PF_SESSION_ASKED = 1,	/* orders are out, or the other function is asked */
	PF_SESSION_RELAYED = 2,	/* both UEs have been heard by the relay */
	PF_SESSION_DIRECT = 3,	/* a checked pair of addresses is in use */
	PF_SESSION_FAILED = 4,
	PF_SESSION_ENDED = 5,
	PF_SESSION_STATES,
};

/**
 * struct pf_session_report - what a UE says of a session
 * @state: enum pf_session_state
 * @candidates: this UE's; none: as before
 * @why: of a failure, in words; may be empty
 */
struct pf_session_report {
	enum pf_session_state state;
	struct pf_candidates candidates;
	char why[PF_TEXT_SIZE];
};

/**
 * struct pf_session_doc - one session as the function sees it
 * @session: its id
 * @peer: EPUID
 * @state: enum pf_session_state
 * @order: number of the last order about it
 */
struct pf_session_doc {
	char session[PF_SESSION_SIZE];
	char peer[PF_ID_SIZE];
	enum pf_session_state state;
	uint64_t order;
};

/* struct pf_sessions - all of one UE; the observed document */
struct pf_sessions {
	size_t n;
	struct pf_session_doc doc[PF_MAX_SESSIONS];
};

enum pf_order_kind {
	PF_ORDER_CONNECT = 1,
	PF_ORDER_CANDIDATES = 2,
	PF_ORDER_RELEASE = 3,
	PF_ORDER_KINDS,
};

/**
 * struct pf_order - what a UE is to do; its number is in the URI
 * @kind: enum pf_order_kind
 * @session: which session it is about
 * @agreement: id of the agreement on which it rests
 * @version: of that
 * @peer: CONNECT: EPUID of the other UE
 * @peer_key: CONNECT: WireGuard key of its end
 * @check_key: CONNECT: for connectivity checks, the same at both ends
 * @relay: CONNECT: this UE's port of the relay, AF_INET; AF_UNSPEC if it has none
 * @relay6: likewise, AF_INET6; there is one at least. The UE takes what its modem can
 * @initiator: CONNECT: this UE begins the handshake, and is the controlling one
 * @decision: CONNECT, RELEASE: what the kernel is to be told; NONE: nothing
 * @valid_s: CONNECT: the relay's life
 * @candidates: CANDIDATES: the peer's; all there are
 * @cause: why, in words; may be empty
 */
struct pf_order {
	enum pf_order_kind kind;
	char session[PF_SESSION_SIZE];
	uint32_t agreement;
	uint32_t version;
	char peer[PF_ID_SIZE];
	uint8_t peer_key[PF_WG_KEY_LEN];
	uint8_t check_key[PF_CHECK_KEY_LEN];
	struct sockaddr_storage relay;
	struct sockaddr_storage relay6;
	bool initiator;
	enum pf_decision decision;
	uint32_t valid_s;
	struct pf_candidates candidates;
	char cause[PF_TEXT_SIZE];
};

/**
 * struct pf_assist - a function asks the other for help (the like of PRR, TS 29.345)
 * @version: PF_VERSION
 * @requesting: EPUID of the UE of the function that asks
 * @targeted: EPUID of the other one
 * @wg_key: the requesting UE's
 * @check_key: for both UEs
 * @relay: the targeted UE's port, AF_INET; AF_UNSPEC if it has none
 * @relay6: likewise, AF_INET6; there is one at least
 * @decision: for the targeted UE's kernel
 * @window_s: the relay's life
 * @cause: in words; may be empty
 */
struct pf_assist {
	unsigned int version;
	char requesting[PF_ID_SIZE];
	char targeted[PF_ID_SIZE];
	uint8_t wg_key[PF_WG_KEY_LEN];
	uint8_t check_key[PF_CHECK_KEY_LEN];
	struct sockaddr_storage relay;
	struct sockaddr_storage relay6;
	enum pf_decision decision;
	uint32_t window_s;
	char cause[PF_TEXT_SIZE];
};

/**
 * struct pf_assist_answer - the other agrees (the like of PRA)
 * @version: PF_VERSION
 * @wg_key: the targeted UE's
 */
struct pf_assist_answer {
	unsigned int version;
	uint8_t wg_key[PF_WG_KEY_LEN];
};

/**
 * struct pf_alert - news of a session between functions (the like of ALR)
 * @state: what the sender's UE has said
 * @decision: that the sender's UE, or the sender, has made; NONE: no news
 * @cause: in words; may be empty
 */
struct pf_alert {
	enum pf_session_state state;
	enum pf_decision decision;
	char cause[PF_TEXT_SIZE];
};

/**
 * struct pf_problem - why a request was refused (RFC 9290)
 * @title: short, the same for all of its kind
 * @detail: of this one; may be empty
 */
struct pf_problem {
	char title[PF_TEXT_SIZE];
	char detail[PF_TEXT_SIZE];
};

/*
 * pf_encode_...() write one document. In words what is not UTF-8, or a control character,
 * becomes "?". Return: its length, or 0 if it does not fit.
 *
 * pf_decode_...() read exactly one. What is not used of the result is zero; @why is set
 * to a static text that says what is wrong. Return: 0, -EPROTONOSUPPORT for another
 * version of the protocol, or -EBADMSG: malformed, a needed key is missing or given
 * twice, a value out of its range, an id that is none, an address that can be no host's,
 * a key that is all zero, words with control characters or not in UTF-8.
 */
#define PF_DOCUMENT(name)							\
	size_t pf_encode_##name(const struct pf_##name *doc, uint8_t *buf,	\
				size_t size);					\
	int pf_decode_##name(struct pf_##name *doc, const uint8_t *buf,		\
			     size_t len, const char **why)

PF_DOCUMENT(registration);
PF_DOCUMENT(registered);
PF_DOCUMENT(agreement);
PF_DOCUMENT(confirm);
PF_DOCUMENT(report);
PF_DOCUMENT(session_report);
PF_DOCUMENT(sessions);
PF_DOCUMENT(order);
PF_DOCUMENT(candidates);
PF_DOCUMENT(assist);
PF_DOCUMENT(assist_answer);
PF_DOCUMENT(alert);
PF_DOCUMENT(problem);

#undef PF_DOCUMENT

/* pf_candidates_same() - the same ones, in whatever order */
bool pf_candidates_same(const struct pf_candidates *a, const struct pf_candidates *b);

/* pf_epuid_fault() - what is wrong with an EPUID (USER@PFID), or NULL */
const char *pf_epuid_fault(const char *epuid);

/* pf_pfid_fault() - what is wrong with a PFID, or NULL */
const char *pf_pfid_fault(const char *pfid);

/* pf_session_fault() - what is wrong with a session's id (PFID/NUMBER), or NULL */
const char *pf_session_fault(const char *session);

/* pf_epuid_pfid() - the function of a good EPUID: a part of it */
const char *pf_epuid_pfid(const char *epuid);

/* pf_addr_fault() - what is wrong with a unicast address of a host, port included, or
 * NULL: unspecified, loopback, multicast, broadcast, link-local, no port
 */
const char *pf_addr_fault(const struct sockaddr_storage *addr);

/* In a word, for tables, logs and metrics: "relayed"; "prepare". "unknown" for others */
const char *pf_session_state_name(unsigned int state);
const char *pf_decision_name(unsigned int decision);

#endif /* _SIDESTEP_PF_MSG_H */
