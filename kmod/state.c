// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets go: what the engine has decided, what the peer asks, and which paths
 * are ready, in one place and one at a time.
 *
 * The peer's wish can only add a path. On the way home both paths are kept for
 * a while, until what is in the tunnel has come out of it; on the way out until
 * the receiver has got used to the tunnel's delay.
 */
#include <linux/netlink.h>
#include <linux/workqueue.h>

#include "engine.h"
#include "hook.h"
#include "netlink.h"
#include "probe.h"
#include "session.h"
#include "state.h"
#include "trace.h"

enum {
	/* The receiver's playout delay needs this many times itself to end. */
	LINGER_FACTOR = SIDESTEP_ORDER_SLOPE_OUT + 2,
	/* ... and this, milliseconds. */
	LINGER_MIN = 100,
	LINGER_MAX = 5000,
	/*
	 * The receiver's playout delay and SIDESTEP_ORDER_BASE, taken together,
	 * double in 64 * 8.4 ms * ln 2 = 372 ms or, packets being apart, more.
	 */
	GLIDE = 400,
	/* Another try if memory was short, milliseconds. */
	RETRY = 100,
};

/**
 * sidestep_state_of() - the state that a set of paths is
 * @paths: enum sidestep_paths
 *
 * Return: the state.
 */
enum sidestep_state sidestep_state_of(unsigned int paths)
{
	switch (paths) {
	case SIDESTEP_ON_BOTH:
		return SIDESTEP_STATE_BICAST;
	case SIDESTEP_ON_INFRA:
		return SIDESTEP_STATE_INFRA;
	default:
		return SIDESTEP_STATE_DIRECT;
	}
}

/* The peer may not know yet that a path is not ready, so that does not count. */
static unsigned long linger_time(const struct sidestep_session *session)
{
	s64 skew = abs(sidestep_probe_skew(session));

	return msecs_to_jiffies(clamp_t(s64, LINGER_MIN + LINGER_FACTOR *
					div_s64(skew, NSEC_PER_MSEC),
					LINGER_MIN, LINGER_MAX));
}

/* Both paths until the time is over and the direct one is ready. */
static unsigned int paths_home(struct sidestep_session *session,
			       unsigned int ready)
{
	unsigned int now = sidestep_plan_paths(session->tx_plan);

	if (!(now & SIDESTEP_ON_INFRA))
		return SIDESTEP_ON_NONE;
	if (!session->lingering) {
		session->lingering = true;
		session->linger_until = jiffies + linger_time(session);
	}
	if (ready & SIDESTEP_ON_DIRECT &&
	    time_after_eq(jiffies, session->linger_until))
		return SIDESTEP_ON_NONE;
	return SIDESTEP_ON_BOTH;
}

static u64 glide_time(const struct sidestep_session *session)
{
	s64 skew = sidestep_probe_skew(session);

	if (skew < SIDESTEP_ORDER_NEAR)
		return 0;
	return msecs_to_jiffies(GLIDE * fls64(skew / SIDESTEP_ORDER_BASE + 1));
}

/*
 * The tunnel is wanted, and ready: both paths until the time is over, unless
 * the direct one does not work or was left already.
 */
static unsigned int paths_out(struct sidestep_session *session,
			      unsigned int ready)
{
	if (!session->gliding) {
		session->gliding = true;
		session->glide_until = get_jiffies_64() + glide_time(session);
	}
	if (!(ready & SIDESTEP_ON_DIRECT) ||
	    sidestep_plan_paths(session->tx_plan) == SIDESTEP_ON_INFRA ||
	    time_after_eq64(get_jiffies_64(), session->glide_until))
		return SIDESTEP_ON_INFRA;
	return SIDESTEP_ON_BOTH;
}

/* To want the direct path alone is to want nothing of the other end. */
static unsigned int peer_adds(const struct sidestep_session *session)
{
	unsigned int wants = READ_ONCE(session->rx.peer_wants);

	return wants == SIDESTEP_ON_DIRECT ? SIDESTEP_ON_NONE : wants;
}

/* The tunnel is wanted, and not ready: it is waited for at home, but not left. */
static unsigned int paths_without_infra(const struct sidestep_session *session,
					unsigned int wants)
{
	unsigned int now = sidestep_plan_paths(session->tx_plan);

	return now & SIDESTEP_ON_INFRA ? wants | SIDESTEP_ON_DIRECT :
					 SIDESTEP_ON_NONE;
}

