// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/clock.h"
#include "../common/log.h"
#include "assist_priv.h"
#include "refuse.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who has not agreed, who is not known and who is not there are all the same to others. */
static unsigned int no_consent(struct function *f, struct pf_problem *problem)
{
	f->figures.count[MNO_COUNT_REFUSED_CONSENT]++;
	return refuse_say(problem, COAPS_FORBIDDEN, "no consent",
		      "the other UE has not agreed to be connected with this one, or is not there");
}

/* Return: the agreement of a UE of ours that is there, with that peer; or NULL. After a
 * start UEs are given time to come back.
 */
static struct agreement *consent_of(struct function *f, const char *epuid, const char *peer)
{
	struct subscriber *s = subscriber_find(f, epuid);

	return s && (s->registered || f->grace_until_ns) ? agreement_with(s, peer) : NULL;
}

/* --- the other function --------------------------------------------------- */

void assist_ask(struct assist *a)
{
	a->retry_ns = 0;
	pc6_coap.assist(a->function->pc6, assist_pfid(a, RELAY_B), a->id, &a->doc);
}

/* By then it may be there again. */
static void ask_later(struct assist *a)
{
	a->retry_ns = clock_now_ns(CLOCK_BOOTTIME) + a->backoff_s * 1000000000ull;
	a->backoff_s *= 2;
	if (a->backoff_s > ASSIST_RETRY_MAX_S)
		a->backoff_s = ASSIST_RETRY_MAX_S;
}

void assist_answered(struct function *f, const char *from, const char *id, unsigned int code,
		     const struct pf_assist_answer *answer, const char *why)
{
	struct assist *a = assist_find(f, id);

	/* It has ended, and the other function may have heard of that before it began. */
	if (!a && code == COAPS_CREATED)
		pc6_coap.cancel(f->pc6, from, id);
	if (!a || !a->owner || a->answered)
		return;
	if (code == COAPS_CREATED && !memcmp(answer->wg_key, a->targeted_key,
					     sizeof(a->targeted_key))) {
		a->answered = true;
		a->confirmed = true;
		assist_pass_untold(a);
		return;
	}
	if (code == COAPS_CREATED)
		assist_end(a, "the peer has another key than its host has told");
	else if (!code || code == COAPS_UNAVAILABLE || code == COAPS_INTERNAL_ERROR ||
		 code == COAPS_TOO_MANY_REQUESTS || code == COAPS_CONFLICT)
		/* After a conflict the other one's comes, unless that is over already. */
		ask_later(a);
	else if (code == COAPS_BAD_REQUEST)
		/* What it has made of it is not known. */
		assist_end(a, why);
	else
		assist_drop(a, why);
}

/* --- begin ---------------------------------------------------------------- */

static bool make_doc(struct agreement *agreement, enum pf_decision decision,
		     const char *cause, struct pf_assist *doc)
{
	*doc = (struct pf_assist){
		.version = PF_VERSION, .decision = decision,
		.window_s = agreement->doc.window_s,
	};
	strcpy(doc->requesting, agreement->subscriber->epuid);
	strcpy(doc->targeted, agreement->doc.peer);
	memcpy(doc->wg_key, agreement->doc.wg_key, sizeof(doc->wg_key));
	snprintf(doc->cause, sizeof(doc->cause), "%s", cause);
	return RAND_bytes(doc->check_key, sizeof(doc->check_key)) == 1;
}

/* The targeted UE's key: of its own agreement, or as the other one has heard it. */
static const uint8_t *targeted_key(struct agreement *agreement, struct agreement *other)
{
	if (other)
		return other->doc.wg_key;
	return agreement->doc.has_peer_key ? agreement->doc.peer_key : NULL;
}

static int open_relay(struct assist *a)
{
	uint8_t keys[RELAY_SIDES][PF_WG_KEY_LEN];
	int err;

	memcpy(keys[RELAY_A], a->doc.wg_key, PF_WG_KEY_LEN);
	memcpy(keys[RELAY_B], a->targeted_key, PF_WG_KEY_LEN);
	err = relay_open(&a->relay, a->function->relays, a->doc.requesting, keys,
			 a->doc.window_s, a);
	if (err)
		return err;
	relay_address(a->relay, RELAY_B, AF_INET, &a->doc.relay);
	relay_address(a->relay, RELAY_B, AF_INET6, &a->doc.relay6);
	return 0;
}

static unsigned int relay_refused(struct function *f, int err, struct pf_problem *problem)
{
	f->figures.count[MNO_COUNT_REFUSED_BUSY]++;
	return refuse_say(problem, err == -EDQUOT ? COAPS_TOO_MANY_REQUESTS : COAPS_UNAVAILABLE,
		      "no relay", err == -EDQUOT ? "this UE has enough of them" :
		      strerror(-err));
}

