/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pc3: what UEs ask of the function, and what it orders them to do (PC3-role), in CoAP
 */
#ifndef _SIDESTEP_PC3_H
#define _SIDESTEP_PC3_H

#include "../common/coaps.h"

struct function;
struct subscriber;

/* pc3_open() - listen. Return: 0 or a negative errno value; failures are logged. */
int pc3_open(struct function *f);

/* pc3_send() - the orders of a UE that are not on their way, if there is a way */
void pc3_send(struct subscriber *s);

/* pc3_sessions_changed() - who observes the UE's sessions is told */
void pc3_sessions_changed(struct subscriber *s);

/* pc3_tick() - once a second: registrations that are over */
void pc3_tick(struct function *f);

#endif /* _SIDESTEP_PC3_H */
