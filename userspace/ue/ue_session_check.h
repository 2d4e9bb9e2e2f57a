/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ue_session_check: how a session gets from the relay to a way of its own: candidates and
 * connectivity checks
 */
#ifndef _SIDESTEP_UE_SESSION_CHECK_H
#define _SIDESTEP_UE_SESSION_CHECK_H

#include "ue_session.h"

/* ue_session_check_punch() - send the relay what tells it where this end is */
void ue_session_check_punch(struct ue_session *s);

/* ue_session_check_begin() - the tunnel works by the relay: find candidates */
void ue_session_check_begin(struct ue_session *s);

/* ue_session_check_candidates() - the peer's have come: checked as soon as the tunnel
 * works
 */
void ue_session_check_candidates(struct ue_session *s,
				 const struct pf_candidates *candidates);

/* ue_session_check_linked() - the function was found again: tell it the candidates */
void ue_session_check_linked(struct ue_session *s);

/* ue_session_check_moved() - the modem's address is another one */
void ue_session_check_moved(struct ue_session *s);
void ue_session_check_end(struct ue_session *s);

#endif /* _SIDESTEP_UE_SESSION_CHECK_H */
