/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * subscriber: UEs of this function, and what was agreed on with them
 */
#ifndef _SIDESTEP_SUBSCRIBER_H
#define _SIDESTEP_SUBSCRIBER_H

#include "../common/coaps.h"
#include "../common/pf_msg.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct function;
struct judge;
struct subscriber;

enum subscriber_limits {
	/* A registration, seconds. It is renewed at half of it. */
	SUBSCRIBER_LIFETIME_S = 600,
	SUBSCRIBER_AGREEMENTS = 16,
	/* Requests of one UE: so many a second, and so many at once. */
	SUBSCRIBER_RATE = 20,
	SUBSCRIBER_BURST = 100,
};

/**
 * struct agreement - what was agreed on for one pair of UEs
 * @doc: the UE's last offer as answered, or what it has confirmed
 * @confirmed: it is the UE's consent
 * @has_seq: there was a report, and @seq is that of the last one
 * @reported_ns: when it came
 * @decision: its
 * @judge: of the reports; NULL: there was none, or nothing is to be judged
 */
struct agreement {
	LIST_ENTRY(agreement) entry;
	struct subscriber *subscriber;
	struct pf_agreement doc;
	bool confirmed;
	bool has_seq;
	uint32_t seq;
	uint64_t reported_ns;
	enum pf_decision decision;
	struct judge *judge;
};

/**
 * struct subscriber - a UE
 * @sessions: in which it is a side
 * @is_new: there is something to tell, and it is in the function's list by @telling
 * @assoc: its association; NULL: none
 * @registered: and until @until_ns (CLOCK_BOOTTIME, as all of these)
 * @boot: of its helper
 * @tokens: requests that it may send at once, in thousandths
 * @filled_ns: when @tokens was right
 * @assists_tokens: likewise, assists that it may cause
 */
struct subscriber {
	LIST_ENTRY(subscriber) entry;
	STAILQ_ENTRY(subscriber) telling;
	bool is_new;
	struct function *function;
	char epuid[PF_ID_SIZE];
	struct coaps_assoc *assoc;
	bool registered;
	uint64_t since_ns, until_ns;
	uint64_t boot;
	uint64_t reports;
	uint64_t tokens, filled_ns;
	uint64_t assist_tokens, assist_filled_ns;
	LIST_HEAD(, agreement) agreements;
	LIST_HEAD(, assist_side_link) sessions;
	STAILQ_HEAD(, outgoing) outgoing;
};

/* struct subscribers - all of them; @tree is that of tsearch(3), by EPUID */
struct subscribers {
	LIST_HEAD(, subscriber) list;
	void *tree;
	unsigned int n;
};

struct subscriber *subscriber_find(struct function *f, const char *epuid);

/* subscriber_get() - likewise, made if it is not there. NULL: no memory */
struct subscriber *subscriber_get(struct function *f, const char *epuid);
void subscribers_free(struct function *f);

/* subscriber_gone() - it is not registered any more */
void subscriber_gone(struct subscriber *s);

/* subscriber_may() - does a bucket of @rate a minute, @burst at once, have one more? */
bool subscriber_may(uint64_t *tokens, uint64_t *filled_ns, unsigned int rate,
		    unsigned int burst);

/* agreement_find() - by its id, or NULL */
struct agreement *agreement_find(struct subscriber *s, uint32_t id);

/* agreement_about() - the one with that peer, confirmed or not, or NULL */
struct agreement *agreement_about(struct subscriber *s, const char *peer);

/* agreement_with() - the confirmed one with that peer, or NULL */
struct agreement *agreement_with(struct subscriber *s, const char *peer);

/* agreement_add() - NULL: no memory */
struct agreement *agreement_add(struct subscriber *s, const struct pf_agreement *doc,
				bool confirmed);

/* agreement_renew() - another version takes its place, to be confirmed */
void agreement_renew(struct agreement *agreement, const struct pf_agreement *doc);
void agreement_del(struct agreement *agreement);

#endif /* _SIDESTEP_SUBSCRIBER_H */
