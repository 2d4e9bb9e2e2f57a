/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logfile: reads the demo's logs line by line; ends the program on a bad one */
#ifndef DEMO_LOGFILE_H
#define DEMO_LOGFILE_H

#include <stdbool.h>
#include <stdio.h>

struct logfile {
	char path[512];
	FILE *file;
	char *line;
	size_t size;
	unsigned long number;
};

/* The exit code when a log is missing, truncated or not understood. */
enum { LOGFILE_EXIT = 2 };

void logfile_open(struct logfile *lf, const char *dir, const char *name);

/**
 * logfile_next() - read the next line into @lf->line, without its newline
 * @lf: the log
 *
 * A last line without newline is a truncated log, and ends the program.
 *
 * Return: false at the end.
 */
bool logfile_next(struct logfile *lf);

/* Says "PATH:LINE: MESSAGE" and ends the program. */
void logfile_die(const struct logfile *lf, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

void logfile_close(struct logfile *lf);

/**
 * logfile_slurp() - read a whole file
 * @lf: for messages; it is closed again
 * @dir: directory
 * @name: file name
 *
 * Return: the text, NUL-terminated, to be freed by the caller.
 */
char *logfile_slurp(struct logfile *lf, const char *dir, const char *name);

#endif
