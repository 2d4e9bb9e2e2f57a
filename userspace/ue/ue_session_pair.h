/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ue_session_pair: the checked pair that a session's tunnel goes by
 *
 * WireGuard answers to where the last packet came from. When the ends leave the relay, what
 * is on its way there leads them back, each of them the other one, for as long as packets
 * follow each other closely. So the endpoint is looked at for a while, and if it is the relay
 * again it is set again: of what is still relayed a part goes back with each round trip. Any
 * other endpoint is where the peer has gone, and stays.
 */
#ifndef _SIDESTEP_UE_SESSION_PAIR_H
#define _SIDESTEP_UE_SESSION_PAIR_H

#include "ue_session.h"

/* ue_session_pair_chosen() - the tunnel goes there from now on */
void ue_session_pair_chosen(struct ue_session *s);

/* ue_session_pair_answered() - it does so with good reason */
void ue_session_pair_answered(struct ue_session *s);

/* ue_session_pair_end() - it is not in use any more; nothing if none was */
void ue_session_pair_end(struct ue_session *s);

#endif /* _SIDESTEP_UE_SESSION_PAIR_H */
