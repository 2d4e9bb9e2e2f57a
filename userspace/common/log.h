/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log: what the daemon tells people
 */
#ifndef _SIDESTEP_LOG_H
#define _SIDESTEP_LOG_H

#include <syslog.h>

/**
 * log_say() - to the journal if there is one, otherwise to stderr
 * @priority: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO or LOG_DEBUG
 * @session: the session device that it is about (journal field SIDESTEP_SESSION),
 *	     or NULL
 * @format: one line, without a newline. Control characters are shown as "?"
 *
 * LOG_DEBUG is for what a stranger can cause.
 */
void log_say(int priority, const char *session, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* log_decision() - likewise, with the field SIDESTEP_DECISION. The kernel's reason begins
 * with the decision and is the text; without one it is the decision
 */
void log_decision(const char *session, const char *decision, const char *reason);

#endif /* _SIDESTEP_LOG_H */
