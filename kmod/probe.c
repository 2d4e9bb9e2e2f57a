// SPDX-License-Identifier: GPL-2.0
/*
 * Probes: does the peer answer on this path, and how far away is it there. They
 * are the eyes and the clock of the trigger engine, which says how often to look
 * while all is well.
 *
 * A request carries a nonce and its answer carries it back, so that only an
 * answer says something that is surely new: that the path works, how long it
 * takes, in which epoch the peer is. Requests count strictly upwards in an
 * epoch; a new one may add to what is known, a replayed one changes nothing.
 */
#include <linux/hrtimer.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>

#include "engine.h"
#include "heard.h"
#include "path.h"
#include "probe.h"
#include "probe_packet.h"
#include "probe_path.h"
#include "session.h"
#include "state.h"

enum {
	/* While tagged packets are sent, and the first ones. */
	INTERVAL_BUSY = 200,
	/* While the device is away. */
	INTERVAL_AWAY = 500,
	/* The engine says how often otherwise; if it does not, this. */
	INTERVAL_STANDBY = SIDESTEP_PACE_STANDBY,
	/* While an answer is late, and the first after a start. */
	INTERVAL_DOUBT = 50,
	/* Between two probes, when the peer is seen to know less of us than it should. */
	SOON = 20,
	/* What the search for a silent peer slows down to; first: for a tunnel that is wanted. */
	INTERVAL_SEARCH_WANTED = 100,
	INTERVAL_SEARCH_NEEDED = 500,
	INTERVAL_SEARCH_DIRECT = 1000,
	INTERVAL_SEARCH_INFRA = 5000,
	/* A path is not ready any more when answers are late by this. */
	SILENCE = 1000,
	/* ... and as many probes were not answered. */
	SILENT_PROBES = 5,
	/* Round trips that are measured fast after a path has become ready. */
	FIRST_PROBES = 8,
	/* Bounds of the patience with late packets. */
	MARGIN_MIN = 10,
	MARGIN_MAX = 250,
	/* A delay difference beyond this is not made up for. */
	SKEW_MAX = 500,
	/* How often to look whether untagged packets still come. */
	LISTEN = SIDESTEP_PACE_SILENCE / 2,
};

static s64 ms(s64 n)
{
	return n * NSEC_PER_MSEC;
}

/**
 * sidestep_probe_ready() - the paths on which the peer answers
 * @session: the session
 *
 * Return: enum sidestep_paths.
 */
unsigned int sidestep_probe_ready(const struct sidestep_session *session)
{
	unsigned int path, ready = 0;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (READ_ONCE(session->path[path].ready))
			ready |= 1 << path;
	return ready;
}

/**
 * sidestep_probe_kick() - the engine has something to think about
 * @session: the session
 */
void sidestep_probe_kick(struct sidestep_session *session)
{
	queue_work(system_highpri_wq, &session->probe_work);
}

/**
 * sidestep_probe_soon() - bring the next probe of a path forward, within reason
 * @session: the session
 * @path: enum sidestep_path
 *
 * The caller has bottom halves off.
 */
void sidestep_probe_soon(struct sidestep_session *session, unsigned int path)
{
	struct sidestep_path_info *p = &session->path[path];
	bool sooner;
	u64 soon;

	spin_lock(&session->probe_lock);
	soon = p->pending[(p->sent - 1) % SIDESTEP_PENDING].sent_at + ms(SOON);
	sooner = p->due_at > soon;
	if (sooner)
		p->due_at = soon;
	spin_unlock(&session->probe_lock);
	if (sooner)
		sidestep_probe_kick(session);
}

/**
 * sidestep_probe_skew() - by how much the infra path is slower, one way
 * @session: the session
 *
 * Return: ns, as last measured, whether the paths are ready or not; 0 if one of
 *	   them never was.
 */
s64 sidestep_probe_skew(const struct sidestep_session *session)
{
	s64 direct = READ_ONCE(session->path[SIDESTEP_PATH_DIRECT].rtt);
	s64 infra = READ_ONCE(session->path[SIDESTEP_PATH_INFRA].rtt);

	if (!direct || !infra)
		return 0;
	return clamp_t(s64, (infra - direct) / 2, -ms(SKEW_MAX), ms(SKEW_MAX));
}

