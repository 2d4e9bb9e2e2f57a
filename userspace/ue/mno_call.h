/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_call: a session over the infrastructure that the function has ordered: which
 * orders are new, and what is to be done when. Pure: no socket, no clock
 *
 * The numbers of orders rise. One that came already is answered as before, and one below
 * the last has no effect, so it does not matter how often and in which order they come.
 */
#ifndef _SIDESTEP_MNO_CALL_H
#define _SIDESTEP_MNO_CALL_H

#include "../common/pf_msg.h"

enum mno_call_times {
	/* The peer begins: this end has no endpoint for so long, unless it has begun. */
	MNO_CALL_HOLD_MS = 2000,
	/* No handshake for so long: it has failed. */
	MNO_CALL_PATIENCE_MS = 10000,
	/* On the way home the tunnel is needed for a while. */
	MNO_CALL_HOME_MS = 5000,
	/* From one look for the handshake to the next, in the first two seconds. */
	MNO_CALL_LOOK_MS = 25,
	MNO_CALL_SLOW_LOOK_MS = 200,
	/* What the function says of sessions may be so much older than an order. */
	MNO_CALL_YOUNG_MS = 3000,
};

/**
 * enum mno_call_act - what is to be done; several at once
 * @MNO_CALL_TELL: the endpoint is another one: tell the tunnel
 * @MNO_CALL_BEGIN: forget the peer and make it anew, so that a handshake begins at once
 * @MNO_CALL_PUNCH: send what opens the NAT, and tells the relay where this end is
 * @MNO_CALL_REPORT: @state is another one
 * @MNO_CALL_CHECK: candidates may be found, and the peer's checked
 * @MNO_CALL_END: it is over
 */
enum mno_call_act {
	MNO_CALL_TELL = 1 << 0,
	MNO_CALL_BEGIN = 1 << 1,
	MNO_CALL_PUNCH = 1 << 2,
	MNO_CALL_REPORT = 1 << 3,
	MNO_CALL_CHECK = 1 << 4,
	MNO_CALL_END = 1 << 5,
};

/**
 * struct mno_call - of one session
 * @order: number of the last order; 0: none yet
 * @code: how it was answered, CoAP code
 * @session: the id; "" if there is none now
 * @state: what this end knows of it
 * @reported: what the function was told last; 0: nothing
 * @connect: the order to connect
 * @leaving: the function has ended it, and packets go home
 * @since_ns: when that, or the order to connect, came
 * @next_ns: when to look again; 0: when something happens
 * @acts: timed acts that are done
 * @why: why it has failed; a static text
 */
struct mno_call {
	uint64_t order;
	unsigned int code;
	char session[PF_SESSION_SIZE];
	enum pf_session_state state;
	enum pf_session_state reported;
	struct pf_order connect;
	bool leaving;
	uint64_t since_ns;
	uint64_t next_ns;
	unsigned int acts;
	const char *why;
};

/**
 * struct mno_call_view - what the rest of the host knows
 * @shaken: there was a handshake since the order to connect
 * @fresh: the tunnel works
 * @home: packets go by the direct path alone, and neither end wants another
 */
struct mno_call_view {
	bool shaken;
	bool fresh;
	bool home;
};

enum mno_call_news {
	MNO_CALL_OLD,	/* without effect */
	MNO_CALL_AGAIN,	/* was answered by @code */
	MNO_CALL_NEW,
};

enum mno_call_news mno_call_news(const struct mno_call *call, uint64_t number);

/* mno_call_answered() - that order was answered so */
void mno_call_answered(struct mno_call *call, uint64_t number, unsigned int code);

/**
 * mno_call_connect() - a new order to connect
 * @call: the call
 * @order: the order
 * @works: the tunnel goes by one of the order's relays already
 * @now_ns: the time, of a clock that does not jump
 *
 * Return: enum mno_call_act.
 */
unsigned int mno_call_connect(struct mno_call *call, const struct pf_order *order,
			      bool works, uint64_t now_ns);

/* mno_call_release() - a new order to go home. Return: enum mno_call_act */
unsigned int mno_call_release(struct mno_call *call, const struct pf_order *order,
			      uint64_t now_ns);

/* mno_call_step() - time has passed, or something has happened. Return: enum
 * mno_call_act
 */
unsigned int mno_call_step(struct mno_call *call, const struct mno_call_view *view,
			   uint64_t now_ns);

/* mno_call_direct() - a checked pair is in use, or is not any more. Return: likewise */
unsigned int mno_call_direct(struct mno_call *call, bool direct);

/* mno_call_holds() - is this end to have no endpoint? */
bool mno_call_holds(const struct mno_call *call);

/* mno_call_is_on() - there is one, and it has not failed or ended */
bool mno_call_is_on(const struct mno_call *call);

/**
 * mno_call_adopt() - the function knows of a session, and the tunnel works
 * @call: without a session
 * @doc: what it knows
 *
 * It is taken over by an end that has lost all it knew. For any other one the order to
 * connect is still on its way.
 *
 * Return: enum mno_call_act.
 */
unsigned int mno_call_adopt(struct mno_call *call, const struct pf_session_doc *doc);

/**
 * mno_call_listed() - the function has listed its sessions
 * @call: the call
 * @listed: this one is among them
 * @now_ns: the time
 *
 * Return: enum mno_call_act: it ends if the function does not know it.
 */
unsigned int mno_call_listed(struct mno_call *call, bool listed, uint64_t now_ns);

/* mno_call_reported() - the function knows that state. Return: enum mno_call_act */
unsigned int mno_call_reported(struct mno_call *call, enum pf_session_state state);

#endif /* _SIDESTEP_MNO_CALL_H */
