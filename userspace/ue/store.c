// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include "../common/log.h"
#include "secret.h"
#include "store_format.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

_Static_assert((int)STORE_MAX_SIZE <= (int)SECRET_MAX_SIZE, "a file can be read");

static struct secret file_of(char name[NAME_MAX + 1], const char *dir,
			     const char *session)
{
	snprintf(name, NAME_MAX + 1, "%s.session", session);
	return (struct secret){ .dir = dir, .name = name, .session = session };
}

int store_read(struct stored *stored, const char *dir, const char *session)
{
	char name[NAME_MAX + 1];
	struct secret secret = file_of(name, dir, session);
	uint8_t buf[SECRET_MAX_SIZE];
	const char *why;
	ssize_t len;
	int err;

	memset(stored, 0, sizeof(*stored));
	len = secret_read(&secret, buf);
	if (len < 0)
		return (int)len;
	err = store_decode(stored, buf, len, &why);
	explicit_bzero(buf, len);
	if (err)
		log_say(LOG_ERR, session,
			"%s/%s: %s; remove it, and the session is agreed on anew when the peer is met",
			dir, name, why);
	return err;
}

int store_write(const struct stored *stored, const char *dir, const char *session)
{
	char name[NAME_MAX + 1];
	struct secret secret = file_of(name, dir, session);
	uint8_t buf[STORE_MAX_SIZE];
	size_t len = store_encode(stored, buf, sizeof(buf));
	int err;

	if (!len) {
		log_say(LOG_ERR, session, "%s/%s: its content is too long", dir, name);
		return -EMSGSIZE;
	}
	err = secret_replace(&secret, buf, len);
	explicit_bzero(buf, sizeof(buf));
	return err;
}

void store_remove(const char *dir, const char *session)
{
	char name[NAME_MAX + 1];
	struct secret secret = file_of(name, dir, session);

	secret_remove(&secret);
}
