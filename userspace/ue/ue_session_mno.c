// SPDX-License-Identifier: GPL-2.0-or-later
#include "ue_session_mno.h"

#include "../common/log.h"
#include "mno.h"
#include "mno_store.h"
#include "ue_session_agree.h"
#include "ue_session_check.h"
#include "way.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NSEC_PER_USEC 1000ull

enum {
	SLACK_US = 1000,
	/* WireGuard's REJECT_AFTER_TIME. */
	FRESH_S = 180,
};

static bool is_assisted(const struct ue_session *s)
{
	return s->host->mno && *s->conf.peer_epuid;
}

static void save(struct ue_session *s)
{
	const struct mno_call *call = &s->mno.call;
	struct mno_stored *stored = calloc(1, sizeof(*stored));

	if (!stored)
		return;
	stored->agreed = s->mno.agreement.agreed;
	stored->order = call->order;
	/* Also on the way home: who begins anew is told once more that it is over. */
	stored->has_connect = mno_call_is_on(call) &&
			      call->connect.kind == PF_ORDER_CONNECT;
	if (stored->has_connect) {
		stored->connect = call->connect;
		stored->state = call->state;
	}
	mno_store_write(stored, s->host->state_dir, s->conf.device);
	explicit_bzero(stored, sizeof(*stored));
	free(stored);
}

static int on_save(sd_event_source *source, void *data)
{
	struct ue_session *s = data;

	(void)source;
	s->mno.saver = sd_event_source_disable_unref(s->mno.saver);
	save(s);
	return 0;
}

/* Not before what is to be done at once: a disk takes its time. */
void ue_session_mno_save(struct ue_session *s)
{
	if (s->mno.saver)
		return;
	if (sd_event_add_defer(s->host->event, &s->mno.saver, on_save, s) < 0)
		save(s);
	else
		sd_event_source_set_priority(s->mno.saver, SD_EVENT_PRIORITY_IDLE);
}

/* --- the call: state and reports of it ------------------------------------ */

static void run(struct ue_session *s, unsigned int acts);

bool ue_session_mno_is_on(const struct ue_session *s)
{
	return mno_call_is_on(&s->mno.call);
}

const char *ue_session_mno_name(const struct ue_session *s)
{
	return s->mno.call.session;
}

static void on_state_reported(void *data, uint64_t cookie, int error,
			      const struct coaps_message *response)
{
	struct ue_session *s = data;

	if (cookie != s->mno.state_sent)
		return;
	s->mno.state_sent = 0;
	if (error)
		return;
	if (response->code / 100 == 2)
		run(s, mno_call_reported(&s->mno.call, (enum pf_session_state)cookie));
	else if (response->code == COAPS_NOT_FOUND)
		run(s, mno_call_listed(&s->mno.call, false, host_now_ns()));
}

void ue_session_mno_send_state(struct ue_session *s, const struct pf_candidates *candidates)
{
	struct coaps_message message = { .code = COAPS_PUT, .format = PF_FORMAT_CBOR };
	const struct mno_call *call = &s->mno.call;
	struct pf_session_report report = { .state = call->state };
	uint8_t body[PF_MAX_SIZE];

	if (!*call->session || !mno_is_registered(s->host->mno))
		return;
	if (candidates)
		report.candidates = *candidates;
	if (call->why)
		snprintf(report.why, sizeof(report.why), "%s", call->why);
	message.body = body;
	message.len = pf_encode_session_report(&report, body, sizeof(body));
	snprintf(message.path, sizeof(message.path), "pf/v1/sessions/%s", call->session);
	if (!mno_request(s->host->mno, &message, on_state_reported, s, call->state))
		s->mno.state_sent = call->state;
}

static void report_state(struct ue_session *s)
{
	const struct mno_call *call = &s->mno.call;

	if (*call->session && call->state != call->reported &&
	    call->state != s->mno.state_sent)
		ue_session_mno_send_state(s, NULL);
}

/* --- the call: tunnel and time -------------------------------------------- */

/* The relay's address that the modem can reach. */
static const struct sockaddr_storage *relay_of(const struct ue_session *s,
					       const struct pf_order *order)
{
	struct way way;

	way_read(&way, s->host->view, s->conf.modem);
	if (order->relay.ss_family && (way_leads(&way, AF_INET) || !order->relay6.ss_family))
		return &order->relay;
	return order->relay6.ss_family ? &order->relay6 : NULL;
}

