// SPDX-License-Identifier: GPL-2.0-or-later
#include "tunnel.h"
#include "../common/log.h"
#include "outlet.h"
#include "tunnel_device.h"
#include "way.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	/* WireGuard's REJECT_AFTER_TIME: no key is used longer. */
	REJECT_AFTER_S = 180,
	/* Without a way out for so many ticks the device is set down: then the kernel
	 * knows at once that its path is none. Routes that are replaced are not away
	 * for as long.
	 */
	WAYLESS_TICKS = 2,
	/* Once there was a handshake the device is read every so many ticks. */
	QUIET_TICKS = 8,
	/* For so many ticks the first handshake is left to the peer if that begins: what is
	 * sent here would begin another, and two that cross stall for 5 s.
	 */
	HOLD_TICKS = 2,
	/* UDP and IP. */
	OVERHEAD_4 = 28,
	OVERHEAD_6 = 48,
};

#define NSEC_PER_SEC 1000000000ll

/**
 * struct shake - the last handshake, by a clock that does not jump
 * @at_ns: as the kernel tells it, CLOCK_REALTIME; 0 if there was none
 * @boot_s: the same in CLOCK_BOOTTIME
 * @read_s: when it was last asked for, CLOCK_BOOTTIME; 0: never
 * @before_ns: @at_ns when the device was last set up; its keys of before are gone
 */
struct shake {
	int64_t at_ns;
	int64_t boot_s;
	int64_t read_s;
	int64_t before_ns;
};

/**
 * struct tunnel - see there
 * @conf: as configured
 * @device: the WireGuard device
 * @outlet: where its packets leave
 * @way: the modem's, when last looked at
 * @wayless: for how many ticks it has led nowhere, WAYLESS_TICKS at most
 * @has_peer: @peer was told
 * @peer: who is at the other end
 * @initiator: this end begins
 * @hold: for how many more ticks the kernel is told no endpoint if it does not
 * @needed: a cold one is to be up
 * @shake: the last handshake
 * @ticks: until the device is read again
 * @problem: the failure with the peer that was logged last
 */
struct tunnel {
	const struct conf_session *conf;
	struct tunnel_device device;
	struct outlet *outlet;
	struct way way;
	unsigned int wayless;
	bool has_peer;
	struct wireguard_peer peer;
	bool initiator;
	unsigned int hold;
	bool needed;
	struct shake shake;
	unsigned int ticks;
	int problem;
};

static int64_t clock_s(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec;
}

/* Return: CLOCK_REALTIME, 0 if there was none. */
static int64_t shaken_at(const struct wireguard_device *dev)
{
	if (!dev->has_peer)
		return 0;
	return dev->peer.handshake_s * NSEC_PER_SEC + dev->peer.handshake_ns;
}

/* When there was time for it: since it was last looked for, at the most. */
static void shake_note(struct shake *shake, int64_t at_ns)
{
	int64_t now = clock_s(CLOCK_BOOTTIME);
	int64_t age = clock_s(CLOCK_REALTIME) - at_ns / NSEC_PER_SEC;

	if (at_ns != shake->at_ns) {
		if (shake->read_s && age > now - shake->read_s)
			age = now - shake->read_s;
		shake->boot_s = now - (age > 0 ? age : 0);
		shake->at_ns = at_ns;
	}
	shake->read_s = now;
}

/* Return: seconds, or -1 if there was none. */
static int64_t shake_age(const struct shake *shake)
{
	return shake->at_ns ? clock_s(CLOCK_BOOTTIME) - shake->boot_s : -1;
}

/* Was there one since the device was set up? */
static bool shake_is_done(const struct shake *shake)
{
	return shake->at_ns && shake->at_ns != shake->before_ns;
}

static bool shake_is_fresh(const struct shake *shake)
{
	return shake_is_done(shake) && shake_age(shake) <= REJECT_AFTER_S;
}

static bool is_warm(const struct tunnel *tunnel)
{
	return tunnel->conf->standby == CONF_STANDBY_WARM || tunnel->needed;
}

static bool is_to_be_up(const struct tunnel *tunnel)
{
	return is_warm(tunnel) && tunnel->wayless < WAYLESS_TICKS;
}

static bool is_peer(const struct wireguard_device *dev, const struct wireguard_peer *peer)
{
	return dev->has_peer && !memcmp(dev->peer.key, peer->key, WG_KEY_LEN);
}

