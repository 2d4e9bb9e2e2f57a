/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnel_device: a tunnel's WireGuard device, made or adopted
 */
#ifndef _SIDESTEP_TUNNEL_DEVICE_H
#define _SIDESTEP_TUNNEL_DEVICE_H

#include "netview.h"
#include "wireguard.h"

/**
 * struct tunnel_device - the device
 * @name: its name
 * @session: the session device, for the log
 * @wanted: private key, port and mark
 * @view: what is there
 * @rtnl: for requests
 * @genl: of WireGuard, likewise
 * @ifindex: its number; 0 if there is none, or not ours
 * @problem: the failure that was logged last, negative errno value; 0: none
 */
struct tunnel_device {
	const char *name;
	const char *session;
	struct wireguard_device wanted;
	const struct netview *view;
	struct rtnl *rtnl;
	struct genl *genl;
	uint32_t ifindex;
	int problem;
};

/**
 * tunnel_device_take() - make it, or adopt the one that is there
 *
 * Return: 1 if it is another one than before, 0 if not, or a negative errno value,
 * -EEXIST if one of that name is not ours; failures are logged, once.
 */
int tunnel_device_take(struct tunnel_device *device);

/* tunnel_device_is_up() - as far as the view knows */
bool tunnel_device_is_up(const struct tunnel_device *device);
void tunnel_device_set_up(struct tunnel_device *device, bool up);

/* tunnel_device_fit() - its MTU to that of the modem; 0: not known */
void tunnel_device_fit(struct tunnel_device *device, uint32_t modem_mtu);
void tunnel_device_remove(struct tunnel_device *device);

#endif /* _SIDESTEP_TUNNEL_DEVICE_H */
