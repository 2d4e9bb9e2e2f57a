/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netdev: the network devices of this host, as sysfs and procfs have them
 */
#ifndef _SIDESTEP_NETDEV_H
#define _SIDESTEP_NETDEV_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * enum netdev_kind - what a device is made of
 * @NETDEV_LINK: something of its own, as far as one can see
 * @NETDEV_PPP: a PPP link
 * @NETDEV_LOOPBACK: the loopback device
 * @NETDEV_BRIDGE: a bridge
 * @NETDEV_TUNNEL: a tunnel over other devices
 * @NETDEV_WIREGUARD: WireGuard's, a tunnel, too
 * @NETDEV_SESSION: a session device
 */
enum netdev_kind {
	NETDEV_LINK,
	NETDEV_PPP,
	NETDEV_LOOPBACK,
	NETDEV_BRIDGE,
	NETDEV_TUNNEL,
	NETDEV_WIREGUARD,
	NETDEV_SESSION,
};

/**
 * struct netdev - a device
 * @name: its name
 * @kind: what it is
 * @up: administratively
 * @radio: nl80211 knows it
 * @modem: it is called one
 * @default_route: one leaves by it
 * @link_local: it has an IPv6 link-local address
 */
struct netdev {
	char name[IFNAMSIZ];
	enum netdev_kind kind;
	bool up;
	bool radio;
	bool modem;
	bool default_route;
	bool link_local;
};

/* netdev_root() - "", or in tests the directory that has sys/ and proc/ */
const char *netdev_root(void);

/* netdev_read() - look at one; false if there is none of that name */
bool netdev_read(struct netdev *dev, const char *name);

/**
 * netdev_list() - look at all
 * @list: the result, by name, to be freed
 *
 * Return: how many.
 */
size_t netdev_list(struct netdev **list);

/* netdev_kind_name() - "a tunnel" and the like */
const char *netdev_kind_name(enum netdev_kind kind);

#endif /* _SIDESTEP_NETDEV_H */
