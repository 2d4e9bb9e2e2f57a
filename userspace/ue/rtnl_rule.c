// SPDX-License-Identifier: GPL-2.0-or-later
#include "rtnl.h"
#include "../common/attr.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static int take_attr(const struct nlattr *attr, void *data)
{
	struct rtnl_rule *rule = data;

	switch (mnl_attr_get_type(attr)) {
	case FRA_SRC:
		return rtnl_prefix_take(&rule->src, rule->family, attr);
	case FRA_DST:
		return rtnl_prefix_take(&rule->dst, rule->family, attr);
	case FRA_FWMARK:
		return attr_u32(attr, &rule->mark);
	case FRA_TABLE:
		return attr_u32(attr, &rule->table);
	case FRA_PRIORITY:
		return attr_u32(attr, &rule->priority);
	case FRA_PROTOCOL:
		return attr_u8(attr, &rule->protocol);
	}
	return MNL_CB_OK;
}

int rtnl_rule_parse(const struct nlmsghdr *nlh, struct rtnl_rule *rule)
{
	const struct fib_rule_hdr *frh = mnl_nlmsg_get_payload(nlh);

	memset(rule, 0, sizeof(*rule));
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*frh))
		return -EBADMSG;
	if (!prefix_addr_len(frh->family))
		return -EAFNOSUPPORT;
	rule->family = frh->family;
	rule->table = frh->table;
	if (mnl_attr_parse(nlh, sizeof(*frh), take_attr, rule) < 0)
		return -EBADMSG;
	if (rule->src.family)
		rule->src.bits = frh->src_len;
	if (rule->dst.family)
		rule->dst.bits = frh->dst_len;
	return 0;
}

/* Return: how many bits count. */
static uint8_t put_prefix(struct nlmsghdr *msg, uint16_t type,
			  const struct rtnl_prefix *prefix)
{
	size_t len = prefix_addr_len(prefix->family);

	if (len)
		mnl_attr_put(msg, type, len, prefix->addr);
	return len ? prefix->bits : 0;
}

static int request(struct rtnl *rtnl, uint16_t type, uint16_t flags,
		   const struct rtnl_rule *rule, struct ack *ack)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *frh;

	msg->nlmsg_type = type;
	frh = mnl_nlmsg_put_extra_header(msg, sizeof(*frh));
	frh->family = rule->family;
	frh->action = FR_ACT_TO_TBL;
	if (rule->mark) {
		mnl_attr_put_u32(msg, FRA_FWMARK, rule->mark);
		mnl_attr_put_u32(msg, FRA_FWMASK, UINT32_MAX);
	}
	frh->src_len = put_prefix(msg, FRA_SRC, &rule->src);
	frh->dst_len = put_prefix(msg, FRA_DST, &rule->dst);
	mnl_attr_put_u32(msg, FRA_TABLE, rule->table);
	if (rule->priority || type == RTM_NEWRULE)
		mnl_attr_put_u32(msg, FRA_PRIORITY, rule->priority);
	mnl_attr_put_u8(msg, FRA_PROTOCOL, RTNL_PROTOCOL);
	return rtnl_call(rtnl, msg, flags, ack);
}

int rtnl_rule_add(struct rtnl *rtnl, const struct rtnl_rule *rule, struct ack *ack)
{
	int ret = request(rtnl, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule, ack);

	return ret == -EEXIST ? 0 : ret;
}

int rtnl_rule_del(struct rtnl *rtnl, const struct rtnl_rule *rule, struct ack *ack)
{
	int ret = request(rtnl, RTM_DELRULE, 0, rule, ack);

	return ret == -ENOENT ? 0 : ret;
}
