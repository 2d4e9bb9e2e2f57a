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

/* assist_store() - as it is now */
void assist_store(const struct assist *a);

/* assist_new() - in the list. NULL: no memory */
struct assist *assist_new(struct function *f, const char *id, const struct pf_assist *doc);
void assist_free(struct assist *a);

/* assist_ask() - the other function, for the first time or again */
void assist_ask(struct assist *a);

/* assist_connect() - order that side's UE to connect, with a decision for its kernel */
void assist_connect(struct assist *a, enum relay_side side, enum pf_decision decision);

/* assist_commit() - what was begun with db_begin(); then the UEs are told */
void assist_commit(struct assist *a);

/* assist_pass() - a side's candidates to the other UE */
void assist_pass(struct assist *a, enum relay_side side);

/* assist_settle() - a side has said its state: what is that of both? */
void assist_settle(struct assist *a);

/* assist_alert() - the other function is told; nothing if there is none */
void assist_alert(struct assist *a, enum pf_decision decision);

/* assist_check_wants() - who owns it ends it when nobody wants it */
void assist_check_wants(struct assist *a);

/* assist_drop() - this function's part alone: UEs are released, the record goes */
void assist_drop(struct assist *a, const char *cause);

/* assist_log() - into the log and the audit */
void assist_log(const struct assist *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* _SIDESTEP_ASSIST_PRIV_H */
