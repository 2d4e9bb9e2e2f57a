// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch_history.h"

#include <string.h>

static void forget(struct history *h, size_t slot)
{
	for (size_t i = 0; i <= SIDESTEP_PATH_MAX; i++)
		h->rtt_us[i][slot] = HISTORY_NONE;
	for (size_t i = 0; i < HISTORY_ROWS; i++)
		h->mark[i][slot] = 0;
}

void history_advance(struct history *h, uint64_t now)
{
	if (now > h->now + HISTORY_SPAN)
		h->now = now - HISTORY_SPAN;
	while (h->now < now)
		forget(h, ++h->now % HISTORY_SPAN);
}

void history_sample(struct history *h, enum sidestep_path path, uint32_t rtt_us)
{
	uint32_t *slot = &h->rtt_us[path][h->now % HISTORY_SPAN];

	if (*slot < rtt_us)
		*slot = rtt_us;
}

void history_mark(struct history *h, enum history_row row, char mark)
{
	h->mark[row][h->now % HISTORY_SPAN] = mark;
}

/* Of @n columns, the one that second @at is in; -1 if it is too old. */
static long column_of(const struct history *h, uint64_t at, size_t n)
{
	uint64_t width = (HISTORY_SPAN + n - 1) / n;
	uint64_t age = h->now / width - at / width;

	return age < n ? (long)(n - 1 - age) : -1;
}

/* The oldest second there is. */
static uint64_t oldest(const struct history *h)
{
	return h->now < HISTORY_SPAN ? 0 : h->now - HISTORY_SPAN + 1;
}

void history_graph(const struct history *h, enum sidestep_path path,
		   uint32_t *column, size_t n)
{
	memset(column, 0, n * sizeof(*column));
	for (uint64_t at = oldest(h); n && at <= h->now; at++) {
		uint32_t rtt_us = h->rtt_us[path][at % HISTORY_SPAN];
		long i = column_of(h, at, n);

		if (i >= 0 && column[i] < rtt_us)
			column[i] = rtt_us;
	}
}

void history_marks(const struct history *h, enum history_row row, char *column,
		   size_t n)
{
	memset(column, ' ', n);
	for (uint64_t at = oldest(h); n && at <= h->now; at++) {
		char mark = h->mark[row][at % HISTORY_SPAN];
		long i = column_of(h, at, n);

		if (i >= 0 && mark)
			column[i] = mark;
	}
}

uint32_t history_scale(const uint32_t *column, size_t n)
{
	static const uint32_t steps[] = { 2, 5, 10 };
	uint32_t max = 0;
	uint64_t base = 1000;

	for (size_t i = 0; i < n; i++)
		if (max < column[i])
			max = column[i];
	if (max <= base)
		return base;
	for (;; base *= 10)
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
			if (max <= base * steps[i])
				return base * steps[i] > UINT32_MAX ?
					UINT32_MAX : base * steps[i];
}

unsigned int history_level(uint32_t value, uint32_t scale, unsigned int levels)
{
	uint64_t level = ((uint64_t)value * levels + scale - 1) / scale;

	return level < levels ? level : levels;
}
