// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: docs/netlink/sidestep.yaml in C.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "budget_netlink.h"
#include "counter.h"
#include "device.h"
#include "flows.h"
#include "net.h"
#include "netlink.h"
#include "probe.h"
#include "select.h"
#include "session.h"
#include "state.h"
#include "trigger_netlink.h"

enum {
	GROUP_EVENTS,
};

static struct genl_family family;

static const struct nla_policy prefix_policy[SIDESTEP_PREFIX_A_MAX + 1] = {
	[SIDESTEP_PREFIX_A_ADDR] = { .type = NLA_BINARY },
	[SIDESTEP_PREFIX_A_LEN] = { .type = NLA_U8 },
};

static const struct nla_policy policy[SIDESTEP_A_MAX + 1] = {
	[SIDESTEP_A_IFNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[SIDESTEP_A_ID] = { .type = NLA_U16 },
	[SIDESTEP_A_PEER] = { .type = NLA_BINARY },
	[SIDESTEP_A_TX_KEY] = { .type = NLA_BINARY },
	[SIDESTEP_A_RX_KEY] = { .type = NLA_BINARY },
	[SIDESTEP_A_DIRECT] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[SIDESTEP_A_INFRA] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[SIDESTEP_A_PREFIX] = NLA_POLICY_NESTED(prefix_policy),
	[SIDESTEP_A_WANTED] = NLA_POLICY_MAX(NLA_U8, SIDESTEP_STATE_MAX),
	[SIDESTEP_A_SELECTOR] = NLA_POLICY_NESTED(sidestep_select_policy),
	[SIDESTEP_A_TRIGGER] = NLA_POLICY_NESTED(sidestep_trigger_policy),
	[SIDESTEP_A_MEASUREMENT] = NLA_POLICY_NESTED(sidestep_measurement_policy),
	[SIDESTEP_A_DECISION] = NLA_POLICY_MAX(NLA_U8, SIDESTEP_DECISION_MAX),
	[SIDESTEP_A_ORDER_ID] = { .type = NLA_U64 },
	[SIDESTEP_A_BUDGET] = NLA_POLICY_NESTED(sidestep_budget_policy),
	[SIDESTEP_A_IMPORTANT] = NLA_POLICY_NESTED(sidestep_select_policy),
	[SIDESTEP_A_REASON] = { .type = NLA_NUL_STRING,
				.len = SIDESTEP_TRIGGER_WHY_LEN - 1 },
};

/* The session that @name, an attribute, names; the caller holds RTNL. */
static struct sidestep_session *session_named(struct net *net,
					      const struct nlattr *name,
					      struct netlink_ext_ack *extack)
{
	struct net_device *dev;

	ASSERT_RTNL();
	if (!name) {
		NL_SET_ERR_MSG(extack, "no session device is named");
		return ERR_PTR(-EINVAL);
	}
	dev = __dev_get_by_name(net, nla_data(name));
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(extack, name, "no such device");
		return ERR_PTR(-ENODEV);
	}
	if (!sidestep_device_is(dev)) {
		NL_SET_ERR_MSG_ATTR(extack, name, "not a sidestep device");
		return ERR_PTR(-EOPNOTSUPP);
	}
	return netdev_priv(dev);
}

/* The session that a message is about; the caller holds RTNL. */
static struct sidestep_session *session_get(struct genl_info *info)
{
	return session_named(genl_info_net(info),
			     info->attrs[SIDESTEP_A_IFNAME], info->extack);
}

/**
 * sidestep_netlink_put_addr() - say an address, of 4 or of 16 bytes
 * @msg: the message
 * @attr: the attribute's type
 * @addr: the address, IPv6, or IPv4 mapped
 *
 * Return: 0 or -EMSGSIZE.
 */
int sidestep_netlink_put_addr(struct sk_buff *msg, int attr,
			      const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return nla_put_in_addr(msg, attr, addr->s6_addr32[3]);
	return nla_put_in6_addr(msg, attr, addr);
}

