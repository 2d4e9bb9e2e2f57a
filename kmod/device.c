// SPDX-License-Identifier: GPL-2.0
/*
 * The net device that a session is: its birth, its death, and its two ends.
 */
#include <linux/if_arp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/route.h>
#include <net/rtnetlink.h>

#include "deliver.h"
#include "device.h"
#include "engine.h"
#include "flows.h"
#include "ethtool.h"
#include "hook.h"
#include "net.h"
#include "probe.h"
#include "session.h"
#include "state.h"
#include "sysfs.h"
#include "tx.h"

enum {
	/* Until both paths are known: WireGuard over an MTU of 1500. */
	MTU_DEFAULT = 1420 - SIDESTEP_TAG_LEN,
	/* What every IPv4 host takes (RFC 791); leaves TCP room for data. */
	MTU_LEAST = 576,
};

/* Takes a route's reference on the device away, so that this may go. */
static void route_put(struct sidestep_session *session, unsigned int family)
{
	struct dst_entry *dst = rtnl_dereference(session->dst[family]);

	RCU_INIT_POINTER(session->dst[family], NULL);
	if (!dst)
		return;
	synchronize_net();
	dst_dev_put(dst);
	dst_release(dst);
}

static int route_get4(struct sidestep_session *session)
{
	struct rtable *rt = rt_dst_alloc(session->dev, 0, RTN_UNICAST, true);

	if (!rt)
		return -ENOMEM;
	rcu_assign_pointer(session->dst[0], &rt->dst);
	return 0;
}

/* Without IPv6 on the session device there is no route, and that is all right. */
static int route_get6(struct sidestep_session *session)
{
	struct inet6_dev *idev = in6_dev_get(session->dev);
	struct rt6_info *rt;

	if (!idev)
		return 0;
	rt = ip6_dst_alloc(dev_net(session->dev), session->dev, DST_NOXFRM);
	if (!rt) {
		in6_dev_put(idev);
		return -ENOMEM;
	}
	WRITE_ONCE(idev->cnf.addr_gen_mode, IN6_ADDR_GEN_MODE_NONE);
	rt->dst.output = ip6_output;
	rt->rt6i_idev = idev;
	rcu_assign_pointer(session->dst[1], &rt->dst);
	return 0;
}

static void epoch_begin(struct sidestep_session *session)
{
	do
		get_random_bytes(&session->epoch, sizeof(session->epoch));
	while (!session->epoch);
	atomic64_set(&session->tx_seq, SIDESTEP_FIRST_SEQ);
	spin_lock_bh(&session->rx.lock);
	session->rx.peer_epoch = 0;
	sidestep_window_reset(&session->rx.window, 0);
	sidestep_order_init(&session->rx.order);
	spin_unlock_bh(&session->rx.lock);
}

static int device_open(struct net_device *dev)
{
	struct sidestep_session *session = netdev_priv(dev);
	struct sidestep_config *config = rtnl_dereference(session->config);
	int err;

	err = sidestep_flows_init(session);
	if (err)
		return err;
	err = route_get4(session);
	if (err)
		goto err_flows;
	err = route_get6(session);
	if (err)
		goto err_route4;
	err = sidestep_hook_receive_get(dev_net(dev));
	if (err)
		goto err_route6;
	epoch_begin(session);
	sidestep_deliver_start(session);
	if (config)
		sidestep_net_publish(dev_net(dev), config);
	sidestep_probe_start(session);
	return 0;

err_route6:
	route_put(session, 1);
err_route4:
	route_put(session, 0);
err_flows:
	sidestep_flows_exit(session);
	return err;
}

/*
 * Packets first: once no new ones find the session, probes, state and queue
 * can be stopped in any order. Senders are seen off by the core before.
 */
static int device_stop(struct net_device *dev)
{
	struct sidestep_session *session = netdev_priv(dev);
	struct sidestep_config *config = rtnl_dereference(session->config);

	if (config)
		sidestep_net_unpublish(dev_net(dev), config);
	synchronize_net();
	sidestep_probe_stop(session);
	sidestep_state_stop(session);
	sidestep_deliver_stop(session);
	/* What rules have queued meanwhile goes with the last hook. */
	synchronize_net();
	sidestep_hook_receive_put(dev_net(dev));
	route_put(session, 1);
	route_put(session, 0);
	sidestep_flows_exit(session);
	return 0;
}

