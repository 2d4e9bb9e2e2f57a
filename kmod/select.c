// SPDX-License-Identifier: GPL-2.0
/*
 * Which of a peer's packets a session protects, and which are important: selectors
 * as netlink says them, and packets as selectors see them.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/uidgid.h>
#include <net/dsfield.h>
#include <net/genetlink.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "select.h"

static_assert(SIDESTEP_SELECTORS >= SIDESTEP_MAX_SELECTORS);
static_assert(SIDESTEP_SELECTORS >= SIDESTEP_MAX_IMPORTANT);

const struct nla_policy sidestep_select_policy[SIDESTEP_SELECTOR_A_MAX + 1] = {
	[SIDESTEP_SELECTOR_A_PROTO] = { .type = NLA_U8 },
	[SIDESTEP_SELECTOR_A_SPORT_MIN] = { .type = NLA_U16 },
	[SIDESTEP_SELECTOR_A_SPORT_MAX] = { .type = NLA_U16 },
	[SIDESTEP_SELECTOR_A_DPORT_MIN] = { .type = NLA_U16 },
	[SIDESTEP_SELECTOR_A_DPORT_MAX] = { .type = NLA_U16 },
	[SIDESTEP_SELECTOR_A_MARK] = { .type = NLA_U32 },
	[SIDESTEP_SELECTOR_A_MASK] = { .type = NLA_U32 },
	[SIDESTEP_SELECTOR_A_DSCP] = NLA_POLICY_MAX(NLA_U8, 63),
	[SIDESTEP_SELECTOR_A_UID_MIN] = { .type = NLA_U32 },
	[SIDESTEP_SELECTOR_A_UID_MAX] = { .type = NLA_U32 },
	[SIDESTEP_SELECTOR_A_CGROUP] = { .type = NLA_U64 },
};

static void read_fragment4(const struct iphdr *iph, struct sidestep_upper *upper)
{
	upper->fragment = ip_is_fragment(iph);
	upper->later = iph->frag_off & htons(IP_OFFSET);
	upper->id = ntohs(iph->id);
}

/*
 * Skips IPv6 extension headers, up to the fragment header of a later fragment.
 * Returns where; 0 if there is something amiss.
 */
static unsigned int skip_headers(const struct sk_buff *skb, unsigned int start,
				 struct sidestep_upper *upper)
{
	const struct frag_hdr *fragment;
	struct frag_hdr copy;
	__be16 offset;
	int end;

	/* Where IPv6 itself puts it: ours are there. */
	if (upper->proto == NEXTHDR_FRAGMENT) {
		fragment = skb_header_pointer(skb, start, sizeof(copy), &copy);
		upper->fragment = fragment;
		upper->id = fragment ? ntohl(fragment->identification) : 0;
	}
	end = ipv6_skip_exthdr(skb, start, &upper->proto, &offset);
	if (end < 0)
		return 0;
	if (!(offset & htons(IP6_OFFSET)))
		return end;
	upper->later = true;
	fragment = skb_header_pointer(skb, end, sizeof(copy), &copy);
	if (fragment)
		upper->proto = fragment->nexthdr;
	return end;
}

static void read_ports(const struct sk_buff *skb, unsigned int start,
		       struct sidestep_upper *upper)
{
	__be16 *ports, copy[2];

	ports = skb_header_pointer(skb, start, sizeof(copy), copy);
	if (!ports)
		return;
	upper->ports = SIDESTEP_PORTS_SEEN;
	upper->sport = ntohs(ports[0]);
	upper->dport = ntohs(ports[1]);
}

/* ICMP and ICMPv6 have the id at the same place. */
static void read_echo(const struct sk_buff *skb, unsigned int start,
		      struct sidestep_upper *upper)
{
	struct icmphdr *icmp, copy;

	icmp = skb_header_pointer(skb, start, sizeof(copy), &copy);
	if (!icmp)
		return;
	if (upper->proto == IPPROTO_ICMP ?
	    icmp->type == ICMP_ECHO || icmp->type == ICMP_ECHOREPLY :
	    icmp->type == ICMPV6_ECHO_REQUEST ||
	    icmp->type == ICMPV6_ECHO_REPLY)
		upper->echo = ntohs(icmp->un.echo.id);
}

/**
 * sidestep_select_upper() - read a packet behind its IP header
 * @skb: the packet, at its IP header
 * @start: where the next header begins
 * @next: its protocol
 * @upper: what is found
 */
