// SPDX-License-Identifier: GPL-2.0
/*
 * The flows of a session: what each has sent and got on which path. A table of
 * fixed size; when it is full, a flow that was not used for long makes room.
 *
 * Known flows are found under RCU and locked one by one. An entry that is
 * evicted is another flow's at once, so who has found one looks again, with the
 * lock held, whose it is.
 */
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "flows.h"
#include "netlink.h"
#include "select.h"
#include "session.h"

/**
 * union tuple - a flow as this host sees it, the same in both directions
 * @local: this host's address, IPv6, or IPv4 mapped
 * @remote: the peer's
 * @lport: this host's port; of an ICMP echo, its id; 0 if there is none
 * @rport: the peer's port
 * @proto: IP protocol
 * @words: all of it
 */
union tuple {
	struct {
		struct in6_addr	local;
		struct in6_addr	remote;
		u16		lport;
		u16		rport;
		u32		proto;
	};
	u64	words[5];
};

/**
 * struct traffic - packets of a flow on one path
 * @tx_packets: sent
 * @tx_bytes: of these, with IP headers and tags
 * @rx_packets: received first on this path
 * @rx_bytes: of these
 */
struct traffic {
	u64	tx_packets;
	u64	tx_bytes;
	u64	rx_packets;
	u64	rx_bytes;
};

/**
 * struct owner - the local socket of a flow
 * @sk: which it is; only compared, it may be gone. NULL if none is known
 * @inode: its inode
 * @uid: who owns it
 * @mark: its mark
 */
struct owner {
	const struct sock	*sk;
	unsigned long		inode;
	kuid_t			uid;
	u32			mark;
};

/**
 * struct entry - a flow
 * @node: in &sidestep_flows.bucket
 * @tuple: which flow; written with both locks held
 * @again: used since it was last put to the young end of @age. Racy; the worst
 *	   case is a flow that goes too early
 * @lock: protects @tuple and what follows but @age
 * @used: jiffies of its last packet
 * @traffic: by enum sidestep_path
 * @eliminated: later copies dropped
 * @owner: its socket
 * @age: in &sidestep_flows.ages
 *
 * What a look-up reads is in one cache line.
 */
struct entry {
	struct hlist_node	node;
	union tuple		tuple;
	bool			again;
	spinlock_t		lock; /* protects tuple, and what follows but age */
	unsigned long		used;
	struct traffic		traffic[SIDESTEP_PATH_MAX + 1];
	u64			eliminated;
	struct owner		owner;
	struct list_head	age;
} ____cacheline_aligned;

/**
 * struct sidestep_flows - the table
 * @lock: protects buckets, ages and @n; taken for new flows only, outside of an
 *	  entry's lock
 * @ages: used entries; the youngest first, but for those used since
 * @n: used entries
 * @seed: of the hash
 * @parts: by hash, for later fragments: the hash, and the ports that the first
 *	   one had. Racy; the worst case is a packet counted for the wrong flow
 * @bucket: entries by hash; read under RCU
 * @entry: all of them
 */
struct sidestep_flows {
	spinlock_t		lock; /* protects buckets, ages, n */
	struct list_head	ages;
	unsigned int		n;
	u32			seed;
	u64			parts[SIDESTEP_FLOWS_PARTS];
	struct hlist_head	bucket[SIDESTEP_FLOWS_MAX];
	struct entry		entry[SIDESTEP_FLOWS_MAX];
};

/**
 * sidestep_flows_init() - begin to remember a session's flows
 * @session: the session; no packet finds it yet
 *
 * Return: 0 or -ENOMEM.
 */
int sidestep_flows_init(struct sidestep_session *session)
{
	struct sidestep_flows *flows;
	unsigned int i;

	BUILD_BUG_ON(sizeof(union tuple) != sizeof_field(union tuple, words));
	flows = kvzalloc(sizeof(*flows), GFP_KERNEL_ACCOUNT);
	if (!flows)
		return -ENOMEM;
	spin_lock_init(&flows->lock);
	INIT_LIST_HEAD(&flows->ages);
	flows->seed = get_random_u32();
	for (i = 0; i < SIDESTEP_FLOWS_MAX; i++)
		spin_lock_init(&flows->entry[i].lock);
	session->flows = flows;
	return 0;
}

/**
 * sidestep_flows_exit() - forget a session's flows
 * @session: the session; no packet finds it any more
 */
