// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Order (RFC 9550's packet ordering function, with a playout delay). Pure: no
 * skb, no lock, no clock of its own.
 *
 * Numbers are delivered in order. A packet behind a gap waits until the gap
 * closes, until every path that carries the missing ones has gone past them,
 * or until the slower path must have brought them: later if it has a queue, and
 * still brings what is before. And for a moment, for two CPUs of the sender may
 * have swapped what they sent, and GRO lets fragments pass later than the rest.
 *
 * While a session is on both paths, packets from the faster one are also
 * delayed until they are as late as the slower one's: slowly on the way in,
 * slowly on the way out. Losing the faster path is then no jump in delay, and
 * coming back to it lets nothing overtake.
 */
#include "order.h"

static __s64 max_s64(__s64 a, __s64 b)
{
	return a > b ? a : b;
}

static __s64 min_s64(__s64 a, __s64 b)
{
	return a < b ? a : b;
}

/**
 * sidestep_order_init() - start with nothing held and nothing measured
 * @order: the order
 */
void sidestep_order_init(struct sidestep_order *order)
{
	memset(order, 0, sizeof(*order));
	INIT_LIST_HEAD(&order->queue);
	order->next = SIDESTEP_FIRST_SEQ;
}

/**
 * sidestep_order_restart() - count anew: the peer's epoch is another
 * @order: the order; the caller has taken all items out
 * @next: the number that the peer will send next
 */
void sidestep_order_restart(struct sidestep_order *order, __u64 next)
{
	order->next = next;
	order->heard[0] = 0;
	order->heard[1] = 0;
	order->heard_at[0] = 0;
	order->heard_at[1] = 0;
	order->fresh = 0;
	order->carried = 0;
	order->wants = 0;
}

/**
 * sidestep_order_tune() - say what was measured
 * @order: the order
 * @skew: one-way delay of the infra path less that of the direct path
 * @margin: how much later than that a packet may come
 */
void sidestep_order_tune(struct sidestep_order *order, __s64 skew,
			 __s64 margin)
{
	order->skew = skew;
	order->margin = margin;
}

/* The skew, if it is worth a playout delay. */
static __s64 order_skew(const struct sidestep_order *order)
{
	if (order->skew < SIDESTEP_ORDER_NEAR &&
	    order->skew > -SIDESTEP_ORDER_NEAR)
		return 0;
	return order->skew;
}

/* The delay to be added to the direct path, where packets take @paths. */
static __s64 playout_target(const struct sidestep_order *order,
			    unsigned int paths, unsigned int wants)
{
	if (!(wants & SIDESTEP_ON_INFRA))
		return 0;
	if (paths & SIDESTEP_ON_DIRECT)
		return max_s64(0, order_skew(order));
	return order_skew(order);
}

/* How long the other path may still need for what is missing. */
static __s64 patience_after(const struct sidestep_order *order,
			    unsigned int path)
{
	__s64 behind = path == 0 ? order->skew : -order->skew;

	return max_s64(0, behind + order->margin);
}

/* By how much the playout delay may grow when that much time has passed. */
static __s64 glide_in(const struct sidestep_order *order, __s64 passed)
{
	__s64 slow = min_s64(passed, SIDESTEP_ORDER_PAUSE) /
		     SIDESTEP_ORDER_SLOPE_IN;

	return slow * (SIDESTEP_ORDER_BASE + max_s64(0, order->playout)) /
	       SIDESTEP_ORDER_BASE;
}

/*
 * Tagged packets come after untagged ones. Where that was so a moment ago, too, the
 * first ones are still those of then.
 */
static void order_begin(struct sidestep_order *order, __u64 now)
{
	if (order->heard[0] >= order->fresh || now >= order->settled)
		order->fresh = max_s64(order->heard[0], order->heard[1]);
	order->settled = now + patience_after(order, 1);
}

/**
 * sidestep_order_glide() - bring the playout delay up to date
 * @order: the order
 * @paths: enum sidestep_paths, where the newest packet was sent
 * @wants: enum sidestep_paths, what the two hosts ask for together
 * @now: the time
 *
 * To be called after sidestep_order_heard(), for the newest packet only.
 * A longer delay comes in small steps, also after a pause; a shorter one may
 * come at once then, for nothing overtakes by it.
 */
void sidestep_order_glide(struct sidestep_order *order, unsigned int paths,
			  unsigned int wants, __u64 now)
{
	__s64 target = playout_target(order, paths, wants);
	__s64 passed = now - order->playout_at;
	__s64 less = passed / SIDESTEP_ORDER_SLOPE_OUT;

	order->playout_at = now;
	if (wants & ~order->wants & SIDESTEP_ON_INFRA)
		order_begin(order, now);
	order->wants = wants;
	if (paths == SIDESTEP_ON_INFRA)
		order->playout = target;
	else if (order->playout < target)
		order->playout += min_s64(glide_in(order, passed),
					  target - order->playout);
	else
		order->playout -= min_s64(less, order->playout - target);
}

/**
 * sidestep_order_heard() - note how far a path has come
 * @order: the order
 * @path: enum sidestep_path
 * @seq: number of a packet from there, first copy or later one
 * @now: the time
 */
void sidestep_order_heard(struct sidestep_order *order, unsigned int path,
			  __u64 seq, __u64 now)
{
	if (seq <= order->heard[path])
		return;
	order->heard[path] = seq;
	order->heard_at[path] = now;
}

