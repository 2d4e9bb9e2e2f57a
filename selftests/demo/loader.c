// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"

const char *const loader_ues[UES] = { [UE_A] = "a", [UE_B] = "b" };

int loader_find(const char *const *names, int count, const char *name)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

void *loader_grow(void *list, size_t count, size_t size)
{
	if (count & (count - 1))
		return list;
	list = realloc(list, (count ? 2 * count : 1) * size);
	if (!list)
		err(LOGFILE_EXIT, "realloc");
	return list;
}

void loader_figures(const char *dir, const char *name, const char *const *keys,
		    int64_t *values, int count)
{
	struct logfile lf;
	unsigned int seen = 0;
	char key[32];
	int64_t value;
	int i;

	logfile_open(&lf, dir, name);
	while (logfile_next(&lf)) {
		if (sscanf(lf.line, "%31s %" SCNd64, key, &value) != 2)
			logfile_die(&lf, "not KEY VALUE: %s", lf.line);
		i = loader_find(keys, count, key);
		if (i < 0)
			logfile_die(&lf, "unknown key %s", key);
		values[i] = value;
		seen |= 1u << i;
	}
	for (i = 0; i < count; i++)
		if (!(seen & 1u << i))
			logfile_die(&lf, "no %s", keys[i]);
	logfile_close(&lf);
}

uint64_t loader_number(const struct logfile *lf, const char *text, const char *key)
{
	char quoted[40];
	const char *found;
	char *end;
	uint64_t value;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	found = strstr(text, quoted);
	if (!found)
		logfile_die(lf, "no key \"%s\"", key);
	found += strlen(quoted);
	value = strtoull(found, &end, 10);
	if (end == found)
		logfile_die(lf, "\"%s\" is not a number", key);
	return value;
}
