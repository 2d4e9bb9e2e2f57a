// SPDX-License-Identifier: GPL-2.0-or-later
#include "over.h"

#include <stdio.h>
#include <string.h>

static struct over_session *find(const struct over *over, const char *id)
{
	for (unsigned int i = 0; i < OVER_MAX; i++)
		if (!strcmp(over->session[i].id, id))
			return (struct over_session *)&over->session[i];
	return NULL;
}

void over_add(struct over *over, const char *id, const char *pfid)
{
	struct over_session *session = find(over, id);

	if (!session) {
		session = &over->session[over->next];
		over->next = (over->next + 1) % OVER_MAX;
	}
	snprintf(session->id, sizeof(session->id), "%s", id);
	snprintf(session->pfid, sizeof(session->pfid), "%s", pfid);
}

bool over_has(const struct over *over, const char *id)
{
	return find(over, id);
}

void over_told(struct over *over, const char *id)
{
	struct over_session *session = find(over, id);

	if (session)
		session->pfid[0] = '\0';
}

const struct over_session *over_next(const struct over *over, const char *pfid,
				     const struct over_session *last)
{
	const struct over_session *session = last ? last + 1 : over->session;

	for (; session < over->session + OVER_MAX; session++)
		if (!strcmp(session->pfid, pfid))
			return session;
	return NULL;
}
