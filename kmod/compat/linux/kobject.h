/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/kobject.h>

#ifndef _COMPAT_LINUX_KOBJECT_H
#define _COMPAT_LINUX_KOBJECT_H

#ifdef COMPAT_OWNED_KOBJECT_IS_CONST
#define compat_owned_kobject const struct kobject
#else
#define compat_owned_kobject struct kobject
#endif

#endif /* _COMPAT_LINUX_KOBJECT_H */
