// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether a selector picks a packet. When in doubt it does: a packet too many
 * on the other path costs little, one too few is lost.
 */
#include "selector.h"

enum {
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_DCCP = 33,
	PROTO_SCTP = 132,
	PROTO_UDPLITE = 136,
};

/**
 * sidestep_selector_has_ports() - whether a protocol begins with two ports
 * @proto: IP protocol
 *
 * Return: as said.
 */
bool sidestep_selector_has_ports(unsigned int proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP ||
	       proto == PROTO_DCCP || proto == PROTO_SCTP ||
	       proto == PROTO_UDPLITE;
}

static bool is_in(__u32 value, __u32 first, __u32 last)
{
	return first <= value && value <= last;
}

static bool ports_match(const struct sidestep_selector *selector,
			const struct sidestep_upper *upper)
{
	if (!(selector->has & (SIDESTEP_HAS_SPORT | SIDESTEP_HAS_DPORT)) ||
	    upper->ports == SIDESTEP_PORTS_HIDDEN)
		return true;
	if (upper->ports == SIDESTEP_PORTS_NONE)
		return false;
	if (selector->has & SIDESTEP_HAS_SPORT &&
	    !is_in(upper->sport, selector->sport[0], selector->sport[1]))
		return false;
	return !(selector->has & SIDESTEP_HAS_DPORT) ||
	       is_in(upper->dport, selector->dport[0], selector->dport[1]);
}

static bool owner_matches(const struct sidestep_selector *selector,
			  const struct sidestep_view *view)
{
	if (!(selector->has & (SIDESTEP_HAS_UID | SIDESTEP_HAS_CGROUP)))
		return true;
	if (!view->owned)
		return false;
	if (selector->has & SIDESTEP_HAS_UID &&
	    !is_in(view->uid, selector->uid[0], selector->uid[1]))
		return false;
	return !(selector->has & SIDESTEP_HAS_CGROUP) ||
	       (view->cgroup && sidestep_selector_in_cgroup(view->cgroup,
							    selector->cgroup));
}

/**
 * sidestep_selector_match() - whether a selector picks a packet
 * @selector: the selector
 * @view: what there is to see of the packet
 *
 * Return: as said.
 */
bool sidestep_selector_match(const struct sidestep_selector *selector,
			     const struct sidestep_view *view)
{
	if (selector->has & SIDESTEP_HAS_PROTO &&
	    selector->proto != view->upper.proto)
		return false;
	if (selector->has & SIDESTEP_HAS_DSCP && selector->dscp != view->dscp)
		return false;
	if (selector->has & SIDESTEP_HAS_MARK &&
	    (selector->mark ^ view->mark) & selector->mask)
		return false;
	return ports_match(selector, &view->upper) &&
	       owner_matches(selector, view);
}
