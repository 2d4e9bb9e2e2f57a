/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * budget: what copies may cost, in the words of the command line
 */
#ifndef _SIDESTEP_CLI_BUDGET_H
#define _SIDESTEP_CLI_BUDGET_H

#include "request.h"

/**
 * budget_put() - add the limits that follow the word "budget"
 * @req: the request
 * @argc: words that are left
 * @argv: the first of these
 *
 * Return: how many words they are, or -1 after an error message.
 */
int budget_put(struct request *req, int argc, char **argv);

#endif /* _SIDESTEP_CLI_BUDGET_H */
