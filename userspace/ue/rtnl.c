// SPDX-License-Identifier: GPL-2.0-or-later
#include "rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

int rtnl_open(struct rtnl *rtnl)
{
	memset(rtnl, 0, sizeof(*rtnl));
	return netlink_open(&rtnl->nl, NETLINK_ROUTE, 0);
}

void rtnl_close(struct rtnl *rtnl)
{
	if (rtnl->nl)
		mnl_socket_close(rtnl->nl);
	rtnl->nl = NULL;
}

int rtnl_call(struct rtnl *rtnl, struct nlmsghdr *msg, uint16_t flags,
	      struct ack *ack)
{
	return netlink_call(rtnl->nl, msg, ++rtnl->seq, NLM_F_ACK | flags, NULL,
			    NULL, ack);
}

/* The kernel takes the family from the first byte of any of their headers. */
static size_t header_size(uint16_t type)
{
	switch (type) {
	case RTM_GETLINK:
		return sizeof(struct ifinfomsg);
	case RTM_GETADDR:
		return sizeof(struct ifaddrmsg);
	default:
		return sizeof(struct rtmsg);
	}
}

int rtnl_dump(struct rtnl *rtnl, uint16_t type, uint8_t family, netlink_cb cb,
	      void *data)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct ack ack;
	uint8_t *header;

	msg->nlmsg_type = type;
	header = mnl_nlmsg_put_extra_header(msg, header_size(type));
	*header = family;
	if (type == RTM_GETLINK)
		mnl_attr_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_call(rtnl->nl, msg, ++rtnl->seq, NLM_F_DUMP, cb, data, &ack);
}
