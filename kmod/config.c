// SPDX-License-Identifier: GPL-2.0
/*
 * What a session was told: checked as a whole, then published as a whole.
 */
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "config.h"
#include "deliver.h"
#include "device.h"
#include "net.h"
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

static struct sidestep_config *config_of(struct sidestep_session *session)
{
	return rtnl_dereference(session->config);
}

static struct net_device *device_of(const struct sidestep_config *config,
				    unsigned int path)
{
	return rtnl_dereference(config->dev[path]);
}

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

static const char *device_fault(const struct sidestep_config *config,
				unsigned int path)
{
	const struct net_device *dev = device_of(config, path);

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
	const char *why = attr ? device_fault(config, path) : NULL;

	if (!why)
		return 0;
	extack->_msg = why;
	NL_SET_BAD_ATTR(extack, attr);
	return device_of(config, path) ? -EINVAL : -ENODEV;
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
		const char *why = device_fault(config, path);

		if (why && device_of(config, path)) {
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
		struct sidestep_config *theirs = config_of(other);
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

static int config_parse(struct sidestep_config *config,
			const struct sidestep_config *old,
			struct genl_info *info)
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
		err = check_complete(config, old, info);
	if (!err)
		err = check_devices(config, info);
	if (!err)
		err = check_others(config, info);
	return err;
}

/* A copy that owns nothing yet: no device references, no route caches. */
static struct sidestep_config *config_copy(struct sidestep_session *session,
					   const struct sidestep_config *old)
{
	struct sidestep_config *config = kzalloc(sizeof(*config), GFP_KERNEL);
	unsigned int i;

	if (!config)
		return NULL;
	if (old)
		*config = *old;
	INIT_HLIST_NODE(&config->node);
	config->session = session;
	config->raised = 0;
	for (i = 0; i < SIDESTEP_MAX_PEERS; i++) {
		INIT_HLIST_NODE(&config->peer[i].node);
		config->peer[i].config = config;
		memset(&config->peer[i].route, 0, sizeof(struct dst_cache));
	}
	return config;
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

static void routes_destroy(struct sidestep_config *config)
{
	unsigned int i;

	for (i = 0; i < SIDESTEP_MAX_PEERS; i++)
		dst_cache_destroy(&config->peer[i].route);
}

static int routes_init(struct sidestep_config *config)
{
	unsigned int i;

	for (i = 0; i < config->n_peers; i++)
		if (dst_cache_init(&config->peer[i].route, GFP_KERNEL))
			goto err_routes;
	return 0;

err_routes:
	routes_destroy(config);
	return -ENOMEM;
}

/*
 * Sockets leave room for the headers of the device by which they think that
 * they send. Without room for ours every packet would be copied.
 */
static void headroom_raise(struct sidestep_config *config)
{
	struct net_device *direct = device_of(config, SIDESTEP_PATH_DIRECT);
	struct net_device *infra = device_of(config, SIDESTEP_PATH_INFRA);
	unsigned int need;

	if (!direct || !infra)
		return;
	need = SIDESTEP_TAG_LEN + infra->hard_header_len +
	       infra->needed_headroom;
	if (config->raised || need <= direct->needed_headroom)
		return;
	config->headroom = direct->needed_headroom;
	config->raised = need;
	WRITE_ONCE(direct->needed_headroom, need);
}

/* If somebody else has changed it since, it is theirs. */
static void headroom_restore(struct sidestep_config *config)
{
	struct net_device *direct = device_of(config, SIDESTEP_PATH_DIRECT);

	if (direct && config->raised &&
	    direct->needed_headroom == config->raised)
		WRITE_ONCE(direct->needed_headroom, config->headroom);
	config->raised = 0;
}

static void infra_learn(struct sidestep_config *config)
{
	const struct net_device *dev = device_of(config, SIDESTEP_PATH_INFRA);

	config->infra_gso = dev && dev->rtnl_link_ops &&
			    !strcmp(dev->rtnl_link_ops->kind, "wireguard");
}

/* A device may be up before it is one of ours. */
static void direct_learn(struct sidestep_config *config)
{
	const struct net_device *dev = device_of(config, SIDESTEP_PATH_DIRECT);

	sidestep_deliver_direct(config->session, dev && netif_running(dev));
}

static void devices_hold(struct sidestep_config *config)
{
	unsigned int path;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (device_of(config, path))
			dev_hold(device_of(config, path));
	infra_learn(config);
	headroom_raise(config);
}

static void config_free(struct sidestep_config *config)
{
	unsigned int path;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (device_of(config, path))
			dev_put(device_of(config, path));
	routes_destroy(config);
	kfree_sensitive(config);
}

/* Replaces the published configuration; @config may be NULL. */
static void config_publish(struct sidestep_session *session,
			   struct sidestep_config *config)
{
	struct sidestep_config *old = config_of(session);
	bool up = netif_running(session->dev);

	if (old)
		headroom_restore(old);
	if (config)
		devices_hold(config);
	rcu_assign_pointer(session->config, config);
	if (config)
		direct_learn(config);
	if (config && up)
		sidestep_net_publish(dev_net(session->dev), config);
	if (!old)
		return;
	if (up)
		sidestep_net_unpublish(dev_net(session->dev), old);
	synchronize_net();
	config_free(old);
}

/* The paths on which the peer must be searched for anew. */
static unsigned int paths_changed(const struct sidestep_config *old,
				  const struct sidestep_config *config)
{
	unsigned int path, changed = 0;

	if (!old || old->id != config->id ||
	    memcmp(&old->tx_key, &config->tx_key, sizeof(old->tx_key)) ||
	    memcmp(&old->rx_key, &config->rx_key, sizeof(old->rx_key)) ||
	    !ipv6_addr_equal(&old->peer[0].addr, &config->peer[0].addr))
		return SIDESTEP_ON_BOTH;
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (device_of(old, path) != device_of(config, path))
			changed |= 1 << path;
	return changed;
}

/**
 * sidestep_config_set() - configure a session as a netlink message says
 * @session: the session
 * @info: the message
 * @changed: set to the paths (enum sidestep_paths) that are others than before
 *
 * Return: 0, or a negative error with an extack text and nothing changed.
 */
int sidestep_config_set(struct sidestep_session *session,
			struct genl_info *info, unsigned int *changed)
{
	struct sidestep_config *old = config_of(session);
	struct sidestep_config *config;
	int err;

	config = config_copy(session, old);
	if (!config) {
		NL_SET_ERR_MSG(info->extack, "out of memory");
		return -ENOMEM;
	}
	err = config_parse(config, old, info);
	if (!err)
		err = routes_init(config);
	if (err) {
		kfree_sensitive(config);
		return err;
	}
	peers_link(config);
	*changed = paths_changed(old, config);
	config_publish(session, config);
	return 0;
}

/**
 * sidestep_config_bind() - a device came: use it if it is one of a session's
 * @session: the session
 * @dev: the device
 *
 * Return: whether it is.
 */
bool sidestep_config_bind(struct sidestep_session *session,
			  struct net_device *dev)
{
	struct sidestep_config *config = config_of(session);
	unsigned int path;

	for (path = 0; config && path <= SIDESTEP_PATH_MAX; path++) {
		if (device_of(config, path) ||
		    strcmp(config->name[path], dev->name))
			continue;
		rcu_assign_pointer(config->dev[path], dev);
		if (device_fault(config, path)) {
			RCU_INIT_POINTER(config->dev[path], NULL);
			return false;
		}
		dev_hold(dev);
		direct_learn(config);
		infra_learn(config);
		headroom_raise(config);
		return true;
	}
	return false;
}

/**
 * sidestep_config_unbind() - a device goes: stop using it
 * @session: the session
 * @dev: the device
 *
 * Return: whether it was in use. No reference is left then, and no reader.
 */
bool sidestep_config_unbind(struct sidestep_session *session,
			    struct net_device *dev)
{
	struct sidestep_config *config = config_of(session);
	unsigned int path, i;

	for (path = 0; config && path <= SIDESTEP_PATH_MAX; path++) {
		if (device_of(config, path) != dev)
			continue;
		headroom_restore(config);
		if (path == SIDESTEP_PATH_DIRECT)
			WRITE_ONCE(config->gone, dev->ifindex);
		RCU_INIT_POINTER(config->dev[path], NULL);
		synchronize_net();
		for (i = 0; i < config->n_peers; i++)
			dst_cache_reset(&config->peer[i].route);
		dev_put(dev);
		return true;
	}
	return false;
}

/**
 * sidestep_config_rename() - a device has a new name: remember that one
 * @session: the session
 * @dev: the device
 *
 * Return: whether it is one of the session's.
 */
bool sidestep_config_rename(struct sidestep_session *session,
			    const struct net_device *dev)
{
	struct sidestep_config *config = config_of(session);
	unsigned int path;

	for (path = 0; config && path <= SIDESTEP_PATH_MAX; path++) {
		if (device_of(config, path) != dev)
			continue;
		strscpy(config->name[path], dev->name, IFNAMSIZ);
		return true;
	}
	return false;
}

/**
 * sidestep_config_clear() - forget a session's configuration
 * @session: the session
 */
void sidestep_config_clear(struct sidestep_session *session)
{
	ASSERT_RTNL();
	config_publish(session, NULL);
}

/**
 * sidestep_config_mtu() - the largest packet that fits both paths with a tag
 * @config: the configuration
 *
 * Return: bytes, with IP header and without the tag; 0 if no device is there.
 */
unsigned int sidestep_config_mtu(const struct sidestep_config *config)
{
	unsigned int path, mtu = IP_MAX_MTU + 1;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (device_of(config, path))
			mtu = min(mtu, device_of(config, path)->mtu);
	return mtu > IP_MAX_MTU ? 0 : mtu - SIDESTEP_TAG_LEN;
}

static struct sidestep_peer *longest_prefix(struct sidestep_config *config,
					    const struct in6_addr *addr)
{
	unsigned int least = ipv6_addr_v4mapped(addr) ? SIDESTEP_MAPPED_BITS : 0;
	struct sidestep_peer *longest = NULL;
	unsigned int i;

	for (i = config->n_hosts; i < config->n_peers; i++) {
		struct sidestep_peer *peer = &config->peer[i];

		if (peer->bits < least ||
		    !ipv6_prefix_equal(&peer->addr, addr, peer->bits))
			continue;
		if (!longest || peer->bits > longest->bits)
			longest = peer;
	}
	return longest;
}

/**
 * sidestep_config_peer() - find an address among the session's peers
 * @config: the configuration
 * @addr: IPv6, or IPv4 mapped
 *
 * Return: the peer or the longest prefix, or NULL.
 */
struct sidestep_peer *sidestep_config_peer(struct sidestep_config *config,
					   const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < config->n_hosts; i++)
		if (ipv6_addr_equal(&config->peer[i].addr, addr))
			return &config->peer[i];
	return longest_prefix(config, addr);
}
