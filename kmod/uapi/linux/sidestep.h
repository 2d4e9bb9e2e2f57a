/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * sidestep: generic netlink interface of the session device
 *
 * A session is a net device of rtnl kind "sidestep"
 * (``ip link add p2p0 type sidestep``). Everything else is said in the generic
 * netlink family %SIDESTEP_GENL_NAME. All integers are in host byte order,
 * all addresses in network byte order. docs/netlink/sidestep.yaml is the same
 * text for machines.
 *
 * SIDESTEP_CMD_SET                                        (CAP_NET_ADMIN)
 *     Configures a session. The first call must give ID, PEER, TX_KEY, RX_KEY,
 *     DIRECT and INFRA; later ones only what changes. All or nothing.
 *
 *     SIDESTEP_A_IFNAME:   NUL string, the session device
 *     SIDESTEP_A_ID:       u16, 1..65535, the same at both ends
 *     SIDESTEP_A_PEER:     binary, 4 bytes (IPv4) or 16 (IPv6), may be given
 *                          repeatedly; the first is the one that is probed
 *     SIDESTEP_A_PREFIX:   nest, see enum sidestep_prefix_attr; hosts behind a
 *                          peer that is a router, may be given repeatedly.
 *                          The next hop on the direct path is the first PEER
 *                          of the same family. The PEERs and PREFIXes of a
 *                          message, SIDESTEP_MAX_PEERS or less, replace all
 *     SIDESTEP_A_TX_KEY:   binary, SIDESTEP_KEY_LEN bytes; the peer's RX_KEY
 *     SIDESTEP_A_RX_KEY:   binary, SIDESTEP_KEY_LEN bytes; the peer's TX_KEY
 *     SIDESTEP_A_DIRECT:   NUL string, device of the direct path
 *     SIDESTEP_A_INFRA:    NUL string, layer-3 device of the infra path
 *     SIDESTEP_A_SELECTOR: nest, see enum sidestep_selector_attr; may be given
 *                          up to SIDESTEP_MAX_SELECTORS times; replaces the
 *                          list. An empty nest alone empties it: all packets
 *                          are protected
 *     SIDESTEP_A_BUDGET:   nest, see enum sidestep_budget_attr; what is not
 *                          said stays
 *     SIDESTEP_A_IMPORTANT: nest, see enum sidestep_selector_attr; may be given
 *                          up to SIDESTEP_MAX_IMPORTANT times; replaces the
 *                          list. An empty nest alone empties it: all packets
 *                          are equally important
 *
 * SIDESTEP_CMD_GET                    (do and dump; no privilege, no keys)
 *     SIDESTEP_A_IFNAME:   NUL string (do only)
 *     Answers one message per session, with the tree below.
 *
 * SIDESTEP_CMD_GET_FLOWS                            (dump; CAP_NET_ADMIN)
 *     SIDESTEP_A_IFNAME:   NUL string, a session device
 *     Answers one message per flow that the session covers, or has covered
 *     since its device is up:
 *
 *     SIDESTEP_A_IFINDEX:  u32
 *     SIDESTEP_A_FLOW:     nest, see enum sidestep_flow_attr
 *
 *     Flows that come or go meanwhile may be missed; others are there once.
 *
 * SIDESTEP_CMD_SWITCH                                     (CAP_NET_ADMIN)
 *     SIDESTEP_A_IFNAME:   NUL string
 *     SIDESTEP_A_WANTED:   u8, enum sidestep_state: where packets shall go
 *
 * SIDESTEP_CMD_SET_TRIGGER                                (CAP_NET_ADMIN)
 *     Changes the rules of the trigger engine; what is not said stays. All or
 *     nothing.
 *
 *     SIDESTEP_A_IFNAME:   NUL string
 *     SIDESTEP_A_TRIGGER:  nest, see enum sidestep_trigger_attr
 *
 * SIDESTEP_CMD_MEASURE                                    (CAP_NET_ADMIN)
 *     Reports what only user space can measure.
 *
 *     SIDESTEP_A_IFNAME:      NUL string
 *     SIDESTEP_A_MEASUREMENT: nest, see enum sidestep_measurement_attr
 *
 * SIDESTEP_CMD_TRIGGER                                    (CAP_NET_ADMIN)
 *     Gives an order, which acts at once, whatever the measurements say. The
 *     same order again changes nothing. Refused: an id below the last one
 *     (ESTALE), the last one's id for another decision (EEXIST), and any order
 *     while the mode is hold (EBUSY).
 *
 *     SIDESTEP_A_IFNAME:   NUL string
 *     SIDESTEP_A_DECISION: u8, enum sidestep_decision
 *     SIDESTEP_A_ORDER_ID: u64, who orders counts upwards
 *     SIDESTEP_A_REASON:   NUL string, up to 47 printable ASCII characters; may
 *                          be absent
 *
 * SIDESTEP_CMD_NTF         (on multicast group %SIDESTEP_GENL_GROUP)
 *     The tree below, without COUNTERS, plus SIDESTEP_A_EVENT.
 *
 * The tree of a session; what is not configured yet is absent:
 *
 *     SIDESTEP_A_IFINDEX:       u32
 *     SIDESTEP_A_IFNAME:        NUL string
 *     SIDESTEP_A_ID:            u16
 *     SIDESTEP_A_PEER:          binary, repeated
 *     SIDESTEP_A_SELECTOR:      nest, repeated; absent if all packets are
 *                               protected
 *     SIDESTEP_A_PREFIX:        nest, repeated
 *     SIDESTEP_A_IMPORTANT:     nest, repeated; absent if all packets are
 *                               equally important
 *     SIDESTEP_A_BUDGET:        nest, see enum sidestep_budget_attr
 *     SIDESTEP_A_STATE:         u8, enum sidestep_state: where packets go now
 *     SIDESTEP_A_WANTED:        u8, enum sidestep_state: what was asked here
 *     SIDESTEP_A_PEER_WANTED:   u8, enum sidestep_state: what the peer asks;
 *                               absent until the peer has answered
 *     SIDESTEP_A_DELAY_DIFF:    s32, microseconds, one way, infra - direct;
 *                               absent until both paths were measured
 *     SIDESTEP_A_PLAYOUT:       s32, microseconds by which packets from the
 *                               direct path are held now, for order
 *     SIDESTEP_A_PATH:          nest, repeated, see enum sidestep_path_attr
 *     SIDESTEP_A_DECISION:      u8, enum sidestep_decision: the one that holds
 *     SIDESTEP_A_REASON:        NUL string, the last decision and what made it,
 *                               in words; absent until there was one
 *     SIDESTEP_A_ORDER_ID:      u64, id of the last order; absent until then
 *     SIDESTEP_A_TRIGGER:       nest, see enum sidestep_trigger_attr; not in
 *                               notifications
 *     SIDESTEP_A_COUNTERS:      nest of u64, see enum sidestep_counter
 */
