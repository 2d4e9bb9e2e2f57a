// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of order, one case each. Times are milliseconds.
 */
#include "ktap.h"
#include "order.h"

#define MS 1000000LL
#define NEVER ~0ULL
#define NONE 0
#define DIRECT 0
#define INFRA 1

static struct sidestep_order order;
static struct sidestep_order_item items[SIDESTEP_ORDER_MAX];
static unsigned int used;
static __u64 skipped;

static void start(__s64 skew, __s64 margin)
{
	sidestep_order_init(&order);
	sidestep_order_tune(&order, skew * MS, margin * MS);
	used = 0;
	skipped = 0;
}

/* As after a long time in bicast. */
static void settle(__u64 until)
{
	for (int i = 0; i < 200; i++) {
		order.playout_at = (until - 128) * MS;
		sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
				     until * MS);
	}
}

static void arrive(__u64 seq, unsigned int path, unsigned int paths, __u64 now)
{
	struct sidestep_order_item *item = &items[used++];

	item->seq = seq;
	item->paths = paths;
	sidestep_order_heard(&order, path, seq, now * MS);
	sidestep_order_put(&order, item, path, now * MS);
}

/* A later copy: the window keeps it from the order. */
static void copy(__u64 seq, unsigned int path)
{
	sidestep_order_heard(&order, path, seq, 0);
}

/* The number of the next packet whose turn has come. */
static __u64 take(__u64 now)
{
	struct sidestep_order_item *item;

	item = sidestep_order_get(&order, now * MS, &skipped);
	return item ? item->seq : NONE;
}

static __u64 wake(void)
{
	__u64 at = sidestep_order_wake(&order);

	return at == NEVER ? NEVER : at / MS;
}

static void starts_empty(void)
{
	start(23, 1);
	EXPECT(take(0) == NONE);
	EXPECT(wake() == NEVER);
	EXPECT(order.count == 0);
	EXPECT(order.next == SIDESTEP_FIRST_SEQ);
}

static void no_skew_no_wait(void)
{
	start(0, 1);
	for (__u64 seq = 1; seq <= 20; seq++) {
		sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
				     seq * MS);
		arrive(seq, seq % 2, SIDESTEP_ON_BOTH, seq);
		EXPECT(take(seq) == seq);
		EXPECT(order.count == 0);
	}
	EXPECT(skipped == 0);
}

static void small_skew_is_noise(void)
{
	start(0, 1);
	sidestep_order_tune(&order, SIDESTEP_ORDER_NEAR - 1, MS);
	settle(1000);
	EXPECT(order.playout == 0);
	sidestep_order_tune(&order, -SIDESTEP_ORDER_NEAR + 1, MS);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 1001);
	EXPECT(take(1001) == 1);
	sidestep_order_tune(&order, SIDESTEP_ORDER_NEAR, MS);
	settle(2000);
	EXPECT(order.playout == SIDESTEP_ORDER_NEAR);
}

static void gap_is_closed_by_other_path(void)
{
	start(23, 1);
	arrive(2, DIRECT, SIDESTEP_ON_BOTH, 2);
	arrive(3, DIRECT, SIDESTEP_ON_BOTH, 4);
	EXPECT(take(24) == NONE);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 25);
	EXPECT(take(25) == 1);
	EXPECT(take(25) == 2);
	EXPECT(take(25) == 3);
	EXPECT(take(25) == NONE);
	EXPECT(skipped == 0);
}

static void gap_is_given_up_when_both_passed(void)
{
	start(23, 100);
	arrive(2, DIRECT, SIDESTEP_ON_BOTH, 2);
	EXPECT(take(3) == NONE);
	copy(2, INFRA);
	EXPECT(take(3) == 2);
	EXPECT(skipped == 1);
	arrive(7, INFRA, SIDESTEP_ON_BOTH, 4);
	EXPECT(take(4) == NONE);
	copy(9, DIRECT);
	copy(3, DIRECT);
	EXPECT(take(4) == NONE);
	EXPECT(take(5) == 7);
	EXPECT(skipped == 5);
}

