// SPDX-License-Identifier: GPL-2.0
/*
 * The trigger engine of a session in the kernel: its lock, its clock, and what
 * the probes tell it. Whoever tells it something that may be news wakes the
 * probes, which ask it what is to be done.
 */
#include <linux/bitops.h>
#include <linux/ktime.h>

#include "engine.h"
#include "session.h"
#include "trace.h"

/* Locks the engine; returns the time. */
static u64 engine_lock(struct sidestep_engine *engine)
	__acquires(&engine->lock)
{
	spin_lock_bh(&engine->lock);
	return ktime_get_ns();
}

static void engine_unlock(struct sidestep_engine *engine)
	__releases(&engine->lock)
{
	spin_unlock_bh(&engine->lock);
}

/* What the kernel measures itself is in range, and new. */
static void take(struct sidestep_session *session, unsigned int path,
		 unsigned int quantity, s32 value, u64 now)
{
	const char *why;

	lockdep_assert_held(&session->engine.lock);
	if (!sidestep_trigger_measure(&session->engine.trigger, now, path,
				      quantity, value, now, &why))
		trace_sidestep_measured(session, path, quantity, value);
}

static void take_outcome(struct sidestep_session *session, unsigned int path,
			 bool lost, u64 now)
{
	const u32 window = GENMASK(SIDESTEP_LOSS_WINDOW - 1, 0);
	struct sidestep_engine *engine = &session->engine;

	lockdep_assert_held(&engine->lock);
	take(session, path, SIDESTEP_QUANTITY_LIVENESS, !lost, now);
	engine->lost[path] = engine->lost[path] << 1 | lost;
	if (engine->known[path] < SIDESTEP_LOSS_WINDOW)
		engine->known[path]++;
	if (engine->known[path] == SIDESTEP_LOSS_WINDOW)
		take(session, path, SIDESTEP_QUANTITY_LOSS,
		     1000 * hweight32(engine->lost[path] & window) /
		     SIDESTEP_LOSS_WINDOW, now);
}

/**
 * sidestep_engine_init() - prepare a session's engine
 * @session: the session
 */
void sidestep_engine_init(struct sidestep_session *session)
{
	struct sidestep_engine *engine = &session->engine;

	spin_lock_init(&engine->lock);
	sidestep_trigger_init(&engine->trigger, false, ktime_get_ns());
}

/**
 * sidestep_engine_reset() - nothing is known any more, the session is at home
 * @session: the session
 *
 * The rules stay.
 */
void sidestep_engine_reset(struct sidestep_session *session)
{
	struct sidestep_engine *engine = &session->engine;
	struct sidestep_trigger *trigger = &engine->trigger;
	u64 now = engine_lock(engine);
	struct sidestep_trigger_config config = trigger->config;

	sidestep_trigger_init(trigger,
			      trigger->pace[SIDESTEP_PATH_DIRECT].patient, now);
	sidestep_trigger_configure(trigger, now, &config);
	memset(engine->known, 0, sizeof(engine->known));
	engine->decisions = 0;
	engine_unlock(engine);
}

/**
 * sidestep_engine_patient() - say which of the two hosts asks while all is well
 * @session: the session
 * @patient: whether the peer does
 */
void sidestep_engine_patient(struct sidestep_session *session, bool patient)
{
	struct sidestep_engine *engine = &session->engine;
	unsigned int path;

	engine_lock(engine);
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		engine->trigger.pace[path].patient = patient;
	engine_unlock(engine);
}

/**
 * sidestep_engine_configure() - set the rules
 * @session: the session
 * @config: rules that sidestep_trigger_check() has found good
 */
void sidestep_engine_configure(struct sidestep_session *session,
			       const struct sidestep_trigger_config *config)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);

	sidestep_trigger_configure(&engine->trigger, now, config);
	engine_unlock(engine);
}

/**
 * sidestep_engine_measure() - say what others have measured
 * @session: the session
 * @path: as sidestep_trigger_measure() has it, like all that follows
 * @quantity: likewise
 * @value: likewise
 * @at: likewise, by CLOCK_MONOTONIC; 0 for now
 * @why: likewise
 *
 * Return: likewise.
 */
int sidestep_engine_measure(struct sidestep_session *session,
			    unsigned int path, unsigned int quantity,
			    s32 value, u64 at, const char **why)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);
	int err;

	err = sidestep_trigger_measure(&engine->trigger, now, path, quantity,
				       value, at ?: now, why);
	if (!err)
		trace_sidestep_measured(session, path, quantity, value);
	engine_unlock(engine);
	return err;
}

/**
 * sidestep_engine_order() - decide as others want
 * @session: the session
 * @order: the order
 * @why: a text that stays, if it is refused
 *
 * Return: as sidestep_trigger_order().
 */
