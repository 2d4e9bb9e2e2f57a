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
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#include "engine.h"
#include "heard.h"
#include "path.h"
#include "probe.h"
#include "probe_packet.h"
#include "rx.h"
#include "session.h"
#include "state.h"
#include "tag.h"
#include "trace.h"

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
	/* What the search for a silent peer slows down to. */
	INTERVAL_SEARCH_NEEDED = 500,
	INTERVAL_SEARCH_DIRECT = 1000,
	INTERVAL_SEARCH_INFRA = 5000,
	/* An answer is late after the round-trip time, its spread, and this. */
	LATE = 50,
	/* A path is not ready any more when answers are late by this. */
	SILENCE = 1000,
	/* ... and as many probes were not answered. */
	SILENT_PROBES = 5,
	/* Round trips that are measured fast after a path has become ready. */
	FIRST_PROBES = 8,
	/* Answers in a second to requests that may be replayed. */
	ANSWERS = 100,
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

/* Brings the next probe of a path forward, within reason. */
static void probe_soon(struct sidestep_session *session, unsigned int path)
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

/* Tells the receiving side what the two paths' delays are. */
static void probe_tune(struct sidestep_session *session)
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

static void ready_set(struct sidestep_session *session,
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

static void rtt_add(struct sidestep_path_info *path, u64 sample)
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

static void probe_fill(struct sidestep_session *session,
		       struct sidestep_probe *probe, unsigned int type,
		       unsigned int path, u64 nonce)
{
	lockdep_assert_held(&session->probe_lock);
	memset(probe, 0, sizeof(*probe));
	probe->type = type;
	probe->path = path;
	probe->number = cpu_to_be64(++session->probe_number);
	probe->nonce = cpu_to_be64(nonce);
	probe->epoch = cpu_to_be64(session->epoch);
	probe->peer_epoch = cpu_to_be64(READ_ONCE(session->rx.peer_epoch));
	probe->next_seq = cpu_to_be64(atomic64_read(&session->tx_seq));
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
	probe_fill(session, &probe, SIDESTEP_PROBE_REQUEST, path, nonce);
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
		return ms(INTERVAL_SEARCH_NEEDED);
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

/* By how much an answer is overdue. */
static u64 lateness(const struct sidestep_path_info *p, u64 now)
{
	u64 expected = p->asked_at + p->rtt + 4 * p->rtt_var + ms(LATE);

	return p->unanswered && now > expected ? now - expected : 0;
}

/* Judges a path and says when to probe it next. */
static void path_judge(struct sidestep_session *session, unsigned int path,
		       u64 now)
{
	struct sidestep_path_info *p = &session->path[path];
	u64 late = lateness(p, now);

	lockdep_assert_held(&session->probe_lock);
	if (late > ms(SILENCE) && p->unanswered >= SILENT_PROBES)
		ready_set(session, p, false);
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
		due = min(due, p->asked_at + p->rtt + 4 * p->rtt_var +
			       ms(LATE) + 1);
	return due;
}

/* When the oldest probe that may still be answered in time is lost. */
static u64 pending_lost_at(const struct sidestep_path_info *p)
{
	const struct sidestep_pending *pending =
		&p->pending[p->judged % SIDESTEP_PENDING];

	if (p->judged == p->sent)
		return SIDESTEP_NEVER;
	return pending->sent_at + p->rtt + 4 * p->rtt_var +
	       ms(SIDESTEP_PACE_LATE);
}

/* Returns how many probes were lost since the last call. */
static unsigned int pending_judge(struct sidestep_path_info *p, u64 now)
{
	unsigned int lost = 0;

	if (p->sent - p->judged > SIDESTEP_PENDING)
		p->judged = p->sent - SIDESTEP_PENDING;
	for (; p->judged != p->sent; p->judged++) {
		if (!p->pending[p->judged % SIDESTEP_PENDING].nonce)
			continue;
		if (now < pending_lost_at(p))
			break;
		lost++;
	}
	return lost;
}

/* The device is away: nothing is sent, nobody waited for, until it is back. */
static void path_lose(struct sidestep_session *session, unsigned int path,
		      u64 now)
{
	struct sidestep_path_info *p = &session->path[path];

	spin_lock(&session->probe_lock);
	ready_set(session, p, false);
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
	lost = pending_judge(&session->path[path], now);
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
			    pending_lost_at(p));
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
	probe_tune(session);
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
		ready_set(session, &session->path[path], false);
		memset(&session->path[path], 0, sizeof(session->path[path]));
		sidestep_engine_forget(session, path);
	}
	spin_unlock_bh(&session->probe_lock);
	sidestep_probe_now(session);
}