/* The paths for tagged packets; none for packets that are left alone. */
static unsigned int paths_due(struct sidestep_session *session)
{
	unsigned int ready = sidestep_probe_ready(session);
	unsigned int wants = session->wanted | peer_adds(session);

	lockdep_assert_held(&session->state_lock);
	if (!(wants & ready & SIDESTEP_ON_INFRA))
		session->gliding = false;
	/* Whoever does not answer at all may not understand tags any more. */
	if (!ready)
		return SIDESTEP_ON_NONE;
	if (!(wants & SIDESTEP_ON_INFRA))
		return paths_home(session, ready);
	session->lingering = false;
	if (!(ready & SIDESTEP_ON_INFRA))
		return paths_without_infra(session, wants);
	return wants | paths_out(session, ready);
}

/* When the state is to be looked at again though nothing happens; 0 for never. */
static unsigned long next_look(const struct sidestep_session *session)
{
	u64 now = get_jiffies_64();

	if (session->lingering && time_before(jiffies, session->linger_until))
		return session->linger_until - jiffies;
	if (session->gliding && time_before64(now, session->glide_until))
		return session->glide_until - now;
	return 0;
}

/* For udev rules and the like. */
static void tell_udev(struct sidestep_session *session)
{
	static const char * const states[] = {
		[SIDESTEP_STATE_DIRECT] = "SIDESTEP_STATE=direct",
		[SIDESTEP_STATE_BICAST] = "SIDESTEP_STATE=bicast",
		[SIDESTEP_STATE_INFRA] = "SIDESTEP_STATE=infra",
	};
	char reason[sizeof("SIDESTEP_REASON=") + SIDESTEP_WORDS_LEN];
	struct sidestep_engine_view view;
	char state[32];
	char *envp[3] = { state, reason };

	sidestep_engine_view(session, &view);
	strscpy(state,
		states[sidestep_state_of(sidestep_plan_paths(session->tx_plan))],
		sizeof(state));
	snprintf(reason, sizeof(reason), "SIDESTEP_REASON=%s", view.reason);
	kobject_uevent_env(&session->dev->dev.kobj, KOBJ_CHANGE, envp);
}

static void notify(struct sidestep_session *session)
{
	unsigned int ready = sidestep_probe_ready(session);
	unsigned int peer = READ_ONCE(session->rx.peer_wants);

	if (session->told_plan != session->tx_plan ||
	    session->told_peer != peer)
		sidestep_netlink_notify(session, SIDESTEP_EVENT_STATE);
	if (session->told_ready != ready)
		sidestep_netlink_notify(session, SIDESTEP_EVENT_PATH);
	if (sidestep_plan_paths(session->told_plan) !=
	    sidestep_plan_paths(session->tx_plan))
		tell_udev(session);
	session->told_plan = session->tx_plan;
	session->told_peer = peer;
	session->told_ready = ready;
}

static int steering_set(struct sidestep_session *session, bool steering)
{
	struct net *net = dev_net(session->dev);
	int err = 0;

	if (steering == session->steering)
		return 0;
	if (steering)
		err = sidestep_hook_steer_get(net);
	else
		sidestep_hook_steer_put(net);
	if (!err)
		session->steering = steering;
	return err;
}

/* An end asks for both paths, and neither has left the direct one. */
static bool is_copying(const struct sidestep_session *session)
{
	unsigned int peer = peer_adds(session);

	return (session->wanted | peer) == SIDESTEP_ON_BOTH &&
	       session->wanted != SIDESTEP_ON_INFRA &&
	       peer != SIDESTEP_ON_INFRA;
}

/* Hooks first on the way out, last on the way home. */
static int paths_apply(struct sidestep_session *session, unsigned int paths)
{
	unsigned int plan = sidestep_plan(paths, session->wanted);
	int err;

	lockdep_assert_held(&session->state_lock);
	if (paths && session->lingering)
		plan |= SIDESTEP_PLAN_HOME;
	if (paths && is_copying(session))
		plan |= SIDESTEP_PLAN_COPY;
	if (paths) {
		err = steering_set(session, true);
		if (err)
			return err;
	}
	if (paths != sidestep_plan_paths(session->tx_plan)) {
		trace_sidestep_switch(session, paths);
		local_bh_disable();
		sidestep_count(session, SIDESTEP_COUNTER_SWITCHES);
		local_bh_enable();
	}
	WRITE_ONCE(session->tx_plan, plan);
	if (!paths)
		steering_set(session, false);
	return 0;
}