static netdev_tx_t device_xmit(struct sk_buff *skb, struct net_device *dev)
{
	rcu_read_lock();
	sidestep_tx(netdev_priv(dev), skb);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

/* Trains are tagged only where TCP or UDP follows the IP header at once. */
static netdev_features_t device_features(struct sk_buff *skb,
					 struct net_device *dev,
					 netdev_features_t features)
{
	u8 next = skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->protocol :
						     ipv6_hdr(skb)->nexthdr;

	if (next != IPPROTO_TCP && next != IPPROTO_UDP)
		features &= ~NETIF_F_GSO_MASK;
	return features;
}

static int device_change_mtu(struct net_device *dev, int mtu)
{
	struct sidestep_session *session = netdev_priv(dev);
	struct sidestep_config *config = rtnl_dereference(session->config);
	unsigned int most = config ? sidestep_config_mtu(config) : 0;

	if (most && mtu > most)
		return -EINVAL;
	dev->mtu = mtu;
	return 0;
}

static int device_init(struct net_device *dev)
{
	struct sidestep_session *session = netdev_priv(dev);
	int err;

	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats)
		return -ENOMEM;
	err = sidestep_counter_init(session);
	if (err)
		goto err_stats;
	err = sidestep_allowance_init(&session->allowance);
	if (err)
		goto err_counter;
	session->dev = dev;
	err = sidestep_deliver_init(session);
	if (err)
		goto err_allowance;
	sidestep_engine_init(session);
	sidestep_probe_init(session);
	sidestep_state_init(session);
	list_add_tail(&session->list, &sidestep_net(dev_net(dev))->sessions);
	return 0;

err_allowance:
	sidestep_allowance_exit(&session->allowance);
err_counter:
	sidestep_counter_exit(session);
err_stats:
	free_percpu(dev->tstats);
	return err;
}

static void device_uninit(struct net_device *dev)
{
	struct sidestep_session *session = netdev_priv(dev);

	list_del(&session->list);
	/* First: who writes a file may queue work. */
	sidestep_sysfs_del(session);
	cancel_delayed_work_sync(&session->state_work);
	sidestep_probe_cancel(session);
	sidestep_config_clear(session);
	sidestep_deliver_exit(session);
	sidestep_allowance_exit(&session->allowance);
	sidestep_counter_exit(session);
	free_percpu(dev->tstats);
}

static const struct net_device_ops device_ops = {
	.ndo_init = device_init,
	.ndo_uninit = device_uninit,
	.ndo_open = device_open,
	.ndo_stop = device_stop,
	.ndo_start_xmit = device_xmit,
	.ndo_features_check = device_features,
	.ndo_change_mtu = device_change_mtu,
	.ndo_get_stats64 = sidestep_count_stats64,
};

static const struct device_type device_type = { .name = "sidestep" };

/*
 * Checksums and segmentation are left to the paths; packets of other kinds are
 * taken apart by the core before they come to us.
 */
static void device_setup(struct net_device *dev)
{
	const netdev_features_t features =
		NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |
		NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN |
		NETIF_F_GSO_UDP_L4;

	dev->netdev_ops = &device_ops;
	dev->ethtool_ops = &sidestep_ethtool_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	SET_NETDEV_DEVTYPE(dev, &device_type);
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->features |= features;
	compat_netdev_lltx(dev);
	compat_netdev_netns_immutable(dev);
	dev->hw_features |= features;
	dev->mtu = MTU_DEFAULT;
	dev->min_mtu = MTU_LEAST;
	dev->max_mtu = IP_MAX_MTU - SIDESTEP_TAG_LEN;
	dev->needed_headroom = SIDESTEP_TAG_LEN + LL_MAX_HEADER;
	dev->needs_free_netdev = true;
	/* The route tells whether a packet was steered here. */
	netif_keep_dst(dev);
}

static struct rtnl_link_ops link_ops __read_mostly = {
	.kind = "sidestep",
	.priv_size = sizeof(struct sidestep_session),
	.setup = device_setup,
};

/**
 * sidestep_device_is() - whether a device is a session
 * @dev: the device
 *
 * Return: as said.
 */
bool sidestep_device_is(const struct net_device *dev)
{
	return dev->netdev_ops == &device_ops;
}

/**
 * sidestep_device_resize() - fit a session device's MTU to its paths
 * @dev: the session device
 */
void sidestep_device_resize(struct net_device *dev)
{
	struct sidestep_session *session = netdev_priv(dev);
	unsigned int mtu;

	ASSERT_RTNL();
	if (!rtnl_dereference(session->config))
		return;
	mtu = sidestep_config_mtu(rtnl_dereference(session->config));
	if (mtu && mtu != dev->mtu)
		dev_set_mtu(dev, mtu);
}

/**
 * sidestep_device_refresh() - IPv6 has come to a session device, or gone
 * @dev: the session device
 *
 * It does so with the MTU.
 */
void sidestep_device_refresh(struct net_device *dev)
{
	struct sidestep_session *session = netdev_priv(dev);
	struct dst_entry *dst = rtnl_dereference(session->dst[1]);

	if (!netif_running(dev) ||
	    (dst ? ip6_dst_idev(dst) : NULL) == __in6_dev_get(dev))
		return;
	route_put(session, 1);
	if (route_get6(session))
		netdev_warn(dev, "no memory for a route: IPv6 is left alone\n");
}

/**
 * sidestep_device_init() - offer the rtnl kind
 *
 * Return: 0 or a negative error.
 */
int sidestep_device_init(void)
{
	return rtnl_link_register(&link_ops);
}

/**
 * sidestep_device_exit() - delete all sessions, take the kind back
 */
void sidestep_device_exit(void)
{
	rtnl_link_unregister(&link_ops);
}
