// SPDX-License-Identifier: GPL-2.0
/*
 * Named counters, per CPU. All that counts runs with bottom halves off.
 */
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "counter.h"
#include "session.h"

/**
 * sidestep_counter_init() - allocate a session's counters
 * @session: the session
 *
 * Return: 0 or -ENOMEM.
 */
int sidestep_counter_init(struct sidestep_session *session)
{
	session->stats = netdev_alloc_pcpu_stats(struct sidestep_stats);
	return session->stats ? 0 : -ENOMEM;
}

/**
 * sidestep_counter_exit() - free a session's counters
 * @session: the session
 */
void sidestep_counter_exit(struct sidestep_session *session)
{
	free_percpu(session->stats);
}

/**
 * sidestep_count_many() - add to a counter
 * @session: the session
 * @counter: which
 * @n: how many
 */
void sidestep_count_many(struct sidestep_session *session,
			 enum sidestep_counter counter, u64 n)
{
	struct sidestep_stats *stats = this_cpu_ptr(session->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->counter[counter], n);
	u64_stats_update_end(&stats->syncp);
}

/**
 * sidestep_count() - add one to a counter
 * @session: the session
 * @counter: which
 */
void sidestep_count(struct sidestep_session *session,
		    enum sidestep_counter counter)
{
	sidestep_count_many(session, counter, 1);
}

/**
 * sidestep_count_tx() - count what was sent on a path
 * @session: the session
 * @path: enum sidestep_path
 * @packets: how many
 * @bytes: of these, with IP headers and tags
 */
void sidestep_count_tx(struct sidestep_session *session, unsigned int path,
		       unsigned int packets, unsigned int bytes)
{
	struct sidestep_stats *stats = this_cpu_ptr(session->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->traffic[path].tx_packets, packets);
	u64_stats_add(&stats->traffic[path].tx_bytes, bytes);
	u64_stats_update_end(&stats->syncp);
}

/**
 * sidestep_count_rx() - count an authentic packet
 * @session: the session
 * @path: enum sidestep_path
 * @bytes: its size, with IP header and tag
 */
void sidestep_count_rx(struct sidestep_session *session, unsigned int path,
		       unsigned int bytes)
{
	struct sidestep_stats *stats = this_cpu_ptr(session->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->traffic[path].rx_packets);
	u64_stats_add(&stats->traffic[path].rx_bytes, bytes);
	u64_stats_update_end(&stats->syncp);
}

static void copy_consistent(const struct sidestep_stats *stats,
			    struct sidestep_stats *copy)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&stats->syncp);
		memcpy(copy->counter, stats->counter, sizeof(copy->counter));
		memcpy(copy->traffic, stats->traffic, sizeof(copy->traffic));
	} while (u64_stats_fetch_retry(&stats->syncp, start));
}

static void sum_add(struct sidestep_sum *sum, const struct sidestep_stats *add)
{
	unsigned int i;

	for (i = 0; i <= SIDESTEP_COUNTER_MAX; i++)
		sum->counter[i] += u64_stats_read(&add->counter[i]);
	for (i = 0; i <= SIDESTEP_PATH_MAX; i++) {
		const struct sidestep_traffic *traffic = &add->traffic[i];

		sum->tx_packets[i] += u64_stats_read(&traffic->tx_packets);
		sum->tx_bytes[i] += u64_stats_read(&traffic->tx_bytes);
		sum->rx_packets[i] += u64_stats_read(&traffic->rx_packets);
		sum->rx_bytes[i] += u64_stats_read(&traffic->rx_bytes);
	}
}

/**
 * sidestep_count_sum() - read a session's counts
 * @session: the session
 * @sum: where to
 */
void sidestep_count_sum(struct sidestep_session *session,
			struct sidestep_sum *sum)
{
	struct sidestep_stats copy;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		copy_consistent(per_cpu_ptr(session->stats, cpu), &copy);
		sum_add(sum, &copy);
	}
}

/**
 * sidestep_drop() - free a packet and say why
 * @session: the session
 * @skb: the packet, consumed
 * @why: the counter that names the reason
 */
void sidestep_drop(struct sidestep_session *session, struct sk_buff *skb,
		   enum sidestep_counter why)
{
	sidestep_count(session, why);
	kfree_skb(skb);
}
