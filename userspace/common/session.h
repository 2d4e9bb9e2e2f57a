/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session: what the kernel says of a session, as a plain struct
 */
#ifndef _SIDESTEP_SESSION_H
#define _SIDESTEP_SESSION_H

#include "selector.h"

#include <linux/netlink.h>
#include <linux/sidestep.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct session_peer - an address of the peer, or a prefix behind it
 * @len: 4 (IPv4) or 16 (IPv6)
 * @addr: the address, network byte order
 * @is_prefix: whether it is a prefix
 * @bits: of the prefix
 */
struct session_peer {
	size_t len;
	uint8_t addr[16];
	bool is_prefix;
	uint8_t bits;
};

/**
 * struct session_path - one of the two paths
 * @has: bit N is set if attribute N of enum sidestep_path_attr was there
 * @id: enum sidestep_path
 * @ifname: the device
 * @present: the device exists and is up
 * @ready: the peer answered lately
 * @rtt_us: smoothed round-trip time
 * @rtt_var_us: its mean deviation
 * @heard_ms: time since the peer's last answer
 * @tx_packets: tagged packets sent
 * @tx_bytes: their bytes
 * @rx_packets: authentic tagged packets received
 * @rx_bytes: their bytes
 * @rx_missed: packets of both paths that came by the other one alone
 * @probes_sent: probes sent
 * @probes_answered: of these, answered
 * @link: enum sidestep_link
 * @signal_mbm: received power, filtered
 * @loss_permille: of the last probes
 * @tx_alone_bytes: of @tx_bytes: of packets sent on this path alone
 * @tx_copy_bytes: of @tx_bytes: of packets sent on both, as one end asks
 * @tx_switch_bytes: of @tx_bytes: of packets sent on both during a switch
 * @tx_probe_bytes: of probes
 */
struct session_path {
	uint32_t has;
	uint8_t id;
	char ifname[IFNAMSIZ];
	uint8_t present;
	uint8_t ready;
	uint32_t rtt_us;
	uint32_t rtt_var_us;
	uint64_t heard_ms;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t rx_missed;
	uint64_t probes_sent;
	uint64_t probes_answered;
	uint8_t link;
	int32_t signal_mbm;
	uint32_t loss_permille;
	uint64_t tx_alone_bytes;
	uint64_t tx_copy_bytes;
	uint64_t tx_switch_bytes;
	uint64_t tx_probe_bytes;
};

enum session_limits {
	/* The last decision in words, with its NUL. */
	SESSION_REASON_SIZE = 160,
};

/**
 * struct session_budget - what copies on the infra path may cost
 * @rate: bytes a second; 0: no limit
 * @burst: bytes at once
 * @day: bytes in 24 hours; 0: no limit
 * @day_spent: of these, spent
 */
struct session_budget {
	uint32_t rate;
	uint32_t burst;
	uint64_t day;
	uint64_t day_spent;
};

/**
 * struct session_rule - when something is decided
 * @has: bit N is set if attribute N of enum sidestep_rule_attr was there
 * @decision: enum sidestep_decision
 * @value: by enum sidestep_rule_attr
 */
struct session_rule {
	uint32_t has;
	uint8_t decision;
	int32_t value[SIDESTEP_RULE_A_MAX + 1];
};

/**
 * struct session - one session
 * @has: bit N is set if attribute N of enum sidestep_attr was there
 * @ifindex: the session device
 * @ifname: its name
 * @id: session id
 * @n_peers: used entries of @peer
 * @peer: the peer's addresses and prefixes
 * @n_selectors: used entries of @selector; 0: all packets are protected
 * @selector: which packets are protected
 * @n_important: used entries of @important; 0: all packets are alike
 * @important: which packets keep their copies when others lose them
 * @budget: what copies may cost
 * @state: enum sidestep_state, now
 * @wanted: enum sidestep_state, asked here
 * @peer_wanted: enum sidestep_state, asked by the peer
 * @event: enum sidestep_event
 * @delay_diff_us: one way, infra - direct
 * @playout_us: how long packets from the direct path are held
 * @path: indexed by enum sidestep_path; @has is 0 if not configured
 * @decision: enum sidestep_decision, the one that holds
 * @reason: the last decision in words; "" if there was none
 * @order_id: of the last order
 * @trigger: the rules that are of no decision, by enum sidestep_trigger_attr
 * @rule: the others, by enum sidestep_decision
 * @counter: indexed by enum sidestep_counter
 */
struct session {
	uint32_t has;
	uint32_t ifindex;
	char ifname[IFNAMSIZ];
	uint16_t id;
	size_t n_peers;
	struct session_peer peer[SIDESTEP_MAX_PEERS];
	size_t n_selectors;
	struct selector selector[SIDESTEP_MAX_SELECTORS];
	size_t n_important;
	struct selector important[SIDESTEP_MAX_IMPORTANT];
	struct session_budget budget;
	uint8_t state;
	uint8_t wanted;
	uint8_t peer_wanted;
	uint8_t event;
	int32_t delay_diff_us;
	int32_t playout_us;
	struct session_path path[SIDESTEP_PATH_MAX + 1];
	uint8_t decision;
	char reason[SESSION_REASON_SIZE];
	uint64_t order_id;
	int32_t trigger[SIDESTEP_TRIGGER_A_MAX + 1];
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1];
	uint64_t counter[SIDESTEP_COUNTER_MAX + 1];
};

static inline bool session_has(const struct session *s, enum sidestep_attr attr)
{
	return s->has & 1u << attr;
}

static inline bool session_path_has(const struct session_path *path,
				    enum sidestep_path_attr attr)
{
	return path->has & 1u << attr;
}

/**
 * session_path_parse() - read a nest of enum sidestep_path_attr
 * @attr: the nest
 * @path: the result; attributes that this program does not know are skipped
 *
 * Return: MNL_CB_OK, or MNL_CB_ERROR if it is malformed or names no path.
 */
int session_path_parse(const struct nlattr *attr, struct session_path *path);

/**
 * session_parse() - read a SIDESTEP_CMD_GET answer or a notification
 * @nlh: the message, complete according to mnl_nlmsg_ok()
 * @s: the result; attributes that this program does not know are skipped
 *
 * Return: 0, or -EBADMSG if the message is malformed or names no session.
 */
int session_parse(const struct nlmsghdr *nlh, struct session *s);

/* session_event() - likewise, of what the multicast group brings. Return: 1 for a
 * notification, 0 for something else, or -EBADMSG
 */
int session_event(const struct nlmsghdr *nlh, struct session *s);

#endif /* _SIDESTEP_SESSION_H */
