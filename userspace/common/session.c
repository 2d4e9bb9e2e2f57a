// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include "attr.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

_Static_assert(SIDESTEP_A_MAX < 32, "struct session's bitmap is too small");
_Static_assert(SIDESTEP_PATH_A_MAX < 32,
	       "struct session_path's bitmap is too small");
_Static_assert(SIDESTEP_RULE_A_MAX < 32,
	       "struct session_rule's bitmap is too small");

static int get_name(const struct nlattr *attr, char name[IFNAMSIZ])
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0 || len > IFNAMSIZ)
		return MNL_CB_ERROR;
	memcpy(name, mnl_attr_get_str(attr), len);
	return MNL_CB_OK;
}

static int get_addr(const struct nlattr *attr, struct session_peer *peer)
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (len != 4 && len != 16)
		return MNL_CB_ERROR;
	peer->len = len;
	memcpy(peer->addr, mnl_attr_get_payload(attr), len);
	return MNL_CB_OK;
}

static int parse_prefix_attr(const struct nlattr *attr, void *data)
{
	struct session_peer *peer = data;

	switch (mnl_attr_get_type(attr)) {
	case SIDESTEP_PREFIX_A_ADDR:
		return get_addr(attr, peer);
	case SIDESTEP_PREFIX_A_LEN:
		return attr_u8(attr, &peer->bits);
	}
	return MNL_CB_OK;
}

static int get_prefix(const struct nlattr *attr, struct session_peer *peer)
{
	peer->is_prefix = true;
	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0 ||
	    mnl_attr_parse_nested(attr, parse_prefix_attr, peer) < 0 ||
	    !peer->len || peer->bits > 8 * peer->len)
		return MNL_CB_ERROR;
	return MNL_CB_OK;
}

static int get_peer(const struct nlattr *attr, struct session *s)
{
	struct session_peer peer = {};
	int ret;

	if (s->n_peers == SIDESTEP_MAX_PEERS)
		return MNL_CB_ERROR;
	ret = mnl_attr_get_type(attr) == SIDESTEP_A_PEER ?
		      get_addr(attr, &peer) : get_prefix(attr, &peer);
	s->peer[s->n_peers++] = peer;
	return ret;
}

static int parse_path_attr(const struct nlattr *attr, void *data)
{
	uint16_t type = mnl_attr_get_type(attr);
	struct session_path *path = data;

	if (type > SIDESTEP_PATH_A_MAX)
		return MNL_CB_OK;
	path->has |= 1u << type;
	switch (type) {
	case SIDESTEP_PATH_A_ID:
		return attr_u8(attr, &path->id);
	case SIDESTEP_PATH_A_IFNAME:
		return get_name(attr, path->ifname);
	case SIDESTEP_PATH_A_PRESENT:
		return attr_u8(attr, &path->present);
	case SIDESTEP_PATH_A_READY:
		return attr_u8(attr, &path->ready);
	case SIDESTEP_PATH_A_RTT:
		return attr_u32(attr, &path->rtt_us);
	case SIDESTEP_PATH_A_RTT_VAR:
		return attr_u32(attr, &path->rtt_var_us);
	case SIDESTEP_PATH_A_HEARD:
		return attr_u64(attr, &path->heard_ms);
	case SIDESTEP_PATH_A_TX_PACKETS:
		return attr_u64(attr, &path->tx_packets);
	case SIDESTEP_PATH_A_TX_BYTES:
		return attr_u64(attr, &path->tx_bytes);
	case SIDESTEP_PATH_A_RX_PACKETS:
		return attr_u64(attr, &path->rx_packets);
	case SIDESTEP_PATH_A_RX_BYTES:
		return attr_u64(attr, &path->rx_bytes);
	case SIDESTEP_PATH_A_RX_MISSED:
		return attr_u64(attr, &path->rx_missed);
	case SIDESTEP_PATH_A_PROBES_SENT:
		return attr_u64(attr, &path->probes_sent);
	case SIDESTEP_PATH_A_PROBES_ANSWERED:
		return attr_u64(attr, &path->probes_answered);
	case SIDESTEP_PATH_A_LINK:
		return attr_u8(attr, &path->link);
	case SIDESTEP_PATH_A_SIGNAL:
		return attr_s32(attr, &path->signal_mbm);
	case SIDESTEP_PATH_A_LOSS:
		return attr_u32(attr, &path->loss_permille);
	case SIDESTEP_PATH_A_TX_ALONE_BYTES:
		return attr_u64(attr, &path->tx_alone_bytes);
	case SIDESTEP_PATH_A_TX_COPY_BYTES:
		return attr_u64(attr, &path->tx_copy_bytes);
	case SIDESTEP_PATH_A_TX_SWITCH_BYTES:
		return attr_u64(attr, &path->tx_switch_bytes);
	case SIDESTEP_PATH_A_TX_PROBE_BYTES:
		return attr_u64(attr, &path->tx_probe_bytes);
	}
	return MNL_CB_OK;
}

