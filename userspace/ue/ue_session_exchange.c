// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ue_session_exchange: what a session offers its peer, and what it makes of its offer
 */
#include "../common/log.h"
#include "ue_session.h"

#include <stdio.h>
#include <string.h>

static void offer_endpoints(const struct ue_session *s, struct offer *offer)
{
	const struct netview_link *modem = netview_link(s->host->view, s->conf.modem);
	struct tunnel_state state;

	if (!modem || tunnel_read(s->tunnel, &state) || !state.listen_port)
		return;
	for (size_t i = 0; i < modem->n_addrs &&
			   offer->n_endpoints < OFFER_MAX_ENDPOINTS; i++)
		if (netview_is_public(&modem->addr[i]))
			prefix_endpoint(&offer->endpoint[offer->n_endpoints++],
				      &modem->addr[i], state.listen_port);
}

static bool fill_offer(struct offer *offer, void *data)
{
	struct ue_session *s = data;
	const struct netview_link *direct = ue_session_direct(s);
	struct wireguard_device wg;
	struct ack ack;

	if (!direct || !s->own.n || !s->tunnel ||
	    wireguard_get(&s->host->wireguard, s->conf.tunnel, &wg, &ack))
		return false;
	*offer = (struct offer){
		.version = OFFER_VERSION,
		.has_keys = s->stored.has_keys,
		.n_addrs = s->own.n,
	};
	snprintf(offer->name, sizeof(offer->name), "%s", s->host->conf.name);
	if (s->stored.has_keys)
		memcpy(offer->keys_id, s->stored.keys.keys_id, sizeof(offer->keys_id));
	if (direct->mac_len == sizeof(offer->mac))
		memcpy(offer->mac, direct->mac, sizeof(offer->mac));
	memcpy(offer->addr, s->own.addr, s->own.n * sizeof(*offer->addr));
	memcpy(offer->wg_key, wg.public_key, sizeof(offer->wg_key));
	offer_endpoints(s, offer);
	explicit_bzero(&wg, sizeof(wg));
	return true;
}

/* Both ends come to the same: the keys that both have, or else this connection's. */
static bool take_keys(struct ue_session *s, const struct offer *offer,
		      const struct exchange_keys *keys)
{
	struct stored *stored = &s->stored;

	if (stored->has_keys && offer->has_keys &&
	    !memcmp(stored->keys.keys_id, offer->keys_id, sizeof(offer->keys_id)))
		return false;
	if (stored->has_keys &&
	    !memcmp(stored->keys.keys_id, keys->keys_id, sizeof(keys->keys_id)))
		return false;
	stored->keys = *keys;
	stored->has_keys = true;
	s->new_keys = true;
	return true;
}

static void offered(const struct offer *offer, const struct exchange_keys *keys,
		    const struct sockaddr_in6 *from, void *data)
{
	struct ue_session *s = data;
	bool changed = take_keys(s, offer, keys);
	struct offer known = *offer;

	(void)from;
	if (!s->meeting.met)
		log_say(LOG_NOTICE, s->conf.device, "met %s on %s%s", offer->name,
			s->conf.direct, changed ? ", with new keys" : "");
	if (strcmp(offer->name, s->conf.peer))
		log_say(LOG_NOTICE, s->conf.device,
			"the peer calls itself %s, not %s as in Peer=", offer->name,
			s->conf.peer);
	/* What it says of its keys is of this moment only. */
	known.has_keys = false;
	memset(known.keys_id, 0, sizeof(known.keys_id));
	if (!s->stored.has_peer || memcmp(&known, &s->stored.peer, sizeof(known))) {
		s->stored.peer = known;
		s->stored.has_peer = changed = true;
	}
	if (changed)
		ue_session_save(s);
	meeting_began(&s->meeting);
	ue_session_follow(s);
}

static void gone(const char *why, void *data)
{
	struct ue_session *s = data;

	log_say(LOG_INFO, s->conf.device, "no contact with %s on %s any more: %s",
		s->conf.peer, s->conf.direct, why);
	meeting_ended(&s->meeting, why);
}

static void failed(const char *why, void *data)
{
	struct ue_session *s = data;

	meeting_failed(&s->meeting, why);
}

const struct exchange_ops ue_session_exchange_ops = {
	.offer = fill_offer,
	.offered = offered,
	.gone = gone,
	.failed = failed,
};
