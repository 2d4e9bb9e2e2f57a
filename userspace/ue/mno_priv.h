/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_priv: what the files of mno share. For mno*.c alone
 */
#ifndef _SIDESTEP_MNO_PRIV_H
#define _SIDESTEP_MNO_PRIV_H

#include "mno.h"
#include "outlet.h"
#include "way.h"

/**
 * struct mno_request - one that is on its way
 * @mno: the function
 * @answered: who waits; NULL: nobody any more
 * @data: for it
 * @cookie: likewise
 * @next: another one
 */
struct mno_request {
	struct mno *mno;
	mno_answered answered;
	void *data;
	uint64_t cookie;
	struct mno_request *next;
};

/* Sessions that were released before this host knew them, the last so many. */
enum {
	MNO_OVER = 8,
};

/**
 * struct mno - the function
 * @host: the daemon
 * @conf: what the file says of it
 * @modem: by which it is reached; "" if no session needs it
 * @outlet: of @modem
 * @way: of @modem, when last looked at
 * @local: the address that is sent from; family AF_UNSPEC: none leads there
 * @epuid: this host's
 * @boot: random, for this process
 * @coaps: the credential; NULL while it cannot be used
 * @assoc: the association; NULL while there is none
 * @connected: it is made
 * @registered: the function knows this host
 * @broken: the association is of no use, and goes
 * @answer: what it said to the registration
 * @timer: to connect, to register, or to renew
 * @failures: attempts in a row that came to nothing
 * @near: it may be needed soon
 * @requests: those that are on their way
 * @over: what connects them is late; @next_over: the oldest's place
 * @why: why this host is not registered, in words
 */
struct mno {
	struct host *host;
	struct conf_mno conf;
	char modem[IFNAMSIZ];
	struct outlet *outlet;
	struct way way;
	struct rtnl_prefix local;
	char epuid[PF_ID_SIZE];
	uint64_t boot;
	struct coaps *coaps;
	struct coaps_assoc *assoc;
	bool connected;
	bool registered;
	bool broken;
	struct pf_registered answer;
	sd_event_source *timer;
	unsigned int failures;
	bool near;
	struct mno_request *requests;
	char over[MNO_OVER][PF_SESSION_SIZE];
	unsigned int next_over;
	char why[STATUS_TEXT_SIZE];
};

/* mno_say() - why it is not registered; the log has it once */
void mno_say(struct mno *mno, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* mno_in() - come back to the association or registration in so many milliseconds */
void mno_in(struct mno *mno, uint64_t ms);

/* mno_again() - likewise, after a failure, ever later */
void mno_again(struct mno *mno);

/* mno_broken() - the association is of no use: make another one, soon */
void mno_broken(struct mno *mno);

/* mno_register() - say that this host is there */
void mno_register(struct mno *mno);

/* mno_forget_all() - no request is on its way any more */
void mno_forget_all(struct mno *mno);

/* mno_requested() - the function asks for something */
void mno_requested(void *data, struct coaps_assoc *assoc,
		   const struct coaps_message *request, struct coaps_message *response);

#endif /* _SIDESTEP_MNO_PRIV_H */
