/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ue_session: one session as the helper keeps it: makes its devices or adopts them,
 * finds the peer, tells the kernel what it needs, and measures the radio
 */
#ifndef _SIDESTEP_UE_SESSION_H
#define _SIDESTEP_UE_SESSION_H

#include "host.h"

/**
 * ue_session_open() - take up a session
 * @host: must outlive it
 * @conf: is copied
 *
 * What is missing in the system is waited for.
 *
 * Return: the session, or NULL if there is no memory.
 */
struct ue_session *ue_session_open(struct host *host,
				   const struct conf_session *conf);

/* ue_session_close() - let go of it; with @remove its devices and what it remembers go,
 * too
 */
void ue_session_close(struct ue_session *s, bool remove);

const struct conf_session *ue_session_conf(const struct ue_session *s);

/* ue_session_follow() - links, addresses or routes have changed */
void ue_session_follow(struct ue_session *s);

/* ue_session_tick() - once a second; @woken: the machine has slept meanwhile */
void ue_session_tick(struct ue_session *s, bool woken);

/* ue_session_told() - the kernel tells of the session, or NULL: look again */
void ue_session_told(struct ue_session *s, const struct session *told);

/* ue_session_hello() - was that hello said by the peer? Then follow it */
void ue_session_hello(struct ue_session *s, const uint8_t hint[HELLO_HINT_LEN],
		      const struct sockaddr_in6 *from, unsigned int version);

/* ue_session_modem() - the modem with that net port has told something */
void ue_session_modem(struct ue_session *s, const char *ifname,
		      const struct modem_state *state);

void ue_session_status(const struct ue_session *s, struct status_session *status);

/* What the exchange calls, with the session as data. */
extern const struct exchange_ops ue_session_exchange_ops;

#endif /* _SIDESTEP_UE_SESSION_H */