void sidestep_flows_exit(struct sidestep_session *session)
{
	kvfree(session->flows);
	session->flows = NULL;
}

static bool is_same(const union tuple *a, const union tuple *b)
{
	return !((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1]) |
		 (a->words[2] ^ b->words[2]) | (a->words[3] ^ b->words[3]) |
		 (a->words[4] ^ b->words[4]));
}

static u32 fold(const struct in6_addr *addr, u32 seed)
{
	return ipv6_addr_v4mapped(addr) ? (__force u32)addr->s6_addr32[3] :
					  __ipv6_addr_jhash(addr, seed);
}

static struct hlist_head *bucket_of(struct sidestep_flows *flows,
				    const union tuple *tuple)
{
	u32 hash = jhash_3words(fold(&tuple->local, flows->seed),
				fold(&tuple->remote, flows->seed),
				(u32)tuple->lport << 16 | tuple->rport,
				flows->seed + tuple->proto);

	return &flows->bucket[hash % SIDESTEP_FLOWS_MAX];
}

/*
 * Under RCU alone it may miss an entry while others move, or find one that has
 * just become another's.
 */
static struct entry *find(struct hlist_head *bucket, const union tuple *tuple)
{
	struct entry *entry;

	hlist_for_each_entry_rcu(entry, bucket, node)
		if (is_same(&entry->tuple, tuple))
			return entry;
	return NULL;
}

/* A free entry, or the one at the old end that was not used since it came there. */
static struct entry *take(struct sidestep_session *session,
			  struct sidestep_flows *flows)
{
	unsigned int tries = SIDESTEP_FLOWS_TRIES;
	struct entry *entry;

	lockdep_assert_held(&flows->lock);
	if (flows->n < SIDESTEP_FLOWS_MAX)
		return &flows->entry[flows->n];
	entry = list_last_entry(&flows->ages, struct entry, age);
	while (READ_ONCE(entry->again) && tries--) {
		WRITE_ONCE(entry->again, false);
		list_move(&entry->age, &flows->ages);
		entry = list_last_entry(&flows->ages, struct entry, age);
	}
	hlist_del_rcu(&entry->node);
	list_del(&entry->age);
	sidestep_count(session, SIDESTEP_COUNTER_FLOWS_EVICTED);
	return entry;
}

/* Returns the new flow's entry. */
static struct entry *make(struct sidestep_session *session,
			  struct sidestep_flows *flows,
			  struct hlist_head *bucket, const union tuple *tuple)
{
	struct entry *entry = take(session, flows);

	spin_lock(&entry->lock);
	entry->tuple = *tuple;
	WRITE_ONCE(entry->again, false);
	entry->used = jiffies;
	memset(&entry->owner, 0, sizeof(entry->owner));
	memset(entry->traffic, 0, sizeof(entry->traffic));
	entry->eliminated = 0;
	spin_unlock(&entry->lock);
	list_add(&entry->age, &flows->ages);
	hlist_add_head_rcu(&entry->node, bucket);
	if (flows->n < SIDESTEP_FLOWS_MAX)
		/* Who reads the table finds entries that are complete. */
		smp_store_release(&flows->n, flows->n + 1);
	return entry;
}

/*
 * Returns the flow's entry, not locked: it may be another's by the time that it
 * is. The packet is not counted then; its flow was forgotten with the others.
 */
static struct entry *get(struct sidestep_session *session,
			 const union tuple *tuple)
{
	struct sidestep_flows *flows = session->flows;
	struct hlist_head *bucket = bucket_of(flows, tuple);
	struct entry *entry = find(bucket, tuple);

	if (likely(entry)) {
		if (!READ_ONCE(entry->again))
			WRITE_ONCE(entry->again, true);
		return entry;
	}
	spin_lock(&flows->lock);
	entry = find(bucket, tuple);
	if (!entry)
		entry = make(session, flows, bucket, tuple);
	spin_unlock(&flows->lock);
	return entry;
}

static void read_addresses(const struct sk_buff *skb, struct in6_addr *source,
			   struct in6_addr *destination)
{
	if (skb->protocol == htons(ETH_P_IP)) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, source);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, destination);
	} else {
		*source = ipv6_hdr(skb)->saddr;
		*destination = ipv6_hdr(skb)->daddr;
	}
}

