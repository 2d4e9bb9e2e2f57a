// SPDX-License-Identifier: GPL-2.0-or-later
#include "ack.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <string.h>

enum ack_limits {
	/* The kernel's error numbers end here. */
	MAX_ERRNO = 4095,
};

static int parse_ack_attr(const struct nlattr *attr, void *data)
{
	struct ack *ack = data;

	switch (mnl_attr_get_type(attr)) {
	case NLMSGERR_ATTR_MSG:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
			return MNL_CB_ERROR;
		snprintf(ack->text, sizeof(ack->text), "%s",
			 mnl_attr_get_str(attr));
		break;
	case NLMSGERR_ATTR_OFFS:
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			return MNL_CB_ERROR;
		ack->offset = mnl_attr_get_u32(attr);
		break;
	}
	return MNL_CB_OK;
}

/* The attributes follow the request's payload unless that was left out. */
static size_t attrs_offset(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type == NLMSG_DONE)
		return MNL_ALIGN(sizeof(int));
	if (!err->error || nlh->nlmsg_flags & NLM_F_CAPPED)
		return MNL_ALIGN(sizeof(*err));
	return sizeof(err->error) + MNL_ALIGN((size_t)err->msg.nlmsg_len);
}

int ack_parse(const struct nlmsghdr *nlh, struct ack *ack)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	size_t need = nlh->nlmsg_type == NLMSG_DONE ? sizeof(int) :
						      sizeof(struct nlmsgerr);
	size_t offset;
	int error;

	memset(ack, 0, sizeof(*ack));
	if (len < need)
		return -EBADMSG;
	memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	if (error > 0 || error < -MAX_ERRNO)
		return -EBADMSG;
	ack->error = -error;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return 0;
	offset = attrs_offset(nlh);
	if (offset < need || offset > len)
		return -EBADMSG;
	if (mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(nlh, offset),
				   len - offset, parse_ack_attr, ack) < 0)
		return -EBADMSG;
	return 0;
}