#ifndef _UAPI_LINUX_SIDESTEP_H
#define _UAPI_LINUX_SIDESTEP_H

#define SIDESTEP_GENL_NAME "sidestep"
#define SIDESTEP_GENL_VERSION 1
#define SIDESTEP_GENL_GROUP "events"

/* Bytes in a SipHash-2-4 key. */
#define SIDESTEP_KEY_LEN 16
/* Peer addresses and prefixes of one session, IPv4 and IPv6 together. */
#define SIDESTEP_MAX_PEERS 8
/* Selectors of one session. */
#define SIDESTEP_MAX_SELECTORS 16
/* Selectors of what is important in one session. */
#define SIDESTEP_MAX_IMPORTANT 4

/**
 * enum sidestep_cmd - commands of the generic netlink family
 * @SIDESTEP_CMD_UNSPEC: not used
 * @SIDESTEP_CMD_GET: read one session (do) or all of the netns (dump)
 * @SIDESTEP_CMD_SET: configure a session
 * @SIDESTEP_CMD_SWITCH: ask for another state
 * @SIDESTEP_CMD_NTF: notification
 * @SIDESTEP_CMD_GET_FLOWS: read the flows of a session
 * @SIDESTEP_CMD_SET_TRIGGER: set rules of the trigger engine
 * @SIDESTEP_CMD_MEASURE: report a measurement
 * @SIDESTEP_CMD_TRIGGER: give an order
 */
enum sidestep_cmd {
	SIDESTEP_CMD_UNSPEC,
	SIDESTEP_CMD_GET,
	SIDESTEP_CMD_SET,
	SIDESTEP_CMD_SWITCH,
	SIDESTEP_CMD_NTF,
	SIDESTEP_CMD_GET_FLOWS,
	SIDESTEP_CMD_SET_TRIGGER,
	SIDESTEP_CMD_MEASURE,
	SIDESTEP_CMD_TRIGGER,
	/* private: */
	__SIDESTEP_CMD_LAST
};

#define SIDESTEP_CMD_MAX (__SIDESTEP_CMD_LAST - 1)

/**
 * enum sidestep_state - the paths that a host sends its session's packets on
 * @SIDESTEP_STATE_DIRECT: the direct path, packets untouched
 * @SIDESTEP_STATE_BICAST: a copy on each path
 * @SIDESTEP_STATE_INFRA: the infrastructure path
 */
enum sidestep_state {
	SIDESTEP_STATE_DIRECT,
	SIDESTEP_STATE_BICAST,
	SIDESTEP_STATE_INFRA,
	/* private: */
	__SIDESTEP_STATE_LAST
};

#define SIDESTEP_STATE_MAX (__SIDESTEP_STATE_LAST - 1)

/**
 * enum sidestep_path - the two paths of a session
 * @SIDESTEP_PATH_DIRECT: the direct radio link
 * @SIDESTEP_PATH_INFRA: the tunnel over the operators' networks
 */
