/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow: what the kernel says of a flow, as a plain struct
 */
#ifndef _SIDESTEP_FLOW_H
#define _SIDESTEP_FLOW_H

#include "session.h"

/**
 * struct flow - a flow that a session covers
 * @has: bit N is set if attribute N of enum sidestep_flow_attr was there
 * @proto: IP protocol
 * @local: this host's address
 * @remote: the peer's
 * @local_port: this host's port, or the id of ICMP echoes
 * @remote_port: the peer's port
 * @uid: who owns the local socket
 * @mark: the socket's mark
 * @inode: the socket's inode
 * @used_ms: time since the last packet
 * @eliminated: later copies dropped
 * @path: indexed by enum sidestep_path; packets and bytes alone
 */
struct flow {
	uint32_t has;
	uint8_t proto;
	struct session_peer local;
	struct session_peer remote;
	uint16_t local_port;
	uint16_t remote_port;
	uint32_t uid;
	uint32_t mark;
	uint64_t inode;
	uint64_t used_ms;
	uint64_t eliminated;
	struct session_path path[SIDESTEP_PATH_MAX + 1];
};

static inline bool flow_has(const struct flow *flow,
			    enum sidestep_flow_attr attr)
{
	return flow->has & 1u << attr;
}

/**
 * flow_parse() - read a SIDESTEP_CMD_GET_FLOWS answer
 * @nlh: the message, complete according to mnl_nlmsg_ok()
 * @flow: the result; attributes that this program does not know are skipped
 *
 * Return: 0, or -EBADMSG if the message is malformed or has no flow.
 */
int flow_parse(const struct nlmsghdr *nlh, struct flow *flow);

#endif /* _SIDESTEP_FLOW_H */
