/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay_kernel: which relays the kernel forwards (relay_fast.h), and what it counts
 */
#ifndef _SIDESTEP_RELAY_KERNEL_H
#define _SIDESTEP_RELAY_KERNEL_H

#include "relay.h"

/* relay_kernel_open() - 0, also if the kernel will not, or a negative errno value */
int relay_kernel_open(struct relays *relays);
void relay_kernel_close(struct relays *relays, bool keep);

/* relay_kernel_changed() - its latches; the kernel is told soon */
void relay_kernel_changed(struct relay *relay);

/* relay_kernel_end() - the kernel must not forward it any more; it is told soon */
void relay_kernel_end(struct relay *relay);

/* relay_kernel_tell() - what is known, now */
void relay_kernel_tell(struct relays *relays);

/* relay_kernel_tick() - once a second */
void relay_kernel_tick(struct relays *relays);

#endif /* _SIDESTEP_RELAY_KERNEL_H */