void sidestep_select_upper(const struct sk_buff *skb, unsigned int start,
			   u8 next, struct sidestep_upper *upper)
{
	memset(upper, 0, sizeof(*upper));
	upper->proto = next;
	if (skb->protocol == htons(ETH_P_IP))
		read_fragment4(ip_hdr(skb), upper);
	else
		start = skip_headers(skb, start, upper);
	if (sidestep_selector_has_ports(upper->proto)) {
		upper->ports = SIDESTEP_PORTS_HIDDEN;
		if (start && !upper->later)
			read_ports(skb, start, upper);
	} else if (start && !upper->later &&
		   (upper->proto == IPPROTO_ICMP ||
		    upper->proto == IPPROTO_ICMPV6)) {
		read_echo(skb, start, upper);
	}
}

#ifdef CONFIG_SOCK_CGROUP_DATA
static const void *cgroup_of(const struct sock *sk)
{
	return sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);
}

bool sidestep_selector_in_cgroup(const void *cgroup, u64 id)
{
	struct cgroup *at;

	/* The socket holds its cgroup, and that its ancestors. */
	for (at = (struct cgroup *)cgroup; at; at = cgroup_parent(at))
		if (cgroup_id(at) == id)
			return true;
	return false;
}
#else
static const void *cgroup_of(const struct sock *sk)
{
	return NULL;
}

bool sidestep_selector_in_cgroup(const void *cgroup, u64 id)
{
	return false;
}
#endif

/**
 * sidestep_select_owner() - whose packet it is
 * @skb: a packet that is sent
 *
 * Sockets of the kernel's own belong to nobody.
 *
 * Return: the socket, which lives as long as the packet has it; or NULL.
 */
struct sock *sidestep_select_owner(const struct sk_buff *skb)
{
	struct sock *sk = skb_to_full_sk(skb);

	return sk && sk_fullsock(sk) && !sk->sk_kern_sock ? sk : NULL;
}

static void view_owner(const struct sk_buff *skb, struct sidestep_view *view)
{
	const struct sock *sk = sidestep_select_owner(skb);

	view->owned = sk;
	view->uid = sk ? __kuid_val(sk->sk_uid) : 0;
	view->cgroup = sk ? cgroup_of(sk) : NULL;
}

/**
 * sidestep_select_any() - whether one of a list's selectors picks a packet
 * @list: the list
 * @skb: a packet for a session's peer, at its IP header
 *
 * Return: as said.
 */
bool sidestep_select_any(const struct sidestep_selectors *list,
			 const struct sk_buff *skb)
{
	struct sidestep_view view;
	unsigned int i;

	if (skb->protocol == htons(ETH_P_IP)) {
		sidestep_select_upper(skb, ip_hdrlen(skb), ip_hdr(skb)->protocol,
				      &view.upper);
		view.dscp = ipv4_get_dsfield(ip_hdr(skb)) >> 2;
	} else {
		sidestep_select_upper(skb, sizeof(struct ipv6hdr),
				      ipv6_hdr(skb)->nexthdr, &view.upper);
		view.dscp = ipv6_get_dsfield(ipv6_hdr(skb)) >> 2;
	}
	view.mark = skb->mark;
	view_owner(skb, &view);
	for (i = 0; i < list->n; i++)
		if (sidestep_selector_match(&list->at[i], &view))
			return true;
	return false;
}

static int refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  const char *why)
{
	extack->_msg = why;
	NL_SET_BAD_ATTR(extack, attr);
	return -EINVAL;
}

/* One end of the range may be absent. */
static int parse_range(u16 range[2], const struct nlattr *min,
		       const struct nlattr *max, struct netlink_ext_ack *extack)
{
	range[0] = min ? nla_get_u16(min) : 0;
	range[1] = max ? nla_get_u16(max) : U16_MAX;
	if (range[0] <= range[1])
		return 0;
	return refuse(extack, max, "the range ends before it begins");
}

static int parse_ports(struct sidestep_selector *selector, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *smin = tb[SIDESTEP_SELECTOR_A_SPORT_MIN];
	const struct nlattr *smax = tb[SIDESTEP_SELECTOR_A_SPORT_MAX];
	const struct nlattr *dmin = tb[SIDESTEP_SELECTOR_A_DPORT_MIN];
	const struct nlattr *dmax = tb[SIDESTEP_SELECTOR_A_DPORT_MAX];
	int err;

	if (smin || smax)
		selector->has |= SIDESTEP_HAS_SPORT;
	if (dmin || dmax)
		selector->has |= SIDESTEP_HAS_DPORT;
	if (!(selector->has & (SIDESTEP_HAS_SPORT | SIDESTEP_HAS_DPORT)))
		return 0;
	if (tb[SIDESTEP_SELECTOR_A_PROTO] &&
	    !sidestep_selector_has_ports(selector->proto))
		return refuse(extack, tb[SIDESTEP_SELECTOR_A_PROTO],
			      "the protocol has no ports");
	err = parse_range(selector->sport, smin, smax, extack);
	if (!err)
		err = parse_range(selector->dport, dmin, dmax, extack);
	return err;
}

