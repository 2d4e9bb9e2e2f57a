// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_call.h"

#include <stdio.h>
#include <string.h>

#define NSEC_PER_MSEC 1000000ull

/**
 * struct timed - what is done so long after the order to connect
 * @at_ms: when
 * @initiator: by whom
 * @act: what
 */
static const struct timed {
	unsigned int at_ms;
	bool initiator;
	enum mno_call_act act;
} timed[] = {
	/* A relay at which only one end has arrived yet keeps a datagram, not two. */
	{ 0, true, MNO_CALL_BEGIN },
	{ 400, true, MNO_CALL_BEGIN },
	{ 800, true, MNO_CALL_BEGIN },
	{ 1600, true, MNO_CALL_BEGIN },
	{ 0, false, MNO_CALL_BEGIN | MNO_CALL_PUNCH },
	{ 20, false, MNO_CALL_PUNCH },
	{ 60, false, MNO_CALL_PUNCH },
	{ 400, false, MNO_CALL_PUNCH },
	{ 800, false, MNO_CALL_PUNCH },
	{ 1600, false, MNO_CALL_PUNCH },
	{ MNO_CALL_HOLD_MS, false, MNO_CALL_TELL },
};

#define N_TIMED (sizeof(timed) / sizeof(timed[0]))

enum mno_call_news mno_call_news(const struct mno_call *call, uint64_t number)
{
	if (number < call->order)
		return MNO_CALL_OLD;
	return number == call->order ? MNO_CALL_AGAIN : MNO_CALL_NEW;
}

void mno_call_answered(struct mno_call *call, uint64_t number, unsigned int code)
{
	call->order = number;
	call->code = code;
}

bool mno_call_is_on(const struct mno_call *call)
{
	return *call->session && call->state != PF_SESSION_FAILED &&
	       call->state != PF_SESSION_ENDED;
}

/* Until it begins, or until it has waited long enough for the peer to begin. */
bool mno_call_holds(const struct mno_call *call)
{
	unsigned int until = call->connect.initiator ? 0 : N_TIMED - 1;

	return mno_call_is_on(call) && call->state == PF_SESSION_ASKED &&
	       !(call->acts & 1u << until);
}

static void set_state(struct mno_call *call, enum pf_session_state state)
{
	call->state = state;
	call->next_ns = 0;
}

static unsigned int end(struct mno_call *call)
{
	set_state(call, PF_SESSION_ENDED);
	call->reported = PF_SESSION_ENDED;
	*call->session = '\0';
	memset(&call->connect, 0, sizeof(call->connect));
	call->leaving = false;
	return MNO_CALL_TELL | MNO_CALL_END;
}

static unsigned int fail(struct mno_call *call, const char *why)
{
	set_state(call, PF_SESSION_FAILED);
	call->why = why;
	return MNO_CALL_TELL | MNO_CALL_REPORT;
}

unsigned int mno_call_connect(struct mno_call *call, const struct pf_order *order,
			      bool works, uint64_t now_ns)
{
	bool same = mno_call_is_on(call) && !call->leaving &&
		    !strcmp(call->session, order->session);

	call->connect = *order;
	call->reported = 0;
	call->leaving = false;
	/* What works is left alone; an adopted one had no relay to fall back on. */
	if (same && call->state != PF_SESSION_ASKED)
		return MNO_CALL_REPORT | MNO_CALL_CHECK |
		       (call->state == PF_SESSION_RELAYED ? MNO_CALL_TELL : 0);
	memcpy(call->session, order->session, sizeof(call->session));
	call->since_ns = now_ns;
	call->acts = 0;
	call->why = NULL;
	set_state(call, works ? PF_SESSION_RELAYED : PF_SESSION_ASKED);
	if (works)
		return MNO_CALL_TELL | MNO_CALL_REPORT | MNO_CALL_CHECK;
	call->next_ns = now_ns;
	return MNO_CALL_TELL;
}

unsigned int mno_call_release(struct mno_call *call, const struct pf_order *order,
			      uint64_t now_ns)
{
	if (!*call->session || strcmp(call->session, order->session))
		return 0;
	if (!mno_call_is_on(call))
		return end(call);
	call->leaving = true;
	call->since_ns = now_ns;
	call->next_ns = now_ns;
	return 0;
}