static int put_prefix(struct sk_buff *msg, const struct sidestep_peer *peer)
{
	struct nlattr *nest = nla_nest_start(msg, SIDESTEP_A_PREFIX);
	unsigned int len = peer->bits;

	if (ipv6_addr_v4mapped(&peer->addr))
		len -= SIDESTEP_MAPPED_BITS;
	if (!nest ||
	    sidestep_netlink_put_addr(msg, SIDESTEP_PREFIX_A_ADDR,
				      &peer->addr) ||
	    nla_put_u8(msg, SIDESTEP_PREFIX_A_LEN, len))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_peers(struct sk_buff *msg, const struct sidestep_config *config)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < config->n_peers && !err; i++)
		err = i < config->n_hosts ?
		      sidestep_netlink_put_addr(msg, SIDESTEP_A_PEER,
						&config->peer[i].addr) :
		      put_prefix(msg, &config->peer[i]);
	return err;
}

static int put_u64(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, SIDESTEP_PATH_A_PAD);
}

static int put_path_times(struct sk_buff *msg, const struct sidestep_path_info *path)
{
	if (path->rtt &&
	    (nla_put_u32(msg, SIDESTEP_PATH_A_RTT,
			 div_u64(path->rtt, NSEC_PER_USEC)) ||
	     nla_put_u32(msg, SIDESTEP_PATH_A_RTT_VAR,
			 div_u64(path->rtt_var, NSEC_PER_USEC))))
		return -EMSGSIZE;
	if (path->heard_at &&
	    put_u64(msg, SIDESTEP_PATH_A_HEARD,
		    div_u64(ktime_get_ns() - path->heard_at, NSEC_PER_MSEC)))
		return -EMSGSIZE;
	return 0;
}