static void gap_is_given_up_after_patience(void)
{
	start(23, 5);
	arrive(2, DIRECT, SIDESTEP_ON_BOTH, 100);
	EXPECT(wake() == 128);
	EXPECT(take(127) == NONE);
	EXPECT(take(128) == 2);
	EXPECT(skipped == 1);
	arrive(4, INFRA, SIDESTEP_ON_BOTH, 200);
	EXPECT(take(200) == NONE);
	EXPECT(take(201) == 4);
	EXPECT(skipped == 2);
}

/* 2 to 100 are in the tunnel when 101 goes by both paths. */
static void gap_is_not_given_up_while_it_closes(void)
{
	const __u64 stall = SIDESTEP_ORDER_STALL / MS;

	start(23, 5);
	arrive(1, INFRA, SIDESTEP_ON_INFRA, 90);
	EXPECT(take(90) == 1);
	arrive(101, DIRECT, SIDESTEP_ON_BOTH, 100);
	EXPECT(wake() == 90 + stall);
	arrive(2, INFRA, SIDESTEP_ON_INFRA, 127);
	EXPECT(take(127) == 2);
	EXPECT(wake() == 127 + stall);
	arrive(3, INFRA, SIDESTEP_ON_INFRA, 131);
	EXPECT(take(131) == 3);
	EXPECT(take(131 + stall) == NONE);
	EXPECT(take(132 + stall) == 101);
	EXPECT(skipped == 97);
}

static void gap_that_closes_is_given_up_in_the_end(void)
{
	const __u64 end = 128 + SIDESTEP_ORDER_QUEUE / MS;
	__u64 seq = 1;

	start(23, 5);
	arrive(1000, DIRECT, SIDESTEP_ON_BOTH, 100);
	for (__u64 now = 125; now <= end; now++, seq++) {
		arrive(seq, INFRA, SIDESTEP_ON_INFRA, now);
		EXPECT(take(now) == seq);
		EXPECT(take(now) == NONE);
	}
	EXPECT(take(end + 1) == 1000);
	EXPECT(skipped == 1000 - seq);
}

/* What another path brings is no reason to wait for the one that is silent. */
static void gap_on_a_silent_path_is_given_up(void)
{
	start(23, 5);
	arrive(2, DIRECT, SIDESTEP_ON_BOTH, 100);
	for (__u64 seq = 3; seq < 20; seq++) {
		arrive(seq, DIRECT, SIDESTEP_ON_BOTH, 98 + seq);
		EXPECT(take(98 + seq) == NONE);
	}
	EXPECT(wake() == 128);
}

static void patience_with_faster_infra(void)
{
	start(-23, 5);
	settle(1000);
	arrive(2, INFRA, SIDESTEP_ON_BOTH, 1000);
	EXPECT(wake() == 1028);
	arrive(1, DIRECT, SIDESTEP_ON_BOTH, 1027);
	EXPECT(take(1027) == 1);
	EXPECT(take(1027) == 2);
	EXPECT(skipped == 0);
}

static void small_skew_counts_for_patience(void)
{
	start(0, 0);
	sidestep_order_tune(&order, SIDESTEP_ORDER_NEAR - 1, 0);
	arrive(2, DIRECT, SIDESTEP_ON_BOTH, 0);
	EXPECT(take(1) == NONE);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 1);
	EXPECT(take(1) == 1);
	EXPECT(take(1) == 2);
}

static void gap_in_infra_alone(void)
{
	start(-23, 5);
	sidestep_order_glide(&order, SIDESTEP_ON_INFRA, SIDESTEP_ON_INFRA, 0);
	arrive(1, INFRA, SIDESTEP_ON_INFRA, 1000);
	EXPECT(take(1050) == 1);
	arrive(3, INFRA, SIDESTEP_ON_INFRA, 1100);
	EXPECT(take(1100) == NONE);
	EXPECT(take(1101) == 3);
	EXPECT(skipped == 1);
}

