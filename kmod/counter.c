// SPDX-License-Identifier: GPL-2.0
/*
 * Named counters, per CPU. All that counts runs with bottom halves off.
 */
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "counter.h"
#include "session.h"

/* In the order of enum sidestep_counter; what user space shows them as. */
const char sidestep_counter_name[SIDESTEP_COUNTER_MAX + 1]
				[SIDESTEP_COUNTER_NAME_LEN] = {
	[SIDESTEP_COUNTER_TX_TAGGED] = "tx_tagged",
	[SIDESTEP_COUNTER_TX_RESIZED] = "tx_resized",
	[SIDESTEP_COUNTER_TX_NO_PATH] = "tx_no_path",
	[SIDESTEP_COUNTER_TX_NO_MEMORY] = "tx_no_memory",
	[SIDESTEP_COUNTER_TX_NO_ROUTE] = "tx_no_route",
	[SIDESTEP_COUNTER_TX_REFUSED] = "tx_refused",
	[SIDESTEP_COUNTER_TX_NO_PEER] = "tx_no_peer",
	[SIDESTEP_COUNTER_RX_DELIVERED] = "rx_delivered",
	[SIDESTEP_COUNTER_RX_ELIMINATED] = "rx_eliminated",
	[SIDESTEP_COUNTER_RX_HELD] = "rx_held",
	[SIDESTEP_COUNTER_RX_SKIPPED] = "rx_skipped",
	[SIDESTEP_COUNTER_RX_LATE] = "rx_late",
	[SIDESTEP_COUNTER_RX_OLD] = "rx_old",
	[SIDESTEP_COUNTER_RX_SHORT] = "rx_short",
	[SIDESTEP_COUNTER_RX_VERSION] = "rx_version",
	[SIDESTEP_COUNTER_RX_SESSION] = "rx_session",
	[SIDESTEP_COUNTER_RX_DEVICE] = "rx_device",
	[SIDESTEP_COUNTER_RX_EPOCH] = "rx_epoch",
	[SIDESTEP_COUNTER_RX_MAC] = "rx_mac",
	[SIDESTEP_COUNTER_RX_OVERFLOW] = "rx_overflow",
	[SIDESTEP_COUNTER_RX_NO_MEMORY] = "rx_no_memory",
	[SIDESTEP_COUNTER_PROBE_STALE] = "probe_stale",
	[SIDESTEP_COUNTER_PROBE_LIMITED] = "probe_limited",
	[SIDESTEP_COUNTER_PEER_EPOCH] = "peer_epoch",
	[SIDESTEP_COUNTER_SWITCHES] = "switches",
	[SIDESTEP_COUNTER_RX_REPEATED] = "rx_repeated",
	[SIDESTEP_COUNTER_TX_UNPROTECTED] = "tx_unprotected",
	[SIDESTEP_COUNTER_FLOWS_EVICTED] = "flows_evicted",
	[SIDESTEP_COUNTER_RX_BOUND] = "rx_bound",
	[SIDESTEP_COUNTER_TX_BUDGET] = "tx_budget",
};

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
 * @kind: what for; not for probes
 * @packets: how many
 * @bytes: of these, with IP headers and tags
 */
void sidestep_count_tx(struct sidestep_session *session, unsigned int path,
		       enum sidestep_spent kind, unsigned int packets,
		       unsigned int bytes)
{
	struct sidestep_stats *stats = this_cpu_ptr(session->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->traffic[path].tx_packets, packets);
	u64_stats_add(&stats->traffic[path].spent[kind], bytes);
	u64_stats_update_end(&stats->syncp);
}

/**
 * sidestep_count_probe() - count a probe, or an answer, that was sent
 * @session: the session
 * @path: enum sidestep_path
 * @bytes: of it, with IP header and tag
 */