enum sidestep_path {
	SIDESTEP_PATH_DIRECT,
	SIDESTEP_PATH_INFRA,
	/* private: */
	__SIDESTEP_PATH_LAST
};

#define SIDESTEP_PATH_MAX (__SIDESTEP_PATH_LAST - 1)

/**
 * enum sidestep_event - what a notification is about
 * @SIDESTEP_EVENT_CONFIG: the session was configured, or a device of it came,
 *			   went or was renamed
 * @SIDESTEP_EVENT_STATE: the state or the peer's wish changed
 * @SIDESTEP_EVENT_PATH: a path became ready, or ceased to be
 * @SIDESTEP_EVENT_DECISION: the trigger engine has decided, or an order was given
 * @SIDESTEP_EVENT_TRIGGER: the rules of the trigger engine were changed
 */
enum sidestep_event {
	SIDESTEP_EVENT_CONFIG,
	SIDESTEP_EVENT_STATE,
	SIDESTEP_EVENT_PATH,
	SIDESTEP_EVENT_DECISION,
	SIDESTEP_EVENT_TRIGGER,
	/* private: */
	__SIDESTEP_EVENT_LAST
};

#define SIDESTEP_EVENT_MAX (__SIDESTEP_EVENT_LAST - 1)

/**
 * enum sidestep_mode - who decides where packets go
 * @SIDESTEP_MODE_AUTO: the rules and orders
 * @SIDESTEP_MODE_HOLD: nobody, all stays as it is
 * @SIDESTEP_MODE_MANUAL: orders only
 */
enum sidestep_mode {
	SIDESTEP_MODE_AUTO,
	SIDESTEP_MODE_HOLD,
	SIDESTEP_MODE_MANUAL,
	/* private: */
	__SIDESTEP_MODE_LAST
};

#define SIDESTEP_MODE_MAX (__SIDESTEP_MODE_LAST - 1)

/**
 * enum sidestep_decision - what is decided; also how far a session is
 * @SIDESTEP_DECISION_RELEASE: home: the direct path alone
 * @SIDESTEP_DECISION_PREPARE: the infra path is brought up, packets take both
 * @SIDESTEP_DECISION_EXECUTE: the infra path alone
 */
enum sidestep_decision {
	SIDESTEP_DECISION_RELEASE,
	SIDESTEP_DECISION_PREPARE,
	SIDESTEP_DECISION_EXECUTE,
	/* private: */
	__SIDESTEP_DECISION_LAST
};

#define SIDESTEP_DECISION_MAX (__SIDESTEP_DECISION_LAST - 1)

/**
 * enum sidestep_quantity - what is measured of a path
 * @SIDESTEP_QUANTITY_SIGNAL: received power, mBm (1/100 dBm), -15000..5000
 * @SIDESTEP_QUANTITY_LOSS: probes lost, permille, 0..1000
 * @SIDESTEP_QUANTITY_RTT: round-trip time, microseconds, 0..60000000
 * @SIDESTEP_QUANTITY_LIVENESS: 1 if a probe was answered, 0 if not in time
 */
enum sidestep_quantity {
	SIDESTEP_QUANTITY_SIGNAL,
	SIDESTEP_QUANTITY_LOSS,
	SIDESTEP_QUANTITY_RTT,
	SIDESTEP_QUANTITY_LIVENESS,
	/* private: */
	__SIDESTEP_QUANTITY_LAST
};

#define SIDESTEP_QUANTITY_MAX (__SIDESTEP_QUANTITY_LAST - 1)

/**
 * enum sidestep_link - what is known of a path, by N310, T310, N311 and T311
 * @SIDESTEP_LINK_UNKNOWN: nothing
 * @SIDESTEP_LINK_ALIVE: answers come
 * @SIDESTEP_LINK_SHAKY: T310 runs
 * @SIDESTEP_LINK_FAILED: it has failed, T311 runs
 * @SIDESTEP_LINK_GONE: it has failed, and T311 has ended
 */
enum sidestep_link {
	SIDESTEP_LINK_UNKNOWN,
	SIDESTEP_LINK_ALIVE,
	SIDESTEP_LINK_SHAKY,
	SIDESTEP_LINK_FAILED,
	SIDESTEP_LINK_GONE,
	/* private: */
	__SIDESTEP_LINK_LAST
};

#define SIDESTEP_LINK_MAX (__SIDESTEP_LINK_LAST - 1)

