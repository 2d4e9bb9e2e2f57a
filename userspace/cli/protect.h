/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protect: selectors in the words of the command line
 */
#ifndef _SIDESTEP_PROTECT_H
#define _SIDESTEP_PROTECT_H

#include "../common/json.h"
#include "../common/selector.h"
#include "request.h"

/**
 * protect_put() - add the selector that follows a word
 * @req: the request
 * @type: the attribute that it becomes
 * @argc: words that are left, with that one
 * @argv: the first of these: "protect" or "important"
 *
 * Return: how many words follow, or -1 after an error message.
 */
int protect_put(struct request *req, uint16_t type, int argc, char **argv);

/* protect_proto() - the name of an IP protocol; NULL if it has none here */
const char *protect_proto(unsigned int proto);

/* protect_print() - the words that make this selector */
void protect_print(FILE *out, const struct selector *selector);

/* protect_print_json() - an object without a key */
void protect_print_json(struct json *json, const struct selector *selector);

#endif /* _SIDESTEP_PROTECT_H */