/**
 * sidestep_probe_tune() - tell the receiving side what the two paths' delays are
 * @session: the session
 */
void sidestep_probe_tune(struct sidestep_session *session)
{
	struct sidestep_path_info *direct = &session->path[SIDESTEP_PATH_DIRECT];
	struct sidestep_path_info *infra = &session->path[SIDESTEP_PATH_INFRA];
	s64 skew = 0, margin;

	margin = 2 * (READ_ONCE(direct->rtt_var) + READ_ONCE(infra->rtt_var));
	if (READ_ONCE(infra->ready))
		skew = sidestep_probe_skew(session);
	spin_lock_bh(&session->rx.lock);
	sidestep_order_tune(&session->rx.order, skew,
			    clamp_t(s64, margin, ms(MARGIN_MIN),
				    ms(MARGIN_MAX)));
	spin_unlock_bh(&session->rx.lock);
}

static void request_send(struct sidestep_session *session,
			 struct sidestep_peer *peer, unsigned int path, u64 now)
{
	struct sidestep_path_info *p = &session->path[path];
	struct sidestep_pending *pending;
	struct sidestep_probe probe;
	u64 nonce;

	do
		nonce = get_random_u64();
	while (!nonce);
	spin_lock(&session->probe_lock);
	pending = &p->pending[p->sent++ % SIDESTEP_PENDING];
	pending->nonce = nonce;
	pending->sent_at = now;
	if (!p->unanswered++)
		p->asked_at = now;
	sidestep_probe_fill(session, &probe, SIDESTEP_PROBE_REQUEST, path,
			    nonce);
	spin_unlock(&session->probe_lock);
	sidestep_engine_sent(session, path);
	sidestep_probe_saddr(peer);
	sidestep_probe_send(peer, path, &probe, &peer->saddr);
}

/* The engine may want it sooner. */
static u64 interval_calm(const struct sidestep_session *session,
			 const struct sidestep_path_info *p)
{
	if (sidestep_plan_paths(READ_ONCE(session->tx_plan)) ||
	    p->answered - p->answered_first < FIRST_PROBES)
		return ms(INTERVAL_BUSY);
	return ms(INTERVAL_STANDBY);
}

/* What the search for a silent peer slows down to. */
static u64 interval_search(const struct sidestep_session *session,
			   unsigned int path)
{
	unsigned int wants = sidestep_plan_wants(READ_ONCE(session->tx_plan)) |
			     READ_ONCE(session->rx.peer_wants);

	if (wants & SIDESTEP_ON_INFRA)
		return path == SIDESTEP_PATH_INFRA ? ms(INTERVAL_SEARCH_WANTED) :
						     ms(INTERVAL_SEARCH_NEEDED);
	return path == SIDESTEP_PATH_DIRECT ? ms(INTERVAL_SEARCH_DIRECT) :
					      ms(INTERVAL_SEARCH_INFRA);
}

/*
 * Two hosts that begin at once would go on probing at once, and WireGuard, whose every
 * probe without a key begins a handshake, loses both where two cross.
 */
static u64 search_jitter(const struct sidestep_path_info *p, unsigned int path)
{
	if (p->ready || path == SIDESTEP_PATH_DIRECT)
		return 0;
	return mul_u64_u32_shr(p->interval, get_random_u32(), 32) / 8;
}

/* Judges a path and says when to probe it next. */
static void path_judge(struct sidestep_session *session, unsigned int path,
		       u64 now)
{
	struct sidestep_path_info *p = &session->path[path];
	u64 late = sidestep_probe_path_late(p, now);

	lockdep_assert_held(&session->probe_lock);
	if (late > ms(SILENCE) && p->unanswered >= SILENT_PROBES)
		sidestep_probe_path_ready(session, p, false);
	if (!p->ready)
		p->interval = clamp_t(u64, 2 * p->interval, ms(INTERVAL_DOUBT),
				      interval_search(session, path));
	else
		p->interval = late ? ms(INTERVAL_DOUBT) :
			      interval_calm(session, p);
	p->due_at = now + p->interval + search_jitter(p, path);
}

/* When to probe a path, if nothing happens before. */
static u64 path_due_at(const struct sidestep_path_info *p, u64 engine_at)
{
	u64 due = p->due_at;

	if (p->ready)
		due = min(due, engine_at);
	if (p->ready && p->unanswered && p->interval > ms(INTERVAL_DOUBT))
		due = min(due, sidestep_probe_path_late_at(p) + 1);
	return due;
}