/* Attributes; the text at the top of this file says which command has which. */
enum sidestep_attr {
	SIDESTEP_A_UNSPEC,
	SIDESTEP_A_IFINDEX,
	SIDESTEP_A_IFNAME,
	SIDESTEP_A_ID,
	SIDESTEP_A_PEER,
	SIDESTEP_A_TX_KEY,
	SIDESTEP_A_RX_KEY,
	SIDESTEP_A_DIRECT,
	SIDESTEP_A_INFRA,
	SIDESTEP_A_STATE,
	SIDESTEP_A_WANTED,
	SIDESTEP_A_PEER_WANTED,
	SIDESTEP_A_DELAY_DIFF,
	SIDESTEP_A_PLAYOUT,
	SIDESTEP_A_PATH,
	SIDESTEP_A_COUNTERS,
	SIDESTEP_A_EVENT,
	SIDESTEP_A_PAD,
	SIDESTEP_A_SELECTOR,
	SIDESTEP_A_FLOW,
	SIDESTEP_A_PREFIX,
	SIDESTEP_A_TRIGGER,
	SIDESTEP_A_MEASUREMENT,
	SIDESTEP_A_DECISION,
	SIDESTEP_A_ORDER_ID,
	SIDESTEP_A_REASON,
	SIDESTEP_A_BUDGET,
	SIDESTEP_A_IMPORTANT,
	/* private: */
	__SIDESTEP_A_LAST
};

#define SIDESTEP_A_MAX (__SIDESTEP_A_LAST - 1)

/**
 * enum sidestep_prefix_attr - attributes nested in %SIDESTEP_A_PREFIX, both needed
 * @SIDESTEP_PREFIX_A_UNSPEC: not used
 * @SIDESTEP_PREFIX_A_ADDR: binary, 4 bytes (IPv4) or 16 (IPv6); the bits behind
 *			    LEN are 0
 * @SIDESTEP_PREFIX_A_LEN: u8, how many bits count
 */
enum sidestep_prefix_attr {
	SIDESTEP_PREFIX_A_UNSPEC,
	SIDESTEP_PREFIX_A_ADDR,
	SIDESTEP_PREFIX_A_LEN,
	/* private: */
	__SIDESTEP_PREFIX_A_LAST
};

#define SIDESTEP_PREFIX_A_MAX (__SIDESTEP_PREFIX_A_LAST - 1)

/**
 * enum sidestep_path_attr - attributes nested in %SIDESTEP_A_PATH
 * @SIDESTEP_PATH_A_UNSPEC: not used
 * @SIDESTEP_PATH_A_ID: u8, enum sidestep_path
 * @SIDESTEP_PATH_A_IFNAME: NUL string, the device, also while it is gone
 * @SIDESTEP_PATH_A_PRESENT: u8, 1 if the device exists and is up
 * @SIDESTEP_PATH_A_READY: u8, 1 if the peer answered on this path lately
 * @SIDESTEP_PATH_A_RTT: u32, smoothed round-trip time, microseconds; absent
 *			 until measured
 * @SIDESTEP_PATH_A_RTT_VAR: u32, its mean deviation, microseconds; likewise
 * @SIDESTEP_PATH_A_HEARD: u64, milliseconds since the peer's last answer;
 *			   absent until then
 * @SIDESTEP_PATH_A_TX_PACKETS: u64, tagged packets sent, without probes
 * @SIDESTEP_PATH_A_TX_BYTES: u64, their bytes, with IP header and tag
 * @SIDESTEP_PATH_A_RX_PACKETS: u64, authentic tagged packets received
 * @SIDESTEP_PATH_A_RX_BYTES: u64, their bytes, with IP header and tag
 * @SIDESTEP_PATH_A_PROBES_SENT: u64, probes sent
 * @SIDESTEP_PATH_A_PROBES_ANSWERED: u64, of these, answered by the peer
 * @SIDESTEP_PATH_A_PAD: alignment
 * @SIDESTEP_PATH_A_RX_MISSED: u64, packets of both paths that came by the other
 *			       one alone, with those whose copy is on its way
 * @SIDESTEP_PATH_A_LINK: u8, enum sidestep_link
 * @SIDESTEP_PATH_A_SIGNAL: s32, mBm, after the layer 3 filter; absent, like LOSS,
 *			    while it is not known
 * @SIDESTEP_PATH_A_LOSS: u32, permille of the last probes
 * @SIDESTEP_PATH_A_TX_ALONE_BYTES: u64, of TX_BYTES: of packets that were sent on
 *				    this path alone
 * @SIDESTEP_PATH_A_TX_COPY_BYTES: u64, of TX_BYTES: of packets that were sent on
 *				   both, since one end asks for it
 * @SIDESTEP_PATH_A_TX_SWITCH_BYTES: u64, of TX_BYTES: of packets that were sent on
 *				     both in the course of a switch
 * @SIDESTEP_PATH_A_TX_PROBE_BYTES: u64, of probes and answers, with IP header, not
 *				    in TX_BYTES
 */
