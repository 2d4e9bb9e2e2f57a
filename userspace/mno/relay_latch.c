// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay_latch.h"

#include <string.h>

static const uint64_t second_ns = 1000000000;

bool relay_same_source(const struct sockaddr_storage *a,
		       const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port &&
		       a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a->ss_family == AF_INET6 && a6->sin6_port == b6->sin6_port &&
	       a6->sin6_scope_id == b6->sin6_scope_id &&
	       !memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr));
}

/* --- sources -------------------------------------------------------------- */

static bool is_latch(const struct relay_port *port, const struct relay_source *source)
{
	return source == &port->latch;
}

/* May others take the latched source's place, without its peer's word? */
static bool is_open(const struct relay_port *port, uint64_t now_ns)
{
	return !port->latch.addr.ss_family ||
	       now_ns - port->latch.heard_ns >= RELAY_SILENT_S * second_ns;
}

static struct relay_source *find(struct relay_port *port,
				 const struct sockaddr_storage *addr)
{
	if (relay_same_source(&port->latch.addr, addr))
		return &port->latch;
	for (size_t i = 0; i < RELAY_CANDIDATES; i++)
		if (relay_same_source(&port->candidate[i].addr, addr))
			return &port->candidate[i];
	return NULL;
}

/* In the place of the one that was heard the longest time ago, or never. */
static struct relay_source *new_candidate(struct relay_port *port,
					  const struct sockaddr_storage *addr)
{
	struct relay_source *oldest = port->candidate;

	for (size_t i = 1; i < RELAY_CANDIDATES; i++)
		if (port->candidate[i].heard_ns < oldest->heard_ns)
			oldest = &port->candidate[i];
	*oldest = (struct relay_source){ .addr = *addr };
	return oldest;
}

static bool has_sent(const struct relay_source *source, uint32_t index)
{
	uint32_t n = source->n_index < RELAY_INDICES ? source->n_index : RELAY_INDICES;

	for (uint32_t i = 0; i < n; i++)
		if (source->index[i] == index)
			return true;
	return false;
}

/* Who has sent the initiation with that index? */
static struct relay_source *find_index(struct relay_port *port, uint32_t index)
{
	if (has_sent(&port->latch, index))
		return &port->latch;
	for (size_t i = 0; i < RELAY_CANDIDATES; i++)
		if (has_sent(&port->candidate[i], index))
			return &port->candidate[i];
	return NULL;
}

static bool too_many(struct relay_port *port, uint64_t now_ns)
{
	uint64_t second = now_ns / second_ns;

	if (port->second != second) {
		port->second = second;
		port->candidate_heard = 0;
	}
	return port->candidate_heard++ >= RELAY_CANDIDATES_A_SECOND;
}

/* --- what is sent to whom ------------------------------------------------- */

static void send_to(struct relay_verdict *verdict, const struct relay_source *source)
{
	verdict->to[verdict->n_to++] = &source->addr;
}

static void keep(struct relay_port *port, const uint8_t *buf)
{
	memcpy(port->kept, buf, WG_INITIATION_LEN);
	port->has_kept = true;
}

/* An initiation: to who may be the peer. */
static void offer(struct relay_port *out, const uint8_t *buf, uint64_t now_ns,
		  struct relay_verdict *verdict)
{
	if (out->latch.addr.ss_family)
		send_to(verdict, &out->latch);
	if (is_open(out, now_ns))
		for (size_t i = 0; i < RELAY_CANDIDATES; i++) {
			struct relay_source *candidate = &out->candidate[i];

			if (!candidate->credit)
				continue;
			candidate->credit--;
			send_to(verdict, candidate);
		}
	if (!verdict->n_to)
		keep(out, buf);
}

/* What was kept, to the first who comes: @source has earned it just now. */
static void give_kept(struct relay_port *port, struct relay_source *source,
		      struct relay_verdict *verdict)
{
	if (!port->has_kept)
		return;
	port->has_kept = false;
	if (!is_latch(port, source))
		source->credit--;
	verdict->give_kept = true;
}

static void initiation(struct relay_port *in, struct relay_port *out,
		       struct relay_source *source, const uint8_t *buf,
		       uint64_t now_ns, struct relay_verdict *verdict)
{
	source->index[source->n_index++ % RELAY_INDICES] = wg_sender(buf);
	give_kept(in, source, verdict);
	offer(out, buf, now_ns, verdict);
}

/* latch - if @source is a candidate; all others are forgotten. Return: was it one? */
static bool latch(struct relay_port *port, const struct relay_source *source)
{
	if (is_latch(port, source))
		return false;
	port->latch = *source;
	memset(port->candidate, 0, sizeof(port->candidate));
	port->has_kept = false;
	return true;
}

/* find_asker - who has sent what @source answers? */
static struct relay_source *find_asker(const struct relay_port *in,
				       const struct relay_source *source,
				       struct relay_port *out, uint32_t index)
{
	struct relay_source *asker = find_index(out, index);