int session_path_parse(const struct nlattr *attr, struct session_path *path)
{
	memset(path, 0, sizeof(*path));
	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0 ||
	    mnl_attr_parse_nested(attr, parse_path_attr, path) < 0 ||
	    !session_path_has(path, SIDESTEP_PATH_A_ID))
		return MNL_CB_ERROR;
	return MNL_CB_OK;
}

static int parse_path(const struct nlattr *attr, struct session *s)
{
	struct session_path path;

	if (session_path_parse(attr, &path) != MNL_CB_OK ||
	    !session_path_has(&path, SIDESTEP_PATH_A_IFNAME))
		return MNL_CB_ERROR;
	if (path.id <= SIDESTEP_PATH_MAX)
		s->path[path.id] = path;
	return MNL_CB_OK;
}

static int get_selector(const struct nlattr *attr, struct session *s)
{
	if (s->n_selectors == SIDESTEP_MAX_SELECTORS)
		return MNL_CB_ERROR;
	return selector_parse(attr, &s->selector[s->n_selectors++]);
}

static int get_important(const struct nlattr *attr, struct session *s)
{
	if (s->n_important == SIDESTEP_MAX_IMPORTANT)
		return MNL_CB_ERROR;
	return selector_parse(attr, &s->important[s->n_important++]);
}

static int parse_budget_attr(const struct nlattr *attr, void *data)
{
	struct session_budget *budget = data;

	switch (mnl_attr_get_type(attr)) {
	case SIDESTEP_BUDGET_A_RATE:
		return attr_u32(attr, &budget->rate);
	case SIDESTEP_BUDGET_A_BURST:
		return attr_u32(attr, &budget->burst);
	case SIDESTEP_BUDGET_A_DAY:
		return attr_u64(attr, &budget->day);
	case SIDESTEP_BUDGET_A_DAY_SPENT:
		return attr_u64(attr, &budget->day_spent);
	}
	return MNL_CB_OK;
}

static int parse_budget(const struct nlattr *attr, struct session *s)
{
	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
		return MNL_CB_ERROR;
	return mnl_attr_parse_nested(attr, parse_budget_attr, &s->budget);
}

static int parse_counter(const struct nlattr *attr, void *data)
{
	uint16_t type = mnl_attr_get_type(attr);
	struct session *s = data;

	if (type == SIDESTEP_COUNTER_UNSPEC || type > SIDESTEP_COUNTER_MAX)
		return MNL_CB_OK;
	return attr_u64(attr, &s->counter[type]);
}

static int parse_counters(const struct nlattr *attr, struct session *s)
{
	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
		return MNL_CB_ERROR;
	return mnl_attr_parse_nested(attr, parse_counter, s);
}

static int get_reason(const struct nlattr *attr, struct session *s)
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0 ||
	    len > sizeof(s->reason))
		return MNL_CB_ERROR;
	memcpy(s->reason, mnl_attr_get_str(attr), len);
	return MNL_CB_OK;
}

static int parse_rule_attr(const struct nlattr *attr, void *data)
{
	uint16_t type = mnl_attr_get_type(attr);
	struct session_rule *rule = data;

	if (type > SIDESTEP_RULE_A_MAX)
		return MNL_CB_OK;
	rule->has |= 1u << type;
	if (type == SIDESTEP_RULE_A_DECISION)
		return attr_u8(attr, &rule->decision);
	return attr_s32(attr, &rule->value[type]);
}