/* look - read the device, and note its handshake */
static int look(struct tunnel *tunnel, struct wireguard_device *dev)
{
	struct ack ack;
	int ret;

	ret = wireguard_get(tunnel->device.genl, tunnel->device.name, dev, &ack);
	if (ret == 0)
		shake_note(&tunnel->shake, tunnel->has_peer && is_peer(dev, &tunnel->peer) ?
			   shaken_at(dev) : 0);
	return ret;
}

static int peer_failed(struct tunnel *tunnel, int ret, const struct ack *ack)
{
	if (ret != tunnel->problem && ret != -ENODEV)
		log_say(LOG_ERR, tunnel->conf->device,
			"tunnel %s: the peer cannot be set: %s%s%s",
			tunnel->conf->tunnel, strerror(-ret), *ack->text ? ": " : "",
			ack->text);
	tunnel->problem = ret;
	return ret;
}

static uint16_t keepalive(const struct tunnel *tunnel)
{
	if (!tunnel->initiator && !shake_is_done(&tunnel->shake))
		return 0;
	return tunnel->conf->keepalive_s;
}

static bool holds_back(const struct tunnel *tunnel)
{
	return tunnel->hold && !tunnel->initiator && !shake_is_done(&tunnel->shake);
}

static void nudge(struct tunnel *tunnel)
{
	uint16_t interval = keepalive(tunnel);
	struct ack ack;

	if (interval && tunnel->has_peer && tunnel->device.ifindex)
		wireguard_nudge(tunnel->device.genl, tunnel->device.name,
				tunnel->peer.key, interval, &ack);
}

/* apply_peer - the kernel's endpoint stays if it works: the peer may have roamed,
 * unless it has said where it is (@moved)
 */
static int apply_peer(struct tunnel *tunnel, bool moved)
{
	struct wireguard_peer peer = tunnel->peer;
	struct wireguard_device dev;
	struct ack ack = {};
	bool known;
	int ret;

	if (!tunnel->has_peer || !tunnel->device.ifindex)
		return 0;
	ret = look(tunnel, &dev);
	if (ret < 0)
		return peer_failed(tunnel, ret, &ack);
	known = is_peer(&dev, &peer) && dev.peer.endpoint.ss_family;
	if (holds_back(tunnel) || (known && !moved && shake_is_fresh(&tunnel->shake)))
		peer.endpoint.ss_family = AF_UNSPEC;
	peer.keepalive_s = keepalive(tunnel);
	ret = wireguard_set_peer(tunnel->device.genl, tunnel->device.name, &peer, &ack);
	if (ret < 0)
		return peer_failed(tunnel, ret, &ack);
	tunnel->problem = 0;
	if (known && moved)
		nudge(tunnel);
	return 0;
}

/* A device that goes down forgets its keys. */
static void set_up(struct tunnel *tunnel, bool up)
{
	struct wireguard_device dev;

	if (tunnel_device_is_up(&tunnel->device) == up)
		return;
	if (look(tunnel, &dev) == 0)
		tunnel->shake.before_ns = shaken_at(&dev);
	if (!tunnel->initiator)
		apply_peer(tunnel, false);
	tunnel_device_set_up(&tunnel->device, up);
}

/* restart - without a key the kernel begins a handshake every 5 s only, unless the
 * device has just been set up
 */
static void restart(struct tunnel *tunnel)
{
	if (!tunnel_device_is_up(&tunnel->device) || !keepalive(tunnel))
		return;
	tunnel->shake.before_ns = tunnel->shake.at_ns;
	tunnel_device_set_up(&tunnel->device, false);
	tunnel_device_set_up(&tunnel->device, true);
}

/* follow_device - it is there, has its peer, and is up or down as it should be */
static int follow_device(struct tunnel *tunnel, bool may_be_up)
{
	const struct netview_link *modem;
	int ret;

	ret = tunnel_device_take(&tunnel->device);
	if (ret < 0)
		return ret;
	if (ret > 0) {
		tunnel->shake = (struct shake){};
		apply_peer(tunnel, false);
	}
	modem = netview_link(tunnel->device.view, tunnel->conf->modem);
	tunnel_device_fit(&tunnel->device, modem ? modem->mtu : 0);
	if (!is_to_be_up(tunnel))
		set_up(tunnel, false);
	else if (may_be_up)
		set_up(tunnel, true);
	return 0;
}

/* found_way - tell the peer of it; it learns our new address from what we send */
static void found_way(struct tunnel *tunnel)
{
	struct wireguard_device dev;

	if (!tunnel->has_peer || !is_warm(tunnel) || look(tunnel, &dev) < 0)
		return;
	if (shake_is_fresh(&tunnel->shake))
		nudge(tunnel);
	else
		restart(tunnel);
}

