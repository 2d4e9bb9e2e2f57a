// SPDX-License-Identifier: GPL-2.0
/*
 * What a netlink message says of a session, checked as a whole.
 */
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "budget_netlink.h"
#include "config.h"
#include "device.h"
#include "net.h"
#include "parse.h"
#include "select.h"
#include "session.h"
#include "tag.h"

/* Tagged IPv4 packets must fit (RFC 791), and IPv6 ones (RFC 8200). */
enum {
	MTU_MIN_V4 = 576 + SIDESTEP_TAG_LEN,
	MTU_MIN_V6 = IPV6_MIN_MTU + SIDESTEP_TAG_LEN,
};

static const char * const no_device_text[] = {
	"direct: no such device",
	"infra: no such device",
};

static const char * const own_device_text[] = {
	"direct: a session device cannot be a path",
	"infra: a session device cannot be a path",
};

static const char * const loopback_text[] = {
	"direct: a loopback device reaches no peer",
	"infra: a loopback device reaches no peer",
};

static const char * const small_mtu_text[] = {
	"direct: the device's MTU is too small for tagged packets",
	"infra: the device's MTU is too small for tagged packets",
};

static int parse_id(struct sidestep_config *config, struct genl_info *info)
{
	if (!info->attrs[SIDESTEP_A_ID])
		return 0;
	config->id = nla_get_u16(info->attrs[SIDESTEP_A_ID]);
	if (config->id)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SIDESTEP_A_ID],
			    "id: must be 1 to 65535");
	return -EINVAL;
}

static int parse_key(siphash_key_t *key, const struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	if (nla_len(attr) != SIDESTEP_KEY_LEN) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "key: must be 16 bytes long");
		return -EINVAL;
	}
	sidestep_key_load(key, nla_data(attr));
	return 0;
}

static const char *check_host4(struct net *net, __be32 addr)
{
	if (inet_addr_type(net, addr) == RTN_LOCAL)
		return "peer: the address is this host's own";
	if (ipv4_is_multicast(addr) || ipv4_is_zeronet(addr) ||
	    ipv4_is_lbcast(addr))
		return "peer: not the address of a host";
	return NULL;
}

static const char *check_host6(struct net *net, const struct in6_addr *addr)
{
	if (!(ipv6_addr_type(addr) & IPV6_ADDR_UNICAST))
		return "peer: not the address of a host";
	if (ipv6_chk_addr(net, addr, NULL, 0))
		return "peer: the address is this host's own";
	return NULL;
}

static const char *read_addr(const struct nlattr *attr, struct in6_addr *addr)
{
	switch (nla_len(attr)) {
	case sizeof(struct in_addr):
		ipv6_addr_set_v4mapped(nla_get_in_addr(attr), addr);
		return NULL;
	case sizeof(struct in6_addr):
		*addr = nla_get_in6_addr(attr);
		if (!ipv6_addr_v4mapped(addr))
			return NULL;
		return "peer: give IPv4 addresses in 4 bytes";
	default:
		return "peer: must be 4 or 16 bytes long";
	}
}

static const char *read_host(struct sidestep_peer *peer, struct net *net,
			     const struct nlattr *attr)
{
	const char *why = read_addr(attr, &peer->addr);

	peer->bits = SIDESTEP_ADDR_BITS;
	if (why)
		return why;
	return ipv6_addr_v4mapped(&peer->addr) ?
	       check_host4(net, peer->addr.s6_addr32[3]) :
	       check_host6(net, &peer->addr);
}

/* Multicast and the link's own addresses are never behind a router. */
static const char *check_prefix(const struct sidestep_peer *peer)
{
	struct in6_addr prefix;

	if (peer->bits > SIDESTEP_ADDR_BITS)
		return "peer: the prefix is too long";
	ipv6_addr_prefix(&prefix, &peer->addr, peer->bits);
	if (!ipv6_addr_equal(&prefix, &peer->addr))
		return "peer: bits are set behind the prefix";
	if (ipv6_addr_v4mapped(&prefix) ?
	    ipv4_is_multicast(prefix.s6_addr32[3]) :
	    ipv6_addr_type(&prefix) & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL))
		return "peer: no prefix of hosts behind a router";
	return NULL;
}

