/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_PROBE_PACKET_H
#define _SIDESTEP_PROBE_PACKET_H

#include <linux/sidestep.h>

struct in6_addr;
struct sidestep_flow;
struct sidestep_packet;
struct sidestep_peer;
struct sidestep_probe;
struct sidestep_session;
struct sk_buff;

void sidestep_probe_fill(struct sidestep_session *session,
			 struct sidestep_probe *probe, unsigned int type,
			 unsigned int path, u64 nonce);
void sidestep_probe_send(struct sidestep_peer *peer, unsigned int path,
			 const struct sidestep_probe *probe,
			 const struct in6_addr *saddr);
void sidestep_probe_saddr(struct sidestep_peer *peer);
enum sidestep_counter sidestep_probe_parse(struct sk_buff *skb,
					   struct sidestep_packet *packet,
					   struct sidestep_probe *probe,
					   struct sidestep_flow *flow);

#endif /* _SIDESTEP_PROBE_PACKET_H */
