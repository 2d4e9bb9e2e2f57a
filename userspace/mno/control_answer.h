/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control_answer: what is said to a request, in one piece. Without sockets
 */
#ifndef _SIDESTEP_CONTROL_ANSWER_H
#define _SIDESTEP_CONTROL_ANSWER_H

#include "control.h"

#include <sys/types.h>

/**
 * control_answer_make() - do what is asked, and write the answer
 * @ops: who does it
 * @data: for @ops
 * @request: what came
 * @len: its length
 * @uid: who asks, for the log
 * @answer_len: length of the result
 *
 * What is malformed is answered, too.
 *
 * Return: the answer (malloc()), or NULL without memory.
 */
uint8_t *control_answer_make(const struct control_ops *ops, void *data,
			     const uint8_t *request, size_t len, uid_t uid,
			     size_t *answer_len);

#endif /* _SIDESTEP_CONTROL_ANSWER_H */
