/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange_end: ends of the exchange on two hosts, and what they were told
 */
#ifndef _SELFTESTS_EXCHANGE_END_H
#define _SELFTESTS_EXCHANGE_END_H

#include "hosts.h"
#include "../../userspace/ue/exchange.h"

enum end_limits {
	END_WAIT_S = 15,
	END_KEYS = 3,
};

/**
 * enum end_op - which of the ops
 */
enum end_op {
	END_NONE,
	END_OFFER,
	END_OFFERED,
	END_GONE,
	END_FAILED,
};

/**
 * struct end - one peer of one host
 * @host: where it is
 * @exchange: of that host
 * @peer: the other one; NULL when it was freed
 * @silent: it has nothing to offer
 * @version: of what it offers
 * @serial: it is in the offer
 * @deletes: the op that deletes @peer
 * @asked: calls of the op offer
 * @offered: likewise
 * @gone: likewise
 * @failed: likewise
 * @offer: the peer's last
 * @keys: of the last connection
 * @from: where the peer was
 * @why: of the last op gone or failed
 */
struct end {
	unsigned int host;
	struct exchange *exchange;
	struct exchange_peer *peer;
	bool silent;
	unsigned int version;
	uint32_t serial;
	enum end_op deletes;
	unsigned int asked;
	unsigned int offered;
	unsigned int gone;
	unsigned int failed;
	struct offer offer;
	struct exchange_keys keys;
	struct sockaddr_in6 from;
	char why[160];
};

extern const struct exchange_ops end_ops;
extern sd_event *end_event;

/* In order: that of host 0, a stranger's, that of host 1 */
extern struct hostkey end_key[END_KEYS];

/* On host 0, which connects, and on host 1; on the first link */
extern struct end a, b;

/* UNTIL() - runs the loop until @holds, which is expected in time */
#define UNTIL(holds) ({ \
	double deadline = end_now_s() + END_WAIT_S; \
	bool is_so; \
	do { \
		is_so = (holds); \
	} while (!is_so && end_go_on() && end_now_s() < deadline); \
	ktap_expect(is_so, __LINE__, "%s", #holds); })

/* end_begin() - false: it was said that the test is skipped */
bool end_begin(void);
void end_finish(void);

double end_now_s(void);

/* end_go_on() - a round of the loop */
bool end_go_on(void);

/* end_settle() - all that was to happen has happened */
void end_settle(void);

void end_open(struct end *end, unsigned int host, const struct hostkey *own,
	      const struct hostkey *peer);

/* end_add() - another peer where @to is */
void end_add(struct end *end, struct end *to, const struct hostkey *peer, unsigned int link);

/* end_open_both() - a and b, as they should be */
void end_open_both(void);
void end_close_both(void);

/* end_connect() - a has heard b's hello */
void end_connect(void);

/* end_sample() - a good offer */
void end_sample(struct offer *offer, unsigned int version, uint32_t serial);

/* end_serial() - what is in an offer */
uint32_t end_serial(const struct offer *offer);

#endif /* _SELFTESTS_EXCHANGE_END_H */
