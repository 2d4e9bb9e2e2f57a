// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tag's codec and MAC. docs/wire-vectors.md has the same vectors.
 */
#include "ktap.h"
#include "tag.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const __u8 key_bytes[16] = { 0, 1, 2,  3,  4,  5,  6,  7,
				    8, 9, 10, 11, 12, 13, 14, 15 };

static void bits_round_trip(void)
{
	for (unsigned int all = 0; all < 32; all++) {
		unsigned int paths = all & 3, wants = all >> 2 & 3;
		bool control = all >> 4;
		struct sidestep_tag tag = {
			.bits = sidestep_tag_bits(paths, wants, control),
		};

		EXPECT(sidestep_tag_paths(&tag) == paths);
		EXPECT(sidestep_tag_wants(&tag) == wants);
		EXPECT(sidestep_tag_is_control(&tag) == control);
		EXPECT(sidestep_tag_version(&tag) == SIDESTEP_VERSION);
	}
}

static void bits_on_the_wire(void)
{
	EXPECT(sidestep_tag_bits(0, 0, false) == 0x20);
	EXPECT(sidestep_tag_bits(SIDESTEP_ON_INFRA, SIDESTEP_ON_DIRECT,
				 false) == 0x29);
	EXPECT(sidestep_tag_bits(SIDESTEP_ON_BOTH, SIDESTEP_ON_BOTH, false) ==
	       0x2f);
	EXPECT(sidestep_tag_bits(0, SIDESTEP_ON_INFRA, true) == 0x32);
}

static void bits_do_not_spill(void)
{
	EXPECT(sidestep_tag_bits(~0U, 0, false) == 0x2c);
	EXPECT(sidestep_tag_bits(0, ~0U, false) == 0x23);
}

static void any_byte_is_read(void)
{
	for (unsigned int byte = 0; byte < 256; byte++) {
		struct sidestep_tag tag = { .bits = byte };

		EXPECT(sidestep_tag_wants(&tag) == byte % 4);
		EXPECT(sidestep_tag_paths(&tag) == byte / 4 % 4);
		EXPECT(sidestep_tag_is_control(&tag) == (byte / 16 % 2 == 1));
		EXPECT(sidestep_tag_version(&tag) == byte / 32);
	}
}

static void layout(void)
{
	struct sidestep_tag tag = { .next = 1, .bits = 2 };
	const __u8 *bytes = (const __u8 *)&tag;

	tag.id = cpu_to_be16(0x0304);
	tag.seq = cpu_to_be32(0x05060708);
	tag.mac = cpu_to_le64(0x100f0e0d0c0b0a09);
	EXPECT(sizeof(tag) == SIDESTEP_TAG_LEN);
	for (unsigned int i = 0; i < sizeof(tag); i++)
		EXPECT(bytes[i] == i + 1);
	EXPECT(sizeof(struct sidestep_mac_input) == 56);
	EXPECT(sizeof(struct sidestep_probe) == 48);
}

struct extension {
	__u64 expected;
	__u32 low;
	__u64 seq;
};

static void extends(const struct extension *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct extension *row = &table[i];
		__u64 seq = sidestep_seq_extend(row->low, row->expected);

		ktap_expect(seq == row->seq, __LINE__,
			    "%zu: %#x near %#llx is %#llx, not %#llx", i,
			    row->low, row->expected, row->seq, seq);
	}
}

static void extends_at_start(void)
{
	static const struct extension table[] = {
		{ 0, 0, 0 },
		{ 0, 1, 1 },
		{ 1, 1, 1 },
		{ 1, 0, 0 },
		{ 1, 0x7fffffff, 0x7fffffff },
		{ 0, 0x7fffffff, 0x7fffffff },
		{ 0, 0x80000000, 0x80000000 },
		{ 0, 0xffffffff, 0xffffffff },
		{ 5, 0xfffffff0, 0xfffffff0 },
		{ 0x7fffffff, 0xffffffff, 0xffffffff },
	};

	extends(table, SIZE(table));
}