static int parse_mark(struct sidestep_selector *selector, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *mark = tb[SIDESTEP_SELECTOR_A_MARK];
	const struct nlattr *mask = tb[SIDESTEP_SELECTOR_A_MASK];

	if (!mark)
		return mask ? refuse(extack, mask, "a mask without a mark") : 0;
	selector->has |= SIDESTEP_HAS_MARK;
	selector->mark = nla_get_u32(mark);
	selector->mask = mask ? nla_get_u32(mask) : ~0U;
	if (selector->mark & ~selector->mask)
		return refuse(extack, mark, "the mark has bits that the mask has not");
	return 0;
}

static int parse_uid(u32 *uid, const struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	kuid_t kuid = make_kuid(current_user_ns(), nla_get_u32(attr));

	*uid = __kuid_val(kuid);
	if (uid_valid(kuid))
		return 0;
	return refuse(extack, attr, "no such user id here");
}

static int parse_uids(struct sidestep_selector *selector, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *min = tb[SIDESTEP_SELECTOR_A_UID_MIN];
	const struct nlattr *max = tb[SIDESTEP_SELECTOR_A_UID_MAX];
	int err;

	if (!min && !max)
		return 0;
	if (!min || !max)
		return refuse(extack, min ? min : max,
			      "a range of user ids has two ends");
	selector->has |= SIDESTEP_HAS_UID;
	err = parse_uid(&selector->uid[0], min, extack);
	if (!err)
		err = parse_uid(&selector->uid[1], max, extack);
	if (!err && selector->uid[0] > selector->uid[1])
		err = refuse(extack, max, "the range ends before it begins");
	return err;
}

static int parse_cgroup(struct sidestep_selector *selector,
			const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	if (!IS_ENABLED(CONFIG_SOCK_CGROUP_DATA))
		return refuse(extack, attr, "this kernel's sockets know no cgroup");
	selector->has |= SIDESTEP_HAS_CGROUP;
	selector->cgroup = nla_get_u64(attr);
	return 0;
}

static int parse_selector(struct sidestep_selector *selector,
			  const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SIDESTEP_SELECTOR_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, SIDESTEP_SELECTOR_A_MAX, attr,
			       sidestep_select_policy, extack);
	if (err)
		return err;
	memset(selector, 0, sizeof(*selector));
	if (tb[SIDESTEP_SELECTOR_A_PROTO]) {
		selector->has |= SIDESTEP_HAS_PROTO;
		selector->proto = nla_get_u8(tb[SIDESTEP_SELECTOR_A_PROTO]);
	}
	if (tb[SIDESTEP_SELECTOR_A_DSCP]) {
		selector->has |= SIDESTEP_HAS_DSCP;
		selector->dscp = nla_get_u8(tb[SIDESTEP_SELECTOR_A_DSCP]);
	}
	err = parse_ports(selector, tb, extack);
	if (!err)
		err = parse_mark(selector, tb, extack);
	if (!err)
		err = parse_uids(selector, tb, extack);
	if (!err)
		err = parse_cgroup(selector, tb[SIDESTEP_SELECTOR_A_CGROUP],
				   extack);
	return err;
}

/**
 * struct list_kind - a list of selectors in netlink
 * @attr: the attribute of each selector
 * @most: how many there may be
 * @too_many: what is said if there are more
 * @not_alone: what is said if one that picks all is not the only one
 */
struct list_kind {
	int		attr;
	unsigned int	most;
	const char	*too_many;
	const char	*not_alone;
};

static const struct list_kind protect_kind = {
	.attr = SIDESTEP_A_SELECTOR,
	.most = SIDESTEP_MAX_SELECTORS,
	.too_many = "protect: more than 16 selectors",
	.not_alone = "protect: 'all' stands alone",
};

static const struct list_kind important_kind = {
	.attr = SIDESTEP_A_IMPORTANT,
	.most = SIDESTEP_MAX_IMPORTANT,
	.too_many = "important: more than 4 selectors",
	.not_alone = "important: 'all' stands alone",
};

