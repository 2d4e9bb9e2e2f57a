/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay: two UDP ports of the function; what one UE's WireGuard sends to the one leaves
 * from the other, to the other UE's
 *
 * The function has no key of the tunnel. It tells friend from stranger by mac1
 * (wg_mac1.h), which proves only that a sender knows the public key of the receiver. So:
 *
 * - The source of a handshake message with a good mac1 becomes a *candidate* of the side
 *   that it came in on. A candidate's initiations go to the latched source of the other
 *   side or, as long as there is none, to all its candidates; to each of these at most
 *   one for every message that it has sent itself. One that finds nobody is kept, and
 *   sent to the first who comes; a UE that waits for an initiation sends some punches
 *   (wg_mac1_punch()), and more of them until it has a handshake.
 * - Both sides *latch* when one answers the other: WireGuard's response names the
 *   initiation by its index, so it is from somebody who has got that initiation; and
 *   WireGuard answers nothing but what was encrypted by the right peer and not replayed,
 *   so the initiation was no stranger's. What else there is, is forwarded only from the
 *   latched source of one side to that of the other.
 * - A side that has latched changes to another source (a NAT that has made a new
 *   mapping) likewise: its initiation is answered by the latched source of the other
 *   side, or it answers an initiation of that one. If nothing was heard of a latched
 *   source for RELAY_SILENT_S, that side is again as if it had not latched, but that its
 *   latched source is still served. After a change of address the quickest way is
 *   therefore a new handshake of WireGuard's.
 *
 * Nothing is ever sent to an address that has not sent a good mac1, and no candidate is
 * sent more than was received from it. All candidates of a side may send
 * RELAY_CANDIDATES_A_SECOND messages. Who knows both public keys and both ports before
 * the UEs' own first handshake can pass for them, and who knows one can keep a UE from
 * changing its source: what is won is that a relay does not work; never a packet's
 * content.
 *
 * Once both sides have latched, on sources of one family, the kernel forwards data by
 * itself, if it may (relay_fast.h); handshakes, and what is not of a latched source,
 * still come here. Those rules outlive the process, up to each relay's lifetime.
 */
#ifndef _SIDESTEP_RELAY_H
#define _SIDESTEP_RELAY_H

#include "../common/pf_msg.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

enum relay_limits {
	/* More than a keepalive, and a reading of the kernel's counters. */
	RELAY_SILENT_S = 25,
	/* Of each side; the one that was heard last stays longest. */
	RELAY_CANDIDATES = 4,
	/* Their messages, of each side. */
	RELAY_CANDIDATES_A_SECOND = 8,
};

/* enum relay_side - A is the UE whose function has the relay */
enum relay_side {
	RELAY_A,
	RELAY_B,
	RELAY_SIDES,
};

/* enum relay_drop - why a datagram went no further */
enum relay_drop {
	RELAY_DROP_FORM,	/* not WireGuard's */
	RELAY_DROP_MAC1,	/* a handshake for somebody else */
	RELAY_DROP_UNLATCHED,	/* no handshake yet */
	RELAY_DROP_SOURCE,	/* not from the latched source */
	RELAY_DROP_CANDIDATE,	/* too many of candidates */
	RELAY_DROP_ANSWER,	/* to an initiation that nobody has sent */
	RELAY_DROP_RATE,	/* over the relay's rate */
	RELAY_DROP_SEND,	/* the kernel would not send it */
	RELAY_DROPS,
};

/* relay_drop_name() - in a word, for tables and metrics: "form", "mac1" ... */
const char *relay_drop_name(enum relay_drop drop);

/* enum relay_end - why the table ended a relay */
enum relay_end {
	RELAY_END_LIFETIME,
	RELAY_END_IDLE,
};

/* relay_end_name() - "lifetime", "idle" */
const char *relay_end_name(enum relay_end end);

/**
 * struct relay_limits_conf - what relays may take; 0 is no limit
 * @max: relays at once, besides what the ports allow
 * @max_per_owner: of one UE
 * @bytes_s: each side of each relay, UDP payload
 * @packets_s: likewise; held only while the process forwards
 * @idle_s: nothing forwarded for so long: ended
 */
struct relay_limits_conf {
	unsigned int max;
	unsigned int max_per_owner;
	uint64_t bytes_s;
	uint64_t packets_s;
	uint32_t idle_s;
};

/* What prosefd.conf(5) has if nothing is said */
#define RELAY_LIMITS_DEFAULT	\
	((struct relay_limits_conf){ 0, 8, 12500000, 20000, 60 })

/**
 * struct relays_conf - of all relays; host byte order for ports
 * @listen4: this host's address that the ports are opened on; INADDR_ANY: no IPv4
 * @listen6: likewise; in6addr_any: no IPv6
 * @public4: what UEs are told instead of @listen4, where a 1:1 NAT is in front;
 *	     INADDR_ANY: the same
 * @public6: likewise
 * @port_min: first port of the range; two are taken by each relay
 * @port_max: last port
 * @fast: let the kernel forward where it may
 * @limits: of each
 */