static void extends_at_half(void)
{
	static const struct extension table[] = {
		{ 0x7fffffff, 0x7fffffff, 0x7fffffff },
		{ 0x7fffffff, 0x80000000, 0x80000000 },
		{ 0x80000000, 0x7fffffff, 0x7fffffff },
		{ 0x80000000, 0xffffffff, 0xffffffff },
		{ 0x80000001, 1, 1 },
		{ 0x80000001, 0, 0x100000000 },
		{ 0xc0000000, 0x40000000, 0x40000000 },
		{ 0xc0000000, 0x3fffffff, 0x13fffffff },
	};

	extends(table, SIZE(table));
}

static void extends_over_wrap(void)
{
	static const struct extension table[] = {
		{ 0xffffffff, 0xffffffff, 0xffffffff },
		{ 0xffffffff, 0, 0x100000000 },
		{ 0xffffffff, 1, 0x100000001 },
		{ 0xffffffff, 0x7ffffffe, 0x17ffffffe },
		{ 0x100000000, 0xffffffff, 0xffffffff },
		{ 0x100000000, 0, 0x100000000 },
		{ 0x100000001, 0xfffffffe, 0xfffffffe },
		{ 0x100000000, 0x80000001, 0x80000001 },
		{ 0x100000000, 0x7fffffff, 0x17fffffff },
		{ 0x1ffffffff, 3, 0x200000003 },
		{ 0x200000003, 0xfffffff0, 0x1fffffff0 },
		{ 0x7fffffffffffffff, 0, 0x8000000000000000 },
		{ 0x8000000000000000, 0xffffffff, 0x7fffffffffffffff },
		{ 0xfffffffffffffff0, 0xfffffffe, 0xfffffffffffffffe },
	};

	extends(table, SIZE(table));
}

static void extends_all_near(void)
{
	static const __u64 centres[] = { 1, 1000, 0x7fffffff, 0x80000000,
					 0xffffffff, 0x100000000, 0x180000000,
					 0x500000000, 0x8000000000000000 };

	for (size_t i = 0; i < SIZE(centres); i++)
		for (__s64 off = -70000; off <= 70000; off += 7) {
			__u64 seq = centres[i] + off;

			if (off < 0 && centres[i] < (__u64)-off)
				continue;
			EXPECT(sidestep_seq_extend(seq, centres[i]) == seq);
		}
}

static void published_vectors(void)
{
	/* Of the SipHash reference implementation, inputs of 0 to 15 bytes. */
	static const __u64 table[] = {
		0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a,
		0x85676696d7fb7e2d, 0xcf2794e0277187b7, 0x18765564cd99a68d,
		0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462,
		0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
		0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee,
		0xa129ca6149be45e5,
	};
	siphash_key_t key;
	__u8 input[64];

	sidestep_key_load(&key, key_bytes);
	EXPECT(key.key[0] == 0x0706050403020100);
	EXPECT(key.key[1] == 0x0f0e0d0c0b0a0908);
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = i;
	for (size_t i = 0; i < SIZE(table); i++)
		EXPECT(siphash(input, i, &key) == table[i]);
	EXPECT(siphash(input, 63, &key) == 0x958a324ceb064572);
}

static void maps_ipv4(void)
{
	static const __u8 mapped[16] = { 0, 0, 0,    0,	   0,	0, 0, 0,
					 0, 0, 0xff, 0xff, 192, 0, 2, 1 };
	__u8 addr[16];

	memset(addr, 0xa5, sizeof(addr));
	sidestep_addr_map4(addr, cpu_to_be32(0xc0000201));
	EXPECT(memcmp(addr, mapped, sizeof(addr)) == 0);
}

/* What a MAC is computed of, and the MAC. */
struct sample {
	siphash_key_t key;
	struct sidestep_tag tag;
	struct sidestep_probe probe;
	struct sidestep_flow flow;
	__u64 seq;
	__u32 len;
};