/* By two CPUs of the sender, and a third packet comes behind them. */
static void swapped_in_infra_alone(void)
{
	start(-23, 5);
	sidestep_order_glide(&order, SIDESTEP_ON_INFRA, SIDESTEP_ON_INFRA, 0);
	arrive(2, INFRA, SIDESTEP_ON_INFRA, 1000);
	arrive(3, INFRA, SIDESTEP_ON_INFRA, 1000);
	EXPECT(take(1000) == NONE);
	arrive(1, INFRA, SIDESTEP_ON_INFRA, 1000);
	EXPECT(take(1000) == 1);
	EXPECT(take(1001) == 2);
	EXPECT(take(1001) == 3);
	EXPECT(skipped == 0);
}

/* On the way from infra to both, where the direct path is ahead. */
static void swapped_in_infra_as_both_begin(void)
{
	start(23, 5);
	sidestep_order_glide(&order, SIDESTEP_ON_INFRA, SIDESTEP_ON_INFRA, 0);
	copy(9, DIRECT);
	arrive(3, INFRA, SIDESTEP_ON_INFRA, 1000);
	EXPECT(take(1000) == NONE);
	arrive(1, INFRA, SIDESTEP_ON_INFRA, 1000);
	EXPECT(take(1000) == 1);
	arrive(2, INFRA, SIDESTEP_ON_INFRA, 1000);
	EXPECT(take(1000) == 2);
	EXPECT(take(1000) == 3);
	EXPECT(skipped == 0);
}

/* What is missing went on both paths, though what came after did not. */
static void gap_before_infra_alone(void)
{
	start(-23, 5);
	settle(1000);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 1000);
	EXPECT(take(1023) == 1);
	sidestep_order_glide(&order, SIDESTEP_ON_INFRA, SIDESTEP_ON_INFRA,
			     1024 * MS);
	arrive(3, INFRA, SIDESTEP_ON_INFRA, 1024);
	EXPECT(take(1024) == NONE);
	arrive(2, DIRECT, SIDESTEP_ON_BOTH, 1047);
	EXPECT(take(1047) == 2);
	EXPECT(take(1047) == 3);
	EXPECT(skipped == 0);
}

/* Untagged packets may still be on the direct path, up to its jitter. */
static void first_number_waits_for_untagged_packets(void)
{
	start(0, 5);
	copy(1, INFRA);
	sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
			     1000 * MS);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 1000);
	EXPECT(take(1004) == NONE);
	EXPECT(take(1005) == 1);
}

/* Home, and back before anything has come on the direct path. */
static void untagged_packets_are_waited_for_by_the_first_of_all(void)
{
	static const unsigned int wants[] = {
		SIDESTEP_ON_BOTH, SIDESTEP_ON_DIRECT, SIDESTEP_ON_BOTH
	};

	start(-23, 5);
	for (int i = 0; i < 3; i++) {
		copy(i + 1, INFRA);
		sidestep_order_glide(&order, SIDESTEP_ON_BOTH, wants[i],
				     (1000 + 2 * i) * MS);
		arrive(i + 1, INFRA, SIDESTEP_ON_BOTH, 1000 + 2 * i);
	}
	EXPECT(take(1031) == NONE);
	EXPECT(take(1032) == 1);
}

static void untagged_packets_have_come_if_a_tagged_one_has(void)
{
	start(0, 5);
	copy(1, INFRA);
	sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
			     1000 * MS);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 1000);
	copy(1, DIRECT);
	EXPECT(take(1001) == 1);
	arrive(2, INFRA, SIDESTEP_ON_BOTH, 1002);
	EXPECT(take(1002) == 2);
}

static void playout_delays_the_faster_path(void)
{
	start(23, 1);
	settle(1000);
	EXPECT(order.playout == 23 * MS);
	arrive(1, DIRECT, SIDESTEP_ON_BOTH, 1000);
	EXPECT(wake() == 1023);
	EXPECT(take(1022) == NONE);
	EXPECT(take(1023) == 1);
	arrive(2, INFRA, SIDESTEP_ON_BOTH, 1024);
	EXPECT(take(1024) == 2);
}

