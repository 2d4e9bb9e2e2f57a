// SPDX-License-Identifier: GPL-2.0
/*
 * From the queue to the stack: packets wait for their turn, and then appear on
 * the direct device as if they had come in there without a tag.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/gro.h>

#include "bound.h"
#include "deliver.h"
#include "session.h"
#include "trace.h"

static struct sidestep_order_item *item_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct sidestep_order_item) > sizeof(skb->cb));
	return (struct sidestep_order_item *)skb->cb;
}

static struct sk_buff *skb_of(struct sidestep_order_item *item)
{
	return container_of((void *)item, struct sk_buff, cb);
}

/**
 * sidestep_deliver_full() - whether no more packets can be queued
 * @session: the session, its rx.lock held
 *
 * Return: as said.
 */
bool sidestep_deliver_full(const struct sidestep_session *session)
{
	lockdep_assert_held(&session->rx.lock);
	return skb_queue_len(&session->rx.ready) >= SIDESTEP_ORDER_MAX;
}

/**
 * sidestep_deliver_pass() - whether a packet may go on where it is
 * @session: the session, its rx.lock held
 * @skb: the packet, without its tag
 * @seq: its number
 *
 * On the way home untagged packets follow close behind; through the queue the
 * last tagged ones would come after them.
 *
 * Return: whether it may; it counts as delivered then.
 */
bool sidestep_deliver_pass(struct sidestep_session *session,
			   const struct sk_buff *skb, u64 seq)
{
	struct sidestep_rx *rx = &session->rx;

	lockdep_assert_held(&rx->lock);
	if (!skb_queue_empty(&rx->ready) ||
	    test_bit(NAPI_STATE_SCHED, &rx->napi.state) ||
	    !sidestep_order_pass(&rx->order, seq))
		return false;
	dev_sw_netstats_rx_add(session->dev, skb->len);
	sidestep_count(session, SIDESTEP_COUNTER_RX_DELIVERED);
	return true;
}

/**
 * sidestep_deliver_put() - queue a packet
 * @session: the session, its rx.lock held
 * @skb: the packet without its tag, at its IP header, consumed
 * @path: enum sidestep_path, where it came from
 * @paths: enum sidestep_paths, where copies of it were sent
 * @seq: its number
 * @now: the time, ns
 */
void sidestep_deliver_put(struct sidestep_session *session, struct sk_buff *skb,
			  unsigned int path, unsigned int paths, u64 seq,
			  u64 now)
{
	struct sidestep_order *order = &session->rx.order;
	struct sidestep_order_item *item = item_of(skb);

	lockdep_assert_held(&session->rx.lock);
	if (seq < order->next)
		sidestep_count(session, SIDESTEP_COUNTER_RX_LATE);
	item->seq = seq;
	item->paths = paths;
	sidestep_order_put(order, item, path, now);
}

/**
 * sidestep_deliver_held() - a packet that was queued just now waits
 * @session: the session, its rx.lock held
 * @skb: the packet, not delivered yet
 * @path: enum sidestep_path, where it came from
 * @now: the time, ns
 */
void sidestep_deliver_held(struct sidestep_session *session,
			   struct sk_buff *skb, unsigned int path, u64 now)
{
	lockdep_assert_held(&session->rx.lock);
	sidestep_count(session, SIDESTEP_COUNTER_RX_HELD);
	trace_sidestep_held(session, item_of(skb), path, now);
}

static void timer_arm(struct sidestep_rx *rx)
{
	u64 wake = sidestep_order_wake(&rx->order);

	if (wake >= rx->wake)
		return;
	rx->wake = wake;
	hrtimer_start(&rx->timer, ns_to_ktime(wake), HRTIMER_MODE_ABS_SOFT);
}

/**
 * sidestep_deliver_due() - deliver what has waited long enough
 * @session: the session, its rx.lock held
 * @now: the time, ns; ~0 delivers all
 */
