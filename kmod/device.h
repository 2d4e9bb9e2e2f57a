/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_DEVICE_H
#define _SIDESTEP_DEVICE_H

#include <linux/types.h>

struct net_device;

bool sidestep_device_is(const struct net_device *dev);
void sidestep_device_resize(struct net_device *dev);
void sidestep_device_refresh(struct net_device *dev);
int sidestep_device_init(void);
void sidestep_device_exit(void);

#endif /* _SIDESTEP_DEVICE_H */