static void playout_delays_a_faster_infra_at_once(void)
{
	start(-23, 0);
	sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH, 0);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 0);
	EXPECT(take(22) == NONE);
	EXPECT(take(23) == 1);
	arrive(2, DIRECT, SIDESTEP_ON_BOTH, 25);
	EXPECT(take(25) == 2);
}

static void slower_copy_ends_the_playout(void)
{
	start(23, 1);
	settle(1000);
	arrive(1, DIRECT, SIDESTEP_ON_BOTH, 1000);
	copy(1, INFRA);
	EXPECT(take(1001) == 1);
}

/* The silent cut, the tunnel alone, and the way home. */
static void direct_copies_wait_for_the_tunnel(void)
{
	start(23, 5);
	sidestep_order_glide(&order, SIDESTEP_ON_INFRA, SIDESTEP_ON_INFRA, 0);
	EXPECT(order.playout == 23 * MS);
	arrive(1, INFRA, SIDESTEP_ON_INFRA, 100);
	EXPECT(take(100) == 1);
	sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
			     102 * MS);
	arrive(4, DIRECT, SIDESTEP_ON_BOTH, 102);
	EXPECT(take(102) == NONE);
	arrive(2, INFRA, SIDESTEP_ON_INFRA, 105);
	EXPECT(take(105) == 2);
	EXPECT(take(105) == NONE);
	arrive(5, DIRECT, SIDESTEP_ON_BOTH, 107);
	arrive(3, INFRA, SIDESTEP_ON_INFRA, 120);
	EXPECT(take(120) == 3);
	EXPECT(take(124) == NONE);
	EXPECT(take(125) == 4);
	EXPECT(take(129) == NONE);
	EXPECT(take(130) == 5);
	EXPECT(skipped == 0);
}

/* Never by more than a 64th of the time and of what it is already, but soon. */
static void glides_in_slowly(void)
{
	__s64 before = 0;

	start(23, 1);
	sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH, 0);
	for (__u64 now = 1; now < 800; now++) {
		__s64 most = MS / 64 + before * MS / 64 / (1 << 23) + 1;

		sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
				     now * MS);
		EXPECT(order.playout >= before);
		EXPECT(order.playout - before <= most);
		EXPECT(now > 500 || order.playout < 23 * MS);
		before = order.playout;
	}
	EXPECT(order.playout == 23 * MS);
}

static void glides_in_by_small_steps(void)
{
	start(300, 1);
	sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
			     60000 * MS);
	EXPECT(order.playout == SIDESTEP_ORDER_PAUSE / 64);
	sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
			     120000 * MS);
	EXPECT(order.playout == SIDESTEP_ORDER_PAUSE / 64 * 5 / 4 +
	       SIDESTEP_ORDER_PAUSE / 64);
}

static void glides_out_faster(void)
{
	start(23, 1);
	settle(1000);
	for (__u64 now = 0; now < 200; now++) {
		__s64 playout = 23 * MS - (__s64)now * MS / SIDESTEP_ORDER_SLOPE_OUT;

		sidestep_order_glide(&order, SIDESTEP_ON_BOTH,
				     SIDESTEP_ON_DIRECT, (1000 + now) * MS);
		EXPECT(order.playout == (playout > 0 ? playout : 0));
	}
}

static void glides_out_at_once_after_a_pause(void)
{
	start(23, 1);
	settle(1000);
	sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_DIRECT,
			     1200 * MS);
	EXPECT(order.playout == 0);
}

static void infra_alone_is_not_delayed(void)
{
	start(-23, 1);
	settle(1000);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 1000);
	EXPECT(take(1022) == NONE);
	EXPECT(take(1023) == 1);
	sidestep_order_glide(&order, SIDESTEP_ON_INFRA, SIDESTEP_ON_INFRA,
			     1024 * MS);
	arrive(2, INFRA, SIDESTEP_ON_INFRA, 1024);
	EXPECT(take(1024) == 2);
}