static struct sidestep_peer *first_host(struct sidestep_config *config,
					bool ipv4)
{
	unsigned int i;

	for (i = 0; i < config->n_hosts; i++)
		if (ipv6_addr_v4mapped(&config->peer[i].addr) == ipv4)
			return &config->peer[i];
	return NULL;
}

static const char *read_prefix(struct sidestep_config *config,
			       struct sidestep_peer *peer,
			       const struct nlattr *attr)
{
	struct nlattr *tb[SIDESTEP_PREFIX_A_MAX + 1];
	const char *why;

	/* The policy is checked already. */
	if (nla_parse_nested(tb, SIDESTEP_PREFIX_A_MAX, attr, NULL, NULL) ||
	    !tb[SIDESTEP_PREFIX_A_ADDR] || !tb[SIDESTEP_PREFIX_A_LEN])
		return "peer: a prefix is an address and a length";
	why = read_addr(tb[SIDESTEP_PREFIX_A_ADDR], &peer->addr);
	if (why)
		return why;
	peer->bits = nla_get_u8(tb[SIDESTEP_PREFIX_A_LEN]);
	if (ipv6_addr_v4mapped(&peer->addr))
		peer->bits += SIDESTEP_MAPPED_BITS;
	why = check_prefix(peer);
	if (!why && !first_host(config, ipv6_addr_v4mapped(&peer->addr)))
		why = "peer: no address of the peer is this prefix's next hop";
	return why;
}

static bool is_twice(const struct sidestep_config *config,
		     const struct sidestep_peer *peer)
{
	const struct sidestep_peer *other;

	for (other = config->peer; other < peer; other++)
		if (other->bits == peer->bits &&
		    ipv6_addr_equal(&other->addr, &peer->addr))
			return true;
	return false;
}

static int add_peer(struct sidestep_config *config, struct net *net,
		    const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	struct sidestep_peer *peer = &config->peer[config->n_peers];
	const char *why;

	if (config->n_peers == SIDESTEP_MAX_PEERS) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "peer: more than 8 addresses and prefixes");
		return -E2BIG;
	}
	memset(&peer->saddr, 0, sizeof(peer->saddr));
	why = nla_type(attr) == SIDESTEP_A_PEER ?
	      read_host(peer, net, attr) : read_prefix(config, peer, attr);
	if (!why && is_twice(config, peer))
		why = "peer: it is given twice";
	if (!why) {
		config->n_peers++;
		return 0;
	}
	extack->_msg = why;
	NL_SET_BAD_ATTR(extack, attr);
	return -EINVAL;
}

static int add_peers(struct sidestep_config *config, struct net *net,
		     int type, struct genl_info *info)
{
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != type)
			continue;
		err = add_peer(config, net, attr, info->extack);
		if (err)
			return err;
	}
	return 0;
}

/* The peers and prefixes in the message replace all that were there. */
static int parse_peers(struct sidestep_config *config, struct net *net,
		       struct genl_info *info)
{
	int err;

	if (!info->attrs[SIDESTEP_A_PEER] && !info->attrs[SIDESTEP_A_PREFIX])
		return 0;
	config->n_hosts = 0;
	config->n_peers = 0;
	err = add_peers(config, net, SIDESTEP_A_PEER, info);
	config->n_hosts = config->n_peers;
	if (!err)
		err = add_peers(config, net, SIDESTEP_A_PREFIX, info);
	return err;
}

static bool has_family(const struct sidestep_config *config, bool ipv4)
{
	unsigned int i;

	for (i = 0; i < config->n_peers; i++)
		if (ipv6_addr_v4mapped(&config->peer[i].addr) == ipv4)
			return true;
	return false;
}

