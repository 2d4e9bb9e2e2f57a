// SPDX-License-Identifier: GPL-2.0-or-later
#include "nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	/* Longer words are near to nothing. */
	MAX_LEN = 31,
};

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: row[i][j] is for the first i and j letters. */
static size_t align(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[MAX_LEN + 1][MAX_LEN + 1];
	size_t i, j;

	for (i = 0; i <= a_len; i++)
		row[i][0] = i;
	for (j = 0; j <= b_len; j++)
		row[0][j] = j;
	for (i = 1; i <= a_len; i++)
		for (j = 1; j <= b_len; j++) {
			row[i][j] = min(row[i - 1][j], row[i][j - 1]) + 1;
			row[i][j] = min(row[i][j], row[i - 1][j - 1] +
					!same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				row[i][j] = min(row[i][j], row[i - 2][j - 2] + 1);
		}
	return row[a_len][b_len];
}

size_t nearest_distance(const char *word, const char *known)
{
	size_t word_len = strlen(word), known_len = strlen(known);
	size_t distance;

	if (word_len > MAX_LEN || known_len > MAX_LEN)
		return SIZE_MAX;
	distance = align(word, word_len, known, known_len);
	return distance <= min((known_len + 2) / 3, 3) && distance < word_len ?
		distance : SIZE_MAX;
}
