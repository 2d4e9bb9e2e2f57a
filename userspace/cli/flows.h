/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flows: the flows of a session, for people and in JSON
 */
#ifndef _SIDESTEP_FLOWS_H
#define _SIDESTEP_FLOWS_H

#include "../common/flow.h"

#include <stdio.h>

/* flows_print() - a table, the last used first; sorts the array */
void flows_print(FILE *out, struct flow *flows, size_t n);

/* flows_print_json() - an array of objects */
void flows_print_json(FILE *out, const struct flow *flows, size_t n);

#endif /* _SIDESTEP_FLOWS_H */
