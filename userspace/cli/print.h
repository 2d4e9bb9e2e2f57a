/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print: a session for people, and in JSON
 */
#ifndef _SIDESTEP_PRINT_H
#define _SIDESTEP_PRINT_H

#include "../common/json.h"
#include "../common/session.h"
#include "../common/status.h"

#include <arpa/inet.h>

/**
 * enum path_health - may the path be used, and if not, why
 * @PATH_READY: the peer answered lately
 * @PATH_MISSING: there is no such device
 * @PATH_DOWN: the device is down
 * @PATH_UNHEARD: the peer never answered
 * @PATH_SILENT: the peer answered once, but not lately
 */
enum path_health {
	PATH_READY,
	PATH_MISSING,
	PATH_DOWN,
	PATH_UNHEARD,
	PATH_SILENT,
};

enum path_health path_health(const struct session_path *path);

enum print_sizes {
	/* An address, '/' and the bits of a prefix. */
	PRINT_PEER_SIZE = INET6_ADDRSTRLEN + 4,
};

/* print_peer() - the text of an address or prefix, in @text, which is returned */
const char *print_peer(const struct session_peer *peer,
		       char text[PRINT_PEER_SIZE]);

/* print_name() - the name of a device; control characters become '?' */
void print_name(FILE *out, const char *name);

/* print_health() - "ready", or "not ready, " and why */
void print_health(FILE *out, const struct session_path *path);

/**
 * print_session() - a session for people
 * @out: where to
 * @s: what the kernel says; without @ifindex if it does not have the session
 * @helper: what sidestepd says, or NULL
 * @colour: for a terminal
 */
void print_session(FILE *out, const struct session *s,
		   const struct status_session *helper, bool colour);

/**
 * print_session_json() - the members of a session's object
 * @json: within the object
 * @s: the session
 */
void print_session_json(struct json *json, const struct session *s);

#endif /* _SIDESTEP_PRINT_H */
