/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status_field: the members of the status document and of its sessions
 */
#ifndef _SIDESTEP_STATUS_FIELD_H
#define _SIDESTEP_STATUS_FIELD_H

#include "status.h"

enum status_kind {
	STATUS_TEXT,
	STATUS_BOOL,
	STATUS_S32,
	STATUS_S64,
};

/**
 * struct status_field - a member
 * @name: the key; NULL ends a list
 * @kind: of the value
 * @offset: in the struct
 * @size: of a text, with its NUL
 * @unknown: the number that means that it is not known; it is left out then, as is an
 *	     empty text
 */
struct status_field {
	const char *name;
	enum status_kind kind;
	size_t offset;
	size_t size;
	int64_t unknown;
};

extern const struct status_field status_fields[];
extern const struct status_field status_session_fields[];

/* The key of the array of sessions. */
#define STATUS_SESSIONS "sessions"

/* status_number() - the value of a field that is a number or a truth value */
int64_t status_number(const struct status_field *field, const void *base);
void status_set_number(const struct status_field *field, void *base,
		       int64_t number);

#endif /* _SIDESTEP_STATUS_FIELD_H */
