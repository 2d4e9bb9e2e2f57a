/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nearest: which known word was meant?
 */
#ifndef _SIDESTEP_NEAREST_H
#define _SIDESTEP_NEAREST_H

#include <stddef.h>

/**
 * nearest_distance() - how far is a word from what was meant?
 * @word: the word
 * @known: what could be meant
 *
 * Letters that are missing, added, another or swapped count one each; upper or lower
 * case does not count.
 *
 * Return: the distance, SIZE_MAX if that is too far for a slip of the keys.
 */
size_t nearest_distance(const char *word, const char *known);

#endif /* _SIDESTEP_NEAREST_H */