/* The device is away: nothing is sent, nobody waited for, until it is back. */
static void path_lose(struct sidestep_session *session, unsigned int path,
		      u64 now)
{
	struct sidestep_path_info *p = &session->path[path];

	spin_lock(&session->probe_lock);
	sidestep_probe_path_ready(session, p, false);
	p->unanswered = 0;
	p->judged = p->sent;
	p->interval = 0;
	p->due_at = now + ms(INTERVAL_AWAY);
	spin_unlock(&session->probe_lock);
	sidestep_engine_away(session, path);
}

/* Tells the engine what has become of the last probes. */
static void path_judge_pending(struct sidestep_session *session,
			       unsigned int path, u64 now)
{
	unsigned int lost;

	spin_lock(&session->probe_lock);
	lost = sidestep_probe_path_lost(&session->path[path], now);
	spin_unlock(&session->probe_lock);
	while (lost--)
		sidestep_engine_lost(session, path);
}

static void path_run(struct sidestep_session *session,
		     struct sidestep_peer *peer, unsigned int path,
		     u64 engine_at)
{
	struct sidestep_path_info *p = &session->path[path];
	u64 now = ktime_get_ns();
	bool due;

	if (!sidestep_path_usable(peer->config, path))
		return;
	spin_lock(&session->probe_lock);
	due = now >= path_due_at(p, engine_at);
	if (due)
		path_judge(session, path, now);
	spin_unlock(&session->probe_lock);
	if (due)
		request_send(session, peer, path, now);
}

/* Sees whether untagged packets come. */
static void listen(struct sidestep_session *session,
		   const struct sidestep_config *config, u64 now)
{
	u32 heard = sidestep_heard_count(config);

	if (heard == session->probe_heard)
		return;
	sidestep_engine_heard(session, heard - session->probe_heard);
	session->probe_heard = heard;
	session->probe_heard_at = now;
}

/* When to listen again: only while silence would be the first sign of trouble. */
static u64 listen_at(const struct sidestep_session *session, u64 now)
{
	if (now - session->probe_heard_at > ms(2 * SIDESTEP_PACE_SILENCE) ||
	    sidestep_plan_paths(READ_ONCE(session->tx_plan)))
		return SIDESTEP_NEVER;
	return now + ms(LISTEN);
}

static void paths_learn(struct sidestep_session *session,
			const struct sidestep_config *config)
{
	u64 now = ktime_get_ns();
	unsigned int path;

	listen(session, config, now);
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		if (!sidestep_path_usable(config, path))
			path_lose(session, path, now);
		path_judge_pending(session, path, now);
	}
}

static void decide(struct sidestep_session *session,
		   struct sidestep_trigger_verdict *verdict)
{
	sidestep_engine_tick(session, verdict);
	if (verdict->decided)
		sidestep_state_decided(session);
}

/* When to run again; an answer may be late before the next probe is due. */
static u64 next_run(struct sidestep_session *session,
		    const struct sidestep_trigger_verdict *verdict)
{
	u64 next = min(verdict->tick_at, listen_at(session, ktime_get_ns()));
	unsigned int path;

	spin_lock_bh(&session->probe_lock);
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		const struct sidestep_path_info *p = &session->path[path];

		next = min3(next, path_due_at(p, verdict->probe_at[path]),
			    sidestep_probe_path_lost_at(p));
	}
	spin_unlock_bh(&session->probe_lock);
	return next;
}

static void probe_work_run(struct work_struct *work)
{
	struct sidestep_session *session =
		container_of(work, struct sidestep_session, probe_work);
	struct sidestep_trigger_verdict verdict;
	struct sidestep_config *config;
	unsigned int path;

	if (!netif_running(session->dev))
		return;
	local_bh_disable();
	rcu_read_lock();
	config = rcu_dereference(session->config);
	if (config)
		paths_learn(session, config);
	rcu_read_unlock();
	local_bh_enable();
	decide(session, &verdict);
	local_bh_disable();
	rcu_read_lock();
	config = rcu_dereference(session->config);
	for (path = 0; config && path <= SIDESTEP_PATH_MAX; path++)
		path_run(session, &config->peer[0], path,
			 verdict.probe_at[path]);
	rcu_read_unlock();
	local_bh_enable();
	if (!config)
		return;
	decide(session, &verdict);
	sidestep_probe_tune(session);
	hrtimer_start(&session->probe_timer,
		      ns_to_ktime(next_run(session, &verdict)),
		      HRTIMER_MODE_ABS_SOFT);
}

