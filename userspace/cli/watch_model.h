/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch_model: what the screen of "watch" shows
 */
#ifndef _SIDESTEP_WATCH_MODEL_H
#define _SIDESTEP_WATCH_MODEL_H

#include "../common/session.h"
#include "watch_history.h"
#include "watch_log.h"

#include <stdbool.h>

struct watched {
	struct session s;
	struct history history;
	bool present;
};

/* struct watch_model - zero is a good beginning; @n: sessions of @watched */
struct watch_model {
	struct watched *watched;
	size_t n;
	struct watch_log log;
};

/**
 * watch_model_poll() - take what the kernel has now
 * @model: the model; sessions that are gone are forgotten
 * @session: all sessions
 * @n: how many
 * @now: second of a clock that does not jump
 *
 * Return: 0 or -ENOMEM.
 */
int watch_model_poll(struct watch_model *model, const struct session *session,
		     size_t n, uint64_t now);

/* watch_model_event() - take a notification */
void watch_model_event(struct watch_model *model, const struct session *s,
		       uint64_t now);

void watch_model_free(struct watch_model *model);

#endif /* _SIDESTEP_WATCH_MODEL_H */
