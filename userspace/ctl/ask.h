/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask: ask prosefd, and take its answer
 */
#ifndef _SIDESTEP_ASK_H
#define _SIDESTEP_ASK_H

#include "ctl.h"

#include <stddef.h>
#include <stdint.h>

/**
 * struct answer - what it has said
 * @command: what was asked for
 * @n: rows
 * @row: they
 * @end: how it went
 */
struct answer {
	enum control_command command;
	size_t n;
	union control_row *row;
	struct control_end end;
};

/**
 * answer_decode() - read one answer. Pure
 * @answer: the result, all zero but @command before; answer_free() also on error
 * @buf: all that came
 * @len: its length
 *
 * Return: 0, -EBADMSG: malformed, or cut off, or -ENOMEM.
 */
int answer_decode(struct answer *answer, const uint8_t *buf, size_t len);
void answer_free(struct answer *answer);

/**
 * ask() - send a request, wait for the answer
 * @ctl: for the error message
 * @request: what is wanted
 * @answer: the result; answer_free() also on error
 *
 * Return: true, or false after an error message: nobody answers, or it was refused.
 */
bool ask(const struct ctl *ctl, const struct control_request *request,
	 struct answer *answer);

#endif /* _SIDESTEP_ASK_H */