static bool is_fresh(const struct tunnel_state *state)
{
	return state->handshake_age_s >= 0 && state->handshake_age_s <= FRESH_S;
}

/* Does the tunnel go by that order already, or, if it is adopted, by any way? */
static bool tunnel_works(const struct ue_session *s, const struct pf_order *order,
			 bool adopted)
{
	struct tunnel_state state;

	if (!s->tunnel || tunnel_read(s->tunnel, &state) || !is_fresh(&state) ||
	    !state.endpoint.ss_family)
		return false;
	return adopted || endpoint_same(&state.endpoint, &order->relay) ||
	       endpoint_same(&state.endpoint, &order->relay6);
}

/* With one initiation: the peer drops a second one that comes at once (WireGuard takes
 * 50 a second), and answers the first, which is forgotten.
 */
static void begin(struct ue_session *s)
{
	tunnel_forget_peer(s->tunnel);
	s->endpoint.hold = mno_call_holds(&s->mno.call);
	ue_session_tell_tunnel(s);
}

/* The endpoint is what the call makes of it. */
static void tell(struct ue_session *s)
{
	const struct mno_call *call = &s->mno.call;
	bool on = mno_call_is_on(call);

	endpoint_say(&s->endpoint, ENDPOINT_RELAY,
		     on && call->connect.kind ? relay_of(s, &call->connect) : NULL);
	if (!on)
		endpoint_say(&s->endpoint, ENDPOINT_CHECKED, NULL);
	s->endpoint.hold = mno_call_holds(call);
	if (!s->tunnel)
		return;
	tunnel_need(s->tunnel, on || ue_session_is_away(s));
	ue_session_tell_tunnel(s);
	/* WireGuard has no way to have none again. */
	if (!on && !endpoint_now(&s->endpoint)->ss_family)
		begin(s);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data);

static void arm(struct ue_session *s)
{
	uint64_t next_ns = s->mno.call.next_ns, now_ns = host_now_ns();
	uint64_t in_us = next_ns > now_ns ? (next_ns - now_ns) / NSEC_PER_USEC : 0;
	int err = 0;

	if (!next_ns) {
		s->mno.timer = sd_event_source_disable_unref(s->mno.timer);
		return;
	}
	if (!s->mno.timer)
		err = sd_event_add_time_relative(s->host->event, &s->mno.timer,
						 CLOCK_BOOTTIME, in_us, SLACK_US,
						 on_timer, s);
	else
		sd_event_source_set_time_relative(s->mno.timer, in_us);
	if (err < 0)
		log_say(LOG_ERR, s->conf.device, "no timer for orders");
	else
		sd_event_source_set_enabled(s->mno.timer, SD_EVENT_ONESHOT);
}

static void say_state(struct ue_session *s)
{
	const struct mno_call *call = &s->mno.call;

	if (call->state == s->mno.said)
		return;
	s->mno.said = call->state;
	switch (call->state) {
	case PF_SESSION_ASKED:
		log_say(LOG_NOTICE, s->conf.device,
			"the function connects %s, session %s%s%s", s->conf.peer_epuid,
			call->session, *call->connect.cause ? ": " : "",
			call->connect.cause);
		break;
	case PF_SESSION_RELAYED:
		log_say(LOG_NOTICE, s->conf.device, "%s is connected by the relay, session %s",
			s->conf.peer_epuid, call->session);
		break;
	case PF_SESSION_DIRECT:
		log_say(LOG_NOTICE, s->conf.device,
			"%s is connected without the relay, session %s",
			s->conf.peer_epuid, call->session);
		break;
	case PF_SESSION_FAILED:
		log_say(LOG_WARNING, s->conf.device, "session %s with %s has failed: %s",
			call->session, s->conf.peer_epuid, call->why);
		break;
	case PF_SESSION_ENDED:
		log_say(LOG_NOTICE, s->conf.device, "the function's session with %s is over",
			s->conf.peer_epuid);
		break;
	default:
		break;
	}
}

