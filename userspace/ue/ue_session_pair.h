/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ue_session_pair: the checked pair that a session's tunnel goes by
 *
 * WireGuard answers to where the last packet came from. When the ends leave the relay, what
 * is on its way there leads them back, each of them the other one, for as long as packets
 * follow each other closely. So for a while what comes from the relay has come from the pair.
 *
 * Where that cannot be done (a kernel without nftables; a pair of another family than the
 * relay), and where the other end alone has gone back to the relay meanwhile, the endpoint is
 * looked at, and if it is the relay again it is set again: of what is still relayed a part
 * goes over with each round trip. Any other endpoint is where the peer has gone, and stays.
 */
#ifndef _SIDESTEP_UE_SESSION_PAIR_H
#define _SIDESTEP_UE_SESSION_PAIR_H

#include "ue_session.h"

/* ue_session_pair_chosen() - the tunnel, with that port, goes to @addr as soon as its endpoint
 * is set
 */
void ue_session_pair_chosen(struct ue_session *s, uint16_t port,
			    const struct sockaddr_storage *addr);

/* ue_session_pair_answered() - it does so with good reason */
void ue_session_pair_answered(struct ue_session *s);

/* ue_session_pair_end() - it is not in use any more; nothing if none was */
void ue_session_pair_end(struct ue_session *s);

#endif /* _SIDESTEP_UE_SESSION_PAIR_H */
