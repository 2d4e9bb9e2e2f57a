// SPDX-License-Identifier: GPL-2.0-or-later
#include "ue_session_check.h"

void ue_session_check_punch(struct ue_session *s)
{
	(void)s;
}

void ue_session_check_begin(struct ue_session *s)
{
	(void)s;
}

void ue_session_check_candidates(struct ue_session *s,
				 const struct pf_candidates *candidates)
{
	(void)s;
	(void)candidates;
}

void ue_session_check_moved(struct ue_session *s)
{
	(void)s;
}

void ue_session_check_end(struct ue_session *s)
{
	(void)s;
}
