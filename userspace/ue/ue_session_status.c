// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ue_session_status: a session in words
 */
#include "ue_session_mno.h"
#include "../common/clock.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull

static const char *const readiness_words[] = {
	[TUNNEL_NO_MODEM] = "no modem",
	[TUNNEL_NO_ROUTE] = "no route",
	[TUNNEL_NO_PEER] = "no peer",
	[TUNNEL_NO_ENDPOINT] = "no endpoint",
	[TUNNEL_COLD] = "cold",
	[TUNNEL_NO_HANDSHAKE] = "no handshake",
	[TUNNEL_UP] = "ready",
};

static void endpoint_text(char text[STATUS_NAME_SIZE],
			  const struct sockaddr_storage *endpoint)
{
	const struct sockaddr_in6 *in6 = (const void *)endpoint;
	const struct sockaddr_in *in = (const void *)endpoint;
	char addr[INET6_ADDRSTRLEN];

	*text = '\0';
	if (endpoint->ss_family == AF_INET)
		snprintf(text, STATUS_NAME_SIZE, "%s:%u",
			 inet_ntop(AF_INET, &in->sin_addr, addr, sizeof(addr)),
			 ntohs(in->sin_port));
	else if (endpoint->ss_family == AF_INET6)
		snprintf(text, STATUS_NAME_SIZE, "[%s]:%u",
			 inet_ntop(AF_INET6, &in6->sin6_addr, addr, sizeof(addr)),
			 ntohs(in6->sin6_port));
}

static void tunnel_status(const struct ue_session *s, struct status_session *status)
{
	struct tunnel_state state;

	snprintf(status->standby, sizeof(status->standby), "no modem");
	status->handshake_s = -1;
	status->standby_bytes_per_day = -1;
	if (!s->tunnel || tunnel_read(s->tunnel, &state))
		return;
	snprintf(status->standby, sizeof(status->standby), "%s",
		 readiness_words[state.readiness]);
	status->handshake_s = state.handshake_age_s;
	endpoint_text(status->endpoint, &state.endpoint);
	status->standby_bytes_per_day =
		standby_per_day(&s->standby, state.rx_bytes + state.tx_bytes,
				host_now_ns());
}

static void modem_status(const struct ue_session *s, struct status_session *status)
{
	const struct modem_state *modem = modem_state(s->host->modems, s->conf.modem);

	if (!modem)
		return;
	snprintf(status->modem_state, sizeof(status->modem_state), "%s", modem->state);
	snprintf(status->operator, sizeof(status->operator), "%s", modem->operator);
}

static void radio_status(const struct ue_session *s, struct status_session *status)
{
	const struct radio *radio = &s->radio;
	status->signal_mbm = INT32_MIN;
	status->signal_age_ms = -1;
	status->tx_retries_permille = radio->retries_permille;
	status->tx_failed_permille = radio->failed_permille;
	if (!radio->last_at_ns)
		return;
	status->signal_mbm = radio->last_mbm;
	status->signal_age_ms = (clock_now_ns(CLOCK_MONOTONIC) - radio->last_at_ns) /
				NSEC_PER_MSEC;
}

/* Why it is not whole, first things first. */
static void problem_status(const struct ue_session *s, struct status_session *status)
{
	const struct netview_link *direct = netview_link(s->host->view, s->conf.direct);
	const char *peer = s->conf.peer, *dev = s->conf.direct;
	char *text = status->problem;
	size_t size = sizeof(status->problem);

	if (!memcmp(s->conf.peer_key, s->host->key.public, sizeof(s->conf.peer_key)))
		snprintf(text, size, "PeerKey= is this host's own key: it must be that of %s",
			 peer);
	else if (*s->problem)
		snprintf(text, size, "%s", s->problem);
	else if (s->unsaved)
		snprintf(text, size, "what must be remembered cannot be written to %s",
			 s->host->state_dir);
	else if (!direct)
		snprintf(text, size, "the direct device %s is missing", dev);
	else if (!direct->up)
		snprintf(text, size, "the direct device %s is down: 'ip link set %s up'",
			 dev, dev);
	else if (!s->own.n)
		snprintf(text, size, "the direct device %s has no address but a link-local one",
			 dev);
	else if (!s->meeting.met && *s->meeting.why)
		snprintf(text, size, "%s", s->meeting.why);
	else if (!s->meeting.met && !s->stored.has_peer)
		snprintf(text, size, "waiting for %s on %s: is its sidestepd running, with this host's key?",
			 peer, dev);
}

void ue_session_status(const struct ue_session *s, struct status_session *status)
{
	const struct conf_session *conf = &s->conf;

	*status = (struct status_session){ .met = s->meeting.met };
	memcpy(status->device, conf->device, sizeof(status->device));
	snprintf(status->peer, sizeof(status->peer), "%s", conf->peer);
	memcpy(status->tunnel, conf->tunnel, sizeof(status->tunnel));
	memcpy(status->modem, conf->modem, sizeof(status->modem));
	status->met_s = s->meeting.since_ns ?
		(int64_t)((host_now_ns() - s->meeting.since_ns) / NSEC_PER_SEC) : -1;
	problem_status(s, status);
	tunnel_status(s, status);
	modem_status(s, status);
	radio_status(s, status);
	ue_session_mno_status(s, status);
}
