/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_ORDER_H
#define _SIDESTEP_ORDER_H

#include "wire.h"

/* Times are nanoseconds of one monotonic clock. */

/**
 * enum sidestep_order_limits - constants of the order
 * @SIDESTEP_ORDER_MAX: packets held at most
 * @SIDESTEP_ORDER_SLOPE_IN: the playout delay grows by one part in this many of
 *			     the time that passes, at first: TCP must see its
 *			     round-trip time grow before its probe timer ends,
 *			     which is at twice that time and some
 * @SIDESTEP_ORDER_BASE: ... and as many times faster as it is longer than this,
 *			 nanoseconds
 * @SIDESTEP_ORDER_PAUSE: longer pauses between packets do not count,
 *			  nanoseconds
 * @SIDESTEP_ORDER_SLOPE_OUT: the playout delay shrinks by one part in this many
 *			      of the time that passes
 * @SIDESTEP_ORDER_NEAR: a smaller delay difference is noise, nanoseconds
 * @SIDESTEP_ORDER_SWAP: CPUs that send at once, or GRO here, may have swapped
 *			 what lies closer together than this, nanoseconds
 * @SIDESTEP_ORDER_QUEUE: how much longer a packet waits for a path that still
 *			  brings those before it, nanoseconds
 * @SIDESTEP_ORDER_STALL: a tunnel that brings nothing for less than this still
 *			  has its queue, nanoseconds: networks pause so for a
 *			  handover, and hosts for a burst
 */
enum sidestep_order_limits {
	SIDESTEP_ORDER_MAX = 16384,
	SIDESTEP_ORDER_SLOPE_IN = 64,
	SIDESTEP_ORDER_SLOPE_OUT = 8,
	SIDESTEP_ORDER_BASE = 1 << 23,
	SIDESTEP_ORDER_PAUSE = 1 << 27,
	SIDESTEP_ORDER_NEAR = 2000000,
	SIDESTEP_ORDER_SWAP = 1000000,
	SIDESTEP_ORDER_QUEUE = 1 << 28,
	SIDESTEP_ORDER_STALL = 1 << 26,
};

/**
 * struct sidestep_order_item - a packet that waits; belongs to the caller
 * @link: in &sidestep_order.queue
 * @seq: its number
 * @due: when it may be delivered
 * @give_up: when it may be delivered though earlier ones are missing
 * @paths: enum sidestep_paths, where copies of it were sent
 */
struct sidestep_order_item {
	struct list_head link;
	__u64	seq;
	__u64	due;
	__u64	give_up;
	__u8	paths;
};

/**
 * struct sidestep_order - puts packets from two paths in order again
 * @queue: items that wait, by number
 * @count: of them
 * @next: the number after the last that was delivered
 * @heard: the highest number that came in, by enum sidestep_path
 * @heard_at: when that one came, by enum sidestep_path
 * @skew: one-way delay of the infra path less that of the direct path
 * @margin: how much later than expected a packet may come
 * @playout: delay added to packets from the direct path now
 * @playout_at: when @playout was brought up to date
 * @fresh: the first number that came after untagged packets
 * @settled: when the last of these must have come on the direct path
 * @carried: enum sidestep_paths, of the last packet delivered
 * @wants: as last told to sidestep_order_glide()
 */
struct sidestep_order {
	struct list_head queue;
	unsigned int count;
	__u64	next;
	__u64	heard[2];
	__u64	heard_at[2];
	__s64	skew;
	__s64	margin;
	__s64	playout;
	__u64	playout_at;
	__u64	fresh;
	__u64	settled;
	__u8	carried;
	__u8	wants;
};

void sidestep_order_init(struct sidestep_order *order);
void sidestep_order_restart(struct sidestep_order *order, __u64 next);
bool sidestep_order_pass(struct sidestep_order *order, __u64 seq);
void sidestep_order_tune(struct sidestep_order *order, __s64 skew,
			 __s64 margin);
void sidestep_order_glide(struct sidestep_order *order, unsigned int paths,
			  unsigned int wants, __u64 now);
void sidestep_order_heard(struct sidestep_order *order, unsigned int path,
			  __u64 seq, __u64 now);
void sidestep_order_put(struct sidestep_order *order,
			struct sidestep_order_item *item, unsigned int path,
			__u64 now);
struct sidestep_order_item *sidestep_order_get(struct sidestep_order *order,
					       __u64 now, __u64 *skipped);
__u64 sidestep_order_wake(const struct sidestep_order *order);

#endif /* _SIDESTEP_ORDER_H */
