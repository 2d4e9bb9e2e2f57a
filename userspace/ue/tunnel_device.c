// SPDX-License-Identifier: GPL-2.0-or-later
#include "tunnel_device.h"
#include "../common/log.h"

#include <errno.h>
#include <string.h>

enum {
	/* IPv6, UDP and WireGuard's header and tag. */
	OVERHEAD = 80,
	/* WireGuard's own default, and what IPv6 needs. */
	MAX_MTU = 1420,
	MIN_MTU = 1280,
};

/* fail - say it once for each kind of failure. Return: @ret */
static int fail(struct tunnel_device *device, int ret, const char *what,
		const struct ack *ack)
{
	if (device->problem == ret)
		return ret;
	device->problem = ret;
	log_say(LOG_ERR, device->session, "tunnel %s: %s: %s%s%s", device->name, what,
		strerror(-ret), *ack->text ? ": " : "", ack->text);
	return ret;
}

static int refuse(struct tunnel_device *device, const char *what)
{
	if (device->problem != -EEXIST)
		log_say(LOG_ERR, device->session,
			"tunnel %s: there is a device of that name %s; remove it, or name another one with Tunnel=",
			device->name, what);
	device->problem = -EEXIST;
	return -EEXIST;
}

static bool is_zero(const uint8_t *key)
{
	static const uint8_t zero[WG_KEY_LEN];

	return !memcmp(key, zero, WG_KEY_LEN);
}

/* One without key and peer was made by us and not finished. */
static bool is_ours(const struct tunnel_device *device,
		    const struct wireguard_device *there)
{
	if (is_zero(there->private_key))
		return !there->has_peer;
	return !memcmp(there->private_key, device->wanted.private_key, WG_KEY_LEN);
}

static bool is_set(const struct tunnel_device *device,
		   const struct wireguard_device *there)
{
	const struct wireguard_device *wanted = &device->wanted;

	return !memcmp(there->private_key, wanted->private_key, WG_KEY_LEN) &&
	       there->mark == wanted->mark &&
	       (!wanted->listen_port || there->listen_port == wanted->listen_port);
}

static int adopt(struct tunnel_device *device)
{
	struct wireguard_device there;
	uint32_t before = device->ifindex;
	struct ack ack;
	int ret;

	device->ifindex = 0;
	ret = wireguard_get(device->genl, device->name, &there, &ack);
	if (ret == -EOPNOTSUPP)
		return refuse(device, "that is no WireGuard device");
	if (ret < 0)
		return fail(device, ret, "it cannot be read", &ack);
	if (!is_ours(device, &there))
		return refuse(device, "with another private key");
	if (!is_set(device, &there)) {
		ret = wireguard_set(device->genl, device->name, &device->wanted, &ack);
		if (ret < 0)
			return fail(device, ret, "it cannot be set", &ack);
	}
	device->ifindex = if_nametoindex(device->name);
	if (!device->ifindex)
		return -ENODEV;
	device->problem = 0;
	return device->ifindex != before;
}

/* The view learns of what was just made in the loop's next turn. */
static bool is_there(const struct tunnel_device *device)
{
	const struct netview_link *link = netview_link(device->view, device->name);

	if (!device->ifindex)
		return false;
	if (link && link->ifindex == device->ifindex)
		return true;
	return if_nametoindex(device->name) == device->ifindex;
}

int tunnel_device_take(struct tunnel_device *device)
{
	struct ack ack;
	int ret;

	if (is_there(device))
		return 0;
	ret = rtnl_link_add(device->rtnl, device->name, "wireguard", 0, &ack);
	if (ret < 0 && ret != -EEXIST) {
		device->ifindex = 0;
		return fail(device, ret, "it cannot be made", &ack);
	}
	return adopt(device);
}

static const struct netview_link *seen(const struct tunnel_device *device)
{
	return netview_link_by_index(device->view, device->ifindex);
}

bool tunnel_device_is_up(const struct tunnel_device *device)
{
	const struct netview_link *link = seen(device);

	return link && link->up;
}

void tunnel_device_set_up(struct tunnel_device *device, bool up)
{
	struct ack ack;
	int ret = rtnl_link_set_up(device->rtnl, device->ifindex, up, &ack);

	if (ret == 0)
		device->problem = 0;
	else if (ret != -ENODEV)
		fail(device, ret, up ? "it cannot be set up" : "it cannot be set down",
		     &ack);
}

void tunnel_device_fit(struct tunnel_device *device, uint32_t modem_mtu)
{
	const struct netview_link *link = seen(device);
	uint32_t mtu = modem_mtu - OVERHEAD;
	struct ack ack;
	int ret;

	if (!link || !modem_mtu)
		return;
	if (modem_mtu > MAX_MTU + OVERHEAD)
		mtu = MAX_MTU;
	else if (modem_mtu < MIN_MTU + OVERHEAD)
		mtu = MIN_MTU;
	if (link->mtu == mtu)
		return;
	ret = rtnl_link_set_mtu(device->rtnl, device->ifindex, mtu, &ack);
	if (ret < 0 && ret != -ENODEV)
		fail(device, ret, "its MTU cannot be set", &ack);
}

void tunnel_device_remove(struct tunnel_device *device)
{
	struct ack ack;

	if (device->ifindex)
		rtnl_link_del(device->rtnl, device->ifindex, &ack);
	device->ifindex = 0;
}