void sidestep_deliver_due(struct sidestep_session *session, u64 now)
{
	struct sidestep_rx *rx = &session->rx;
	struct sidestep_order_item *item;
	u64 skipped = 0;

	lockdep_assert_held(&rx->lock);
	for (;;) {
		bool full = rx->order.count > SIDESTEP_ORDER_MAX;

		item = sidestep_order_get(&rx->order, full ? ~0ULL : now,
					  &skipped);
		if (!item)
			break;
		__skb_queue_tail(&rx->ready, skb_of(item));
	}
	if (skipped)
		sidestep_count_many(session, SIDESTEP_COUNTER_RX_SKIPPED,
				    skipped);
	timer_arm(rx);
	if (!skb_queue_empty(&rx->ready))
		napi_schedule(&rx->napi);
}

static enum hrtimer_restart deliver_timeout(struct hrtimer *timer)
{
	struct sidestep_session *session =
		container_of(timer, struct sidestep_session, rx.timer);

	spin_lock(&session->rx.lock);
	session->rx.wake = ~0ULL;
	sidestep_deliver_due(session, ktime_get_ns());
	spin_unlock(&session->rx.lock);
	return HRTIMER_NORESTART;
}

/* Whether the strict filter of RFC 3704 would drop what comes in there. */
static bool is_filtered(const struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);

	return in_dev && IN_DEV_RPFILTER(in_dev) == 1;
}

/*
 * The device to appear on: the direct one as long as it exists, up or down, for
 * sockets may be bound to it; else our own. While it is down its routes are
 * gone, and a filter that asks for them wants our own, too.
 */
static struct net_device *deliver_device(struct sidestep_session *session)
{
	struct sidestep_config *config = rcu_dereference(session->config);
	struct net_device *dev = NULL;

	if (config)
		dev = rcu_dereference(config->dev[SIDESTEP_PATH_DIRECT]);
	if (!dev || READ_ONCE(dev->reg_state) != NETREG_REGISTERED ||
	    (!netif_running(dev) && is_filtered(dev)))
		return session->dev;
	return dev;
}

/*
 * Copies from the tunnel have no link-layer header, but captures, firewalls and
 * GRO look for one. The tag's place is free for it. GRO merges in place: what it
 * gets must not share its data, as with a capture or, by veth, with the very
 * socket that sent it and may send it again. It was unshared before it was queued.
 */
static void header_make(const struct sidestep_session *session,
			struct sk_buff *skb, const struct net_device *dev)
{
	struct ethhdr *eth;

	BUILD_BUG_ON(ETH_HLEN > SIDESTEP_TAG_LEN);
	if (dev->type != ARPHRD_ETHER) {
		skb_reset_mac_header(skb);
		return;
	}
	eth = (struct ethhdr *)(skb->data - ETH_HLEN);
	ether_addr_copy(eth->h_dest, dev->dev_addr);
	ether_addr_copy(eth->h_source, session->rx.direct_source);
	eth->h_proto = skb->protocol;
	skb_set_mac_header(skb, -ETH_HLEN);
}

/* As gro_normal_list() does, whose helper is not exported. */
static void gro_deliver(struct napi_struct *napi)
{
	LIST_HEAD(list);

	napi_gro_flush(napi, false);
	compat_napi_take_normal(napi, &list);
	netif_receive_skb_list(&list);
}

/* Whether it is for a socket bound to a direct device that it cannot appear on. */
static bool is_for_gone(const struct sidestep_session *session,
			const struct sk_buff *skb, const struct net_device *dev)
{
	struct sidestep_config *config = rcu_dereference(session->config);
	const struct net_device *direct;
	int gone;

	if (!config)
		return false;
	direct = rcu_dereference(config->dev[SIDESTEP_PATH_DIRECT]);
	if (direct && netif_running(direct))
		return false;
	gone = direct && direct != dev ? direct->ifindex :
					 READ_ONCE(config->gone);
	return gone && sidestep_bound_to(dev_net(session->dev), skb, gone);
}

