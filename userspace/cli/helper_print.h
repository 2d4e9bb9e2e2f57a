/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * helper_print: what sidestepd says of a session, for people, and in JSON
 */
#ifndef _SIDESTEP_HELPER_PRINT_H
#define _SIDESTEP_HELPER_PRINT_H

#include "../common/json.h"
#include "../common/session.h"
#include "../common/status.h"
#include "page.h"

/**
 * helper_print() - some lines
 * @page: where to
 * @helper: what the helper says
 * @s: what the kernel says
 */
void helper_print(const struct page *page, const struct status_session *helper,
		  const struct session *s);

/**
 * helper_print_json() - the member "helper"
 * @json: within the session's object
 * @helper: NULL if there is none, or it has no such session
 */
void helper_print_json(struct json *json, const struct status_session *helper);

#endif /* _SIDESTEP_HELPER_PRINT_H */