enum sidestep_path_attr {
	SIDESTEP_PATH_A_UNSPEC,
	SIDESTEP_PATH_A_ID,
	SIDESTEP_PATH_A_IFNAME,
	SIDESTEP_PATH_A_PRESENT,
	SIDESTEP_PATH_A_READY,
	SIDESTEP_PATH_A_RTT,
	SIDESTEP_PATH_A_RTT_VAR,
	SIDESTEP_PATH_A_HEARD,
	SIDESTEP_PATH_A_TX_PACKETS,
	SIDESTEP_PATH_A_TX_BYTES,
	SIDESTEP_PATH_A_RX_PACKETS,
	SIDESTEP_PATH_A_RX_BYTES,
	SIDESTEP_PATH_A_PROBES_SENT,
	SIDESTEP_PATH_A_PROBES_ANSWERED,
	SIDESTEP_PATH_A_PAD,
	SIDESTEP_PATH_A_RX_MISSED,
	SIDESTEP_PATH_A_LINK,
	SIDESTEP_PATH_A_SIGNAL,
	SIDESTEP_PATH_A_LOSS,
	SIDESTEP_PATH_A_TX_ALONE_BYTES,
	SIDESTEP_PATH_A_TX_COPY_BYTES,
	SIDESTEP_PATH_A_TX_SWITCH_BYTES,
	SIDESTEP_PATH_A_TX_PROBE_BYTES,
	/* private: */
	__SIDESTEP_PATH_A_LAST
};

#define SIDESTEP_PATH_A_MAX (__SIDESTEP_PATH_A_LAST - 1)

/**
 * enum sidestep_selector_attr - attributes nested in %SIDESTEP_A_SELECTOR
 * @SIDESTEP_SELECTOR_A_UNSPEC: not used
 * @SIDESTEP_SELECTOR_A_PROTO: u8, IP protocol, behind IPv6 extension headers
 * @SIDESTEP_SELECTOR_A_SPORT_MIN: u16, first source port; 0 if absent
 * @SIDESTEP_SELECTOR_A_SPORT_MAX: u16, last source port; 65535 if absent
 * @SIDESTEP_SELECTOR_A_DPORT_MIN: u16, first destination port; 0 if absent
 * @SIDESTEP_SELECTOR_A_DPORT_MAX: u16, last one; 65535 if absent
 * @SIDESTEP_SELECTOR_A_MARK: u32, the packet's mark
 * @SIDESTEP_SELECTOR_A_MASK: u32, bits of it that count; all if absent
 * @SIDESTEP_SELECTOR_A_DSCP: u8, 0..63
 * @SIDESTEP_SELECTOR_A_UID_MIN: u32, first user id of the sending socket
 * @SIDESTEP_SELECTOR_A_UID_MAX: u32, last one
 * @SIDESTEP_SELECTOR_A_CGROUP: u64, id of a cgroup (v2) that the sending socket
 *				is in, or below
 * @SIDESTEP_SELECTOR_A_PAD: alignment
 *
 * A selector picks a packet that this host sends if all that is given holds.
 * Later fragments, whose ports cannot be seen, are picked as if they held.
 */
enum sidestep_selector_attr {
	SIDESTEP_SELECTOR_A_UNSPEC,
	SIDESTEP_SELECTOR_A_PROTO,
	SIDESTEP_SELECTOR_A_SPORT_MIN,
	SIDESTEP_SELECTOR_A_SPORT_MAX,
	SIDESTEP_SELECTOR_A_DPORT_MIN,
	SIDESTEP_SELECTOR_A_DPORT_MAX,
	SIDESTEP_SELECTOR_A_MARK,
	SIDESTEP_SELECTOR_A_MASK,
	SIDESTEP_SELECTOR_A_DSCP,
	SIDESTEP_SELECTOR_A_UID_MIN,
	SIDESTEP_SELECTOR_A_UID_MAX,
	SIDESTEP_SELECTOR_A_CGROUP,
	SIDESTEP_SELECTOR_A_PAD,
	/* private: */
	__SIDESTEP_SELECTOR_A_LAST
};

#define SIDESTEP_SELECTOR_A_MAX (__SIDESTEP_SELECTOR_A_LAST - 1)

/**
 * enum sidestep_budget_attr - attributes nested in %SIDESTEP_A_BUDGET
 * @SIDESTEP_BUDGET_A_UNSPEC: not used
 * @SIDESTEP_BUDGET_A_RATE: u32, bytes a second that copies may cost on the infra
 *			    path in the long run; 0, the default, for no limit.
 *			    IP header and tag count
 * @SIDESTEP_BUDGET_A_BURST: u32, bytes at once, 131072 or more; half of them only
 *			     for what SIDESTEP_A_IMPORTANT picks. Counts only
 *			     with a rate
 * @SIDESTEP_BUDGET_A_DAY: u64, bytes in 24 hours, which begin with the first; a
 *			   tenth only for what is important. 0, the default, for
 *			   no limit
 * @SIDESTEP_BUDGET_A_DAY_SPENT: u64, bytes of this day, with what is granted to a
 *				 CPU in advance; only in answers
 * @SIDESTEP_BUDGET_A_PAD: alignment
 *
 * The budget is for what is sent on both paths for as long as one end asks for
 * it. A switch, and packets on the infra path alone, are never refused.
 */