static struct sample packet4(void)
{
	struct sample s = {
		.tag = { .next = 17,
			 .bits = sidestep_tag_bits(3, 3, false),
			 .id = cpu_to_be16(0x1234),
			 .seq = cpu_to_be32(0xfffffffe) },
		.flow = { .epoch = 0x0123456789abcdef },
		.seq = 0x5fffffffe,
		.len = 1208,
	};

	sidestep_key_load(&s.key, key_bytes);
	sidestep_addr_map4(s.flow.saddr, cpu_to_be32(0xc0000201));
	sidestep_addr_map4(s.flow.daddr, cpu_to_be32(0xc6336402));
	return s;
}

static void address6(__u8 addr[16], __u8 last)
{
	static const __u8 prefix[4] = { 0x20, 0x01, 0x0d, 0xb8 };

	memset(addr, 0, 16);
	memcpy(addr, prefix, sizeof(prefix));
	addr[15] = last;
}

static struct sample packet6(void)
{
	struct sample s = packet4();

	s.tag.next = 6;
	s.tag.bits = sidestep_tag_bits(2, 2, false);
	s.tag.seq = cpu_to_be32(1);
	s.seq = 1;
	s.len = 20;
	address6(s.flow.saddr, 1);
	address6(s.flow.daddr, 2);
	return s;
}

static struct sample request4(void)
{
	struct sample s = packet4();

	s.tag.next = 59;
	s.tag.bits = sidestep_tag_bits(SIDESTEP_ON_INFRA, 3, true);
	s.tag.seq = 0;
	s.probe.type = SIDESTEP_PROBE_REQUEST;
	s.probe.path = 1;
	s.probe.number = cpu_to_be64(7);
	s.probe.nonce = cpu_to_be64(0x1122334455667788);
	s.probe.epoch = cpu_to_be64(0x0123456789abcdef);
	s.probe.peer_epoch = cpu_to_be64(0xfedcba9876543210);
	s.probe.next_seq = cpu_to_be64(0x5ffffffff);
	return s;
}

static __le64 packet_mac(const struct sample *s)
{
	return sidestep_tag_mac(&s->tag, s->seq, s->len, &s->flow, &s->key);
}

static __le64 probe_mac(const struct sample *s)
{
	return sidestep_probe_mac(&s->tag, &s->probe, &s->flow, &s->key);
}

static void golden(const struct sidestep_tag *tag, __le64 mac,
		   const __u8 wire[16])
{
	struct sidestep_tag whole = *tag;

	whole.mac = mac;
	for (size_t i = 0; i < sizeof(whole); i++)
		ktap_expect(((__u8 *)&whole)[i] == wire[i], __LINE__,
			    "byte %zu is %02x, not %02x", i,
			    ((__u8 *)&whole)[i], wire[i]);
}

static void golden_packet4(void)
{
	static const __u8 wire[16] = {
		0x11, 0x2f, 0x12, 0x34, 0xff, 0xff, 0xff, 0xfe,
		0x14, 0x02, 0xf1, 0xd2, 0x6c, 0x9d, 0xc2, 0x32,
	};
	struct sample s = packet4();

	golden(&s.tag, packet_mac(&s), wire);
}

static void golden_packet6(void)
{
	static const __u8 wire[16] = {
		0x06, 0x2a, 0x12, 0x34, 0x00, 0x00, 0x00, 0x01,
		0x18, 0xd1, 0xeb, 0x08, 0x31, 0xd8, 0xf0, 0x74,
	};
	struct sample s = packet6();

	golden(&s.tag, packet_mac(&s), wire);
}

static void golden_probe(void)
{
	static const __u8 wire[16] = {
		0x3b, 0x3b, 0x12, 0x34, 0x00, 0x00, 0x00, 0x00,
		0xaf, 0x16, 0x5f, 0xcb, 0x4d, 0xec, 0x14, 0xda,
	};
	static const __u8 payload[48] = {
		1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7,
		0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
		0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
		0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
		0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff,
	};
	struct sample s = request4();

	golden(&s.tag, probe_mac(&s), wire);
	EXPECT(memcmp(&s.probe, payload, sizeof(payload)) == 0);
}

typedef __le64 mac_fn(const struct sample *s);

