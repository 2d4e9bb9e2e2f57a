/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forwarding: is this host a router?
 */
#ifndef _SIDESTEP_FORWARDING_H
#define _SIDESTEP_FORWARDING_H

#include <stdbool.h>

/* forwarding_is_on() - of that family (AF_INET, AF_INET6), on all devices. By netlink:
 * /proc/sys is not there for every daemon
 */
bool forwarding_is_on(int family);

#endif /* _SIDESTEP_FORWARDING_H */
