/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metrics: figures of all sessions in OpenMetrics' text format. docs/metrics.md
 */
#ifndef _SIDESTEP_METRICS_H
#define _SIDESTEP_METRICS_H

#include "../common/session_list.h"
#include "../common/status.h"

#include <stdio.h>

/**
 * metrics_print() - write all
 * @out: where to
 * @status: what the helper knows
 * @list: what the kernel knows
 */
void metrics_print(FILE *out, const struct status *status,
		   const struct session_list *list);

#endif /* _SIDESTEP_METRICS_H */
