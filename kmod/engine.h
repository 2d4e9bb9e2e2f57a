/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_ENGINE_H
#define _SIDESTEP_ENGINE_H

#include <linux/spinlock.h>

#include "trigger.h"
#include "words.h"

enum sidestep_engine_limits {
	/* Probes that a loss is measured over. */
	SIDESTEP_LOSS_WINDOW = 20,
};

/**
 * struct sidestep_engine - the trigger engine of a session, with its clock
 * @lock: protects all; innermost, taken with bottom halves off
 * @trigger: the engine itself
 * @lost: by enum sidestep_path: the last probes, a bit each, set if lost
 * @known: by enum sidestep_path: how many of these there were
 * @decisions: how many were made
 */
struct sidestep_engine {
	spinlock_t		lock; /* protects all */
	struct sidestep_trigger	trigger;
	u32			lost[SIDESTEP_PATH_MAX + 1];
	unsigned int		known[SIDESTEP_PATH_MAX + 1];
	u64			decisions;
};

/**
 * struct sidestep_engine_view - what an engine knows and thinks
 * @config: the rules
 * @stage: enum sidestep_decision, the one that holds
 * @measured: by enum sidestep_path and enum sidestep_quantity
 * @link: by enum sidestep_path: enum sidestep_link
 * @reason: the last decision in words; empty if there was none
 * @ordered: the helper has given an order
 * @order_id: the id of its last one
 */
struct sidestep_engine_view {
	struct sidestep_trigger_config	config;
	u8				stage;
	struct sidestep_measured
		measured[SIDESTEP_PATH_MAX + 1][SIDESTEP_QUANTITIES];
	u8				link[SIDESTEP_PATH_MAX + 1];
	char				reason[SIDESTEP_WORDS_LEN];
	bool				ordered;
	u64				order_id;
};

struct sidestep_session;

void sidestep_engine_init(struct sidestep_session *session);
void sidestep_engine_reset(struct sidestep_session *session);
void sidestep_engine_patient(struct sidestep_session *session, bool patient);
void sidestep_engine_configure(struct sidestep_session *session,
			       const struct sidestep_trigger_config *config);
int sidestep_engine_measure(struct sidestep_session *session,
			    unsigned int path, unsigned int quantity,
			    s32 value, u64 at, const char **why);
int sidestep_engine_order(struct sidestep_session *session,
			  const struct sidestep_trigger_order *order,
			  const char **why);
void sidestep_engine_sent(struct sidestep_session *session, unsigned int path);
void sidestep_engine_asked(struct sidestep_session *session,
			   unsigned int path);
void sidestep_engine_answered(struct sidestep_session *session,
			      unsigned int path, u64 rtt);
void sidestep_engine_lost(struct sidestep_session *session, unsigned int path);
void sidestep_engine_away(struct sidestep_session *session, unsigned int path);
void sidestep_engine_heard(struct sidestep_session *session, u32 packets);
void sidestep_engine_forget(struct sidestep_session *session,
			    unsigned int path);
void sidestep_engine_tick(struct sidestep_session *session,
			  struct sidestep_trigger_verdict *verdict);
void sidestep_engine_view(struct sidestep_session *session,
			  struct sidestep_engine_view *view);

#endif /* _SIDESTEP_ENGINE_H */
