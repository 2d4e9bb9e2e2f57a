// SPDX-License-Identifier: GPL-2.0-or-later
#include "outgoing.h"
#include "../common/log.h"
#include "function.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	/* Of orders that go, about so many are one transaction. */
	EXPIRE_AT_ONCE = 1000,
};

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

struct outgoing *outgoing_restore(struct subscriber *s, uint64_t n, int64_t at,
				  const struct pf_order *order)
{
	struct outgoing *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->subscriber = s;
	out->n = n;
	out->at = at;
	out->order = *order;
	STAILQ_INSERT_TAIL(&s->outgoing, out, entry);
	return out;
}

struct outgoing *outgoing_find(struct subscriber *s, const char *session,
			       enum pf_order_kind kind)
{
	struct outgoing *out;

	STAILQ_FOREACH(out, &s->outgoing, entry)
		if (!out->superseded && out->order.kind == kind &&
		    !strcmp(out->order.session, session))
			return out;
	return NULL;
}

/* A UE that has no such session yet forgets them. */
bool outgoing_waits(struct outgoing *out)
{
	return out->order.kind == PF_ORDER_CANDIDATES &&
	       outgoing_find(out->subscriber, out->order.session, PF_ORDER_CONNECT);
}

static void add(struct subscriber *s, const struct pf_order *order)
{
	uint64_t n = db_next(s->function->db, DB_COUNTER_ORDER);
	int64_t at = time(NULL);
	struct outgoing *out;

	if (!n)
		return;
	supersede(s, order);
	out = outgoing_restore(s, n, at, order);
	if (out)
		out->is_new = true;
	db_order_put(s->function->db, s->epuid, n, at, order);
}

void outgoing_add(struct subscriber *s, const struct pf_order *order)
{
	struct outgoing *behind = order->kind == PF_ORDER_CONNECT ?
				  outgoing_find(s, order->session, PF_ORDER_CANDIDATES) : NULL;

	add(s, order);
	/* By its number, too: the UE takes none that is below the last. */
	if (behind)
		add(s, &behind->order);
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

/* --- orders that nobody answers ------------------------------------------- */

static bool is_expired(const struct outgoing *out, int64_t now)
{
	return !out->subscriber->registered && now - out->at >= OUTGOING_LIFE_S;
}

static bool has_expired(const struct subscriber *s, int64_t now)
{
	const struct outgoing *out;

	STAILQ_FOREACH(out, &s->outgoing, entry)
		if (is_expired(out, now))
			return true;
	return false;
}

static void note_expired(const struct outgoing *out)
{
	char what[PF_SESSION_SIZE + 96];

	snprintf(what, sizeof(what), "order %" PRIu64 " about %s is dropped: no answer for %d h",
		 out->n, out->order.session, OUTGOING_LIFE_S / 3600);
	db_audit(out->subscriber->function->db, out->subscriber->epuid, what);
}

/* Return: how many. */
static unsigned int expire(struct subscriber *s, int64_t now)
{
	struct outgoing *out;
	unsigned int n = 0;

	STAILQ_FOREACH(out, &s->outgoing, entry) {
		if (!is_expired(out, now))
			continue;
		out->superseded = true;
		db_order_del(s->function->db, out->n);
		note_expired(out);
		n++;
	}
	return n;
}

/* What cannot be stored is tried again with the next second. */
void outgoing_expire(struct function *f)
{
	struct subscriber *first, *s;
	int64_t now = time(NULL);
	unsigned int n = 0;
	int err;

	LIST_FOREACH(first, &f->subscribers.list, entry)
		if (has_expired(first, now))
			break;
	if (!first)
		return;
	db_begin_lazy(f->db);
	for (s = first; s && n < EXPIRE_AT_ONCE; s = LIST_NEXT(s, entry))
		n += expire(s, now);
	err = db_commit(f->db);
	for (s = first; s; s = LIST_NEXT(s, entry))
		outgoing_settle(s, !err);
	if (!err)
		log_say(LOG_NOTICE, NULL, "%u orders of UEs that do not come back are dropped", n);
}
