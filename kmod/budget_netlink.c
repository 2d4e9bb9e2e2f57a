// SPDX-License-Identifier: GPL-2.0
/*
 * What netlink messages say of a session's budget, and what the paths have cost.
 */
#include <net/genetlink.h>

#include "budget_netlink.h"
#include "session.h"

enum {
	/* So that bulk, which has half of it, can send a packet train. */
	BURST_MIN = 2 * 65536,
};

const struct nla_policy sidestep_budget_policy[SIDESTEP_BUDGET_A_MAX + 1] = {
	[SIDESTEP_BUDGET_A_RATE] = { .type = NLA_U32 },
	[SIDESTEP_BUDGET_A_BURST] = { .type = NLA_U32 },
	[SIDESTEP_BUDGET_A_DAY] = { .type = NLA_U64 },
};

/**
 * sidestep_budget_parse() - take the limits of a netlink message
 * @limits: those so far; what the message does not say stays
 * @info: the message
 *
 * Return: 0 or a negative error, with an extack text.
 */
int sidestep_budget_parse(struct sidestep_budget_limits *limits,
			  struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[SIDESTEP_A_BUDGET];
	struct nlattr *tb[SIDESTEP_BUDGET_A_MAX + 1];
	int err;

	if (!attr)
		return 0;
	err = nla_parse_nested(tb, SIDESTEP_BUDGET_A_MAX, attr,
			       sidestep_budget_policy, info->extack);
	if (err)
		return err;
	if (tb[SIDESTEP_BUDGET_A_RATE])
		limits->rate = nla_get_u32(tb[SIDESTEP_BUDGET_A_RATE]);
	if (tb[SIDESTEP_BUDGET_A_BURST])
		limits->burst = nla_get_u32(tb[SIDESTEP_BUDGET_A_BURST]);
	if (tb[SIDESTEP_BUDGET_A_DAY])
		limits->day = nla_get_u64(tb[SIDESTEP_BUDGET_A_DAY]);
	if (tb[SIDESTEP_BUDGET_A_BURST] && limits->burst < BURST_MIN) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[SIDESTEP_BUDGET_A_BURST],
				    "budget: a burst is 131072 bytes or more");
		return -EINVAL;
	}
	if (limits->rate && !limits->burst) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[SIDESTEP_BUDGET_A_RATE],
				    "budget: a rate needs a burst");
		return -EINVAL;
	}
	return 0;
}

static int put_u64(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, SIDESTEP_BUDGET_A_PAD);
}

/**
 * sidestep_budget_put() - say the limits, and what this day has cost
 * @msg: the message
 * @session: the session
 * @limits: its limits
 *
 * Return: 0 or -EMSGSIZE.
 */
int sidestep_budget_put(struct sk_buff *msg, struct sidestep_session *session,
			const struct sidestep_budget_limits *limits)
{
	struct nlattr *nest = nla_nest_start(msg, SIDESTEP_A_BUDGET);

	if (!nest ||
	    nla_put_u32(msg, SIDESTEP_BUDGET_A_RATE, limits->rate) ||
	    nla_put_u32(msg, SIDESTEP_BUDGET_A_BURST, limits->burst) ||
	    put_u64(msg, SIDESTEP_BUDGET_A_DAY, limits->day) ||
	    put_u64(msg, SIDESTEP_BUDGET_A_DAY_SPENT,
		    sidestep_allowance_spent(&session->allowance)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * sidestep_budget_put_spent() - say what the bytes sent on a path were for
 * @msg: the message, in the path's nest
 * @sum: the session's counts
 * @path: enum sidestep_path
 *
 * Return: 0 or -EMSGSIZE.
 */
int sidestep_budget_put_spent(struct sk_buff *msg,
			      const struct sidestep_sum *sum,
			      unsigned int path)
{
	static const int attrs[SIDESTEP_SPENT_KINDS] = {
		[SIDESTEP_SPENT_ALONE] = SIDESTEP_PATH_A_TX_ALONE_BYTES,
		[SIDESTEP_SPENT_COPY] = SIDESTEP_PATH_A_TX_COPY_BYTES,
		[SIDESTEP_SPENT_SWITCH] = SIDESTEP_PATH_A_TX_SWITCH_BYTES,
		[SIDESTEP_SPENT_PROBE] = SIDESTEP_PATH_A_TX_PROBE_BYTES,
	};
	unsigned int kind;
	int err = 0;

	for (kind = 0; kind < SIDESTEP_SPENT_KINDS && !err; kind++)
		err = nla_put_u64_64bit(msg, attrs[kind],
					sum->spent[path][kind],
					SIDESTEP_PATH_A_PAD);
	return err;
}
