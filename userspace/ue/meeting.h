/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meeting: two helpers find each other on the direct link
 *
 * While there is no connection with the peer, this host says hello, ever more rarely.
 * Whoever of the two connects (exchange_connects()) does so when it hears the other's
 * hello; the other one answers a hello with one.
 */
#ifndef _SIDESTEP_MEETING_H
#define _SIDESTEP_MEETING_H

#include "host.h"

/**
 * struct meeting - of one session
 * @host: for hellos
 * @session: the session device
 * @direct: name of the direct device
 * @peer: the peer, as the exchange knows it
 * @hint: by which its hellos are known
 * @timer: the next hello; NULL if there is no link
 * @wait_us: from one hello to the next
 * @ifindex: the direct device; 0 while it is missing or down
 * @met: there is a connection
 * @since_ns: since when that is so; 0 if it never was otherwise
 * @answered_ns: the last hello that was an answer
 * @why: why there is none, in words; "" if that is not known
 */
struct meeting {
	struct host *host;
	const char *session;
	const char *direct;
	struct exchange_peer *peer;
	uint8_t hint[HELLO_HINT_LEN];
	sd_event_source *timer;
	uint64_t wait_us;
	uint32_t ifindex;
	bool met;
	uint64_t since_ns;
	uint64_t answered_ns;
	char why[STATUS_TEXT_SIZE];
};

/**
 * meeting_open() - be ready for the peer
 * @meeting: to be filled in
 * @host: must outlive it
 * @conf: likewise
 * @data: for the exchange's ops
 *
 * Return: 0 or -ENOMEM.
 */
int meeting_open(struct meeting *meeting, struct host *host,
		 const struct conf_session *conf, void *data);
void meeting_close(struct meeting *meeting);

/* meeting_link() - the direct device that is up now; 0: none */
void meeting_link(struct meeting *meeting, uint32_t ifindex);

/* meeting_hello() - a hello that may be the peer's */
void meeting_hello(struct meeting *meeting, const uint8_t hint[HELLO_HINT_LEN],
		   const struct sockaddr_in6 *from, unsigned int version);

/* meeting_began(), meeting_ended() - the exchange has, or lost, a connection */
void meeting_began(struct meeting *meeting);
void meeting_ended(struct meeting *meeting, const char *why);

/* meeting_failed() - an attempt came to nothing */
void meeting_failed(struct meeting *meeting, const char *why);

/* meeting_hurry() - say hello at once, if there is no connection */
void meeting_hurry(struct meeting *meeting);

#endif /* _SIDESTEP_MEETING_H */
