/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table: rows of prosefd's answers, for people and in JSON
 */
#ifndef _SIDESTEP_TABLE_H
#define _SIDESTEP_TABLE_H

#include "ask.h"

#include <stdio.h>

/* table_print() - a line of titles, and one for each row; of the metrics the lines */
void table_print(FILE *out, const struct answer *answer);

/* table_print_json() - an array of objects; docs: prosefctl(8) */
void table_print_json(FILE *out, const struct answer *answer);

#endif /* _SIDESTEP_TABLE_H */
