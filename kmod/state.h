/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_STATE_H
#define _SIDESTEP_STATE_H

#include <linux/sidestep.h>

struct netlink_ext_ack;
struct sidestep_session;
struct sidestep_trigger_config;
struct sidestep_trigger_fault;
struct sidestep_trigger_order;

enum sidestep_state sidestep_state_of(unsigned int paths);
int sidestep_state_switch(struct sidestep_session *session,
			  enum sidestep_state state,
			  struct netlink_ext_ack *extack);
void sidestep_state_decided(struct sidestep_session *session);
int sidestep_state_order(struct sidestep_session *session,
			 const struct sidestep_trigger_order *order,
			 struct netlink_ext_ack *extack);
int sidestep_state_configure(struct sidestep_session *session,
			     void (*change)(struct sidestep_trigger_config *config,
					    const void *with),
			     const void *with,
			     struct sidestep_trigger_fault *fault);
void sidestep_state_hint(struct sidestep_session *session, unsigned int wants);
void sidestep_state_kick(struct sidestep_session *session);
void sidestep_state_init(struct sidestep_session *session);
void sidestep_state_stop(struct sidestep_session *session);

#endif /* _SIDESTEP_STATE_H */
