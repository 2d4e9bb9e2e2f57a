/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch_history: the last minutes of a session, one sample a second
 */
#ifndef _SIDESTEP_WATCH_HISTORY_H
#define _SIDESTEP_WATCH_HISTORY_H

#include <linux/sidestep.h>
#include <stddef.h>
#include <stdint.h>

enum history_limits {
	/* Seconds. */
	HISTORY_SPAN = 300,
	/* That there was no round-trip time. */
	HISTORY_NONE = 0,
};

/**
 * enum history_row - the rows of marks
 * @HISTORY_DECISIONS: where it was decided
 * @HISTORY_SWITCHES: where the state changed
 */
enum history_row {
	HISTORY_DECISIONS,
	HISTORY_SWITCHES,
	HISTORY_ROWS,
};

/**
 * struct history - rings, by second modulo %HISTORY_SPAN; zero is a good beginning
 * @now: the newest second
 * @rtt_us: by path; %HISTORY_NONE if there was none
 * @mark: a letter, or 0
 */
struct history {
	uint64_t now;
	uint32_t rtt_us[SIDESTEP_PATH_MAX + 1][HISTORY_SPAN];
	char mark[HISTORY_ROWS][HISTORY_SPAN];
};

/* history_advance() - @now has come; what lies between has no samples, no marks */
void history_advance(struct history *h, uint64_t now);

/* history_sample() - the newest second's round-trip time; the longest is kept */
void history_sample(struct history *h, enum sidestep_path path, uint32_t rtt_us);

/* history_mark() - mark the newest second; the last mark is kept */
void history_mark(struct history *h, enum history_row row, char mark);

/**
 * history_graph() - a path's longest times, the newest second in the last column
 * @h: the history
 * @path: the path
 * @column: microseconds, or %HISTORY_NONE
 * @n: how many columns the graph has; if the span does not fill them, the first
 *     have none
 *
 * Which seconds share a column does not depend on the newest one, so that the
 * graph moves but does not flicker.
 */
void history_graph(const struct history *h, enum sidestep_path path,
		   uint32_t *column, size_t n);

/* history_marks() - likewise the last mark of each column, or ' ' */
void history_marks(const struct history *h, enum history_row row, char *column,
		   size_t n);

/* history_scale() - the least of 1, 2, 5, 10, 20, ... ms that is not below all of @column */
uint32_t history_scale(const uint32_t *column, size_t n);

/* history_level() - @value as one of 1 to @levels, 0 if there is none */
unsigned int history_level(uint32_t value, uint32_t scale, unsigned int levels);

#endif /* _SIDESTEP_WATCH_HISTORY_H */
