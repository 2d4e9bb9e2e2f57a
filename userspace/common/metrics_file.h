/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metrics_file: a daemon's metrics in a file that is always whole, for node_exporter's
 * textfile collector
 */
#ifndef _SIDESTEP_METRICS_FILE_H
#define _SIDESTEP_METRICS_FILE_H

#include <stdbool.h>
#include <stdio.h>
#include <systemd/sd-event.h>

enum metrics_file_limits {
	/* It is written that often. */
	METRICS_FILE_S = 15,
};

/* write all of it, "# EOF" and all; false if there is no memory */
typedef bool (*metrics_file_print)(FILE *out, void *data);

/**
 * struct metrics_file - the writer; all zero before it is used
 * @event: the loop
 * @print: what is written
 * @data: for @print
 * @path: of the file; NULL for none
 * @timer: when it is written
 * @failed: it could not be written the last time
 */
struct metrics_file {
	sd_event *event;
	metrics_file_print print;
	void *data;
	char *path;
	sd_event_source *timer;
	bool failed;
};

/**
 * metrics_file_set() - from now on into this file; first at once, from the loop
 * @file: with @event, @print and @data
 * @path: "" for none. Written by way of PATH.tmp, mode 0644
 *
 * A file that is no longer written is removed: figures that stand still mislead.
 * Failures are logged, as MetricsFile=.
 */
void metrics_file_set(struct metrics_file *file, const char *path);

#endif /* _SIDESTEP_METRICS_FILE_H */
