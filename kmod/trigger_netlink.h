/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_TRIGGER_NETLINK_H
#define _SIDESTEP_TRIGGER_NETLINK_H

#include <linux/sidestep.h>
#include <net/netlink.h>

struct genl_info;
struct sidestep_engine_view;
struct sidestep_session;
struct sidestep_trigger_config;

extern const struct nla_policy
	sidestep_trigger_policy[SIDESTEP_TRIGGER_A_MAX + 1];
extern const struct nla_policy
	sidestep_measurement_policy[SIDESTEP_MEASUREMENT_A_MAX + 1];

int sidestep_trigger_put_path(struct sk_buff *msg,
			      const struct sidestep_engine_view *view,
			      unsigned int path);
int sidestep_trigger_put_stage(struct sk_buff *msg,
			       const struct sidestep_engine_view *view);
int sidestep_trigger_put_config(struct sk_buff *msg,
				const struct sidestep_trigger_config *config);
int sidestep_trigger_cmd_set(struct sidestep_session *session,
			     struct genl_info *info);
int sidestep_trigger_cmd_measure(struct sidestep_session *session,
				 struct genl_info *info);
int sidestep_trigger_cmd_order(struct sidestep_session *session,
			       struct genl_info *info);

#endif /* _SIDESTEP_TRIGGER_NETLINK_H */