static __s64 delay_after(const struct sidestep_order *order, unsigned int path)
{
	if (path == 0)
		return max_s64(0, order->playout);
	return max_s64(0, order->playout - order_skew(order));
}

static struct sidestep_order_item *
order_first(const struct sidestep_order *order)
{
	return list_entry(order->queue.next, struct sidestep_order_item, link);
}

/* The number that comes after @at of the queue, or after what was delivered. */
static __u64 number_after(const struct sidestep_order *order,
			  const struct list_head *at)
{
	if (at == &order->queue)
		return order->next;
	return list_entry(at, struct sidestep_order_item, link)->seq + 1;
}

/**
 * sidestep_order_put() - let a packet wait for its turn
 * @order: the order
 * @item: the packet's item, with @seq and @paths set
 * @path: enum sidestep_path, where it came from
 * @now: the time
 */
void sidestep_order_put(struct sidestep_order *order,
			struct sidestep_order_item *item, unsigned int path,
			__u64 now)
{
	struct list_head *at = order->queue.prev;

	item->due = now + delay_after(order, path);
	item->give_up = now + patience_after(order, path);
	if (!list_empty(&order->queue) && item->seq < order_first(order)->seq)
		at = &order->queue;
	while (at != &order->queue &&
	       list_entry(at, struct sidestep_order_item, link)->seq >
	       item->seq)
		at = at->prev;
	if (item->seq > number_after(order, at))
		item->due = max_s64(item->due, now + SIDESTEP_ORDER_SWAP);
	list_add(&item->link, at);
	order->count++;
}

/**
 * sidestep_order_pass() - deliver a packet now if nothing speaks against it
 * @order: the order
 * @seq: its number
 *
 * Return: whether it is the next, nothing is held, and no delay is added; it
 *	   counts as delivered then.
 */
bool sidestep_order_pass(struct sidestep_order *order, __u64 seq)
{
	if (seq != order->next || !list_empty(&order->queue) || order->playout)
		return false;
	order->next++;
	return true;
}

static bool order_heard_all(const struct sidestep_order *order,
			    unsigned int paths, __u64 seq)
{
	return !(paths & SIDESTEP_ON_DIRECT && order->heard[0] < seq) &&
	       !(paths & SIDESTEP_ON_INFRA && order->heard[1] < seq);
}

/* Untagged packets before it may still be on the direct path. */
static __u64 item_due(const struct sidestep_order *order,
		      const struct sidestep_order_item *item)
{
	if (order->heard[0] < order->fresh && item->seq >= order->fresh &&
	    item->due < order->settled)
		return order->settled;
	return item->due;
}

/*
 * For how long a path may bring nothing and still be waited for. On the direct one
 * silence is the first sign of its end, and the other goes on.
 */
static __s64 path_stall(const struct sidestep_order *order, unsigned int path)
{
	return path == 0 ? order->margin :
			   max_s64(order->margin, SIDESTEP_ORDER_STALL);
}

/*
 * Until when what is missing before @item is waited for. A path that is behind it
 * and comes nearer may have a queue; nobody knows how long that is.
 */
static __u64 item_give_up(const struct sidestep_order *order,
			  const struct sidestep_order_item *item,
			  unsigned int paths)
{
	__u64 most = item->give_up + SIDESTEP_ORDER_QUEUE;
	__u64 at = item->give_up;
	unsigned int path;

	for (path = 0; path < 2; path++) {
		__u64 idle_at = order->heard_at[path] + path_stall(order, path);

		if (paths & 1 << path && order->heard[path] < item->seq &&
		    idle_at > at)
			at = idle_at;
	}
	return at < most ? at : most;
}

static __u64 item_wake(const struct sidestep_order *order,
		       const struct sidestep_order_item *item)
{
	unsigned int paths = item->paths | order->carried;
	__u64 due = item_due(order, item);
	__u64 give_up;

	if (item->seq < order->next)
		return 0;
	if (order_heard_all(order, SIDESTEP_ON_BOTH, item->seq))
		return item->seq == order->next ? 0 : item->due;
	if (item->seq == order->next ||
	    order_heard_all(order, paths, item->seq))
		return due;
	give_up = item_give_up(order, item, paths);
	return due > give_up ? due : give_up;
}

/**
 * sidestep_order_get() - take the next packet whose turn it is
 * @order: the order
 * @now: the time; ~0 takes whatever is first
 * @skipped: the count of numbers given up is added here
 *
 * Return: its item, the caller's again; NULL if nothing is to be delivered.
 */
struct sidestep_order_item *sidestep_order_get(struct sidestep_order *order,
					       __u64 now, __u64 *skipped)
{
	struct sidestep_order_item *item;

	if (list_empty(&order->queue))
		return NULL;
	item = order_first(order);
	if (item_wake(order, item) > now)
		return NULL;
	list_del(&item->link);
	order->count--;
	if (item->seq >= order->next) {
		*skipped += item->seq - order->next;
		order->next = item->seq + 1;
		order->carried = item->paths;
	}
	return item;
}

/**
 * sidestep_order_wake() - when to ask again
 * @order: the order
 *
 * Return: the time at which sidestep_order_get() has something, unless packets
 *	   come before; ~0 if nothing is held.
 */
__u64 sidestep_order_wake(const struct sidestep_order *order)
{
	if (list_empty(&order->queue))
		return ~0ULL;
	return item_wake(order, order_first(order));
}
