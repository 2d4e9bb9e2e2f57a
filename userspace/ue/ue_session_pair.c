// SPDX-License-Identifier: GPL-2.0-or-later
#include "ue_session_pair.h"

#include "../common/log.h"
#include "relay_alias.h"

#include <errno.h>
#include <string.h>

#define NSEC_PER_MSEC 1000000ull

enum {
	LOOK_US = 10000,
	/* While it is the relay again and again: the more packets there are, the sooner each
	 * time.
	 */
	LOOK_AGAIN_US = 1000,
	SLACK_US = 100,
	/* Since the relay was last seen there; and after an answer. */
	CALM_MS = 2000,
	ANSWERED_MS = 200,
	/* Since it was chosen, and since an answer, whatever is seen: by then the other end
	 * wants the relay.
	 */
	MAX_MS = 10000,
	ANSWERED_MAX_MS = 1000,
};

static bool is_relay(const struct ue_session *s, const struct sockaddr_storage *addr)
{
	const struct pf_order *order = &s->mno.call.connect;

	return addr->ss_family && (endpoint_same(addr, &order->relay) ||
				   endpoint_same(addr, &order->relay6));
}

/* Return: was the endpoint the relay? */
static bool leave_relay(struct ue_session *s)
{
	const struct sockaddr_storage *pair = &s->endpoint.said[ENDPOINT_CHECKED];
	struct wireguard_device wg;
	struct ack ack;
	int err;

	if (s->endpoint.hold || !pair->ss_family ||
	    wireguard_get(&s->host->wireguard, s->conf.tunnel, &wg, &ack))
		return false;
	explicit_bzero(wg.private_key, sizeof(wg.private_key));
	if (!wg.has_peer || memcmp(wg.peer.key, s->stored.peer.wg_key, WG_KEY_LEN) ||
	    !is_relay(s, &wg.peer.endpoint))
		return false;
	err = wireguard_set_endpoint(&s->host->wireguard, s->conf.tunnel, wg.peer.key, pair,
				     &ack);
	if (err && err != s->mno.pair_problem)
		log_say(LOG_WARNING, s->conf.device,
			"the tunnel's endpoint cannot be set: %s", strerror(-err));
	s->mno.pair_problem = err;
	return !err;
}

static void look_for(struct ue_session *s, unsigned int ms)
{
	uint64_t until_ns = host_now_ns() + ms * NSEC_PER_MSEC;

	if (until_ns > s->mno.pair_end_ns)
		until_ns = s->mno.pair_end_ns;
	if (until_ns > s->mno.pair_until_ns)
		s->mno.pair_until_ns = until_ns;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct ue_session *s = data;
	bool was_relay = leave_relay(s);

	(void)usec;
	if (was_relay)
		look_for(s, CALM_MS);
	if (host_now_ns() >= s->mno.pair_until_ns) {
		ue_session_pair_end(s);
		return 0;
	}
	sd_event_source_set_time_relative(source, was_relay ? LOOK_AGAIN_US : LOOK_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void close_alias(struct ue_session *s)
{
	nft_close(s->mno.alias);
	s->mno.alias = NULL;
}

/* Return: what is wrong, or NULL; valid until the alias is closed. */
static const char *make_alias(struct ue_session *s, uint16_t port,
			      const struct sockaddr_storage *addr)
{
	const char *why;

	if (!port)
		return "the tunnel's port is not known";
	if (!s->mno.alias)
		s->mno.alias = nft_open();
	if (!s->mno.alias)
		return strerror(errno);
	if (relay_alias_add(s->mno.alias, port, &s->endpoint.said[ENDPOINT_RELAY], addr))
		return "the relay is of another family";
	return nft_commit(s->mno.alias, &why) ? why : NULL;
}

static void open_alias(struct ue_session *s, uint16_t port,
		       const struct sockaddr_storage *addr)
{
	const char *why = make_alias(s, port, addr);

	if (!why)
		return;
	log_say(LOG_INFO, s->conf.device,
		"packets that still come by the relay may lead the tunnel back: %s", why);
	close_alias(s);
}

static void keep(struct ue_session *s, unsigned int ms, unsigned int max_ms)
{
	uint64_t end_ns = host_now_ns() + max_ms * NSEC_PER_MSEC;

	if (end_ns > s->mno.pair_end_ns)
		s->mno.pair_end_ns = end_ns;
	look_for(s, ms);
	if (s->mno.pair_timer ||
	    sd_event_add_time_relative(s->host->event, &s->mno.pair_timer, CLOCK_BOOTTIME,
				       LOOK_US, SLACK_US, on_timer, s) >= 0)
		return;
	log_say(LOG_ERR, s->conf.device, "no timer for the tunnel's endpoint");
	close_alias(s);
}

void ue_session_pair_chosen(struct ue_session *s, uint16_t port,
			    const struct sockaddr_storage *addr)
{
	open_alias(s, port, addr);
	keep(s, CALM_MS, MAX_MS);
}

void ue_session_pair_answered(struct ue_session *s)
{
	keep(s, ANSWERED_MS, ANSWERED_MAX_MS);
}

void ue_session_pair_end(struct ue_session *s)
{
	close_alias(s);
	s->mno.pair_timer = sd_event_source_disable_unref(s->mno.pair_timer);
}