static enum hrtimer_restart probe_timeout(struct hrtimer *timer)
{
	sidestep_probe_kick(container_of(timer, struct sidestep_session,
					 probe_timer));
	return HRTIMER_NORESTART;
}

/**
 * sidestep_probe_now() - probe both paths at once
 * @session: the session
 */
void sidestep_probe_now(struct sidestep_session *session)
{
	unsigned int path;

	spin_lock_bh(&session->probe_lock);
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		session->path[path].due_at = 0;
	spin_unlock_bh(&session->probe_lock);
	sidestep_probe_kick(session);
}

/* Of two hosts one asks while all is well; their keys are each other's. */
static bool is_patient(const struct sidestep_config *config)
{
	const u64 *tx = config->tx_key.key, *rx = config->rx_key.key;

	return tx[0] != rx[0] ? tx[0] > rx[0] : tx[1] > rx[1];
}

/**
 * sidestep_probe_restart() - search for the peer with new settings
 * @session: the session
 * @paths: enum sidestep_paths, where
 */
void sidestep_probe_restart(struct sidestep_session *session,
			    unsigned int paths)
{
	const struct sidestep_config *config = rtnl_dereference(session->config);
	unsigned int path;

	if (config)
		sidestep_engine_patient(session, is_patient(config));
	spin_lock_bh(&session->probe_lock);
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		if (!(paths & 1 << path))
			continue;
		sidestep_probe_path_ready(session, &session->path[path],
					  false);
		memset(&session->path[path], 0, sizeof(session->path[path]));
		sidestep_engine_forget(session, path);
	}
	spin_unlock_bh(&session->probe_lock);
	sidestep_probe_now(session);
}

/**
 * sidestep_probe_init() - prepare a session's probes
 * @session: the session
 */
void sidestep_probe_init(struct sidestep_session *session)
{
	spin_lock_init(&session->probe_lock);
	INIT_WORK(&session->probe_work, probe_work_run);
	hrtimer_setup(&session->probe_timer, probe_timeout, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
}

/**
 * sidestep_probe_start() - begin to probe
 * @session: the session
 */
void sidestep_probe_start(struct sidestep_session *session)
{
	session->probe_number = 0;
	sidestep_engine_reset(session);
	sidestep_probe_restart(session, SIDESTEP_ON_BOTH);
}

/* Tells the peer that this epoch ends. */
static void bye_send(struct sidestep_session *session)
{
	struct sidestep_config *config;
	struct sidestep_probe probe;
	unsigned int path;

	local_bh_disable();
	rcu_read_lock();
	config = rcu_dereference(session->config);
	for (path = 0; config && path <= SIDESTEP_PATH_MAX; path++) {
		spin_lock(&session->probe_lock);
		sidestep_probe_fill(session, &probe, SIDESTEP_PROBE_BYE, path,
				    0);
		spin_unlock(&session->probe_lock);
		if (READ_ONCE(session->path[path].heard_at))
			sidestep_probe_send(&config->peer[0], path, &probe,
					    &config->peer[0].saddr);
	}
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * sidestep_probe_cancel() - see the timer and the work off
 * @session: the session, whose device is not running
 */
void sidestep_probe_cancel(struct sidestep_session *session)
{
	hrtimer_cancel(&session->probe_timer);
	/* It may be about to start the timer; when it runs again it does not. */
	cancel_work_sync(&session->probe_work);
	hrtimer_cancel(&session->probe_timer);
	cancel_work_sync(&session->probe_work);
}

/**
 * sidestep_probe_stop() - probe no more, and say good-bye
 * @session: the session
 */
void sidestep_probe_stop(struct sidestep_session *session)
{
	unsigned int path;

	sidestep_probe_cancel(session);
	bye_send(session);
	spin_lock_bh(&session->probe_lock);
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		WRITE_ONCE(session->path[path].ready, false);
	spin_unlock_bh(&session->probe_lock);
}
