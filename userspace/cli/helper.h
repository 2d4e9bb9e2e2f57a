/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * helper: what sidestepd says of a session, if it runs
 */
#ifndef _SIDESTEP_HELPER_H
#define _SIDESTEP_HELPER_H

#include "../common/status.h"
#include "cli.h"

/**
 * helper_ask() - read the daemon's document
 * @cli: for the warning
 * @status: the result, to be freed with status_free(); without sessions if there is none
 *
 * That no daemon runs is nothing to be said; that it does not answer is warned of.
 *
 * Return: true if it answered.
 */
bool helper_ask(const struct cli *cli, struct status *status);

#endif /* _SIDESTEP_HELPER_H */
