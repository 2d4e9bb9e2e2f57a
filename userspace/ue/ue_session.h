/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ue_session: one session as the helper keeps it: makes its devices or adopts them,
 * finds the peer, tells the kernel what it needs, and measures the radio
 */
#ifndef _SIDESTEP_UE_SESSION_H
#define _SIDESTEP_UE_SESSION_H

#include "check.h"
#include "endpoint.h"
#include "host.h"
#include "meeting.h"
#include "mno_agreement.h"
#include "mno_call.h"
#include "mno_report.h"
#include "own_addrs.h"
#include "radio.h"
#include "raw_udp.h"
#include "standby.h"
#include "store.h"
#include "tunnel.h"

/**
 * struct ue_mno - a session and the operator's function
 * @agreement: what is agreed
 * @call: what is ordered
 * @reports: what is reported
 * @has_rules: @rule is known
 * @rule: the kernel's, by enum sidestep_decision
 * @timer: the next look at @call
 * @shaken_ns: the tunnel's handshake when the order to connect came; CLOCK_REALTIME
 * @left: the tunnel was there before, and no session is known for it
 * @left_listed: ... nor does the function know any
 * @asked: counts what is asked about @agreement; the answer to another one is none
 * @state_sent: the state that is being reported; 0: none
 * @saver: writes what must be remembered; NULL: nothing is new
 * @said: the state that the log has
 * @raw: datagrams from and to the tunnel's port; NULL: not needed yet, or not allowed
 * @check: the way past the relay; NULL: not looked for
 * @check_timer: when it goes on
 * @alias: its rule makes packets from the relay the pair's; NULL: there is none
 * @pair_timer: the next look at the tunnel's endpoint; NULL: none is needed
 * @pair_until_ns: how long it is looked at
 * @pair_end_ns: how long at most
 * @pair_problem: of setting it, that was logged last, negative errno value; 0: none
 * @mine: this host's candidates, as the function knows them
 * @theirs: the peer's, as it has told them
 */
struct ue_mno {
	struct mno_agreement agreement;
	struct mno_call call;
	struct mno_reports reports;
	bool has_rules;
	struct session_rule rule[SIDESTEP_DECISION_MAX + 1];
	sd_event_source *timer;
	int64_t shaken_ns;
	bool left, left_listed;
	uint64_t asked;
	enum pf_session_state state_sent;
	sd_event_source *saver;
	enum pf_session_state said;
	struct raw_udp *raw;
	struct check *check;
	sd_event_source *check_timer;
	struct nft *alias;
	sd_event_source *pair_timer;
	uint64_t pair_until_ns;
	uint64_t pair_end_ns;
	int pair_problem;
	struct pf_candidates mine;
	struct pf_candidates theirs;
};

/**
 * struct ue_session - a session
 * @host: the daemon
 * @conf: what the file says of it
 * @stored: what is in its file
 * @stored_ok: @stored is what is, or will be, in the file
 * @unsaved: @stored could not be written; it is tried again
 * @endpoint: where the peer's end of the tunnel is
 * @tunnel: its standby; NULL while it cannot be made
 * @standby: what that costs
 * @meeting: how the peer is found
 * @radio: how it is heard
 * @own: this host's addresses on the direct link
 * @mno: what the operator's function has to do with it
 * @new_keys: the kernel was not told of the keys yet
 * @told: what the kernel says of it; @told.has is 0 if it says nothing
 * @problem: what keeps it from being made, in words; "" if nothing does
 * @ticks: until what failed is tried again; 0: nothing has
 */
struct ue_session {
	struct host *host;
	struct conf_session conf;
	struct stored stored;
	bool stored_ok;
	bool unsaved;
	struct endpoint endpoint;
	struct tunnel *tunnel;
	struct standby standby;
	struct meeting meeting;
	struct radio radio;
	struct own_addrs own;
	struct ue_mno mno;
	bool new_keys;
	struct session told;
	char problem[STATUS_TEXT_SIZE];
	unsigned int ticks;
};

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

/* ue_session_make() - make all that can be made; what is so already is left alone */
void ue_session_make(struct ue_session *s);

/* ue_session_look() - ask the kernel what it says of it. Return: 0 or a negative errno
 * value, with the kernel's words in @ack
 */
int ue_session_look(struct ue_session *s, struct ack *ack);

/* ue_session_is_away() - the tunnel carries packets, or soon will, for this end or for
 * the peer's sake
 */
bool ue_session_is_away(const struct ue_session *s);

/* ue_session_tell_tunnel() - who the peer is, and where */
void ue_session_tell_tunnel(struct ue_session *s);

/* ue_session_tunnel_bytes() - what the tunnel has moved, 0 without one */
uint64_t ue_session_tunnel_bytes(const struct ue_session *s);

/* ue_session_direct() - the direct device if it is up, or NULL */
const struct netview_link *ue_session_direct(const struct ue_session *s);

/* ue_session_save() - write what must be remembered */
void ue_session_save(struct ue_session *s);

/* What the exchange calls, with the session as data. */
extern const struct exchange_ops ue_session_exchange_ops;

#endif /* _SIDESTEP_UE_SESSION_H */