static void infra_glides_in_after_it_was_alone(void)
{
	start(-23, 1);
	sidestep_order_glide(&order, SIDESTEP_ON_INFRA, SIDESTEP_ON_INFRA, 0);
	EXPECT(order.playout == -23 * MS);
	sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
			     SIDESTEP_ORDER_SLOPE_IN * MS);
	EXPECT(order.playout == -22 * MS);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 100);
	EXPECT(take(100) == NONE);
	EXPECT(take(101) == 1);
}

static void slow_path_lost_in_mid_glide(void)
{
	start(23, 1);
	for (__u64 seq = 1; seq <= 200; seq++) {
		__u64 due;

		sidestep_order_glide(&order, SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH,
				     seq * MS);
		arrive(seq, DIRECT, SIDESTEP_ON_BOTH, seq);
		due = seq * MS + order.playout;
		EXPECT(sidestep_order_get(&order, due - 1, &skipped) == NULL);
		EXPECT(sidestep_order_get(&order, due, &skipped) ==
		       &items[seq - 1]);
	}
	EXPECT(skipped == 0);
}

static void late_packet_is_delivered(void)
{
	start(23, 1);
	settle(1000);
	arrive(5, INFRA, SIDESTEP_ON_INFRA, 1000);
	EXPECT(take(1001) == 5);
	EXPECT(skipped == 4);
	arrive(3, DIRECT, SIDESTEP_ON_BOTH, 1002);
	EXPECT(take(1002) == 3);
	EXPECT(skipped == 4);
	EXPECT(order.next == 6);
	arrive(6, INFRA, SIDESTEP_ON_INFRA, 1003);
	EXPECT(take(1003) == 6);
}

static void late_packet_does_not_wait(void)
{
	start(23, 1);
	settle(1000);
	arrive(5, DIRECT, SIDESTEP_ON_BOTH, 1000);
	EXPECT(sidestep_order_get(&order, NEVER, &skipped) == &items[0]);
	arrive(4, DIRECT, SIDESTEP_ON_BOTH, 1001);
	EXPECT(take(1001) == 4);
}

static void reordered_on_one_path(void)
{
	static const __u64 sequence[] = { 2, 4, 3, 1 };

	start(0, 10);
	for (int i = 0; i < 4; i++)
		arrive(sequence[i], DIRECT, SIDESTEP_ON_BOTH, i);
	for (__u64 seq = 1; seq <= 4; seq++)
		EXPECT(take(4) == seq);
	EXPECT(skipped == 0);
}

static void forced_get_takes_all(void)
{
	start(300, 5);
	settle(5000);
	arrive(9, DIRECT, SIDESTEP_ON_BOTH, 5002);
	arrive(4, DIRECT, SIDESTEP_ON_BOTH, 5000);
	EXPECT(take(5002) == NONE);
	EXPECT(sidestep_order_get(&order, NEVER, &skipped) == &items[1]);
	EXPECT(sidestep_order_get(&order, NEVER, &skipped) == &items[0]);
	EXPECT(sidestep_order_get(&order, NEVER, &skipped) == NULL);
	EXPECT(skipped == 7);
	EXPECT(order.count == 0);
	EXPECT(order.next == 10);
}

static void wakes_when_something_is_to_do(void)
{
	start(23, 5);
	settle(1000);
	arrive(3, DIRECT, SIDESTEP_ON_BOTH, 1000);
	EXPECT(wake() == 1028);
	arrive(2, DIRECT, SIDESTEP_ON_BOTH, 1010);
	EXPECT(wake() == 1038);
	arrive(1, DIRECT, SIDESTEP_ON_BOTH, 1012);
	EXPECT(wake() == 1035);
	EXPECT(take(1035) == 1);
	EXPECT(take(1035) == 2);
	EXPECT(take(1035) == 3);
	EXPECT(wake() == NEVER);
}

static void restart_counts_anew(void)
{
	start(23, 5);
	settle(1000);
	arrive(1000, DIRECT, SIDESTEP_ON_BOTH, 1000);
	copy(1000, INFRA);
	EXPECT(take(1023) == 1000);
	sidestep_order_restart(&order, SIDESTEP_FIRST_SEQ);
	arrive(2, DIRECT, SIDESTEP_ON_BOTH, 1024);
	EXPECT(take(1025) == NONE);
	arrive(1, INFRA, SIDESTEP_ON_BOTH, 1026);
	EXPECT(take(1026) == 1);
}

