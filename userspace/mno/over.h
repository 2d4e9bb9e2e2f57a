/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * over: sessions with other functions that have ended, the last of them. Their ids do not
 * come again (DB_COUNTER_SESSION), so what is still asked about them is late
 */
#ifndef _SIDESTEP_OVER_H
#define _SIDESTEP_OVER_H

#include "../common/pf_msg.h"

#include <stdbool.h>

enum over_limits {
	/* Of those before, the other function hears when it next compares. */
	OVER_MAX = 1024,
};

/* struct over_session - @pfid: the function that has to be told yet; "": none */
struct over_session {
	char id[PF_SESSION_SIZE];
	char pfid[PF_ID_SIZE];
};

/* struct over - @next: the place of the next one, and the oldest's */
struct over {
	struct over_session session[OVER_MAX];
	unsigned int next;
};

/* over_add() - @pfid is to be told; "": nobody */
void over_add(struct over *over, const char *id, const char *pfid);

/* over_has() - is it over? */
bool over_has(const struct over *over, const char *id);

/* over_told() - the other function knows; nothing if it is not remembered */
void over_told(struct over *over, const char *id);

/* over_next() - that @pfid has to be told of. @last: the one before; NULL: the first one.
 * Return: NULL: no more
 */
const struct over_session *over_next(const struct over *over, const char *pfid,
				     const struct over_session *last);

#endif /* _SIDESTEP_OVER_H */