/* Those in the message replace all that were there. */
static int parse_list(struct sidestep_selectors *list,
		      const struct list_kind *kind, struct genl_info *info)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem, err;

	if (!info->attrs[kind->attr])
		return 0;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != kind->attr)
			continue;
		if (n == kind->most) {
			refuse(info->extack, attr, kind->too_many);
			return -E2BIG;
		}
		err = parse_selector(&list->at[n], attr, info->extack);
		if (err)
			return err;
		n++;
		if (n > 1 && (!list->at[n - 1].has || !list->at[0].has))
			return refuse(info->extack, attr, kind->not_alone);
	}
	/* One that picks all is the same as none. */
	list->n = list->at[0].has ? n : 0;
	return 0;
}

/**
 * sidestep_select_parse() - take the selectors of a netlink message
 * @config: where to
 * @info: the message
 *
 * Return: 0 or a negative error, with an extack text.
 */
int sidestep_select_parse(struct sidestep_config *config,
			  struct genl_info *info)
{
	return parse_list(&config->protect, &protect_kind, info) ?:
	       parse_list(&config->important, &important_kind, info);
}

static int put_ports(struct sk_buff *msg, const struct sidestep_selector *selector)
{
	if (selector->has & SIDESTEP_HAS_SPORT &&
	    (nla_put_u16(msg, SIDESTEP_SELECTOR_A_SPORT_MIN, selector->sport[0]) ||
	     nla_put_u16(msg, SIDESTEP_SELECTOR_A_SPORT_MAX, selector->sport[1])))
		return -EMSGSIZE;
	if (selector->has & SIDESTEP_HAS_DPORT &&
	    (nla_put_u16(msg, SIDESTEP_SELECTOR_A_DPORT_MIN, selector->dport[0]) ||
	     nla_put_u16(msg, SIDESTEP_SELECTOR_A_DPORT_MAX, selector->dport[1])))
		return -EMSGSIZE;
	return 0;
}

static int put_uid(struct sk_buff *msg, int attr, u32 uid)
{
	return nla_put_u32(msg, attr, from_kuid_munged(current_user_ns(),
						       KUIDT_INIT(uid)));
}

static int put_owner(struct sk_buff *msg, const struct sidestep_selector *selector)
{
	if (selector->has & SIDESTEP_HAS_UID &&
	    (put_uid(msg, SIDESTEP_SELECTOR_A_UID_MIN, selector->uid[0]) ||
	     put_uid(msg, SIDESTEP_SELECTOR_A_UID_MAX, selector->uid[1])))
		return -EMSGSIZE;
	if (selector->has & SIDESTEP_HAS_CGROUP)
		return nla_put_u64_64bit(msg, SIDESTEP_SELECTOR_A_CGROUP,
					 selector->cgroup,
					 SIDESTEP_SELECTOR_A_PAD);
	return 0;
}

static int put_selector(struct sk_buff *msg, int attr,
			const struct sidestep_selector *selector)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest)
		return -EMSGSIZE;
	if (selector->has & SIDESTEP_HAS_PROTO &&
	    nla_put_u8(msg, SIDESTEP_SELECTOR_A_PROTO, selector->proto))
		return -EMSGSIZE;
	if (selector->has & SIDESTEP_HAS_MARK &&
	    (nla_put_u32(msg, SIDESTEP_SELECTOR_A_MARK, selector->mark) ||
	     nla_put_u32(msg, SIDESTEP_SELECTOR_A_MASK, selector->mask)))
		return -EMSGSIZE;
	if (selector->has & SIDESTEP_HAS_DSCP &&
	    nla_put_u8(msg, SIDESTEP_SELECTOR_A_DSCP, selector->dscp))
		return -EMSGSIZE;
	if (put_ports(msg, selector) || put_owner(msg, selector))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_list(struct sk_buff *msg, int attr,
		    const struct sidestep_selectors *list)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < list->n && !err; i++)
		err = put_selector(msg, attr, &list->at[i]);
	return err;
}

/**
 * sidestep_select_put() - say a session's selectors
 * @msg: the message
 * @config: the session's configuration
 *
 * Return: 0 or -EMSGSIZE.
 */
int sidestep_select_put(struct sk_buff *msg,
			const struct sidestep_config *config)
{
	return put_list(msg, protect_kind.attr, &config->protect) ?:
	       put_list(msg, important_kind.attr, &config->important);
}