/* What a tunnel's allowed addresses are, only probes can tell. */
static bool cannot_carry(const struct sidestep_config *config,
			 const struct net_device *dev)
{
	return dev->type == ARPHRD_ETHER || !(dev->flags & IFF_NOARP) ||
	       (dev->type == ARPHRD_TUNNEL && has_family(config, false)) ||
	       (dev->type == ARPHRD_SIT && has_family(config, true));
}

/**
 * sidestep_parse_device() - what is wrong with a path's device
 * @config: the configuration; its peers count
 * @path: enum sidestep_path
 *
 * Return: a text for people, or NULL if nothing is.
 */
const char *sidestep_parse_device(const struct sidestep_config *config,
				  unsigned int path)
{
	const struct net_device *dev = sidestep_config_device(config, path);

	if (!dev)
		return no_device_text[path];
	if (sidestep_device_is(dev))
		return own_device_text[path];
	if (dev->flags & IFF_LOOPBACK)
		return loopback_text[path];
	if (dev->mtu < (has_family(config, false) ? MTU_MIN_V6 : MTU_MIN_V4))
		return small_mtu_text[path];
	if (path == SIDESTEP_PATH_INFRA && cannot_carry(config, dev))
		return "infra: not a layer-3 device, it cannot carry the peer's addresses";
	return NULL;
}

static void name_device(struct sidestep_config *config, unsigned int path,
			struct net *net, const struct nlattr *attr)
{
	if (!attr)
		return;
	nla_strscpy(config->name[path], attr, IFNAMSIZ);
	RCU_INIT_POINTER(config->dev[path],
			 __dev_get_by_name(net, config->name[path]));
}

static int check_device(const struct sidestep_config *config, unsigned int path,
			const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	const char *why = attr ? sidestep_parse_device(config, path) : NULL;

	if (!why)
		return 0;
	extack->_msg = why;
	NL_SET_BAD_ATTR(extack, attr);
	return sidestep_config_device(config, path) ? -EINVAL : -ENODEV;
}

static int parse_devices(struct sidestep_config *config, struct net *net,
			 struct genl_info *info)
{
	const struct nlattr *direct = info->attrs[SIDESTEP_A_DIRECT];
	const struct nlattr *infra = info->attrs[SIDESTEP_A_INFRA];
	int err;

	name_device(config, SIDESTEP_PATH_DIRECT, net, direct);
	name_device(config, SIDESTEP_PATH_INFRA, net, infra);
	if ((direct || infra) && !strcmp(config->name[SIDESTEP_PATH_DIRECT],
					 config->name[SIDESTEP_PATH_INFRA])) {
		NL_SET_ERR_MSG_ATTR(info->extack, infra ? infra : direct,
				    "direct and infra are the same device");
		return -EINVAL;
	}
	err = check_device(config, SIDESTEP_PATH_DIRECT, direct, info->extack);
	if (!err)
		err = check_device(config, SIDESTEP_PATH_INFRA, infra,
				   info->extack);
	return err;
}

/* Whether all was said that a session cannot do without. */
static int check_complete(const struct sidestep_config *config,
			  const struct sidestep_config *old,
			  struct genl_info *info)
{
	const char *why = NULL;

	if (!config->id)
		why = "the session has no id";
	else if (!config->n_hosts)
		why = "the session has no peer";
	else if (!old && !info->attrs[SIDESTEP_A_TX_KEY])
		why = "the session has no tx-key";
	else if (!old && !info->attrs[SIDESTEP_A_RX_KEY])
		why = "the session has no rx-key";
	else if (!memcmp(&config->tx_key, &config->rx_key,
			 sizeof(config->tx_key)))
		/* Else what we send could be sent back to us. */
		why = "the session's tx-key and rx-key are the same";
	else if (!config->name[SIDESTEP_PATH_DIRECT][0])
		why = "the session has no direct device";
	else if (!config->name[SIDESTEP_PATH_INFRA][0])
		why = "the session has no infra device";
	if (!why)
		return 0;
	info->extack->_msg = why;
	return -EINVAL;
}

/* Whether a change of the peers fits the devices that stay. */
static int check_devices(const struct sidestep_config *config,
			 struct genl_info *info)
{
	unsigned int path;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		const char *why = sidestep_parse_device(config, path);

