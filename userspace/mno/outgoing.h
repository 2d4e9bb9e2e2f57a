/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outgoing: orders that UEs have not answered yet
 */
#ifndef _SIDESTEP_OUTGOING_H
#define _SIDESTEP_OUTGOING_H

#include "../common/pf_msg.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct function;
struct subscriber;

enum outgoing_limits {
	/* A UE that is away for so long is not told any more. */
	OUTGOING_LIFE_S = 24 * 3600,
};

/**
 * struct outgoing - an order that the UE has not answered
 * @at: when it was given, CLOCK_REALTIME, seconds
 * @sent: it is on its way
 * @is_new, @superseded: since db_begin(): see outgoing_settle()
 */
struct outgoing {
	STAILQ_ENTRY(outgoing) entry;
	struct subscriber *subscriber;
	uint64_t n;
	int64_t at;
	struct pf_order order;
	bool sent, is_new, superseded;
};

/**
 * outgoing_add() - an order, from outgoing_settle() on until it is answered
 * @s: the UE
 * @order: copied, numbered, and written into the database, between db_begin() and
 *	   db_commit()
 *
 * Those of the same session that it supersedes go; candidates come after what connects.
 */
void outgoing_add(struct subscriber *s, const struct pf_order *order);

/* outgoing_find() - the one of that kind, of that session; or NULL */
struct outgoing *outgoing_find(struct subscriber *s, const char *session,
			       enum pf_order_kind kind);

/* outgoing_waits() - it is of no use before another one is answered */
bool outgoing_waits(struct outgoing *out);

/* outgoing_settle() - after db_commit(). @ok: what was added is there; otherwise it never
 * was, and its numbers are free
 */
void outgoing_settle(struct subscriber *s, bool ok);

/* outgoing_restore() - one that is in the database. NULL: no memory */
struct outgoing *outgoing_restore(struct subscriber *s, uint64_t n, int64_t at,
				  const struct pf_order *order);

/* outgoing_answered() - the UE has it; it goes */
void outgoing_answered(struct outgoing *out);

/* outgoing_expire() - those that are too old go, of UEs that are not registered */
void outgoing_expire(struct function *f);

#endif /* _SIDESTEP_OUTGOING_H */
