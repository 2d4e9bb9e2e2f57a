/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch_draw: the model of "watch" on a screen of curses
 */
#ifndef _SIDESTEP_WATCH_DRAW_H
#define _SIDESTEP_WATCH_DRAW_H

#include "../common/status.h"
#include "watch_model.h"

/**
 * struct watch_draw - how and what
 * @model: the sessions and the log
 * @status: what sidestepd says; without sessions if nothing
 * @title: what is watched
 * @utf8: the screen has block characters
 */
struct watch_draw {
	const struct watch_model *model;
	const struct status *status;
	const char *title;
	bool utf8;
};

/* watch_draw_init() - learn what the screen can; after curses has begun */
void watch_draw_init(struct watch_draw *draw);

void watch_draw(const struct watch_draw *draw);

#endif /* _SIDESTEP_WATCH_DRAW_H */
