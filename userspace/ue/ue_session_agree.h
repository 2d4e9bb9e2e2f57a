/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ue_session_agree: what a session agrees upon with the function, and reports to it
 */
#ifndef _SIDESTEP_UE_SESSION_AGREE_H
#define _SIDESTEP_UE_SESSION_AGREE_H

#include "mno.h"
#include "ue_session.h"

/* ue_session_agree() - send what is to be agreed upon, if anything is */
void ue_session_agree(struct ue_session *s);

/* ue_session_agree_offered() - the function offers. Return: enum coaps_code; @why: a
 * static text
 */
unsigned int ue_session_agree_offered(struct ue_session *s,
				      const struct pf_agreement *doc, const char **why);

/* ue_session_agree_end() - withdraw it */
void ue_session_agree_end(struct ue_session *s);

/* ue_session_report() - report what has changed, if it is time */
void ue_session_report(struct ue_session *s);

/* ue_session_signal() - of the direct link, not filtered; INT32_MIN if not known */
int32_t ue_session_signal(const struct ue_session *s);

#endif /* _SIDESTEP_UE_SESSION_AGREE_H */