static int put_path(struct sk_buff *msg, struct sidestep_session *session,
		    const struct sidestep_config *config,
		    const struct sidestep_sum *sum,
		    const struct sidestep_engine_view *view, unsigned int id)
{
	const struct net_device *dev = rcu_dereference(config->dev[id]);
	struct sidestep_path_info path;
	struct nlattr *nest;

	spin_lock_bh(&session->probe_lock);
	path = session->path[id];
	spin_unlock_bh(&session->probe_lock);
	nest = nla_nest_start(msg, SIDESTEP_A_PATH);
	if (!nest || nla_put_u8(msg, SIDESTEP_PATH_A_ID, id) ||
	    nla_put_string(msg, SIDESTEP_PATH_A_IFNAME, config->name[id]) ||
	    nla_put_u8(msg, SIDESTEP_PATH_A_PRESENT,
		       dev && netif_running(dev)) ||
	    nla_put_u8(msg, SIDESTEP_PATH_A_READY, path.ready) ||
	    put_path_times(msg, &path) ||
	    put_u64(msg, SIDESTEP_PATH_A_TX_PACKETS, sum->tx_packets[id]) ||
	    put_u64(msg, SIDESTEP_PATH_A_TX_BYTES, sidestep_sum_tx(sum, id)) ||
	    sidestep_budget_put_spent(msg, sum, id) ||
	    put_u64(msg, SIDESTEP_PATH_A_RX_PACKETS, sum->rx_packets[id]) ||
	    put_u64(msg, SIDESTEP_PATH_A_RX_BYTES, sum->rx_bytes[id]) ||
	    put_u64(msg, SIDESTEP_PATH_A_RX_MISSED, sum->rx_missed[id]) ||
	    put_u64(msg, SIDESTEP_PATH_A_PROBES_SENT, path.sent) ||
	    put_u64(msg, SIDESTEP_PATH_A_PROBES_ANSWERED, path.answered) ||
	    sidestep_trigger_put_path(msg, view, id))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_paths(struct sk_buff *msg, struct sidestep_session *session,
		     const struct sidestep_config *config,
		     const struct sidestep_sum *sum,
		     const struct sidestep_engine_view *view)
{
	unsigned int path;
	int err = 0;

	for (path = 0; path <= SIDESTEP_PATH_MAX && !err; path++)
		err = put_path(msg, session, config, sum, view, path);
	return err;
}

static int put_state(struct sk_buff *msg, struct sidestep_session *session)
{
	const struct sidestep_rx *rx = &session->rx;
	unsigned int plan = READ_ONCE(session->tx_plan);

	if (nla_put_u8(msg, SIDESTEP_A_STATE,
		       sidestep_state_of(sidestep_plan_paths(plan))) ||
	    nla_put_u8(msg, SIDESTEP_A_WANTED,
		       sidestep_state_of(sidestep_plan_wants(plan))))
		return -EMSGSIZE;
	if (READ_ONCE(rx->peer_wants) &&
	    nla_put_u8(msg, SIDESTEP_A_PEER_WANTED,
		       sidestep_state_of(READ_ONCE(rx->peer_wants))))
		return -EMSGSIZE;
	return 0;
}

static int put_order(struct sk_buff *msg, struct sidestep_session *session)
{
	struct sidestep_rx *rx = &session->rx;
	s64 skew, playout;

	spin_lock_bh(&rx->lock);
	skew = rx->order.skew;
	playout = rx->order.playout;
	spin_unlock_bh(&rx->lock);
	if (READ_ONCE(session->path[SIDESTEP_PATH_DIRECT].rtt) &&
	    READ_ONCE(session->path[SIDESTEP_PATH_INFRA].rtt) &&
	    nla_put_s32(msg, SIDESTEP_A_DELAY_DIFF,
			div_s64(skew, NSEC_PER_USEC)))
		return -EMSGSIZE;
	return nla_put_s32(msg, SIDESTEP_A_PLAYOUT,
			   div_s64(playout, NSEC_PER_USEC));
}

static int put_counters(struct sk_buff *msg, const struct sidestep_sum *sum)
{
	struct nlattr *nest = nla_nest_start(msg, SIDESTEP_A_COUNTERS);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 1; i <= SIDESTEP_COUNTER_MAX; i++)
		if (nla_put_u64_64bit(msg, i, sum->counter[i], 0))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * struct snapshot - what a session says of itself, too large for the stack
 * @view: what its engine knows
 * @sum: what it has counted
 */
struct snapshot {
	struct sidestep_engine_view	view;
	struct sidestep_sum		sum;
};

static int put_config(struct sk_buff *msg, struct sidestep_session *session,
		      const struct snapshot *now)
{
	const struct sidestep_config *config;
	int err = 0;

	rcu_read_lock();
	config = rcu_dereference(session->config);
	if (config) {
		err = nla_put_u16(msg, SIDESTEP_A_ID, config->id);
		if (!err)
			err = put_peers(msg, config);
		if (!err)
			err = sidestep_select_put(msg, config);
		if (!err)
			err = sidestep_budget_put(msg, session, &config->budget);
		if (!err)
			err = put_paths(msg, session, config, &now->sum,
					&now->view);
	}
	rcu_read_unlock();
	return err;
}

/* @event is negative in answers, which have the counters instead. */
static int put_snapshot(struct sk_buff *msg, struct sidestep_session *session,
			const struct snapshot *now, int event)
{
	if (nla_put_u32(msg, SIDESTEP_A_IFINDEX, session->dev->ifindex) ||
	    nla_put_string(msg, SIDESTEP_A_IFNAME, session->dev->name) ||
	    put_config(msg, session, now) || put_state(msg, session) ||
	    put_order(msg, session) ||
	    sidestep_trigger_put_stage(msg, &now->view))
		return -EMSGSIZE;
	if (event < 0)
		return sidestep_trigger_put_config(msg, &now->view.config) ?:
		       put_counters(msg, &now->sum);
	return nla_put_u8(msg, SIDESTEP_A_EVENT, event);
}

static int put_session(struct sk_buff *msg, struct sidestep_session *session,
		       int event)
{
	struct snapshot *now = kmalloc(sizeof(*now), GFP_KERNEL);
	int err;

	if (!now)
		return -ENOMEM;
	sidestep_count_sum(session, &now->sum);
	sidestep_engine_view(session, &now->view);
	err = put_snapshot(msg, session, now, event);
	kfree(now);
	return err;
}

static int session_fill(struct sk_buff *msg, struct sidestep_session *session,
			u32 portid, u32 seq, int flags)
{
	void *header = genlmsg_put(msg, portid, seq, &family, flags,
				   SIDESTEP_CMD_GET);
	int err;

	if (!header)
		return -EMSGSIZE;
	err = put_session(msg, session, -1);
	if (err) {
		genlmsg_cancel(msg, header);
		return err;
	}
	genlmsg_end(msg, header);
	return 0;
}

static int cmd_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sidestep_session *session;
	struct sk_buff *msg;
	int err;

	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	rtnl_lock();
	session = session_get(info);
	err = PTR_ERR_OR_ZERO(session);
	if (!err)
		err = session_fill(msg, session, info->snd_portid,
				   info->snd_seq, 0);
	rtnl_unlock();
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

/* Sessions that come or go between two parts of a dump may be missed. */
static int dump_get(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct net *net = sock_net(msg->sk);
	struct sidestep_session *session;
	int err = 0;
	long i = 0;

	rtnl_lock();
	list_for_each_entry(session, &sidestep_net(net)->sessions, list) {
		if (i++ < cb->args[0])
			continue;
		err = session_fill(msg, session, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, NLM_F_MULTI);
		if (err)
			break;
		cb->args[0] = i;
	}
	rtnl_unlock();
	return msg->len ?: err;
}

static int flow_fill(struct sk_buff *msg, struct sidestep_session *session,
		     struct netlink_callback *cb, unsigned int index)
{
	void *header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
				   SIDESTEP_CMD_GET_FLOWS);
	int err;

	if (!header)
		return -EMSGSIZE;
	err = nla_put_u32(msg, SIDESTEP_A_IFINDEX, session->dev->ifindex);
	if (!err)
		err = sidestep_flows_put(msg, session, index);
	if (err) {
		genlmsg_cancel(msg, header);
		return err;
	}
	genlmsg_end(msg, header);
	return 0;
}