static void run(struct ue_session *s, unsigned int acts)
{
	bool on = ue_session_mno_is_on(s);

	if (!acts)
		return;
	if (acts & MNO_CALL_TELL) {
		if (!on)
			ue_session_check_end(s);
		say_state(s);
		tell(s);
		ue_session_mno_save(s);
	}
	if (acts & MNO_CALL_BEGIN && s->tunnel)
		begin(s);
	if (acts & MNO_CALL_PUNCH)
		ue_session_check_punch(s);
	if (acts & MNO_CALL_REPORT)
		report_state(s);
	if (acts & MNO_CALL_CHECK && on)
		ue_session_check_begin(s);
}

static void look(struct ue_session *s, struct mno_call_view *view)
{
	struct tunnel_state state;
	int64_t shaken_ns;

	*view = (struct mno_call_view){ .home = !ue_session_is_away(s) };
	if (!s->tunnel)
		return;
	if (s->mno.call.state == PF_SESSION_ASKED) {
		shaken_ns = tunnel_shaken_ns(s->tunnel);
		view->shaken = shaken_ns && shaken_ns != s->mno.shaken_ns;
	} else {
		/* What cannot be read is no word of the peer. */
		view->fresh = tunnel_read(s->tunnel, &state) || is_fresh(&state);
	}
}

static void step(struct ue_session *s)
{
	struct mno_call_view view;

	if (ue_session_mno_is_on(s)) {
		look(s, &view);
		run(s, mno_call_step(&s->mno.call, &view, host_now_ns()));
	}
	arm(s);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	step(data);
	return 0;
}

/* --- orders --------------------------------------------------------------- */

/* The kernel counts all orders, those by hand, too; which are new is known here. */
static uint64_t kernel_order_id(const struct ue_session *s, uint64_t number)
{
	if (session_has(&s->told, SIDESTEP_A_ORDER_ID) && s->told.order_id >= number)
		return s->told.order_id + 1;
	return number;
}

/* Never back from what this host, or the function, has decided already. */
static void decide(struct ue_session *s, uint64_t number, const struct pf_order *order)
{
	int decision = (int)order->decision - 1;
	char reason[PF_TEXT_SIZE + 8];
	struct ack ack = {};

	if (decision < 0 || ue_session_look(s, &ack) ||
	    !session_has(&s->told, SIDESTEP_A_DECISION))
		return;
	if (decision == SIDESTEP_DECISION_RELEASE ?
	    s->told.decision == SIDESTEP_DECISION_RELEASE : s->told.decision >= decision)
		return;
	snprintf(reason, sizeof(reason), "MNO%s%s", *order->cause ? ": " : "", order->cause);
	if (kernel_order(s->host->kernel, s->conf.device, (enum sidestep_decision)decision,
			 kernel_order_id(s, number), reason, &ack))
		log_say(LOG_WARNING, s->conf.device,
			"the kernel does not take order %" PRIu64 " of the function: %s",
			number, ack.text);
}

static void connect_call(struct ue_session *s, const struct pf_order *order, bool adopted)
{
	struct mno_call *call = &s->mno.call;

	s->mno.shaken_ns = s->tunnel ? tunnel_shaken_ns(s->tunnel) : 0;
	s->mno.state_sent = 0;
	if (strcmp(call->session, order->session)) {
		s->mno.said = 0;
		ue_session_check_end(s);
	}
	run(s, mno_call_connect(call, order, tunnel_works(s, order, adopted),
				host_now_ns()));
	step(s);
}

/* Return: enum coaps_code. */
static unsigned int judge_connect(const struct ue_session *s, const struct pf_order *order,
				  const char **why)
{
	*why = "another version is agreed upon";
	if (!mno_agreement_holds(&s->mno.agreement, order->agreement, order->version))
		return COAPS_PRECONDITION_FAILED;
	*why = "the agreement is about another peer";
	if (strcmp(order->peer, s->conf.peer_epuid))
		return COAPS_FORBIDDEN;
	*why = "the hosts have not met on the direct link yet";
	if (!s->stored.has_peer)
		return COAPS_CONFLICT;
	*why = "the peer has another key";
	if (memcmp(order->peer_key, s->stored.peer.wg_key, sizeof(order->peer_key)))
		return COAPS_CONFLICT;
	*why = "no relay";
	return relay_of(s, order) ? COAPS_CHANGED : COAPS_BAD_REQUEST;
}

static unsigned int judge(const struct ue_session *s, const struct pf_order *order,
			  const char **why)
{
	return order->kind == PF_ORDER_CONNECT ? judge_connect(s, order, why) :
						 COAPS_CHANGED;
}

