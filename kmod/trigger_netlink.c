// SPDX-License-Identifier: GPL-2.0
/*
 * What netlink messages say of the trigger engine, and what they tell it.
 */
#include <net/genetlink.h>

#include "engine.h"
#include "probe.h"
#include "session.h"
#include "state.h"
#include "trigger_netlink.h"

static const struct nla_policy rule_policy[SIDESTEP_RULE_A_MAX + 1] = {
	[SIDESTEP_RULE_A_DECISION] =
		NLA_POLICY_MAX(NLA_U8, SIDESTEP_DECISION_MAX),
	[SIDESTEP_RULE_A_THRESHOLD_MBM] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_LOSS_PERMILLE] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_RTT_US] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_HYSTERESIS_MDB] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_TIME_TO_TRIGGER_MS] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_HORIZON_MS] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_WINDOW_MS] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_INFRA_THRESHOLD_MBM] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_CONSECUTIVE_LOSS] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_N310] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_N311] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_T310_MS] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_T311_MS] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_HOLD_MS] = { .type = NLA_S32 },
	[SIDESTEP_RULE_A_MIN_STAY_MS] = { .type = NLA_S32 },
};

const struct nla_policy sidestep_trigger_policy[SIDESTEP_TRIGGER_A_MAX + 1] = {
	[SIDESTEP_TRIGGER_A_MODE] = { .type = NLA_S32 },
	[SIDESTEP_TRIGGER_A_FILTER_COEFFICIENT] = { .type = NLA_S32 },
	[SIDESTEP_TRIGGER_A_STALE_MS] = { .type = NLA_S32 },
	[SIDESTEP_TRIGGER_A_RULE] = NLA_POLICY_NESTED(rule_policy),
};

const struct nla_policy
sidestep_measurement_policy[SIDESTEP_MEASUREMENT_A_MAX + 1] = {
	[SIDESTEP_MEASUREMENT_A_PATH] = { .type = NLA_U8 },
	[SIDESTEP_MEASUREMENT_A_QUANTITY] = { .type = NLA_U8 },
	[SIDESTEP_MEASUREMENT_A_VALUE] = { .type = NLA_S32 },
	[SIDESTEP_MEASUREMENT_A_AT] = { .type = NLA_U64 },
};

/**
 * sidestep_trigger_put_path() - say what is known of a path
 * @msg: the message, in the path's nest
 * @view: of the engine
 * @path: enum sidestep_path
 *
 * Return: 0 or -EMSGSIZE, like all that follow.
 */
int sidestep_trigger_put_path(struct sk_buff *msg,
			      const struct sidestep_engine_view *view,
			      unsigned int path)
{
	const struct sidestep_measured *measured = view->measured[path];
	const struct sidestep_measured *signal =
		&measured[SIDESTEP_QUANTITY_SIGNAL];
	const struct sidestep_measured *loss =
		&measured[SIDESTEP_QUANTITY_LOSS];

	if (nla_put_u8(msg, SIDESTEP_PATH_A_LINK, view->link[path]) ||
	    (signal->known &&
	     nla_put_s32(msg, SIDESTEP_PATH_A_SIGNAL, signal->value)) ||
	    (loss->known &&
	     nla_put_u32(msg, SIDESTEP_PATH_A_LOSS, loss->value)))
		return -EMSGSIZE;
	return 0;
}

/**
 * sidestep_trigger_put_stage() - say what is decided, and why
 * @msg: the message
 * @view: of the engine
 *
 * Return: as said.
 */
int sidestep_trigger_put_stage(struct sk_buff *msg,
			       const struct sidestep_engine_view *view)
{
	if (nla_put_u8(msg, SIDESTEP_A_DECISION, view->stage) ||
	    (view->reason[0] &&
	     nla_put_string(msg, SIDESTEP_A_REASON, view->reason)) ||
	    (view->ordered &&
	     nla_put_u64_64bit(msg, SIDESTEP_A_ORDER_ID, view->order_id,
			       SIDESTEP_A_PAD)))
		return -EMSGSIZE;
	return 0;
}

