// SPDX-License-Identifier: GPL-2.0
/*
 * Sidestep: keeps a peer-to-peer session alive when its direct link goes.
 */
#include <net/genetlink.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/rcupdate.h>
#include <net/rtnetlink.h>

#include "device.h"
#include "gso.h"
#include "net.h"
#include "netlink.h"
#include "notifier.h"
#include "sysfs.h"
#include "wire.h"

static int __init sidestep_init(void)
{
	int err;

	BUILD_BUG_ON(sizeof(struct sidestep_tag) != SIDESTEP_TAG_LEN);
	BUILD_BUG_ON(sizeof(struct sidestep_mac_input) != 56);
	BUILD_BUG_ON(sizeof(struct sidestep_probe) != 48);

	sidestep_sysfs_init();
	err = sidestep_net_init();
	if (err)
		return err;
	err = sidestep_gso_init();
	if (err)
		goto err_net;
	err = sidestep_notifier_init();
	if (err)
		goto err_gso;
	err = sidestep_netlink_init();
	if (err)
		goto err_notifier;
	err = sidestep_device_init();
	if (err)
		goto err_netlink;
	return 0;

err_netlink:
	sidestep_netlink_exit();
err_notifier:
	sidestep_notifier_exit();
err_gso:
	sidestep_gso_exit();
err_net:
	sidestep_net_exit();
	return err;
}

static void __exit sidestep_exit(void)
{
	sidestep_device_exit();
	sidestep_netlink_exit();
	sidestep_notifier_exit();
	sidestep_gso_exit();
	sidestep_net_exit();
	rcu_barrier();
}

module_init(sidestep_init);
module_exit(sidestep_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Keeps peer-to-peer sessions alive when the direct link goes");
MODULE_VERSION(SIDESTEP_MODULE_VERSION);
MODULE_ALIAS_RTNL_LINK("sidestep");
MODULE_ALIAS_GENL_FAMILY(SIDESTEP_GENL_NAME);
