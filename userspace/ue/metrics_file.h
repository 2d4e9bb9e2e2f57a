/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metrics_file: the metrics in a file that is always whole
 */
#ifndef _SIDESTEP_METRICS_FILE_H
#define _SIDESTEP_METRICS_FILE_H

#include "../common/session_list.h"
#include "../common/status.h"

/**
 * metrics_file_write() - replace it, mode 0644, by way of PATH.tmp
 * @path: the file
 * @status: what the helper knows
 * @list: what the kernel knows
 *
 * Return: 0 or a negative errno value; the old content stays then.
 */
int metrics_file_write(const char *path, const struct status *status,
		       const struct session_list *list);

#endif /* _SIDESTEP_METRICS_FILE_H */