enum sidestep_budget_attr {
	SIDESTEP_BUDGET_A_UNSPEC,
	SIDESTEP_BUDGET_A_RATE,
	SIDESTEP_BUDGET_A_BURST,
	SIDESTEP_BUDGET_A_DAY,
	SIDESTEP_BUDGET_A_DAY_SPENT,
	SIDESTEP_BUDGET_A_PAD,
	/* private: */
	__SIDESTEP_BUDGET_A_LAST
};

#define SIDESTEP_BUDGET_A_MAX (__SIDESTEP_BUDGET_A_LAST - 1)

/* Instead of a threshold: there is none, the rule does not exist. */
#define SIDESTEP_TRIGGER_OFF (-2147483647 - 1)

/**
 * enum sidestep_trigger_attr - attributes nested in %SIDESTEP_A_TRIGGER
 * @SIDESTEP_TRIGGER_A_UNSPEC: not used
 * @SIDESTEP_TRIGGER_A_MODE: s32, enum sidestep_mode
 * @SIDESTEP_TRIGGER_A_FILTER_COEFFICIENT: s32, filterCoefficient of the layer 3
 *					   filter of the signal (TS 38.331,
 *					   5.5.3.2): 0..9, 11, 13, 15, 17 or 19
 * @SIDESTEP_TRIGGER_A_STALE_MS: s32, what was last measured on the direct path
 *				 that long ago is not known any more
 * @SIDESTEP_TRIGGER_A_RULE: nest, once for each decision, see enum
 *			     sidestep_rule_attr
 */
enum sidestep_trigger_attr {
	SIDESTEP_TRIGGER_A_UNSPEC,
	SIDESTEP_TRIGGER_A_MODE,
	SIDESTEP_TRIGGER_A_FILTER_COEFFICIENT,
	SIDESTEP_TRIGGER_A_STALE_MS,
	SIDESTEP_TRIGGER_A_RULE,
	/* private: */
	__SIDESTEP_TRIGGER_A_LAST
};

#define SIDESTEP_TRIGGER_A_MAX (__SIDESTEP_TRIGGER_A_LAST - 1)

/**
 * enum sidestep_rule_attr - attributes nested in %SIDESTEP_TRIGGER_A_RULE
 * @SIDESTEP_RULE_A_UNSPEC: not used
 * @SIDESTEP_RULE_A_DECISION: u8, enum sidestep_decision, whose rule it is; must
 *			      be there
 * @SIDESTEP_RULE_A_THRESHOLD_MBM: s32, of the signal; it and the next two may be
 *				   %SIDESTEP_TRIGGER_OFF. To prepare and to
 *				   execute one must be passed for the worse, to
 *				   release all for the better
 * @SIDESTEP_RULE_A_LOSS_PERMILLE: s32, of the loss
 * @SIDESTEP_RULE_A_RTT_US: s32, of the round-trip time
 * @SIDESTEP_RULE_A_HYSTERESIS_MDB: s32, of the signal, 1/1000 dB
 * @SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS: s32, timeToTrigger
 * @SIDESTEP_RULE_A_HORIZON_MS: s32, of prepare: if the signal, extrapolated, falls
 *				to the threshold of execute within that time; 0
 *				for never
 * @SIDESTEP_RULE_A_WINDOW_MS: s32, of prepare: what it is extrapolated from
 * @SIDESTEP_RULE_A_INFRA_THRESHOLD_MBM: s32, of execute: for the signal's sake
 *					 only if that of the infra path is better
 *					 (event X1), or %SIDESTEP_TRIGGER_OFF
 * @SIDESTEP_RULE_A_CONSECUTIVE_LOSS: s32, of execute, as the next four: losses in
 *				      a row after which a path has failed at once
 * @SIDESTEP_RULE_A_N310: s32, losses in a row that start T310
 * @SIDESTEP_RULE_A_N311: s32, answers in a row that end a failure
 * @SIDESTEP_RULE_A_T310_MS: s32, how long it then has until it has failed
 * @SIDESTEP_RULE_A_T311_MS: s32, how long it is searched for eagerly
 * @SIDESTEP_RULE_A_HOLD_MS: s32, of release: after the rule has held that long
 * @SIDESTEP_RULE_A_MIN_STAY_MS: s32, of release: and only that long after the
 *				 session left home
 *
 * docs/triggers.md has the ranges and defaults.
 */
enum sidestep_rule_attr {
	SIDESTEP_RULE_A_UNSPEC,
	SIDESTEP_RULE_A_DECISION,
	SIDESTEP_RULE_A_THRESHOLD_MBM,
	SIDESTEP_RULE_A_LOSS_PERMILLE,
	SIDESTEP_RULE_A_RTT_US,
	SIDESTEP_RULE_A_HYSTERESIS_MDB,
	SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS,
	SIDESTEP_RULE_A_HORIZON_MS,
	SIDESTEP_RULE_A_WINDOW_MS,
	SIDESTEP_RULE_A_INFRA_THRESHOLD_MBM,
	SIDESTEP_RULE_A_CONSECUTIVE_LOSS,
	SIDESTEP_RULE_A_N310,
	SIDESTEP_RULE_A_N311,
	SIDESTEP_RULE_A_T310_MS,
	SIDESTEP_RULE_A_T311_MS,
	SIDESTEP_RULE_A_HOLD_MS,
	SIDESTEP_RULE_A_MIN_STAY_MS,
	/* private: */
	__SIDESTEP_RULE_A_LAST
};

