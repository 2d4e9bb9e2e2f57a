/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay_latch: which datagrams a relay forwards, and to whom; the rules are in relay.h.
 * Pure
 */
#ifndef _SIDESTEP_RELAY_LATCH_H
#define _SIDESTEP_RELAY_LATCH_H

#include "../common/wg_mac1.h"
#include "relay.h"

enum relay_latch_limits {
	/* Initiations of a source that can be answered: one may be sent again before
	 * the answer to the one before is there.
	 */
	RELAY_INDICES = 4,
	/* Initiations that a candidate may have in advance. */
	RELAY_MAX_CREDIT = 8,
	/* A latched source and the candidates */
	RELAY_MAX_TO = 1 + RELAY_CANDIDATES,
};

/**
 * struct relay_source - where datagrams came from
 * @addr: AF_UNSPEC: nobody is here
 * @heard_ns: when, last
 * @index: of its last initiations
 * @n_index: that it has ever sent
 * @credit: what it has sent more than it was sent
 */
struct relay_source {
	struct sockaddr_storage addr;
	uint64_t heard_ns;
	uint32_t index[RELAY_INDICES];
	uint32_t n_index;
	unsigned int credit;
};

/**
 * struct relay_port - one side of a relay
 * @mac1: for what comes in here: made of the other side's public key
 * @latch: the latched source
 * @candidate: others
 * @kept: an initiation of the other side that found nobody here
 * @has_kept: is there one?
 * @second: in which @candidate_heard were heard
 * @candidate_heard: messages
 */
struct relay_port {
	struct wg_mac1_key mac1;
	struct relay_source latch;
	struct relay_source candidate[RELAY_CANDIDATES];
	uint8_t kept[WG_INITIATION_LEN];
	bool has_kept;
	uint64_t second;
	unsigned int candidate_heard;
};

/**
 * struct relay_verdict - what is to be done with a datagram
 * @drop: why it is dropped; RELAY_DROPS: it is not
 * @n_to: used entries of @to; 0 also for what is kept
 * @to: receivers, at the other side; valid until the next judgement
 * @give_kept: this side's @kept is to be sent to where the datagram came from
 * @latched: this side has latched on another source than before
 */
struct relay_verdict {
	enum relay_drop drop;
	size_t n_to;
	const struct sockaddr_storage *to[RELAY_MAX_TO];
	bool give_kept;
	bool latched[RELAY_SIDES];
};

/**
 * relay_latch_judge() - a datagram has come in
 * @port: both sides
 * @in: on which
 * @from: its source
 * @buf: the datagram
 * @len: its length
 * @now_ns: CLOCK_BOOTTIME
 * @verdict: the result
 */
void relay_latch_judge(struct relay_port port[RELAY_SIDES], enum relay_side in,
		       const struct sockaddr_storage *from, const uint8_t *buf,
		       size_t len, uint64_t now_ns, struct relay_verdict *verdict);

/* relay_latch_set() - latched as it was before a restart; AF_UNSPEC: not */
void relay_latch_set(struct relay_port *port, const struct sockaddr_storage *source,
		     uint64_t now_ns);

/* relay_same_source() - the same address, port and scope? */
bool relay_same_source(const struct sockaddr_storage *a,
		       const struct sockaddr_storage *b);

#endif /* _SIDESTEP_RELAY_LATCH_H */
