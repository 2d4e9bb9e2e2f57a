// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"
#include "coaps_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum coaps_times {
	/* For the handshake, which begins anew each second. */
	CONNECT_US = 6000000,
	/* Who has not been heard for so long, or has been asked so often, each time for
	 * so long, is gone.
	 */
	IDLE_S = 120,
	ASK = 2,
	ASKED_US = 1300000,
	ASKED_SOON_US = 350000,
	TIMER_SLACK_US = 10000,
	/* RFC 7252 4.8 has 2 s, 4 and 1; libcoap can do no less than 1 s. */
	ACK_S = 1,
	MAX_RETRANSMIT = 3,
	NSTART = 8,
};

/* --- its silence ---------------------------------------------------------- */

/* With a short keepalive the answer is wanted soon, too. */
static uint64_t asked_us(const struct coaps_assoc *assoc)
{
	return assoc->keepalive_s <= 2 ? ASKED_SOON_US : ASKED_US;
}

static uint64_t silence_us(const struct coaps_assoc *assoc)
{
	return (clock_now_ns(CLOCK_BOOTTIME) - assoc->since_ns) / 1000;
}

static uint64_t limit_us(const struct coaps_assoc *assoc)
{
	if (!assoc->connected)
		return CONNECT_US;
	if (!assoc->made_here || !assoc->keepalive_s)
		return IDLE_S * 1000000ull;
	return assoc->asked ? asked_us(assoc) : assoc->keepalive_s * 1000000ull;
}

static void timer_set(struct coaps_assoc *assoc)
{
	uint64_t silence = silence_us(assoc), limit = limit_us(assoc);

	sd_event_source_set_time_relative(assoc->timer,
					  limit > silence ? limit - silence : 0);
	sd_event_source_set_enabled(assoc->timer, SD_EVENT_ONESHOT);
}

static void fell_silent(struct coaps_assoc *assoc)
{
	if (!assoc->connected) {
		coaps_assoc_die(assoc, "no answer");
	} else if (!assoc->made_here || !assoc->keepalive_s || assoc->asked == ASK) {
		coaps_assoc_die(assoc, "it does not answer any more");
	} else {
		assoc->asked++;
		assoc->since_ns = clock_now_ns(CLOCK_BOOTTIME);
		coap_session_send_ping(assoc->session);
	}
}

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
	struct coaps_assoc *assoc = data;

	(void)source;
	(void)now;
	if (silence_us(assoc) >= limit_us(assoc))
		fell_silent(assoc);
	if (!assoc->dead)
		timer_set(assoc);
	coaps_kick(assoc->coaps);
	return 0;
}

void coaps_assoc_heard(struct coaps_assoc *assoc)
{
	assoc->since_ns = clock_now_ns(CLOCK_BOOTTIME);
	assoc->asked = 0;
}

void coaps_set_keepalive(struct coaps_assoc *assoc, unsigned int keepalive_s)
{
	if (assoc->dead || assoc->keepalive_s == keepalive_s)
		return;
	assoc->keepalive_s = keepalive_s;
	timer_set(assoc);
}

/* --- its life ------------------------------------------------------------- */

/* A socket for both families has IPv4 in IPv6 (RFC 4291 2.5.5.2). */
static void remote_set(struct sockaddr_storage *to, const coap_address_t *from)
{
	const struct sockaddr_in6 *in6 = &from->addr.sin6;
	struct sockaddr_in *in = (struct sockaddr_in *)to;

	if (from->addr.sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(to, &from->addr, from->size);
		return;
	}
	in->sin_family = AF_INET;
	in->sin_port = in6->sin6_port;
	memcpy(&in->sin_addr, &in6->sin6_addr.s6_addr[12], sizeof(in->sin_addr));
}

static void session_init(struct coaps_assoc *assoc, coap_session_t *session)
{
	assoc->session = coap_session_reference(session);
	coap_session_set_app_data(session, assoc);
	coap_session_set_mtu(session, COAPS_MTU);
	coap_session_set_ack_timeout(session, (coap_fixed_point_t){ ACK_S, 0 });
	coap_session_set_ack_random_factor(session, (coap_fixed_point_t){ 1, 0 });
	coap_session_set_max_retransmit(session, MAX_RETRANSMIT);
	coap_session_set_nstart(session, NSTART);
	remote_set(&assoc->remote, coap_session_get_addr_remote(session));
}

