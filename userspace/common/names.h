/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names: the words for the numbers of linux/sidestep.h
 */
#ifndef _SIDESTEP_NAMES_H
#define _SIDESTEP_NAMES_H

#include <linux/sidestep.h>

/* Each returns "unknown" for a number that this program does not know. */
const char *state_name(unsigned int state);
const char *path_name(unsigned int path);
const char *event_name(unsigned int event);
const char *counter_name(unsigned int counter);

/**
 * state_from_name() - the state that a word means
 * @name: "direct", "bicast" or "infra"
 *
 * Return: enum sidestep_state, or -EINVAL.
 */
int state_from_name(const char *name);

#endif /* _SIDESTEP_NAMES_H */