int sidestep_engine_order(struct sidestep_session *session,
			  const struct sidestep_trigger_order *order,
			  const char **why)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);
	int err;

	err = sidestep_trigger_order(&engine->trigger, now, order, why);
	engine_unlock(engine);
	return err;
}

/**
 * sidestep_engine_sent() - a path is probed
 * @session: the session
 * @path: enum sidestep_path
 */
void sidestep_engine_sent(struct sidestep_session *session, unsigned int path)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);

	sidestep_pace_sent(&engine->trigger.pace[path], now);
	engine_unlock(engine);
}

/**
 * sidestep_engine_asked() - the peer probes a path
 * @session: the session
 * @path: enum sidestep_path
 *
 * The request is authentic and new: the path carries packets at least to here.
 */
void sidestep_engine_asked(struct sidestep_session *session, unsigned int path)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);

	sidestep_pace_asked(&engine->trigger.pace[path], now);
	take(session, path, SIDESTEP_QUANTITY_LIVENESS, 1, now);
	engine_unlock(engine);
}

/**
 * sidestep_engine_answered() - the peer has answered a probe
 * @session: the session
 * @path: enum sidestep_path
 * @rtt: round-trip time, ns; 0 if it is not known
 */
void sidestep_engine_answered(struct sidestep_session *session,
			      unsigned int path, u64 rtt)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);

	if (rtt)
		take(session, path, SIDESTEP_QUANTITY_RTT,
		     min_t(u64, div_u64(rtt, NSEC_PER_USEC), 60 * USEC_PER_SEC),
		     now);
	take_outcome(session, path, false, now);
	engine_unlock(engine);
}

/**
 * sidestep_engine_lost() - an answer has not come in time
 * @session: the session
 * @path: enum sidestep_path
 */
void sidestep_engine_lost(struct sidestep_session *session, unsigned int path)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);

	take_outcome(session, path, true, now);
	engine_unlock(engine);
}

/**
 * sidestep_engine_away() - nothing can be sent on a path, so all is lost there
 * @session: the session
 * @path: enum sidestep_path
 */
void sidestep_engine_away(struct sidestep_session *session, unsigned int path)
{
	struct sidestep_engine *engine = &session->engine;
	const struct sidestep_linkfail *link = &engine->trigger.link[path];
	u64 now = engine_lock(engine);

	if (link->state != SIDESTEP_LINK_UNKNOWN)
		do
			take_outcome(session, path, true, now);
		while (sidestep_linkfail_works(link));
	engine_unlock(engine);
}

/**
 * sidestep_engine_heard() - untagged packets have come by the direct path
 * @session: the session
 * @packets: how many
 */
void sidestep_engine_heard(struct sidestep_session *session, u32 packets)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);

	packets = min_t(u32, packets, SIDESTEP_PACE_RUN + 1);
	while (packets--)
		sidestep_pace_heard(&engine->trigger.pace[SIDESTEP_PATH_DIRECT],
				    now);
	engine_unlock(engine);
}

/**
 * sidestep_engine_forget() - a path is another now
 * @session: the session
 * @path: enum sidestep_path
 */
void sidestep_engine_forget(struct sidestep_session *session,
			    unsigned int path)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);

	sidestep_trigger_forget(&engine->trigger, now, path);
	engine->known[path] = 0;
	engine_unlock(engine);
}

/**
 * sidestep_engine_tick() - ask what is to be done
 * @session: the session
 * @verdict: is put here
 */
void sidestep_engine_tick(struct sidestep_session *session,
			  struct sidestep_trigger_verdict *verdict)
{
	struct sidestep_engine *engine = &session->engine;
	u64 now = engine_lock(engine);

	sidestep_trigger_tick(&engine->trigger, now, verdict);
	if (verdict->decided) {
		engine->decisions++;
		trace_sidestep_decided(session, &verdict->cause);
	}
	engine_unlock(engine);
}

/**
 * sidestep_engine_view() - look at an engine
 * @session: the session
 * @view: is filled in
 */
void sidestep_engine_view(struct sidestep_session *session,
			  struct sidestep_engine_view *view)
{
	struct sidestep_engine *engine = &session->engine;
	const struct sidestep_trigger *trigger = &engine->trigger;
	unsigned int path;

	engine_lock(engine);
	view->config = trigger->config;
	view->stage = trigger->stage;
	memcpy(view->measured, trigger->measured, sizeof(view->measured));
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		view->link[path] = trigger->link[path].state;
	view->reason[0] = '\0';
	if (engine->decisions)
		sidestep_words_cause(&trigger->cause, view->reason,
				     sizeof(view->reason));
	view->ordered = trigger->ordered;
	view->order_id = trigger->order_id;
	engine_unlock(engine);
}