		if (why && sidestep_config_device(config, path)) {
			info->extack->_msg = why;
			return -EINVAL;
		}
	}
	return 0;
}

static bool peer_overlaps(const struct sidestep_peer *a,
			  const struct sidestep_peer *b)
{
	return ipv6_addr_v4mapped(&a->addr) == ipv6_addr_v4mapped(&b->addr) &&
	       ipv6_prefix_equal(&a->addr, &b->addr, min(a->bits, b->bits));
}

/* Returns the first of @config's peers that overlaps one of theirs, or NULL. */
static const struct sidestep_peer *
find_overlap(const struct sidestep_config *config,
	     const struct sidestep_config *theirs)
{
	unsigned int i, j;

	for (i = 0; i < config->n_peers; i++)
		for (j = 0; j < theirs->n_peers; j++)
			if (peer_overlaps(&config->peer[i], &theirs->peer[j]))
				return &config->peer[i];
	return NULL;
}

/* The attribute that a peer was made of, in the order of parse_peers(). */
static const struct nlattr *peer_attr(const struct sidestep_config *config,
				      const struct sidestep_peer *peer,
				      const struct genl_info *info)
{
	unsigned int skip = peer - config->peer;
	int rem, type = SIDESTEP_A_PEER;
	const struct nlattr *attr;

	if (skip >= config->n_hosts) {
		skip -= config->n_hosts;
		type = SIDESTEP_A_PREFIX;
	}
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == type && !skip--)
			return attr;
	return NULL;
}

static int check_others(const struct sidestep_config *config,
			struct genl_info *info)
{
	struct net *net = dev_net(config->session->dev);
	struct sidestep_session *other;

	list_for_each_entry(other, &sidestep_net(net)->sessions, list) {
		struct sidestep_config *theirs = rtnl_dereference(other->config);
		const struct sidestep_peer *peer;

		if (other == config->session || !theirs)
			continue;
		if (theirs->id == config->id) {
			NL_SET_ERR_MSG_ATTR(info->extack,
					    info->attrs[SIDESTEP_A_ID],
					    "id: another session has it");
			return -EEXIST;
		}
		peer = find_overlap(config, theirs);
		if (peer) {
			NL_SET_ERR_MSG_ATTR(info->extack,
					    peer_attr(config, peer, info),
					    "peer: another session has it, or overlaps it");
			return -EEXIST;
		}
	}
	return 0;
}

/* Prefixes are behind the first address of their family. */
static void peers_link(struct sidestep_config *config)
{
	unsigned int i;

	for (i = 0; i < config->n_peers; i++) {
		struct sidestep_peer *peer = &config->peer[i];

		peer->via = i < config->n_hosts ? peer :
			    first_host(config, ipv6_addr_v4mapped(&peer->addr));
	}
}

/**
 * sidestep_parse() - take what a netlink message says, and check the whole
 * @config: where to: a copy of @old, or empty; not published
 * @old: what holds so far; NULL if nothing does
 * @info: the message
 *
 * Return: 0, or a negative error with an extack text.
 */
int sidestep_parse(struct sidestep_config *config,
		   const struct sidestep_config *old, struct genl_info *info)
{
	struct net *net = dev_net(config->session->dev);
	int err;

	err = parse_id(config, info);
	if (!err)
		err = parse_peers(config, net, info);
	if (!err)
		err = parse_key(&config->tx_key, info->attrs[SIDESTEP_A_TX_KEY],
				info->extack);
	if (!err)
		err = parse_key(&config->rx_key, info->attrs[SIDESTEP_A_RX_KEY],
				info->extack);
	if (!err)
		err = parse_devices(config, net, info);
	if (!err)
		err = sidestep_select_parse(config, info);
	if (!err)
		err = sidestep_budget_parse(&config->budget, info);
	if (!err)
		err = check_complete(config, old, info);
	if (!err)
		err = check_devices(config, info);
	if (!err)
		err = check_others(config, info);
	if (!err)
		peers_link(config);
	return err;
}