static void deliver_one(struct sidestep_session *session, struct sk_buff *skb)
{
	const struct net_device *dev = deliver_device(session);

	skb->dev = session->dev;
	if (is_for_gone(session, skb, dev)) {
		sidestep_drop(session, skb, SIDESTEP_COUNTER_RX_BOUND);
		return;
	}
	header_make(session, skb, dev);
	skb_reset_mac_len(skb);
	skb->pkt_type = PACKET_HOST;
	skb_clear_hash(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb_dst_drop(skb);
	skb->tstamp = 0;
	dev_sw_netstats_rx_add(session->dev, skb->len);
	sidestep_count(session, SIDESTEP_COUNTER_RX_DELIVERED);
	napi_gro_receive(&session->rx.napi, skb);
}

/*
 * Packets go through GRO and RPS as those of our own device, and change to the
 * direct one behind these: in its own queues they would get behind untagged ones,
 * and be dropped while it is down.
 */
static rx_handler_result_t deliver_handle(struct sk_buff **pskb)
{
	struct sidestep_session *session = netdev_priv((*pskb)->dev);
	struct sk_buff *skb = skb_share_check(*pskb, GFP_ATOMIC);

	*pskb = skb;
	if (!skb) {
		sidestep_count(session, SIDESTEP_COUNTER_RX_NO_MEMORY);
		return RX_HANDLER_CONSUMED;
	}
	skb->dev = deliver_device(session);
	return skb->dev == session->dev ? RX_HANDLER_PASS : RX_HANDLER_ANOTHER;
}

/*
 * Delivers no more than @most of what is ready. The queue is taken whole, so that
 * those who fill it need not wait; what is too much is put back in front.
 */
static int deliver_ready(struct sidestep_session *session, int most)
{
	struct sidestep_rx *rx = &session->rx;
	struct sk_buff_head list;
	struct sk_buff *skb;
	int done = 0;

	__skb_queue_head_init(&list);
	spin_lock(&rx->lock);
	skb_queue_splice_init(&rx->ready, &list);
	spin_unlock(&rx->lock);
	while (done < most && (skb = __skb_dequeue(&list))) {
		deliver_one(session, skb);
		done++;
	}
	if (!skb_queue_empty(&list)) {
		spin_lock(&rx->lock);
		skb_queue_splice(&list, &rx->ready);
		spin_unlock(&rx->lock);
	}
	return done;
}

static int deliver_poll(struct napi_struct *napi, int budget)
{
	struct sidestep_session *session =
		container_of(napi, struct sidestep_session, rx.napi);
	int done;

	rcu_read_lock();
	done = deliver_ready(session, budget);
	rcu_read_unlock();
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

/**
 * sidestep_deliver_init() - prepare a session's queue
 * @session: the session
 *
 * Return: 0 or a negative error.
 */
int sidestep_deliver_init(struct sidestep_session *session)
{
	struct sidestep_rx *rx = &session->rx;
	int err;

	err = netdev_rx_handler_register(session->dev, deliver_handle, NULL);
	if (err)
		return err;
	spin_lock_init(&rx->lock);
	sidestep_order_init(&rx->order);
	__skb_queue_head_init(&rx->ready);
	rx->wake = ~0ULL;
	hrtimer_setup(&rx->timer, deliver_timeout, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	netif_napi_add(session->dev, &rx->napi, deliver_poll);
	return 0;
}

/**
 * sidestep_deliver_start() - begin to deliver
 * @session: the session
 */
void sidestep_deliver_start(struct sidestep_session *session)
{
	napi_enable(&session->rx.napi);
}

/* Delivers what is ready, and what GRO holds. NAPI is disabled. */
static void deliver_all(struct sidestep_session *session)
{
	local_bh_disable();
	rcu_read_lock();
	deliver_ready(session, INT_MAX);
	gro_deliver(&session->rx.napi);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * sidestep_deliver_stop() - deliver what is queued, and then no more
 * @session: the session; no packet finds it any more
 */
void sidestep_deliver_stop(struct sidestep_session *session)
{
	struct sidestep_rx *rx = &session->rx;

	napi_disable(&rx->napi);
	spin_lock_bh(&rx->lock);
	sidestep_deliver_due(session, ~0ULL);
	spin_unlock_bh(&rx->lock);
	hrtimer_cancel(&rx->timer);
	rx->wake = ~0ULL;
	deliver_all(session);
}

/**
 * sidestep_deliver_exit() - the end of a session's queue
 * @session: the session
 */
void sidestep_deliver_exit(struct sidestep_session *session)
{
	netif_napi_del(&session->rx.napi);
	netdev_rx_handler_unregister(session->dev);
}
