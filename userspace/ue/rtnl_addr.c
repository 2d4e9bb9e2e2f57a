// SPDX-License-Identifier: GPL-2.0-or-later
#include "rtnl.h"
#include "../common/attr.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* What is looked for in a message about an address. */
struct addr_attrs {
	uint8_t family;
	uint32_t flags;
	struct rtnl_prefix local;
	struct rtnl_prefix address;
};

int rtnl_prefix_take(struct rtnl_prefix *prefix, uint8_t family,
		     const struct nlattr *attr)
{
	size_t len = prefix_addr_len(family);

	if (!len || mnl_attr_get_payload_len(attr) != len)
		return MNL_CB_ERROR;
	*prefix = (struct rtnl_prefix){ .family = family, .bits = 8 * len };
	memcpy(prefix->addr, mnl_attr_get_payload(attr), len);
	return MNL_CB_OK;
}

static int take_attr(const struct nlattr *attr, void *data)
{
	struct addr_attrs *attrs = data;

	switch (mnl_attr_get_type(attr)) {
	case IFA_FLAGS:
		return attr_u32(attr, &attrs->flags);
	case IFA_LOCAL:
		return rtnl_prefix_take(&attrs->local, attrs->family, attr);
	case IFA_ADDRESS:
		return rtnl_prefix_take(&attrs->address, attrs->family, attr);
	}
	return MNL_CB_OK;
}

int rtnl_addr_parse(const struct nlmsghdr *nlh, struct rtnl_prefix *addr,
		    uint32_t *ifindex, uint32_t *flags)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct addr_attrs attrs = {};

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return -EBADMSG;
	if (!prefix_addr_len(ifa->ifa_family))
		return -EAFNOSUPPORT;
	attrs.family = ifa->ifa_family;
	attrs.flags = ifa->ifa_flags;
	if (mnl_attr_parse(nlh, sizeof(*ifa), take_attr, &attrs) < 0)
		return -EBADMSG;
	*addr = attrs.local.family ? attrs.local : attrs.address;
	if (!addr->family || ifa->ifa_prefixlen > addr->bits)
		return -EBADMSG;
	/* If it has a peer, the prefix is the peer's. */
	if (!attrs.local.family || !attrs.address.family ||
	    prefix_same(&attrs.local, &attrs.address))
		addr->bits = ifa->ifa_prefixlen;
	*ifindex = ifa->ifa_index;
	*flags = attrs.flags;
	return 0;
}

static int request(struct rtnl *rtnl, uint16_t type, uint16_t flags,
		   uint32_t ifindex, const struct rtnl_prefix *addr, struct ack *ack)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	size_t len = prefix_addr_len(addr->family);
	struct ifaddrmsg *ifa;

	msg->nlmsg_type = type;
	ifa = mnl_nlmsg_put_extra_header(msg, sizeof(*ifa));
	ifa->ifa_family = addr->family;
	ifa->ifa_prefixlen = addr->bits;
	ifa->ifa_index = ifindex;
	mnl_attr_put(msg, IFA_LOCAL, len, addr->addr);
	mnl_attr_put(msg, IFA_ADDRESS, len, addr->addr);
	if (type == RTM_NEWADDR)
		mnl_attr_put_u32(msg, IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
	return rtnl_call(rtnl, msg, flags, ack);
}

int rtnl_addr_add(struct rtnl *rtnl, uint32_t ifindex,
		  const struct rtnl_prefix *addr, struct ack *ack)
{
	int ret = request(rtnl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex,
			  addr, ack);

	return ret == -EEXIST ? 0 : ret;
}

int rtnl_addr_del(struct rtnl *rtnl, uint32_t ifindex,
		  const struct rtnl_prefix *addr, struct ack *ack)
{
	int ret = request(rtnl, RTM_DELADDR, 0, ifindex, addr, ack);

	return ret == -EADDRNOTAVAIL || ret == -ENODEV ? 0 : ret;
}