static unsigned int due_acts(struct mno_call *call, uint64_t passed_ms)
{
	unsigned int acts = 0;

	for (size_t i = 0; i < N_TIMED; i++) {
		if (timed[i].initiator != call->connect.initiator ||
		    timed[i].at_ms > passed_ms || call->acts & 1u << i)
			continue;
		call->acts |= 1u << i;
		acts |= timed[i].act;
	}
	return acts;
}

static uint64_t next_look_ms(const struct mno_call *call, uint64_t passed_ms)
{
	uint64_t next = passed_ms + (passed_ms < MNO_CALL_HOLD_MS ? MNO_CALL_LOOK_MS :
								    MNO_CALL_SLOW_LOOK_MS);

	for (size_t i = 0; i < N_TIMED; i++)
		if (timed[i].initiator == call->connect.initiator &&
		    timed[i].at_ms > passed_ms && timed[i].at_ms < next)
			next = timed[i].at_ms;
	return next;
}

static unsigned int step_asked(struct mno_call *call, const struct mno_call_view *view,
			       uint64_t now_ns)
{
	uint64_t passed_ms = (now_ns - call->since_ns) / NSEC_PER_MSEC;

	if (view->shaken) {
		set_state(call, PF_SESSION_RELAYED);
		return MNO_CALL_TELL | MNO_CALL_REPORT | MNO_CALL_CHECK;
	}
	if (passed_ms >= MNO_CALL_PATIENCE_MS)
		return fail(call, "no handshake by the relay");
	call->next_ns = call->since_ns + next_look_ms(call, passed_ms) * NSEC_PER_MSEC;
	return due_acts(call, passed_ms);
}

static unsigned int step_leaving(struct mno_call *call, const struct mno_call_view *view,
				 uint64_t now_ns)
{
	uint64_t passed_ms = (now_ns - call->since_ns) / NSEC_PER_MSEC;

	if (view->home || passed_ms >= MNO_CALL_HOME_MS)
		return end(call);
	call->next_ns = now_ns + MNO_CALL_SLOW_LOOK_MS * NSEC_PER_MSEC;
	return 0;
}

unsigned int mno_call_step(struct mno_call *call, const struct mno_call_view *view,
			   uint64_t now_ns)
{
	if (!mno_call_is_on(call))
		return 0;
	if (call->leaving)
		return step_leaving(call, view, now_ns);
	if (call->state == PF_SESSION_ASKED)
		return step_asked(call, view, now_ns);
	return view->fresh ? 0 : fail(call, "the peer does not answer in the tunnel any more");
}

unsigned int mno_call_direct(struct mno_call *call, bool direct)
{
	enum pf_session_state state = direct ? PF_SESSION_DIRECT : PF_SESSION_RELAYED;

	if (!mno_call_is_on(call) || call->leaving || call->state == state)
		return 0;
	set_state(call, state);
	return MNO_CALL_TELL | MNO_CALL_REPORT;
}

unsigned int mno_call_adopt(struct mno_call *call, const struct pf_session_doc *doc)
{
	if (*call->session || call->order || doc->state == PF_SESSION_FAILED ||
	    doc->state == PF_SESSION_ENDED)
		return 0;
	memcpy(call->session, doc->session, sizeof(call->session));
	call->order = doc->order;
	call->reported = 0;
	set_state(call, doc->state == PF_SESSION_DIRECT ? PF_SESSION_DIRECT :
							 PF_SESSION_RELAYED);
	return MNO_CALL_REPORT;
}

unsigned int mno_call_listed(struct mno_call *call, bool listed, uint64_t now_ns)
{
	if (!*call->session || listed || call->leaving ||
	    now_ns - call->since_ns < MNO_CALL_YOUNG_MS * NSEC_PER_MSEC)
		return 0;
	if (!mno_call_is_on(call))
		return end(call);
	call->leaving = true;
	call->since_ns = now_ns;
	call->next_ns = now_ns;
	return 0;
}

unsigned int mno_call_reported(struct mno_call *call, enum pf_session_state state)
{
	if (call->state != state)
		return 0;
	call->reported = state;
	return state == PF_SESSION_FAILED ? end(call) : 0;
}
