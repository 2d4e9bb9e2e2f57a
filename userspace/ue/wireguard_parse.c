// SPDX-License-Identifier: GPL-2.0-or-later
#include "wireguard_parse.h"
#include "../common/attr.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/time_types.h>
#include <string.h>

/* What is looked for in an allowed prefix. */
struct allowed_attrs {
	uint16_t family;
	uint8_t bits;
	const struct nlattr *addr;
};

/**
 * struct peer_attrs - what is looked for in a peer
 * @peer: what was found
 * @has_key: @peer has its key
 * @allowed: the nest of its prefixes, or NULL
 */
struct peer_attrs {
	struct wireguard_peer peer;
	bool has_key;
	const struct nlattr *allowed;
};

static int take_key(const struct nlattr *attr, uint8_t key[WG_KEY_LEN])
{
	if (mnl_attr_get_payload_len(attr) != WG_KEY_LEN)
		return MNL_CB_ERROR;
	memcpy(key, mnl_attr_get_payload(attr), WG_KEY_LEN);
	return MNL_CB_OK;
}

static int take_endpoint(const struct nlattr *attr, struct sockaddr_storage *ss)
{
	const struct sockaddr *sa = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);
	size_t need;

	if (len < sizeof(*sa))
		return MNL_CB_ERROR;
	need = sa->sa_family == AF_INET ? sizeof(struct sockaddr_in) :
					  sizeof(struct sockaddr_in6);
	if (len < need || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6))
		return MNL_CB_ERROR;
	memcpy(ss, sa, need);
	return MNL_CB_OK;
}

static int take_time(const struct nlattr *attr, struct wireguard_peer *peer)
{
	struct __kernel_timespec ts;

	if (mnl_attr_get_payload_len(attr) != sizeof(ts))
		return MNL_CB_ERROR;
	memcpy(&ts, mnl_attr_get_payload(attr), sizeof(ts));
	peer->handshake_s = ts.tv_sec;
	peer->handshake_ns = ts.tv_nsec;
	return MNL_CB_OK;
}

static int take_allowed_attr(const struct nlattr *attr, void *data)
{
	struct allowed_attrs *attrs = data;

	switch (mnl_attr_get_type(attr)) {
	case WGALLOWEDIP_A_FAMILY:
		return attr_u16(attr, &attrs->family);
	case WGALLOWEDIP_A_CIDR_MASK:
		return attr_u8(attr, &attrs->bits);
	case WGALLOWEDIP_A_IPADDR:
		attrs->addr = attr;
	}
	return MNL_CB_OK;
}

static int take_allowed(const struct nlattr *attr, void *data)
{
	struct wireguard_answer *answer = data;
	struct wireguard_peer *peer = &answer->dev->peer;
	struct allowed_attrs attrs = {};
	struct rtnl_prefix prefix;

	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0 ||
	    mnl_attr_parse_nested(attr, take_allowed_attr, &attrs) < 0 ||
	    !attrs.addr ||
	    rtnl_prefix_take(&prefix, attrs.family, attrs.addr) < 0 ||
	    attrs.bits > prefix.bits)
		return MNL_CB_ERROR;
	prefix.bits = attrs.bits;
	if (peer->n_allowed == WIREGUARD_MAX_ALLOWED)
		answer->more_allowed = true;
	else
		peer->allowed[peer->n_allowed++] = prefix;
	return MNL_CB_OK;
}

static int take_peer_attr(const struct nlattr *attr, void *data)
{
	struct peer_attrs *attrs = data;
	struct wireguard_peer *peer = &attrs->peer;

	switch (mnl_attr_get_type(attr)) {
	case WGPEER_A_PUBLIC_KEY:
		attrs->has_key = true;
		return take_key(attr, peer->key);
	case WGPEER_A_ENDPOINT:
		return take_endpoint(attr, &peer->endpoint);
	case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
		return attr_u16(attr, &peer->keepalive_s);
	case WGPEER_A_LAST_HANDSHAKE_TIME:
		return take_time(attr, peer);
	case WGPEER_A_RX_BYTES:
		return attr_u64(attr, &peer->rx_bytes);
	case WGPEER_A_TX_BYTES:
		return attr_u64(attr, &peer->tx_bytes);
	case WGPEER_A_ALLOWEDIPS:
		if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
			return MNL_CB_ERROR;
		attrs->allowed = attr;
	}
	return MNL_CB_OK;
}

/* A peer whose prefixes do not fit goes on in the next message. */
static bool is_last_key(const struct wireguard_answer *answer, const uint8_t *key)
{
	return answer->n_keys &&
	       !memcmp(answer->key[answer->n_keys - 1], key, WG_KEY_LEN);
}

static void note_key(struct wireguard_answer *answer, const uint8_t *key)
{
	if (answer->n_keys == WIREGUARD_MAX_PEERS)
		answer->more_keys = true;
	else
		memcpy(answer->key[answer->n_keys++], key, WG_KEY_LEN);
}

static int take_peer(const struct nlattr *attr, void *data)
{
	struct wireguard_answer *answer = data;
	struct peer_attrs attrs = {};

	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0 ||
	    mnl_attr_parse_nested(attr, take_peer_attr, &attrs) < 0 ||
	    !attrs.has_key)
		return MNL_CB_ERROR;
	if (!is_last_key(answer, attrs.peer.key)) {
		note_key(answer, attrs.peer.key);
		if (!answer->dev->has_peer)
			answer->dev->peer = attrs.peer;
		answer->dev->has_peer = true;
	}
	if (!attrs.allowed || memcmp(answer->dev->peer.key, attrs.peer.key, WG_KEY_LEN))
		return MNL_CB_OK;
	return mnl_attr_parse_nested(attrs.allowed, take_allowed, answer);
}

static int take_attr(const struct nlattr *attr, void *data)
{
	struct wireguard_answer *answer = data;
	struct wireguard_device *dev = answer->dev;

	switch (mnl_attr_get_type(attr)) {
	case WGDEVICE_A_PRIVATE_KEY:
		return take_key(attr, dev->private_key);
	case WGDEVICE_A_PUBLIC_KEY:
		return take_key(attr, dev->public_key);
	case WGDEVICE_A_LISTEN_PORT:
		return attr_u16(attr, &dev->listen_port);
	case WGDEVICE_A_FWMARK:
		return attr_u32(attr, &dev->mark);
	case WGDEVICE_A_PEERS:
		if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
			return MNL_CB_ERROR;
		return mnl_attr_parse_nested(attr, take_peer, answer);
	}
	return MNL_CB_OK;
}

int wireguard_parse(const struct nlmsghdr *nlh, void *data)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (len < GENL_HDRLEN ||
	    mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
				   len - GENL_HDRLEN, take_attr, data) < 0)
		return -EBADMSG;
	return 0;
}