#define SIDESTEP_RULE_A_MAX (__SIDESTEP_RULE_A_LAST - 1)

/**
 * enum sidestep_measurement_attr - attributes nested in %SIDESTEP_A_MEASUREMENT
 * @SIDESTEP_MEASUREMENT_A_UNSPEC: not used
 * @SIDESTEP_MEASUREMENT_A_PATH: u8, enum sidestep_path
 * @SIDESTEP_MEASUREMENT_A_QUANTITY: u8, enum sidestep_quantity; only the signal is
 *				     measured by others than the kernel's probes
 * @SIDESTEP_MEASUREMENT_A_VALUE: s32, in the quantity's unit, not filtered
 * @SIDESTEP_MEASUREMENT_A_AT: u64, when it was measured, nanoseconds of
 *			       CLOCK_MONOTONIC; now if absent
 * @SIDESTEP_MEASUREMENT_A_PAD: alignment
 */
enum sidestep_measurement_attr {
	SIDESTEP_MEASUREMENT_A_UNSPEC,
	SIDESTEP_MEASUREMENT_A_PATH,
	SIDESTEP_MEASUREMENT_A_QUANTITY,
	SIDESTEP_MEASUREMENT_A_VALUE,
	SIDESTEP_MEASUREMENT_A_AT,
	SIDESTEP_MEASUREMENT_A_PAD,
	/* private: */
	__SIDESTEP_MEASUREMENT_A_LAST
};

#define SIDESTEP_MEASUREMENT_A_MAX (__SIDESTEP_MEASUREMENT_A_LAST - 1)

/**
 * enum sidestep_flow_attr - attributes nested in %SIDESTEP_A_FLOW
 * @SIDESTEP_FLOW_A_UNSPEC: not used
 * @SIDESTEP_FLOW_A_PROTO: u8, IP protocol, behind IPv6 extension headers
 * @SIDESTEP_FLOW_A_LOCAL: binary, 4 or 16 bytes, this host's address, as it is
 *			   on the wire
 * @SIDESTEP_FLOW_A_REMOTE: binary, likewise, the peer's
 * @SIDESTEP_FLOW_A_LOCAL_PORT: u16, this host's port, or the id of ICMP echoes;
 *				absent if there is none
 * @SIDESTEP_FLOW_A_REMOTE_PORT: u16, the peer's port, 0 for ICMP echoes; absent
 *				 if there is none
 * @SIDESTEP_FLOW_A_UID: u32, who owns the local socket; absent like the next two
 *			 if none is known
 * @SIDESTEP_FLOW_A_MARK: u32, the socket's mark
 * @SIDESTEP_FLOW_A_INODE: u64, the socket's inode
 * @SIDESTEP_FLOW_A_USED: u64, milliseconds since its last packet
 * @SIDESTEP_FLOW_A_ELIMINATED: u64, later copies dropped
 * @SIDESTEP_FLOW_A_PATH: nest, once for each path: of enum sidestep_path_attr
 *			  ID; TX_PACKETS and TX_BYTES, tagged packets sent;
 *			  RX_PACKETS and RX_BYTES, those that came here first
 * @SIDESTEP_FLOW_A_PAD: alignment
 */
enum sidestep_flow_attr {
	SIDESTEP_FLOW_A_UNSPEC,
	SIDESTEP_FLOW_A_PROTO,
	SIDESTEP_FLOW_A_LOCAL,
	SIDESTEP_FLOW_A_REMOTE,
	SIDESTEP_FLOW_A_LOCAL_PORT,
	SIDESTEP_FLOW_A_REMOTE_PORT,
	SIDESTEP_FLOW_A_UID,
	SIDESTEP_FLOW_A_MARK,
	SIDESTEP_FLOW_A_INODE,
	SIDESTEP_FLOW_A_USED,
	SIDESTEP_FLOW_A_ELIMINATED,
	SIDESTEP_FLOW_A_PATH,
	SIDESTEP_FLOW_A_PAD,
	/* private: */
	__SIDESTEP_FLOW_A_LAST
};

#define SIDESTEP_FLOW_A_MAX (__SIDESTEP_FLOW_A_LAST - 1)

