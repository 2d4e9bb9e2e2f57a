/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/genetlink.h>

#ifndef _SIDESTEP_COMPAT_NET_GENETLINK_H
#define _SIDESTEP_COMPAT_NET_GENETLINK_H

static inline struct nlattr **compat_genl_dump_attrs(struct netlink_callback *cb)
{
#ifdef COMPAT_HAS_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* _SIDESTEP_COMPAT_NET_GENETLINK_H */
