/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * assist: a session of two UEs over the operators' networks
 *
 * The function of the UE that asks owns it: it has the relay, and ends it. The other
 * function has its own record, by the same id. Both UEs may be of one function. Side A is
 * the UE that asks, side B the other (enum relay_side).
 *
 * What is told to anybody is in the database first. Whatever is lost on the way, the two
 * functions and the UEs come to the same: orders are repeated until they are answered,
 * the owner asks again until it knows, a UE that registers says what it has, and a record
 * that nobody confirms ends.
 */
#ifndef _SIDESTEP_ASSIST_H
#define _SIDESTEP_ASSIST_H

#include "../common/pf_msg.h"
#include "nat_control.h"
#include "relay.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct db_session;
struct function;
struct subscriber;
struct agreement;

enum assist_limits {
	/* The other function is asked again after so long at most. */
	ASSIST_RETRY_MAX_S = 30,
	/* Both functions compare what they know of a session: what was told may be lost. */
	ASSIST_COMPARE_S = 10,
	/* A line in the log. */
	ASSIST_SAID_SIZE = 256,
	/* As soon as can be: so many a second. */
	ASSIST_SOON = 400,
	/* After a restart: sessions that no UE has confirmed end. */
	ASSIST_GRACE_S = 60,
};

/* enum assist_by - who began it. The numbers are in the database */
enum assist_by {
	ASSIST_BY_UE,
	ASSIST_BY_OPERATOR,
	ASSIST_BY_PEER,
	ASSIST_BY_JUDGE,
	ASSIST_BYS,
};

/* assist_by_name() - in a word */
const char *assist_by_name(enum assist_by by);

/* struct assist_side_link - @a in the list of the subscriber that is a side of it */
struct assist_side_link {
	LIST_ENTRY(assist_side_link) entry;
	struct assist *a;
	struct subscriber *subscriber;
};

/**
 * struct assist_memo - what changes of a session, and is remembered
 * @decision: the greatest there was, as in &struct assist.doc
 * @state: the least of both sides' that are known
 * @side_state: what each UE has said
 * @wants: that UE's kernel does not do without it
 */
struct assist_memo {
	enum pf_decision decision;
	enum pf_session_state state;
	enum pf_session_state side_state[RELAY_SIDES];
	bool wants[RELAY_SIDES];
};

/**
 * struct assist - a session
 * @link: of its sides that are UEs of this function
 * @before: for a db_commit() that fails
 * @said: in the audit log, and in the other one when it is committed; "" if there is nothing
 * @id: PFID/NUMBER
 * @owner: this function has begun it
 * @doc: as it was asked of the other function, or of this one
 * @targeted_key: WireGuard's of side B
 * @relay: the owner's
 * @state: the least of both sides' that are known
 * @side_state: what each UE has said
 * @wants: that UE's kernel does not do without it
 * @told: what was passed on of what each UE has named, and what its NAT maps
 * @untold: whose has to be passed on yet, or once more
 * @passing: the other function is being told, and has not answered
 * @mapping: of each UE's port, in a NAT of the operator's; lifetime 0: none
 * @renew_ns: when it gets a new lifetime
 * @order: number of the last order to each UE; 0: none
 * @confirmed: a UE or the other function has spoken of it since the start
 * @answered: the other function has agreed
 * @retry_ns: when it is asked again; 0: it is being asked
 * @backoff_s: for how long it was waited last
 * @compare_ns: when both functions compare; 0: as soon as can be
 * @began: CLOCK_REALTIME, seconds
 * @ends: likewise
 */
struct assist {
	LIST_ENTRY(assist) entry;
	struct assist_side_link link[RELAY_SIDES];
	struct assist_memo before;
	char said[ASSIST_SAID_SIZE];
	struct function *function;
	char id[PF_SESSION_SIZE];
	bool owner;
	enum assist_by by;
	struct pf_assist doc;
	uint8_t targeted_key[PF_WG_KEY_LEN];
	struct relay *relay;
	enum pf_session_state state;
	enum pf_session_state side_state[RELAY_SIDES];
	bool wants[RELAY_SIDES];
	struct pf_candidates told[RELAY_SIDES];
	bool untold[RELAY_SIDES];
	bool passing;
	struct nat_mapping mapping[RELAY_SIDES];
	uint64_t renew_ns[RELAY_SIDES];
	uint64_t order[RELAY_SIDES];
	bool confirmed;
	bool answered;
	uint64_t retry_ns;
	unsigned int backoff_s;
	uint64_t compare_ns;
	int64_t began;
	int64_t ends;
};

