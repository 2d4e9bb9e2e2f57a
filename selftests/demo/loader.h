/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loader: what those who read the logs of a run share */
#ifndef DEMO_LOADER_H
#define DEMO_LOADER_H

#include "logfile.h"
#include "run.h"

/* What the UEs are called in logs. */
extern const char *const loader_ues[UES];

/* Return: the index of @name among @names, or -1. */
int loader_find(const char *const *names, int count, const char *name);

/* Makes room for one more at the end; the room doubles. */
void *loader_grow(void *list, size_t count, size_t size);

/* Reads "KEY VALUE" lines; each key of @keys must be there. */
void loader_figures(const char *dir, const char *name, const char *const *keys,
		    int64_t *values, int count);

/* The number that @key has in @text, an object in JSON. */
uint64_t loader_number(const struct logfile *lf, const char *text, const char *key);

/* Of a run whose steps are known. */
void flow_load(struct run *run, const char *dir, enum stream stream, enum ue from);
void samples_load(struct run *run, const char *dir);
void radio_load(struct run *run, const char *dir);

#endif