struct coaps_assoc *coaps_assoc_new(struct coaps *coaps, coap_session_t *session,
				    bool made_here)
{
	struct coaps_assoc *assoc = calloc(1, sizeof(*assoc));

	if (!assoc)
		return NULL;
	if (sd_event_add_time_relative(coaps->event, &assoc->timer, CLOCK_BOOTTIME,
				       CONNECT_US, TIMER_SLACK_US, on_timer, assoc) < 0) {
		free(assoc);
		return NULL;
	}
	assoc->coaps = coaps;
	assoc->made_here = made_here;
	coaps->connecting += made_here;
	session_init(assoc, session);
	coaps_assoc_heard(assoc);
	LIST_INSERT_HEAD(&coaps->assocs, assoc, entry);
	coaps->n++;
	return assoc;
}

void coaps_assoc_connected(struct coaps_assoc *assoc, const char *name)
{
	if (assoc->connected || assoc->dead)
		return;
	assoc->coaps->connecting -= assoc->made_here;
	assoc->connected = true;
	memcpy(assoc->name, name, COAPS_NAME_SIZE);
	coaps_assoc_heard(assoc);
	timer_set(assoc);
	assoc->coaps->ops->connected(assoc->coaps->data, assoc);
}

void coaps_assoc_die(struct coaps_assoc *assoc, const char *why)
{
	if (assoc->dead)
		return;
	assoc->dead = true;
	STAILQ_INSERT_TAIL(&assoc->coaps->dying, assoc, ended);
	snprintf(assoc->why, sizeof(assoc->why), "%s", why);
	coaps_kick(assoc->coaps);
}

void coaps_disconnect(struct coaps_assoc *assoc)
{
	coaps_assoc_die(assoc, "");
	assoc->silent = true;
}

void coaps_assoc_free(struct coaps_assoc *assoc)
{
	unsigned int i;

	LIST_REMOVE(assoc, entry);
	assoc->coaps->n--;
	assoc->silent = true;
	assoc->dead = true;
	if (!assoc->connected)
		assoc->coaps->connecting -= assoc->made_here;
	coaps_pending_end(assoc, 0);
	sd_event_source_disable_unref(assoc->timer);
	coap_session_set_app_data(assoc->session, NULL);
	/* libcoap 4.3 sends again for whom nobody holds any more, and frees him meanwhile. */
	coap_session_disconnected(assoc->session, COAP_NACK_NOT_DELIVERABLE);
	coap_session_release(assoc->session);
	for (i = 0; i < ANSWERS; i++)
		free(assoc->answer[i].text);
	free(assoc->observer);
	free(assoc);
}

/* libcoap does not say so of a session whose first datagram was refused. */
static void reap_refused(struct coaps *coaps)
{
	struct coaps_assoc *assoc;

	if (!coaps->connecting)
		return;
	LIST_FOREACH(assoc, &coaps->assocs, entry)
		if (assoc->made_here && !assoc->connected &&
		    coap_session_get_state(assoc->session) == COAP_SESSION_STATE_NONE)
			coaps_assoc_die(assoc, "nobody listens there");
}

/* Who hears of the end of one may end another. */
void coaps_reap(struct coaps *coaps)
{
	struct coaps_assoc *assoc;

	reap_refused(coaps);
	while ((assoc = STAILQ_FIRST(&coaps->dying))) {
		STAILQ_REMOVE_HEAD(&coaps->dying, ended);
		if (!assoc->silent) {
			coaps_pending_end(assoc, -ECONNRESET);
			coaps->ops->closed(coaps->data, assoc, assoc->why);
		}
		coaps_assoc_free(assoc);
	}
}

/* --- what is known of it -------------------------------------------------- */

const char *coaps_assoc_name(const struct coaps_assoc *assoc)
{
	return assoc->connected ? assoc->name : "";
}

const struct sockaddr_storage *coaps_assoc_remote(const struct coaps_assoc *assoc)
{
	return &assoc->remote;
}

void *coaps_assoc_data(const struct coaps_assoc *assoc)
{
	return assoc->data;
}

void coaps_assoc_set_data(struct coaps_assoc *assoc, void *data)
{
	assoc->data = data;
}
