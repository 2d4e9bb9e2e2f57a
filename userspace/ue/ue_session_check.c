// SPDX-License-Identifier: GPL-2.0-or-later
#include "ue_session_check.h"

#include "../common/log.h"
#include "../common/wg_mac1.h"
#include "mno.h"
#include "ue_session_mno.h"
#include "ue_session_pair.h"
#include "way.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define NSEC_PER_USEC 1000ull

enum {
	SLACK_US = 1000,
};

/* --- the socket ----------------------------------------------------------- */

static void received(void *data, const struct sockaddr_storage *from, const uint8_t *buf,
		     size_t len);

/* WireGuard's, chosen by the kernel if the configuration has none; 0: not known. */
static uint16_t port_of(const struct ue_session *s)
{
	struct tunnel_state state;

	return s->tunnel && !tunnel_read(s->tunnel, &state) ? state.listen_port : 0;
}

/* The socket stays until the session is over. */
static struct raw_udp *raw_of(struct ue_session *s)
{
	uint16_t port;
	int err;

	if (s->mno.raw)
		return s->mno.raw;
	port = port_of(s);
	if (!port)
		return NULL;
	err = raw_udp_open(&s->mno.raw, s->host->event, port, tunnel_mark(s->tunnel),
			   received, s);
	if (err)
		log_say(LOG_WARNING, s->conf.device,
			"nothing can be sent from the tunnel's port: %s%s", strerror(-err),
			err == -EPERM ? "; CAP_NET_RAW is needed" : "");
	return s->mno.raw;
}

void ue_session_check_punch(struct ue_session *s)
{
	const struct sockaddr_storage *relay = endpoint_now(&s->endpoint);
	struct raw_udp *raw = raw_of(s);
	uint8_t punch[WG_INITIATION_LEN];
	struct wg_mac1_key key;
	int err;

	if (s->endpoint.hold)
		relay = &s->endpoint.said[ENDPOINT_RELAY];
	if (!raw || !relay->ss_family)
		return;
	if (wg_mac1_key(&key, s->stored.peer.wg_key) || wg_mac1_punch(punch, &key))
		return;
	err = raw_udp_send(raw, relay, punch, sizeof(punch));
	if (err)
		log_say(LOG_WARNING, s->conf.device, "nothing can be sent to the relay: %s",
			strerror(-err));
}

/* --- this host's candidates ----------------------------------------------- */

static void add_mine(struct ue_session *s, enum pf_candidate_type type,
		     const struct sockaddr_storage *addr)
{
	struct pf_candidates *mine = &s->mno.mine;

	for (size_t i = 0; i < mine->n; i++)
		if (endpoint_same(&mine->candidate[i].addr, addr))
			return;
	if (mine->n == PF_MAX_CANDIDATES || pf_addr_fault(addr))
		return;
	mine->candidate[mine->n++] = (struct pf_candidate){
		.type = type,
		.addr = *addr,
		.priority = check_priority(type, addr->ss_family),
	};
}

/* Of the modem: in IPv6 those that can be reached from anywhere, in IPv4 all. */
static void find_mine(struct ue_session *s)
{
	uint16_t port = port_of(s);
	struct sockaddr_storage addr;
	struct way way;

	s->mno.mine.n = 0;
	way_read(&way, s->host->view, s->conf.modem);
	for (size_t i = 0; port && i < way.n_addrs; i++) {
		if (!way_leads(&way, way.addr[i].family) ||
		    (way.addr[i].family == AF_INET6 && !netview_is_public(&way.addr[i])))
			continue;
		memset(&addr, 0, sizeof(addr));
		prefix_endpoint(&addr, &way.addr[i], port);
		add_mine(s, PF_CANDIDATE_HOST, &addr);
	}
}

/* --- the checks ----------------------------------------------------------- */

static int on_timer(sd_event_source *source, uint64_t usec, void *data);

