/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch: events as lines, or on a screen
 */
#ifndef _SIDESTEP_WATCH_H
#define _SIDESTEP_WATCH_H

#include "cli.h"

/* watch_lines() - print a line for each event until @end_fd becomes readable */
int watch_lines(struct cli *cli, struct genl *genl, int end_fd);

/* watch_screen_fits() - are there a keyboard and a screen with a cursor? */
bool watch_screen_fits(void);

/**
 * watch_screen() - show the sessions until 'q' is typed or @end_fd becomes readable
 * @cli: which of them
 * @genl: where the events come; has joined
 * @end_fd: the other way to end it
 *
 * Return: the exit status.
 */
int watch_screen(struct cli *cli, struct genl *genl, int end_fd);

#endif /* _SIDESTEP_WATCH_H */
