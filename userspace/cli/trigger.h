/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trigger: the parts of "sidestep trigger"; each is called with what follows the
 * device, and returns the exit status
 */
#ifndef _SIDESTEP_TRIGGER_H
#define _SIDESTEP_TRIGGER_H

#include "cli.h"

int trigger_set(struct cli *cli, int argc, char **argv);
int trigger_order(struct cli *cli, int argc, char **argv);

#endif /* _SIDESTEP_TRIGGER_H */