/**
 * enum sidestep_counter - attributes nested in %SIDESTEP_A_COUNTERS, all u64
 * @SIDESTEP_COUNTER_UNSPEC: not used
 * @SIDESTEP_COUNTER_TX_TAGGED: packets that got a sequence number
 * @SIDESTEP_COUNTER_TX_RESIZED: TCP packets cut to the session's MTU
 * @SIDESTEP_COUNTER_TX_NO_PATH: dropped: no path could be used
 * @SIDESTEP_COUNTER_TX_NO_MEMORY: copy not sent: out of memory
 * @SIDESTEP_COUNTER_TX_NO_ROUTE: direct copy not sent: no route or neighbour
 * @SIDESTEP_COUNTER_TX_REFUSED: copy not sent: the path's device refused it
 * @SIDESTEP_COUNTER_TX_NO_PEER: dropped: not for an address of the peer
 * @SIDESTEP_COUNTER_RX_DELIVERED: tagged packets handed to the stack
 * @SIDESTEP_COUNTER_RX_ELIMINATED: later copies dropped
 * @SIDESTEP_COUNTER_RX_HELD: packets that waited for their turn
 * @SIDESTEP_COUNTER_RX_SKIPPED: sequence numbers given up as lost
 * @SIDESTEP_COUNTER_RX_LATE: packets delivered after a later one
 * @SIDESTEP_COUNTER_RX_OLD: dropped: behind the window, or replayed from there
 * @SIDESTEP_COUNTER_RX_SHORT: dropped: too short for a tag or a probe
 * @SIDESTEP_COUNTER_RX_VERSION: dropped: another version of the tag
 * @SIDESTEP_COUNTER_RX_SESSION: dropped: another session id
 * @SIDESTEP_COUNTER_RX_DEVICE: dropped: came in on neither path's device
 * @SIDESTEP_COUNTER_RX_EPOCH: dropped: peer's epoch not known yet
 * @SIDESTEP_COUNTER_RX_MAC: dropped: not authentic (forged, damaged, far in
 *			     the future, or of an old epoch)
 * @SIDESTEP_COUNTER_RX_OVERFLOW: dropped: more than can be queued
 * @SIDESTEP_COUNTER_RX_NO_MEMORY: dropped: out of memory
 * @SIDESTEP_COUNTER_PROBE_STALE: probes that answer nothing asked, or replayed
 * @SIDESTEP_COUNTER_PROBE_LIMITED: probes not answered: too many
 * @SIDESTEP_COUNTER_PEER_EPOCH: times that the peer was seen to start anew
 * @SIDESTEP_COUNTER_SWITCHES: changes of state
 * @SIDESTEP_COUNTER_RX_REPEATED: of the later copies, those that came twice by
 *				  one path: doubled by the network, or replayed
 * @SIDESTEP_COUNTER_TX_UNPROTECTED: dropped: no selector picks it, but a route
 *				     led it to the session device
 * @SIDESTEP_COUNTER_FLOWS_EVICTED: flows forgotten, to make room for others
 * @SIDESTEP_COUNTER_RX_BOUND: dropped: for a TCP socket bound to a direct
 *			       device that is gone
 * @SIDESTEP_COUNTER_TX_BUDGET: copy not sent on the infra path: the budget is spent
 */
enum sidestep_counter {
	SIDESTEP_COUNTER_UNSPEC,
	SIDESTEP_COUNTER_TX_TAGGED,
	SIDESTEP_COUNTER_TX_RESIZED,
	SIDESTEP_COUNTER_TX_NO_PATH,
	SIDESTEP_COUNTER_TX_NO_MEMORY,
	SIDESTEP_COUNTER_TX_NO_ROUTE,
	SIDESTEP_COUNTER_TX_REFUSED,
	SIDESTEP_COUNTER_TX_NO_PEER,
	SIDESTEP_COUNTER_RX_DELIVERED,
	SIDESTEP_COUNTER_RX_ELIMINATED,
	SIDESTEP_COUNTER_RX_HELD,
	SIDESTEP_COUNTER_RX_SKIPPED,
	SIDESTEP_COUNTER_RX_LATE,
	SIDESTEP_COUNTER_RX_OLD,
	SIDESTEP_COUNTER_RX_SHORT,
	SIDESTEP_COUNTER_RX_VERSION,
	SIDESTEP_COUNTER_RX_SESSION,
	SIDESTEP_COUNTER_RX_DEVICE,
	SIDESTEP_COUNTER_RX_EPOCH,
	SIDESTEP_COUNTER_RX_MAC,
	SIDESTEP_COUNTER_RX_OVERFLOW,
	SIDESTEP_COUNTER_RX_NO_MEMORY,
	SIDESTEP_COUNTER_PROBE_STALE,
	SIDESTEP_COUNTER_PROBE_LIMITED,
	SIDESTEP_COUNTER_PEER_EPOCH,
	SIDESTEP_COUNTER_SWITCHES,
	SIDESTEP_COUNTER_RX_REPEATED,
	SIDESTEP_COUNTER_TX_UNPROTECTED,
	SIDESTEP_COUNTER_FLOWS_EVICTED,
	SIDESTEP_COUNTER_RX_BOUND,
	SIDESTEP_COUNTER_TX_BUDGET,
	/* private: */
	__SIDESTEP_COUNTER_LAST
};

#define SIDESTEP_COUNTER_MAX (__SIDESTEP_COUNTER_LAST - 1)

#endif /* _UAPI_LINUX_SIDESTEP_H */
