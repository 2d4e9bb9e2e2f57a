// SPDX-License-Identifier: GPL-2.0
/*
 * Probes of the peer: its requests are answered, its answers measured, and its
 * good-bye heeded.
 */
#include <linux/skbuff.h>

#include "engine.h"
#include "probe.h"
#include "probe_packet.h"
#include "probe_path.h"
#include "probe_rx.h"
#include "rx.h"
#include "session.h"
#include "state.h"
#include "tag.h"

/* Answers in a second to requests that may be replayed. */
#define ANSWERS	100
/* How long after its good-bye the peer is looked for. */
#define AFTER_BYE (200 * NSEC_PER_MSEC)

/* Whether what may be a replayed request is to be answered. */
static bool answer_allowed(struct sidestep_session *session, u64 now)
{
	lockdep_assert_held(&session->probe_lock);
	if (now - session->probe_window >= NSEC_PER_SEC) {
		session->probe_window = now;
		session->probe_credit = ANSWERS;
	}
	if (!session->probe_credit)
		return false;
	session->probe_credit--;
	return true;
}

static void answer_send(struct sidestep_session *session,
			const struct sidestep_packet *packet,
			const struct sidestep_probe *request,
			const struct sidestep_flow *flow, bool fresh)
{
	struct sidestep_peer *peer;
	struct sidestep_probe probe;
	struct in6_addr addr;
	bool allowed;

	memcpy(&addr, flow->saddr, sizeof(addr));
	peer = sidestep_config_peer(packet->config, &addr);
	if (!peer || peer->via != peer)
		return;
	spin_lock(&session->probe_lock);
	allowed = fresh || answer_allowed(session, ktime_get_ns());
	if (allowed)
		sidestep_probe_fill(session, &probe, SIDESTEP_PROBE_ANSWER,
				    packet->path, be64_to_cpu(request->nonce));
	spin_unlock(&session->probe_lock);
	if (!allowed) {
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_LIMITED);
		return;
	}
	memcpy(&addr, flow->daddr, sizeof(addr));
	sidestep_probe_send(peer, packet->path, &probe, &addr);
}

/*
 * Takes over what a probe says, if it is newer than all before in the peer's
 * epoch. Returns whether it was.
 */
static bool news_take(struct sidestep_session *session,
		      const struct sidestep_tag *tag,
		      const struct sidestep_probe *probe)
{
	struct sidestep_rx *rx = &session->rx;
	u64 number = be64_to_cpu(probe->number);

	lockdep_assert_held(&rx->lock);
	if (be64_to_cpu(probe->epoch) != rx->peer_epoch ||
	    number <= rx->peer_number)
		return false;
	rx->peer_number = number;
	WRITE_ONCE(rx->peer_next, be64_to_cpu(probe->next_seq));
	sidestep_state_hint(session, sidestep_tag_wants(tag));
	return true;
}

/*
 * Returns whether a probe is newer than all before on its path in the peer's epoch: then
 * it is no replay, though news may have come sooner by the other path.
 */
static bool fresh_take(struct sidestep_rx *rx, unsigned int path,
		       const struct sidestep_probe *probe)
{
	u64 number = be64_to_cpu(probe->number);

	lockdep_assert_held(&rx->lock);
	if (be64_to_cpu(probe->epoch) != rx->peer_epoch ||
	    number <= rx->path_number[path])
		return false;
	rx->path_number[path] = number;
	return true;
}

static void request_rx(struct sidestep_session *session,
		       const struct sidestep_packet *packet,
		       const struct sidestep_probe *probe,
		       const struct sidestep_flow *flow)
{
	struct sidestep_rx *rx = &session->rx;
	bool stranger, fresh;

	spin_lock(&rx->lock);
	news_take(session, packet->tag, probe);
	fresh = fresh_take(rx, packet->path, probe);
	stranger = be64_to_cpu(probe->epoch) != rx->peer_epoch;
	spin_unlock(&rx->lock);
	answer_send(session, packet, probe, flow, fresh);
	if (fresh) {
		sidestep_engine_asked(session, packet->path);
		sidestep_probe_kick(session);
	}
	/* Only the answer to a question of our own can make it known, or ready. */
	if (stranger ||
	    (fresh && !READ_ONCE(session->path[packet->path].ready)))
		sidestep_probe_soon(session, packet->path);
}

