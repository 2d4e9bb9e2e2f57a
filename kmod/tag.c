// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tag's codec and MAC. Pure: no skb, no lock.
 */
#include "tag.h"

/**
 * sidestep_tag_bits() - compose the second byte of a tag
 * @paths: enum sidestep_paths, where copies of the packet go
 * @wants: enum sidestep_paths, what this host asks for
 * @control: whether a probe follows
 *
 * Return: the byte.
 */
__u8 sidestep_tag_bits(unsigned int paths, unsigned int wants, bool control)
{
	return SIDESTEP_VERSION << SIDESTEP_TAG_VERSION_SHIFT |
	       (control ? SIDESTEP_TAG_CONTROL : 0) |
	       (paths & SIDESTEP_ON_BOTH) << SIDESTEP_TAG_PATHS_SHIFT |
	       (wants & SIDESTEP_TAG_WANTS);
}

/**
 * sidestep_tag_version() - version of a tag
 * @tag: the tag
 *
 * Return: 0 to 7.
 */
unsigned int sidestep_tag_version(const struct sidestep_tag *tag)
{
	return tag->bits >> SIDESTEP_TAG_VERSION_SHIFT;
}

/**
 * sidestep_tag_paths() - where copies of a packet were sent
 * @tag: its tag
 *
 * Return: enum sidestep_paths.
 */
unsigned int sidestep_tag_paths(const struct sidestep_tag *tag)
{
	return tag->bits >> SIDESTEP_TAG_PATHS_SHIFT & SIDESTEP_ON_BOTH;
}

/**
 * sidestep_tag_wants() - the paths that the sender asks for
 * @tag: the tag
 *
 * Return: enum sidestep_paths.
 */
unsigned int sidestep_tag_wants(const struct sidestep_tag *tag)
{
	return tag->bits & SIDESTEP_TAG_WANTS;
}

/**
 * sidestep_tag_is_control() - tell probes from packets
 * @tag: the tag
 *
 * Return: whether a probe follows.
 */
bool sidestep_tag_is_control(const struct sidestep_tag *tag)
{
	return tag->bits & SIDESTEP_TAG_CONTROL;
}

/**
 * sidestep_seq_extend() - 64-bit sequence number from its low half
 * @low: what the tag has
 * @expected: a number close to it
 *
 * As RFC 4304 does for IPsec: the high half is not sent, but under the MAC.
 *
 * Return: the number with that low half that is nearest to @expected.
 */
__u64 sidestep_seq_extend(__u32 low, __u64 expected)
{
	__s32 distance = (__s32)(low - (__u32)expected);

	if (distance < 0 && expected < (__u64)-(__s64)distance)
		return low;
	return expected + distance;
}

static void mac_input_fill(struct sidestep_mac_input *in,
			   const struct sidestep_tag *tag, __u64 seq, __u32 len,
			   const struct sidestep_flow *flow)
{
	in->epoch = cpu_to_be64(flow->epoch);
	in->seq = cpu_to_be64(seq);
	in->next = tag->next;
	in->bits = tag->bits;
	in->id = tag->id;
	in->len = cpu_to_be32(len);
	memcpy(in->saddr, flow->saddr, sizeof(in->saddr));
	memcpy(in->daddr, flow->daddr, sizeof(in->daddr));
}

/**
 * sidestep_tag_mac() - MAC of a session's packet
 * @tag: its tag; @mac and @seq are not looked at
 * @seq: 64-bit sequence number
 * @len: bytes behind the tag
 * @flow: the sender's epoch, and the addresses
 * @key: of this direction
 *
 * Return: the value for the tag's mac field.
 */
__le64 sidestep_tag_mac(const struct sidestep_tag *tag, __u64 seq, __u32 len,
			const struct sidestep_flow *flow,
			const siphash_key_t *key)
{
	struct sidestep_mac_input in;

	mac_input_fill(&in, tag, seq, len, flow);
	return cpu_to_le64(siphash(&in, sizeof(in), key));
}

/**
 * sidestep_train_mac() - MAC of a train's template, which never leaves the host
 * @tag: its tag; @mac and @seq are not looked at
 * @seq: 64-bit sequence number of the first packet
 * @len: bytes behind the tag, of the whole train
 * @flow: as for sidestep_tag_mac()
 * @key: of this direction
 *
 * Return: a value that is no packet's MAC.
 */
__le64 sidestep_train_mac(const struct sidestep_tag *tag, __u64 seq, __u32 len,
			  const struct sidestep_flow *flow,
			  const siphash_key_t *key)
{
	return sidestep_tag_mac(tag, seq, len | 1U << 31, flow, key);
}

/**
 * sidestep_probe_mac() - MAC of a probe
 * @tag: its tag; @mac and @seq are not looked at
 * @probe: the probe, covered whole
 * @flow: the addresses; the epoch is not looked at
 * @key: of this direction
 *
 * Return: the value for the tag's mac field.
 */
__le64 sidestep_probe_mac(const struct sidestep_tag *tag,
			  const struct sidestep_probe *probe,
			  const struct sidestep_flow *flow,
			  const siphash_key_t *key)
{
	struct {
		struct sidestep_mac_input in;
		struct sidestep_probe probe;
	} all;

	mac_input_fill(&all.in, tag, 0, sizeof(*probe), flow);
	all.in.epoch = 0;
	all.probe = *probe;
	return cpu_to_le64(siphash(&all, sizeof(all), key));
}

/**
 * sidestep_addr_map4() - write an IPv4 address as RFC 4291 maps it into IPv6
 * @addr: where to
 * @v4: the address
 */
void sidestep_addr_map4(__u8 addr[16], __be32 v4)
{
	memset(addr, 0, 10);
	memset(addr + 10, 0xff, 2);
	memcpy(addr + 12, &v4, 4);
}

/**
 * sidestep_key_load() - read a key as the SipHash paper does
 * @key: where to
 * @bytes: 16 bytes
 */
void sidestep_key_load(siphash_key_t *key, const __u8 *bytes)
{
	__le64 words[2];

	memcpy(words, bytes, sizeof(words));
	key->key[0] = le64_to_cpu(words[0]);
	key->key[1] = le64_to_cpu(words[1]);
}
