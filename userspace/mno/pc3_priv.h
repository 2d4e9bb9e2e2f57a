/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pc3_priv: what the files of pc3 share
 */
#ifndef _SIDESTEP_PC3_PRIV_H
#define _SIDESTEP_PC3_PRIV_H

#include "function.h"

enum pc3_limits {
	PC3_SEGMENTS = 6,
};

/**
 * struct pc3_ask - a request while it is worked on
 * @segment: of its path, @n of them
 * @changed: an agreement that is changed, @before: what it was, with @before.subscriber
 *	     NULL if it was not there
 */
struct pc3_ask {
	struct function *f;
	struct coaps_assoc *assoc;
	struct subscriber *subscriber;
	const struct coaps_message *request;
	struct coaps_message *response;
	char path[COAPS_PATH_SIZE];
	char *segment[PC3_SEGMENTS];
	unsigned int n;
	struct agreement *changed;
	struct agreement before;
};

/* pc3_answer() - @len bytes of coaps_body() */
void pc3_answer(struct pc3_ask *ask, unsigned int code, size_t len);

/* pc3_offer_all() - to a UE that is there: what it has not confirmed, the function's own
 * offers and answers that were lost
 */
void pc3_offer_all(struct subscriber *s);

/* What is asked of agreements and under them; the response is filled in. */
void pc3_offer(struct pc3_ask *ask);
void pc3_put_agreement(struct pc3_ask *ask);
void pc3_delete_agreement(struct pc3_ask *ask);
void pc3_report(struct pc3_ask *ask);

#endif /* _SIDESTEP_PC3_PRIV_H */
