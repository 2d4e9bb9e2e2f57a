/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serve: the daemon's figures for others: the status socket for the command line, and
 * a file in OpenMetrics' text format for node_exporter's textfile collector
 */
#ifndef _SIDESTEP_SERVE_H
#define _SIDESTEP_SERVE_H

#include "../common/genl.h"
#include "../common/status.h"

#include <systemd/sd-event.h>

struct serve;

/* fill in all of @status, with @session by malloc(); false if there is no memory */
typedef bool (*serve_fill)(struct status *status, void *data);

/**
 * serve_open() - listen on the status socket
 * @serve: the result
 * @event: the loop
 * @genl: of the family sidestep, for the kernel's figures; NULL if there is no module
 * @fill: asked for each document
 * @data: for @fill
 *
 * A stale socket is replaced; one on which another daemon listens is not. Mode 0666: what
 * it says is no secret (no keys but the public one).
 *
 * Return: 0 or a negative errno value; failures are logged.
 */
int serve_open(struct serve **serve, sd_event *event, struct genl *genl,
	       serve_fill fill, void *data);

/* serve_metrics() - from now on into this file, "" for none; written and renamed. A file
 * that is no longer written is removed
 */
void serve_metrics(struct serve *serve, const char *path);
void serve_close(struct serve *serve);

#endif /* _SIDESTEP_SERVE_H */
