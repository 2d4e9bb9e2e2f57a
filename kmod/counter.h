/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_COUNTER_H
#define _SIDESTEP_COUNTER_H

#include <linux/ethtool.h>
#include <linux/sidestep.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>

struct sk_buff;

enum {
	/* As ethtool has it. */
	SIDESTEP_COUNTER_NAME_LEN = ETH_GSTRING_LEN,
};

/**
 * enum sidestep_spent - what the bytes that are sent on a path are for
 * @SIDESTEP_SPENT_ALONE: packets that are sent on this path alone
 * @SIDESTEP_SPENT_COPY: those that are sent on both, since one end asks for it
 * @SIDESTEP_SPENT_SWITCH: those that are sent on both in the course of a switch
 * @SIDESTEP_SPENT_PROBE: probes, and answers to them
 */
enum sidestep_spent {
	SIDESTEP_SPENT_ALONE,
	SIDESTEP_SPENT_COPY,
	SIDESTEP_SPENT_SWITCH,
	SIDESTEP_SPENT_PROBE,
	SIDESTEP_SPENT_KINDS,
};

/**
 * struct sidestep_traffic - packets and bytes of one path
 * @tx_packets: sent, without probes
 * @spent: bytes sent, by enum sidestep_spent
 * @rx_packets: received and authentic
 * @rx_bytes: of these
 * @rx_awaited: first copies that came by the other path
 * @rx_arrived: of these, those whose other copy has come by this one
 */
struct sidestep_traffic {
	u64_stats_t	tx_packets;
	u64_stats_t	spent[SIDESTEP_SPENT_KINDS];
	u64_stats_t	rx_packets;
	u64_stats_t	rx_bytes;
	u64_stats_t	rx_awaited;
	u64_stats_t	rx_arrived;
};

/**
 * struct sidestep_stats - one CPU's counts of a session
 * @syncp: makes 64-bit reads whole on 32-bit machines
 * @counter: by enum sidestep_counter
 * @traffic: by enum sidestep_path
 */
struct sidestep_stats {
	struct u64_stats_sync	syncp;
	u64_stats_t		counter[SIDESTEP_COUNTER_MAX + 1];
	struct sidestep_traffic	traffic[SIDESTEP_PATH_MAX + 1];
};

/**
 * struct sidestep_sum - the counts of all CPUs together
 * @counter: by enum sidestep_counter
 * @tx_packets: by enum sidestep_path, and so on
 * @spent: likewise, and by enum sidestep_spent
 * @rx_packets: likewise
 * @rx_bytes: likewise
 * @rx_missed: awaited, and not arrived
 */
struct sidestep_sum {
	u64	counter[SIDESTEP_COUNTER_MAX + 1];
	u64	tx_packets[SIDESTEP_PATH_MAX + 1];
	u64	spent[SIDESTEP_PATH_MAX + 1][SIDESTEP_SPENT_KINDS];
	u64	rx_packets[SIDESTEP_PATH_MAX + 1];
	u64	rx_bytes[SIDESTEP_PATH_MAX + 1];
	u64	rx_missed[SIDESTEP_PATH_MAX + 1];
};

struct net_device;
struct rtnl_link_stats64;
struct sidestep_session;

extern const char sidestep_counter_name[SIDESTEP_COUNTER_MAX + 1]
				       [SIDESTEP_COUNTER_NAME_LEN];

int sidestep_counter_init(struct sidestep_session *session);
void sidestep_counter_exit(struct sidestep_session *session);
void sidestep_count(struct sidestep_session *session,
		    enum sidestep_counter counter);
void sidestep_count_many(struct sidestep_session *session,
			 enum sidestep_counter counter, u64 n);
void sidestep_count_tx(struct sidestep_session *session, unsigned int path,
		       enum sidestep_spent kind, unsigned int packets,
		       unsigned int bytes);
void sidestep_count_probe(struct sidestep_session *session, unsigned int path,
			  unsigned int bytes);
void sidestep_count_rx(struct sidestep_session *session, unsigned int path,
		       unsigned int bytes);
void sidestep_count_awaited(struct sidestep_session *session,
			    unsigned int path);
void sidestep_count_arrived(struct sidestep_session *session,
			    unsigned int path);
void sidestep_count_sum(struct sidestep_session *session,
			struct sidestep_sum *sum);
u64 sidestep_sum_tx(const struct sidestep_sum *sum, unsigned int path);
void sidestep_count_stats64(struct net_device *dev,
			    struct rtnl_link_stats64 *stats);
void sidestep_drop(struct sidestep_session *session, struct sk_buff *skb,
		   enum sidestep_counter why);

#endif /* _SIDESTEP_COUNTER_H */
