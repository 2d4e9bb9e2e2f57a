/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_NETLINK_H
#define _SIDESTEP_NETLINK_H

#include <linux/sidestep.h>

struct in6_addr;
struct sidestep_session;
struct sk_buff;

int sidestep_netlink_put_addr(struct sk_buff *msg, int attr,
			      const struct in6_addr *addr);
void sidestep_netlink_notify(struct sidestep_session *session,
			     enum sidestep_event event);
int sidestep_netlink_init(void);
void sidestep_netlink_exit(void);

#endif /* _SIDESTEP_NETLINK_H */
