/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SIDESTEP_TAG_H
#define _SIDESTEP_TAG_H

#include "wire.h"

/**
 * struct sidestep_flow - what a MAC needs to know besides tag and number
 * @epoch: of the sender, xor that of the receiver; not looked at for probes
 * @saddr: as in struct sidestep_mac_input
 * @daddr: likewise
 */
struct sidestep_flow {
	__u64	epoch;
	__u8	saddr[16];
	__u8	daddr[16];
};

__u8 sidestep_tag_bits(unsigned int paths, unsigned int wants, bool control);
unsigned int sidestep_tag_version(const struct sidestep_tag *tag);
unsigned int sidestep_tag_paths(const struct sidestep_tag *tag);
unsigned int sidestep_tag_wants(const struct sidestep_tag *tag);
bool sidestep_tag_is_control(const struct sidestep_tag *tag);
__u64 sidestep_seq_extend(__u32 low, __u64 expected);
__le64 sidestep_tag_mac(const struct sidestep_tag *tag, __u64 seq, __u32 len,
			const struct sidestep_flow *flow,
			const siphash_key_t *key);
__le64 sidestep_train_mac(const struct sidestep_tag *tag, __u64 seq, __u32 len,
			  const struct sidestep_flow *flow,
			  const siphash_key_t *key);
__le64 sidestep_probe_mac(const struct sidestep_tag *tag,
			  const struct sidestep_probe *probe,
			  const struct sidestep_flow *flow,
			  const siphash_key_t *key);
void sidestep_addr_map4(__u8 addr[16], __be32 v4);
void sidestep_key_load(siphash_key_t *key, const __u8 *bytes);

#endif /* _SIDESTEP_TAG_H */