/* args: the next place in the table; the device, whose name may change. */
static struct sidestep_session *dump_session(struct netlink_callback *cb)
{
	struct nlattr **attrs = compat_genl_dump_attrs(cb);
	struct net *net = sock_net(cb->skb->sk);
	struct sidestep_session *session;
	struct net_device *dev;

	if (cb->args[1]) {
		dev = __dev_get_by_index(net, cb->args[1]);
		return dev && sidestep_device_is(dev) ? netdev_priv(dev) :
							ERR_PTR(-ENODEV);
	}
	session = session_named(net, attrs[SIDESTEP_A_IFNAME], cb->extack);
	if (!IS_ERR(session))
		cb->args[1] = session->dev->ifindex;
	return session;
}

static int dump_flows(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct sidestep_session *session;
	int err;

	rtnl_lock();
	session = dump_session(cb);
	err = PTR_ERR_OR_ZERO(session);
	while (!err) {
		err = flow_fill(msg, session, cb, cb->args[0]);
		if (!err)
			cb->args[0]++;
	}
	rtnl_unlock();
	return err == -EMSGSIZE || err == -ENOENT ? msg->len : err;
}

static int cmd_set(struct sk_buff *skb, struct genl_info *info)
{
	struct sidestep_session *session;
	unsigned int changed;
	int err;

	rtnl_lock();
	session = session_get(info);
	err = PTR_ERR_OR_ZERO(session);
	if (!err)
		err = sidestep_config_set(session, info, &changed);
	if (!err) {
		sidestep_device_resize(session->dev);
		if (netif_running(session->dev))
			sidestep_probe_restart(session, changed);
		sidestep_netlink_notify(session, SIDESTEP_EVENT_CONFIG);
	}
	rtnl_unlock();
	return err;
}

