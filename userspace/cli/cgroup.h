/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup: ids and paths of control groups, version 2
 */
#ifndef _SIDESTEP_CGROUP_H
#define _SIDESTEP_CGROUP_H

#include <limits.h>
#include <stdint.h>

/**
 * cgroup_id() - find a cgroup's id
 * @path: its directory, or one below /sys/fs/cgroup
 * @id: the result
 *
 * Return: NULL, or what is wrong.
 */
const char *cgroup_id(const char *path, uint64_t *id);

/**
 * cgroup_path() - find a cgroup's directory
 * @id: its id
 * @path: the result, at least PATH_MAX bytes
 *
 * Return: @path, or NULL if there is none or the caller may not know.
 */
const char *cgroup_path(uint64_t id, char path[PATH_MAX]);

#endif /* _SIDESTEP_CGROUP_H */