static int put_fields(struct sk_buff *msg,
		      const struct sidestep_trigger_config *config,
		      unsigned int decision)
{
	const struct sidestep_trigger_field *field;
	unsigned int i;

	for (i = 0; (field = sidestep_trigger_field(decision, i)); i++)
		if (nla_put_s32(msg, field->attr,
				sidestep_trigger_get(config, decision, field)))
			return -EMSGSIZE;
	return 0;
}

static int put_rule(struct sk_buff *msg,
		    const struct sidestep_trigger_config *config,
		    unsigned int decision)
{
	struct nlattr *nest = nla_nest_start(msg, SIDESTEP_TRIGGER_A_RULE);

	if (!nest || nla_put_u8(msg, SIDESTEP_RULE_A_DECISION, decision) ||
	    put_fields(msg, config, decision))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * sidestep_trigger_put_config() - say the rules
 * @msg: the message
 * @config: the rules
 *
 * Return: as said.
 */
int sidestep_trigger_put_config(struct sk_buff *msg,
				const struct sidestep_trigger_config *config)
{
	struct nlattr *nest = nla_nest_start(msg, SIDESTEP_A_TRIGGER);
	unsigned int decision;

	if (!nest || put_fields(msg, config, SIDESTEP_DECISIONS))
		return -EMSGSIZE;
	for (decision = 0; decision < SIDESTEP_DECISIONS; decision++)
		if (put_rule(msg, config, decision))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static const struct sidestep_trigger_field *field_of(unsigned int decision,
						     int attr)
{
	const struct sidestep_trigger_field *field;
	unsigned int i;

	for (i = 0; (field = sidestep_trigger_field(decision, i)); i++)
		if (field->attr == attr)
			return field;
	return NULL;
}

static void take_fields(struct sidestep_trigger_config *config,
			const struct nlattr *nest, unsigned int decision)
{
	const struct sidestep_trigger_field *field;
	const struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, nest, rem) {
		field = field_of(decision, nla_type(attr));
		if (field)
			sidestep_trigger_set(config, decision, field,
					     nla_get_s32(attr));
	}
}

static void take_trigger(struct sidestep_trigger_config *config,
			 const void *with)
{
	const struct nlattr *nest = with, *attr;
	int rem;

	take_fields(config, nest, SIDESTEP_DECISIONS);
	nla_for_each_nested(attr, nest, rem)
		if (nla_type(attr) == SIDESTEP_TRIGGER_A_RULE)
			take_fields(config, attr,
				    nla_get_u8(nla_find_nested(attr,
							       SIDESTEP_RULE_A_DECISION)));
}

/* Whether a field is of the decision that its rule names. */
static const char *rule_fault(const struct nlattr *rule)
{
	const struct nlattr *which =
		nla_find_nested(rule, SIDESTEP_RULE_A_DECISION), *attr;
	int rem;

	if (!which)
		return "trigger: a rule says not of which decision it is";
	nla_for_each_nested(attr, rule, rem)
		if (nla_type(attr) != SIDESTEP_RULE_A_DECISION &&
		    !field_of(nla_get_u8(which), nla_type(attr)))
			return "trigger: this decision has no such field";
	return NULL;
}

static const char *trigger_fault(const struct nlattr *nest)
{
	const struct nlattr *attr;
	const char *why = NULL;
	int rem;

	nla_for_each_nested(attr, nest, rem)
		if (!why && nla_type(attr) == SIDESTEP_TRIGGER_A_RULE)
			why = rule_fault(attr);
	return why;
}

/**
 * sidestep_trigger_cmd_set() - %SIDESTEP_CMD_SET_TRIGGER
 * @session: the session; the caller holds RTNL
 * @info: the message, the policy is checked
 *
 * Return: 0, or a negative error with nothing changed.
 */
int sidestep_trigger_cmd_set(struct sidestep_session *session,
			     struct genl_info *info)
{
	const struct nlattr *nest = info->attrs[SIDESTEP_A_TRIGGER];
	struct sidestep_trigger_fault fault;
	const char *why;
	int err;

	if (!nest) {
		NL_SET_ERR_MSG(info->extack, "no rule is given");
		return -EINVAL;
	}
	why = trigger_fault(nest);
	if (why) {
		info->extack->_msg = why;
		info->extack->bad_attr = nest;
		return -EINVAL;
	}
	err = sidestep_state_configure(session, take_trigger, nest, &fault);
	if (err) {
		info->extack->_msg = fault.why;
		info->extack->bad_attr = nest;
	}
	return err;
}

/**
 * sidestep_trigger_cmd_measure() - %SIDESTEP_CMD_MEASURE
 * @session: the session; the caller holds RTNL
 * @info: the message, the policy is checked
 *
 * Return: 0, or a negative error with nothing changed.
 */
int sidestep_trigger_cmd_measure(struct sidestep_session *session,
				 struct genl_info *info)
{
	struct nlattr *tb[SIDESTEP_MEASUREMENT_A_MAX + 1] = {};
	struct nlattr *nest = info->attrs[SIDESTEP_A_MEASUREMENT];
	const char *why = "a measurement is of a path, of a quantity, and a value";
	int err = -EINVAL;

	/* The policy is checked already. */
	if (!nest || nla_parse_nested(tb, SIDESTEP_MEASUREMENT_A_MAX, nest, NULL,
				      NULL) ||
	    !tb[SIDESTEP_MEASUREMENT_A_PATH] ||
	    !tb[SIDESTEP_MEASUREMENT_A_QUANTITY] ||
	    !tb[SIDESTEP_MEASUREMENT_A_VALUE])
		goto out;
	if (nla_get_u8(tb[SIDESTEP_MEASUREMENT_A_QUANTITY]) !=
	    SIDESTEP_QUANTITY_SIGNAL) {
		why = "the kernel measures all but the signal itself";
		err = -EOPNOTSUPP;
		goto out;
	}
	err = sidestep_engine_measure(session,
				      nla_get_u8(tb[SIDESTEP_MEASUREMENT_A_PATH]),
				      SIDESTEP_QUANTITY_SIGNAL,
				      nla_get_s32(tb[SIDESTEP_MEASUREMENT_A_VALUE]),
				      tb[SIDESTEP_MEASUREMENT_A_AT] ?
				      nla_get_u64(tb[SIDESTEP_MEASUREMENT_A_AT]) : 0,
				      &why);
	if (!err && netif_running(session->dev))
		sidestep_probe_kick(session);
out:
	if (err)
		info->extack->_msg = why;
	return err;
}

/**
 * sidestep_trigger_cmd_order() - %SIDESTEP_CMD_TRIGGER
 * @session: the session; the caller holds RTNL
 * @info: the message, the policy is checked
 *
 * Return: 0, or a negative error with nothing changed.
 */
int sidestep_trigger_cmd_order(struct sidestep_session *session,
			       struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct sidestep_trigger_order order = { .helper = true, .why = "" };

	if (!attrs[SIDESTEP_A_DECISION] || !attrs[SIDESTEP_A_ORDER_ID]) {
		NL_SET_ERR_MSG(info->extack, "an order is a decision and an id");
		return -EINVAL;
	}
	order.decision = nla_get_u8(attrs[SIDESTEP_A_DECISION]);
	order.id = nla_get_u64(attrs[SIDESTEP_A_ORDER_ID]);
	if (attrs[SIDESTEP_A_REASON])
		order.why = nla_data(attrs[SIDESTEP_A_REASON]);
	return sidestep_state_order(session, &order, info->extack);
}
