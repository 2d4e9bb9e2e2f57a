// SPDX-License-Identifier: GPL-2.0-or-later
#include "pf_msg.h"

const char *pf_session_state_name(unsigned int state)
{
	static const char *const names[PF_SESSION_STATES] = {
		"unknown", "asked", "relayed", "direct", "failed", "ended",
	};

	return state < PF_SESSION_STATES ? names[state] : names[0];
}

const char *pf_decision_name(unsigned int decision)
{
	static const char *const names[] = { "none", "release", "prepare", "execute" };

	return decision <= PF_DECISION_EXECUTE ? names[decision] : "unknown";
}