/* Whether what may be a replayed request is to be answered. */
static bool answer_allowed(struct sidestep_session *session, u64 now)
{
	lockdep_assert_held(&session->probe_lock);
	if (now - session->probe_window >= NSEC_PER_SEC) {
		session->probe_window = now;
		session->probe_credit = ANSWERS;
	}
	if (!session->probe_credit)
		return false;
	session->probe_credit--;
	return true;
}

static void answer_send(struct sidestep_session *session,
			const struct sidestep_packet *packet,
			const struct sidestep_probe *request,
			const struct sidestep_flow *flow, bool fresh)
{
	struct sidestep_peer *peer;
	struct sidestep_probe probe;
	struct in6_addr addr;
	bool allowed;

	memcpy(&addr, flow->saddr, sizeof(addr));
	peer = sidestep_config_peer(packet->config, &addr);
	if (!peer || peer->via != peer)
		return;
	spin_lock(&session->probe_lock);
	allowed = fresh || answer_allowed(session, ktime_get_ns());
	if (allowed)
		probe_fill(session, &probe, SIDESTEP_PROBE_ANSWER, packet->path,
			   be64_to_cpu(request->nonce));
	spin_unlock(&session->probe_lock);
	if (!allowed) {
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_LIMITED);
		return;
	}
	memcpy(&addr, flow->daddr, sizeof(addr));
	sidestep_probe_send(peer, packet->path, &probe, &addr);
}

/*
 * Takes over what a probe says, if it is newer than all before in the peer's
 * epoch. Returns whether it was.
 */
static bool news_take(struct sidestep_session *session,
		      const struct sidestep_tag *tag,
		      const struct sidestep_probe *probe)
{
	struct sidestep_rx *rx = &session->rx;
	u64 number = be64_to_cpu(probe->number);

	lockdep_assert_held(&rx->lock);
	if (be64_to_cpu(probe->epoch) != rx->peer_epoch ||
	    number <= rx->peer_number)
		return false;
	rx->peer_number = number;
	WRITE_ONCE(rx->peer_next, be64_to_cpu(probe->next_seq));
	sidestep_state_hint(session, sidestep_tag_wants(tag));
	return true;
}

/*
 * Returns whether a probe is newer than all before on its path in the peer's epoch: then
 * it is no replay, though news may have come sooner by the other path.
 */
static bool fresh_take(struct sidestep_rx *rx, unsigned int path,
		       const struct sidestep_probe *probe)
{
	u64 number = be64_to_cpu(probe->number);

	lockdep_assert_held(&rx->lock);
	if (be64_to_cpu(probe->epoch) != rx->peer_epoch ||
	    number <= rx->path_number[path])
		return false;
	rx->path_number[path] = number;
	return true;
}

static void request_rx(struct sidestep_session *session,
		       const struct sidestep_packet *packet,
		       const struct sidestep_probe *probe,
		       const struct sidestep_flow *flow)
{
	struct sidestep_rx *rx = &session->rx;
	bool stranger, fresh;

	spin_lock(&rx->lock);
	news_take(session, packet->tag, probe);
	fresh = fresh_take(rx, packet->path, probe);
	stranger = be64_to_cpu(probe->epoch) != rx->peer_epoch;
	spin_unlock(&rx->lock);
	answer_send(session, packet, probe, flow, fresh);
	if (fresh) {
		sidestep_engine_asked(session, packet->path);
		sidestep_probe_kick(session);
	}
	/* Only the answer to a question of our own can make it known, or ready. */
	if (stranger ||
	    (fresh && !READ_ONCE(session->path[packet->path].ready)))
		probe_soon(session, packet->path);
}

/* Finds the request that an answer belongs to. Returns when it was sent, or 0. */
static u64 pending_take(struct sidestep_path_info *path, u64 nonce)
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

/*
 * An answer that ends a silence, and what else was asked before it ended, have
 * waited for that somewhere: in a queue, or for the peer's link-layer address.
 */
static bool answer_measures(struct sidestep_path_info *path, u64 sent_at,
			    u64 now)
{
	if (path->rtt && lateness(path, now) && sent_at >= path->silent_until)
		path->silent_until = now;
	return sent_at >= path->silent_until;
}