static bool answer_match(struct sidestep_session *session, unsigned int path,
			 const struct sidestep_probe *probe)
{
	struct sidestep_path_info *p = &session->path[path];
	u64 now = ktime_get_ns(), sent_at, rtt = 0;

	spin_lock(&session->probe_lock);
	sent_at = sidestep_probe_path_take(p, be64_to_cpu(probe->nonce));
	if (sent_at) {
		if (sidestep_probe_path_measures(p, sent_at, now)) {
			rtt = now - sent_at;
			sidestep_probe_path_rtt(p, rtt);
		}
		p->heard_at = now;
		p->unanswered = 0;
		p->answered++;
	}
	spin_unlock(&session->probe_lock);
	if (!sent_at)
		return false;
	sidestep_engine_answered(session, path, rtt);
	sidestep_probe_kick(session);
	return true;
}

/* The peer can read our tags once it knows our epoch. */
static void answer_ready(struct sidestep_session *session, unsigned int path,
			 const struct sidestep_probe *probe)
{
	bool known = be64_to_cpu(probe->peer_epoch) == session->epoch;

	spin_lock(&session->probe_lock);
	sidestep_probe_path_ready(session, &session->path[path], known);
	spin_unlock(&session->probe_lock);
	if (!known)
		sidestep_probe_soon(session, path);
}

static void answer_rx(struct sidestep_session *session,
		      const struct sidestep_packet *packet,
		      const struct sidestep_probe *probe)
{
	struct sidestep_rx *rx = &session->rx;
	u64 epoch = be64_to_cpu(probe->epoch);
	bool begun;

	if (!epoch || !answer_match(session, packet->path, probe)) {
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_STALE);
		return;
	}
	spin_lock(&rx->lock);
	begun = rx->peer_epoch != epoch;
	if (begun)
		sidestep_rx_epoch(session, epoch, be64_to_cpu(probe->next_seq));
	news_take(session, packet->tag, probe);
	spin_unlock(&rx->lock);
	answer_ready(session, packet->path, probe);
	sidestep_probe_tune(session);
	/* By the other path, too, which may have been calm for long. */
	if (begun)
		sidestep_probe_now(session);
}

static void bye_rx(struct sidestep_session *session,
		   const struct sidestep_packet *packet,
		   const struct sidestep_probe *probe)
{
	struct sidestep_rx *rx = &session->rx;
	unsigned int path;
	bool news;

	spin_lock(&rx->lock);
	news = news_take(session, packet->tag, probe);
	if (news) {
		sidestep_rx_epoch(session, 0, SIDESTEP_FIRST_SEQ);
		sidestep_state_hint(session, SIDESTEP_ON_NONE);
	}
	spin_unlock(&rx->lock);
	if (!news) {
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_STALE);
		return;
	}
	spin_lock(&session->probe_lock);
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++) {
		struct sidestep_path_info *p = &session->path[path];

		/* An answer of that epoch may still be on its way. */
		memset(p->pending, 0, sizeof(p->pending));
		sidestep_probe_path_ready(session, p, false);
		sidestep_engine_forget(session, path);
		p->interval = 0;
		p->due_at = ktime_get_ns() + AFTER_BYE;
	}
	spin_unlock(&session->probe_lock);
	sidestep_probe_kick(session);
}

static void probe_handle(struct sidestep_session *session,
			 const struct sidestep_packet *packet,
			 const struct sidestep_probe *probe,
			 const struct sidestep_flow *flow)
{
	if (probe->path != packet->path) {
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_STALE);
		return;
	}
	switch (probe->type) {
	case SIDESTEP_PROBE_REQUEST:
		request_rx(session, packet, probe, flow);
		break;
	case SIDESTEP_PROBE_ANSWER:
		answer_rx(session, packet, probe);
		break;
	case SIDESTEP_PROBE_BYE:
		bye_rx(session, packet, probe);
		break;
	default:
		sidestep_count(session, SIDESTEP_COUNTER_PROBE_STALE);
	}
}

/**
 * sidestep_probe_rx() - receive a probe
 * @session: the session
 * @skb: the packet, at its IP header, consumed
 * @packet: what is known of it
 *
 * The caller holds the RCU read lock and has bottom halves off.
 */
void sidestep_probe_rx(struct sidestep_session *session, struct sk_buff *skb,
		       struct sidestep_packet *packet)
{
	enum sidestep_counter fault;
	struct sidestep_probe probe;
	struct sidestep_flow flow;

	fault = sidestep_probe_parse(skb, packet, &probe, &flow);
	if (fault) {
		sidestep_drop(session, skb, fault);
		return;
	}
	probe_handle(session, packet, &probe, &flow);
	consume_skb(skb);
}
