// SPDX-License-Identifier: GPL-2.0-or-later
#include "genl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

/* What is looked for in the controller's answer. */
struct family_query {
	const char *group;
	uint16_t family_id;
	uint32_t group_id;
	uint32_t version;
};

/* What a multicast group's nest says. */
struct group_answer {
	const char *name;
	uint32_t id;
};

struct nlmsghdr *genl_message(void *buf, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genlh = mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);

	genlh->cmd = cmd;
	genlh->version = version;
	return nlh;
}

int genl_call(struct genl *genl, struct nlmsghdr *msg, uint16_t flags,
	      genl_cb cb, void *data, struct ack *ack)
{
	if (!msg->nlmsg_type)
		msg->nlmsg_type = genl->family;
	return netlink_call(genl->nl, msg, ++genl->seq, flags, cb, data, ack);
}

static int parse_group_attr(const struct nlattr *attr, void *data)
{
	struct group_answer *group = data;

	switch (mnl_attr_get_type(attr)) {
	case CTRL_ATTR_MCAST_GRP_NAME:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
			return MNL_CB_ERROR;
		group->name = mnl_attr_get_str(attr);
		break;
	case CTRL_ATTR_MCAST_GRP_ID:
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			return MNL_CB_ERROR;
		group->id = mnl_attr_get_u32(attr);
		break;
	}
	return MNL_CB_OK;
}

static int parse_group(const struct nlattr *attr, void *data)
{
	struct family_query *query = data;
	struct group_answer group = {};

	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0 ||
	    mnl_attr_parse_nested(attr, parse_group_attr, &group) < 0)
		return MNL_CB_ERROR;
	if (group.name && query->group && !strcmp(group.name, query->group))
		query->group_id = group.id;
	return MNL_CB_OK;
}

static int parse_family_attr(const struct nlattr *attr, void *data)
{
	struct family_query *query = data;

	switch (mnl_attr_get_type(attr)) {
	case CTRL_ATTR_FAMILY_ID:
		if (mnl_attr_validate(attr, MNL_TYPE_U16) < 0)
			return MNL_CB_ERROR;
		query->family_id = mnl_attr_get_u16(attr);
		break;
	case CTRL_ATTR_VERSION:
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			return MNL_CB_ERROR;
		query->version = mnl_attr_get_u32(attr);
		break;
	case CTRL_ATTR_MCAST_GROUPS:
		if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
			return MNL_CB_ERROR;
		return mnl_attr_parse_nested(attr, parse_group, query);
	}
	return MNL_CB_OK;
}

static int parse_family(const struct nlmsghdr *nlh, void *data)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (len < GENL_HDRLEN ||
	    mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
				   len - GENL_HDRLEN, parse_family_attr,
				   data) < 0)
		return -EBADMSG;
	return 0;
}

static int find_family(struct genl *genl, const char *family, const char *group)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct family_query query = { .group = group };
	struct nlmsghdr *msg;
	struct ack ack;
	int ret;

	msg = genl_message(buf, CTRL_CMD_GETFAMILY, 1);
	msg->nlmsg_type = GENL_ID_CTRL;
	if (!mnl_attr_put_strz_check(msg, sizeof(buf), CTRL_ATTR_FAMILY_NAME,
				     family))
		return -EMSGSIZE;
	ret = genl_call(genl, msg, NLM_F_ACK, parse_family, &query, &ack);
	if (ret < 0)
		return ret;
	genl->family = query.family_id;
	genl->group = query.group_id;
	genl->version = query.version;
	return genl->family && (genl->group || !group) ? 0 : -ENOENT;
}

int genl_open(struct genl *genl, const char *family, const char *group)
{
	int ret;

	memset(genl, 0, sizeof(*genl));
	ret = netlink_open(&genl->nl, NETLINK_GENERIC, 0);
	if (ret < 0)
		return ret;
	ret = find_family(genl, family, group);
	if (ret < 0)
		genl_close(genl);
	return ret;
}

void genl_close(struct genl *genl)
{
	mnl_socket_close(genl->nl);
	genl->nl = NULL;
}

int genl_join(struct genl *genl)
{
	if (mnl_socket_setsockopt(genl->nl, NETLINK_ADD_MEMBERSHIP,
				  &genl->group, sizeof(genl->group)) < 0)
		return -errno;
	return 0;
}

int genl_fd(const struct genl *genl)
{
	return mnl_socket_get_fd(genl->nl);
}

int genl_receive(struct genl *genl, genl_cb cb, void *data)
{
	char buf[NETLINK_RECEIVE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nlh;
	ssize_t size;
	int len, ret;

	size = netlink_receive(genl->nl, buf, sizeof(buf));
	if (size < 0)
		return size;
	len = size;
	for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, len);
	     nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type != genl->family)
			continue;
		ret = cb(nlh, data);
		if (ret < 0)
			return ret;
	}
	return 0;
}
