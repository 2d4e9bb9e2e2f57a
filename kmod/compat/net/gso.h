/* SPDX-License-Identifier: GPL-2.0 */
#ifdef COMPAT_HAS_NET_GSO_H
#include_next <net/gso.h>
#else
#include <linux/netdevice.h>
#endif
