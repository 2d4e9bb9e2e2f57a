// SPDX-License-Identifier: GPL-2.0
/*
 * The devices of the paths come, go, and change.
 */
#include <linux/netdevice.h>

#include "device.h"
#include "net.h"
#include "netlink.h"
#include "notifier.h"
#include "probe.h"
#include "session.h"
#include "state.h"
#include "sysfs.h"

static bool session_has(const struct sidestep_session *session,
			unsigned int path, const struct net_device *dev)
{
	struct sidestep_config *config = rtnl_dereference(session->config);

	return config && rcu_access_pointer(config->dev[path]) == dev;
}

static bool session_uses(const struct sidestep_session *session,
			 const struct net_device *dev)
{
	return session_has(session, SIDESTEP_PATH_DIRECT, dev) ||
	       session_has(session, SIDESTEP_PATH_INFRA, dev);
}

/* Returns whether the session is another than before. */
static bool session_event(struct sidestep_session *session,
			  unsigned long event, struct net_device *dev)
{
	switch (event) {
	case NETDEV_REGISTER:
		return sidestep_config_bind(session, dev);
	case NETDEV_CHANGENAME:
		return sidestep_config_rename(session, dev) ||
		       sidestep_config_bind(session, dev);
	case NETDEV_UNREGISTER:
		return sidestep_config_unbind(session, dev);
	case NETDEV_UP:
	case NETDEV_CHANGEMTU:
		return session_uses(session, dev) ||
		       sidestep_config_bind(session, dev);
	case NETDEV_DOWN:
		return session_uses(session, dev);
	default:
		return false;
	}
}

/* A probe shows at once whether the path is another than before. */
static void session_notify(struct sidestep_session *session,
			   unsigned long event, struct net_device *dev)
{
	bool changed = session_event(session, event, dev);

	if (changed) {
		sidestep_device_resize(session->dev);
		sidestep_netlink_notify(session, SIDESTEP_EVENT_CONFIG);
	} else if (event != NETDEV_CHANGE || !session_uses(session, dev)) {
		return;
	}
	if (netif_running(session->dev))
		sidestep_probe_now(session);
}

static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct sidestep_session *session;

	if (sidestep_device_is(dev)) {
		/* While its queues still work, so that no packet is lost. */
		if (event == NETDEV_GOING_DOWN)
			sidestep_state_stop(netdev_priv(dev));
		if (event == NETDEV_CHANGEMTU)
			sidestep_device_refresh(dev);
		if (event == NETDEV_REGISTER)
			return notifier_from_errno(sidestep_sysfs_add(netdev_priv(dev)));
		return NOTIFY_DONE;
	}
	list_for_each_entry(session, &sidestep_net(dev_net(dev))->sessions,
			    list)
		session_notify(session, event, dev);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

/**
 * sidestep_notifier_init() - watch net devices
 *
 * Return: 0 or a negative error.
 */
int sidestep_notifier_init(void)
{
	return register_netdevice_notifier(&device_notifier);
}

/**
 * sidestep_notifier_exit() - watch them no more
 */
void sidestep_notifier_exit(void)
{
	unregister_netdevice_notifier(&device_notifier);
}
