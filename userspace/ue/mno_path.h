/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_path: the resources that this host has for its function. Pure
 */
#ifndef _SIDESTEP_MNO_PATH_H
#define _SIDESTEP_MNO_PATH_H

#include <stdint.h>

enum mno_path_kind {
	MNO_PATH_NONE,
	MNO_PATH_ORDER,		/* pf-c/v1/orders/NUMBER */
	MNO_PATH_AGREEMENT,	/* pf-c/v1/agreements/ID */
};

/* mno_path_parse() - @number: decimal, not 0, without zeros before it */
enum mno_path_kind mno_path_parse(const char *path, uint64_t *number);

#endif /* _SIDESTEP_MNO_PATH_H */