static int parse_rule(const struct nlattr *attr, struct session *s)
{
	struct session_rule rule = {};

	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0 ||
	    mnl_attr_parse_nested(attr, parse_rule_attr, &rule) < 0 ||
	    !(rule.has & 1u << SIDESTEP_RULE_A_DECISION))
		return MNL_CB_ERROR;
	if (rule.decision <= SIDESTEP_DECISION_MAX)
		s->rule[rule.decision] = rule;
	return MNL_CB_OK;
}

static int parse_trigger_attr(const struct nlattr *attr, void *data)
{
	uint16_t type = mnl_attr_get_type(attr);
	struct session *s = data;

	if (type > SIDESTEP_TRIGGER_A_MAX)
		return MNL_CB_OK;
	if (type == SIDESTEP_TRIGGER_A_RULE)
		return parse_rule(attr, s);
	return attr_s32(attr, &s->trigger[type]);
}

static int parse_trigger(const struct nlattr *attr, struct session *s)
{
	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
		return MNL_CB_ERROR;
	return mnl_attr_parse_nested(attr, parse_trigger_attr, s);
}

static int parse_attr(const struct nlattr *attr, void *data)
{
	uint16_t type = mnl_attr_get_type(attr);
	struct session *s = data;

	if (type > SIDESTEP_A_MAX)
		return MNL_CB_OK;
	s->has |= 1u << type;
	switch (type) {
	case SIDESTEP_A_IFINDEX:
		return attr_u32(attr, &s->ifindex);
	case SIDESTEP_A_IFNAME:
		return get_name(attr, s->ifname);
	case SIDESTEP_A_ID:
		return attr_u16(attr, &s->id);
	case SIDESTEP_A_PEER:
	case SIDESTEP_A_PREFIX:
		return get_peer(attr, s);
	case SIDESTEP_A_STATE:
		return attr_u8(attr, &s->state);
	case SIDESTEP_A_WANTED:
		return attr_u8(attr, &s->wanted);
	case SIDESTEP_A_PEER_WANTED:
		return attr_u8(attr, &s->peer_wanted);
	case SIDESTEP_A_EVENT:
		return attr_u8(attr, &s->event);
	case SIDESTEP_A_DELAY_DIFF:
		return attr_s32(attr, &s->delay_diff_us);
	case SIDESTEP_A_PLAYOUT:
		return attr_s32(attr, &s->playout_us);
	case SIDESTEP_A_PATH:
		return parse_path(attr, s);
	case SIDESTEP_A_SELECTOR:
		return get_selector(attr, s);
	case SIDESTEP_A_IMPORTANT:
		return get_important(attr, s);
	case SIDESTEP_A_BUDGET:
		return parse_budget(attr, s);
	case SIDESTEP_A_COUNTERS:
		return parse_counters(attr, s);
	case SIDESTEP_A_DECISION:
		return attr_u8(attr, &s->decision);
	case SIDESTEP_A_REASON:
		return get_reason(attr, s);
	case SIDESTEP_A_ORDER_ID:
		return attr_u64(attr, &s->order_id);
	case SIDESTEP_A_TRIGGER:
		return parse_trigger(attr, s);
	}
	return MNL_CB_OK;
}

int session_parse(const struct nlmsghdr *nlh, struct session *s)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	memset(s, 0, sizeof(*s));
	if (len < GENL_HDRLEN ||
	    mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
				   len - GENL_HDRLEN, parse_attr, s) < 0 ||
	    !session_has(s, SIDESTEP_A_IFNAME))
		return -EBADMSG;
	return 0;
}

int session_event(const struct nlmsghdr *nlh, struct session *s)
{
	const struct genlmsghdr *genlh = NLMSG_DATA(nlh);

	if (nlh->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN) ||
	    genlh->cmd != SIDESTEP_CMD_NTF)
		return 0;
	return session_parse(nlh, s) ?: 1;
}
