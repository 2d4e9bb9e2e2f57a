/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_words: the kernel's rules, an order, and times, as tests of a session and its function
 * need them
 */
#ifndef _SELFTESTS_MNO_WORDS_H
#define _SELFTESTS_MNO_WORDS_H

#include "../../userspace/ue/mno_trigger.h"

#include <netinet/in.h>
#include <string.h>

#define MS 1000000ull
#define SECOND (1000 * MS)
#define PEER "ue-b@b.example"

static inline void rule_put(struct session_rule *rule, unsigned int attr, int32_t value)
{
	rule->has |= 1u << attr;
	rule->value[attr] = value;
}

/* The defaults of the kernel. */
static inline void default_rules(struct session_rule rule[SIDESTEP_DECISION_MAX + 1])
{
	static const int32_t threshold[] = { -6700, -7300, -8200 };
	static const int32_t loss[] = { 100, 200, 500 };

	memset(rule, 0, (SIDESTEP_DECISION_MAX + 1) * sizeof(*rule));
	for (int i = 0; i <= SIDESTEP_DECISION_MAX; i++) {
		rule[i].decision = i;
		rule_put(&rule[i], SIDESTEP_RULE_A_THRESHOLD_MBM, threshold[i]);
		rule_put(&rule[i], SIDESTEP_RULE_A_LOSS_PERMILLE, loss[i]);
		rule_put(&rule[i], SIDESTEP_RULE_A_RTT_US, SIDESTEP_TRIGGER_OFF);
		rule_put(&rule[i], SIDESTEP_RULE_A_HYSTERESIS_MDB, 1000);
		rule_put(&rule[i], SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS, 160);
	}
}

/* As the kernel takes what it is told. */
static inline void apply(struct session_rule *kernel, const struct session_rule *said)
{
	for (int i = 0; i <= SIDESTEP_DECISION_MAX; i++)
		for (unsigned int attr = 0; attr <= SIDESTEP_RULE_A_MAX; attr++)
			if (said[i].has & 1u << attr)
				kernel[i].value[attr] = said[i].value[attr];
}

static inline const struct pf_trigger *find(const struct pf_trigger *trigger, size_t n,
					    uint32_t type)
{
	static const struct pf_trigger none;

	for (size_t i = 0; i < n; i++)
		if (trigger[i].type == type)
			return &trigger[i];
	return &none;
}

static inline struct pf_order connect_order(bool initiator)
{
	struct pf_order order = {
		.kind = PF_ORDER_CONNECT, .session = "a.example/7", .agreement = 7,
		.version = 3, .peer = PEER, .initiator = initiator,
		.peer_key = { 1 }, .check_key = { 2 }, .valid_s = 60,
	};

	*(struct sockaddr_in *)&order.relay = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(7),
		.sin_addr = { htonl(0xcb007107) },
	};
	return order;
}

#endif /* _SELFTESTS_MNO_WORDS_H */
