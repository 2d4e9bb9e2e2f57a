/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * function_ends: two functions, each a process of its own, and UEs that speak with them over
 * DTLS. They are all on one host
 */
#ifndef _SELFTESTS_FUNCTION_ENDS_H
#define _SELFTESTS_FUNCTION_ENDS_H

#include "ktap.h"
#include "../../userspace/common/coaps.h"
#include "../../userspace/common/pf_msg.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define A "a.example"
#define B "b.example"

enum ends_numbers {
	DAEMONS = 2,
	UES = 3,
	WAIT_MS = 8000,
	/* A function that has gone is missed, and found again. */
	AGAIN_MS = 20000,
};

/* struct daemon - a function; @last, @peer_last: of its address, and the other one's */
struct daemon {
	const char *name, *peer;
	unsigned int last, peer_last;
	pid_t pid;
	unsigned int window_s;
	const char *more;
};

/**
 * struct ue - one, or a rogue
 * @file: of its certificate
 * @ca: who vouches for those whom it asks
 * @last: of the address of whom it asks
 * @connects, @releases: orders
 * @connect: the last one
 * @released: releases before it
 * @told: of candidates
 * @theirs: the last ones
 * @offers: of the function
 * @offer: the last one
 */
struct ue {
	const char *epuid, *file, *ca, *function;
	unsigned int last;
	in_port_t port;
	struct coaps *coaps;
	struct coaps_assoc *assoc;
	unsigned int up, gone, connects, releases, bad;
	struct pf_order connect;
	unsigned int released;
	unsigned int told;
	struct pf_candidates theirs;
	unsigned int offers;
	struct pf_agreement offer;
	uint64_t ordered_ns;
	uint32_t agreement, version, seq;
};

/* struct said - what a request came to */
struct said {
	unsigned int n, code;
	uint8_t body[COAPS_MAX_BODY];
	size_t len;
};

extern sd_event *event;
extern struct daemon daemons[DAEMONS];
extern struct ue ues[UES];
extern struct said said;

#define UE_A (&ues[0])
#define UE_B (&ues[1])
#define UE_C (&ues[2])

/* ends_begin() - functions and UEs. false: it was said that the test is skipped */
bool ends_begin(void);
void ends_finish(void);

/* ends_path() - a file of theirs */
const char *ends_path(const char *name);

void daemon_begin(struct daemon *d);
void daemon_kill(struct daemon *d);

/* restart() - it is killed, and that UE comes again */
void restart(struct daemon *d, struct ue *ue);

/* run_until() - *@what has come to @value in so many ms */
bool run_until(const unsigned int *what, unsigned int value, unsigned int ms);
void run_for(unsigned int ms);

/* --- what they are asked: codes of responses, 0: none ---------------------- */

struct coaps_message message(unsigned int method, const char *path, const uint8_t *body,
			     size_t len);
unsigned int send_it(struct ue *ue, const struct coaps_message *request);
unsigned int ask(struct ue *ue, unsigned int method, const char *path, const uint8_t *body,
		 size_t len);

/* path_of() - @format gets the EPUID and the number */
const char *path_of(const struct ue *ue, const char *format, unsigned int number);

void ue_open(struct ue *ue);

/* ue_connect() - anew, if it is connected. The other end may have to begin first */
bool ue_connect(struct ue *ue);
unsigned int ue_register(struct ue *ue);

/* ue_register_as() - @session: that it says it has; NULL: none */
unsigned int ue_register_as(struct ue *ue, uint64_t boot, const char *session);
uint8_t key_of(const struct ue *ue);

/* ue_offer_terms() - @terms: window, interval and triggers */
unsigned int ue_offer_terms(struct ue *ue, const struct ue *peer,
			    const struct pf_agreement *terms);
unsigned int ue_offer(struct ue *ue, const struct ue *peer);
unsigned int ue_confirm(struct ue *ue);
unsigned int ue_report_doc(struct ue *ue, const struct pf_report *doc);
unsigned int ue_report_as(struct ue *ue, enum pf_decision decision, uint32_t seq);
unsigned int ue_report_signal(struct ue *ue, enum pf_decision decision, int32_t mbm);
unsigned int ue_report(struct ue *ue, enum pf_decision decision);
size_t ue_sessions(struct ue *ue, struct pf_sessions *doc);

/* candidate() - it names one address */
unsigned int candidate(struct ue *ue, const char *session, uint32_t address);

/* rogue_asks() - for an assist, as a function does */
unsigned int rogue_asks(struct ue *rogue, const char *session, const char *requesting,
			const char *targeted);

/* --- what several tests do ------------------------------------------------- */

/* comes_to() - the UE has so many sessions, at last */
bool comes_to(struct ue *ue, size_t n);
void agree(struct ue *ue, const struct ue *peer);
void forget_orders(void);

/* expect_pair() - what both were ordered last fits together */
void expect_pair(const struct ue *asks, const struct ue *other);
void go_home(struct ue *asks, struct ue *other);

#endif /* _SELFTESTS_FUNCTION_ENDS_H */
