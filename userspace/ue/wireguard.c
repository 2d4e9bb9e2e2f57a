// SPDX-License-Identifier: GPL-2.0-or-later
#include "wireguard.h"
#include "wireguard_parse.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/random.h>

enum {
	/* Room for all that is said here at once: WIREGUARD_MAX_PEERS that are to
	 * go, and a peer with its prefixes.
	 */
	REQUEST_SIZE = 2048,
};

int wireguard_open(struct genl *genl)
{
	return genl_open(genl, WG_GENL_NAME, NULL);
}

int wireguard_keygen(uint8_t private_key[WG_KEY_LEN])
{
	ssize_t len;

	do {
		len = getrandom(private_key, WG_KEY_LEN, 0);
	} while (len < 0 && errno == EINTR);
	if (len != WG_KEY_LEN)
		return len < 0 ? -errno : -EIO;
	private_key[0] &= 248;
	private_key[31] &= 127;
	private_key[31] |= 64;
	return 0;
}

/* begin - a request about a device; NULL if that cannot be its name */
static struct nlmsghdr *begin(void *buf, uint8_t cmd, const char *ifname)
{
	struct nlmsghdr *msg = genl_message(buf, cmd, WG_GENL_VERSION);

	if (strlen(ifname) >= IFNAMSIZ)
		return NULL;
	mnl_attr_put_strz(msg, WGDEVICE_A_IFNAME, ifname);
	return msg;
}

static int ask(struct genl *genl, const char *ifname,
	       struct wireguard_answer *answer, struct ack *ack)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct wireguard_device *dev = answer->dev;
	struct nlmsghdr *msg;
	int ret;

	*ack = (struct ack){ .error = EINVAL };
	msg = begin(buf, WG_CMD_GET_DEVICE, ifname);
	if (!msg)
		return -EINVAL;
	do {
		memset(dev, 0, sizeof(*dev));
		*answer = (struct wireguard_answer){ .dev = dev };
		ret = genl_call(genl, msg, NLM_F_DUMP, wireguard_parse, answer, ack);
	} while (ret == -EINTR);
	return ret;
}

int wireguard_get(struct genl *genl, const char *ifname,
		  struct wireguard_device *dev, struct ack *ack)
{
	struct wireguard_answer answer = { .dev = dev };

	return ask(genl, ifname, &answer, ack);
}

int wireguard_set(struct genl *genl, const char *ifname,
		  const struct wireguard_device *dev, struct ack *ack)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, WG_CMD_SET_DEVICE, ifname);

	*ack = (struct ack){ .error = EINVAL };
	if (!msg)
		return -EINVAL;
	mnl_attr_put(msg, WGDEVICE_A_PRIVATE_KEY, WG_KEY_LEN, dev->private_key);
	if (dev->listen_port)
		mnl_attr_put_u16(msg, WGDEVICE_A_LISTEN_PORT, dev->listen_port);
	mnl_attr_put_u32(msg, WGDEVICE_A_FWMARK, dev->mark);
	return genl_call(genl, msg, NLM_F_ACK, NULL, NULL, ack);
}

static bool same_endpoint(const struct sockaddr_storage *a,
			  const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port &&
		       a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a6->sin6_port == b6->sin6_port &&
	       a6->sin6_scope_id == b6->sin6_scope_id &&
	       !memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr));
}

static bool allows(const struct wireguard_peer *peer, const struct rtnl_prefix *prefix)
{
	size_t i;

	for (i = 0; i < peer->n_allowed; i++)
		if (prefix_same(&peer->allowed[i], prefix))
			return true;
	return false;
}

static bool same_allowed(const struct wireguard_peer *a, const struct wireguard_peer *b)
{
	size_t i;

	for (i = 0; i < a->n_allowed; i++)
		if (!allows(b, &a->allowed[i]))
			return false;
	for (i = 0; i < b->n_allowed; i++)
		if (!allows(a, &b->allowed[i]))
			return false;
	return true;
}

static void put_endpoint(struct nlmsghdr *msg, const struct sockaddr_storage *ss)
{
	size_t len = ss->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
						sizeof(struct sockaddr_in6);

	mnl_attr_put(msg, WGPEER_A_ENDPOINT, len, ss);
}

static void put_allowed(struct nlmsghdr *msg, const struct wireguard_peer *peer)
{
	const struct rtnl_prefix *prefix = peer->allowed;
	struct nlattr *all, *one;
	size_t i;

	mnl_attr_put_u32(msg, WGPEER_A_FLAGS, WGPEER_F_REPLACE_ALLOWEDIPS);
	all = mnl_attr_nest_start(msg, WGPEER_A_ALLOWEDIPS);
	for (i = 0; i < peer->n_allowed; i++, prefix++) {
		one = mnl_attr_nest_start(msg, 0);
		mnl_attr_put_u16(msg, WGALLOWEDIP_A_FAMILY, prefix->family);
		mnl_attr_put(msg, WGALLOWEDIP_A_IPADDR, prefix_addr_len(prefix->family),
			     prefix->addr);
		mnl_attr_put_u8(msg, WGALLOWEDIP_A_CIDR_MASK, prefix->bits);
		mnl_attr_nest_end(msg, one);
	}
	mnl_attr_nest_end(msg, all);
}