static void each_bit_counts(mac_fn *mac, struct sample *s, void *field,
			    size_t size)
{
	__le64 plain = mac(s);
	__u8 *bytes = field;

	for (size_t bit = 0; bit < size * 8; bit++) {
		bytes[bit / 8] ^= 1 << bit % 8;
		ktap_expect(mac(s) != plain, __LINE__,
			    "bit %zu of the field at %td is not covered", bit,
			    bytes - (__u8 *)s);
		bytes[bit / 8] ^= 1 << bit % 8;
	}
}

static void packet_bits_count(void)
{
	struct sample s = packet4();

	each_bit_counts(packet_mac, &s, &s.tag.next, sizeof(s.tag.next));
	each_bit_counts(packet_mac, &s, &s.tag.bits, sizeof(s.tag.bits));
	each_bit_counts(packet_mac, &s, &s.tag.id, sizeof(s.tag.id));
	each_bit_counts(packet_mac, &s, &s.flow, sizeof(s.flow));
	each_bit_counts(packet_mac, &s, &s.seq, sizeof(s.seq));
	each_bit_counts(packet_mac, &s, &s.len, sizeof(s.len));
	each_bit_counts(packet_mac, &s, &s.key, sizeof(s.key));
}

static void probe_bits_count(void)
{
	struct sample s = request4();

	each_bit_counts(probe_mac, &s, &s.tag.next, sizeof(s.tag.next));
	each_bit_counts(probe_mac, &s, &s.tag.bits, sizeof(s.tag.bits));
	each_bit_counts(probe_mac, &s, &s.tag.id, sizeof(s.tag.id));
	each_bit_counts(probe_mac, &s, &s.flow.saddr, 2 * 16);
	each_bit_counts(probe_mac, &s, &s.probe, sizeof(s.probe));
	each_bit_counts(probe_mac, &s, &s.key, sizeof(s.key));
}

static void own_fields_do_not_count(void)
{
	struct sample plain = packet4(), other = plain;

	other.tag.seq = cpu_to_be32(0xdeadbeef);
	other.tag.mac = cpu_to_le64(0xdeadbeef);
	EXPECT(packet_mac(&plain) == packet_mac(&other));

	plain = request4();
	other = plain;
	other.tag.seq = cpu_to_be32(0xdeadbeef);
	other.tag.mac = cpu_to_le64(0xdeadbeef);
	other.flow.epoch = 0xdeadbeef;
	EXPECT(probe_mac(&plain) == probe_mac(&other));
}

static void directions_differ(void)
{
	struct sample there = packet4(), back = there;

	memcpy(back.flow.saddr, there.flow.daddr, 16);
	memcpy(back.flow.daddr, there.flow.saddr, 16);
	EXPECT(packet_mac(&there) != packet_mac(&back));
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "tag: bits: round trip", bits_round_trip },
		{ "tag: bits: bytes on the wire", bits_on_the_wire },
		{ "tag: bits: excess does not spill over", bits_do_not_spill },
		{ "tag: bits: any byte is read", any_byte_is_read },
		{ "tag: layout", layout },
		{ "tag: extend: at the start", extends_at_start },
		{ "tag: extend: at 2^31", extends_at_half },
		{ "tag: extend: over 2^32, both ways", extends_over_wrap },
		{ "tag: extend: all near numbers", extends_all_near },
		{ "tag: mac: published SipHash vectors", published_vectors },
		{ "tag: mac: IPv4 is mapped", maps_ipv4 },
		{ "tag: mac: golden packet, IPv4", golden_packet4 },
		{ "tag: mac: golden packet, IPv6", golden_packet6 },
		{ "tag: mac: golden probe", golden_probe },
		{ "tag: mac: each bit of a packet counts", packet_bits_count },
		{ "tag: mac: each bit of a probe counts", probe_bits_count },
		{ "tag: mac: seq and mac fields do not count",
		  own_fields_do_not_count },
		{ "tag: mac: directions differ", directions_differ },
	};

	return ktap_run(KTAP_CASES(cases));
}
