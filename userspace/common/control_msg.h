/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control_msg: what prosefctl asks prosefd, and the answers, in CBOR (RFC 8949)
 *
 * A connection to CONTROL_SOCKET takes one request, and brings a CBOR sequence (RFC
 * 8742): rows, each of the kind that was asked for, then one struct control_end; then it
 * is closed. All are maps with small unsigned keys; unknown ones are skipped. Pure.
 */
#ifndef _SIDESTEP_CONTROL_MSG_H
#define _SIDESTEP_CONTROL_MSG_H

#include "pf_msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The environment's PROSEFD_CONTROL names another one, for tests: control_path(). */
#define CONTROL_SOCKET "/run/prosefd/control"

enum control_limits {
	/* Of an address with its port, as text: [IPv6]:port */
	CONTROL_ADDR_SIZE = 56,
	/* A word for a state or a reason */
	CONTROL_WORD_SIZE = 16,
	/* A line of the metrics */
	CONTROL_LINE_SIZE = 512,
	/* An encoded request or row is never longer. */
	CONTROL_MAX_ROW = PF_MAX_SIZE,
};

/**
 * enum control_command - what is asked for
 */
enum control_command {
	CONTROL_SUBSCRIBERS = 1,	/* rows: struct control_subscriber */
	CONTROL_AGREEMENTS = 2,		/* struct control_agreement */
	CONTROL_SESSIONS = 3,		/* struct control_session */
	CONTROL_RELAYS = 4,		/* struct control_relay */
	CONTROL_METRICS = 5,		/* struct control_line */
	CONTROL_ASSIST = 6,		/* no rows: connect two UEs */
	CONTROL_RELEASE = 7,		/* no rows: end a session */
	CONTROL_DRAIN = 8,		/* no rows: no new sessions; or so again */
	CONTROL_COMMANDS,
};

/**
 * struct control_request - one
 * @command: enum control_command
 * @a: ASSIST: EPUID of the UE of this function that asks, as it were
 * @b: ASSIST: the other UE's
 * @decision: ASSIST: what the kernels of the UEs are told; NONE: nothing
 * @session: RELEASE: its id
 * @on: DRAIN: no new sessions from now on
 */
struct control_request {
	enum control_command command;
	char a[PF_ID_SIZE];
	char b[PF_ID_SIZE];
	enum pf_decision decision;
	char session[PF_SESSION_SIZE];
	bool on;
};

/**
 * struct control_subscriber - a UE that has registered, now or before
 * @epuid: its
 * @registered: it is, now
 * @addr: from where; "" if it is not registered
 * @since_s: so long ago; 0 if it is not registered
 * @left_s: of the registration
 * @agreements: that it has
 * @sessions: that it is in
 * @reports: that it has sent since this process began
 */
struct control_subscriber {
	char epuid[PF_ID_SIZE];
	bool registered;
	char addr[CONTROL_ADDR_SIZE];
	uint64_t since_s;
	uint64_t left_s;
	uint32_t agreements;
	uint32_t sessions;
	uint64_t reports;
};

/**
 * struct control_agreement - of a UE with this function
 * @epuid: the UE's
 * @id: its id; unique for the UE
 * @version: its
 * @peer: EPUID of the other UE
 * @confirmed: by the UE
 * @mutual: the peer has confirmed one with this UE, as far as this function knows
 * @relay_only: addresses are not told
 * @window_s: Time-Window
 * @min_report_ms: least time between reports
 * @triggers: how many
 */
struct control_agreement {
	char epuid[PF_ID_SIZE];
	uint32_t id;
	uint32_t version;
	char peer[PF_ID_SIZE];
	bool confirmed;
	bool mutual;
	bool relay_only;
	uint32_t window_s;
	uint32_t min_report_ms;
	uint32_t triggers;
};

/**
 * struct control_session - over the infrastructure
 * @session: its id
 * @requesting: EPUID
 * @targeted: EPUID
 * @state: enum pf_session_state
 * @by: who began it: "ue", "operator", "peer", "judge"
 * @age_s: since then
 * @left_s: of its window
 * @port_a: of the relay, to the requesting UE; 0: the relay is the other function's
 * @port_b: to the targeted UE
 * @cause: in words; may be empty
 */
struct control_session {
	char session[PF_SESSION_SIZE];
	char requesting[PF_ID_SIZE];
	char targeted[PF_ID_SIZE];
	enum pf_session_state state;
	char by[CONTROL_WORD_SIZE];
	uint64_t age_s;
	uint64_t left_s;
	uint32_t port_a;
	uint32_t port_b;
	char cause[PF_TEXT_SIZE];
};

/**
 * struct control_relay - two ports
 * @owner: EPUID of the UE whose quota it counts for
 * @session: id; may be empty
 * @port_a: of the requesting UE's side
 * @port_b: of the targeted one's
 * @latch_a: source of what may be forwarded; "" until it has latched
 * @latch_b: likewise
 * @packets_a: forwarded from side A to B
 * @packets_b: from B to A
 * @bytes_a: UDP payload
 * @bytes_b: likewise
 * @drops: not forwarded, of both sides and all reasons
 * @fast: the kernel forwards
 * @left_s: of its lifetime
 */
struct control_relay {
	char owner[PF_ID_SIZE];
	char session[PF_SESSION_SIZE];
	uint32_t port_a;
	uint32_t port_b;
	char latch_a[CONTROL_ADDR_SIZE];
	char latch_b[CONTROL_ADDR_SIZE];
	uint64_t packets_a;
	uint64_t packets_b;
	uint64_t bytes_a;
	uint64_t bytes_b;
	uint64_t drops;
	bool fast;
	uint64_t left_s;
};

/* struct control_line - of the metrics, without its newline */
struct control_line {
	char text[CONTROL_LINE_SIZE];
};

/**
 * struct control_end - how it went; the last one of an answer
 * @failed: it was refused
 * @words: why; of a success: what was done ("session a.example/7"); may be empty
 */
struct control_end {
	bool failed;
	char words[PF_TEXT_SIZE];
};

/* union control_row - any of them */
union control_row {
	struct control_subscriber subscriber;
	struct control_agreement agreement;
	struct control_session session;
	struct control_relay relay;
	struct control_line line;
};

/* control_path() - where the socket is */
const char *control_path(void);

/* Return: its length, or 0 if it does not fit */
size_t control_encode_request(const struct control_request *request, uint8_t *buf,
			      size_t size);
size_t control_encode_row(enum control_command command, const void *row, uint8_t *buf,
			  size_t size);
size_t control_encode_end(const struct control_end *end, uint8_t *buf, size_t size);

/* Return: NULL, or what is wrong, a static text; the result is zero then. */
const char *control_decode_request(struct control_request *request, const uint8_t *buf,
				   size_t len);

/**
 * control_decode_next() - take one document off an answer
 * @command: what was asked for
 * @row: the result, if it is a row
 * @end: the result, if it is the end
 * @is_end: which it is
 * @buf: what is left of the answer
 * @len: its length
 *
 * Return: how many bytes were taken, or 0: malformed, or cut off.
 */
size_t control_decode_next(enum control_command command, union control_row *row,
			   struct control_end *end, bool *is_end, const uint8_t *buf,
			   size_t len);

#endif /* _SIDESTEP_CONTROL_MSG_H */
