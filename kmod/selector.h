/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_SELECTOR_H
#define _SIDESTEP_SELECTOR_H

#include "pure.h"

/**
 * enum sidestep_ports - what is known of a packet's ports
 * @SIDESTEP_PORTS_NONE: its protocol has none
 * @SIDESTEP_PORTS_SEEN: they are known
 * @SIDESTEP_PORTS_HIDDEN: it has some, but they cannot be seen: a later fragment
 */
enum sidestep_ports {
	SIDESTEP_PORTS_NONE,
	SIDESTEP_PORTS_SEEN,
	SIDESTEP_PORTS_HIDDEN,
};

/**
 * struct sidestep_upper - what a packet says behind its IP header
 * @proto: IP protocol, behind all extension headers
 * @ports: enum sidestep_ports
 * @sport: source port
 * @dport: destination port
 * @echo: id of an ICMP echo; else 0
 * @fragment: it is part of a datagram
 * @later: ... but not the first part
 * @id: of that datagram
 */
struct sidestep_upper {
	__u8	proto;
	__u8	ports;
	__u16	sport;
	__u16	dport;
	__u16	echo;
	bool	fragment;
	bool	later;
	__u32	id;
};

/**
 * struct sidestep_view - what selectors look at
 * @upper: the packet behind its IP header
 * @dscp: of its IP header
 * @owned: a process of this host sends it, @uid and @cgroup count
 * @mark: the packet's mark
 * @uid: of the socket
 * @cgroup: of the socket, for sidestep_selector_in_cgroup(); NULL if unknown
 */
struct sidestep_view {
	struct sidestep_upper	upper;
	__u8		dscp;
	bool		owned;
	__u32		mark;
	__u32		uid;
	const void	*cgroup;
};

/**
 * enum sidestep_selector_has - fields of a selector that count
 * @SIDESTEP_HAS_PROTO: @proto of struct sidestep_selector, and so on
 * @SIDESTEP_HAS_SPORT: likewise
 * @SIDESTEP_HAS_DPORT: likewise
 * @SIDESTEP_HAS_MARK: likewise
 * @SIDESTEP_HAS_DSCP: likewise
 * @SIDESTEP_HAS_UID: likewise
 * @SIDESTEP_HAS_CGROUP: likewise
 */
enum sidestep_selector_has {
	SIDESTEP_HAS_PROTO = 1,
	SIDESTEP_HAS_SPORT = 2,
	SIDESTEP_HAS_DPORT = 4,
	SIDESTEP_HAS_MARK = 8,
	SIDESTEP_HAS_DSCP = 16,
	SIDESTEP_HAS_UID = 32,
	SIDESTEP_HAS_CGROUP = 64,
};

/**
 * struct sidestep_selector - packets of a kind
 * @has: enum sidestep_selector_has; all that count must hold
 * @proto: IP protocol
 * @dscp: the DSCP
 * @sport: first and last source port
 * @dport: first and last destination port
 * @mark: the mark, where @mask is set
 * @mask: bits of the mark that count
 * @uid: first and last user id, as the kernel counts them
 * @cgroup: id of a cgroup, which its descendants are part of
 */
struct sidestep_selector {
	__u8	has;
	__u8	proto;
	__u8	dscp;
	__u16	sport[2];
	__u16	dport[2];
	__u32	mark;
	__u32	mask;
	__u32	uid[2];
	__u64	cgroup;
};

enum {
	SIDESTEP_SELECTORS = 16,
};

/**
 * struct sidestep_selectors - packets that are picked
 * @n: how many selectors; without any all packets are
 * @at: a packet is picked if one of these picks it
 */
struct sidestep_selectors {
	unsigned int			n;
	struct sidestep_selector	at[SIDESTEP_SELECTORS];
};

/**
 * sidestep_selector_in_cgroup() - given by the surroundings
 * @cgroup: &sidestep_view.cgroup, not NULL
 * @id: id of a cgroup
 *
 * Return: whether @cgroup is that one or a descendant.
 */
bool sidestep_selector_in_cgroup(const void *cgroup, __u64 id);

bool sidestep_selector_has_ports(unsigned int proto);
bool sidestep_selector_match(const struct sidestep_selector *selector,
			     const struct sidestep_view *view);

#endif /* _SIDESTEP_SELECTOR_H */