/* Later fragments have the ports of the first, if that came before them. */
static void read_parts(struct sidestep_flows *flows,
		       const struct sidestep_upper *upper, union tuple *tuple)
{
	u32 hash = jhash_3words(fold(&tuple->local, flows->seed),
				fold(&tuple->remote, flows->seed), upper->id,
				flows->seed + tuple->proto);
	u64 *part = &flows->parts[hash % SIDESTEP_FLOWS_PARTS];
	u64 seen = READ_ONCE(*part);

	if (!upper->later) {
		WRITE_ONCE(*part, (u64)hash << 32 | (u32)tuple->lport << 16 |
			   tuple->rport);
	} else if (seen >> 32 == hash) {
		tuple->lport = seen >> 16;
		tuple->rport = seen;
	}
}

/* Reads the flow of a packet that is received, or sent. */
static void read_tuple(struct sidestep_flows *flows, const struct sk_buff *skb,
		       unsigned int start, u8 next, bool sent,
		       union tuple *tuple)
{
	struct sidestep_upper upper;

	sidestep_select_upper(skb, start, next, &upper);
	if (sent) {
		read_addresses(skb, &tuple->local, &tuple->remote);
		tuple->lport = upper.sport | upper.echo;
		tuple->rport = upper.dport;
	} else {
		read_addresses(skb, &tuple->remote, &tuple->local);
		tuple->lport = upper.dport | upper.echo;
		tuple->rport = upper.sport;
	}
	tuple->proto = upper.proto;
	if (unlikely(upper.fragment))
		read_parts(flows, &upper, tuple);
}

/* The socket is asked before the entry is locked: it has locks of its own. */
static void own(struct entry *entry, const union tuple *tuple, struct sock *sk)
{
	const struct owner owner = {
		.sk = sk,
		.inode = sock_i_ino(sk),
		.uid = sk->sk_uid,
		.mark = READ_ONCE(sk->sk_mark),
	};

	spin_lock(&entry->lock);
	if (is_same(&entry->tuple, tuple))
		entry->owner = owner;
	spin_unlock(&entry->lock);
}

static void count_sent(struct entry *entry, unsigned int paths,
		       unsigned int packets, unsigned int bytes)
{
	unsigned int path;

	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (paths & 1 << path) {
			entry->traffic[path].tx_packets += packets;
			entry->traffic[path].tx_bytes += bytes;
		}
}

static void count_received(struct entry *entry, unsigned int path,
			   unsigned int bytes, bool first)
{
	if (!first) {
		entry->eliminated++;
		return;
	}
	entry->traffic[path].rx_packets++;
	entry->traffic[path].rx_bytes += bytes;
}

/**
 * sidestep_flows_tx() - a packet is sent
 * @session: the session
 * @skb: the packet, at its IP header, with its tag; its socket is its flow's
 * @start: where the header behind the tag begins
 * @next: its protocol
 * @paths: enum sidestep_paths, where copies go
 * @packets: packets that each will be on the wire
 * @bytes: of these, with IP headers and tags
 *
 * The caller holds the RCU read lock and has bottom halves off.
 */
void sidestep_flows_tx(struct sidestep_session *session,
		       const struct sk_buff *skb, unsigned int start, u8 next,
		       unsigned int paths, unsigned int packets,
		       unsigned int bytes)
{
	struct sock *sk = sidestep_select_owner(skb);
	struct entry *entry;
	union tuple tuple;
	bool is_new = false;

	read_tuple(session->flows, skb, start, next, true, &tuple);
	entry = get(session, &tuple);
	spin_lock(&entry->lock);
	if (likely(is_same(&entry->tuple, &tuple))) {
		entry->used = jiffies;
		count_sent(entry, paths, packets, bytes);
		is_new = sk && entry->owner.sk != sk;
	}
	spin_unlock(&entry->lock);
	if (unlikely(is_new))
		own(entry, &tuple, sk);
}

/**
 * sidestep_flows_rx() - an authentic packet came
 * @session: the session
 * @skb: the packet, at its IP header
 * @start: where the header behind the tag begins
 * @next: its protocol
 * @path: enum sidestep_path, where it came from
 * @bytes: its size, with IP header and tag
 * @first: it is the first copy
 *
 * The caller holds the RCU read lock and has bottom halves off.
 */