/* put_peer - what differs from @old, or all if that is NULL. Return: did anything? */
static bool put_peer(struct nlmsghdr *msg, const struct wireguard_peer *peer,
		     const struct wireguard_peer *old, bool replace_allowed)
{
	struct nlattr *nest = mnl_attr_nest_start(msg, 0);
	bool differs = !old;

	mnl_attr_put(msg, WGPEER_A_PUBLIC_KEY, WG_KEY_LEN, peer->key);
	if (!old || replace_allowed || !same_allowed(peer, old)) {
		put_allowed(msg, peer);
		differs = true;
	}
	if (peer->endpoint.ss_family &&
	    (!old || !same_endpoint(&peer->endpoint, &old->endpoint))) {
		put_endpoint(msg, &peer->endpoint);
		differs = true;
	}
	if (!old || peer->keepalive_s != old->keepalive_s) {
		mnl_attr_put_u16(msg, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,
				 peer->keepalive_s);
		differs = true;
	}
	mnl_attr_nest_end(msg, nest);
	return differs;
}

/* Return: were there others? */
static bool put_removals(struct nlmsghdr *msg, const struct wireguard_answer *answer,
			 const uint8_t *but)
{
	struct nlattr *nest;
	bool any = false;
	size_t i;

	for (i = 0; i < answer->n_keys; i++) {
		if (!memcmp(answer->key[i], but, WG_KEY_LEN))
			continue;
		nest = mnl_attr_nest_start(msg, 0);
		mnl_attr_put(msg, WGPEER_A_PUBLIC_KEY, WG_KEY_LEN, answer->key[i]);
		mnl_attr_put_u32(msg, WGPEER_A_FLAGS, WGPEER_F_REMOVE_ME);
		mnl_attr_nest_end(msg, nest);
		any = true;
	}
	return any;
}

/* One request; with more peers than fit, not all of it is done. */
static int set_peer_once(struct genl *genl, const char *ifname,
			 const struct wireguard_peer *peer,
			 const struct wireguard_answer *answer, struct ack *ack)
{
	char buf[REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct wireguard_device *dev = answer->dev;
	struct nlmsghdr *msg = begin(buf, WG_CMD_SET_DEVICE, ifname);
	struct nlattr *nest;
	bool known, any;

	if (!msg)
		return -EINVAL;
	known = dev->has_peer && !memcmp(dev->peer.key, peer->key, WG_KEY_LEN);
	nest = mnl_attr_nest_start(msg, WGDEVICE_A_PEERS);
	any = put_removals(msg, answer, peer->key);
	any |= put_peer(msg, peer, known ? &dev->peer : NULL, answer->more_allowed);
	mnl_attr_nest_end(msg, nest);
	return any ? genl_call(genl, msg, NLM_F_ACK, NULL, NULL, ack) : 0;
}

int wireguard_set_peer(struct genl *genl, const char *ifname,
		       const struct wireguard_peer *peer, struct ack *ack)
{
	struct wireguard_device dev;
	struct wireguard_answer answer = { .dev = &dev };
	int ret;

	if (peer->n_allowed > WIREGUARD_MAX_ALLOWED) {
		*ack = (struct ack){ .error = EINVAL };
		return -EINVAL;
	}
	do {
		ret = ask(genl, ifname, &answer, ack);
		if (ret == 0)
			ret = set_peer_once(genl, ifname, peer, &answer, ack);
	} while (ret == 0 && answer.more_keys);
	return ret;
}

/* Of a known peer. @keepalive_s, @endpoint: NULL if it stays */
static int change_peer(struct genl *genl, const char *ifname, const uint8_t *key,
		       uint32_t flags, const uint16_t *keepalive_s,
		       const struct sockaddr_storage *endpoint, struct ack *ack)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, WG_CMD_SET_DEVICE, ifname);
	struct nlattr *peers, *peer;

	*ack = (struct ack){ .error = EINVAL };
	if (!msg)
		return -EINVAL;
	peers = mnl_attr_nest_start(msg, WGDEVICE_A_PEERS);
	peer = mnl_attr_nest_start(msg, 0);
	mnl_attr_put(msg, WGPEER_A_PUBLIC_KEY, WG_KEY_LEN, key);
	mnl_attr_put_u32(msg, WGPEER_A_FLAGS, flags);
	if (keepalive_s)
		mnl_attr_put_u16(msg, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,
				 *keepalive_s);
	if (endpoint)
		put_endpoint(msg, endpoint);
	mnl_attr_nest_end(msg, peer);
	mnl_attr_nest_end(msg, peers);
	return genl_call(genl, msg, NLM_F_ACK, NULL, NULL, ack);
}

/* The kernel sends one when the interval ceases to be 0. */
int wireguard_nudge(struct genl *genl, const char *ifname,
		    const uint8_t key[WG_KEY_LEN], uint16_t keepalive_s,
		    struct ack *ack)
{
	static const uint16_t off = 0;
	int ret;

	ret = change_peer(genl, ifname, key, WGPEER_F_UPDATE_ONLY, &off, NULL, ack);
	if (ret < 0)
		return ret;
	return change_peer(genl, ifname, key, WGPEER_F_UPDATE_ONLY, &keepalive_s, NULL, ack);
}

int wireguard_set_endpoint(struct genl *genl, const char *ifname,
			   const uint8_t key[WG_KEY_LEN],
			   const struct sockaddr_storage *endpoint, struct ack *ack)
{
	return change_peer(genl, ifname, key, WGPEER_F_UPDATE_ONLY, NULL, endpoint, ack);
}

int wireguard_forget(struct genl *genl, const char *ifname,
		     const uint8_t key[WG_KEY_LEN], struct ack *ack)
{
	return change_peer(genl, ifname, key, WGPEER_F_REMOVE_ME, NULL, NULL, ack);
}