static int follow(struct tunnel *tunnel)
{
	struct way way;
	bool moved;
	int ret;

	ret = outlet_follow(tunnel->outlet, tunnel->device.view, tunnel->device.rtnl);
	way_read(&way, tunnel->device.view, tunnel->conf->modem);
	moved = !way_same(&way, &tunnel->way);
	tunnel->way = way;
	if (way_leads(&way, AF_UNSPEC))
		tunnel->wayless = 0;
	ret = follow_device(tunnel, ret == 0);
	if (ret == 0 && moved && way_leads(&way, AF_UNSPEC))
		found_way(tunnel);
	return ret;
}

void tunnel_follow(struct tunnel *tunnel)
{
	follow(tunnel);
}

int tunnel_open(struct tunnel **result, const struct conf_session *conf,
		const uint8_t private_key[WG_KEY_LEN], const struct netview *view,
		struct rtnl *rtnl, struct genl *genl)
{
	struct tunnel *tunnel = calloc(1, sizeof(*tunnel));
	int ret;

	*result = NULL;
	if (!tunnel)
		return -ENOMEM;
	tunnel->conf = conf;
	tunnel->outlet = outlet_get(conf->modem);
	if (!tunnel->outlet) {
		free(tunnel);
		return -ENOMEM;
	}
	tunnel->device = (struct tunnel_device){
		.name = conf->tunnel,
		.session = conf->device,
		.wanted.listen_port = conf->listen_port,
		.wanted.mark = tunnel->outlet->number,
		.view = view,
		.rtnl = rtnl,
		.genl = genl,
	};
	memcpy(tunnel->device.wanted.private_key, private_key, WG_KEY_LEN);
	ret = follow(tunnel);
	if (ret < 0) {
		tunnel_close(tunnel, false);
		return ret;
	}
	*result = tunnel;
	return 0;
}

void tunnel_close(struct tunnel *tunnel, bool remove)
{
	if (!tunnel)
		return;
	if (remove)
		tunnel_device_remove(&tunnel->device);
	outlet_put(tunnel->outlet, tunnel->device.rtnl, remove);
	explicit_bzero(tunnel->device.wanted.private_key, WG_KEY_LEN);
	free(tunnel);
}

int tunnel_set_peer(struct tunnel *tunnel, const struct wireguard_peer *peer,
		    bool initiator)
{
	bool moved = tunnel->has_peer && peer->endpoint.ss_family &&
		     memcmp(&peer->endpoint, &tunnel->peer.endpoint,
			    sizeof(peer->endpoint));

	if (!tunnel->has_peer || memcmp(peer->key, tunnel->peer.key, WG_KEY_LEN))
		tunnel->hold = HOLD_TICKS;
	tunnel->peer = *peer;
	tunnel->initiator = initiator;
	tunnel->has_peer = true;
	return apply_peer(tunnel, moved);
}

void tunnel_forget_peer(struct tunnel *tunnel)
{
	struct ack ack;

	if (!tunnel->has_peer)
		return;
	if (tunnel->device.ifindex)
		wireguard_forget(tunnel->device.genl, tunnel->device.name,
				 tunnel->peer.key, &ack);
	tunnel->has_peer = false;
	tunnel->shake = (struct shake){};
	tunnel->ticks = 0;
}

uint32_t tunnel_mark(const struct tunnel *tunnel)
{
	return tunnel->outlet->number;
}

int64_t tunnel_shaken_ns(const struct tunnel *tunnel)
{
	struct wireguard_device dev;
	struct ack ack;

	if (!tunnel->device.ifindex || !tunnel->has_peer ||
	    wireguard_get(tunnel->device.genl, tunnel->device.name, &dev, &ack) < 0 ||
	    !is_peer(&dev, &tunnel->peer))
		return 0;
	return shaken_at(&dev);
}

void tunnel_need(struct tunnel *tunnel, bool needed)
{
	if (tunnel->needed == needed)
		return;
	tunnel->needed = needed;
	follow(tunnel);
}

/* renew - WireGuard remembers the time of a peer's last handshake and refuses what is
 * not later, so a host whose clock went back would stay out until it is as late again.
 * When all keys have expired nothing is lost by forgetting that.
 */