static int state_update(struct sidestep_session *session)
{
	unsigned int paths = paths_due(session);
	unsigned int before = session->tx_plan;
	unsigned long wait;
	int err;

	err = paths_apply(session, paths);
	if (session->tx_plan != before)
		sidestep_probe_now(session);
	notify(session);
	wait = err ? msecs_to_jiffies(RETRY) : next_look(session);
	if (wait)
		queue_delayed_work(system_highpri_wq, &session->state_work,
				   wait);
	return err;
}

static void state_run(struct work_struct *work)
{
	struct sidestep_session *session =
		container_of(work, struct sidestep_session, state_work.work);

	mutex_lock(&session->state_lock);
	if (netif_running(session->dev))
		state_update(session);
	mutex_unlock(&session->state_lock);
}

static const char *switch_fault(struct sidestep_session *session,
				enum sidestep_state state)
{
	unsigned int ready = sidestep_probe_ready(session);
	const struct sidestep_path_info *path = session->path;

	if (!rcu_access_pointer(session->config))
		return "the session is not configured";
	if (!netif_running(session->dev))
		return "the session device is down";
	if (state == SIDESTEP_STATE_DIRECT) {
		if (!sidestep_plan_paths(session->tx_plan) ||
		    ready & SIDESTEP_ON_DIRECT)
			return NULL;
		return path[SIDESTEP_PATH_DIRECT].heard_at ?
		       "the peer does not answer on the direct path any more" :
		       "the peer has never answered on the direct path";
	}
	if (ready & SIDESTEP_ON_INFRA)
		return NULL;
	return path[SIDESTEP_PATH_INFRA].heard_at ?
	       "the peer does not answer on the infra path any more" :
	       "the peer has never answered on the infra path";
}

static unsigned int paths_decided(struct sidestep_session *session)
{
	static const u8 paths[] = {
		[SIDESTEP_DECISION_RELEASE] = SIDESTEP_ON_DIRECT,
		[SIDESTEP_DECISION_PREPARE] = SIDESTEP_ON_BOTH,
		[SIDESTEP_DECISION_EXECUTE] = SIDESTEP_ON_INFRA,
	};
	struct sidestep_engine_view view;

	sidestep_engine_view(session, &view);
	return paths[view.stage];
}

/* Brings the state up to date with a decision, and tells all what it was. */
static void decided(struct sidestep_session *session)
{
	struct sidestep_engine_view view;

	lockdep_assert_held(&session->state_lock);
	sidestep_engine_view(session, &view);
	net_info_ratelimited("%s: %s\n", session->dev->name, view.reason);
	sidestep_netlink_notify(session, SIDESTEP_EVENT_DECISION);
	session->wanted = paths_decided(session);
	state_update(session);
}

/**
 * sidestep_state_decided() - the engine has decided
 * @session: the session
 *
 * May sleep.
 */
void sidestep_state_decided(struct sidestep_session *session)
{
	mutex_lock(&session->state_lock);
	if (netif_running(session->dev))
		decided(session);
	mutex_unlock(&session->state_lock);
}

/*
 * Gives the engine an order. The send hooks are had before, so that nothing can
 * fail after.
 */
static int order_give(struct sidestep_session *session,
		      const struct sidestep_trigger_order *order,
		      struct netlink_ext_ack *extack)
{
	struct sidestep_trigger_verdict verdict;
	const char *why;
	int err = 0;

	lockdep_assert_held(&session->state_lock);
	if (order->decision != SIDESTEP_DECISION_RELEASE)
		err = steering_set(session, true);
	if (err) {
		NL_SET_ERR_MSG(extack, "the send hooks cannot be registered");
		return err;
	}
	err = sidestep_engine_order(session, order, &why);
	if (err < 0)
		extack->_msg = why;
	sidestep_engine_tick(session, &verdict);
	if (verdict.decided)
		decided(session);
	else
		state_update(session);
	sidestep_probe_kick(session);
	return min(err, 0);
}

/**
 * sidestep_state_switch() - ask for another state, by hand
 * @session: the session; the caller holds RTNL
 * @state: the state
 * @extack: for the reason of a refusal
 *
 * Return: 0 with the new state in effect, but for paths that the peer asks for
 *	   and for those kept a while on the way home or out; or a negative error with
 *	   nothing changed.
 */
