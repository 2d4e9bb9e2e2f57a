/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place for differences between kernels; included before all else.
 * Supported today: 6.1.
 */
#ifndef _SIDESTEP_COMPAT_H
#define _SIDESTEP_COMPAT_H

#endif /* _SIDESTEP_COMPAT_H */
