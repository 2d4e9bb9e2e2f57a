// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_agreement.h"

#include "../common/coaps.h"

#include <stdio.h>
#include <string.h>

#define NSEC_PER_MSEC 1000000ull

void mno_agreement_linked(struct mno_agreement *a)
{
	a->sent = MNO_AGREEMENT_WAIT;
	a->checked = false;
	a->wait_ms = 0;
	a->not_before_ns = 0;
}

/* What is not ours to say does not count. */
static bool same_offer(const struct pf_agreement *a, const struct pf_agreement *b)
{
	return !strcmp(a->peer, b->peer) &&
	       !memcmp(a->wg_key, b->wg_key, sizeof(a->wg_key)) &&
	       a->has_peer_key == b->has_peer_key &&
	       !memcmp(a->peer_key, b->peer_key, sizeof(a->peer_key)) &&
	       a->relay_only == b->relay_only && a->n_triggers == b->n_triggers &&
	       !memcmp(a->trigger, b->trigger, a->n_triggers * sizeof(a->trigger[0]));
}

static enum mno_agreement_act next(const struct mno_agreement *a,
				   const struct pf_agreement *offer)
{
	if (a->has_answer)
		return MNO_AGREEMENT_CONFIRM;
	if (!a->agreed.id)
		return MNO_AGREEMENT_OFFER;
	if (a->forced || !same_offer(&a->agreed, offer))
		return MNO_AGREEMENT_REOFFER;
	return a->checked ? MNO_AGREEMENT_WAIT : MNO_AGREEMENT_CONFIRM;
}

enum mno_agreement_act mno_agreement_next(struct mno_agreement *a,
					  const struct pf_agreement *offer,
					  uint64_t now_ns)
{
	if (a->sent != MNO_AGREEMENT_WAIT || now_ns < a->not_before_ns)
		return MNO_AGREEMENT_WAIT;
	a->sent = next(a, offer);
	return a->sent;
}

uint32_t mno_agreement_version(const struct mno_agreement *a, uint32_t *id)
{
	const struct pf_agreement *doc = a->has_answer ? &a->answer : &a->agreed;

	*id = doc->id;
	return doc->version;
}

bool mno_agreement_is_good(const struct mno_agreement *a,
			   const struct pf_agreement *doc, const char *peer)
{
	if (!doc->id || !doc->version || strcmp(doc->peer, peer))
		return false;
	return !a->agreed.id || doc->id != a->agreed.id ||
	       doc->version >= a->agreed.version;
}

bool mno_agreement_known(const struct mno_agreement *a, const struct pf_agreement *doc)
{
	const struct pf_agreement *last = a->has_answer ? &a->answer : &a->agreed;

	return doc->id == last->id && doc->version == last->version;
}

void mno_agreement_take(struct mno_agreement *a, const struct pf_agreement *doc,
			const struct pf_agreement *offer)
{
	a->answer = *doc;
	a->answer.relay_only = offer->relay_only;
	memcpy(a->answer.wg_key, offer->wg_key, sizeof(offer->wg_key));
	a->answer.has_peer_key = offer->has_peer_key;
	memcpy(a->answer.peer_key, offer->peer_key, sizeof(offer->peer_key));
	a->answer.n_triggers = offer->n_triggers;
	memcpy(a->answer.trigger, offer->trigger, sizeof(offer->trigger));
	a->has_answer = true;
	a->forced = false;
	a->sent = MNO_AGREEMENT_WAIT;
}

/* Both ends have it another way: begin anew with what is left. */
static bool begin_anew(struct mno_agreement *a, unsigned int code)
{
	if (code == COAPS_NOT_FOUND && a->sent != MNO_AGREEMENT_OFFER) {
		a->agreed = (struct pf_agreement){};
		a->has_answer = a->forced = false;
		return true;
	}
	if (code == COAPS_PRECONDITION_FAILED && !a->forced) {
		a->forced = a->agreed.id;
		a->has_answer = false;
		return true;
	}
	return false;
}

void mno_agreement_failed(struct mno_agreement *a, unsigned int code, const char *why,
			  uint64_t now_ns)
{
	bool anew = begin_anew(a, code);

	a->sent = MNO_AGREEMENT_WAIT;
	if (!anew)
		a->has_answer = a->forced = false;
	if (!anew || a->wait_ms)
		a->not_before_ns = now_ns + (a->wait_ms ?: MNO_AGREEMENT_FIRST_WAIT_MS) *
					    NSEC_PER_MSEC;
	a->wait_ms = a->wait_ms ? 2 * a->wait_ms : MNO_AGREEMENT_FIRST_WAIT_MS;
	if (a->wait_ms > MNO_AGREEMENT_LONGEST_WAIT_MS)
		a->wait_ms = MNO_AGREEMENT_LONGEST_WAIT_MS;
	snprintf(a->why, sizeof(a->why), "%s", why);
}

bool mno_agreement_confirmed(struct mno_agreement *a)
{
	bool news = a->has_answer &&
		    (a->answer.id != a->agreed.id ||
		     a->answer.version != a->agreed.version);

	if (a->has_answer)
		a->agreed = a->answer;
	a->has_answer = false;
	a->sent = MNO_AGREEMENT_WAIT;
	a->checked = true;
	a->wait_ms = 0;
	*a->why = '\0';
	return news;
}

void mno_agreement_doubt(struct mno_agreement *a)
{
	a->checked = false;
}

bool mno_agreement_holds(const struct mno_agreement *a, uint32_t id, uint32_t version)
{
	return (a->agreed.id && a->agreed.id == id && a->agreed.version == version) ||
	       (a->has_answer && a->answer.id == id && a->answer.version == version);
}