/* assist_find() - by its id, or NULL */
struct assist *assist_find(struct function *f, const char *id);

/* assist_of() - of these two UEs, whoever asked, or NULL */
struct assist *assist_of(struct function *f, const char *epuid, const char *peer);

/* assist_side() - which side that UE is. RELAY_SIDES: neither */
enum relay_side assist_side(const struct assist *a, const char *epuid);

/* assist_peer() - EPUID of the other one */
const char *assist_peer(const struct assist *a, enum relay_side side);

/**
 * assist_begin() - connect two UEs; or a decision about such as are connected
 * @agreement: of the UE that asks, confirmed
 * @decision: what was decided
 * @tell: the UE that asks does not know of it: it is ordered as well
 * @by: who has
 * @cause: in words
 * @problem: why not
 *
 * Return: 0, or a code of a response: 4.03, 4.04, 4.29, 5.00, 5.03.
 */
unsigned int assist_begin(struct agreement *agreement, enum pf_decision decision, bool tell,
			  enum assist_by by, const char *cause, struct pf_problem *problem);

/* assist_released() - that UE does without it now; who is the last ends it. Return: 0, or
 * 5.00: it could not be stored
 */
unsigned int assist_released(struct agreement *agreement);

/* assist_end() - at once: the database, both UEs and the other function are told. Return: 0,
 * or -EIO: it could not be stored, and goes on
 */
int assist_end(struct assist *a, const char *cause);

/**
 * assist_reported() - a UE speaks of a session
 * @s: the UE
 * @id: the session
 * @report: what it says
 * @problem: why it was refused
 *
 * Return: a code of a response: 2.04, 4.03 (a candidate that is nobody's to name), 4.04,
 * 5.00.
 */
unsigned int assist_reported(struct subscriber *s, const char *id,
			     const struct pf_session_report *report,
			     struct pf_problem *problem);

/* assist_registered() - a UE has come, maybe anew, and says what it has. Return: 0, or -EIO:
 * what it is to be told could not be stored
 */
int assist_registered(struct subscriber *s, const struct pf_registration *registration);

/* assist_refused() - a UE does not take an order */
void assist_refused(struct subscriber *s, const struct pf_order *order, const char *why);

/* assist_sessions() - of a UE */
void assist_sessions(struct subscriber *s, struct pf_sessions *doc);

/* --- from other functions; their names are those of their certificates ---- */

/**
 * assist_requested() - a function asks
 * @f: this one
 * @from: its PFID
 * @id: the session
 * @doc: what it asks for
 * @answer: the result
 * @problem: why it was refused
 *
 * Return: 2.01, 4.00, 4.03, 4.04 (it is over), 4.09, 5.00 or 5.03.
 */
unsigned int assist_requested(struct function *f, const char *from, const char *id,
			      const struct pf_assist *doc,
			      struct pf_assist_answer *answer, struct pf_problem *problem);

/* assist_answered() - by @from to a request of this one. @code: of the response, 0: there was
 * none
 */
void assist_answered(struct function *f, const char *from, const char *id, unsigned int code,
		     const struct pf_assist_answer *answer, const char *why);

/* assist_passed() - candidates; likewise */
void assist_passed(struct function *f, const char *id, unsigned int code);

/* assist_reachable() - that function can be asked again: it is told what holds */
void assist_reachable(struct function *f, const char *pfid);

/* assist_unknown() - the other function knows no such session: it is over here too */
void assist_unknown(struct function *f, const char *id);

/* Return: 2.02 or 2.04, 4.03, 4.04 or 5.00. */
unsigned int assist_candidates(struct function *f, const char *from, const char *id,
			       const struct pf_candidates *doc);
unsigned int assist_alerted(struct function *f, const char *from, const char *id,
			    const struct pf_alert *doc);
unsigned int assist_cancelled(struct function *f, const char *from, const char *id);

/* --- its clock, its start and its end ------------------------------------- */

/* assist_tick() - once a second */
void assist_tick(struct function *f);

/* assist_restore() - one that was remembered */
void assist_restore(struct function *f, const struct db_session *session);

/* assists_free() - without a word to anybody. The relays are their table's */
void assists_free(struct function *f);

/* assist_relay_latched(), assist_relay_ended() - what relays tell */
void assist_relay_latched(struct assist *a);
void assist_relay_ended(struct assist *a, enum relay_end end);

#endif /* _SIDESTEP_ASSIST_H */
