/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that travels between two hosts; docs/wire-format.md in C.
 */
#ifndef _SIDESTEP_WIRE_H
#define _SIDESTEP_WIRE_H

#include "pure.h"

/**
 * enum sidestep_wire - constants of the wire format
 * @SIDESTEP_IPPROTO: IP protocol of tagged packets (RFC 3692, for experiments)
 * @SIDESTEP_TAG_LEN: bytes that a tag adds to a packet
 * @SIDESTEP_VERSION: version of tag and probe
 * @SIDESTEP_FIRST_SEQ: the first sequence number of an epoch
 */
enum sidestep_wire {
	SIDESTEP_IPPROTO = 253,
	SIDESTEP_TAG_LEN = 16,
	SIDESTEP_VERSION = 1,
	SIDESTEP_FIRST_SEQ = 1,
};

/**
 * enum sidestep_paths - sets of paths, as two bits
 * @SIDESTEP_ON_NONE: no path
 * @SIDESTEP_ON_DIRECT: the direct path
 * @SIDESTEP_ON_INFRA: the infrastructure path
 * @SIDESTEP_ON_BOTH: both
 */
enum sidestep_paths {
	SIDESTEP_ON_NONE = 0,
	SIDESTEP_ON_DIRECT = 1,
	SIDESTEP_ON_INFRA = 2,
	SIDESTEP_ON_BOTH = 3,
};

/**
 * enum sidestep_tag_bits - second byte of the tag
 * @SIDESTEP_TAG_WANTS: the paths that the sender's own host asks for
 * @SIDESTEP_TAG_PATHS_SHIFT: the paths that carry a copy of this packet
 * @SIDESTEP_TAG_CONTROL: a probe follows, not a packet of the session
 * @SIDESTEP_TAG_VERSION_SHIFT: %SIDESTEP_VERSION
 */
enum sidestep_tag_bits {
	SIDESTEP_TAG_WANTS = 0x03,
	SIDESTEP_TAG_PATHS_SHIFT = 2,
	SIDESTEP_TAG_CONTROL = 0x10,
	SIDESTEP_TAG_VERSION_SHIFT = 5,
};

/**
 * struct sidestep_tag - what stands between the IP header and its payload
 * @next: IP protocol of the payload
 * @bits: enum sidestep_tag_bits
 * @id: session id
 * @seq: low 32 bits of the sequence number; 0 in probes
 * @mac: SipHash-2-4 over struct sidestep_mac_input, and the probe if any
 */
struct sidestep_tag {
	__u8	next;
	__u8	bits;
	__be16	id;
	__be32	seq;
	__le64	mac;
} __packed;

/**
 * struct sidestep_mac_input - what the MAC is over
 * @epoch: of the sender, xor that of the receiver; 0 in probes
 * @seq: 64 bits; 0 in probes
 * @next: as in the tag
 * @bits: as in the tag
 * @id: as in the tag
 * @len: bytes behind the tag
 * @saddr: IPv6, or IPv4 as ::ffff:a.b.c.d
 * @daddr: likewise
 */
struct sidestep_mac_input {
	__be64	epoch;
	__be64	seq;
	__u8	next;
	__u8	bits;
	__be16	id;
	__be32	len;
	__u8	saddr[16];
	__u8	daddr[16];
};

/**
 * enum sidestep_probe_type - kinds of probes
 * @SIDESTEP_PROBE_REQUEST: to be answered on the path that it came on
 * @SIDESTEP_PROBE_ANSWER: carries the request's nonce back
 * @SIDESTEP_PROBE_BYE: the sender's epoch ends now, send no more tags
 */
enum sidestep_probe_type {
	SIDESTEP_PROBE_REQUEST = 1,
	SIDESTEP_PROBE_ANSWER = 2,
	SIDESTEP_PROBE_BYE = 3,
};

/**
 * struct sidestep_probe - payload of a control packet
 * @type: enum sidestep_probe_type
 * @path: enum sidestep_path, the path that it was sent on
 * @reserved: 0
 * @number: strictly increasing in an epoch, over both paths
 * @nonce: random; an answer has the request's
 * @epoch: the sender's, random, never 0
 * @peer_epoch: the receiver's, as far as the sender knows it; else 0
 * @next_seq: the sender's next sequence number
 */
struct sidestep_probe {
	__u8	type;
	__u8	path;
	__u8	reserved[6];
	__be64	number;
	__be64	nonce;
	__be64	epoch;
	__be64	peer_epoch;
	__be64	next_seq;
};

#endif /* _SIDESTEP_WIRE_H */
