/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel: the daemon's requests to the module (family sidestep), and its events
 */
#ifndef _SIDESTEP_KERNEL_H
#define _SIDESTEP_KERNEL_H

#include "../common/session.h"
#include "../common/session_list.h"
#include "rtnl.h"

#include <systemd/sd-event.h>

struct kernel;

/**
 * typedef kernel_cb - an event of a session
 * @session: what the kernel says of it, without counters and rules; NULL: events were
 *	     lost, or the module has come, or gone: look again
 * @data: of kernel_open()
 */
typedef void (*kernel_cb)(const struct session *session, void *data);

/**
 * enum kernel_config_flag - what of a struct kernel_config is to be set
 */
enum kernel_config_flag {
	KERNEL_CONFIG_ID = 1 << 0,
	KERNEL_CONFIG_PEERS = 1 << 1,
	KERNEL_CONFIG_KEYS = 1 << 2,
	KERNEL_CONFIG_DIRECT = 1 << 3,
	KERNEL_CONFIG_INFRA = 1 << 4,
	KERNEL_CONFIG_ALL = (1 << 5) - 1,
};

/**
 * struct kernel_config - what a session is told
 * @flags: which of the others count
 * @id: session id
 * @n_peers: used entries of @peer, SIDESTEP_MAX_PEERS at most
 * @peer: addresses of the peer; @bits does not count
 * @tx_key: SIDESTEP_KEY_LEN bytes
 * @rx_key: likewise
 * @direct: device of the direct path
 * @infra: device of the infra path
 */
struct kernel_config {
	unsigned int flags;
	uint16_t id;
	size_t n_peers;
	struct rtnl_prefix peer[SIDESTEP_MAX_PEERS];
	const uint8_t *tx_key;
	const uint8_t *rx_key;
	const char *direct;
	const char *infra;
};

/**
 * kernel_open() - find the family, and hear its events
 * @kernel: the result
 * @event: the loop
 * @cb: called with each event
 * @data: for @cb
 *
 * The module may be missing. When it comes or goes, generic netlink's controller tells.
 *
 * Return: 0 or a negative errno value.
 */
int kernel_open(struct kernel **kernel, sd_event *event, kernel_cb cb, void *data);
void kernel_close(struct kernel *kernel);

/* kernel_is_foreign() - the module that is loaded is of another version, and not spoken to */
bool kernel_is_foreign(const struct kernel *kernel);

/**
 * kernel_check() - is the family still the one that was found?
 *
 * A module that was unloaded and loaded again has other numbers. Called by itself when
 * the controller tells of a family; need not be called by others. @cb is called with
 * NULL if something has changed.
 *
 * Return: 0, or -ENOENT if there is no such family.
 */
int kernel_check(struct kernel *kernel);

/* kernel_genl() - for others who ask the family; the same struct for good. Requests end
 * with -ENOENT while there is no module
 */
struct genl *kernel_genl(struct kernel *kernel);

/*
 * All of these return 0, or a negative errno value: -ENOENT if there is no module or
 * no such session device, -EOPNOTSUPP if it is of another kind, -ENODEV if one of the
 * paths' devices is missing; @ack has the kernel's words.
 */

/* kernel_get() - what it says of a session */
int kernel_get(struct kernel *kernel, const char *ifname, struct session *session,
	       struct ack *ack);

/* kernel_set() - tell a session */
int kernel_set(struct kernel *kernel, const char *ifname,
	       const struct kernel_config *config, struct ack *ack);

/* kernel_measure() - report a path's signal, measured @at_ns by CLOCK_MONOTONIC */
int kernel_measure(struct kernel *kernel, const char *ifname,
		   enum sidestep_path path, int32_t mbm, uint64_t at_ns,
		   struct ack *ack);

/* kernel_set_rules() - by enum sidestep_decision; of each what its @has says */
int kernel_set_rules(struct kernel *kernel, const char *ifname,
		     const struct session_rule rule[SIDESTEP_DECISION_MAX + 1],
		     struct ack *ack);

/**
 * kernel_order() - give an order
 * @kernel: the module
 * @ifname: the session
 * @decision: what it is to do
 * @id: not below that of the last order: -ESTALE; the last one's for another decision:
 *	-EEXIST. -EBUSY while the session's mode is hold
 * @reason: for people; cut, and what is not printable ASCII shown as "?"
 * @ack: the kernel's words
 */
int kernel_order(struct kernel *kernel, const char *ifname,
		 enum sidestep_decision decision, uint64_t id, const char *reason,
		 struct ack *ack);

#endif /* _SIDESTEP_KERNEL_H */
