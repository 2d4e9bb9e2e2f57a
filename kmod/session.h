/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_SESSION_H
#define _SIDESTEP_SESSION_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#include "allowance.h"
#include "config.h"
#include "counter.h"
#include "engine.h"
#include "order.h"
#include "window.h"

struct sidestep_flows;
struct sidestep_sysfs_dir;

enum sidestep_session_limits {
	SIDESTEP_PENDING = 64,
	SIDESTEP_SYSFS_DIRS = 8,
};

/**
 * struct sidestep_rx - the receiving side of a session
 * @lock: protects all but @napi and @direct_source
 * @window: which numbers were seen
 * @order: packets that wait for their turn
 * @ready: packets whose turn has come, for @napi
 * @timer: delivers from @order when no packet comes
 * @wake: when @timer is to run; ~0 if it is not armed
 * @napi: gives the packets of @ready to the stack, one CPU at a time
 * @peer_epoch: the peer's epoch; 0 while unknown
 * @peer_number: highest probe number of that epoch
 * @path_number: ... on each path; a tunnel delivers later than the direct path
 * @peer_next: the peer's next sequence number as last told
 * @peer_wants: enum sidestep_paths, what the peer asks for
 * @direct_source: link-layer address to which direct packets for the peer were
 *		   last sent. Racy: the worst case is a torn address in a
 *		   header that only firewalls and captures look at
 */
struct sidestep_rx {
	spinlock_t		lock; /* protects all but napi, direct_* */
	struct sidestep_window	window;
	struct sidestep_order	order;
	struct sk_buff_head	ready;
	struct hrtimer		timer;
	u64			wake;
	struct napi_struct	napi;
	u64			peer_epoch;
	u64			peer_number;
	u64			path_number[SIDESTEP_PATH_MAX + 1];
	u64			peer_next;
	u8			peer_wants;
	u8			direct_source[ETH_ALEN] __aligned(2);
};

/**
 * struct sidestep_pending - a probe that waits for its answer
 * @nonce: its nonce; 0 if none waits here
 * @sent_at: when it was sent, ns
 */
struct sidestep_pending {
	u64	nonce;
	u64	sent_at;
};

/**
 * struct sidestep_path_info - what is known of a path, by probes
 * @ready: whether the peer answered lately and knows our epoch
 * @heard_at: when it last answered, ns; 0 for never
 * @asked_at: when the first probe since then was sent, ns
 * @due_at: when to probe next, ns
 * @interval: since the probe before, ns
 * @silent_until: when the last silence ended, ns
 * @unanswered: probes since the last answer
 * @rtt: smoothed round-trip time, ns; 0 if never measured
 * @rtt_var: its mean deviation, ns
 * @sent: probes sent
 * @answered: of these, answered
 * @answered_first: @answered when the path last became ready, or ceased to be
 * @judged: of @sent, those of which it is known whether they were answered in
 *	    time
 * @pending: the last probes
 *
 * Protected by &sidestep_session.probe_lock; @ready, @rtt and @rtt_var are also
 * read without.
 */
struct sidestep_path_info {
	bool			ready;
	u64			heard_at;
	u64			asked_at;
	u64			due_at;
	u64			interval;
	u64			silent_until;
	unsigned int		unanswered;
	u64			rtt;
	u64			rtt_var;
	u64			sent;
	u64			answered;
	u64			answered_first;
	u64			judged;
	struct sidestep_pending	pending[SIDESTEP_PENDING];
};

/**
 * struct sidestep_session - private part of a session's net device
 * @dev: the net device
 * @list: in &sidestep_net.sessions; protected by RTNL
 * @config: what it was told; written under RTNL. NULL until configured
 * @stats: counters
 * @allowance: what copies on the infra path may still cost
 * @flows: what each flow has sent and got, while the device is up
 * @sysfs: its directories in sysfs, while the device is registered
 * @epoch: random, new each time that the device comes up
 * @tx_seq: the next sequence number. Shared by all CPUs, once per packet
 *	    train: numbers of one session cannot be per CPU
 * @tx_plan: as sidestep_plan() packs it: where packets go now
 * @dst: routes to this device, for IPv4 and IPv6 packets that are steered
 *	 here; NULL while it is down. Written under RTNL
 * @rx: receiving side
 * @probe_lock: protects @path and @probe_*; taken with bottom halves off, and
 *		inside &sidestep_rx.lock never
 * @path: by enum sidestep_path
 * @probe_number: of the last probe
 * @probe_credit: answers that may still be sent in this window of time
 * @probe_window: when that window began, ns
 * @probe_timer: when @probe_work is to run
 * @probe_work: sends probes, and carries out what the engine decides
 * @probe_heard: packets heard when it ran last; only it looks
 * @probe_heard_at: when it last saw new ones, ns; likewise
 * @engine: decides where packets go
 * @state_lock: serializes changes of state; protects @wanted to @told_ready
 * @wanted: enum sidestep_paths, what the engine's decision asks for
 * @linger_until: jiffies until which both paths are kept on the way home
 * @lingering: whether @linger_until counts
 * @glide_until: 64-bit jiffies until which both paths are kept on the way out
 * @gliding: whether @glide_until counts
 * @steering: whether the send hooks are held
 * @told_plan: plan that was last notified
 * @told_peer: peer's wish that was last notified
 * @told_ready: ready paths that were last notified
 * @state_work: brings the state up to date
 */
struct sidestep_session {
	struct net_device	*dev;
	struct list_head	list;
	struct sidestep_config __rcu *config;
	struct sidestep_stats __percpu *stats;
	struct sidestep_allowance allowance;
	struct sidestep_flows	*flows;
	struct sidestep_sysfs_dir *sysfs[SIDESTEP_SYSFS_DIRS];

	u64			epoch;
	atomic64_t		tx_seq;
	unsigned int		tx_plan;
	struct dst_entry __rcu	*dst[2];

	struct sidestep_rx	rx;

	spinlock_t		probe_lock; /* protects path, probe_* */
	struct sidestep_path_info	path[SIDESTEP_PATH_MAX + 1];
	u64			probe_number;
	unsigned int		probe_credit;
	u64			probe_window;
	struct hrtimer		probe_timer;
	struct work_struct	probe_work;
	u32			probe_heard;
	u64			probe_heard_at;

	struct sidestep_engine	engine;

	struct mutex		state_lock; /* protects wanted to told_ready */
	u8			wanted;
	unsigned long		linger_until;
	bool			lingering;
	u64			glide_until;
	bool			gliding;
	bool			steering;
	unsigned int		told_plan;
	unsigned int		told_peer;
	unsigned int		told_ready;
	struct delayed_work	state_work;
};

/**
 * sidestep_plan() - pack where packets go and what this host asks for
 * @paths: enum sidestep_paths
 * @wants: enum sidestep_paths
 *
 * Return: the word for &sidestep_session.tx_plan.
 */
static inline unsigned int sidestep_plan(unsigned int paths, unsigned int wants)
{
	return paths | wants << 2;
}

/* Set in &sidestep_session.tx_plan while both paths are kept on the way home. */
#define SIDESTEP_PLAN_HOME BIT(4)
/* ... while both are used since one end asks for both, and not for a switch. */
#define SIDESTEP_PLAN_COPY BIT(5)

static inline unsigned int sidestep_plan_paths(unsigned int plan)
{
	return plan & SIDESTEP_ON_BOTH;
}

static inline unsigned int sidestep_plan_wants(unsigned int plan)
{
	return plan >> 2 & SIDESTEP_ON_BOTH;
}

#endif /* _SIDESTEP_SESSION_H */
