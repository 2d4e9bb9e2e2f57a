// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/clock.h"
#include "function.h"
#include "judge.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* --- UEs ------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	const struct subscriber *x = a, *y = b;

	return strcmp(x->epuid, y->epuid);
}

struct subscriber *subscriber_find(struct function *f, const char *epuid)
{
	struct subscriber key = {};
	void *found;

	if (strlen(epuid) >= sizeof(key.epuid))
		return NULL;
	strcpy(key.epuid, epuid);
	found = tfind(&key, &f->subscribers.tree, compare);
	return found ? *(struct subscriber **)found : NULL;
}

struct subscriber *subscriber_get(struct function *f, const char *epuid)
{
	struct subscriber *s = subscriber_find(f, epuid);

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	strcpy(s->epuid, epuid);
	if (!tsearch(s, &f->subscribers.tree, compare)) {
		free(s);
		return NULL;
	}
	s->function = f;
	STAILQ_INIT(&s->outgoing);
	LIST_INSERT_HEAD(&f->subscribers.list, s, entry);
	f->subscribers.n++;
	return s;
}

static void subscriber_free(struct subscriber *s)
{
	struct agreement *agreement;
	struct outgoing *out;

	while ((agreement = LIST_FIRST(&s->agreements)))
		agreement_del(agreement);
	while ((out = STAILQ_FIRST(&s->outgoing))) {
		STAILQ_REMOVE_HEAD(&s->outgoing, entry);
		free(out);
	}
	tdelete(s, &s->function->subscribers.tree, compare);
	LIST_REMOVE(s, entry);
	free(s);
}

void subscribers_free(struct function *f)
{
	struct subscriber *s;

	while ((s = LIST_FIRST(&f->subscribers.list)))
		subscriber_free(s);
}

/* A full bucket at first. */
bool subscriber_may(uint64_t *tokens, uint64_t *filled_ns, unsigned int rate,
		    unsigned int burst)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME), full = burst * 1000ull;
	uint64_t more = *filled_ns ? (now - *filled_ns) / 1000000 * rate / 60 : full;

	/* What comes sooner than a token does not put it off. */
	if (more)
		*filled_ns = now;
	*tokens += more;
	if (*tokens > full)
		*tokens = full;
	if (*tokens < 1000)
		return false;
	*tokens -= 1000;
	return true;
}

/* --- agreements ----------------------------------------------------------- */

struct agreement *agreement_find(struct subscriber *s, uint32_t id)
{
	struct agreement *agreement;

	LIST_FOREACH(agreement, &s->agreements, entry)
		if (agreement->doc.id == id)
			return agreement;
	return NULL;
}

struct agreement *agreement_about(struct subscriber *s, const char *peer)
{
	struct agreement *agreement;

	LIST_FOREACH(agreement, &s->agreements, entry)
		if (!strcmp(agreement->doc.peer, peer))
			return agreement;
	return NULL;
}

struct agreement *agreement_with(struct subscriber *s, const char *peer)
{
	struct agreement *agreement = agreement_about(s, peer);

	return agreement && agreement->confirmed ? agreement : NULL;
}

struct agreement *agreement_add(struct subscriber *s, const struct pf_agreement *doc,
				bool confirmed)
{
	struct agreement *agreement = calloc(1, sizeof(*agreement));

	if (!agreement)
		return NULL;
	agreement->subscriber = s;
	agreement->doc = *doc;
	agreement->confirmed = confirmed;
	LIST_INSERT_HEAD(&s->agreements, agreement, entry);
	return agreement;
}

static void drop_judge(struct agreement *agreement)
{
	judge_free(agreement->judge);
	agreement->judge = NULL;
}

void agreement_renew(struct agreement *agreement, const struct pf_agreement *doc)
{
	agreement->doc = *doc;
	agreement->confirmed = false;
	drop_judge(agreement);
}

void agreement_del(struct agreement *agreement)
{
	drop_judge(agreement);
	LIST_REMOVE(agreement, entry);
	free(agreement);
}

void subscriber_gone(struct subscriber *s)
{
	struct agreement *agreement;

	s->registered = false;
	LIST_FOREACH(agreement, &s->agreements, entry)
		drop_judge(agreement);
}

/* --- orders --------------------------------------------------------------- */

static bool supersedes(const struct pf_order *order, const struct pf_order *old)
{
	return !strcmp(order->session, old->session) &&
	       (order->kind == PF_ORDER_RELEASE || order->kind == old->kind);
}

static void outgoing_free(struct outgoing *out)
{
	if (out->sent)
		coaps_forget(out->subscriber->function->ues, out);
	STAILQ_REMOVE(&out->subscriber->outgoing, out, outgoing, entry);
	free(out);
}

void outgoing_answered(struct outgoing *out)
{
	db_order_answered(out->subscriber->function->db, out->n);
	outgoing_free(out);
}

static void supersede(struct subscriber *s, const struct pf_order *order)
{
	struct outgoing *out;

	STAILQ_FOREACH(out, &s->outgoing, entry) {
		if (out->superseded || !supersedes(order, &out->order))
			continue;
		out->superseded = true;
		db_order_del(s->function->db, out->n);
	}
}

struct outgoing *outgoing_restore(struct subscriber *s, uint64_t n,
				  const struct pf_order *order)
{
	struct outgoing *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->subscriber = s;
	out->n = n;
	out->order = *order;
	STAILQ_INSERT_TAIL(&s->outgoing, out, entry);
	return out;
}

void outgoing_add(struct subscriber *s, const struct pf_order *order)
{
	uint64_t n = db_next(s->function->db, DB_COUNTER_ORDER);
	struct outgoing *out;

	if (!n)
		return;
	supersede(s, order);
	out = outgoing_restore(s, n, order);
	if (out)
		out->is_new = true;
	db_order_put(s->function->db, s->epuid, n, order);
}

void outgoing_settle(struct subscriber *s, bool ok)
{
	struct outgoing *out, *next;

	for (out = STAILQ_FIRST(&s->outgoing); out; out = next) {
		next = STAILQ_NEXT(out, entry);
		if (ok ? out->superseded : out->is_new)
			outgoing_free(out);
		else
			out->is_new = out->superseded = false;
	}
}
