/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ue_session_mno: a session and the operator's function: what is agreed, reported and
 * ordered. All of it may be called for sessions without a PeerEPUID=: nothing happens
 */
#ifndef _SIDESTEP_UE_SESSION_MNO_H
#define _SIDESTEP_UE_SESSION_MNO_H

#include "../common/coaps.h"
#include "ue_session.h"

/* ue_session_mno_open() - remember what was agreed and ordered; the tunnel is there, if
 * it can be. @adopted: it was there before
 */
void ue_session_mno_open(struct ue_session *s, bool adopted);
void ue_session_mno_close(struct ue_session *s, bool remove);

/* ue_session_mno_linked() - this host is registered (again) */
void ue_session_mno_linked(struct ue_session *s);

/* ue_session_mno_told() - the kernel has said something */
void ue_session_mno_told(struct ue_session *s);

/* ue_session_mno_tick() - once a second */
void ue_session_mno_tick(struct ue_session *s);

/* ue_session_mno_moved() - the modem's addresses or routes are others */
void ue_session_mno_moved(struct ue_session *s);

/* ue_session_mno_is_on() - the function has connected it */
bool ue_session_mno_is_on(const struct ue_session *s);

/* ue_session_mno_is_near() - may the function be needed soon? */
bool ue_session_mno_is_near(const struct ue_session *s);

/* ue_session_mno_owns() - is that order about this session? */
bool ue_session_mno_owns(const struct ue_session *s, const struct pf_order *order);

/**
 * ue_session_mno_order() - carry an order out
 * @s: the session that it is about
 * @number: of the order
 * @order: the order
 * @why: of a refusal, a static text
 *
 * Return: enum coaps_code.
 */
unsigned int ue_session_mno_order(struct ue_session *s, uint64_t number,
				  const struct pf_order *order, const char **why);

/* ue_session_mno_offered() - the function offers another agreement. Return: likewise */
unsigned int ue_session_mno_offered(struct ue_session *s, const struct pf_agreement *doc,
				    const char **why);

/* ue_session_mno_listed() - the function's sessions with this host; all of them */
void ue_session_mno_listed(struct ue_session *s, const struct pf_sessions *sessions);

/* ue_session_mno_name() - the id of the session that the function has ordered, or "" */
const char *ue_session_mno_name(const struct ue_session *s);

/* ue_session_mno_save() - write what must be remembered, as soon as there is time */
void ue_session_mno_save(struct ue_session *s);

/* ue_session_mno_send_state() - tell the function of the session, and of candidates */
void ue_session_mno_send_state(struct ue_session *s,
			       const struct pf_candidates *candidates);

/* ue_session_mno_direct() - a checked way is in use; NULL: not any more */
void ue_session_mno_direct(struct ue_session *s, const struct sockaddr_storage *addr);

void ue_session_mno_status(const struct ue_session *s, struct status_session *status);

#endif /* _SIDESTEP_UE_SESSION_MNO_H */
