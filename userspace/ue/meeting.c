// SPDX-License-Identifier: GPL-2.0-or-later
#include "meeting.h"
#include "../common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum meeting_limits {
	FIRST_WAIT_US = 500000,
	LONGEST_WAIT_US = 15000000,
	SLACK_US = 100000,
};

/* A hello is answered once in that time. */
#define ANSWER_NS 500000000ull

static void set_why(struct meeting *m, const char *why)
{
	if (strcmp(m->why, why))
		snprintf(m->why, sizeof(m->why), "%s", why);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct meeting *m = data;
	int err = hello_say(m->host->hello, m->ifindex, NULL);

	(void)usec;
	if (err)
		log_say(LOG_DEBUG, m->session, "no hello on %s: %s", m->direct,
			strerror(-err));
	sd_event_source_set_time_relative(source, m->wait_us);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	m->wait_us *= 2;
	if (m->wait_us > LONGEST_WAIT_US)
		m->wait_us = LONGEST_WAIT_US;
	return 0;
}

void meeting_hurry(struct meeting *m)
{
	m->wait_us = FIRST_WAIT_US;
	if (!m->ifindex || m->met)
		return;
	if (m->timer) {
		sd_event_source_set_time_relative(m->timer, 0);
		sd_event_source_set_enabled(m->timer, SD_EVENT_ONESHOT);
	} else if (sd_event_add_time_relative(m->host->event, &m->timer,
					      CLOCK_BOOTTIME, 0, SLACK_US,
					      on_timer, m) < 0) {
		log_say(LOG_ERR, m->session, "no timer for hellos");
	}
}

int meeting_open(struct meeting *m, struct host *host,
		 const struct conf_session *conf, void *data)
{
	*m = (struct meeting){
		.host = host,
		.session = conf->device,
		.direct = conf->direct,
		.peer = exchange_peer_add(host->exchange, conf->peer_key, data),
		.wait_us = FIRST_WAIT_US,
	};
	if (!m->peer)
		return -ENOMEM;
	hello_hint(m->hint, conf->peer_key);
	return 0;
}

static void leave(struct meeting *m)
{
	if (m->ifindex)
		hello_leave(m->host->hello, m->ifindex);
	m->timer = sd_event_source_disable_unref(m->timer);
}

void meeting_close(struct meeting *m)
{
	leave(m);
	m->ifindex = 0;
	if (m->peer)
		exchange_peer_del(m->peer);
	m->peer = NULL;
}

/* Another session may hear on that link, too. */
static void join(struct meeting *m)
{
	int err = hello_join(m->host->hello, m->ifindex);

	if (!err)
		return;
	snprintf(m->why, sizeof(m->why),
		 "no hellos can be heard on %s: %s; is IPv6 off there?", m->direct,
		 strerror(-err));
	log_say(LOG_WARNING, m->session, "%s", m->why);
}

void meeting_link(struct meeting *m, uint32_t ifindex)
{
	if (ifindex == m->ifindex)
		return;
	leave(m);
	m->ifindex = ifindex;
	set_why(m, "");
	exchange_peer_link(m->peer, ifindex);
	if (!ifindex)
		return;
	join(m);
	meeting_hurry(m);
}

/* To answer an answer would go on for ever, were it not for the time between. */
static void answer(struct meeting *m, const struct sockaddr_in6 *from)
{
	uint64_t now = host_now_ns();

	if (m->answered_ns && now - m->answered_ns < ANSWER_NS)
		return;
	m->answered_ns = now;
	hello_say(m->host->hello, m->ifindex, from);
}

void meeting_hello(struct meeting *m, const uint8_t hint[HELLO_HINT_LEN],
		   const struct sockaddr_in6 *from, unsigned int version)
{
	if (from->sin6_scope_id != m->ifindex || memcmp(hint, m->hint, sizeof(m->hint)))
		return;
	if (version != OFFER_VERSION)
		snprintf(m->why, sizeof(m->why),
			 "its helper speaks version %u of the exchange, this one %u: install the same on both",
			 version, OFFER_VERSION);
	else if (exchange_connects(m->peer))
		exchange_connect(m->peer, from);
	else if (!m->met)
		answer(m, from);
}

void meeting_began(struct meeting *m)
{
	if (!m->met)
		m->since_ns = host_now_ns();
	m->met = true;
	set_why(m, "");
	m->timer = sd_event_source_disable_unref(m->timer);
}

void meeting_ended(struct meeting *m, const char *why)
{
	if (m->met)
		m->since_ns = host_now_ns();
	m->met = false;
	set_why(m, why);
	meeting_hurry(m);
}

void meeting_failed(struct meeting *m, const char *why)
{
	set_why(m, why);
}
