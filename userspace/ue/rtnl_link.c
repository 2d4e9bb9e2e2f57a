// SPDX-License-Identifier: GPL-2.0-or-later
#include "rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

struct packets {
	uint64_t rx;
	uint64_t tx;
};

/* begin - a request about a link; @buf has room for all that follows here */
static struct nlmsghdr *begin(void *buf, uint16_t type, uint32_t ifindex)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *link;

	msg->nlmsg_type = type;
	link = mnl_nlmsg_put_extra_header(msg, sizeof(*link));
	link->ifi_family = AF_UNSPEC;
	link->ifi_index = ifindex;
	return msg;
}

int rtnl_link_add(struct rtnl *rtnl, const char *ifname, const char *kind,
		  uint32_t mtu, struct ack *ack)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, RTM_NEWLINK, 0);
	struct nlattr *info;

	*ack = (struct ack){ .error = EINVAL };
	if (strlen(ifname) >= IFNAMSIZ || strlen(kind) >= IFNAMSIZ)
		return -EINVAL;
	mnl_attr_put_strz(msg, IFLA_IFNAME, ifname);
	if (mtu)
		mnl_attr_put_u32(msg, IFLA_MTU, mtu);
	info = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(msg, info);
	return rtnl_call(rtnl, msg, NLM_F_CREATE | NLM_F_EXCL, ack);
}

int rtnl_link_del(struct rtnl *rtnl, uint32_t ifindex, struct ack *ack)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	int ret = rtnl_call(rtnl, begin(buf, RTM_DELLINK, ifindex), 0, ack);

	return ret == -ENODEV ? 0 : ret;
}

int rtnl_link_set_up(struct rtnl *rtnl, uint32_t ifindex, bool up, struct ack *ack)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, RTM_NEWLINK, ifindex);
	struct ifinfomsg *link = mnl_nlmsg_get_payload(msg);

	link->ifi_change = IFF_UP;
	link->ifi_flags = up ? IFF_UP : 0;
	return rtnl_call(rtnl, msg, 0, ack);
}

int rtnl_link_set_mtu(struct rtnl *rtnl, uint32_t ifindex, uint32_t mtu,
		      struct ack *ack)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, RTM_NEWLINK, ifindex);

	mnl_attr_put_u32(msg, IFLA_MTU, mtu);
	return rtnl_call(rtnl, msg, 0, ack);
}

static int take_stats(const struct nlattr *attr, void *data)
{
	struct rtnl_link_stats64 stats;
	struct packets *packets = data;

	if (mnl_attr_get_type(attr) != IFLA_STATS64)
		return MNL_CB_OK;
	/* It grows with the kernel's version. */
	if (mnl_attr_get_payload_len(attr) < 2 * sizeof(uint64_t))
		return MNL_CB_ERROR;
	memcpy(&stats, mnl_attr_get_payload(attr), 2 * sizeof(uint64_t));
	packets->rx = stats.rx_packets;
	packets->tx = stats.tx_packets;
	return MNL_CB_OK;
}

static int take_packets(const struct nlmsghdr *nlh, void *data)
{
	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifinfomsg) ||
	    mnl_attr_parse(nlh, sizeof(struct ifinfomsg), take_stats, data) < 0)
		return -EBADMSG;
	return 0;
}

int rtnl_link_packets(struct rtnl *rtnl, uint32_t ifindex, uint64_t *rx,
		      uint64_t *tx, struct ack *ack)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *msg = begin(buf, RTM_GETLINK, ifindex);
	struct packets packets = {};
	int ret;

	ret = netlink_call(rtnl->nl, msg, ++rtnl->seq, NLM_F_ACK, take_packets,
			   &packets, ack);
	*rx = packets.rx;
	*tx = packets.tx;
	return ret;
}
