/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch_log: the last lines of what happened
 */
#ifndef _SIDESTEP_WATCH_LOG_H
#define _SIDESTEP_WATCH_LOG_H

#include <stddef.h>

enum watch_log_limits {
	WATCH_LOG_LINES = 128,
	WATCH_LOG_SIZE = 256,
};

/* struct watch_log - a ring; zero is a good beginning; @count: lines ever added */
struct watch_log {
	size_t count;
	char line[WATCH_LOG_LINES][WATCH_LOG_SIZE];
};

/* watch_log_add() - add a line, with the local time before it */
void watch_log_add(struct watch_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* watch_log_line() - the line that is @age lines older than the last, or NULL */
const char *watch_log_line(const struct watch_log *log, size_t age);

#endif /* _SIDESTEP_WATCH_LOG_H */