struct relays_conf {
	struct in_addr listen4;
	struct in6_addr listen6;
	struct in_addr public4;
	struct in6_addr public6;
	uint16_t port_min;
	uint16_t port_max;
	bool fast;
	struct relay_limits_conf limits;
};

/**
 * struct relay_state - all that a restart needs; plain, to be stored field by field
 * @port: of each side, host byte order, the same on IPv4 and IPv6
 * @wg_key: public key of the UE of each side
 * @latch: source of each side; AF_UNSPEC: none yet
 * @ends: CLOCK_REALTIME, seconds
 */
struct relay_state {
	uint16_t port[RELAY_SIDES];
	uint8_t wg_key[RELAY_SIDES][PF_WG_KEY_LEN];
	struct sockaddr_storage latch[RELAY_SIDES];
	int64_t ends;
};

/**
 * struct relay_counters - since the relay was opened or restored
 * @packets: forwarded from that side to the other, by the process and by the kernel
 * @bytes: likewise, UDP payload
 * @drop: enum relay_drop, what came in on that side
 *
 * The kernel's part is read every some seconds.
 */
struct relay_counters {
	uint64_t packets[RELAY_SIDES];
	uint64_t bytes[RELAY_SIDES];
	uint64_t drop[RELAY_SIDES][RELAY_DROPS];
};

/* struct relays - all relays of the process */
struct relays;
/* struct relay - one */
struct relay;

/**
 * struct relay_ops - what the table tells. All are called from the loop, never from
 * within a function of this header
 * @latched: a side has latched, or on another source: store relay_state(). It must not
 *	     close the relay
 * @ended: the relay is over; it is freed when this returns, so relay_close() must not
 *	   be called for it
 */
struct relay_ops {
	void (*latched)(struct relay *relay, enum relay_side side, void *data);
	void (*ended)(struct relay *relay, enum relay_end end, void *data);
};

/**
 * relays_open() - begin. Relays of before go on in the kernel until relays_settle()
 * @relays: the result
 * @event: the loop
 * @conf: copied
 * @ops: what is told; must outlive the relays
 *
 * Return: 0, -EINVAL for a configuration without an address or ports, or another
 * negative errno value. That the kernel cannot forward is logged once and no failure.
 */
int relays_open(struct relays **relays, sd_event *event,
		const struct relays_conf *conf, const struct relay_ops *ops);

/* relays_settle() - all relays that are to go on have been restored: what the kernel
 * has of others ends now. To be called once after relays_open()
 */
void relays_settle(struct relays *relays);

/* relays_close() - closes all relays, without a word to the ops. @keep: what the kernel
 * forwards goes on, for the next process. NULL is fine
 */
void relays_close(struct relays *relays, bool keep);

/**
 * relay_open() - two ports for a pair of UEs
 * @relay: the result
 * @relays: the table
 * @owner: EPUID of the UE whose quota it counts for; copied
 * @wg_key: public key of the UE of each side
 * @window_s: lifetime (Time-Window)
 * @data: for the ops
 *
 * Return: 0, -EDQUOT: @owner has enough, -ENOSPC: no ports or too many relays, or
 * another negative errno value.
 */
int relay_open(struct relay **relay, struct relays *relays, const char *owner,
	       const uint8_t wg_key[RELAY_SIDES][PF_WG_KEY_LEN], uint32_t window_s,
	       void *data);

/**
 * relay_restore() - a relay of before, with the same ports and latches
 * @relay: the result
 * @relays: the table
 * @owner: as in relay_open()
 * @state: as relay_state() gave it
 * @data: for the ops
 *
 * No quota applies. Return: 0, -ETIME: its lifetime is over, -EINVAL: no such ports,
 * -EADDRINUSE, or another negative errno value.
 */
int relay_restore(struct relay **relay, struct relays *relays, const char *owner,
		  const struct relay_state *state, void *data);

/* relay_close() - at once, without a word to the ops */
void relay_close(struct relay *relay);

/**
 * relay_address() - what the UE of a side is told
 * @relay: the relay
 * @side: whose
 * @family: AF_INET or AF_INET6
 * @addr: the result; AF_UNSPEC if there is none of that family
 */
void relay_address(const struct relay *relay, enum relay_side side, int family,
		   struct sockaddr_storage *addr);

void relay_state(const struct relay *relay, struct relay_state *state);
void relay_counters(const struct relay *relay, struct relay_counters *counters);

/* relay_is_fast() - does the kernel forward? */
bool relay_is_fast(const struct relay *relay);
const char *relay_owner(const struct relay *relay);
void *relay_data(const struct relay *relay);

/* relays_next() - the first relay for NULL, then the one after @relay, NULL at the end.
 * In the order of their being opened
 */
struct relay *relays_next(const struct relays *relays, const struct relay *relay);

/* relays_totals() - of all relays, those that are over included */
void relays_totals(const struct relays *relays, struct relay_counters *counters);

#endif /* _SIDESTEP_RELAY_H */
