/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_PROBE_RX_H
#define _SIDESTEP_PROBE_RX_H

struct sidestep_packet;
struct sidestep_session;
struct sk_buff;

void sidestep_probe_rx(struct sidestep_session *session, struct sk_buff *skb,
		       struct sidestep_packet *packet);

#endif /* _SIDESTEP_PROBE_RX_H */
