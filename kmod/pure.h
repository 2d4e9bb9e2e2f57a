/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the pure parts (tag, window, order, selector, and the trigger engine) need
 * of their surroundings, so that the same files are compiled into the module and
 * into user space: its programs and tests.
 */
#ifndef _SIDESTEP_PURE_H
#define _SIDESTEP_PURE_H

#ifdef __KERNEL__

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#else

#include "../userspace/common/pure_user.h"

#endif /* __KERNEL__ */

#endif /* _SIDESTEP_PURE_H */