static void renew(struct tunnel *tunnel, const struct wireguard_device *dev)
{
	struct ack ack;

	if (!tunnel->peer.endpoint.ss_family)
		tunnel->peer.endpoint = dev->peer.endpoint;
	if (wireguard_forget(tunnel->device.genl, tunnel->device.name, tunnel->peer.key,
			     &ack) == 0)
		log_say(LOG_INFO, tunnel->conf->device,
			"tunnel %s: no handshake for %d s, begun anew",
			tunnel->conf->tunnel, REJECT_AFTER_S);
}

static void count_wayless(struct tunnel *tunnel)
{
	if (way_leads(&tunnel->way, AF_UNSPEC) || tunnel->wayless == WAYLESS_TICKS)
		return;
	if (++tunnel->wayless == WAYLESS_TICKS && tunnel->device.ifindex)
		set_up(tunnel, false);
}

void tunnel_tick(struct tunnel *tunnel)
{
	bool was_done = shake_is_done(&tunnel->shake);
	struct wireguard_device dev;

	count_wayless(tunnel);
	if (!tunnel->has_peer || !tunnel->device.ifindex || !is_warm(tunnel))
		return;
	if (tunnel->hold)
		tunnel->hold--;
	if (tunnel->ticks && --tunnel->ticks)
		return;
	if (look(tunnel, &dev) < 0)
		return;
	if (shake_is_fresh(&tunnel->shake))
		tunnel->ticks = QUIET_TICKS;
	else if (is_peer(&dev, &tunnel->peer) && shake_is_done(&tunnel->shake))
		renew(tunnel, &dev);
	/* Keepalives may begin; or the endpoint that was told is better than none. */
	if (shake_is_done(&tunnel->shake) != was_done ||
	    !shake_is_fresh(&tunnel->shake))
		apply_peer(tunnel, false);
}

void tunnel_woken(struct tunnel *tunnel)
{
	tunnel->ticks = 0;
	/* Not if it will be renewed. Two that begin at once would cross. */
	if (tunnel->initiator && shake_is_fresh(&tunnel->shake))
		nudge(tunnel);
}

static enum tunnel_readiness readiness(const struct tunnel *tunnel,
				       const struct shake *shake,
				       const struct sockaddr_storage *endpoint)
{
	if (!tunnel->way.ifindex)
		return TUNNEL_NO_MODEM;
	if (!way_leads(&tunnel->way, endpoint->ss_family))
		return TUNNEL_NO_ROUTE;
	if (!tunnel->has_peer)
		return TUNNEL_NO_PEER;
	if (endpoint->ss_family == AF_UNSPEC)
		return TUNNEL_NO_ENDPOINT;
	if (!is_warm(tunnel))
		return TUNNEL_COLD;
	if (!shake_is_fresh(shake))
		return TUNNEL_NO_HANDSHAKE;
	return TUNNEL_UP;
}

/* The device counts a packet for each message. */
static void count_bytes(const struct tunnel *tunnel, const struct wireguard_peer *peer,
			struct tunnel_state *state)
{
	uint64_t overhead = peer->endpoint.ss_family == AF_INET6 ? OVERHEAD_6 : OVERHEAD_4;
	uint64_t rx, tx;
	struct ack ack;

	state->rx_bytes = peer->rx_bytes;
	state->tx_bytes = peer->tx_bytes;
	if (rtnl_link_packets(tunnel->device.rtnl, tunnel->device.ifindex, &rx, &tx,
			      &ack) < 0)
		return;
	state->rx_bytes += rx * overhead;
	state->tx_bytes += tx * overhead;
}

int tunnel_read(const struct tunnel *tunnel, struct tunnel_state *state)
{
	struct shake shake = tunnel->shake;
	struct wireguard_device dev;
	struct ack ack;
	int ret;

	memset(state, 0, sizeof(*state));
	if (!tunnel->device.ifindex)
		return tunnel->device.problem ? tunnel->device.problem : -ENODEV;
	ret = wireguard_get(tunnel->device.genl, tunnel->device.name, &dev, &ack);
	if (ret < 0)
		return ret;
	state->listen_port = dev.listen_port;
	state->handshake_age_s = -1;
	if (tunnel->has_peer && is_peer(&dev, &tunnel->peer)) {
		shake_note(&shake, shaken_at(&dev));
		state->endpoint = dev.peer.endpoint;
		state->handshake_age_s = shake_age(&shake);
		count_bytes(tunnel, &dev.peer, state);
	}
	state->readiness = readiness(tunnel, &shake, &state->endpoint);
	return 0;
}
