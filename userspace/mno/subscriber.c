// SPDX-License-Identifier: GPL-2.0-or-later
#include "../common/clock.h"
#include "function.h"
#include "judge.h"
#include "outgoing.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* --- UEs ------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	const struct subscriber *x = a, *y = b;

	return strcmp(x->epuid, y->epuid);
}

struct subscriber *subscriber_find(struct function *f, const char *epuid)
{
	struct subscriber key = {};
	void *found;

	if (strlen(epuid) >= sizeof(key.epuid))
		return NULL;
	strcpy(key.epuid, epuid);
	found = tfind(&key, &f->subscribers.tree, compare);
	return found ? *(struct subscriber **)found : NULL;
}

struct subscriber *subscriber_get(struct function *f, const char *epuid)
{
	struct subscriber *s = subscriber_find(f, epuid);

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	strcpy(s->epuid, epuid);
	if (!tsearch(s, &f->subscribers.tree, compare)) {
		free(s);
		return NULL;
	}
	s->function = f;
	STAILQ_INIT(&s->outgoing);
	LIST_INSERT_HEAD(&f->subscribers.list, s, entry);
	f->subscribers.n++;
	return s;
}

static void subscriber_free(struct subscriber *s)
{
	struct agreement *agreement;
	struct outgoing *out;

	while ((agreement = LIST_FIRST(&s->agreements)))
		agreement_del(agreement);
	while ((out = STAILQ_FIRST(&s->outgoing))) {
		STAILQ_REMOVE_HEAD(&s->outgoing, entry);
		free(out);
	}
	tdelete(s, &s->function->subscribers.tree, compare);
	LIST_REMOVE(s, entry);
	free(s);
}

void subscribers_free(struct function *f)
{
	struct subscriber *s;

	while ((s = LIST_FIRST(&f->subscribers.list)))
		subscriber_free(s);
}

/* A full bucket at first. */
bool subscriber_may(uint64_t *tokens, uint64_t *filled_ns, unsigned int rate,
		    unsigned int burst)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME), full = burst * 1000ull;
	uint64_t more = *filled_ns ? (now - *filled_ns) / 1000000 * rate / 60 : full;

	/* What comes sooner than a token does not put it off. */
	if (more)
		*filled_ns = now;
	*tokens += more;
	if (*tokens > full)
		*tokens = full;
	if (*tokens < 1000)
		return false;
	*tokens -= 1000;
	return true;
}

/* --- agreements ----------------------------------------------------------- */

struct agreement *agreement_find(struct subscriber *s, uint32_t id)
{
	struct agreement *agreement;

	LIST_FOREACH(agreement, &s->agreements, entry)
		if (agreement->doc.id == id)
			return agreement;
	return NULL;
}

struct agreement *agreement_about(struct subscriber *s, const char *peer)
{
	struct agreement *agreement;

	LIST_FOREACH(agreement, &s->agreements, entry)
		if (!strcmp(agreement->doc.peer, peer))
			return agreement;
	return NULL;
}

struct agreement *agreement_with(struct subscriber *s, const char *peer)
{
	struct agreement *agreement = agreement_about(s, peer);

	return agreement && agreement->confirmed ? agreement : NULL;
}

struct agreement *agreement_add(struct subscriber *s, const struct pf_agreement *doc,
				bool confirmed)
{
	struct agreement *agreement = calloc(1, sizeof(*agreement));

	if (!agreement)
		return NULL;
	agreement->subscriber = s;
	agreement->doc = *doc;
	agreement->confirmed = confirmed;
	LIST_INSERT_HEAD(&s->agreements, agreement, entry);
	return agreement;
}

static void drop_judge(struct agreement *agreement)
{
	judge_free(agreement->judge);
	agreement->judge = NULL;
}

void agreement_renew(struct agreement *agreement, const struct pf_agreement *doc)
{
	agreement->doc = *doc;
	agreement->confirmed = false;
	drop_judge(agreement);
}

void agreement_del(struct agreement *agreement)
{
	drop_judge(agreement);
	LIST_REMOVE(agreement, entry);
	free(agreement);
}

void subscriber_gone(struct subscriber *s)
{
	struct agreement *agreement;

	s->registered = false;
	LIST_FOREACH(agreement, &s->agreements, entry)
		drop_judge(agreement);
}
