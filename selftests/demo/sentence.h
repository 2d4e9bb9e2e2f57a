/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sentence: what a line of a program's log says of the story, for people */
#ifndef DEMO_SENTENCE_H
#define DEMO_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

enum sentence_limits { SENTENCE_LEN = 256 };

/**
 * sentence_of() - the step of the story that a line tells of
 * @source: whose line: "helper_a", "function_b", "watch_a" or "world"
 * @line: the line, without its newline
 * @text: the sentence, of SENTENCE_LEN bytes
 *
 * Return: false if the line is no step.
 */
bool sentence_of(const char *source, const char *line, char *text);

#endif