int sidestep_state_switch(struct sidestep_session *session,
			  enum sidestep_state state,
			  struct netlink_ext_ack *extack)
{
	static const u8 decision[] = {
		[SIDESTEP_STATE_DIRECT] = SIDESTEP_DECISION_RELEASE,
		[SIDESTEP_STATE_BICAST] = SIDESTEP_DECISION_PREPARE,
		[SIDESTEP_STATE_INFRA] = SIDESTEP_DECISION_EXECUTE,
	};
	struct sidestep_trigger_order order = {
		.decision = decision[state],
		.why = "",
	};
	int err = -ENETUNREACH;
	const char *why;

	mutex_lock(&session->state_lock);
	why = switch_fault(session, state);
	if (why)
		extack->_msg = why;
	else
		err = order_give(session, &order, extack);
	mutex_unlock(&session->state_lock);
	return err;
}

/**
 * sidestep_state_order() - do as the helper says, whatever is measured
 * @session: the session; the caller holds RTNL
 * @order: the order
 * @extack: for the reason of a refusal
 *
 * A path that is not ready is used as soon as it is.
 *
 * Return: 0, or a negative error with nothing changed.
 */
int sidestep_state_order(struct sidestep_session *session,
			 const struct sidestep_trigger_order *order,
			 struct netlink_ext_ack *extack)
{
	int err = -ENETDOWN;

	mutex_lock(&session->state_lock);
	if (!rcu_access_pointer(session->config))
		NL_SET_ERR_MSG(extack, "the session is not configured");
	else if (!netif_running(session->dev))
		NL_SET_ERR_MSG(extack, "the session device is down");
	else
		err = order_give(session, order, extack);
	mutex_unlock(&session->state_lock);
	return err;
}

/**
 * sidestep_state_configure() - set the rules of the engine
 * @session: the session
 * @change: puts what is new into a copy of the rules
 * @with: what @change is called with
 * @fault: what is wrong with them
 *
 * Return: 0, or -EINVAL with nothing changed.
 */
int sidestep_state_configure(struct sidestep_session *session,
			     void (*change)(struct sidestep_trigger_config *config,
					    const void *with),
			     const void *with,
			     struct sidestep_trigger_fault *fault)
{
	struct sidestep_engine_view view;
	int err = -EINVAL;

	mutex_lock(&session->state_lock);
	sidestep_engine_view(session, &view);
	change(&view.config, with);
	if (sidestep_trigger_check(&view.config, fault)) {
		sidestep_engine_configure(session, &view.config);
		sidestep_netlink_notify(session, SIDESTEP_EVENT_TRIGGER);
		sidestep_probe_kick(session);
		err = 0;
	}
	mutex_unlock(&session->state_lock);
	return err;
}

/**
 * sidestep_state_hint() - the peer says what it wants
 * @session: the session, its rx.lock held
 * @wants: enum sidestep_paths, authentic and not replayed
 */
void sidestep_state_hint(struct sidestep_session *session, unsigned int wants)
{
	lockdep_assert_held(&session->rx.lock);
	if (session->rx.peer_wants == wants)
		return;
	WRITE_ONCE(session->rx.peer_wants, wants);
	sidestep_state_kick(session);
}

/**
 * sidestep_state_kick() - something has changed that the state depends on
 * @session: the session
 */
void sidestep_state_kick(struct sidestep_session *session)
{
	mod_delayed_work(system_highpri_wq, &session->state_work, 0);
}

/**
 * sidestep_state_init() - prepare a session's state
 * @session: the session
 */
void sidestep_state_init(struct sidestep_session *session)
{
	mutex_init(&session->state_lock);
	INIT_DELAYED_WORK(&session->state_work, state_run);
	session->wanted = SIDESTEP_ON_DIRECT;
	session->tx_plan = sidestep_plan(SIDESTEP_ON_NONE, SIDESTEP_ON_DIRECT);
	session->told_plan = session->tx_plan;
}

/**
 * sidestep_state_stop() - leave packets alone, whatever was asked
 * @session: the session; no packet and no probe finds it any more
 */
void sidestep_state_stop(struct sidestep_session *session)
{
	cancel_delayed_work_sync(&session->state_work);
	mutex_lock(&session->state_lock);
	session->wanted = SIDESTEP_ON_DIRECT;
	session->lingering = false;
	session->gliding = false;
	session->rx.peer_wants = SIDESTEP_ON_NONE;
	paths_apply(session, SIDESTEP_ON_NONE);
	notify(session);
	mutex_unlock(&session->state_lock);
}
