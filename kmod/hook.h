/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_HOOK_H
#define _SIDESTEP_HOOK_H

struct net;

int sidestep_hook_receive_get(struct net *net);
void sidestep_hook_receive_put(struct net *net);
int sidestep_hook_steer_get(struct net *net);
void sidestep_hook_steer_put(struct net *net);

#endif /* _SIDESTEP_HOOK_H */
