/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * assist_priv: what the files of assist share
 */
#ifndef _SIDESTEP_ASSIST_PRIV_H
#define _SIDESTEP_ASSIST_PRIV_H

#include "assist.h"
#include "function.h"

/* assist_epuid() - of a side */
const char *assist_epuid(const struct assist *a, enum relay_side side);

/* assist_pfid() - of a side's function */
const char *assist_pfid(const struct assist *a, enum relay_side side);

/* assist_ours() - is that UE of this function? */
bool assist_ours(const struct assist *a, enum relay_side side);

/* assist_far() - the side that is of another function; RELAY_SIDES: none */
enum relay_side assist_far(const struct assist *a);

/* assist_id_is_of() - that function has given the session its id */
bool assist_id_is_of(const char *id, const char *pfid);

/* assist_store() - as it is now */
void assist_store(const struct assist *a);

/* assist_new() - in the list. NULL: no memory */
struct assist *assist_new(struct function *f, const char *id, const struct pf_assist *doc);
void assist_free(struct assist *a);

/* assist_ask() - the other function, for the first time or again */
void assist_ask(struct assist *a);

/* assist_tell() - that side's UE, between assist_open() and assist_commit(). Nothing if it is
 * not of this function
 */
void assist_tell(struct assist *a, enum relay_side side, struct pf_order *order);

/* assist_connect() - order that side's UE to connect, with a decision for its kernel */
void assist_connect(struct assist *a, enum relay_side side, enum pf_decision decision);

/* assist_open() - db_begin(), and what a failure goes back to */
void assist_open(struct assist *a);

/* assist_remember() - what a failure goes back to; assist_open() does it */
void assist_remember(struct assist *a);

/* assist_settle() - as assist_commit(), but the UEs are not told yet */
int assist_settle(struct assist *a);

/* assist_send() - a UE is told what is new; nothing if @s is NULL */
void assist_send(struct subscriber *s);

/* assist_commit() - what was begun with assist_open(); then the UEs are told. Return: 0, or
 * -EIO: all is as it was before
 */
int assist_commit(struct assist *a);

/* assist_settle_orders() - of a UE, after a commit. @ok: it is stored */
void assist_settle_orders(struct subscriber *s, bool ok);

/* assist_not_stored() - why a request is refused. Return: 5.00 */
unsigned int assist_not_stored(struct pf_problem *problem);

/* assist_pass() - what a side has named to the other UE, unless it has been told that */
void assist_pass(struct assist *a, enum relay_side side, const struct pf_candidates *named);

/* assist_pass_untold() - what could not be passed on before */
void assist_pass_untold(struct assist *a);

/* assist_order_candidates() - a side's UE is told once more what the other one has named, as
 * by assist_tell()
 */
void assist_order_candidates(struct assist *a, enum relay_side side);

/* assist_map() - a side's port, if the NAT before it is controlled. @told: what the UE has
 * named; the other UE is told what the port leads to, too
 */
void assist_map(struct assist *a, enum relay_side side, struct pf_candidates *told);

/* assist_unmap() - nothing if there is none */
void assist_unmap(struct assist *a, enum relay_side side);

/* assist_keep_maps() - once a second: those of UEs that have gone go */
void assist_keep_maps(struct assist *a, uint64_t now_ns);

/* assist_said() - a side has said its state. Return: 0, or -EIO: it could not be stored */
int assist_said(struct assist *a, enum relay_side side, enum pf_session_state state);

/* assist_alert() - the other function is told; nothing if there is none */
void assist_alert(struct assist *a, enum pf_decision decision);

/**
 * assist_wants() - a side's UE does without it, or not
 * @a: ended, if nobody wants it and this function owns it
 * @side: whose
 * @wants: what it wants now
 * @decision: what the other function is told; PF_DECISION_NONE: it has said so itself
 *
 * Return: 0, or -EIO: it could not be stored, and is as it was.
 */
int assist_wants(struct assist *a, enum relay_side side, bool wants,
		 enum pf_decision decision);

/* assist_drop() - this function's part alone: UEs are released, the record goes. Return: 0,
 * or -EIO: it could not be stored, and goes on
 */
int assist_drop(struct assist *a, const char *cause);

/* assist_log() - into the audit, and the log when it is committed */
void assist_log(struct assist *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* _SIDESTEP_ASSIST_PRIV_H */