/* Between db_begin() and assist_commit(). Return: NULL: no memory, or no number */
static struct assist *make(struct function *f, const struct pf_assist *doc, enum assist_by by)
{
	uint64_t number = db_next(f->db, DB_COUNTER_SESSION);
	char id[PF_SESSION_SIZE];
	struct assist *a;

	snprintf(id, sizeof(id), "%s/%" PRIu64, f->conf.pfid, number);
	a = number ? assist_new(f, id, doc) : NULL;
	if (!a)
		return NULL;
	a->by = by;
	a->confirmed = true;
	a->wants[RELAY_A] = true;
	return a;
}

/* Return: 0 or -EIO: nothing is stored, and nobody was told. */
static int tell_all(struct assist *a, bool tell)
{
	assist_log(a, "%s asks: %s", assist_by_name(a->by), a->doc.cause);
	assist_store(a);
	assist_connect(a, RELAY_A, tell ? a->doc.decision : PF_DECISION_NONE);
	assist_connect(a, RELAY_B, a->doc.decision);
	return assist_commit(a);
}

static unsigned int begin_new(struct agreement *agreement, struct agreement *other,
			      struct pf_assist *doc, bool tell, enum assist_by by,
			      struct pf_problem *problem)
{
	struct function *f = agreement->subscriber->function;
	struct assist *a;
	int err;

	/* As in assist_open() */
	if (other)
		db_begin_lazy(f->db);
	else
		db_begin(f->db);
	a = make(f, doc, by);
	if (!a)
		return db_commit(f->db) ? assist_not_stored(problem) :
		       refuse_say(problem, COAPS_INTERNAL_ERROR, "no session", "no memory");
	memcpy(a->targeted_key, targeted_key(agreement, other), PF_WG_KEY_LEN);
	err = open_relay(a);
	if (err) {
		/* Only a number is lost. */
		db_commit(f->db);
		assist_free(a);
		return relay_refused(f, err, problem);
	}
	if (tell_all(a, tell)) {
		assist_free(a);
		return assist_not_stored(problem);
	}
	f->figures.count[MNO_COUNT_ASSISTS_UE + by]++;
	if (assist_far(a) == RELAY_B)
		assist_ask(a);
	else
		a->answered = true;
	return 0;
}

/* It is there; the decision may be another one. */
static unsigned int update(struct assist *a, struct agreement *agreement,
			   enum pf_decision decision, bool tell, struct pf_problem *problem)
{
	enum relay_side side = assist_side(a, agreement->subscriber->epuid);
	enum relay_side other = side == RELAY_A ? RELAY_B : RELAY_A;
	bool more = decision > a->doc.decision;

	assist_open(a);
	a->wants[side] = true;
	if (more)
		a->doc.decision = decision;
	assist_store(a);
	if (tell && more)
		assist_connect(a, side, decision);
	if (more)
		assist_connect(a, other, decision);
	if (assist_commit(a))
		return assist_not_stored(problem);
	assist_alert(a, decision);
	return 0;
}

unsigned int assist_begin(struct agreement *agreement, enum pf_decision decision, bool tell,
			  enum assist_by by, const char *cause, struct pf_problem *problem)
{
	struct subscriber *s = agreement->subscriber;
	struct function *f = s->function;
	struct assist *a = assist_of(f, s->epuid, agreement->doc.peer);
	const char *pfid = pf_epuid_pfid(agreement->doc.peer);
	struct agreement *other = NULL;
	struct pf_assist doc;

	if (a)
		return update(a, agreement, decision, tell, problem);
	if (f->draining)
		return refuse_say(problem, COAPS_UNAVAILABLE, "draining", "no new sessions");
	if (by != ASSIST_BY_OPERATOR &&
	    !subscriber_may(&s->assist_tokens, &s->assist_filled_ns,
			    f->conf.assists_per_minute, f->conf.assists_per_minute))
		return refuse_say(problem, COAPS_TOO_MANY_REQUESTS, "too many sessions",
			      "this UE has had its share of the last minute");
	if (!strcmp(pfid, f->conf.pfid)) {
		other = consent_of(f, agreement->doc.peer, s->epuid);
		if (!other)
			return no_consent(f, problem);
	} else if (!mno_conf_find(&f->conf, pfid)) {
		return refuse_say(problem, COAPS_NOT_FOUND, "no such function", pfid);
	}
	if (!targeted_key(agreement, other))
		return refuse_say(problem, COAPS_FORBIDDEN, "no key",
			      "the agreement does not say the peer's WireGuard key");
	if (!make_doc(agreement, decision, cause, &doc))
		return refuse_say(problem, COAPS_INTERNAL_ERROR, "no session", "no randomness");
	return begin_new(agreement, other, &doc, tell, by, problem);
}

unsigned int assist_released(struct agreement *agreement)
{
	struct subscriber *s = agreement->subscriber;
	struct assist *a = assist_of(s->function, s->epuid, agreement->doc.peer);
	enum relay_side side;

	if (!a)
		return 0;
	side = assist_side(a, s->epuid);
	if (!a->wants[side])
		return 0;
	return assist_wants(a, side, false, PF_DECISION_RELEASE) ? COAPS_INTERNAL_ERROR : 0;
}

