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
const char *mode_name(unsigned int mode);
const char *decision_name(unsigned int decision);
const char *link_name(unsigned int link);

/*
 * The names of enum sidestep_trigger_attr and enum sidestep_rule_attr as in sysfs,
 * with their units; NULL for what is no number, or not known here.
 */
const char *trigger_field_name(unsigned int attr);
const char *rule_field_name(unsigned int attr);

/* What a word means: the number, or -EINVAL. */
int state_from_name(const char *name);
int path_from_name(const char *name);
int mode_from_name(const char *name);
int decision_from_name(const char *name);
int trigger_field_from_name(const char *name);
int rule_field_from_name(const char *name);

#endif /* _SIDESTEP_NAMES_H */
