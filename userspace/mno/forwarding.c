// SPDX-License-Identifier: GPL-2.0-or-later
#include "forwarding.h"

#include "../common/netlink.h"

#include <libmnl/libmnl.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

static int take_forwarding(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	bool *on = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct netconfmsg))
		if (mnl_attr_get_type(attr) == NETCONFA_FORWARDING &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			*on = mnl_attr_get_u32(attr);
	return 0;
}

bool forwarding_is_on(int family)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct netconfmsg *header;
	struct mnl_socket *nl;
	bool on = false;
	struct ack ack;

	nlh->nlmsg_type = RTM_GETNETCONF;
	header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	header->ncm_family = family;
	mnl_attr_put_u32(nlh, NETCONFA_IFINDEX, NETCONFA_IFINDEX_ALL);
	if (netlink_open(&nl, NETLINK_ROUTE, 0))
		return false;
	netlink_call(nl, nlh, 1, NLM_F_ACK, take_forwarding, &on, &ack);
	mnl_socket_close(nl);
	return on;
}
