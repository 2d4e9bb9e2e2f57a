// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "logfile.h"

void logfile_open(struct logfile *lf, const char *dir, const char *name)
{
	memset(lf, 0, sizeof(*lf));
	snprintf(lf->path, sizeof(lf->path), "%s/%s", dir, name);
	lf->file = fopen(lf->path, "r");
	if (!lf->file)
		err(LOGFILE_EXIT, "%s", lf->path);
}

void logfile_die(const struct logfile *lf, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%lu: ", lf->path, lf->number);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(LOGFILE_EXIT);
}

bool logfile_next(struct logfile *lf)
{
	ssize_t len = getline(&lf->line, &lf->size, lf->file);

	if (len < 0) {
		if (ferror(lf->file))
			err(LOGFILE_EXIT, "%s", lf->path);
		return false;
	}
	lf->number++;
	if (lf->line[len - 1] != '\n')
		logfile_die(lf, "truncated: the last line has no end");
	lf->line[len - 1] = '\0';
	return true;
}

void logfile_close(struct logfile *lf)
{
	fclose(lf->file);
	free(lf->line);
}

char *logfile_slurp(struct logfile *lf, const char *dir, const char *name)
{
	char *text = NULL;
	size_t size = 0;

	logfile_open(lf, dir, name);
	if (getdelim(&text, &size, '\0', lf->file) < 0)
		logfile_die(lf, "empty");
	fclose(lf->file);
	return text;
}
