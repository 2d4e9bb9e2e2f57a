/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno: this host's ProSe Function: the association with it, the registration there, and
 * what it asks for
 *
 * There is one association, by the modem's address and no other way. It is made anew when
 * that address changes or the function is silent, and the host registers again. Without
 * the function all goes on as it is.
 */
#ifndef _SIDESTEP_MNO_H
#define _SIDESTEP_MNO_H

#include "../common/coaps.h"
#include "../common/pf_msg.h"
#include "host.h"

enum mno_times {
	/* The function is asked whether it is there, after so much silence: far from home
	 * or from a decision; otherwise.
	 */
	MNO_KEEPALIVE_NEAR_S = 1,
	MNO_KEEPALIVE_S = 25,
	/* Between attempts: at first, at last, and at last while it may be needed soon. */
	MNO_FIRST_WAIT_MS = 250,
	MNO_LONGEST_WAIT_MS = 60000,
	MNO_LONGEST_NEAR_WAIT_MS = 1000,
};

struct mno;

/**
 * mno_open() - find the function, and keep the association up
 * @mno: the result
 * @host: must outlive it; its sessions are told what they need
 *
 * What is wrong with files is said in the log and by mno_why(), and tried again.
 *
 * Return: 0 or -ENOMEM.
 */
int mno_open(struct mno **mno, struct host *host);

/* mno_close() - sessions are not called any more; with @remove the rule for its packets
 * goes, too
 */
void mno_close(struct mno *mno, bool remove);

/* mno_follow() - links, addresses or routes have changed */
void mno_follow(struct mno *mno);

/* mno_tick() - once a second */
void mno_tick(struct mno *mno);

/* mno_renew() - read the certificate anew, and connect with it */
void mno_renew(struct mno *mno);

/* mno_is_registered() - then requests make sense. @mno NULL: there is none yet */
bool mno_is_registered(const struct mno *mno);

/* mno_why() - why it is not registered, in words */
const char *mno_why(const struct mno *mno);

/* mno_epuid() - this host's; "" while it is not known */
const char *mno_epuid(const struct mno *mno);

/* mno_stun() - the function's STUN server; AF_UNSPEC if none is known */
const struct sockaddr_storage *mno_stun(const struct mno *mno);

/**
 * typedef mno_answered - how a request has ended
 * @data: as given with it
 * @cookie: likewise
 * @error: 0, or a negative errno value: the association is gone, or will be
 * @response: if @error is 0
 */
typedef void (*mno_answered)(void *data, uint64_t cookie, int error,
			     const struct coaps_message *response);

/**
 * mno_request() - ask the function
 * @mno: it
 * @message: is copied
 * @answered: called once, or not at all after mno_forget() or mno_close()
 * @data: for @answered
 * @cookie: likewise
 *
 * Return: 0, or a negative errno value; @answered is not called then.
 */
int mno_request(struct mno *mno, const struct coaps_message *message,
		mno_answered answered, void *data, uint64_t cookie);

/* mno_forget() - no call with that data any more */
void mno_forget(struct mno *mno, void *data);

/**
 * mno_problem() - a refusal in words, of a response that is none of 2.xx
 * @text: the result
 * @response: what came
 */
void mno_problem(char text[PF_TEXT_SIZE], const struct coaps_message *response);

#endif /* _SIDESTEP_MNO_H */
