// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is remembered of a session: written, then told; or taken back.
 */
#include "../common/log.h"
#include "assist_priv.h"
#include "outgoing.h"
#include "refuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- the record ----------------------------------------------------------- */

void assist_log(struct assist *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(a->said, sizeof(a->said), format, args);
	va_end(args);
	db_audit(a->function->db, a->id, a->said);
}

/* Now that it is so. */
static void say(const struct assist *a)
{
	log_say(LOG_INFO, NULL, "session %s of %s and %s: %s", a->id, a->doc.requesting,
		a->doc.targeted, a->said);
}

void assist_store(const struct assist *a)
{
	struct db_session row = {
		.doc = a->doc, .has_relay = a->relay, .state = a->state, .by = a->by,
		.wants = { a->wants[RELAY_A], a->wants[RELAY_B] },
		.began = a->began, .ends = a->ends,
	};

	strcpy(row.id, a->id);
	memcpy(row.targeted_key, a->targeted_key, sizeof(row.targeted_key));
	if (a->relay)
		relay_state(a->relay, &row.relay);
	db_session_put(a->function->db, &row);
}

/* --- UEs are told --------------------------------------------------------- */

void assist_send(struct subscriber *s)
{
	if (s)
		function_tell(s);
}

/* What the UE has last been ordered is known by its number. */
static void note_order(struct subscriber *s, const struct outgoing *out)
{
	struct assist *a = assist_find(s->function, out->order.session);
	enum relay_side side = a ? assist_side(a, s->epuid) : RELAY_SIDES;

	if (side != RELAY_SIDES)
		a->order[side] = out->n;
}

void assist_settle_orders(struct subscriber *s, bool ok)
{
	struct outgoing *out;

	STAILQ_FOREACH(out, &s->outgoing, entry)
		if (ok && out->is_new)
			note_order(s, out);
	outgoing_settle(s, ok);
}

void assist_remember(struct assist *a)
{
	struct assist_memo *before = &a->before;

	a->said[0] = '\0';
	before->decision = a->doc.decision;
	before->state = a->state;
	memcpy(before->side_state, a->side_state, sizeof(before->side_state));
	memcpy(before->wants, a->wants, sizeof(before->wants));
}

/* UEs are told when it is on the disk, but the other function is told at once. */
void assist_open(struct assist *a)
{
	assist_remember(a);
	if (assist_far(a) == RELAY_SIDES)
		db_begin_lazy(a->function->db);
	else
		db_begin(a->function->db);
}

static void go_back(struct assist *a)
{
	const struct assist_memo *before = &a->before;

	a->doc.decision = before->decision;
	a->state = before->state;
	memcpy(a->side_state, before->side_state, sizeof(a->side_state));
	memcpy(a->wants, before->wants, sizeof(a->wants));
}

int assist_settle(struct assist *a)
{
	int err = db_commit(a->function->db);
	enum relay_side side;

	if (err)
		go_back(a);
	else if (*a->said)
		say(a);
	for (side = 0; side < RELAY_SIDES; side++)
		if (a->link[side].subscriber)
			assist_settle_orders(a->link[side].subscriber, !err);
	return err;
}

int assist_commit(struct assist *a)
{
	int err = assist_settle(a);
	enum relay_side side;

	for (side = 0; !err && side < RELAY_SIDES; side++)
		assist_send(a->link[side].subscriber);
	return err;
}

unsigned int assist_not_stored(struct pf_problem *problem)
{
	return refuse_say(problem, COAPS_INTERNAL_ERROR, "not stored",
			  "the database cannot be written");
}

