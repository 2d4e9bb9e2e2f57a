/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outlet_source: a modem as the only way out from one of its addresses to one host, for
 * a socket that has no mark
 */
#ifndef _SIDESTEP_OUTLET_SOURCE_H
#define _SIDESTEP_OUTLET_SOURCE_H

#include "outlet.h"

/**
 * outlet_source_follow() - packets from @src to @dst leave by the outlet
 * @outlet: the modem's; its table is made by outlet_follow()
 * @view: what is there
 * @rtnl: for requests
 * @src: an address with all its bits; NULL: there is no such rule any more
 * @dst: likewise
 *
 * A modem has one such rule; others, of before, go.
 *
 * Return: 0 or a negative errno value.
 */
int outlet_source_follow(const struct outlet *outlet, const struct netview *view,
			 struct rtnl *rtnl, const struct rtnl_prefix *src,
			 const struct rtnl_prefix *dst);

#endif /* _SIDESTEP_OUTLET_SOURCE_H */
