/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * secret: a file that nobody else may read
 *
 * Failures are logged with the file's name and the way out.
 */
#ifndef _SIDESTEP_SECRET_H
#define _SIDESTEP_SECRET_H

#include <stdint.h>
#include <sys/types.h>

enum secret_limits {
	/* A longer file is none of ours. */
	SECRET_MAX_SIZE = 4096,
};

/**
 * struct secret - names one
 * @dir: the directory
 * @name: of the file in it
 * @session: for the log; or NULL
 */
struct secret {
	const char *dir;
	const char *name;
	const char *session;
};

/**
 * secret_read() - all that is in it
 * @secret: which one
 * @buf: the result
 *
 * A file that others may read or write is refused.
 *
 * Return: the length; -ENOENT if there is none, which is not logged; or another
 * negative errno value.
 */
ssize_t secret_read(const struct secret *secret, uint8_t buf[SECRET_MAX_SIZE]);

/**
 * secret_replace() - write it, mode 0600
 * @secret: which one
 * @buf: its content
 * @len: the length
 *
 * What was there stays until the new content is on the disk. What root writes belongs to
 * the owner of the directory.
 *
 * Return: 0 or a negative errno value.
 */
int secret_replace(const struct secret *secret, const uint8_t *buf, size_t len);

/* secret_create() - likewise; -EEXIST if there is one, which is not logged */
int secret_create(const struct secret *secret, const uint8_t *buf, size_t len);

void secret_remove(const struct secret *secret);

#endif /* _SIDESTEP_SECRET_H */
