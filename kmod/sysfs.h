/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_SYSFS_H
#define _SIDESTEP_SYSFS_H

struct sidestep_session;

void sidestep_sysfs_init(void);
int sidestep_sysfs_add(struct sidestep_session *session);
void sidestep_sysfs_del(struct sidestep_session *session);

#endif /* _SIDESTEP_SYSFS_H */
