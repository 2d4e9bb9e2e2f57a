// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow.h"

#include "attr.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

_Static_assert(SIDESTEP_FLOW_A_MAX < 32, "struct flow's bitmap is too small");

static int get_address(const struct nlattr *attr, struct session_peer *address)
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (len != 4 && len != 16)
		return MNL_CB_ERROR;
	address->len = len;
	memcpy(address->addr, mnl_attr_get_payload(attr), len);
	return MNL_CB_OK;
}

static int get_path(const struct nlattr *attr, struct flow *flow)
{
	struct session_path path;

	if (session_path_parse(attr, &path) != MNL_CB_OK)
		return MNL_CB_ERROR;
	if (path.id <= SIDESTEP_PATH_MAX)
		flow->path[path.id] = path;
	return MNL_CB_OK;
}

static int parse_flow_attr(const struct nlattr *attr, void *data)
{
	uint16_t type = mnl_attr_get_type(attr);
	struct flow *flow = data;

	if (type > SIDESTEP_FLOW_A_MAX)
		return MNL_CB_OK;
	flow->has |= 1u << type;
	switch (type) {
	case SIDESTEP_FLOW_A_PROTO:
		return attr_u8(attr, &flow->proto);
	case SIDESTEP_FLOW_A_LOCAL:
		return get_address(attr, &flow->local);
	case SIDESTEP_FLOW_A_REMOTE:
		return get_address(attr, &flow->remote);
	case SIDESTEP_FLOW_A_LOCAL_PORT:
		return attr_u16(attr, &flow->local_port);
	case SIDESTEP_FLOW_A_REMOTE_PORT:
		return attr_u16(attr, &flow->remote_port);
	case SIDESTEP_FLOW_A_UID:
		return attr_u32(attr, &flow->uid);
	case SIDESTEP_FLOW_A_MARK:
		return attr_u32(attr, &flow->mark);
	case SIDESTEP_FLOW_A_INODE:
		return attr_u64(attr, &flow->inode);
	case SIDESTEP_FLOW_A_USED:
		return attr_u64(attr, &flow->used_ms);
	case SIDESTEP_FLOW_A_ELIMINATED:
		return attr_u64(attr, &flow->eliminated);
	case SIDESTEP_FLOW_A_PATH:
		return get_path(attr, flow);
	}
	return MNL_CB_OK;
}

static int find_flow(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) != SIDESTEP_A_FLOW)
		return MNL_CB_OK;
	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
		return MNL_CB_ERROR;
	return mnl_attr_parse_nested(attr, parse_flow_attr, data);
}

int flow_parse(const struct nlmsghdr *nlh, struct flow *flow)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	memset(flow, 0, sizeof(*flow));
	if (len < GENL_HDRLEN ||
	    mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
				   len - GENL_HDRLEN, find_flow, flow) < 0 ||
	    !flow_has(flow, SIDESTEP_FLOW_A_PROTO) ||
	    !flow_has(flow, SIDESTEP_FLOW_A_LOCAL) ||
	    !flow_has(flow, SIDESTEP_FLOW_A_REMOTE))
		return -EBADMSG;
	return 0;
}
