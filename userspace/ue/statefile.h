/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statefile: small files that hold secrets and must not be lost
 */
#ifndef _SIDESTEP_STATEFILE_H
#define _SIDESTEP_STATEFILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * statefile_read() - all of a file
 * @dir: its directory
 * @name: its name there
 * @buf: for what is in it
 * @size: how much fits
 *
 * One that others than its owner may read or write, that is none, or that is longer,
 * is logged with its name and the way out, and refused.
 *
 * Return: its length, -ENOENT if there is none (nothing is logged), or another
 * negative errno value.
 */
ssize_t statefile_read(const char *dir, const char *name, uint8_t *buf, size_t size);

/**
 * statefile_write() - replace it, mode 0600, with the owner of its directory
 *
 * The old content stays until the new one is on the disk (write, fsync, rename, fsync
 * of the directory), so a full disk or a power cut loses nothing.
 *
 * Return: 0 or a negative errno value; the first failure of a kind is logged.
 */
int statefile_write(const char *dir, const char *name, const uint8_t *buf, size_t len);

#endif /* _SIDESTEP_STATEFILE_H */