static int cmd_switch(struct sk_buff *skb, struct genl_info *info)
{
	struct sidestep_session *session;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, SIDESTEP_A_WANTED)) {
		NL_SET_ERR_MSG(info->extack, "no state is named");
		return -EINVAL;
	}
	rtnl_lock();
	session = session_get(info);
	err = PTR_ERR_OR_ZERO(session);
	if (!err)
		err = sidestep_state_switch(session,
					    nla_get_u8(info->attrs[SIDESTEP_A_WANTED]),
					    info->extack);
	rtnl_unlock();
	return err;
}

/* What commands about the trigger engine have in common. */
static int with_session(struct genl_info *info,
			int (*command)(struct sidestep_session *session,
				       struct genl_info *info))
{
	struct sidestep_session *session;
	int err;

	rtnl_lock();
	session = session_get(info);
	err = PTR_ERR_OR_ZERO(session);
	if (!err)
		err = command(session, info);
	rtnl_unlock();
	return err;
}

static int cmd_set_trigger(struct sk_buff *skb, struct genl_info *info)
{
	return with_session(info, sidestep_trigger_cmd_set);
}

static int cmd_measure(struct sk_buff *skb, struct genl_info *info)
{
	return with_session(info, sidestep_trigger_cmd_measure);
}

static int cmd_trigger(struct sk_buff *skb, struct genl_info *info)
{
	return with_session(info, sidestep_trigger_cmd_order);
}

static const struct genl_small_ops ops[] = {
	{
		.cmd = SIDESTEP_CMD_GET,
		.doit = cmd_get,
		.dumpit = dump_get,
	},
	{
		.cmd = SIDESTEP_CMD_SET,
		.doit = cmd_set,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = SIDESTEP_CMD_SWITCH,
		.doit = cmd_switch,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = SIDESTEP_CMD_GET_FLOWS,
		.dumpit = dump_flows,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = SIDESTEP_CMD_SET_TRIGGER,
		.doit = cmd_set_trigger,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = SIDESTEP_CMD_MEASURE,
		.doit = cmd_measure,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = SIDESTEP_CMD_TRIGGER,
		.doit = cmd_trigger,
		.flags = GENL_UNS_ADMIN_PERM,
	},
};

static const struct genl_multicast_group groups[] = {
	[GROUP_EVENTS] = { .name = SIDESTEP_GENL_GROUP },
};

static struct genl_family family __ro_after_init = {
	.name = SIDESTEP_GENL_NAME,
	.version = SIDESTEP_GENL_VERSION,
	.maxattr = SIDESTEP_A_MAX,
	.policy = policy,
	.netnsok = true,
	.module = THIS_MODULE,
	.small_ops = ops,
	.n_small_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * sidestep_netlink_notify() - tell all who listen
 * @session: the session
 * @event: what has happened
 *
 * May sleep. Whoever misses a message for want of memory sees a gap: the next
 * one has the whole state.
 */
void sidestep_netlink_notify(struct sidestep_session *session,
			     enum sidestep_event event)
{
	struct net *net = dev_net(session->dev);
	struct sk_buff *msg;
	void *header;

	if (!genl_has_listeners(&family, net, GROUP_EVENTS))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	header = genlmsg_put(msg, 0, 0, &family, 0, SIDESTEP_CMD_NTF);
	if (!header || put_session(msg, session, event)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, header);
	genlmsg_multicast_netns(&family, net, msg, 0, GROUP_EVENTS,
				GFP_KERNEL);
}

/**
 * sidestep_netlink_init() - offer the family
 *
 * Return: 0 or a negative error.
 */
int __init sidestep_netlink_init(void)
{
	return genl_register_family(&family);
}

/**
 * sidestep_netlink_exit() - take it back
 */
void sidestep_netlink_exit(void)
{
	genl_unregister_family(&family);
}