static void go_on(struct ue_session *s)
{
	uint64_t now_ns = host_now_ns(), next_ns, in_us;
	int err = 0;

	if (!s->mno.check)
		return;
	next_ns = check_step(s->mno.check, now_ns);
	if (!next_ns) {
		s->mno.check_timer = sd_event_source_disable_unref(s->mno.check_timer);
		return;
	}
	in_us = next_ns > now_ns ? (next_ns - now_ns) / NSEC_PER_USEC : 0;
	if (!s->mno.check_timer)
		err = sd_event_add_time_relative(s->host->event, &s->mno.check_timer,
						 CLOCK_BOOTTIME, in_us, SLACK_US,
						 on_timer, s);
	else
		sd_event_source_set_time_relative(s->mno.check_timer, in_us);
	if (err < 0)
		log_say(LOG_ERR, s->conf.device, "no timer for checks");
	else
		sd_event_source_set_enabled(s->mno.check_timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	go_on(data);
	return 0;
}

static void received(void *data, const struct sockaddr_storage *from, const uint8_t *buf,
		     size_t len)
{
	struct ue_session *s = data;

	if (!s->mno.check)
		return;
	check_received(s->mno.check, from, buf, len, host_now_ns());
	go_on(s);
}

/* What cannot be sent is as good as lost. */
static void send_check(void *data, const struct sockaddr_storage *to, const uint8_t *buf,
		       size_t len)
{
	struct ue_session *s = data;
	int err = s->mno.raw ? raw_udp_send(s->mno.raw, to, buf, len) : -ENOTCONN;

	if (err)
		log_say(LOG_DEBUG, s->conf.device, "a check cannot be sent: %s",
			strerror(-err));
}

static void mapped(void *data, const struct sockaddr_storage *addr)
{
	struct ue_session *s = data;
	size_t before = s->mno.mine.n;

	add_mine(s, PF_CANDIDATE_SRFLX, addr);
	if (s->mno.mine.n != before)
		ue_session_mno_send_state(s, &s->mno.mine);
}

static void chosen(void *data, const struct sockaddr_storage *addr)
{
	if (addr)
		ue_session_pair_chosen(data, port_of(data), addr);
	ue_session_mno_direct(data, addr);
	if (!addr)
		ue_session_pair_end(data);
}

static void consented(void *data)
{
	ue_session_pair_answered(data);
}

static const struct check_ops ops = {
	.send = send_check,
	.mapped = mapped,
	.chosen = chosen,
	.consented = consented,
};

/* Once for a session; one that was adopted has no key for it. */
void ue_session_check_begin(struct ue_session *s)
{
	const struct pf_order *order = &s->mno.call.connect;
	uint64_t tie_breaker;

	if (s->mno.check || s->conf.relay_only || order->kind != PF_ORDER_CONNECT ||
	    !raw_of(s) || getrandom(&tie_breaker, sizeof(tie_breaker), 0) < 0)
		return;
	s->mno.check = calloc(1, sizeof(*s->mno.check));
	if (!s->mno.check)
		return;
	check_init(s->mno.check, order, tie_breaker, &ops, s);
	find_mine(s);
	ue_session_mno_send_state(s, &s->mno.mine);
	if (s->host->mno)
		check_ask_server(s->mno.check, mno_stun(s->host->mno), host_now_ns());
	check_candidates(s->mno.check, &s->mno.theirs, host_now_ns());
	go_on(s);
}

void ue_session_check_candidates(struct ue_session *s,
				 const struct pf_candidates *candidates)
{
	if (pf_candidates_same(candidates, &s->mno.theirs))
		return;
	s->mno.theirs = *candidates;
	if (!s->mno.check)
		return;
	check_candidates(s->mno.check, candidates, host_now_ns());
	go_on(s);
}

void ue_session_check_linked(struct ue_session *s)
{
	if (!s->mno.check)
		return;
	ue_session_mno_send_state(s, &s->mno.mine);
	if (!s->mno.check->server.addr.ss_family)
		check_ask_server(s->mno.check, mno_stun(s->host->mno), host_now_ns());
	go_on(s);
}

void ue_session_check_moved(struct ue_session *s)
{
	if (!s->mno.check)
		return;
	find_mine(s);
	check_restart(s->mno.check, host_now_ns());
	go_on(s);
}

void ue_session_check_end(struct ue_session *s)
{
	ue_session_pair_end(s);
	s->mno.check_timer = sd_event_source_disable_unref(s->mno.check_timer);
	if (s->mno.check)
		explicit_bzero(s->mno.check, sizeof(*s->mno.check));
	free(s->mno.check);
	s->mno.check = NULL;
	s->mno.theirs.n = 0;
	raw_udp_close(s->mno.raw);
	s->mno.raw = NULL;
}
