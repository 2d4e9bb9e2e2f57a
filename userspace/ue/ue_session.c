// SPDX-License-Identifier: GPL-2.0-or-later
#include "ue_session.h"
#include "../common/names.h"
#include "fallback.h"
#include "kernel_diff.h"
#include "../common/log.h"
#include "ue_session_mno.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NSEC_PER_SEC 1000000000ull

enum session_tries {
	/* What could not be made is tried again after so many ticks. */
	RETRY_TICKS = 5,
	RELAY_KEEPALIVE_S = 15,
};

/* The log has it once, the status for as long as it lasts. */
static void __attribute__((format(printf, 2, 3)))
problem(struct ue_session *s, const char *format, ...)
{
	char text[sizeof(s->problem)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	s->ticks = RETRY_TICKS;
	if (!strcmp(text, s->problem))
		return;
	memcpy(s->problem, text, sizeof(text));
	log_say(LOG_ERR, s->conf.device, "%s", text);
}

void ue_session_save(struct ue_session *s)
{
	if (!s->stored_ok)
		return;
	s->unsaved = store_write(&s->stored, s->host->state_dir, s->conf.device);
}

static const struct netview_link *link_of(const struct ue_session *s,
					  const char *ifname)
{
	return netview_link(s->host->view, ifname);
}

const struct netview_link *ue_session_direct(const struct ue_session *s)
{
	const struct netview_link *link = link_of(s, s->conf.direct);

	return link && link->up ? link : NULL;
}

/* --- what is remembered --------------------------------------------------- */

static int remember_nothing(struct ue_session *s)
{
	static const uint8_t none[sizeof(s->stored.wg_private)];
	int err = 0;

	s->stored.has_keys = s->stored.has_peer = false;
	memcpy(s->stored.peer_key, s->conf.peer_key, sizeof(s->conf.peer_key));
	if (!memcmp(s->stored.wg_private, none, sizeof(none)))
		err = wireguard_keygen(s->stored.wg_private);
	return err;
}

/* A file that cannot be used is not replaced: whoever damaged it may mend it. */
static void remember(struct ue_session *s)
{
	int err = store_read(&s->stored, s->host->state_dir, s->conf.device);

	if (!err && !memcmp(s->stored.peer_key, s->conf.peer_key,
			    sizeof(s->conf.peer_key))) {
		s->stored_ok = true;
		memcpy(s->own.addr, s->stored.own, sizeof(s->own.addr));
		s->own.n = s->stored.n_own;
		return;
	}
	if (!err || err == -ENOENT)
		err = remember_nothing(s);
	s->stored_ok = !err;
	ue_session_save(s);
}

/* --- devices -------------------------------------------------------------- */

static int make_device(struct ue_session *s)
{
	const struct netview_link *link;
	struct ack ack;
	int err;

	err = rtnl_link_add(&s->host->rtnl, s->conf.device, SIDESTEP_GENL_NAME, 0,
			    &ack);
	link = link_of(s, s->conf.device);
	if (err == -EEXIST && link && strcmp(link->kind, SIDESTEP_GENL_NAME)) {
		problem(s, "there is a device %s already, and it is no session: remove it, or choose another name",
			s->conf.device);
		return err;
	}
	if (err == -EOPNOTSUPP) {
		problem(s, "the kernel has no module sidestep: install it, then 'modprobe sidestep'");
		return err;
	}
	if (err && err != -EEXIST) {
		problem(s, "cannot make the session device: %s",
			*ack.text ? ack.text : strerror(-err));
		return err;
	}
	return 0;
}

static int set_up(struct ue_session *s, const struct netview_link *link)
{
	struct ack ack;
	int err;

	if (link->up)
		return 0;
	err = rtnl_link_set_up(&s->host->rtnl, link->ifindex, true, &ack);
	if (err)
		problem(s, "cannot set %s up: %s", link->ifname,
			*ack.text ? ack.text : strerror(-err));
	return err;
}

static int need_wireguard(struct ue_session *s)
{
	struct host *host = s->host;

	if (!host->has_wireguard)
		host->has_wireguard = !wireguard_open(&host->wireguard);
	if (host->has_wireguard)
		return 0;
	problem(s, "the kernel has no WireGuard: 'modprobe wireguard'");
	return -ENOENT;
}

static int make_tunnel(struct ue_session *s)
{
	int err;

	if (s->tunnel)
		return 0;
	err = need_wireguard(s);
	if (err)
		return err;
	err = tunnel_open(&s->tunnel, &s->conf, s->stored.wg_private, s->host->view,
			  &s->host->rtnl, &s->host->wireguard);
	if (err == -EEXIST)
		problem(s, "there is a device %s already, and it is not this session's: remove it, or choose another Tunnel=",
			s->conf.tunnel);
	else if (err)
		problem(s, "cannot make the tunnel %s: %s", s->conf.tunnel,
			strerror(-err));
	return err;
}

/* --- the peer ------------------------------------------------------------- */

/* A relay forgets a tunnel that is silent for long. */
static uint16_t keepalive_s(const struct ue_session *s)
{
	uint16_t keepalive = s->conf.keepalive_s;

	if (ue_session_mno_is_on(s) && keepalive > RELAY_KEEPALIVE_S)
		keepalive = RELAY_KEEPALIVE_S;
	return keepalive;
}

static bool begins(const struct ue_session *s)
{
	return ue_session_mno_is_on(s) && s->mno.call.connect.kind ?
		       s->mno.call.connect.initiator :
		       exchange_connects(s->meeting.peer);
}

void ue_session_tell_tunnel(struct ue_session *s)
{
	struct wireguard_peer peer = { .keepalive_s = keepalive_s(s) };
	const struct offer *offer = &s->stored.peer;
	int err;

	if (!s->tunnel || !s->stored.has_peer)
		return;
	memcpy(peer.key, offer->wg_key, sizeof(peer.key));
	endpoint_say(&s->endpoint, ENDPOINT_OFFERED,
		     offer->n_endpoints ? &offer->endpoint[0] : NULL);
	peer.endpoint = *endpoint_now(&s->endpoint);
	for (size_t i = 0; i < offer->n_addrs; i++) {
		peer.allowed[i] = offer->addr[i];
		peer.allowed[i].bits = offer->addr[i].family == AF_INET ? 32 : 128;
	}
	peer.n_allowed = offer->n_addrs;
	err = tunnel_set_peer(s->tunnel, &peer, begins(s));
	if (err)
		problem(s, "cannot tell the tunnel of %s: %s", s->conf.peer,
			strerror(-err));
}

/* --- the kernel ----------------------------------------------------------- */

bool ue_session_is_away(const struct ue_session *s)
{
	const struct session *told = &s->told;

	return session_has(told, SIDESTEP_A_STATE) &&
	       (told->state != SIDESTEP_STATE_DIRECT ||
		told->decision != SIDESTEP_DECISION_RELEASE ||
		(session_has(told, SIDESTEP_A_PEER_WANTED) &&
		 told->peer_wanted != SIDESTEP_STATE_DIRECT));
}

uint64_t ue_session_tunnel_bytes(const struct ue_session *s)
{
	struct tunnel_state state;

	if (!s->tunnel || tunnel_read(s->tunnel, &state))
		return 0;
	return state.rx_bytes + state.tx_bytes;
}

static void take_told(struct ue_session *s, const struct session *told)
{
	bool away;

	s->told = *told;
	if (session_has(told, SIDESTEP_A_TRIGGER)) {
		memcpy(s->mno.rule, told->rule, sizeof(s->mno.rule));
		s->mno.has_rules = true;
	}
	away = ue_session_is_away(s);
	if (s->tunnel)
		tunnel_need(s->tunnel, away || ue_session_mno_is_on(s));
	if (away == standby_counts(&s->standby))
		standby_update(&s->standby, !away, ue_session_tunnel_bytes(s),
			       host_now_ns());
}

int ue_session_look(struct ue_session *s, struct ack *ack)
{
	struct session told;
	int err = kernel_get(s->host->kernel, s->conf.device, &told, ack);

	if (err)
		s->told.has = 0;
	else
		take_told(s, &told);
	return err;
}

/* Tells the kernel what differs from what it says. */
static void configure(struct ue_session *s)
{
	struct kernel_config config;
	struct ack ack;
	int err;

	err = ue_session_look(s, &ack);
	if (err) {
		kernel_check(s->host->kernel);
		if (kernel_is_foreign(s->host->kernel))
			problem(s, "the kernel module is of another version than this program: install both from one release, and load the module again");
		else
			problem(s, "the kernel does not tell of the session: %s",
				*ack.text ? ack.text : strerror(-err));
		return;
	}
	if (!s->stored.has_peer || !s->stored.has_keys || !link_of(s, s->conf.direct) ||
	    !link_of(s, s->conf.tunnel))
		return;
	kernel_diff(&config, &s->conf, &s->stored, &s->told, s->new_keys);
	if (!config.flags)
		return;
	err = kernel_set(s->host->kernel, s->conf.device, &config, &ack);
	if (err) {
		problem(s, "the kernel refuses the session: %s",
			*ack.text ? ack.text : strerror(-err));
		return;
	}
	s->new_keys = false;
	log_say(LOG_NOTICE, s->conf.device, "session with %s configured",
		s->conf.peer);
}

/* --- following ------------------------------------------------------------ */

static void follow_direct(struct ue_session *s)
{
	const struct netview_link *link = ue_session_direct(s);
	uint64_t now_s = host_now_ns() / NSEC_PER_SEC + 1;

	meeting_link(&s->meeting, link ? link->ifindex : 0);
	radio_target(&s->radio, link ? link->ifindex : 0,
		     s->stored.has_peer ? s->stored.peer.mac : (uint8_t[6]){});
	if (!link) {
		own_addrs_away(&s->own);
		return;
	}
	if (!own_addrs_update(&s->own, link->addr, link->n_addrs, now_s))
		return;
	s->stored.n_own = s->own.n;
	memcpy(s->stored.own, s->own.addr, sizeof(s->stored.own));
	ue_session_save(s);
}

void ue_session_make(struct ue_session *s)
{
	const struct netview_link *link = link_of(s, s->conf.device);

	s->ticks = 0;
	if (!s->stored_ok) {
		problem(s, "its file in %s cannot be used: mend or remove %s.session",
			s->host->state_dir, s->conf.device);
		remember(s);
		return;
	}
	if ((!link || strcmp(link->kind, SIDESTEP_GENL_NAME)) && make_device(s))
		return;
	if (!link)
		return;
	if (set_up(s, link) || make_tunnel(s))
		return;
	tunnel_follow(s->tunnel);
	ue_session_tell_tunnel(s);
	fallback_apply(&s->host->rtnl, s->host->view, s->conf.device, s->own.addr,
		       s->own.n);
	configure(s);
	if (!s->ticks)
		*s->problem = '\0';
}

void ue_session_follow(struct ue_session *s)
{
	follow_direct(s);
	ue_session_make(s);
	exchange_offer_again(s->meeting.peer);
}

void ue_session_tick(struct ue_session *s, bool woken)
{
	if (woken)
		meeting_hurry(&s->meeting);
	if (woken && s->tunnel)
		tunnel_woken(s->tunnel);
	follow_direct(s);
	if (s->tunnel)
		tunnel_tick(s->tunnel);
	if (s->unsaved)
		ue_session_save(s);
	if (s->ticks && !--s->ticks)
		ue_session_make(s);
	ue_session_mno_tick(s);
}

/* --- life ----------------------------------------------------------------- */

struct ue_session *ue_session_open(struct host *host, const struct conf_session *conf)
{
	struct ue_session *s = calloc(1, sizeof(*s));
	bool adopted;

	if (!s)
		return NULL;
	s->host = host;
	s->conf = *conf;
	endpoint_say(&s->endpoint, ENDPOINT_CONFIGURED, &conf->endpoint);
	radio_init(&s->radio, host, s->conf.device);
	if (meeting_open(&s->meeting, host, &s->conf, s)) {
		free(s);
		return NULL;
	}
	remember(s);
	s->new_keys = false;
	adopted = link_of(s, s->conf.tunnel);
	ue_session_follow(s);
	ue_session_mno_open(s, adopted);
	return s;
}

static void remove_device(struct ue_session *s)
{
	const struct netview_link *link = link_of(s, s->conf.device);
	struct ack ack;

	if (link && !strcmp(link->kind, SIDESTEP_GENL_NAME) &&
	    rtnl_link_del(&s->host->rtnl, link->ifindex, &ack))
		log_say(LOG_ERR, s->conf.device, "cannot be removed: %s", ack.text);
}

void ue_session_close(struct ue_session *s, bool remove)
{
	ue_session_mno_close(s, remove);
	meeting_close(&s->meeting);
	radio_target(&s->radio, 0, s->radio.mac);
	if (remove) {
		remove_device(s);
		store_remove(s->host->state_dir, s->conf.device);
	}
	if (s->tunnel)
		tunnel_close(s->tunnel, remove);
	explicit_bzero(s, sizeof(*s));
	free(s);
}

void ue_session_told(struct ue_session *s, const struct session *told)
{
	if (!told) {
		ue_session_make(s);
		return;
	}
	if (strcmp(told->ifname, s->conf.device))
		return;
	if (told->event == SIDESTEP_EVENT_DECISION)
		log_decision(s->conf.device, decision_name(told->decision),
			     told->reason);
	take_told(s, told);
	ue_session_mno_told(s);
}

void ue_session_hello(struct ue_session *s, const uint8_t hint[HELLO_HINT_LEN],
		      const struct sockaddr_in6 *from, unsigned int version)
{
	meeting_hello(&s->meeting, hint, from, version);
}

void ue_session_modem(struct ue_session *s, const char *ifname,
		      const struct modem_state *state)
{
	struct ack ack;

	if (!strcmp(ifname, s->conf.modem) && state->has_signal)
		kernel_measure(s->host->kernel, s->conf.device, SIDESTEP_PATH_INFRA,
			       state->signal_mbm, state->at_ns, &ack);
}