void sidestep_flows_rx(struct sidestep_session *session,
		       const struct sk_buff *skb, unsigned int start, u8 next,
		       unsigned int path, unsigned int bytes, bool first)
{
	struct entry *entry;
	union tuple tuple;

	read_tuple(session->flows, skb, start, next, false, &tuple);
	entry = get(session, &tuple);
	spin_lock(&entry->lock);
	if (likely(is_same(&entry->tuple, &tuple))) {
		entry->used = jiffies;
		count_received(entry, path, bytes, first);
	}
	spin_unlock(&entry->lock);
}

static int put_tuple(struct sk_buff *msg, const union tuple *tuple)
{
	if (nla_put_u8(msg, SIDESTEP_FLOW_A_PROTO, tuple->proto) ||
	    sidestep_netlink_put_addr(msg, SIDESTEP_FLOW_A_LOCAL,
				      &tuple->local) ||
	    sidestep_netlink_put_addr(msg, SIDESTEP_FLOW_A_REMOTE,
				      &tuple->remote))
		return -EMSGSIZE;
	if ((tuple->lport || tuple->rport) &&
	    (nla_put_u16(msg, SIDESTEP_FLOW_A_LOCAL_PORT, tuple->lport) ||
	     nla_put_u16(msg, SIDESTEP_FLOW_A_REMOTE_PORT, tuple->rport)))
		return -EMSGSIZE;
	return 0;
}

static int put_owner(struct sk_buff *msg, const struct owner *owner)
{
	if (!owner->sk)
		return 0;
	if (nla_put_u32(msg, SIDESTEP_FLOW_A_UID,
			from_kuid_munged(current_user_ns(), owner->uid)) ||
	    nla_put_u32(msg, SIDESTEP_FLOW_A_MARK, owner->mark))
		return -EMSGSIZE;
	return nla_put_u64_64bit(msg, SIDESTEP_FLOW_A_INODE, owner->inode,
		       SIDESTEP_FLOW_A_PAD);
}

static int put_traffic(struct sk_buff *msg, const struct traffic *traffic,
		       unsigned int path)
{
	struct nlattr *nest = nla_nest_start(msg, SIDESTEP_FLOW_A_PATH);
	const int pad = SIDESTEP_PATH_A_PAD;

	if (!nest || nla_put_u8(msg, SIDESTEP_PATH_A_ID, path) ||
	    nla_put_u64_64bit(msg, SIDESTEP_PATH_A_TX_PACKETS, traffic->tx_packets, pad) ||
	    nla_put_u64_64bit(msg, SIDESTEP_PATH_A_TX_BYTES, traffic->tx_bytes, pad) ||
	    nla_put_u64_64bit(msg, SIDESTEP_PATH_A_RX_PACKETS, traffic->rx_packets, pad) ||
	    nla_put_u64_64bit(msg, SIDESTEP_PATH_A_RX_BYTES, traffic->rx_bytes, pad))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_entry(struct sk_buff *msg, const struct entry *entry)
{
	struct nlattr *nest = nla_nest_start(msg, SIDESTEP_A_FLOW);
	unsigned int path;

	if (!nest || put_tuple(msg, &entry->tuple) ||
	    put_owner(msg, &entry->owner) ||
	    nla_put_u64_64bit(msg, SIDESTEP_FLOW_A_USED,
			      jiffies_to_msecs(jiffies - entry->used),
			      SIDESTEP_FLOW_A_PAD) ||
	    nla_put_u64_64bit(msg, SIDESTEP_FLOW_A_ELIMINATED, entry->eliminated,
			      SIDESTEP_FLOW_A_PAD))
		return -EMSGSIZE;
	for (path = 0; path <= SIDESTEP_PATH_MAX; path++)
		if (put_traffic(msg, &entry->traffic[path], path))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * sidestep_flows_put() - say a flow
 * @msg: the message
 * @session: the session; the caller holds RTNL
 * @index: its place in the table, where it stays as long as it is remembered
 *
 * Return: 0, -EMSGSIZE, or -ENOENT if there is none there nor behind.
 */
int sidestep_flows_put(struct sk_buff *msg, struct sidestep_session *session,
		       unsigned int index)
{
	struct sidestep_flows *flows = session->flows;
	struct entry *entry, copy;

	if (!flows)
		return -ENOENT;
	/* Pairs with the one in make(). */
	if (index >= smp_load_acquire(&flows->n))
		return -ENOENT;
	entry = &flows->entry[index];
	spin_lock_bh(&entry->lock);
	copy = *entry;
	spin_unlock_bh(&entry->lock);
	return put_entry(msg, &copy);
}
