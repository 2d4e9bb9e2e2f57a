/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check: connectivity checks between the two ends of a tunnel, from WireGuard's own port:
 * ICE in small (RFC 8445). Pure: no socket, no clock
 *
 * Each end sends Binding requests to all candidates of the other; that opens the NATs on
 * the way. Where an answer comes back, the way works. The controlling end chooses the best
 * of these and says so with USE-CANDIDATE; the other one goes there once it has had an
 * answer from there, too (RFC 8445 7.3.1.5): who sends a request again from elsewhere
 * leads nobody astray. What is in use is asked for consent for as long (RFC 7675); if it
 * falls silent, the relay is used, and the checks begin anew, at once and again later.
 *
 * One credential for all: USERNAME is the session's id, the password the order's check
 * key; also towards the function's STUN server, which knows both. Requests are told from
 * one's own by the role.
 */
#ifndef _SIDESTEP_CHECK_H
#define _SIDESTEP_CHECK_H

#include "../common/pf_msg.h"
#include "../common/stun.h"

enum check_limits {
	/* The peer's candidates, and addresses from which it asks. */
	CHECK_MAX_PAIRS = 12,
	/* Requests to an address, sent after 0, 100, 200 ... milliseconds. */
	CHECK_TRIES = 6,
	CHECK_FIRST_WAIT_MS = 100,
	/* From one address' first request to the next one's (RFC 8445 14.2, Ta). */
	CHECK_PACE_MS = 10,
	/* A better way may answer so much later than the first one. */
	CHECK_CHOICE_MS = 150,
	CHECK_CONSENT_MS = 5000,
	/* Once an answer is missed. */
	CHECK_DOUBT_MS = 1000,
	CHECK_MISSES = 3,
	/* As long as no way works: all is tried again. */
	CHECK_AGAIN_MS = 60000,
};

/**
 * struct check_ops - what it wants
 * @send: a datagram from WireGuard's port
 * @mapped: the STUN server sees this end there
 * @chosen: the tunnel may go there now; NULL: not any more, by the relay
 * @consented: the one in use has answered
 */
struct check_ops {
	void (*send)(void *data, const struct sockaddr_storage *to, const uint8_t *buf,
		     size_t len);
	void (*mapped)(void *data, const struct sockaddr_storage *addr);
	void (*chosen)(void *data, const struct sockaddr_storage *addr);
	void (*consented)(void *data);
};

/**
 * struct check_pair - an address of the peer
 * @addr: the address
 * @priority: the candidate's; of one that was only seen, as it said
 * @told: it is a candidate; otherwise it was only seen, and makes room for others
 * @id: of the request that is on its way
 * @waits: there is one
 * @tries: how many were sent in this round
 * @next_ns: when the next one is due; 0: none is
 * @works: an answer has come back, in this round
 */
struct check_pair {
	struct sockaddr_storage addr;
	uint32_t priority;
	bool told;
	uint8_t id[STUN_ID_LEN];
	bool waits;
	unsigned int tries;
	uint64_t next_ns;
	bool works;
};

/**
 * struct check - the checks of one session
 * @ops: see there
 * @data: for @ops
 * @session: the id
 * @key: the order's check key
 * @controlling: this end chooses
 * @tie_breaker: random
 * @server: the STUN server; its request is a pair like the others. AF_UNSPEC: none
 * @pair: the peer's addresses, @n of them
 * @n: how many
 * @used: index of the one in use; -1: none
 * @named: index of the one that the controlling end has chosen, and that has not answered
 *	   here yet; -1: none
 * @misses: requests to it that were not answered, in a row
 * @choose_ns: when the best is chosen; 0: not yet
 * @again_ns: when all is tried again; 0: not
 */
struct check {
	const struct check_ops *ops;
	void *data;
	char session[PF_SESSION_SIZE];
	uint8_t key[PF_CHECK_KEY_LEN];
	bool controlling;
	uint64_t tie_breaker;
	struct check_pair server;
	struct check_pair pair[CHECK_MAX_PAIRS];
	size_t n;
	int used;
	int named;
	unsigned int misses;
	uint64_t choose_ns;
	uint64_t again_ns;
};

/* check_init() - of that order; nothing is sent yet */
void check_init(struct check *check, const struct pf_order *order, uint64_t tie_breaker,
		const struct check_ops *ops, void *data);

/* check_ask_server() - where does it see this end? */
void check_ask_server(struct check *check, const struct sockaddr_storage *server,
		      uint64_t now_ns);

/* check_candidates() - the peer's have come, all there are; those that are known go on */
void check_candidates(struct check *check, const struct pf_candidates *candidates,
		      uint64_t now_ns);

/* check_restart() - this end's address is another one: all is tried anew, by the relay
 * until then
 */
void check_restart(struct check *check, uint64_t now_ns);

/* check_received() - a datagram has come to WireGuard's port that may be STUN's */
void check_received(struct check *check, const struct sockaddr_storage *from,
		    const uint8_t *buf, size_t len, uint64_t now_ns);

/* check_step() - time has passed. Return: when to come again; 0: when something comes */
uint64_t check_step(struct check *check, uint64_t now_ns);

/**
 * check_priority() - of one of this end's candidates (RFC 8445 5.1.2.1)
 * @type: enum pf_candidate_type
 * @family: AF_INET6 is preferred
 */
uint32_t check_priority(enum pf_candidate_type type, int family);

#endif /* _SIDESTEP_CHECK_H */
