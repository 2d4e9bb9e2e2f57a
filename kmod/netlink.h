/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_NETLINK_H
#define _SIDESTEP_NETLINK_H

#include <linux/sidestep.h>

struct sidestep_session;

void sidestep_netlink_notify(struct sidestep_session *session,
			     enum sidestep_event event);
int sidestep_netlink_init(void);
void sidestep_netlink_exit(void);

#endif /* _SIDESTEP_NETLINK_H */