/* --- asked by another function -------------------------------------------- */

static unsigned int check_request(struct function *f, const char *from, const char *id,
				  const struct pf_assist *doc, struct pf_problem *problem)
{
	if (!assist_id_is_of(id, from) ||
	    strcmp(pf_epuid_pfid(doc->requesting), from) != 0)
		return refuse_say(problem, COAPS_FORBIDDEN, "not yours",
			      "the session or the UE that asks is of another function");
	if (strcmp(pf_epuid_pfid(doc->targeted), f->conf.pfid) != 0)
		return refuse_say(problem, COAPS_BAD_REQUEST, "not ours",
			      "the targeted UE is of another function");
	return 0;
}

/* Both asked at once: the lower PFID wins. Return: this function does. */
static bool wins(const struct function *f, const struct assist *ours, const char *from)
{
	return ours->owner && strcmp(f->conf.pfid, from) < 0;
}

/* Numbers rise, so one that is smaller than what there is was sent before it. */
static bool is_older(const char *id, const struct assist *theirs, const char *from)
{
	size_t len = strlen(from) + 1;

	return !theirs->owner && strtoull(id + len, NULL, 10) <
				 strtoull(theirs->id + len, NULL, 10);
}

/* @wanted: by the UE of this function, too. Return: NULL: no memory, or not stored */
static struct assist *take_request(struct function *f, const char *id,
				   const struct pf_assist *doc,
				   const struct agreement *agreement, bool wanted)
{
	struct assist *a = assist_new(f, id, doc);

	if (!a)
		return NULL;
	a->by = ASSIST_BY_PEER;
	a->answered = true;
	a->confirmed = true;
	a->wants[RELAY_A] = true;
	a->wants[RELAY_B] = wanted;
	memcpy(a->targeted_key, agreement->doc.wg_key, sizeof(a->targeted_key));
	assist_open(a);
	assist_log(a, "asked by %s: %s", pf_epuid_pfid(doc->requesting), doc->cause);
	assist_store(a);
	assist_connect(a, RELAY_B, doc->decision);
	if (assist_commit(a)) {
		assist_free(a);
		return NULL;
	}
	f->figures.count[MNO_COUNT_ASSISTS_PEER]++;
	return a;
}

static unsigned int agree(const struct assist *a, struct pf_assist_answer *answer)
{
	*answer = (struct pf_assist_answer){ .version = PF_VERSION };
	memcpy(answer->wg_key, a->targeted_key, sizeof(answer->wg_key));
	return COAPS_CREATED;
}

/* The answer may have been lost. */
static unsigned int requested_again(const struct assist *a, const struct pf_assist *doc,
				    struct pf_assist_answer *answer,
				    struct pf_problem *problem)
{
	if (strcmp(a->doc.requesting, doc->requesting) != 0 ||
	    strcmp(a->doc.targeted, doc->targeted) != 0)
		return refuse_say(problem, COAPS_FORBIDDEN, "not yours",
				  "the session is of other UEs");
	return agree(a, answer);
}

/* The UE has its order for the new one first, which is urgent, and leaves this one by it. */
static void replaced(struct assist *a)
{
	/* What cannot be stored now is ended with the next second. */
	if (assist_drop(a, "the other function's is taken instead"))
		a->ends = 0;
}

unsigned int assist_requested(struct function *f, const char *from, const char *id,
			      const struct pf_assist *doc,
			      struct pf_assist_answer *answer, struct pf_problem *problem)
{
	unsigned int refused = check_request(f, from, id, doc, problem);
	struct assist *a = assist_find(f, id), *other;
	struct agreement *agreement;
	bool wanted;

	if (refused)
		return refused;
	if (a)
		return requested_again(a, doc, answer, problem);
	if (over_has(&f->over, id))
		return refuse_say(problem, COAPS_NOT_FOUND, "it is over", id);
	agreement = consent_of(f, doc->targeted, doc->requesting);
	if (!agreement)
		return no_consent(f, problem);
	other = assist_of(f, doc->targeted, doc->requesting);
	if (other && is_older(id, other, from))
		return refuse_say(problem, COAPS_FORBIDDEN, "it is over", other->id);
	if (other && wins(f, other, from))
		return refuse_say(problem, COAPS_CONFLICT, "asked as well", other->id);
	if (f->draining)
		return refuse_say(problem, COAPS_UNAVAILABLE, "draining", "no new sessions");
	wanted = other && other->owner && other->wants[RELAY_A];
	a = take_request(f, id, doc, agreement, wanted);
	if (!a)
		return assist_not_stored(problem);
	if (other)
		replaced(other);
	if (wanted)
		assist_alert(a, PF_DECISION_PREPARE);
	return agree(a, answer);
}
