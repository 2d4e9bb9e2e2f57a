// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: the tag's codec and MAC over arbitrary bytes.
 */
#include "input.h"
#include "tag.h"

struct material {
	siphash_key_t key;
	struct sidestep_tag tag;
	struct sidestep_probe probe;
	struct sidestep_flow flow;
	__u64 seq;
	__u32 len;
};

static __le64 mac(const struct material *m, bool control)
{
	if (control)
		return sidestep_probe_mac(&m->tag, &m->probe, &m->flow,
					  &m->key);
	return sidestep_tag_mac(&m->tag, m->seq, m->len, &m->flow, &m->key);
}

static void try_bits(const struct sidestep_tag *tag)
{
	__u8 bits = sidestep_tag_bits(sidestep_tag_paths(tag),
				      sidestep_tag_wants(tag),
				      sidestep_tag_is_control(tag));
	__u8 version = sidestep_tag_version(tag);

	assert(version < 8);
	assert(((bits ^ tag->bits) & 0x1f) == 0);
	assert(bits >> 5 == SIDESTEP_VERSION);
	assert(version == tag->bits >> 5);
}

static __u64 distance(__u64 a, __u64 b)
{
	return a > b ? a - b : b - a;
}

/* No other number with that low half is nearer. */
static void try_extend(__u32 low, __u64 expected)
{
	__u64 seq = sidestep_seq_extend(low, expected);
	const __u64 turn = 1ULL << 32;

	assert((__u32)seq == low);
	if (expected > ~0ULL - turn)
		return;
	assert(distance(seq, expected) <= distance(seq + turn, expected));
	if (seq >= turn)
		assert(distance(seq, expected) <=
		       distance(seq - turn, expected));
}

static void try_mac(struct material *m, __u32 noise, __u16 bit)
{
	bool control = sidestep_tag_is_control(&m->tag);
	__le64 plain = mac(m, control);
	__u8 *flow = (__u8 *)&m->flow.saddr;

	m->tag.seq ^= noise;
	m->tag.mac ^= noise;
	assert(mac(m, control) == plain);
	flow[bit / 8 % 32] ^= 1 << bit % 8;
	assert(mac(m, control) != plain);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };
	struct material m = TAKE(struct material, &in);
	__u32 noise = TAKE(__u32, &in);
	__u16 bit = TAKE(__u16, &in);

	try_bits(&m.tag);
	try_extend(be32_to_cpu(m.tag.seq), m.seq);
	try_extend(be32_to_cpu(m.tag.seq), (__u32)m.seq);
	try_extend(m.len, be32_to_cpu(m.tag.seq) + (1ULL << 32));
	try_mac(&m, noise, bit);
	return 0;
}
