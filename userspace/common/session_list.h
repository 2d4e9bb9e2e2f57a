/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session_list: read one session, or all of this network namespace
 */
#ifndef _SIDESTEP_SESSION_LIST_H
#define _SIDESTEP_SESSION_LIST_H

#include "ack.h"
#include "genl.h"
#include "session.h"

struct session_list {
	struct session *session;
	size_t n;
};

/**
 * session_list_get() - ask the kernel
 * @list: the result, to be freed with session_list_free(), also on error
 * @genl: socket of the family
 * @ifname: the session, or NULL for all
 * @ack: the kernel's last word
 *
 * Return: 0 or a negative errno value.
 */
int session_list_get(struct session_list *list, struct genl *genl,
		     const char *ifname, struct ack *ack);

void session_list_free(struct session_list *list);

#endif /* _SIDESTEP_SESSION_LIST_H */
