// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch_model.h"

#include "../common/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct watched *find(struct watch_model *model, uint32_t ifindex)
{
	for (size_t i = 0; i < model->n; i++)
		if (model->watched[i].s.ifindex == ifindex)
			return &model->watched[i];
	return NULL;
}

static struct watched *add(struct watch_model *model, const struct session *s)
{
	struct watched *watched;

	watched = reallocarray(model->watched, model->n + 1, sizeof(*watched));
	if (!watched)
		return NULL;
	model->watched = watched;
	watched += model->n++;
	memset(watched, 0, sizeof(*watched));
	watched->s = *s;
	return watched;
}

/* 'P', 'E', 'R': as the decision's name begins; 'd', 'b', 'i': as the state's. */
static void mark(struct watched *watched, const struct session *s)
{
	const struct session *old = &watched->s;

	if (s->decision != old->decision || s->order_id != old->order_id ||
	    strcmp(s->reason, old->reason))
		history_mark(&watched->history, HISTORY_DECISIONS,
			     decision_name(s->decision)[0] - 'a' + 'A');
	if (s->state != old->state)
		history_mark(&watched->history, HISTORY_SWITCHES,
			     state_name(s->state)[0]);
}

/* The last round-trip time stays known while a path is silent. */
static void sample(struct watched *watched, const struct session *s)
{
	for (int i = 0; i <= SIDESTEP_PATH_MAX; i++)
		if (s->path[i].ready &&
		    session_path_has(&s->path[i], SIDESTEP_PATH_A_RTT))
			history_sample(&watched->history, i, s->path[i].rtt_us);
}

static void sweep(struct watch_model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->n; i++) {
		if (model->watched[i].present)
			model->watched[kept++] = model->watched[i];
		else
			watch_log_add(&model->log, "%s: gone",
				      model->watched[i].s.ifname);
	}
	model->n = kept;
}

int watch_model_poll(struct watch_model *model, const struct session *session,
		     size_t n, uint64_t now)
{
	for (size_t i = 0; i < model->n; i++)
		model->watched[i].present = false;
	for (size_t i = 0; i < n; i++) {
		const struct session *s = &session[i];
		struct watched *watched = find(model, s->ifindex);

		if (!watched)
			watched = add(model, s);
		if (!watched)
			return -ENOMEM;
		history_advance(&watched->history, now);
		mark(watched, s);
		sample(watched, s);
		watched->s = *s;
		watched->present = true;
	}
	sweep(model);
	return 0;
}

static void log_event(struct watch_log *log, const struct session *s)
{
	switch (s->event) {
	case SIDESTEP_EVENT_DECISION:
		watch_log_add(log, "%s: %s", s->ifname, s->reason);
		break;
	case SIDESTEP_EVENT_PATH:
		watch_log_add(log, "%s: direct %s, infra %s", s->ifname,
			      s->path[SIDESTEP_PATH_DIRECT].ready ?
				      "ready" : "not ready",
			      s->path[SIDESTEP_PATH_INFRA].ready ?
				      "ready" : "not ready");
		break;
	case SIDESTEP_EVENT_STATE:
		watch_log_add(log, "%s: %s, wanted %s", s->ifname,
			      state_name(s->state), state_name(s->wanted));
		break;
	default:
		watch_log_add(log, "%s: %s", s->ifname, event_name(s->event));
	}
}

void watch_model_event(struct watch_model *model, const struct session *s,
		       uint64_t now)
{
	struct watched *watched = find(model, s->ifindex);

	log_event(&model->log, s);
	if (!watched)
		return;
	history_advance(&watched->history, now);
	mark(watched, s);
	watched->s.state = s->state;
	watched->s.decision = s->decision;
	watched->s.order_id = s->order_id;
	memcpy(watched->s.reason, s->reason, sizeof(s->reason));
}

void watch_model_free(struct watch_model *model)
{
	free(model->watched);
	model->watched = NULL;
	model->n = 0;
}