static void carry_out(struct ue_session *s, uint64_t number, const struct pf_order *order)
{
	switch (order->kind) {
	case PF_ORDER_CONNECT:
		connect_call(s, order, false);
		decide(s, number, order);
		break;
	case PF_ORDER_CANDIDATES:
		if (ue_session_mno_is_on(s) && !strcmp(s->mno.call.session, order->session))
			ue_session_check_candidates(s, &order->candidates);
		break;
	case PF_ORDER_RELEASE:
		if (strcmp(s->mno.call.session, order->session))
			break;
		decide(s, number, order);
		run(s, mno_call_release(&s->mno.call, order, host_now_ns()));
		step(s);
		break;
	default:
		break;
	}
}

bool ue_session_mno_owns(const struct ue_session *s, const struct pf_order *order)
{
	if (!is_assisted(s))
		return false;
	if (order->kind == PF_ORDER_CONNECT)
		return !strcmp(order->peer, s->conf.peer_epuid);
	return !strcmp(order->session, s->mno.call.session);
}

unsigned int ue_session_mno_order(struct ue_session *s, uint64_t number,
				  const struct pf_order *order, const char **why)
{
	unsigned int code;

	switch (mno_call_news(&s->mno.call, number)) {
	case MNO_CALL_OLD:
		return COAPS_CHANGED;
	case MNO_CALL_AGAIN:
		*why = "as it was before";
		return s->mno.call.code ?: COAPS_CHANGED;
	default:
		break;
	}
	code = judge(s, order, why);
	mno_call_answered(&s->mno.call, number, code);
	if (code == COAPS_CHANGED)
		carry_out(s, number, order);
	else
		log_say(LOG_WARNING, s->conf.device,
			"order %" PRIu64 " of the function is refused: %s", number, *why);
	ue_session_mno_save(s);
	return code;
}

unsigned int ue_session_mno_offered(struct ue_session *s, const struct pf_agreement *doc,
				    const char **why)
{
	unsigned int code;

	*why = "no function";
	if (!is_assisted(s))
		return COAPS_NOT_FOUND;
	code = ue_session_agree_offered(s, doc, why);
	ue_session_agree(s);
	return code;
}

/* A helper that was killed before it could remember a session has left its tunnel. At home
 * nothing is lost by that.
 */
static void clear_left(struct ue_session *s)
{
	struct tunnel_state state;

	if (!s->mno.left_listed || (!*s->mno.call.session && ue_session_is_away(s)))
		return;
	s->mno.left = false;
	s->mno.left_listed = false;
	if (*s->mno.call.session || endpoint_now(&s->endpoint)->ss_family || !s->tunnel ||
	    tunnel_read(s->tunnel, &state) || !state.endpoint.ss_family)
		return;
	log_say(LOG_NOTICE, s->conf.device,
		"the tunnel leads to %s, and the function knows of no session: it is ended",
		s->conf.peer_epuid);
	begin(s);
}

void ue_session_mno_listed(struct ue_session *s, const struct pf_sessions *sessions)
{
	struct tunnel_state state;
	bool works, listed = false;

	if (!is_assisted(s))
		return;
	works = s->tunnel && !tunnel_read(s->tunnel, &state) && is_fresh(&state);
	for (size_t i = 0; i < sessions->n; i++) {
		const struct pf_session_doc *doc = &sessions->doc[i];

		if (strcmp(doc->peer, s->conf.peer_epuid))
			continue;
		if (works)
			run(s, mno_call_adopt(&s->mno.call, doc));
		listed |= !strcmp(doc->session, s->mno.call.session) &&
			  doc->state != PF_SESSION_ENDED;
	}
	run(s, mno_call_listed(&s->mno.call, listed, host_now_ns()));
	step(s);
	s->mno.left_listed = s->mno.left;
	clear_left(s);
}

void ue_session_mno_direct(struct ue_session *s, const struct sockaddr_storage *addr)
{
	bool moved = endpoint_say(&s->endpoint, ENDPOINT_CHECKED, addr);
	unsigned int acts = mno_call_direct(&s->mno.call, addr);

	run(s, acts);
	/* From one pair to another. */
	if (moved && !acts)
		tell(s);
}

/* --- following ------------------------------------------------------------ */