static bool answer_match(struct sidestep_session *session, unsigned int path,
			 const struct sidestep_probe *probe)
{
	struct sidestep_path_info *p = &session->path[path];
	u64 now = ktime_get_ns(), sent_at, rtt = 0;

	spin_lock(&session->probe_lock);
	sent_at = pending_take(p, be64_to_cpu(probe->nonce));
	if (sent_at) {
		if (answer_measures(p, sent_at, now)) {
			rtt = now - sent_at;
			rtt_add(p, rtt);
		}
		p->heard_at = now;
		p->unanswered = 0;
		p->answered++;
	}
	spin_unlock(&session->probe_lock);
	if (!sent_at)
		return false;
	sidestep_engine_answered(session, path, rtt);
	sidestep_probe_kick(session);
	return true;
}

/* The peer can read our tags once it knows our epoch. */
static void answer_ready(struct sidestep_session *session, unsigned int path,
			 const struct sidestep_probe *probe)
{
	bool known = be64_to_cpu(probe->peer_epoch) == session->epoch;

	spin_lock(&session->probe_lock);
	ready_set(session, &session->path[path], known);
	spin_unlock(&session->probe_lock);
	if (!known)
		probe_soon(session, path);
}

static void answer_rx(struct sidestep_session *session,
		      const struct sidestep_packet *packet,
		      const struct sidestep_probe *probe)
{
	struct sidestep_rx *rx = &session->rx;
	u64 epoch = be64_to_cpu(probe->epoch);
	bool begun;

	if (!epoch || !answer_match(session, packet->path, probe)) {
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_STALE);
		return;
	}
	spin_lock(&rx->lock);
	begun = rx->peer_epoch != epoch;
	if (begun)
		sidestep_rx_epoch(session, epoch, be64_to_cpu(probe->next_seq));
	news_take(session, packet->tag, probe);
	spin_unlock(&rx->lock);
	answer_ready(session, packet->path, probe);
	probe_tune(session);
	/* By the other path, too, which may have been calm for long. */
	if (begun)
		sidestep_probe_now(session);
}

static void bye_rx(struct sidestep_session *session,
		   const struct sidestep_packet *packet,
		   const struct sidestep_probe *probe)
{
	struct sidestep_rx *rx = &session->rx;
	unsigned int path;
	bool news;

	spin_lock(&rx->lock);
	news = news_take(session, packet->tag, probe);
	if (news) {
		sidestep_rx_epoch(session, 0, SIDESTEP_FIRST_SEQ);
		sidestep_state_hint(session, SIDESTEP_ON_NONE);
	}
	spin_unlock(&rx->lock);
	if (!news) {
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_STALE);
		return;
	}
	spin_lock(&session->probe_lock);
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		struct sidestep_path_info *p = &session->path[path];

		/* An answer of that epoch may still be on its way. */
		memset(p->pending, 0, sizeof(p->pending));
		ready_set(session, p, false);
		sidestep_engine_forget(session, path);
		p->interval = 0;
		p->due_at = ktime_get_ns() + ms(INTERVAL_BUSY);
	}
	spin_unlock(&session->probe_lock);
	sidestep_probe_kick(session);
}

static void probe_handle(struct sidestep_session *session,
			 const struct sidestep_packet *packet,
			 const struct sidestep_probe *probe,
			 const struct sidestep_flow *flow)
{
	if (probe->path != packet->path) {
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_STALE);
		return;
	}
	switch (probe->type) {
	case SIDESTEP_PROBE_REQUEST:
		request_rx(session, packet, probe, flow);
		break;
	case SIDESTEP_PROBE_ANSWER:
		answer_rx(session, packet, probe);
		break;
	case SIDESTEP_PROBE_BYE:
		bye_rx(session, packet, probe);
		break;
	default:
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_STALE);
	}
}

/**
 * sidestep_probe_rx() - receive a probe
 * @session: the session
 * @skb: the packet, at its IP header, consumed
 * @packet: what is known of it
 *
 * The caller holds the RCU read lock and has bottom halves off.
 */
void sidestep_probe_rx(struct sidestep_session *session, struct sk_buff *skb,
		       struct sidestep_packet *packet)
{
	enum sidestep_counter fault;
	struct sidestep_probe probe;
	struct sidestep_flow flow;

	fault = sidestep_probe_parse(skb, packet, &probe, &flow);
	if (fault) {
		sidestep_drop(session, skb, fault);
		return;
	}
	probe_handle(session, packet, &probe, &flow);
	consume_skb(skb);
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
		probe_fill(session, &probe, SIDESTEP_PROBE_BYE, path, 0);
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
