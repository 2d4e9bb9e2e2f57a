// SPDX-License-Identifier: GPL-2.0
/*
 * What probes have shown of one path: whether the peer answers there, how far
 * away it is, and which probes are still on their way. The caller of each
 * function here holds &sidestep_session.probe_lock.
 */
#include "probe_path.h"
#include "session.h"
#include "state.h"
#include "trace.h"

/* An answer is late after the round-trip time, its spread, and this. */
#define LATE (50 * NSEC_PER_MSEC)

/**
 * sidestep_probe_path_ready() - a path has become ready, or ceased to be
 * @session: the session
 * @path: of it
 * @ready: whether the peer answers and knows our epoch
 */
void sidestep_probe_path_ready(struct sidestep_session *session,
			       struct sidestep_path_info *path, bool ready)
{
	lockdep_assert_held(&session->probe_lock);
	if (path->ready == ready)
		return;
	WRITE_ONCE(path->ready, ready);
	trace_sidestep_path(session, path - session->path, ready);
	path->answered_first = path->answered;
	sidestep_state_kick(session);
}

/**
 * sidestep_probe_path_rtt() - a round trip was measured
 * @path: where
 * @sample: how long it took, ns
 */
void sidestep_probe_path_rtt(struct sidestep_path_info *path, u64 sample)
{
	s64 off = sample - path->rtt;

	if (!path->rtt) {
		WRITE_ONCE(path->rtt, sample);
		WRITE_ONCE(path->rtt_var, sample / 2);
		return;
	}
	WRITE_ONCE(path->rtt_var,
		   path->rtt_var + (abs(off) - (s64)path->rtt_var) / 4);
	/* What comes sooner is nearer to the truth than what waited. */
	WRITE_ONCE(path->rtt, path->rtt + (off < 0 ? off / 2 : off / 8));
}

static u64 patience(const struct sidestep_path_info *path)
{
	return path->rtt + 4 * path->rtt_var;
}

/**
 * sidestep_probe_path_late_at() - when the answer that is waited for is late
 * @path: where one is waited for
 *
 * Return: ns.
 */
u64 sidestep_probe_path_late_at(const struct sidestep_path_info *path)
{
	return path->asked_at + patience(path) + LATE;
}

/**
 * sidestep_probe_path_late() - by how much an answer is overdue
 * @path: where
 * @now: ns
 *
 * Return: ns; 0 if none is.
 */
u64 sidestep_probe_path_late(const struct sidestep_path_info *path, u64 now)
{
	u64 late_at = sidestep_probe_path_late_at(path);

	return path->unanswered && now > late_at ? now - late_at : 0;
}

/**
 * sidestep_probe_path_lost_at() - when the next probe will be lost
 * @path: where it was sent
 *
 * Return: when the oldest one that may still be answered in time is lost, ns;
 *	   SIDESTEP_NEVER if there is none.
 */
u64 sidestep_probe_path_lost_at(const struct sidestep_path_info *path)
{
	const struct sidestep_pending *pending =
		&path->pending[path->judged % SIDESTEP_PENDING];

	if (path->judged == path->sent)
		return SIDESTEP_NEVER;
	return pending->sent_at + patience(path) +
	       SIDESTEP_PACE_LATE * NSEC_PER_MSEC;
}

/**
 * sidestep_probe_path_lost() - how many probes were lost since the last call
 * @path: where
 * @now: ns
 *
 * Return: their number.
 */
unsigned int sidestep_probe_path_lost(struct sidestep_path_info *path, u64 now)
{
	unsigned int lost = 0;

	if (path->sent - path->judged > SIDESTEP_PENDING)
		path->judged = path->sent - SIDESTEP_PENDING;
	for (; path->judged != path->sent; path->judged++) {
		if (!path->pending[path->judged % SIDESTEP_PENDING].nonce)
			continue;
		if (now < sidestep_probe_path_lost_at(path))
			break;
		lost++;
	}
	return lost;
}

/**
 * sidestep_probe_path_take() - find the request that an answer belongs to
 * @path: where it came
 * @nonce: that the answer carries; it is forgotten
 *
 * Return: when the request was sent, ns; 0 if there is none.
 */
u64 sidestep_probe_path_take(struct sidestep_path_info *path, u64 nonce)
{
	unsigned int i;
	u64 sent_at;

	for (i = 0; i < SIDESTEP_PENDING; i++) {
		if (!nonce || path->pending[i].nonce != nonce)
			continue;
		sent_at = path->pending[i].sent_at;
		path->pending[i].nonce = 0;
		return sent_at;
	}
	return 0;
}

/**
 * sidestep_probe_path_measures() - whether an answer's round trip is the path's
 * @path: where it came
 * @sent_at: when the request was sent, ns
 * @now: ns
 *
 * An answer that ends a silence, and what else was asked before it ended, have
 * waited for that somewhere: in a queue, or for the peer's link-layer address.
 *
 * Return: whether it is.
 */
bool sidestep_probe_path_measures(struct sidestep_path_info *path, u64 sent_at,
				  u64 now)
{
	if (path->rtt && sidestep_probe_path_late(path, now) &&
	    sent_at >= path->silent_until)
		path->silent_until = now;
	return sent_at >= path->silent_until;
}