bool ue_session_mno_is_near(const struct ue_session *s)
{
	if (!is_assisted(s) || !session_has(&s->told, SIDESTEP_A_DECISION))
		return false;
	return ue_session_mno_is_on(s) ||
	       mno_report_near(&s->told, &s->mno.rule[SIDESTEP_DECISION_PREPARE],
			       ue_session_signal(s));
}

void ue_session_mno_linked(struct ue_session *s)
{
	if (!is_assisted(s))
		return;
	mno_agreement_linked(&s->mno.agreement);
	s->mno.reports.sent = false;
	s->mno.state_sent = 0;
	s->mno.call.reported = 0;
	ue_session_agree(s);
	ue_session_report(s);
	report_state(s);
	ue_session_check_linked(s);
}

void ue_session_mno_told(struct ue_session *s)
{
	struct ack ack;

	if (!is_assisted(s))
		return;
	ue_session_report(s);
	mno_tick(s->host->mno);
	/* What rules there are, and whether a tunnel is ready, is worth a look. */
	if (s->told.event == SIDESTEP_EVENT_TRIGGER && !ue_session_look(s, &ack))
		ue_session_agree(s);
	step(s);
}

void ue_session_mno_moved(struct ue_session *s)
{
	if (!is_assisted(s) || !ue_session_mno_is_on(s))
		return;
	tell(s);
	ue_session_check_moved(s);
}

void ue_session_mno_tick(struct ue_session *s)
{
	struct ack ack;

	if (!is_assisted(s))
		return;
	if (mno_is_registered(s->host->mno) && !ue_session_look(s, &ack)) {
		ue_session_agree(s);
		ue_session_report(s);
		report_state(s);
	}
	clear_left(s);
	if (!s->mno.timer)
		step(s);
}

/* --- life ----------------------------------------------------------------- */

void ue_session_mno_open(struct ue_session *s, bool adopted)
{
	struct mno_stored *stored = calloc(1, sizeof(*stored));

	if (!stored || !*s->conf.peer_epuid) {
		free(stored);
		return;
	}
	mno_store_read(stored, s->host->state_dir, s->conf.device);
	s->mno.call.order = stored->order;
	if (!strcmp(stored->agreed.peer, s->conf.peer_epuid)) {
		s->mno.agreement.agreed = stored->agreed;
		/* Without its tunnel there is nothing left of it: the host was started anew. */
		if (adopted && stored->has_connect)
			connect_call(s, &stored->connect, true);
	}
	s->mno.left = adopted && !*s->mno.call.session;
	explicit_bzero(stored, sizeof(*stored));
	free(stored);
}

void ue_session_mno_close(struct ue_session *s, bool remove)
{
	if (remove && is_assisted(s))
		ue_session_agree_end(s);
	ue_session_check_end(s);
	if (s->host->mno)
		mno_forget(s->host->mno, s);
	s->mno.timer = sd_event_source_disable_unref(s->mno.timer);
	if (s->mno.saver)
		on_save(NULL, s);
	if (remove && *s->conf.peer_epuid)
		mno_store_remove(s->host->state_dir, s->conf.device);
}

/* --- status --------------------------------------------------------------- */

void ue_session_mno_status(const struct ue_session *s, struct status_session *status)
{
	static const char *const words[PF_SESSION_STATES] = {
		[PF_SESSION_ASKED] = "connecting",
		[PF_SESSION_RELAYED] = "by the relay",
		[PF_SESSION_DIRECT] = "without the relay",
		[PF_SESSION_FAILED] = "failed",
	};
	const struct mno_agreement *a = &s->mno.agreement;
	const struct mno_call *call = &s->mno.call;

	status->agreement = -1;
	status->order = -1;
	if (!is_assisted(s))
		return;
	snprintf(status->function, sizeof(status->function), "%s",
		 mno_is_registered(s->host->mno) ? "registered" : "not registered");
	snprintf(status->function_problem, sizeof(status->function_problem), "%s",
		 *mno_why(s->host->mno) ? mno_why(s->host->mno) : a->why);
	if (a->agreed.id)
		status->agreement = a->agreed.version;
	if (call->order)
		status->order = (int64_t)call->order;
	if (*call->session)
		snprintf(status->assisted, sizeof(status->assisted), "%s",
			 call->leaving ? "going home" : words[call->state]);
}