void sidestep_count_probe(struct sidestep_session *session, unsigned int path,
			  unsigned int bytes)
{
	struct sidestep_stats *stats = this_cpu_ptr(session->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->traffic[path].spent[SIDESTEP_SPENT_PROBE], bytes);
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

/**
 * sidestep_count_awaited() - a first copy came, and another is to come
 * @session: the session
 * @path: enum sidestep_path, where that is to come from
 */
void sidestep_count_awaited(struct sidestep_session *session,
			    unsigned int path)
{
	struct sidestep_stats *stats = this_cpu_ptr(session->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->traffic[path].rx_awaited);
	u64_stats_update_end(&stats->syncp);
}

/**
 * sidestep_count_arrived() - a copy that was awaited has come
 * @session: the session
 * @path: enum sidestep_path, where from
 */
void sidestep_count_arrived(struct sidestep_session *session,
			    unsigned int path)
{
	struct sidestep_stats *stats = this_cpu_ptr(session->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->traffic[path].rx_arrived);
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
	unsigned int i, kind;

	for (i = 0; i <= SIDESTEP_COUNTER_MAX; i++)
		sum->counter[i] += u64_stats_read(&add->counter[i]);
	for (i = 0; i <= SIDESTEP_PATH_MAX; i++) {
		const struct sidestep_traffic *traffic = &add->traffic[i];

		sum->tx_packets[i] += u64_stats_read(&traffic->tx_packets);
		for (kind = 0; kind < SIDESTEP_SPENT_KINDS; kind++)
			sum->spent[i][kind] +=
				u64_stats_read(&traffic->spent[kind]);
		sum->rx_packets[i] += u64_stats_read(&traffic->rx_packets);
		sum->rx_bytes[i] += u64_stats_read(&traffic->rx_bytes);
		sum->rx_missed[i] += u64_stats_read(&traffic->rx_awaited) -
				     u64_stats_read(&traffic->rx_arrived);
	}
}

/* A copy may be seen to arrive on one CPU before it is awaited on another. */
static void missed_clamp(struct sidestep_sum *sum)
{
	unsigned int i;

	for (i = 0; i <= SIDESTEP_PATH_MAX; i++)
		if ((s64)sum->rx_missed[i] < 0)
			sum->rx_missed[i] = 0;
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
	missed_clamp(sum);
}

/**
 * sidestep_sum_tx() - the bytes of the packets sent on a path
 * @sum: the counts
 * @path: enum sidestep_path
 *
 * Return: bytes, without probes.
 */
u64 sidestep_sum_tx(const struct sidestep_sum *sum, unsigned int path)
{
	return sum->spent[path][SIDESTEP_SPENT_ALONE] +
	       sum->spent[path][SIDESTEP_SPENT_COPY] +
	       sum->spent[path][SIDESTEP_SPENT_SWITCH];
}

static u64 sum_of(const struct sidestep_sum *sum,
		  const enum sidestep_counter *which, unsigned int n)
{
	u64 total = 0;

	while (n--)
		total += sum->counter[which[n]];
	return total;
}

/**
 * sidestep_count_stats64() - the session device's own statistics
 * @dev: the session device
 * @stats: where to
 *
 * Errors are copies that could not be sent, and packets that are none of the
 * peer's; later copies are no drops.
 */
void sidestep_count_stats64(struct net_device *dev,
			    struct rtnl_link_stats64 *stats)
{
	static const enum sidestep_counter tx_dropped[] = {
		SIDESTEP_COUNTER_TX_NO_PATH, SIDESTEP_COUNTER_TX_NO_PEER,
	}, tx_errors[] = {
		SIDESTEP_COUNTER_TX_NO_MEMORY, SIDESTEP_COUNTER_TX_NO_ROUTE,
		SIDESTEP_COUNTER_TX_REFUSED,
	}, rx_dropped[] = {
		SIDESTEP_COUNTER_RX_OVERFLOW, SIDESTEP_COUNTER_RX_NO_MEMORY,
		SIDESTEP_COUNTER_RX_OLD, SIDESTEP_COUNTER_RX_EPOCH,
		SIDESTEP_COUNTER_RX_BOUND,
	}, rx_errors[] = {
		SIDESTEP_COUNTER_RX_SHORT, SIDESTEP_COUNTER_RX_VERSION,
		SIDESTEP_COUNTER_RX_SESSION, SIDESTEP_COUNTER_RX_DEVICE,
		SIDESTEP_COUNTER_RX_MAC,
	};
	struct sidestep_sum sum;

	dev_get_tstats64(dev, stats);
	sidestep_count_sum(netdev_priv(dev), &sum);
	stats->tx_dropped += sum_of(&sum, tx_dropped, ARRAY_SIZE(tx_dropped));
	stats->tx_errors += sum_of(&sum, tx_errors, ARRAY_SIZE(tx_errors));
	stats->rx_dropped += sum_of(&sum, rx_dropped, ARRAY_SIZE(rx_dropped));
	stats->rx_errors += sum_of(&sum, rx_errors, ARRAY_SIZE(rx_errors));
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
