// SPDX-License-Identifier: GPL-2.0-or-later
#include "netview_links.h"
#include "../common/attr.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* IFF_LOWER_UP is in linux/if.h, which does not go with net/if.h. */
enum {
	LINK_LOWER_UP = 1 << 16,
};

struct netview_link *netview_links_find(const struct netview_links *links,
					uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < links->n; i++)
		if (links->link[i].ifindex == ifindex)
			return &links->link[i];
	return NULL;
}

void netview_links_free(struct netview_links *links)
{
	free(links->link);
	*links = (struct netview_links){};
}

static int take_text(const struct nlattr *attr, char *text, size_t size)
{
	const char *value;

	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return MNL_CB_ERROR;
	value = mnl_attr_get_str(attr);
	memset(text, 0, size);
	memcpy(text, value, strnlen(value, size - 1));
	return MNL_CB_OK;
}

static int take_info(const struct nlattr *attr, void *data)
{
	struct netview_link *link = data;

	if (mnl_attr_get_type(attr) != IFLA_INFO_KIND)
		return MNL_CB_OK;
	return take_text(attr, link->kind, sizeof(link->kind));
}

static void take_mac(const struct nlattr *attr, struct netview_link *link)
{
	size_t len = mnl_attr_get_payload_len(attr);

	memset(link->mac, 0, sizeof(link->mac));
	link->mac_len = len < UINT8_MAX ? len : UINT8_MAX;
	if (len == sizeof(link->mac))
		memcpy(link->mac, mnl_attr_get_payload(attr), len);
}

static int take_attr(const struct nlattr *attr, void *data)
{
	struct netview_link *link = data;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		return take_text(attr, link->ifname, sizeof(link->ifname));
	case IFLA_MTU:
		return attr_u32(attr, &link->mtu);
	case IFLA_OPERSTATE:
		return attr_u8(attr, &link->operstate);
	case IFLA_ADDRESS:
		take_mac(attr, link);
		return MNL_CB_OK;
	case IFLA_LINKINFO:
		if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
			return MNL_CB_ERROR;
		return mnl_attr_parse_nested(attr, take_info, link);
	}
	return MNL_CB_OK;
}

static int link_insert(struct netview_links *links, const struct netview_link *link)
{
	struct netview_link *grown;

	grown = reallocarray(links->link, links->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[links->n++] = *link;
	links->link = grown;
	links->changed = true;
	return 0;
}

static void link_remove(struct netview_links *links, uint32_t ifindex)
{
	struct netview_link *link = netview_links_find(links, ifindex);

	if (!link)
		return;
	*link = links->link[--links->n];
	links->changed = true;
	links->routes_may_go = true;
}

/* Wireless events name few attributes: what is not named stays. */
static int link_new(struct netview_links *links, const struct nlmsghdr *nlh,
		    const struct ifinfomsg *ifi)
{
	struct netview_link *old = netview_links_find(links, ifi->ifi_index);
	struct netview_link link;

	/* Padding, too, for memcmp(). */
	memset(&link, 0, sizeof(link));
	if (old)
		memcpy(&link, old, sizeof(link));
	link.ifindex = ifi->ifi_index;
	link.up = ifi->ifi_flags & IFF_UP;
	link.carrier = ifi->ifi_flags & LINK_LOWER_UP;
	if (mnl_attr_parse(nlh, sizeof(*ifi), take_attr, &link) < 0)
		return -EBADMSG;
	if (!old)
		return link_insert(links, &link);
	if (!memcmp(&link, old, sizeof(link)))
		return 0;
	links->changed = true;
	links->routes_may_go |= link.up != old->up;
	memcpy(old, &link, sizeof(link));
	return 0;
}

static int apply_link(struct netview_links *links, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
		return -EBADMSG;
	/* A bridge's ports come and go by the same messages. */
	if (ifi->ifi_family != AF_UNSPEC)
		return 0;
	if (nlh->nlmsg_type == RTM_NEWLINK)
		return link_new(links, nlh, ifi);
	link_remove(links, ifi->ifi_index);
	return 0;
}

static struct rtnl_prefix *addr_find(struct netview_link *link,
				     const struct rtnl_prefix *addr)
{
	size_t i;

	for (i = 0; i < link->n_addrs; i++)
		if (prefix_same(&link->addr[i], addr))
			return &link->addr[i];
	return NULL;
}

static void addr_insert(struct netview_links *links, struct netview_link *link,
			const struct rtnl_prefix *addr)
{
	if (link->n_addrs == NETVIEW_MAX_ADDRS)
		return;
	link->addr[link->n_addrs++] = *addr;
	links->changed = true;
}

/* The order of the others stays. */
static void addr_remove(struct netview_links *links, struct netview_link *link,
			struct rtnl_prefix *addr)
{
	struct rtnl_prefix *end = &link->addr[link->n_addrs];

	links->incomplete |= link->n_addrs-- == NETVIEW_MAX_ADDRS;
	memmove(addr, addr + 1, (end - addr - 1) * sizeof(*addr));
	memset(end - 1, 0, sizeof(*addr));
	links->changed = true;
}

static int apply_addr(struct netview_links *links, const struct nlmsghdr *nlh)
{
	const uint32_t unusable = IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED;
	struct rtnl_prefix addr, *old;
	struct netview_link *link;
	uint32_t ifindex, flags;
	bool usable;
	int ret;

	ret = rtnl_addr_parse(nlh, &addr, &ifindex, &flags);
	if (ret < 0)
		return ret == -EAFNOSUPPORT ? 0 : ret;
	link = netview_links_find(links, ifindex);
	if (!link)
		return 0;
	usable = nlh->nlmsg_type == RTM_NEWADDR && !(flags & unusable);
	old = addr_find(link, &addr);
	if (usable && !old)
		addr_insert(links, link, &addr);
	else if (!usable && old)
		addr_remove(links, link, old);
	if (nlh->nlmsg_type == RTM_DELADDR)
		links->routes_may_go = true;
	return 0;
}

int netview_links_apply(struct netview_links *links, const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return apply_link(links, nlh);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return apply_addr(links, nlh);
	}
	return 0;
}