static void full_and_drained(void)
{
	start(300, 5);
	settle(5000);
	for (unsigned int i = 0; i < SIDESTEP_ORDER_MAX; i++)
		arrive(2 * SIDESTEP_ORDER_MAX - i, DIRECT, SIDESTEP_ON_BOTH,
		       5000);
	EXPECT(order.count == SIDESTEP_ORDER_MAX);
	for (unsigned int i = 1; i <= SIDESTEP_ORDER_MAX; i++) {
		struct sidestep_order_item *item =
			sidestep_order_get(&order, NEVER, &skipped);

		EXPECT(item && item->seq == SIDESTEP_ORDER_MAX + i);
	}
	EXPECT(skipped == SIDESTEP_ORDER_MAX);
	EXPECT(order.count == 0);
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "order: starts empty", starts_empty },
		{ "order: no skew, no wait", no_skew_no_wait },
		{ "order: a small skew is noise", small_skew_is_noise },
		{ "order: gap closed by the other path",
		  gap_is_closed_by_other_path },
		{ "order: gap given up when both paths passed",
		  gap_is_given_up_when_both_passed },
		{ "order: gap given up after patience",
		  gap_is_given_up_after_patience },
		{ "order: a gap is not given up while it closes",
		  gap_is_not_given_up_while_it_closes },
		{ "order: a gap that closes is given up in the end",
		  gap_that_closes_is_given_up_in_the_end },
		{ "order: a gap on a silent path is given up",
		  gap_on_a_silent_path_is_given_up },
		{ "order: patience with a faster infra path",
		  patience_with_faster_infra },
		{ "order: a small skew counts for patience",
		  small_skew_counts_for_patience },
		{ "order: gap in infra alone is given up soon",
		  gap_in_infra_alone },
		{ "order: swapped in infra alone", swapped_in_infra_alone },
		{ "order: swapped in infra as both begin",
		  swapped_in_infra_as_both_begin },
		{ "order: gap of both paths before infra alone",
		  gap_before_infra_alone },
		{ "order: the first number waits for untagged packets",
		  first_number_waits_for_untagged_packets },
		{ "order: untagged packets are waited for by the first of all",
		  untagged_packets_are_waited_for_by_the_first_of_all },
		{ "order: untagged packets have come if a tagged one has",
		  untagged_packets_have_come_if_a_tagged_one_has },
		{ "order: playout delays the faster path",
		  playout_delays_the_faster_path },
		{ "order: playout delays a faster infra path at once",
		  playout_delays_a_faster_infra_at_once },
		{ "order: the slower copy ends the playout",
		  slower_copy_ends_the_playout },
		{ "order: on the way home direct copies wait for the tunnel",
		  direct_copies_wait_for_the_tunnel },
		{ "order: glides in slowly", glides_in_slowly },
		{ "order: glides in by small steps", glides_in_by_small_steps },
		{ "order: glides out faster", glides_out_faster },
		{ "order: glides out at once after a pause",
		  glides_out_at_once_after_a_pause },
		{ "order: infra alone is not delayed",
		  infra_alone_is_not_delayed },
		{ "order: infra glides in after it was alone",
		  infra_glides_in_after_it_was_alone },
		{ "order: slow path lost in mid-glide",
		  slow_path_lost_in_mid_glide },
		{ "order: a late packet is delivered",
		  late_packet_is_delivered },
		{ "order: a late packet does not wait",
		  late_packet_does_not_wait },
		{ "order: reordered on one path", reordered_on_one_path },
		{ "order: forced get takes all", forced_get_takes_all },
		{ "order: wakes when something is to do",
		  wakes_when_something_is_to_do },
		{ "order: restart counts anew", restart_counts_anew },
		{ "order: full, and drained", full_and_drained },
	};

	return ktap_run(KTAP_CASES(cases));
}