	/* A process before this one, or the kernel, may have forwarded it. */
	if (!asker && is_latch(in, source) && out->latch.addr.ss_family)
		return &out->latch;
	return asker;
}

/* Is the answer proof? See relay.h. */
static bool is_proof(const struct relay_port *in, const struct relay_source *source,
		     const struct relay_port *out, const struct relay_source *asker,
		     uint64_t now_ns)
{
	return is_latch(in, source) || is_latch(out, asker) ||
	       (is_open(in, now_ns) && is_open(out, now_ns));
}

static void response(struct relay_port port[RELAY_SIDES], enum relay_side side,
		     struct relay_source *source, const uint8_t *buf, uint64_t now_ns,
		     struct relay_verdict *verdict)
{
	struct relay_port *in = &port[side], *out = &port[!side];
	struct relay_source *asker = find_asker(in, source, out, wg_receiver(buf));

	if (!asker || !is_proof(in, source, out, asker, now_ns)) {
		verdict->drop = RELAY_DROP_ANSWER;
		return;
	}
	verdict->latched[side] = latch(in, source);
	verdict->latched[!side] = latch(out, asker);
	send_to(verdict, &out->latch);
}

/* A responder under load; it names what it answers, but has no mac1. */
static void cookie(struct relay_port *in, struct relay_port *out,
		   const struct relay_source *source, const uint8_t *buf,
		   uint64_t now_ns, struct relay_verdict *verdict)
{
	struct relay_source *asker = find_asker(in, source, out, wg_receiver(buf));

	if (!is_latch(in, source) && too_many(in, now_ns)) {
		verdict->drop = RELAY_DROP_CANDIDATE;
	} else if (!asker || (!is_latch(out, asker) && !asker->credit)) {
		verdict->drop = RELAY_DROP_ANSWER;
	} else {
		asker->credit -= !is_latch(out, asker);
		send_to(verdict, asker);
	}
}

/* --- the kinds of datagrams ----------------------------------------------- */

static void handshake(struct relay_port port[RELAY_SIDES], enum relay_side side,
		      const struct sockaddr_storage *from, const uint8_t *buf,
		      size_t len, uint64_t now_ns, struct relay_verdict *verdict)
{
	struct relay_port *in = &port[side];
	struct relay_source *source;

	if (!wg_mac1_good(&in->mac1, buf, len)) {
		verdict->drop = RELAY_DROP_MAC1;
		return;
	}
	source = find(in, from);
	if ((!source || !is_latch(in, source)) && too_many(in, now_ns)) {
		verdict->drop = RELAY_DROP_CANDIDATE;
		return;
	}
	if (!source)
		source = new_candidate(in, from);
	source->heard_ns = now_ns;
	if (source->credit < RELAY_MAX_CREDIT)
		source->credit++;
	if (wg_kind(buf, len) == WG_INITIATION)
		initiation(in, &port[!side], source, buf, now_ns, verdict);
	else
		response(port, side, source, buf, now_ns, verdict);
}

static void other(struct relay_port port[RELAY_SIDES], enum relay_side side,
		  const struct sockaddr_storage *from, const uint8_t *buf,
		  enum wg_kind kind, uint64_t now_ns, struct relay_verdict *verdict)
{
	struct relay_port *in = &port[side], *out = &port[!side];
	struct relay_source *source = find(in, from);

	if (source && kind == WG_COOKIE) {
		cookie(in, out, source, buf, now_ns, verdict);
	} else if (source && is_latch(in, source) && out->latch.addr.ss_family) {
		source->heard_ns = now_ns;
		send_to(verdict, &out->latch);
	} else {
		verdict->drop = in->latch.addr.ss_family && out->latch.addr.ss_family ?
				RELAY_DROP_SOURCE : RELAY_DROP_UNLATCHED;
	}
}

void relay_latch_judge(struct relay_port port[RELAY_SIDES], enum relay_side in,
		       const struct sockaddr_storage *from, const uint8_t *buf,
		       size_t len, uint64_t now_ns, struct relay_verdict *verdict)
{
	enum wg_kind kind = wg_kind(buf, len);

	*verdict = (struct relay_verdict){ .drop = RELAY_DROPS };
	switch (kind) {
	case WG_INITIATION:
	case WG_RESPONSE:
		handshake(port, in, from, buf, len, now_ns, verdict);
		break;
	case WG_COOKIE:
	case WG_DATA:
		other(port, in, from, buf, kind, now_ns, verdict);
		break;
	default:
		verdict->drop = RELAY_DROP_FORM;
	}
}

void relay_latch_set(struct relay_port *port, const struct sockaddr_storage *source,
		     uint64_t now_ns)
{
	port->latch = (struct relay_source){ .addr = *source, .heard_ns = now_ns };
}
